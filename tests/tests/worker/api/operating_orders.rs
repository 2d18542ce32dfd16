//! What a merchant does about orders on the command line: look, rule, approve, pay.

use serde_json::{Value, json};
use waymark_tests::cli::{answers, prints, refuses, rows, run};
use waymark_tests::{Options, Workerd, cli, demo, merchant, store};

#[test]
fn orders_are_listed_page_by_page_until_there_are_no_more() {
    let workerd = demo::start(Options::default());
    for id in ["1001", "1002", "o'1003\u{1b}[2J"] {
        store::deliver(&workerd, &demo::order_with_coupon(id));
    }
    let first = run(&workerd, &["orders", "list", "--limit", "2"]);
    let told = String::from_utf8(first.stderr.clone()).expect("UTF-8");
    let listed = cli::printed(first);
    let orders =
        |table: &str| -> Vec<String> { rows(table).iter().map(|row| row[0].to_owned()).collect() };
    // A stranger's text cannot move the cursor.
    assert_eq!(orders(&listed), ["store/o'1003\\u{1b}[2J", "store/1002"]);
    assert!(told.contains("--all"), "{told}");
    let page = &answers(&workerd, &["orders", "list", "--limit", "2"])[0];
    let next = page["next"].as_str().expect("a next page");
    assert!(told.contains(&format!("--after '{next}'")), "{told}");
    let rest = prints(&workerd, &["orders", "list", "--after", next]);
    assert_eq!(orders(&rest), ["store/1001"]);

    let all = prints(&workerd, &["orders", "list", "--all"]);
    assert_eq!(orders(&all).len(), 3);
    let of_state = |state| prints(&workerd, &["orders", "list", "--state", state]);
    assert_eq!(orders(&of_state("decided")).len(), 3);
    assert_eq!(of_state("review"), "There are none.\n");
    let wrong = refuses(&workerd, &["orders", "list", "--state", "lost"]);
    assert!(wrong.contains("undecided"), "{wrong}");
}

#[test]
fn an_export_has_every_order_as_replay_reads_it() {
    let workerd = demo::start(Options::default());
    for number in 0..51 {
        store::deliver(&workerd, &demo::order_with_coupon(&number.to_string()));
    }
    let exported = prints(&workerd, &["orders", "export"]);
    let orders: Vec<Value> = exported
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(orders.len(), 51);
    assert_eq!(orders[50], merchant::order(&workerd, "store", "9"));

    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("orders.ndjson");
    std::fs::write(&file, &exported).expect("a file");
    let file = file.to_str().expect("a path");
    let replayed = prints(
        &workerd,
        &["replay", "--policy", "last-click", "--json", file],
    );
    let replayed: Value = serde_json::from_str(&replayed).expect("JSON");
    assert_eq!(replayed["orders"]["total"], 51);
    assert_eq!(replayed["bad"], 0);
}

#[test]
fn an_order_shows_why_it_went_where_it_did_and_what_is_owed() {
    let workerd = demo::start(Options::default());
    store::deliver(&workerd, &demo::order_with_coupon("1001"));
    let shown = prints(&workerd, &["orders", "show", "store/1001"]);
    let view = merchant::order(&workerd, "store", "1001");
    for sentence in view["explanation"].as_array().expect("sentences") {
        assert!(shown.contains(sentence.as_str().expect("text")), "{shown}");
    }
    assert!(
        shown.starts_with("store/1001: decided, open, placed at "),
        "{shown}"
    );
    assert!(shown.contains("ben:coupon:BEN15"), "{shown}");
    assert!(shown.contains("8.20 credited"), "{shown}");
    assert_eq!(answers(&workerd, &["orders", "show", "store/1001"]), [view]);
    let missing = refuses(&workerd, &["orders", "show", "store/1002"]);
    assert!(
        missing.contains("404") && missing.contains("1002"),
        "{missing}"
    );
    let unnamed = refuses(&workerd, &["orders", "show", "1001"]);
    assert!(unnamed.contains("store/1001"), "{unnamed}");
}

#[test]
fn a_tie_is_ruled_on_as_the_claims_are_shown_and_each_ruling_is_undone_by_its_id() {
    let workerd = demo::tie();
    let review = prints(&workerd, &["orders", "list", "--state", "review"]);
    assert!(review.contains("store/1001"), "{review}");
    let shown = prints(&workerd, &["orders", "show", "store/1001"]);
    let claims = ["ana:coupon:ANA10", "ben:email:email"];
    for claim in claims {
        assert!(shown.contains(claim), "{shown}");
    }
    let rule = |what: &[&str], id: &str| {
        let signed = ["--id", id, "--reason", "we spoke"];
        let rule = [&["orders", "rule"], what, &signed].concat();
        prints(&workerd, &rule)
    };
    let owed = || {
        let mut book = demo::book(&workerd, "1001");
        book.retain(|line| !line.starts_with("cleo") && line.ends_with("pending"));
        book
    };
    let order = "store/1001";
    let shown = rule(&["accept", order, claims[0]], "r1");
    assert_eq!(owed(), ["ana coupon 8.20 pending"]);
    assert!(
        shown.contains("r1") && shown.contains("we spoke"),
        "{shown}"
    );
    let shares = claims.map(|claim| format!("{claim}=5000"));
    rule(&["split", order, &shares[0], &shares[1]], "r2");
    assert_eq!(owed().len(), 2);
    rule(&["deny", order], "r3");
    assert_eq!(owed(), [""; 0]);
    rule(&["undo", order, "r3"], "r4");
    rule(&["undo", order, "r2"], "r5");
    assert_eq!(owed(), ["ana coupon 8.20 pending"]);

    let refused = |what: &[&str], expected: &str| {
        let rule = [&["orders", "rule"], what, &["--reason", "so"]].concat();
        let text = refuses(&workerd, &rule);
        assert!(text.contains(expected), "{text}");
    };
    refused(&["accept", order, "ana"], "ana:coupon:ANA10");
    refused(&["accept", order, "cara:coupon:X"], "cara");
    refused(&["split", order, claims[0]], "=2500");
    refused(
        &["split", order, &shares[0]],
        "split: the shares sum to 5000",
    );
    assert_eq!(owed(), ["ana coupon 8.20 pending"]);
}

#[test]
fn an_order_is_approved_gathered_and_paid_and_the_audit_says_by_whom() {
    let workerd = demo::start(Options::default());
    store::deliver(&workerd, &demo::order_with_coupon("1001"));
    let unsigned = ["orders", "approve", "store/1001"];
    assert!(refuses(&workerd, &unsigned).contains("--reason"));
    let mut nobody = cli::waymark_at(&workerd);
    nobody
        .env_remove("WAYMARK_BY")
        .args(unsigned)
        .args(["--reason", "so"]);
    let (code, text) = cli::complaint(nobody.output().expect("an end"));
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("--by"), "{text}");

    let signed = ["--reason", "end of the month"];
    let act = |what: &[&str]| prints(&workerd, &[what, &signed].concat());
    let approved = act(&unsigned);
    assert!(approved.contains("decided, approved"), "{approved}");
    act(&["orders", "unapprove", "store/1001"]);
    act(&["orders", "approve", "store/1001", "--by", "Kim"]);
    let made = act(&["payouts", "make"]);
    let of_ben = rows(&made).into_iter().find(|row| row[1] == "ben");
    let of_ben = of_ben.expect("a payout of Ben's");
    assert_eq!(of_ben[2..5], ["8.20", "USD", "open"]);
    let number = of_ben[0];
    let shown = prints(&workerd, &["payouts", "show", number]);
    assert!(shown.contains("store/1001"), "{shown}");
    act(&["payouts", "cancel", number]);
    let made = act(&["payouts", "make", "--affiliate", "ben"]);
    let number = rows(&made)[0][0].to_owned();
    assert!(act(&["payouts", "pay", &number]).contains("paid"));
    let again = refuses(
        &workerd,
        &[&["payouts", "pay", number.as_str()][..], &signed].concat(),
    );
    assert!(again.contains("409"), "{again}");
    let list = prints(&workerd, &["payouts", "list", "--affiliate", "ben"]);
    let states = rows(&list).into_iter().map(|row| row[4].to_owned());
    assert_eq!(states.collect::<Vec<_>>(), ["paid", "cancelled"]);
    let paid = [
        "conversions",
        "list",
        "--affiliate",
        "ben",
        "--status",
        "paid",
    ];
    let paid = prints(&workerd, &paid);
    assert_eq!(
        rows(&paid)[0][1..],
        ["ben", "store/1001", "coupon", "paid", "8.20", "USD"]
    );

    let audit = prints(&workerd, &["audit", "--all"]);
    let audit = rows(&audit);
    let of = |action: &str| {
        let found = audit.iter().filter(|row| row[2] == action);
        found.map(|row| row[1].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(of("pay payout"), ["Mo"]);
    assert_eq!(of("approve"), ["Kim", "Mo"]);
    assert!(audit.iter().all(|row| row[4] == "end of the month"));
}

#[test]
fn an_order_is_decided_again_once_the_program_was_corrected() {
    let workerd = Workerd::start(Options::default());
    let answer = merchant::apply(&workerd, &demo::program(), "");
    assert_eq!(answer.status(), 200, "{}", answer.text());
    let mut order = demo::order_with_coupon("1001");
    order["placed_at"] = json!("2026-01-04T12:00:00Z");
    store::deliver(&workerd, &order);
    let undecided = prints(&workerd, &["orders", "show", "store/1001"]);
    assert!(
        undecided.contains("problem: no policy was in force"),
        "{undecided}"
    );
    merchant::apply_since_2000(&workerd, &demo::program());
    let decided = prints(&workerd, &["orders", "decide", "store/1001"]);
    assert!(decided.contains("ben:coupon:BEN15"), "{decided}");
}
