//! Shopify payloads, written for these tests, and what a person reading them would write down.

use crate::reading::assert_reads;
use proptest::prelude::*;
use waymark_checkout::{Parsed, Unusable, shopify};

fn read(topic: &str, body: &str) -> Parsed {
    shopify::parse(topic, body.as_bytes()).unwrap()
}

fn refusal(topic: &str, body: &str) -> String {
    let refused: Unusable = shopify::parse(topic, body.as_bytes()).unwrap_err();
    refused.to_string()
}

/// An order of one line that costs 10.00, with `members` replaced or added.
fn order_with(members: &str) -> String {
    let base = r#""id":1,"created_at":"2026-01-01T00:00:00Z","currency":"USD","line_items":[{"id":1,"quantity":1,"price":"10.00"}]"#;
    format!("{{{base},{members}}}")
}

#[test]
fn discounts_come_off_the_lines_and_the_shipping_that_they_are_allocated_to() {
    assert_reads(
        &read(
            "orders/create",
            include_str!("../samples/shopify-order-discounts.json"),
        ),
        // 150 − 15 − 1 by allocations, 45 − 5 by its own discount, 15 − 5 shipping: 26 in all.
        "order 9007199254740993001 placed 2026-03-01T09:00:00.000Z
         version 2026-03-01T09:00:05.000Z
         email ada@example.com
         customer 9007199254740993002
         coupons SAVE10 | FREESHIP
         tags wholesale | gift
         customer tags vip
         line 9007199254740993003: 3 TEE-M 134.00
         line 9007199254740993004: 1 - 40.00
         discount 0.00 shipping 10.00 tax 9.22 USD
         token w1.token",
    );
}

#[test]
fn included_tax_comes_off_lines_and_shipping_and_a_contained_refund_is_a_fact_of_its_own() {
    assert_reads(
        &read(
            "orders/cancelled",
            include_str!("../samples/shopify-order-taxes-included.json"),
        ),
        "order 5001 placed 2026-03-02T09:00:00.000Z
         version 2026-03-09T09:00:00.000Z
         line 1: 2 LAMP 100.00
         discount 0.00 shipping 6.68 tax 20.27 EUR
         refund 71 of 5001
         version 2026-03-08T12:30:00.000Z
         line 1: 1 59.50 tax 9.50
         shipping 0.00 tax 0.00 unassigned 0.00 withheld 0.00 EUR
         cancelled 2026-03-08T12:30:00.000Z",
    );
}

#[test]
fn a_currency_without_minor_units_has_whole_amounts_however_many_zeros_are_sent() {
    assert_reads(
        &read(
            "orders/paid",
            include_str!("../samples/shopify-order-yen.json"),
        ),
        "order 6001 placed 2026-03-02T15:00:00.000Z
         version 2026-03-02T15:00:00.000Z
         line 1: 3 - 3600
         line 2: 1 - 800
         discount 100 shipping 500 tax 0 JPY",
    );
}

#[test]
fn a_refund_with_shipping_and_a_fee_says_what_was_given_back_and_what_was_kept() {
    assert_reads(
        &read(
            "refunds/create",
            include_str!("../samples/shopify-refund-restocking-fee.json"),
        ),
        "refund 9007199254740993006 of 9007199254740993001
         version 2026-03-10T10:00:00.000Z
         line 9007199254740993003: 1 44.67 tax 2.23
         shipping 10.00 tax 0.50 unassigned 0.00 withheld 4.67 USD",
    );
}

#[test]
fn a_refund_of_an_amount_alone_is_unassigned() {
    assert_reads(
        &read(
            "refunds/create",
            include_str!("../samples/shopify-refund-amount-only.json"),
        ),
        "refund 72 of 6001
         version 2026-03-10T10:00:01.000Z
         shipping 500 tax 0 unassigned 1000 withheld 0 JPY",
    );
}

#[test]
fn money_on_its_way_to_the_shopper_was_not_kept() {
    assert_reads(
        &read(
            "refunds/create",
            include_str!("../samples/shopify-refund-pending.json"),
        ),
        "refund 73 of 5001
         version 2026-03-10T10:00:01.000Z
         line 1: 1 59.50 tax 9.50
         shipping 0.00 tax 0.00 unassigned 0.00 withheld 0.00 EUR",
    );
}

#[test]
fn a_refund_is_the_same_fact_alone_and_inside_its_order() {
    let order = include_str!("../samples/shopify-order-taxes-included.json");
    let refund = r#"{"id":71,"order_id":5001,"created_at":"2026-03-08T12:30:00Z",
        "processed_at":"2026-03-08T12:30:00Z","transactions":[{"kind":"refund","currency":"EUR"}],
        "refund_line_items":[{"line_item_id":1,"quantity":1,"subtotal":59.5,"total_tax":9.5}]}"#;
    let keys = |parsed: Parsed| -> Vec<String> {
        let Parsed::Delivery(delivery) = parsed else {
            panic!("ignored")
        };
        let key = waymark_checkout::email::EmailKey::new(*b"k");
        let facts = delivery.seal(&key).facts.into_iter();
        facts.map(|fact| fact.key).collect()
    };
    let alone = keys(read("refunds/create", refund));
    assert!(keys(read("orders/updated", order)).contains(&alone[0]));
}

#[test]
fn a_test_order_is_marked() {
    let order = order_with("\"test\":true");
    assert_reads(
        &read("orders/create", &order),
        "order 1 placed 2026-01-01T00:00:00.000Z
         version 2026-01-01T00:00:00.000Z
         test
         line 1: 1 - 10.00
         discount 0.00 shipping 0.00 tax 0.00 USD",
    );
}

#[test]
fn topics_without_bearing_are_ignored_and_unknown_ones_are_not() {
    for topic in [
        "orders/edited",
        "orders/delete",
        "carts/update",
        "app/uninstalled",
    ] {
        let parsed = read(topic, "{}");
        assert!(matches!(parsed, Parsed::Ignored { .. }), "{topic}");
    }
    for topic in ["", "orders", "orders/created", "customers/redact"] {
        let refused = refusal(topic, "{}");
        assert!(refused.starts_with("X-Shopify-Topic: unknown"), "{topic}");
    }
}

#[test]
fn what_cannot_be_booked_is_refused_by_the_name_of_its_field() {
    for (members, message) in [
        ("\"id\":null", "id: missing"),
        (
            "\"id\":1.5",
            "id: must be an id: a string or a whole number",
        ),
        (
            "\"currency\":\"usd\"",
            "currency: not an ISO 4217 currency code such as USD",
        ),
        (
            "\"created_at\":\"yesterday\"",
            "created_at: not an RFC 3339 date and time such as 2026-01-04T12:00:00Z",
        ),
        ("\"line_items\":null", "line_items: missing"),
        (
            "\"line_items\":[{\"id\":1,\"quantity\":1}]",
            "line_items[0].price: missing",
        ),
        (
            "\"line_items\":[{\"id\":1,\"quantity\":1,\"price\":\"1e2\"}]",
            "line_items[0].price: not a decimal amount such as \"12.50\"",
        ),
        (
            "\"line_items\":[{\"id\":1,\"quantity\":1,\"price\":\"-1.00\"}]",
            "line_items[0].price: must not be negative",
        ),
        (
            "\"line_items\":[{\"id\":1,\"quantity\":-1,\"price\":\"1.00\"}]",
            "line_items[0].quantity: must be a whole number from 0 to 1000000",
        ),
        (
            "\"line_items\":[{\"id\":1,\"quantity\":1,\"price\":\"1.00\",\"total_discount\":\"1.01\"}]",
            "line_items[0]: its discounts and included taxes exceed its price",
        ),
        (
            "\"line_items\":[{\"id\":1,\"quantity\":1000000,\"price\":\"10000000.01\"}]",
            "line_items[0].price: too large for its quantity",
        ),
        (
            "\"line_items\":[{\"id\":1,\"quantity\":1,\"price\":\"1\"},{\"id\":\"1\",\"quantity\":1,\"price\":\"1\"}]",
            "line_items[1].id: the same as an earlier line's",
        ),
        (
            "\"refunds\":[{\"id\":1,\"refund_line_items\":[{\"quantity\":1}]}]",
            "refunds[0].refund_line_items[0].line_item_id: missing",
        ),
        (
            "\"email\":{\"a\":\"jon@example.com\"}",
            "email: must be a string",
        ),
    ] {
        assert_eq!(refusal("orders/create", &order_with(members)), message);
    }
    assert_eq!(
        refusal(
            "refunds/create",
            r#"{"id":1,"order_id":2,"refund_line_items":[]}"#
        ),
        "transactions: the refund names no currency anywhere"
    );
}

proptest! {
    #[test]
    fn a_damaged_payload_is_read_or_refused_and_never_a_panic(
        refund in any::<bool>(),
        cut in prop::option::of(any::<prop::sample::Index>()),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let (topic, body) = if refund {
            ("refunds/create", include_str!("../samples/shopify-refund-restocking-fee.json"))
        } else {
            ("orders/updated", include_str!("../samples/shopify-order-discounts.json"))
        };
        let mut body = body.as_bytes().to_vec();
        for (place, byte) in damage {
            let place = place.index(body.len());
            body[place] = byte;
        }
        if let Some(cut) = cut {
            body.truncate(cut.index(body.len()));
        }
        if let Err(refused) = shopify::parse(topic, &body) {
            prop_assert!(!refused.to_string().contains("xample.com"), "{}", refused);
        }
    }
}
