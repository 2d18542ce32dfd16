//! `waymark replay`

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use waymark_attribution::decision::Status;
use waymark_attribution::{Case, resolve};

use crate::cases::{cases, contested, lines, policy, under};
use crate::running::{Ran, run};

/// A policy in a file.
fn file(policy: &str) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    std::fs::write(file.path(), policy).unwrap();
    file
}

fn replay(policy: &str, options: &[&str], input: &str) -> Ran {
    let file = file(policy);
    let arguments = ["replay", "--policy", file.path().to_str().unwrap()];
    run(&[&arguments, options].concat(), input)
}

fn report(policy: &Value, cases: &[Value]) -> Value {
    let ran = replay(&policy.to_string(), &["--json", "--all"], &lines(cases));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    serde_json::from_str(&ran.stdout).unwrap()
}

/// Minor units by affiliate and currency, where they are not nothing.
type Sums = BTreeMap<(String, String), i128>;

/// What each affiliate earns, and the affiliates of each order, as the rules decide the cases.
fn decided(cases: &[Value]) -> (Sums, Vec<Vec<String>>) {
    let mut money = Sums::new();
    let mut hands = Vec::new();
    for case in cases {
        let text = case.to_string();
        let case_of_text = Case::from_json(&text).unwrap();
        let decision = resolve(&case_of_text);
        let currency = case["order"]["currency"].as_str().unwrap();
        let mut credited = Vec::new();
        for conversion in &decision.conversions {
            if conversion.status == Status::Pending {
                let key = (conversion.affiliate.to_string(), currency.to_owned());
                *money.entry(key).or_default() += conversion.commission.minor();
                credited.push(conversion.affiliate.to_string());
            }
        }
        credited.sort();
        credited.dedup();
        hands.push(credited);
    }
    money.retain(|_, amount| *amount != 0);
    (money, hands)
}

/// A column of a report's money.
fn money(report: &Value, column: &str) -> Sums {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let rows = report["money"].as_array().unwrap().iter();
    let amount = |row: &Value| text(&row[column]).replace('.', "").parse::<i128>().unwrap();
    rows.map(|row| {
        (
            (text(&row["affiliate"]), text(&row["currency"])),
            amount(row),
        )
    })
    .filter(|(_, amount)| *amount != 0)
    .collect()
}

proptest! {
    // Each is a process of its own.
    #![proptest_config(Config::with_cases(48))]

    #[test]
    fn the_policy_in_force_changes_nothing(policy in policy(), cases in cases()) {
        let report = report(&policy, &under(&policy, &cases));
        prop_assert_eq!(&report["orders"]["total"], cases.len());
        prop_assert_eq!(&report["orders"]["unchanged"], cases.len());
        prop_assert_eq!(&report["changes"], &json!([]));
        prop_assert_eq!(&report["review"]["before"], &report["review"]["after"]);
        prop_assert_eq!(money(&report, "difference"), BTreeMap::new());
    }

    #[test]
    fn before_and_after_are_what_the_rules_decide(old in policy(), new in policy(), cases in cases()) {
        let report = report(&new, &under(&old, &cases));
        let (before, old_hands) = decided(&under(&old, &cases));
        let (after, new_hands) = decided(&under(&new, &cases));
        prop_assert_eq!(money(&report, "before"), before);
        prop_assert_eq!(money(&report, "after"), after);
        let hands = old_hands.iter().zip(&new_hands).enumerate();
        let changed: Vec<usize> = hands.filter(|(_, (old, new))| old != new).map(|it| it.0 + 1).collect();
        let listed = report["changes"].as_array().unwrap();
        prop_assert_eq!(json!(listed.iter().map(|it| &it["line"]).collect::<Vec<_>>()), json!(changed));
        prop_assert_eq!(&report["orders"]["changed_hands"], changed.len());
    }

    #[test]
    fn going_back_undoes_it(old in policy(), new in policy(), cases in cases()) {
        let forth = report(&new, &under(&old, &cases));
        let back = report(&old, &under(&new, &cases));
        prop_assert_eq!(&forth["orders"], &back["orders"]);
        prop_assert_eq!(&forth["review"]["before"], &back["review"]["after"]);
        prop_assert_eq!(money(&forth, "before"), money(&back, "after"));
        let difference = money(&back, "difference").into_iter();
        let undone = difference.map(|(whose, amount)| (whose, -amount)).collect();
        prop_assert_eq!(money(&forth, "difference"), undone);
    }
}

const COUPONS_FIRST: &str = "preset = 'refersion-coupon'\nrates.default.percent = '10'\n";

#[test]
fn a_person_gets_counts_changed_orders_and_money_in_aligned_tables() {
    let mut own = contested("1002");
    own["order"]["coupons"] = json!([]);
    let mut store = contested("1003");
    store["order"]["currency"] = "EUR".into();
    let order =
        json!({ "store": "kettle", "id": "1003", "facts": [], "case": store, "decision": null });
    let ran = replay(COUPONS_FIRST, &[], &lines(&[contested("1001"), own, order]));
    let expected = "\
UNDER refersion-coupon, version 1  ORDERS
all                                     3
change hands                            2
same affiliates, other amounts          1
unchanged                               0
wait for a review, before               0
wait for a review, after                0

LINE  ORDER        CURRENCY  BEFORE    AFTER
   1  1001         USD       ana 8.00  ben 10.00
   3  kettle/1003  EUR       ana 8.00  ben 10.00

AFFILIATE       CURRENCY  BEFORE  AFTER  DIFFERENCE
ana             EUR         8.00   0.00       -8.00
ana             USD        16.00  10.00       -6.00
ben             EUR         0.00  10.00      +10.00
ben             USD         0.00  10.00      +10.00
all affiliates  EUR         8.00  10.00       +2.00
all affiliates  USD        16.00  20.00       +4.00
";
    assert_eq!(
        (ran.code, ran.stdout.as_str(), ran.stderr.as_str()),
        (0, expected, "")
    );
}

#[test]
fn a_program_gets_the_same_as_json() {
    let ran = replay(COUPONS_FIRST, &["--json"], &lines(&[contested("1001")]));
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    let expected = json!({
        "policy": { "name": "refersion-coupon", "version": 1 },
        "orders": { "total": 1, "changed_hands": 1, "changed_amounts": 0, "unchanged": 0 },
        "bad": 0,
        "review": { "before": 0, "after": 0 },
        "changes": [{
            "line": 1, "store": null, "order": "1001", "currency": "USD",
            "before": [{ "affiliate": "ana", "commission": "8.00" }],
            "after": [{ "affiliate": "ben", "commission": "10.00" }],
        }],
        "money": [
            { "affiliate": "ana", "currency": "USD", "before": "8.00", "after": "0.00", "difference": "-8.00" },
            { "affiliate": "ben", "currency": "USD", "before": "0.00", "after": "10.00", "difference": "10.00" },
        ],
        "totals": [{ "currency": "USD", "before": "8.00", "after": "10.00", "difference": "2.00" }],
    });
    assert_eq!(found, expected);
}

#[test]
fn orders_that_wait_for_a_person_are_counted() {
    // No click, so that under refersion coupon and e-mail meet, and neither is preferred.
    let mut case = contested("1");
    case["touches"] = json!([]);
    case["order"]["email"] = "known@y.test".into();
    case["directory"]["emails"] = json!({ "known@y.test": "ana" });
    let ran = replay(COUPONS_FIRST, &["--json"], &lines(&[case]));
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(found["review"], json!({ "before": 1, "after": 0 }));
    let before: Vec<_> = found["changes"][0]["before"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["affiliate"])
        .collect();
    assert_eq!(before, ["ana", "ben"]);
}

#[test]
fn rates_are_kept_on_request_and_their_absence_is_noted() {
    let case = lines(&[contested("1")]);
    let ran = run(&["replay", "--policy", "refersion-coupon"], case.clone());
    assert!(ran.stdout.contains("ben 0.00"), "{}", ran.stdout);
    assert!(ran.stderr.contains("--keep-rates"), "{}", ran.stderr);
    assert_eq!(ran.code, 0);
    let ran = run(
        &["replay", "--policy", "refersion-coupon", "--keep-rates"],
        case,
    );
    assert!(ran.stdout.contains("ben 8.00"), "{}", ran.stdout);
    assert_eq!(ran.stderr, "");
}

#[test]
fn a_bad_line_is_named_and_left_out() {
    let mut yen = contested("3");
    yen["order"]["currency"] = "JPY".into();
    yen["order"]["lines"][0]["amount"] = "100".into();
    let decision = resolve(&Case::from_json(&contested("4").to_string()).unwrap()).to_json();
    let unreported =
        json!({ "store": "s", "id": "5", "facts": [], "case": null, "decision": null });
    let input = format!("{}\n{{\n{yen}\n{decision}\n{unreported}\n", contested("1"));
    let ran = replay(
        "preset = 'refersion-coupon'\nrates.default.per_order = '1.50'",
        &["--json"],
        &input,
    );
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        (&found["orders"]["total"], &found["bad"]),
        (&json!(1), &json!(4))
    );
    assert_eq!(ran.code, 2);
    let said: Vec<&str> = ran.stderr.lines().collect();
    assert!(
        said[0].starts_with("waymark: line 2: not JSON: "),
        "{}",
        said[0]
    );
    assert_eq!(
        said[1],
        "waymark: line 3: the new policy.rates.default.per_order: more than 0 decimals for JPY"
    );
    assert_eq!(
        said[2],
        "waymark: line 4: case: missing; a decision alone cannot be decided again"
    );
    assert!(
        said[3].starts_with("waymark: line 5: the order has no case"),
        "{}",
        said[3]
    );
    assert_eq!(said[4], "waymark: 4 of 5 lines could not be used");
    assert_eq!(said.len(), 5);
}

#[test]
fn a_file_that_is_bad_throughout_is_not_named_line_by_line() {
    let ran = replay(COUPONS_FIRST, &[], &"x\n".repeat(100));
    assert_eq!(ran.code, 2);
    assert_eq!(ran.stderr.lines().count(), 22);
    assert!(
        ran.stderr
            .ends_with("waymark: 100 of 100 lines could not be used\n")
    );
}

#[test]
fn only_the_first_changes_are_listed_unless_all_are_wanted() {
    let cases: Vec<Value> = (1..=25).map(|id| contested(&id.to_string())).collect();
    let ran = replay(COUPONS_FIRST, &[], &lines(&cases));
    assert!(
        ran.stdout.contains("\n… and 5 more; --all lists them\n"),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains("\n  21  21"));
    let ran = replay(COUPONS_FIRST, &["--all"], &lines(&cases));
    assert!(!ran.stdout.contains("more"));
    assert!(ran.stdout.contains("\n  25  25"));
}

#[test]
fn a_policy_may_be_toml_json_a_program_or_a_preset() {
    let case = lines(&[contested("1")]);
    let toml = replay(COUPONS_FIRST, &[], &case).stdout;
    let json = r#"{"preset": "refersion-coupon", "rates": {"default": {"percent": "10"}}}"#;
    assert_eq!(replay(json, &[], &case).stdout, toml);
    let program = format!("name = 'Shop'\n[policy]\n{COUPONS_FIRST}[affiliates.ana]\n");
    assert_eq!(replay(&program, &[], &case).stdout, toml);
}
