//! Applying a program file: what it changes, from when on, and what is refused.

use serde_json::{Value, json};
use waymark_tests::{Answer, Options, Workerd, demo, merchant, shopper, store};

/// The changes that an answer names, such as `begins coupon tea5`.
fn changes(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status(), 200, "{}", answer.text());
    let body: Value = answer.json();
    let changes = body["changes"].as_array().expect("changes").iter();
    let text = |change: &Value, name: &str| change[name].as_str().expect(name).to_owned();
    changes
        .map(|change| {
            ["change", "kind", "key"]
                .map(|name| text(change, name))
                .join(" ")
        })
        .collect()
}

/// An order with Ben's coupon, placed at that time.
fn order_placed(id: &str, at: &str) -> Value {
    let mut order = demo::order_with_coupon(id);
    order["placed_at"] = json!(at);
    order["updated_at"] = json!(at);
    order
}

fn order(workerd: &Workerd, id: &str) -> Value {
    merchant::order(workerd, "store", id)
}

/// The demo program with Ben's coupon gone, another of Ana's, another policy, and Ben's link moved.
fn changed_program() -> String {
    demo::program()
        .replace("BEN15 = \"ben\"\n", "TEA5 = \"ana\"\n")
        .replace("preset = \"last-click\"", "preset = \"refersion\"")
        .replace("products/kettle", "products/teapot")
}

const CHANGES: [&str; 4] = [
    "changes policy policy",
    "changes link ben",
    "ends coupon ben15",
    "begins coupon tea5",
];

#[test]
fn a_dry_run_says_what_would_change_and_changes_nothing() {
    let workerd = demo::start(Options::default());
    let before = merchant::get(&workerd, "/v1/program").text().to_owned();
    let dry = merchant::apply(&workerd, &changed_program(), "?dry_run=true");
    assert_eq!(changes(&dry), CHANGES);
    let body: Value = dry.json();
    assert_eq!(body["dry_run"], true);
    assert_eq!(
        body["changes"][0]["from"]["preset"], "last-click",
        "both sides of a change are shown"
    );
    assert_eq!(body["changes"][0]["to"]["preset"], "refersion");
    assert_eq!(merchant::get(&workerd, "/v1/program").text(), before);
    let kettle = Some("https://kettle.example/products/kettle");
    assert_eq!(
        shopper::click(&workerd, "/r/BEN").header("location"),
        kettle
    );

    // The real run makes the changes that the dry run named; after it there are none to make.
    let applied = merchant::apply(&workerd, &changed_program(), "");
    assert_eq!(changes(&applied), CHANGES);
    assert_eq!(applied.json::<Value>()["dry_run"], false);
    assert_ne!(merchant::get(&workerd, "/v1/program").text(), before);
    assert_eq!(
        changes(&merchant::apply(&workerd, &changed_program(), "")),
        [""; 0]
    );
}

#[test]
fn a_file_written_in_json_says_the_same_as_one_in_toml() {
    let workerd = demo::start(Options::default());
    let document = json!({
        "name": "Kettle & Leaf", "home": "https://kettle.example/", "currency": "USD",
        "policy": { "preset": "last-click",
            "rates": { "default": { "percent": "8" }, "coupon": { "percent": "10" } } },
        "affiliates": {
            "ana": { "name": "Ana writes about tea", "emails": ["ana@teablog.example"] },
            "ben": { "name": "Ben's videos", "rates": { "link": { "percent": "12" } } },
            "cleo": { "name": "Cleo, who blends the Earl Grey" } },
        "links": {
            "ANA": { "affiliate": "ana", "url": "https://kettle.example/collections/green" },
            "BEN": { "affiliate": "ben", "url": "https://kettle.example/products/kettle" } },
        "coupons": { "ANA10": "ana", "BEN15": "ben" },
        "emails": { "office@bigcustomer.example": "ben" },
        "skus": { "EARL-GREY": { "affiliate": "cleo", "rate": { "per_item": "1.50" } } },
        "endpoints": {
            "shopify": { "kind": "shopify", "store": "kettle.myshopify.com", "secrets": ["DEMO_SHOPIFY_SECRET"] },
            "store": { "kind": "generic", "store": "store", "secrets": ["DEMO_STORE_SECRET"] } },
    });
    let request = merchant::authorised(&workerd, "PUT", "/v1/program")
        .header("content-type", "application/json");
    assert_eq!(
        changes(&workerd.send(request, document.to_string())),
        [""; 0]
    );
}

#[test]
fn what_a_file_drops_ends_and_orders_placed_before_still_find_it() {
    let workerd = demo::start(Options::default());
    let owed = ["ben coupon 8.20 pending", "cleo sku 3.00 pending"];
    let last_year = "2025-06-01T00:00:00Z";
    store::deliver(&workerd, &order_placed("before", last_year));
    assert_eq!(demo::book(&workerd, "before"), owed);
    let decided = order(&workerd, "before");
    assert_eq!(
        merchant::apply(&workerd, &changed_program(), "").status(),
        200
    );

    // Decided again, and reported only now: as if nothing had happened since.
    assert_eq!(merchant::decide(&workerd, "store", "before").status(), 200);
    let again = order(&workerd, "before");
    assert_eq!(
        (&again["case"], &again["decision"]),
        (&decided["case"], &decided["decision"])
    );
    assert_eq!(again["conversions"], decided["conversions"]);
    store::deliver(&workerd, &order_placed("late", last_year));
    assert_eq!(demo::book(&workerd, "late"), owed);
    assert_eq!(
        order(&workerd, "late")["decision"]["policy"],
        json!({ "name": "last-click", "version": 1 })
    );

    store::deliver(&workerd, &demo::order_with_coupon("new"));
    assert_eq!(demo::book(&workerd, "new"), ["cleo sku 3.00 pending"]);
    assert_eq!(
        order(&workerd, "new")["decision"]["policy"],
        json!({ "name": "refersion", "version": 2 })
    );
}

#[test]
fn an_affiliate_who_is_dropped_is_still_shown_with_what_is_owed() {
    let workerd = demo::start(Options::default());
    store::deliver(&workerd, &demo::order_with_coupon("1001"));
    let program = demo::program();
    let (before, rest) = program.split_once("[affiliates.ben]").expect("Ben");
    let (_, after) = rest.split_once("[affiliates.cleo]").expect("Cleo");
    let (links, after) = after.split_once("[links.BEN]").expect("Ben's link");
    let (_, after) = after.split_once("[coupons]").expect("coupons");
    let without_ben = format!("{before}[affiliates.cleo]{links}[coupons]{after}")
        .replace("BEN15 = \"ben\"", "")
        .replace("\"office@bigcustomer.example\" = \"ben\"", "");
    assert_eq!(merchant::apply(&workerd, &without_ben, "").status(), 200);
    assert_eq!(merchant::balances(&workerd, "ben"), ["8.20 USD"]);
    let all: Value = merchant::get(&workerd, "/v1/affiliates").json();
    let of = |place: usize| {
        (
            all["items"][place]["id"].clone(),
            all["items"][place]["status"].clone(),
        )
    };
    assert_eq!(of(0), (json!("ana"), json!("active")));
    assert_eq!(of(1), (json!("ben"), json!("ended")));
    assert_eq!(of(2), (json!("cleo"), json!("active")));
}

#[test]
fn an_order_placed_before_the_program_waits_until_the_file_is_applied_from_earlier_on() {
    let workerd = Workerd::start(Options::default());
    assert_eq!(
        merchant::apply(&workerd, &demo::program(), "").status(),
        200
    );
    let answer = store::deliver(&workerd, &order_placed("1001", "2025-06-01T00:00:00Z"));
    assert_eq!(answer.outcome(), "applied");
    let undecided = order(&workerd, "1001");
    assert_eq!(undecided["state"], "undecided");
    let problem = undecided["problem"].as_str().expect("a problem");
    assert!(problem.contains("effective_at"), "{problem}");
    assert_eq!(undecided["conversions"], json!([]));

    // What the problem says helps: the same file, from earlier on.
    let earlier = "?effective_at=2025-01-01T00:00:00Z";
    let applied = merchant::apply(&workerd, &demo::program(), earlier);
    assert!(
        changes(&applied).contains(&"earlier coupon ben15".to_owned()),
        "{}",
        applied.text()
    );
    assert_eq!(merchant::decide(&workerd, "store", "1001").status(), 200);
    assert_eq!(
        demo::book(&workerd, "1001"),
        ["ben coupon 8.20 pending", "cleo sku 3.00 pending"]
    );
    assert_eq!(
        changes(&merchant::apply(&workerd, &demo::program(), earlier)),
        [""; 0]
    );
}

#[test]
fn a_change_that_counts_from_earlier_on_counts_from_then_until_today() {
    let workerd = demo::start(Options::default());
    let coupon_of = |whom: &str, since: &str| {
        let program = demo::program().replace("BEN15 = \"ben\"", &format!("BEN15 = \"{whom}\""));
        let answer = merchant::apply(
            &workerd,
            &program,
            &format!("?effective_at={since}T00:00:00Z"),
        );
        assert_eq!(changes(&answer), ["changes coupon ben15"]);
    };
    coupon_of("ana", "2025-03-01");
    coupon_of("ben", "2025-06-01");
    // Then it turns out to have been Cleo's since the winter.
    coupon_of("cleo", "2025-02-01");
    for (at, whose) in [
        ("2025-01-15T00:00:00Z", "ben coupon 8.20 pending"),
        ("2025-01-31T23:59:59.999Z", "ben coupon 8.20 pending"),
        ("2025-02-01T00:00:00Z", "cleo coupon 8.20 pending"),
        ("2025-04-15T00:00:00Z", "cleo coupon 8.20 pending"),
        ("2025-07-15T00:00:00Z", "cleo coupon 8.20 pending"),
    ] {
        store::deliver(&workerd, &order_placed(at, at));
        assert_eq!(
            demo::book(&workerd, at).first().map(String::as_str),
            Some(whose),
            "{at}"
        );
    }
}

#[test]
fn a_program_changes_neither_in_the_future_nor_by_a_misspelt_dry_run() {
    let workerd = demo::start(Options::default());
    let before = merchant::get(&workerd, "/v1/program").text().to_owned();
    for (at, problem) in [
        (
            "2999-01-01T00:00:00Z",
            "effective_at: lies in the future; a program changes now, or as of a time before",
        ),
        (
            "soon",
            "effective_at: not an RFC 3339 date and time such as 2026-01-04T12:00:00Z",
        ),
    ] {
        let answer = merchant::apply(&workerd, &changed_program(), &format!("?effective_at={at}"));
        let body: Value = answer.json();
        assert_eq!((answer.status(), &body["error"]), (422, &json!(problem)));
    }
    // Neither is a misspelt dry run taken for a real one.
    let answer = merchant::apply(&workerd, &changed_program(), "?dryrun=true");
    assert_eq!(answer.status(), 422, "{}", answer.text());
    assert_eq!(merchant::get(&workerd, "/v1/program").text(), before);
}

#[test]
fn a_file_with_a_thousand_links_is_taken_and_every_link_works_at_once() {
    let workerd = demo::start(Options::default());
    let mut program = demo::program();
    for number in 0..1_000 {
        program.push_str(&format!(
            "\n[links.L{number}]\naffiliate = \"ana\"\nurl = \"https://kettle.example/{number}\"\n"
        ));
    }
    assert_eq!(
        changes(&merchant::apply(&workerd, &program, "")).len(),
        1_000
    );
    for number in [0, 1, 500, 998, 999] {
        let location = format!("https://kettle.example/{number}");
        let answer = shopper::click(&workerd, &format!("/r/l{number}"));
        assert_eq!(answer.header("location"), Some(location.as_str()));
    }
}
