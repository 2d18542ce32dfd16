//! What stores are answered, and what is in the book afterwards.

#![allow(
    clippy::expect_used,
    reason = "a test ends where an answer has not its shape"
)]

use serde_json::{Value, json};
use waymark_tests::{Answer, Options, STORE_SECRET, Workerd, demo};

/// The word that a store is answered: `applied`, `duplicate`, `ignored` or `dead_letter`.
fn status(answer: &Answer) -> String {
    assert_eq!(answer.status(), 200, "{}", answer.text());
    let body: Value = answer.json();
    body.get("status")
        .and_then(Value::as_str)
        .expect("a status")
        .to_owned()
}

#[test]
fn the_last_click_beats_a_coupon_and_the_sku_is_paid_besides() {
    let workerd = demo::start(Options::default());
    let token = demo::token(&demo::click(&workerd, "/r/ANA"));
    let mut order = demo::order("1001");
    order["token"] = json!(token);
    order["coupons"] = json!(["BEN15"]);
    assert_eq!(status(&demo::deliver(&workerd, &order)), "applied");
    assert_eq!(
        demo::book(&workerd, "1001"),
        [
            "ana link 6.56 pending",       // 8 % of 82.00
            "cleo sku 3.00 pending",       // 1.50 for each of two packets
            "ben coupon 0.00 unqualified", // outranked
        ]
    );
}

#[test]
fn a_later_scan_by_the_same_visitor_takes_the_order() {
    let workerd = demo::start(Options::default());
    let first = demo::token(&demo::click(&workerd, "/r/ANA"));
    let scan = demo::browser(&workerd, "/q/BEN").header("cookie", format!("__Host-wm={first}"));
    let token = demo::token(&workerd.send(scan, ""));
    let mut order = demo::order("1001");
    order["token"] = json!(token);
    assert_eq!(status(&demo::deliver(&workerd, &order)), "applied");
    // Ben's rate for a link, 12 %, holds for a scan too.
    assert_eq!(
        demo::book(&workerd, "1001"),
        ["ben qr 9.84 pending", "cleo sku 3.00 pending"]
    );
}

#[test]
fn a_delivery_that_is_repeated_books_nothing_more() {
    let workerd = demo::start(Options::default());
    let mut order = demo::order("1001");
    order["coupons"] = json!(["BEN15"]);
    assert_eq!(status(&demo::deliver(&workerd, &order)), "applied");
    let before = demo::ask(&workerd, "1001");
    assert_eq!(status(&demo::deliver(&workerd, &order)), "duplicate");
    assert_eq!(demo::ask(&workerd, "1001").text(), before.text());
}

#[test]
fn a_refund_takes_back_its_part_also_if_it_comes_before_the_order() {
    let workerd = demo::start(Options::default());
    let refund = |order: &str| {
        json!({ "type": "refund", "order": order, "id": "r1", "at": "2030-01-01T00:00:00Z",
                "currency": "USD", "lines": [{ "line": "1", "quantity": 1, "amount": "64.00" }] })
    };
    let order = |id: &str| {
        let mut order = demo::order(id);
        order["coupons"] = json!(["BEN15"]);
        order
    };
    demo::deliver(&workerd, &order("1"));
    demo::deliver(&workerd, &refund("1"));
    demo::deliver(&workerd, &refund("2"));
    demo::deliver(&workerd, &order("2"));
    // 10 % of the 18.00 that are left.
    let left = ["ben coupon 1.80 pending", "cleo sku 3.00 pending"];
    assert_eq!(demo::book(&workerd, "1"), left);
    assert_eq!(demo::book(&workerd, "2"), left);
}

#[test]
fn an_order_id_above_2_to_the_53_survives_unchanged() {
    let workerd = demo::start(Options::default());
    let id = "9007199254740993"; // the first integer that a double cannot hold
    let body = demo::order(id)
        .to_string()
        .replace(&format!("\"{id}\""), id);
    let request = demo::signed(&workerd, STORE_SECRET, demo::now(), &body);
    assert_eq!(status(&workerd.send(request, body)), "applied");
    let view: Value = demo::ask(&workerd, id).json();
    assert_eq!(view["id"], id);
}

#[test]
fn what_is_not_signed_by_the_store_is_refused_like_an_unknown_endpoint() {
    let workerd = demo::start(Options::default());
    let body = demo::order("1001").to_string();
    let unsigned = workerd.request("POST", "/hooks/store");
    let unknown = workerd.request("POST", "/hooks/nobody");
    let other_secret = "whsec_b3RoZXItc2VjcmV0LW9mLTMyLWJ5dGVzLWZvci10ZXN0cw==";
    let foreign = demo::signed(&workerd, other_secret, demo::now(), &body);
    let stale = demo::signed(&workerd, STORE_SECRET, demo::now() - 301_000, &body);
    let early = demo::signed(&workerd, STORE_SECRET, demo::now() + 310_000, &body);
    let other_body = demo::signed(&workerd, STORE_SECRET, demo::now(), "{}");
    let answers: Vec<_> = [unsigned, unknown, foreign, stale, early, other_body]
        .into_iter()
        .map(|request| workerd.send(request, &body))
        .collect();
    for answer in &answers {
        assert_eq!(answer.status(), 401, "{}", answer.text());
        assert_eq!(answer.text(), answers[0].text());
    }
    assert_nothing_is_booked_or_logged(&workerd);
}

#[test]
fn what_is_signed_but_unusable_is_kept_as_a_dead_letter() {
    let workerd = demo::start(Options::default());
    let order = demo::order("1001");
    let changed = |field: &str, value: Value| {
        let mut order = order.clone();
        order[field] = value;
        order.to_string()
    };
    let whole = order.to_string();
    let bodies = [
        whole
            .get(..whole.len() / 2)
            .expect("half an order")
            .to_owned(),
        "[]".to_owned(),
        String::new(),
        changed("type", json!("parcel")),
        changed("lines", json!("none")),
        changed("currency", json!("XXQ")),
        changed("cupons", json!(["BEN15"])),
        changed("lines", json!([{ "quantity": 1, "amount": "1.001" }])),
        changed("lines", json!([{ "quantity": 0, "amount": "1.00" }])),
        changed("lines", json!([{ "quantity": 1, "amount": "-1.00" }])),
        changed(
            "lines",
            json!([{ "quantity": 1, "amount": "9999999999999999.00" }]),
        ),
    ];
    for body in &bodies {
        let request = demo::signed(&workerd, STORE_SECRET, demo::now(), body);
        assert_eq!(
            status(&workerd.send(request, body)),
            "dead_letter",
            "{body}"
        );
    }
    let kept: Value = demo::merchant_get(&workerd, "/v1/dead-letters").json();
    assert_eq!(
        kept["items"].as_array().expect("a list").len(),
        bodies.len()
    );
    assert_nothing_is_booked_or_logged(&workerd);
}

#[test]
fn a_body_of_2_mib_is_refused() {
    let workerd = demo::start(Options::default());
    let mut order = demo::order("1001");
    order["tags"] = json!(["x".repeat(2 << 20)]);
    assert_eq!(demo::deliver(&workerd, &order).status(), 413);
    assert_nothing_is_booked_or_logged(&workerd);
}

/// The order of every test here is 1001, and Pat's.
fn assert_nothing_is_booked_or_logged(workerd: &Workerd) {
    assert_eq!(demo::ask(workerd, "1001").status(), 404);
    assert!(
        !workerd.log().contains("pat@shopper.example"),
        "{}",
        workerd.log()
    );
}
