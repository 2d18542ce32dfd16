//! What an order is credited with, and that a store may report it twice, late or out of sequence.

use serde_json::{Value, json};
use waymark_tests::{Options, demo, merchant, sequences, shopper, store};

#[test]
fn the_last_click_beats_a_coupon_and_the_sku_is_paid_besides() {
    let workerd = demo::start(Options::default());
    let token = shopper::token(&shopper::click(&workerd, "/r/ANA"));
    let mut order = demo::order_with_coupon("1001");
    order["token"] = json!(token);
    assert_eq!(store::deliver(&workerd, &order).outcome(), "applied");
    assert_eq!(
        demo::book(&workerd, "1001"),
        [
            "ana link 6.56 pending",       // 8 % of 82.00
            "cleo sku 3.00 pending",       // 1.50 for each of two packets
            "ben coupon 0.00 unqualified", // outranked
        ]
    );
    assert_eq!(merchant::balances(&workerd, "ana"), ["6.56 USD"]);
    assert_eq!(merchant::balances(&workerd, "cleo"), ["3.00 USD"]);
    assert_eq!(merchant::balances(&workerd, "ben"), [""; 0]);
}

#[test]
fn a_later_scan_by_the_same_visitor_takes_the_order() {
    let workerd = demo::start(Options::default());
    let first = shopper::token(&shopper::click(&workerd, "/r/ANA"));
    let scan = shopper::click_again(&workerd, "/q/BEN", &first);
    let mut order = demo::order("1001");
    order["token"] = json!(shopper::token(&scan));
    assert_eq!(store::deliver(&workerd, &order).outcome(), "applied");
    // Ben's rate for a link, 12 %, holds for a scan too.
    assert_eq!(
        demo::book(&workerd, "1001"),
        ["ben qr 9.84 pending", "cleo sku 3.00 pending"]
    );
}

#[test]
fn a_visit_counts_that_the_token_in_the_order_does_not_know_of() {
    let workerd = demo::start(Options::default());
    let first = shopper::token(&shopper::click(&workerd, "/r/ANA"));
    // The shop put this token into the cart; the shopper came back by another link before buying.
    let later = shopper::click_again(&workerd, "/r/BEN", &first);
    assert_eq!(later.status(), 302);
    workerd.await_touches(2);
    let mut order = demo::order("1001");
    order["token"] = json!(first);
    assert_eq!(store::deliver(&workerd, &order).outcome(), "applied");
    assert_eq!(
        demo::book(&workerd, "1001"),
        ["ben link 9.84 pending", "cleo sku 3.00 pending"]
    );
}

#[test]
fn a_delivery_that_is_repeated_books_nothing_more() {
    let workerd = demo::start(Options::default());
    let order = demo::order_with_coupon("1001");
    assert_eq!(store::deliver(&workerd, &order).outcome(), "applied");
    let before = (
        merchant::ask(&workerd, "store", "1001"),
        merchant::owed(&workerd),
    );
    assert_eq!(store::deliver(&workerd, &order).outcome(), "duplicate");
    let after = (
        merchant::ask(&workerd, "store", "1001"),
        merchant::owed(&workerd),
    );
    assert_eq!(after.0.text(), before.0.text());
    assert_eq!(after.1, before.1);
}

/// Four calls about one order: as placed, as changed, one piece refunded, and – in `cancelled` –
/// its end.
fn calls(id: &str, cancelled: bool) -> Vec<Value> {
    let mut placed = demo::order_with_coupon(id);
    placed["placed_at"] = json!("2026-01-01T00:00:00Z");
    placed["updated_at"] = json!("2026-01-01T00:00:00Z");
    let mut changed = placed.clone();
    changed["updated_at"] = json!("2026-01-02T00:00:00Z");
    changed["discount"] = json!("20.50");
    let refund = json!({ "type": "refund", "order": id, "id": "r1", "at": "2026-01-03T00:00:00Z",
        "currency": "USD", "lines": [{ "line": "2", "quantity": 1, "amount": "6.75" }] });
    let cancellation = json!({ "type": "cancellation", "order": id, "at": "2026-01-04T00:00:00Z" });
    let mut calls = vec![placed, changed, refund];
    calls.extend(cancelled.then_some(cancellation));
    calls
}

#[test]
fn an_order_is_decided_and_owed_alike_in_whatever_sequence_its_calls_come() {
    let workerd = demo::start(Options::default());
    for (cancelled, owed) in [
        // 10 % of 82.00 less 20.50 less 6.75; 1.50 for the packet that was kept.
        (false, ["ben coupon 5.48 pending", "cleo sku 1.50 pending"]),
        (true, ["ben coupon 0.00 reversed", "cleo sku 0.00 reversed"]),
    ] {
        let sequences = sequences(calls("", cancelled).len());
        let mut decisions = Vec::new();
        for (number, sequence) in sequences.iter().enumerate() {
            let id = format!("{cancelled}-{number}");
            let calls = calls(&id, cancelled);
            for call in sequence.iter().map(|place| &calls[*place]) {
                let outcome = store::deliver(&workerd, call).outcome();
                assert_eq!(outcome, "applied", "{call}");
            }
            assert_eq!(demo::book(&workerd, &id), owed, "{sequence:?}");
            let order = merchant::order(&workerd, "store", &id);
            let of = |member: &str| order[member].to_string().replace(&id, "ID");
            decisions.push((of("case"), of("decision"), of("flags")));
        }
        decisions.dedup();
        assert_eq!(decisions.len(), 1, "{decisions:#?}");
    }
}

#[test]
fn what_comes_before_its_order_waits_for_it() {
    let workerd = demo::start(Options::default());
    let refund = calls("1001", true).remove(2);
    let answer = store::deliver(&workerd, &refund);
    assert_eq!(answer.outcome(), "applied");
    assert_eq!(
        answer.json::<Value>()["reason"],
        "the order itself was not heard of yet"
    );
    let waiting = merchant::order(&workerd, "store", "1001");
    assert_eq!(waiting["state"], "waiting");
    assert_eq!(waiting["decision"], Value::Null);
    assert_eq!(waiting["conversions"], json!([]));
}

#[test]
fn an_order_id_above_2_to_the_53_survives_unchanged() {
    let workerd = demo::start(Options::default());
    let id = "9007199254740993"; // the first integer that a double cannot hold
    let body = demo::order(id)
        .to_string()
        .replace(&format!("\"{id}\""), id);
    assert_eq!(store::deliver_text(&workerd, &body).outcome(), "applied");
    let view = merchant::order(&workerd, "store", id);
    assert_eq!(view["id"], id);
    assert_eq!(view["decision"]["order"], id);
}

#[test]
fn an_order_id_may_hold_what_a_path_has_to_escape() {
    let workerd = demo::start(Options::default());
    for id in [
        "A/1",
        "größe 7",
        "50%",
        "?a=b#c",
        "..",
        "\"quoted\"",
        "'; DROP TABLE orders",
    ] {
        assert_eq!(
            store::deliver(&workerd, &demo::order(id)).outcome(),
            "applied"
        );
        let view = merchant::order(&workerd, "store", id);
        assert_eq!(view["id"], id);
    }
}

#[test]
fn an_order_too_large_for_any_ledger_is_kept_undecided_until_a_later_call_repairs_it() {
    let workerd = demo::start(Options::default());
    let mut order = demo::order_with_coupon("1001");
    order["updated_at"] = json!("2026-01-01T00:00:00Z");
    let usual = order["lines"].take();
    for line in [
        // Each amount is possible; what they add up to is not.
        json!({ "quantity": 1, "amount": "9999999999999.99" }),
        json!({ "sku": "EARL-GREY", "quantity": 1_000_000, "amount": "9999999999999.99" }),
    ] {
        order["lines"] = (0..1_000).map(|_| line.clone()).collect();
        let answer = store::deliver(&workerd, &order);
        // A store that was told 503 would call again for days, and nobody would hear of it.
        assert_eq!(answer.outcome(), "applied");
        let view = merchant::order(&workerd, "store", "1001");
        assert_eq!(view["state"], "undecided");
        let problem =
            "commission: more than 10^15 minor units; correct the order's amounts or the rate";
        assert_eq!(view["problem"], problem);
        assert_eq!(answer.json::<Value>()["reason"], problem);
        assert_eq!(view["conversions"], json!([]));
        order["updated_at"] = json!("2026-01-02T00:00:00Z");
    }
    order["updated_at"] = json!("2026-01-03T00:00:00Z");
    order["lines"] = usual;
    assert_eq!(store::deliver(&workerd, &order).outcome(), "applied");
    assert_eq!(
        demo::book(&workerd, "1001"),
        ["ben coupon 8.20 pending", "cleo sku 3.00 pending"]
    );
}

#[test]
fn what_was_booked_is_taken_back_if_the_store_calls_the_order_a_test() {
    let workerd = demo::start(Options::default());
    let mut order = demo::order_with_coupon("1001");
    assert_eq!(store::deliver(&workerd, &order).outcome(), "applied");
    assert_eq!(merchant::balances(&workerd, "ben"), ["8.20 USD"]);
    order["updated_at"] = json!("2999-01-01T00:00:00Z");
    order["test"] = json!(true);
    assert_eq!(store::deliver(&workerd, &order).outcome(), "applied");
    assert_eq!(merchant::balances(&workerd, "ben"), ["0.00 USD"]);
    assert_eq!(
        demo::book(&workerd, "1001"),
        ["ben coupon 0.00 reversed", "cleo sku 0.00 reversed"]
    );
}
