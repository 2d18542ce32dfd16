//! What a merchant does with a running program on the command line: with customers, receivers, stores
//! and what they sent.

use serde_json::{Value, json};
use waymark_tests::cli::{answers, prints, refuses, rows};
use waymark_tests::internet::{Internet, Reply};
use waymark_tests::receivers::{self, HOOKS, WEBHOOK};
use waymark_tests::{Options, Workerd, agents, cli, demo, eventually, merchant, store};

/// More than the Worker has on its largest page.
#[test]
fn all_of_a_list_is_every_page_of_it() {
    let workerd = demo::start(Options::default());
    for number in 0..201 {
        let letter = json!({ "type": "parcel", "number": number });
        assert_eq!(store::deliver(&workerd, &letter).outcome(), "dead_letter");
    }
    let all = prints(&workerd, &["dead-letters", "list", "--all"]);
    assert_eq!(rows(&all).len(), 201);
    let pages = answers(&workerd, &["dead-letters", "list", "--all"]);
    let sizes = pages
        .iter()
        .map(|page| page["items"].as_array().map(Vec::len));
    assert_eq!(sizes.collect::<Vec<_>>(), [Some(200), Some(1)]);
}

#[test]
fn a_customer_is_looked_up_given_to_another_affiliate_and_forgotten() {
    let workerd = agents::start();
    let pat = json!({ "customer": { "id": "77" }, "coupons": ["ALMA"],
        "email": "pat@shopper.example" });
    agents::deliver(&workerd, &agents::order("1", 1, pat));
    let by_id = ["--store", "store", "--id", "77"];
    let by_email = ["--email", "pat@shopper.example"];
    let customers = |what: &str, more: &[&str]| {
        prints(
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
    let lookup = ["customers", "lookup", "--store", "store", "--id", "77"];
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
        (&["lookup", "--id", "77"], "--store"),
        (
            &["assign", "--id", "77", "--store", "store", "--reason", "so"],
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
        let text = refuses(&workerd, &[&["customers"], arguments].concat());
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn a_receiver_is_paused_and_resumed_and_its_messages_are_listed_and_sent_again() {
    let internet = Internet::start();
    internet.script(HOOKS, [Reply::status(204)]);
    let workerd = receivers::start(&internet, WEBHOOK);

    let listed = prints(&workerd, &["receivers", "list"]);
    assert_eq!(rows(&listed)[0], ["webhook/shop", "0", "0"]);
    let paused = prints(&workerd, &["receivers", "pause", "webhook/shop"]);
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
    assert_eq!(rows(&prints(&workerd, &waiting)).len(), 2);
    let resumed = prints(&workerd, &["receivers", "resume", "webhook/shop"]);
    assert!(!resumed.contains("by_hand"), "{resumed}");
    internet.await_asked(HOOKS, 2);
    let delivered = eventually("two messages delivered", || {
        let table = prints(&workerd, &["messages", "list", "--state", "delivered"]);
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
    let said = prints(&workerd, &["messages", "replay", first[0]]);
    assert_eq!(said, format!("Message {} is sent again.\n", first[0]));
    internet.await_asked(HOOKS, 3);
    let tested = prints(&workerd, &["receivers", "test", "webhook/shop"]);
    internet.await_asked(HOOKS, 4);
    let look = tested.split('`').nth(1).expect("how to look it up");
    let look: Vec<&str> = look.split(' ').skip(1).collect();
    let latest = prints(&workerd, &look);
    let latest = rows(&latest)[0][..3].join(" ");
    assert!(tested.starts_with(&format!(
        "Message {} ",
        latest.split(' ').next().expect("a number")
    )));
    assert!(latest.ends_with("webhook/shop test"), "{latest}");
    assert!(refuses(&workerd, &["messages", "replay", "99"]).contains("99"));
    assert!(refuses(&workerd, &["receivers", "pause", "shop"]).contains("webhook/NAME"));
    assert!(refuses(&workerd, &["receivers", "pause", "webhook/no"]).contains("webhook/no"));
}

#[test]
fn a_dead_letter_is_taken_again() {
    let workerd = demo::start(Options::default());
    let mut order = demo::order_with_coupon("1001");
    order["currency"] = json!("XXQ");
    assert_eq!(store::deliver(&workerd, &order).outcome(), "dead_letter");
    let listed = prints(&workerd, &["dead-letters", "list"]);
    let letter = rows(&listed)[0].clone();
    assert!(listed.contains("currency"), "{listed}");
    let replayed = prints(&workerd, &["dead-letters", "replay", letter[0]]);
    assert!(replayed.contains("dead_letter"), "{replayed}");
    assert!(refuses(&workerd, &["dead-letters", "replay", "99"]).contains("99"));
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
    let listed = prints(&workerd, &["stores", "list"]);
    let store = rows(&listed)[0][0];
    let before = internet.asked("kettle.myshopify.com").len();
    let looked = prints(&workerd, &["stores", "sync", store]);
    assert!(looked.contains("shopify"), "{looked}");
    internet.await_asked("kettle.myshopify.com", before + 1);
    assert!(refuses(&workerd, &["stores", "sync", "nowhere"]).contains("nowhere"));
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
