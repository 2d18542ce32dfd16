//! Shopify's own sample calls, and those of two libraries, through a running Worker: the decision
//! is the one that a person reading the sample would expect.
//!
//! The samples are not part of the repository: `WAYMARK_FIXTURES` names the folder that holds them.

use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use waymark_tests::{Options, Workerd, merchant, store};

/// A program whose triggers are what the samples hold.
const PROGRAM: &str = r#"
name = "The shop of the samples"
home = "https://shop.example/"
currency = "USD"

[policy]
preset = "last-click" # coupon before tag before e-mail; SKUs besides
rates = { default = { percent = "10" }, tag = { percent = "5" } }

[affiliates.cora]
[affiliates.ella]
[affiliates.skye]
[affiliates.tim]

[coupons]
tenoff = "cora"

[emails]
"jon@example.com" = "ella"
"Bob.Norman@hostmail.com" = "ella"
"jon@doe.ca" = "ella"

[skus]
IPOD2008PINK = { affiliate = "skye", rate = { per_item = "2.00" } }
1 = { affiliate = "skye", rate = { percent = "50" } }

[tags]
TAG2 = "tim"

[endpoints.shopify]
kind = "shopify"
store = "sample.myshopify.com"
secrets = ["DEMO_SHOPIFY_SECRET"]
"#;

const SOURCE: &str = "sample.myshopify.com";

/// The order of both collections of captured calls.
const ORDER: &str = "820982911946154508";

/// The tool that captured the calls read their ids as doubles. Here is what each was before: the
/// `admin_graphql_api_id` beside it still says so.
const ROUNDED_IDS: [(&str, &str); 5] = [
    ("820982911946154500", ORDER),
    ("866550311766439000", "866550311766439020"),
    ("141249953214522980", "141249953214522974"),
    ("115310627314723950", "115310627314723954"),
    ("890088186047892400", "890088186047892319"),
];

fn samples() -> Option<PathBuf> {
    let Ok(folder) = std::env::var("WAYMARK_FIXTURES") else {
        println!("WAYMARK_FIXTURES is not set: Shopify's samples were not tested");
        return None;
    };
    Some(Path::new(&folder).join("shopify"))
}

/// A member of a sample as it stands in the file, with the ids that it was called with.
fn sample(path: &Path, member: &str) -> String {
    let text = std::fs::read_to_string(path).expect("a sample");
    let members: BTreeMap<String, Box<RawValue>> = serde_json::from_str(&text).expect("JSON");
    let body = members.get(member).expect(member).get().to_owned();
    ROUNDED_IDS
        .iter()
        .fold(body, |body, (rounded, id)| body.replace(rounded, id))
}

/// The sample with other members. (All its numbers are integers below 2^64 or amounts in strings
/// beside a number: none loses a digit here.)
fn with(sample: &str, members: Value) -> String {
    let sample: Value = serde_json::from_str(sample).expect("JSON");
    waymark_tests::json::with(sample, members).to_string()
}

/// The sample as a real order that still stands: Shopify's samples are test orders, cancelled.
fn placed(sample: &str) -> String {
    with(
        sample,
        json!({ "test": false, "cancelled_at": null, "financial_status": "paid" }),
    )
}

fn start() -> Workerd {
    let workerd = Workerd::start(Options::default());
    merchant::apply_since_2000(&workerd, PROGRAM);
    workerd
}

fn order(workerd: &Workerd, id: &str) -> Value {
    merchant::order(workerd, SOURCE, id)
}

/// A sample's refund, made after every version of the sample's order: a whole order lists its refunds.
fn after_its_order(refund: &str) -> String {
    with(
        refund,
        json!({ "created_at": "2099-01-01T00:00:00Z", "processed_at": "2099-01-01T00:00:00Z" }),
    )
}

/// Delivers a call and checks what became of it.
fn deliver(workerd: &Workerd, topic: &str, body: &str, outcome: &str) {
    let answer = store::deliver_shopify(workerd, topic, body);
    assert_eq!(answer.outcome(), outcome, "{topic}: {}", answer.text());
}

fn nobody_is_owed_anything(workerd: &Workerd) {
    for affiliate in ["cora", "ella", "skye", "tim"] {
        let balances = merchant::balances(workerd, affiliate);
        assert!(balances.is_empty(), "{affiliate}: {balances:?}");
    }
}

#[test]
fn a_test_order_is_decided_and_never_booked() {
    let Some(samples) = samples() else { return };
    for (sample_file, topic) in [
        ("hookdeck-2024-10/orders.create.json", "orders/create"),
        ("hookdeck-2024-10/orders.updated.json", "orders/updated"),
        ("hookdeck-2024-10/orders.cancelled.json", "orders/cancelled"),
        ("hookdeck-2023-01/orders.create.json", "orders/create"),
        ("hookdeck-2023-01/orders.updated.json", "orders/updated"),
        ("hookdeck-2023-01/orders.cancelled.json", "orders/cancelled"),
    ] {
        let workerd = start();
        let body = sample(&samples.join(sample_file), "body");
        deliver(&workerd, topic, &body, "applied");
        let view = order(&workerd, ORDER);
        assert_eq!(view["state"], "test", "{sample_file}");
        // The samples are cancelled: whoever brought the order would get nothing for it.
        for conversion in merchant::decided(&view) {
            assert!(conversion.contains(" 0.00 "), "{sample_file}: {conversion}");
        }
        let approval = with(
            &body,
            json!({ "cancelled_at": null, "financial_status": "paid", "updated_at": "2026-01-01T00:00:00Z" }),
        );
        deliver(&workerd, topic, &approval, "applied");
        assert_eq!(
            order(&workerd, ORDER)["conversions"],
            json!([]),
            "{sample_file}"
        );
        nobody_is_owed_anything(&workerd);
    }
}

#[test]
fn a_test_order_that_stands_shows_what_it_would_pay() {
    let Some(samples) = samples() else { return };
    let workerd = start();
    let body = sample(&samples.join("hookdeck-2024-10/orders.create.json"), "body");
    deliver(
        &workerd,
        "orders/create",
        &with(
            &body,
            json!({ "cancelled_at": null, "financial_status": "paid" }),
        ),
        "applied",
    );
    let view = order(&workerd, ORDER);
    assert_eq!(
        merchant::decided(&view),
        [
            "tim tag 18.90 pending",
            "skye sku 4.00 pending",
            "ella email 0.00 unqualified"
        ]
    );
    assert_eq!(view["conversions"], json!([]));
    nobody_is_owed_anything(&workerd);
}

#[test]
fn the_order_of_2024_pays_for_its_tag_and_its_skus() {
    let Some(samples) = samples() else { return };
    let workerd = start();
    let create = sample(&samples.join("hookdeck-2024-10/orders.create.json"), "body");
    deliver(&workerd, "orders/create", &placed(&create), "applied");
    let view = order(&workerd, ORDER);
    assert_eq!(
        merchant::book(&view),
        [
            "tim tag 18.90 pending",       // 5 % of 398.00 less the discount of 20.00
            "skye sku 4.00 pending",       // 2.00 for each of two
            "ella email 0.00 unqualified", // a tag goes before an e-mail
        ]
    );
    assert_eq!(
        view["decision"]["conversions"][0]["lines"],
        json!([
            { "line": "866550311766439020", "base": "189.00", "rate": { "percent": "5" }, "commission": "9.45" },
            { "line": "141249953214522974", "base": "189.00", "rate": { "percent": "5" }, "commission": "9.45" },
        ])
    );
    assert_eq!(
        merchant::trace(&view).last().map(String::as_str),
        Some("tim tag tag2 credited")
    );
    assert_eq!(merchant::balances(&workerd, "tim"), ["18.90 USD"]);
    assert_eq!(merchant::balances(&workerd, "skye"), ["4.00 USD"]);

    let update = sample(
        &samples.join("hookdeck-2024-10/orders.updated.json"),
        "body",
    );
    deliver(&workerd, "orders/updated", &placed(&update), "duplicate");
    // Shopify lists tags anew in each update; without the tag the e-mail comes through.
    let later = json!({ "test": false, "cancelled_at": null, "financial_status": "paid", "tags": "tag1", "updated_at": "2022-01-02T00:00:00Z" });
    deliver(&workerd, "orders/updated", &with(&update, later), "applied");
    assert_eq!(
        merchant::book(&order(&workerd, ORDER)),
        [
            "tim tag 0.00 reversed",
            "skye sku 4.00 pending",
            "ella email 37.80 pending",
        ]
    );
    assert_eq!(merchant::balances(&workerd, "tim"), ["0.00 USD"]);
    assert_eq!(merchant::balances(&workerd, "ella"), ["37.80 USD"]);
}

#[test]
fn the_refund_of_2024_takes_everything_back_whenever_it_comes() {
    let Some(samples) = samples() else { return };
    let create = placed(&sample(
        &samples.join("hookdeck-2024-10/orders.create.json"),
        "body",
    ));
    let refund = after_its_order(&sample(
        &samples.join("hookdeck-2024-10/refunds.create.json"),
        "body",
    ));
    let nothing_left = [
        "tim tag 0.00 reversed",
        "skye sku 0.00 reversed",
        "ella email 0.00 unqualified",
    ];

    let workerd = start();
    deliver(&workerd, "orders/create", &create, "applied");
    deliver(&workerd, "refunds/create", &refund, "applied");
    deliver(&workerd, "refunds/create", &refund, "duplicate");
    let view = order(&workerd, ORDER);
    assert_eq!(merchant::book(&view), nothing_left);
    assert_eq!(
        merchant::entries(&view),
        [
            "tim 18.90 credited",
            "tim -18.90 refunded",
            "skye 4.00 credited",
            "skye -4.00 refunded",
        ]
    );
    // The sample gives back 398.00 of goods that cost 378.00: a person is told.
    assert_eq!(
        view["flags"],
        json!([
            "refund 890088186047892319 gives back more than was left of the order; the rest was left out"
        ])
    );

    let workerd = start();
    deliver(&workerd, "refunds/create", &refund, "applied");
    assert_eq!(order(&workerd, ORDER)["state"], "waiting");
    deliver(&workerd, "orders/create", &create, "applied");
    let view = order(&workerd, ORDER);
    assert_eq!(merchant::book(&view), nothing_left);
    assert_eq!(merchant::entries(&view), [""; 0]);
}

#[test]
fn a_refund_of_one_of_the_pieces_of_2024_leaves_the_other() {
    let Some(samples) = samples() else { return };
    let workerd = start();
    let create = sample(&samples.join("hookdeck-2024-10/orders.create.json"), "body");
    deliver(&workerd, "orders/create", &placed(&create), "applied");
    let refund = after_its_order(&sample(
        &samples.join("hookdeck-2024-10/refunds.create.json"),
        "body",
    ));
    let mut refund: Value = serde_json::from_str(&refund).expect("JSON");
    refund["refund_line_items"]
        .as_array_mut()
        .expect("lines")
        .truncate(1);
    deliver(&workerd, "refunds/create", &refund.to_string(), "applied");
    assert_eq!(
        merchant::book(&order(&workerd, ORDER)),
        [
            "tim tag 9.45 pending", // 5 % of the other 189.00
            "skye sku 2.00 pending",
            "ella email 0.00 unqualified",
        ]
    );
}

#[test]
fn the_cancellation_of_2024_takes_everything_back() {
    let Some(samples) = samples() else { return };
    let workerd = start();
    let create = sample(&samples.join("hookdeck-2024-10/orders.create.json"), "body");
    deliver(&workerd, "orders/create", &placed(&create), "applied");
    let cancelled = sample(
        &samples.join("hookdeck-2024-10/orders.cancelled.json"),
        "body",
    );
    let cancelled = with(&cancelled, json!({ "test": false }));
    deliver(&workerd, "orders/cancelled", &cancelled, "applied");
    let view = order(&workerd, ORDER);
    assert_eq!(
        merchant::entries(&view),
        [
            "tim 18.90 credited",
            "tim -18.90 cancelled",
            "skye 4.00 credited",
            "skye -4.00 cancelled",
        ]
    );
    assert_eq!(view["case"]["order"]["cancelled"], true);
    assert_eq!(merchant::balances(&workerd, "tim"), ["0.00 USD"]);
}

#[test]
fn the_order_of_2023_pays_in_its_own_currency_until_it_is_refunded() {
    let Some(samples) = samples() else { return };
    let workerd = start();
    let create = sample(&samples.join("hookdeck-2023-01/orders.create.json"), "body");
    deliver(&workerd, "orders/create", &placed(&create), "applied");
    let view = order(&workerd, ORDER);
    // 31.99 less 5.00; the SKU's 1.99 bear 0.31 of that, and half of the rest is Skye's.
    assert_eq!(
        merchant::book(&view),
        ["ella email 2.70 pending", "skye sku 0.84 pending"]
    );
    assert_eq!(merchant::balances(&workerd, "ella"), ["2.70 CAD"]);
    let bases = &view["decision"]["conversions"][0]["lines"];
    assert_eq!(
        (&bases[0]["base"], &bases[1]["base"]),
        (&json!("1.68"), &json!("25.31"))
    );

    // The update came 47 seconds later, and says the same.
    let update = sample(
        &samples.join("hookdeck-2023-01/orders.updated.json"),
        "body",
    );
    deliver(&workerd, "orders/updated", &placed(&update), "applied");
    assert_eq!(
        merchant::entries(&order(&workerd, ORDER)),
        ["ella 2.70 credited", "skye 0.84 credited"]
    );

    let refund = after_its_order(&sample(
        &samples.join("hookdeck-2023-01/refunds.create.json"),
        "body",
    ));
    deliver(&workerd, "refunds/create", &refund, "applied");
    assert_eq!(
        merchant::book(&order(&workerd, ORDER)),
        ["ella email 0.00 reversed", "skye sku 0.00 reversed"]
    );
}

#[test]
fn ids_above_2_to_the_53_survive_from_the_call_to_the_book() {
    let Some(samples) = samples() else { return };
    let workerd = start();
    let create = sample(&samples.join("hookdeck-2024-10/orders.create.json"), "body");
    let refund = after_its_order(&sample(
        &samples.join("hookdeck-2024-10/refunds.create.json"),
        "body",
    ));
    deliver(&workerd, "orders/create", &placed(&create), "applied");
    deliver(&workerd, "refunds/create", &refund, "applied");
    let answer = merchant::ask(&workerd, SOURCE, ORDER);
    for (rounded, id) in ROUNDED_IDS {
        assert!(
            !answer.text().contains(rounded),
            "{rounded} in {}",
            answer.text()
        );
        assert!(
            answer.text().contains(&format!("\"{id}\"")),
            "no {id} in {}",
            answer.text()
        );
    }
    let view: Value = answer.json();
    let fact = |kind| {
        let facts = view["facts"].as_array().expect("facts");
        let fact = facts.iter().find(|fact| fact["fact"]["kind"] == kind);
        fact.expect(kind)["fact"].clone()
    };
    assert_eq!(view["id"], ORDER);
    assert_eq!(fact("snapshot")["id"], ORDER);
    assert_eq!(fact("snapshot")["customer_id"], "115310627314723954");
    assert_eq!(fact("refund")["id"], "890088186047892319");
    assert_eq!(fact("refund")["lines"][1]["line"], "141249953214522974");
    assert_eq!(view["case"]["order"]["id"], ORDER);
    assert_eq!(
        view["case"]["order"]["lines"][0]["id"],
        "866550311766439020"
    );
    assert_eq!(
        view["case"]["order"]["refunds"][0]["id"],
        "890088186047892319"
    );
    assert_eq!(view["decision"]["order"], ORDER);
    assert_eq!(
        view["decision"]["conversions"][0]["lines"][1]["line"],
        "141249953214522974"
    );
    let listed: Value = merchant::get(&workerd, "/v1/orders").json();
    assert_eq!(listed["items"][0]["id"], ORDER);
    // Neither is it the order with the id that a double makes of this one.
    assert_eq!(
        merchant::ask(&workerd, SOURCE, "820982911946154500").status(),
        404
    );
}

#[test]
fn the_order_of_the_python_library_pays_for_its_coupon_until_pieces_come_back() {
    let Some(samples) = samples() else { return };
    let workerd = start();
    let create = sample(&samples.join("shopify_python_api/order.json"), "order");
    deliver(&workerd, "orders/create", &create, "applied");
    assert_eq!(
        merchant::book(&order(&workerd, "450789469")),
        [
            "cora coupon 59.70 pending", // 10 % of three at 199.00; tax earns nothing
            "ella email 0.00 unqualified",
        ]
    );
    // Two of the three come back, without a word about money.
    let refund = sample(&samples.join("shopify_python_api/refund.json"), "refund");
    deliver(&workerd, "refunds/create", &refund, "applied");
    assert_eq!(
        merchant::entries(&order(&workerd, "450789469")),
        ["cora 59.70 credited", "cora -39.80 refunded"]
    );
    assert_eq!(merchant::balances(&workerd, "cora"), ["19.90 USD"]);
}

#[test]
fn the_free_order_of_the_go_library_credits_a_person_and_owes_nothing() {
    let Some(samples) = samples() else { return };
    for file in [
        "go-shopify/order.json",
        "go-shopify/order_with_transaction.json",
    ] {
        let workerd = start();
        let create = sample(&samples.join(file), "order");
        deliver(&workerd, "orders/create", &create, "applied");
        assert_eq!(order(&workerd, "123456")["state"], "test", "{file}");
        deliver(&workerd, "orders/create", &placed(&create), "applied");
        let view = order(&workerd, "123456");
        // Its one line with a price, 5.00, is discounted by 5.00.
        assert_eq!(
            merchant::decided(&view),
            ["ella email 0.00 pending"],
            "{file}"
        );
        nobody_is_owed_anything(&workerd);
    }
}

#[test]
fn captured_calls_that_are_no_orders_book_nothing() {
    let Some(samples) = samples() else { return };
    let workerd = start();
    let mut ignored = 0_usize;
    for folder in ["hookdeck-2023-01", "hookdeck-2024-10"] {
        for entry in std::fs::read_dir(samples.join(folder)).expect("samples") {
            let path = entry.expect("a sample").path();
            let name = path
                .file_stem()
                .and_then(|name| name.to_str())
                .expect("a name");
            let topic = name.replacen('.', "/", 1);
            let about_an_order = topic == "refunds/create" || topic.starts_with("orders/");
            if about_an_order && topic != "orders/edited" && topic != "orders/delete" {
                continue;
            }
            // Disputes and deletions are facts that wait for their order.
            let waits = topic == "orders/delete" || topic.starts_with("disputes/");
            let outcome = if waits { "applied" } else { "ignored" };
            let answer = store::deliver_shopify(&workerd, &topic, &sample(&path, "body"));
            let known = waits && answer.outcome() == "duplicate";
            assert!(
                known || answer.outcome() == outcome,
                "{topic}: {}",
                answer.text()
            );
            ignored = ignored.saturating_add(usize::from(!waits));
        }
    }
    assert!(ignored > 15, "only {ignored} calls");
    let orders = merchant::pages(&workerd, "/v1/orders", 200).concat();
    assert!(
        orders.iter().all(|order| order["state"] == "waiting"),
        "{orders:?}"
    );
    nobody_is_owed_anything(&workerd);
}
