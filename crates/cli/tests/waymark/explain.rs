//! `waymark explain`

use serde_json::{Value, json};
use waymark_attribution::{Case, Decision, explain, resolve};

use crate::cases::{contested, lines};
use crate::running::{Conversation, command, finish, run};

fn decision(case: &Value) -> Value {
    let case = case.to_string();
    serde_json::from_str(&resolve(&Case::from_json(&case).unwrap()).to_json()).unwrap()
}

#[test]
fn a_decision_its_case_and_its_order_are_explained_alike() {
    let case = contested("1001");
    let order = json!({ "store": "store", "id": "1001", "facts": [], "case": case, "decision": decision(&case) });
    let expected = "\
Order 1001: ana earns 8.00 through a link.
Affiliate ana's link was clicked on 3 January 2026, so ana earns 8.00.
Coupon ben15 belongs to affiliate ben, but this program ranks a link above a coupon, and ana's link was clicked on 3 January 2026.
";
    for document in [&case, &decision(&case), &order] {
        let ran = run(&["explain"], document.to_string());
        assert_eq!((ran.code, ran.stdout.as_str()), (0, expected), "{document}");
    }
    let all = [&case, &decision(&case), &order]
        .map(|it| format!("{it:#}"))
        .concat();
    assert_eq!(run(&["explain"], all).stdout, [expected; 3].join("\n"));
}

#[test]
fn what_cannot_be_explained_says_why_in_its_place() {
    let undecided = json!({ "store": "store", "id": "2", "facts": [], "case": null, "decision": null, "problem": "order.lines: more than 1000" });
    let error = json!({ "error": "order.id: missing" });
    let no_case = json!({ "policy": "refersion" });
    let input = lines(&[undecided, error, no_case, contested("1")]);

    let ran = run(&["explain"], input.clone());
    assert_eq!(ran.code, 2);
    assert_eq!(ran.stderr, "waymark: 3 of 4 documents could not be used\n");
    let paragraphs: Vec<&str> = ran.stdout.split("\n\n").collect();
    assert_eq!(
        paragraphs[0],
        "This was not decided: order.lines: more than 1000"
    );
    assert_eq!(paragraphs[1], "This was not decided: order.id: missing");
    assert_eq!(paragraphs[2], "This was not decided: directory: missing");
    assert!(paragraphs[3].starts_with("Order 1: "));

    let ran = run(&["explain", "--json"], input);
    assert_eq!(ran.code, 2);
    let errors: Vec<Value> = ran
        .stdout
        .lines()
        .map(|it| serde_json::from_str(it).unwrap())
        .collect();
    assert_eq!(errors[1], json!({ "error": "order.id: missing" }));
    assert_eq!(errors[3]["order"], "1");
}

#[test]
fn json_holds_the_ids_and_arguments_of_the_messages() {
    let ran = run(&["explain", "--json"], contested("1001").to_string());
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    let text = decision(&contested("1001")).to_string();
    let decision = Decision::from_json(&text).unwrap();
    let mut expected = serde_json::to_value(explain(&decision)).unwrap();
    expected["order"] = "1001".into();
    assert_eq!(found, expected);
    assert_eq!(found["claims"][1]["id"], "outranked");
    assert_eq!(found["claims"][1]["arguments"]["by"]["affiliate"], "ana");
}

#[test]
fn a_document_is_explained_before_the_next_is_there() {
    let mut waymark = Conversation::start(&["explain"]);
    waymark.say(&contested("1").to_string());
    assert_eq!(waymark.hear(), "Order 1: ana earns 8.00 through a link.");
}

#[test]
fn who_earns_is_green_where_colours_are_shown_and_plain_elsewhere() {
    let case = contested("1").to_string();
    assert!(!run(&["explain"], case.clone()).stdout.contains('\u{1b}'));
    let coloured = command(&["explain"])
        .env("CLICOLOR_FORCE", "1")
        .spawn()
        .unwrap();
    let coloured = finish(coloured, case).stdout;
    assert!(
        coloured.contains("\u{1b}[32mAffiliate ana's link"),
        "{coloured}"
    );
}

#[test]
fn a_code_that_a_shopper_made_up_cannot_take_over_the_terminal() {
    let mut case = contested("1");
    case["directory"]["coupons"] = json!({ "\u{1b}[2J\nOK": "ben" });
    case["order"]["coupons"] = json!(["\u{1b}[2J\nOK"]);
    let ran = run(&["explain"], case.to_string());
    assert!(
        ran.stdout.contains("Coupon \\u{1b}[2J\\nOK belongs to"),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains('\u{1b}'));
}

#[test]
fn what_is_no_json_and_nothing_at_all_are_refused() {
    let ran = run(&["explain"], "{\"policy\": ");
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr
            .starts_with("waymark: standard input: not JSON: "),
        "{}",
        ran.stderr
    );
    let ran = run(&["explain"], "\n");
    assert_eq!(ran.code, 1);
    assert_eq!(
        ran.stderr,
        "waymark: standard input: nothing to explain: give a decision or a case\n"
    );
}
