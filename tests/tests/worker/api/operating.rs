//! What a merchant does with a running program on the command line: look, decide, pay, send again.

use serde_json::{Value, json};
use std::process::Output;
use waymark_tests::internet::{Internet, Reply};
use waymark_tests::receivers::{self, HOOKS, WEBHOOK};
use waymark_tests::{Options, Workerd, agents, cli, demo, eventually, merchant, store};

/// Runs `waymark` as Mo.
fn run(workerd: &Workerd, arguments: &[&str]) -> Output {
    let mut command = cli::waymark_at(workerd);
    let command = command.env("WAYMARK_BY", "Mo").args(arguments);
    command.output().expect("an end")
}

/// What it prints, which is all right.
fn printed(workerd: &Workerd, arguments: &[&str]) -> String {
    cli::printed(run(workerd, arguments))
}

/// The same for machines: an answer to a line.
fn answers(workerd: &Workerd, arguments: &[&str]) -> Vec<Value> {
    let text = printed(workerd, &[arguments, &["--json"]].concat());
    let lines = text.lines().map(serde_json::from_str);
    lines.collect::<Result<_, _>>().expect("lines of JSON")
}

/// What it complains of.
fn refused(workerd: &Workerd, arguments: &[&str]) -> String {
    let (code, text) = cli::complaint(run(workerd, arguments));
    assert_eq!(code, Some(1), "{text}");
    text
}

/// The rows of a table, each with its cells: columns stand two blanks apart.
fn rows(table: &str) -> Vec<Vec<&str>> {
    table
        .lines()
        .skip(1)
        .map(|line| {
            let cells = line.split("  ").map(str::trim);
            cells.filter(|cell| !cell.is_empty()).collect()
        })
        .collect()
}

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
    let rest = printed(&workerd, &["orders", "list", "--after", next]);
    assert_eq!(orders(&rest), ["store/1001"]);

    let all = printed(&workerd, &["orders", "list", "--all"]);
    assert_eq!(orders(&all).len(), 3);
    let of_state = |state| printed(&workerd, &["orders", "list", "--state", state]);
    assert_eq!(orders(&of_state("decided")).len(), 3);
    assert_eq!(of_state("review"), "There are none.\n");
    let wrong = refused(&workerd, &["orders", "list", "--state", "lost"]);
    assert!(wrong.contains("undecided"), "{wrong}");
}

/// More than the Worker has on its largest page.
#[test]
fn all_of_a_list_is_every_page_of_it() {
    let workerd = demo::start(Options::default());
    for number in 0..201 {
        let letter = json!({ "type": "parcel", "number": number });
        assert_eq!(store::deliver(&workerd, &letter).outcome(), "dead_letter");
    }
    let all = printed(&workerd, &["dead-letters", "list", "--all"]);
    assert_eq!(rows(&all).len(), 201);
    let pages = answers(&workerd, &["dead-letters", "list", "--all"]);
    let sizes = pages
        .iter()
        .map(|page| page["items"].as_array().map(Vec::len));
    assert_eq!(sizes.collect::<Vec<_>>(), [Some(200), Some(1)]);
}

#[test]
fn an_export_has_every_order_as_replay_reads_it() {
    let workerd = demo::start(Options::default());
    for number in 0..51 {
        store::deliver(&workerd, &demo::order_with_coupon(&number.to_string()));
    }
    let exported = printed(&workerd, &["orders", "export"]);
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
    let replayed = printed(
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
    let shown = printed(&workerd, &["orders", "show", "store/1001"]);
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
    let missing = refused(&workerd, &["orders", "show", "store/1002"]);
    assert!(
        missing.contains("404") && missing.contains("1002"),
        "{missing}"
    );
    let unnamed = refused(&workerd, &["orders", "show", "1001"]);
    assert!(unnamed.contains("store/1001"), "{unnamed}");
}

#[test]
fn a_tie_is_ruled_on_as_the_claims_are_shown_and_each_ruling_is_undone_by_its_id() {
    let workerd = demo::tie();
    let review = printed(&workerd, &["orders", "list", "--state", "review"]);
    assert!(review.contains("store/1001"), "{review}");
    let shown = printed(&workerd, &["orders", "show", "store/1001"]);
    let claims = ["ana:coupon:ANA10", "ben:email:email"];
    for claim in claims {
        assert!(shown.contains(claim), "{shown}");
    }
    let rule = |what: &[&str], id: &str| {
        let signed = ["--id", id, "--reason", "we spoke"];
        let rule = [&["orders", "rule"], what, &signed].concat();
        printed(&workerd, &rule)
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
        let text = refused(&workerd, &rule);
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
    assert!(refused(&workerd, &unsigned).contains("--reason"));
    let mut nobody = cli::waymark_at(&workerd);
    nobody
        .env_remove("WAYMARK_BY")
        .args(unsigned)
        .args(["--reason", "so"]);
    let (code, text) = cli::complaint(nobody.output().expect("an end"));
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("--by"), "{text}");

    let signed = ["--reason", "end of the month"];
    let act = |what: &[&str]| printed(&workerd, &[what, &signed].concat());
    let approved = act(&unsigned);
    assert!(approved.contains("decided, settled"), "{approved}");
    act(&["orders", "unapprove", "store/1001"]);
    act(&["orders", "approve", "store/1001", "--by", "Kim"]);
    let made = act(&["payouts", "make"]);
    let of_ben = rows(&made).into_iter().find(|row| row[1] == "ben");
    let of_ben = of_ben.expect("a payout of Ben's");
    assert_eq!(of_ben[2..5], ["8.20", "USD", "open"]);
    let number = of_ben[0];
    let shown = printed(&workerd, &["payouts", "show", number]);
    assert!(shown.contains("store/1001"), "{shown}");
    act(&["payouts", "cancel", number]);
    let made = act(&["payouts", "make", "--affiliate", "ben"]);
    let number = rows(&made)[0][0].to_owned();
    assert!(act(&["payouts", "pay", &number]).contains("paid"));
    let again = refused(
        &workerd,
        &[&["payouts", "pay", number.as_str()][..], &signed].concat(),
    );
    assert!(again.contains("409"), "{again}");
    let list = printed(&workerd, &["payouts", "list", "--affiliate", "ben"]);
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
    let paid = printed(&workerd, &paid);
    assert_eq!(
        rows(&paid)[0][1..],
        ["ben", "store/1001", "coupon", "paid", "8.20", "USD"]
    );

    let audit = printed(&workerd, &["audit", "--all"]);
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
    let undecided = printed(&workerd, &["orders", "show", "store/1001"]);
    assert!(
        undecided.contains("problem: no policy was in force"),
        "{undecided}"
    );
    merchant::apply_since_2000(&workerd, &demo::program());
    let decided = printed(&workerd, &["orders", "decide", "store/1001"]);
    assert!(decided.contains("ben:coupon:BEN15"), "{decided}");
}

#[test]
fn a_customer_is_looked_up_given_to_another_affiliate_and_forgotten() {
    let workerd = agents::start();
    let pat = json!({ "customer": { "id": "77" }, "coupons": ["ALMA"],
        "email": "pat@shopper.example" });
    agents::deliver(&workerd, &agents::order("1", 1, pat));
    let by_id = ["--source", "store", "--id", "77"];
    let by_email = ["--email", "pat@shopper.example"];
    let customers = |what: &str, more: &[&str]| {
        printed(
            &workerd,
            &[&["customers", what], &by_id[..], &by_email[..], more].concat(),
        )
    };
    let found = customers("lookup", &[]);
    assert!(
        found.contains("alma") && found.contains("store/1"),
        "{found}"
    );
    // Page by page, or all of them; the customer's affiliates once.
    let second = json!({ "customer": { "id": "77" } });
    agents::deliver(&workerd, &agents::order("2", 2, second));
    let page = customers("lookup", &["--limit", "1"]);
    let both = ["store/2  2026-01-02", "store/1  2026-01-01"];
    assert_eq!(
        both.map(|order| page.contains(order)),
        [true, false],
        "{page}"
    );
    let all = customers("lookup", &["--all"]);
    assert_eq!(both.map(|order| all.contains(order)), [true, true], "{all}");
    let lookup = ["customers", "lookup", "--source", "store", "--id", "77"];
    let first = &answers(&workerd, &[&lookup[..], &["--limit", "1"]].concat())[0];
    let next = first["next"].as_str().expect("a place");
    let rest = answers(
        &workerd,
        &[&lookup[..], &["--limit", "1", "--after", next]].concat(),
    );
    assert_eq!(rest[0]["orders"][0]["id"], "1");
    let given = customers("assign", &["--to", "bruno", "--reason", "Alma moved"]);
    assert!(
        given.contains("bruno") && given.contains("Alma moved"),
        "{given}"
    );
    let free = customers("assign", &["--to-nobody", "--reason", "Bruno moved"]);
    let since = |customer: &Value| agents::assignments(&workerd, customer);
    let named = json!({ "email": "pat@shopper.example" });
    assert_eq!(since(&named).len(), 2, "{free}");
    assert!(
        since(&named).iter().all(|it| it.ends_with(", ended")),
        "{free}"
    );
    let forgotten = customers("erase", &["--reason", "she asked"]);
    assert_eq!(
        forgotten,
        "Forgotten: who placed 2 orders, and the journeys of 0 visitors.\n"
    );
    assert_eq!(since(&named), [""; 0]);

    for (arguments, expected) in [
        (&["lookup"][..], "--id"),
        (&["lookup", "--id", "77"], "--source"),
        (
            &[
                "assign", "--id", "77", "--source", "store", "--reason", "so",
            ],
            "--to-nobody",
        ),
        (
            &[
                "assign",
                "--email",
                "a@b.example",
                "--to",
                "carla",
                "--reason",
                "so",
            ],
            "carla",
        ),
    ] {
        let text = refused(&workerd, &[&["customers"], arguments].concat());
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn a_receiver_is_paused_and_resumed_and_its_messages_are_listed_and_sent_again() {
    let internet = Internet::start();
    internet.script(HOOKS, [Reply::status(204)]);
    let workerd = receivers::start(&internet, WEBHOOK);

    let listed = printed(&workerd, &["receivers", "list"]);
    assert_eq!(rows(&listed)[0], ["webhook/shop", "0", "0"]);
    let paused = printed(&workerd, &["receivers", "pause", "webhook/shop"]);
    assert!(paused.contains("by_hand since "), "{paused}");
    store::deliver(&workerd, &demo::order_with_coupon("1001"));
    let waiting = [
        "messages",
        "list",
        "--receiver",
        "webhook/shop",
        "--state",
        "paused",
    ];
    assert_eq!(rows(&printed(&workerd, &waiting)).len(), 2);
    let resumed = printed(&workerd, &["receivers", "resume", "webhook/shop"]);
    assert!(!resumed.contains("by_hand"), "{resumed}");
    internet.await_asked(HOOKS, 2);
    let delivered = eventually("two messages delivered", || {
        let table = printed(&workerd, &["messages", "list", "--state", "delivered"]);
        (rows(&table).len() == 2).then_some(table)
    });
    let first = rows(&delivered)[0].clone();
    assert_eq!(
        first[1..6],
        [
            "webhook/shop",
            "conversion.created",
            "delivered",
            "1",
            "204"
        ]
    );
    let said = printed(&workerd, &["messages", "replay", first[0]]);
    assert_eq!(said, format!("Message {} is sent again.\n", first[0]));
    internet.await_asked(HOOKS, 3);
    let tested = printed(&workerd, &["receivers", "test", "webhook/shop"]);
    internet.await_asked(HOOKS, 4);
    let look = tested.split('`').nth(1).expect("how to look it up");
    let look: Vec<&str> = look.split(' ').skip(1).collect();
    let latest = printed(&workerd, &look);
    let latest = rows(&latest)[0][..3].join(" ");
    assert!(tested.starts_with(&format!(
        "Message {} ",
        latest.split(' ').next().expect("a number")
    )));
    assert!(latest.ends_with("webhook/shop test"), "{latest}");
    assert!(refused(&workerd, &["messages", "replay", "99"]).contains("99"));
    assert!(refused(&workerd, &["receivers", "pause", "shop"]).contains("webhook/NAME"));
    assert!(refused(&workerd, &["receivers", "pause", "webhook/no"]).contains("webhook/no"));
}

#[test]
fn a_dead_letter_is_taken_again() {
    let workerd = demo::start(Options::default());
    let mut order = demo::order_with_coupon("1001");
    order["currency"] = json!("XXQ");
    assert_eq!(store::deliver(&workerd, &order).outcome(), "dead_letter");
    let listed = printed(&workerd, &["dead-letters", "list"]);
    let letter = rows(&listed)[0].clone();
    assert!(listed.contains("currency"), "{listed}");
    let replayed = printed(&workerd, &["dead-letters", "replay", letter[0]]);
    assert!(replayed.contains("dead_letter"), "{replayed}");
    assert!(refused(&workerd, &["dead-letters", "replay", "99"]).contains("99"));
}

#[test]
fn a_store_is_looked_at_now() {
    let internet = Internet::start();
    let orders = json!({ "orders": [] });
    internet.script("kettle.myshopify.com", [Reply::json(&orders)]);
    let options = Options::default().on(&internet);
    let workerd = Workerd::start(options.with_secret("SHOPIFY_TOKEN", "shpat_secret"));
    let api = "[endpoints.shopify.api]\nhost = \"kettle.myshopify.com\"\ntoken = \"SHOPIFY_TOKEN\"";
    merchant::apply_since_2000(&workerd, &format!("{}\n{api}", demo::program()));
    let listed = printed(&workerd, &["stores", "list"]);
    let source = rows(&listed)[0][0];
    let before = internet.asked("kettle.myshopify.com").len();
    let looked = printed(&workerd, &["stores", "look", source]);
    assert!(looked.contains("shopify"), "{looked}");
    internet.await_asked("kettle.myshopify.com", before + 1);
    assert!(refused(&workerd, &["stores", "look", "nowhere"]).contains("nowhere"));
}

#[test]
fn who_has_no_token_or_the_wrong_one_is_told_where_it_comes_from() {
    let workerd = demo::start(Options::default());
    let asked = |token: Option<&str>| {
        let mut command = cli::waymark_at(&workerd);
        command
            .env_remove("WAYMARK_API_TOKEN")
            .args(["orders", "list"]);
        command.args(token.map(|token| ["--token", token]).into_iter().flatten());
        command.output().expect("an end")
    };
    for token in [None, Some(""), Some("wrong")] {
        let (code, text) = cli::complaint(asked(token));
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains("WAYMARK_API_TOKEN"), "{text}");
    }
    assert!(cli::printed(asked(Some(waymark_tests::API_TOKEN))).contains("none"));
}
