//! BigCommerce's calls name an order and say nothing of it: the store is asked, until it answers.

use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::LazyLock;
use std::time::Duration;
use waymark_signatures::{Scheme, sign_standard_webhooks};
use waymark_tests::internet::{Internet, Reply};
use waymark_tests::shop::Asked;
use waymark_tests::{Answer, Options, Workerd, becomes, demo, eventually, faults, merchant, store};

const API: &str = "api.bigcommerce.com";
const SECRET: &str = "client-secret-of-the-app";
/// How long it may take until the store is asked.
const TIMEOUT: Duration = Duration::from_secs(120);

const STORE: &str = r#"
[endpoints.big]
kind = "bigcommerce"
store = "big"
secrets = ["BIG_SECRET"]
api = { store_hash = "abc9", token = "BIG_TOKEN" }
"#;

fn start(internet: &Internet) -> Workerd {
    start_with(internet, Options::default())
}

fn start_with(internet: &Internet, options: Options) -> Workerd {
    start_keeping(internet, options, "30d")
}

/// With a program that keeps calls for so long.
fn start_keeping(internet: &Internet, options: Options, keep: &str) -> Workerd {
    let options = options.with_secret("BIG_SECRET", SECRET);
    let workerd = Workerd::start(options.with_secret("BIG_TOKEN", "very-secret").on(internet));
    let program = demo::program_with(&format!("keep_payloads = \"{keep}\""));
    let program = format!("{program}\n{STORE}");
    merchant::apply_since_2000(&workerd, &program);
    workerd
}

/// A call that says that the order with number 250 changed.
fn deliver(workerd: &Workerd, scope: &str) -> Answer {
    deliver_of(workerd, 250, scope)
}

/// A call that says that an order changed.
fn deliver_of(workerd: &Workerd, order: u32, scope: &str) -> Answer {
    let body = json!({
        "scope": scope, "store_id": "1", "data": { "type": "order", "id": order },
        "hash": "3f9ea420af83450d7ef9f78b08c8af25b2213637", "created_at": 1_767_528_000,
        "producer": "stores/abc9",
    })
    .to_string();
    let secret = Scheme::BigCommerce.secret(SECRET).expect("a secret");
    let seconds = store::now().div_euclid(1_000);
    let signature = sign_standard_webhooks(&secret, "msg_1", seconds, body.as_bytes());
    let request = workerd
        .request("POST", "/hooks/big")
        .header("webhook-id", "msg_1")
        .header("webhook-timestamp", seconds.to_string())
        .header("webhook-signature", signature);
    workerd.send(request, body)
}

/// When the order was placed and last changed: lately, so that it is not approved at once.
static TODAY: LazyLock<String> = LazyLock::new(|| {
    let now = Timestamp::from_millisecond(store::now()).expect("a time");
    now.strftime("%a, %d %b %Y 00:00:00 +0000").to_string()
});

/// What the API says of an order: 64.00 USD, with a coupon of Ben's.
fn api(asked: &Asked, refunds: &Value) -> Reply {
    api_of(asked, 11, refunds)
}

/// What it says of an order with a status that does not exist.
fn api_of_unknown_status(asked: &Asked) -> Reply {
    api_of(asked, 99, &json!([]))
}

fn api_of(asked: &Asked, status: u32, refunds: &Value) -> Reply {
    let (path, _) = asked.target.split_once('?').unwrap_or((&asked.target, ""));
    let today = TODAY.as_str();
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    match parts[..] {
        ["stores", "abc9", "v2", "orders", id] => Reply::json(&json!({
            "id": id.parse::<u32>().expect("a number"), "customer_id": 0, "status_id": status,
            "date_created": today, "date_modified": today,
            "total_ex_tax": "64.0000", "total_inc_tax": "64.0000", "total_tax": "0.0000",
            "payment_status": "captured", "refunded_amount": "0.0000",
            "default_currency_code": "USD", "currency_code": "USD", "is_deleted": false,
        })),
        ["stores", "abc9", "v2", "orders", _, "products"] => Reply::json(&json!([{
            "id": 1, "sku": "KETTLE", "quantity": 1, "total_ex_tax": "64.0000",
            "applied_discounts": [],
        }])),
        ["stores", "abc9", "v2", "orders", _, "coupons"] => {
            Reply::json(&json!([{ "code": "BEN15" }]))
        }
        [
            "stores",
            "abc9",
            "v3",
            "orders",
            _,
            "payment_actions",
            "refunds",
        ] => Reply::json(&json!({ "data": refunds, "meta": {} })),
        _ => Reply::status(404),
    }
}

fn await_book(workerd: &Workerd, expected: &[&str]) -> Value {
    eventually(&format!("the book {expected:?}"), || {
        let answer = merchant::ask(workerd, "big", "250");
        let order: Value = (answer.status() == 200).then(|| answer.json())?;
        (merchant::book(&order) == expected).then_some(order)
    })
}

#[test]
fn an_order_is_asked_for_after_its_call_and_booked_once() {
    let internet = Internet::start();
    internet.host(API, |asked| api(asked, &json!([])));
    let workerd = start(&internet);
    assert_eq!(
        deliver(&workerd, "store/order/created").outcome(),
        "applied"
    );
    let order = await_book(&workerd, &["ben coupon 6.40 pending"]);
    for asked in internet.asked(API) {
        assert_eq!(asked.headers["x-auth-token"], "very-secret");
        assert_eq!(asked.headers["accept"], "application/json");
    }

    // The same again, and then a refund.
    assert_eq!(
        deliver(&workerd, "store/order/updated").outcome(),
        "applied"
    );
    internet.await_asked(API, 8);
    let again = await_book(&workerd, &["ben coupon 6.40 pending"]);
    assert_eq!(again["facts"], order["facts"]);
    internet.host(API, |asked| {
        let refund = json!({
            "id": 4, "created": "2026-11-25T09:30:00Z", "total_amount": 64, "total_tax": 0,
            "items": [{ "item_type": "PRODUCT", "item_id": 1, "quantity": 1,
                        "requested_amount": "64.00" }],
            "payments": [{ "id": 2, "amount": 64, "is_declined": false }],
        });
        api(asked, &json!([refund]))
    });
    deliver(&workerd, "store/order/refund/created");
    let refunded = eventually("the refund", || {
        let order = merchant::order(&workerd, "big", "250");
        (merchant::entries(&order).len() == 2).then_some(order)
    });
    assert_eq!(
        merchant::entries(&refunded)[1].split(' ').nth(1),
        Some("-6.40")
    );
    assert!(!workerd.log().contains("very-secret"));
}

#[test]
fn a_store_that_fails_is_asked_again_and_the_order_is_booked_once() {
    let internet = Internet::start();
    let mut failures = 0;
    internet.host(API, move |asked| {
        // The order is there, its lines are not: half of it is nothing.
        if asked.target.contains("/products") && failures < 1 {
            failures += 1;
            return Reply::status(500);
        }
        api(asked, &json!([]))
    });
    let workerd = start(&internet);
    assert_eq!(
        deliver(&workerd, "store/order/created").outcome(),
        "applied"
    );
    internet.await_asked(API, 2);
    assert_eq!(merchant::ask(&workerd, "big", "250").status(), 404);
    let order = await_book(&workerd, &["ben coupon 6.40 pending"]);
    assert_eq!(merchant::entries(&order), ["ben 6.40 credited"]);
}

#[test]
fn a_change_while_the_order_is_asked_for_is_asked_for_too() {
    let internet = Internet::start();
    let (begun, begins) = std::sync::mpsc::channel();
    let (go_on, goes_on) = std::sync::mpsc::channel::<()>();
    let mut first = true;
    internet.host(API, move |asked| {
        if asked.target.contains("/refunds") && std::mem::take(&mut first) {
            begun.send(()).expect("the test waits");
            goes_on.recv().expect("the test goes on");
        }
        api(asked, &json!([]))
    });
    let workerd = start(&internet);
    deliver(&workerd, "store/order/created");
    begins.recv_timeout(TIMEOUT).expect("the store is asked");
    // Everything but the refunds was answered already when the order changes.
    assert_eq!(
        deliver(&workerd, "store/order/updated").outcome(),
        "applied"
    );
    go_on.send(()).expect("the store answers");
    internet.await_asked(API, 8);
    await_book(&workerd, &["ben coupon 6.40 pending"]);
}

fn await_letter(workerd: &Workerd, reason: &str) -> Value {
    eventually(reason, || {
        let mut letters = merchant::dead_letters(workerd).into_iter();
        letters.find(|letter| {
            letter["reason"]
                .as_str()
                .is_some_and(|it| it.starts_with(reason))
        })
    })
}

#[test]
fn an_order_that_cannot_be_used_is_a_dead_letter_at_once_though_no_calls_are_kept() {
    let internet = Internet::start();
    internet.host(API, api_of_unknown_status);
    let workerd = start_keeping(&internet, Options::default(), "0s");
    assert_eq!(
        deliver(&workerd, "store/order/created").outcome(),
        "applied"
    );
    let reason = "status_id: not a status that BigCommerce is known to have";
    let letter = await_letter(&workerd, reason);
    let call: Value = serde_json::from_str(letter["body"].as_str().expect("a body")).expect("JSON");
    assert_eq!(
        (&letter["endpoint"], &call["data"]["id"]),
        (&json!("big"), &json!(250))
    );
    assert_eq!(workerd.count("order_fetches"), 0);

    // Taken again before anything was mended, it is asked for again, and is a dead letter again.
    let replay = format!("/v1/dead-letters/{}/replay", letter["number"]);
    let asked = internet.asked(API).len();
    assert_eq!(merchant::post(&workerd, &replay, &json!({})).status(), 200);
    internet.await_asked(API, asked + 4);
    await_letter(&workerd, reason);

    // Then the order is mended, and nothing is kept of the call.
    internet.host(API, |asked| api(asked, &json!([])));
    assert_eq!(merchant::post(&workerd, &replay, &json!({})).status(), 200);
    await_book(&workerd, &["ben coupon 6.40 pending"]);
    becomes("calls that are kept", &0, || workerd.count("calls"));
}

#[test]
fn a_dead_letter_is_none_any_more_once_a_later_call_has_its_order_taken() {
    let internet = Internet::start();
    internet.host(API, api_of_unknown_status);
    let workerd = start(&internet);
    deliver(&workerd, "store/order/created");
    await_letter(&workerd, "status_id: ");
    internet.host(API, |asked| api(asked, &json!([])));
    deliver(&workerd, "store/order/updated");
    await_book(&workerd, &["ben coupon 6.40 pending"]);
    becomes("letters", &[Value::Null; 0], || {
        merchant::dead_letters(&workerd)
    });
}

#[test]
fn a_store_that_does_not_answer_for_three_days_leaves_a_dead_letter_however_briefly_calls_are_kept()
{
    let internet = Internet::start();
    internet.host(API, |_| Reply::status(500));
    let mut workerd = start_keeping(&internet, Options::default(), "0s");
    deliver(&workerd, "store/order/created");
    internet.await_asked(API, 1);
    std::thread::sleep(Duration::from_millis(1_500));
    assert_eq!(internet.asked(API).len(), 1, "asked again within a moment");
    // As many failures as there are waits, and what deletes old calls ran meanwhile.
    workerd.restart_with(
        "UPDATE calls SET received_at = 0; UPDATE order_fetches SET tries = 8, due = 0;",
    );
    deliver_of(&workerd, 251, "store/order/created");
    internet.await_asked(API, 3);
    becomes("last tries", &1, || {
        workerd.count("order_fetches WHERE tries = 9")
    });
    assert_eq!(merchant::dead_letters(&workerd), Vec::<Value>::new());
    workerd.restart_with("UPDATE order_fetches SET due = 0 WHERE tries = 9");
    deliver_of(&workerd, 252, "store/order/created");
    let letter = await_letter(&workerd, "the store was asked for three days: ");
    assert!(letter["body"].as_str().expect("a body").contains("250"));
}

/// The calls of storage, and the four by which an order is asked for.
#[test]
fn every_order_is_asked_for_and_booked_once_though_any_call_of_an_alarm_fails() {
    let internet = Internet::start();
    internet.host(API, |asked| api(asked, &json!([])));
    let workerd = start_with(&internet, Options::default().with_faults());
    let (mut orders, mut failed) = (Vec::new(), Vec::new());
    let mut order = 1;
    for call in 1..=50 {
        for after in [false, true] {
            faults::fail(&workerd, call, after, "alarm");
            order += 1;
            // While an alarm waits for the store, the call that fails may be one of this request.
            let answer = store::until_taken(|| deliver_of(&workerd, order, "store/order/created"));
            assert_eq!(answer.status(), 200, "{}", answer.text());
            orders.push(order.to_string());
            std::thread::sleep(Duration::from_millis(150));
            failed.extend(faults::end(&workerd));
        }
    }
    let fetches = failed.iter().filter(|what| *what == "fetch").count();
    println!("{} calls failed, {fetches} of the store's", failed.len());
    assert!(fetches >= 8 && failed.len() > fetches, "{failed:?}");
    for order in &orders {
        eventually(order, || {
            let answer = merchant::ask(&workerd, "big", order);
            let order: Value = (answer.status() == 200).then(|| answer.json())?;
            (merchant::entries(&order) == ["ben 6.40 credited"]).then_some(())
        });
    }
    let cents = orders.len() * 640;
    let balance = format!("{}.{:02} USD", cents / 100, cents % 100);
    assert_eq!(merchant::balances(&workerd, "ben"), [balance]);
}
