//! Shopify payloads, written for these tests, and what a person reading them would write down.

use crate::damage::damages;
use crate::reading::{assert_reads, write_down};
use proptest::prelude::*;
use waymark_stores::{Parsed, Unusable, shopify};

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
         version 2026-03-09T09:00:00.000Z
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
fn a_refund_with_shipping_and_a_fee_says_what_was_refunded_and_what_was_kept() {
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
fn a_refund_says_the_same_alone_and_inside_its_order_which_is_newer() {
    let order = include_str!("../samples/shopify-order-taxes-included.json");
    let refund = r#"{"id":71,"order_id":5001,"created_at":"2026-03-08T12:30:00Z",
        "processed_at":"2026-03-08T12:30:00Z","transactions":[{"kind":"refund","currency":"EUR"}],
        "refund_line_items":[{"line_item_id":1,"quantity":1,"subtotal":59.5,"total_tax":9.5}]}"#;
    let alone = write_down(&read("refunds/create", refund));
    let alone = alone.replace("2026-03-08T12:30:00.000Z", "2026-03-09T09:00:00.000Z");
    let inside = write_down(&read("orders/updated", order));
    assert!(inside.contains(&alone), "{inside} has not {alone}");
}

#[test]
fn customers_that_are_merged_are_one_once_that_is_done() {
    let merge = |status: &str, gone: &str| {
        format!(
            r#"{{"admin_graphql_api_customer_kept_id":"gid://shopify/Customer/9007199254740993002",
                "admin_graphql_api_customer_deleted_id":"{gone}","status":"{status}"}}"#
        )
    };
    let gone = "gid://shopify/Customer/7001";
    assert_reads(
        &read("customers/merge", &merge("completed", gone)),
        "merged: 7001 is 9007199254740993002",
    );
    for status in ["requested", "in_progress", "failed"] {
        let read = read("customers/merge", &merge(status, gone));
        assert!(matches!(read, Parsed::Ignored { .. }), "{status}");
    }
    for gone in ["", "gid://shopify/Customer/", "gid://shopify/Customer/x"] {
        let refused = refusal("customers/merge", &merge("completed", gone));
        assert!(
            refused.starts_with("admin_graphql_api_customer_deleted_id: "),
            "{refused}"
        );
    }
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
        "order_transactions/create",
        "carts/update",
        "app/uninstalled",
    ] {
        let parsed = read(topic, "{}");
        assert!(matches!(parsed, Parsed::Ignored { .. }), "{topic}");
    }
    let refused = refusal("", "{}");
    assert!(
        refused.starts_with("X-Shopify-Topic: this header is missing"),
        "{refused}"
    );
    for topic in ["orders", "orders/created", "customers/forget"] {
        let refused = refusal(topic, "{}");
        assert!(refused.starts_with("X-Shopify-Topic: unknown"), "{topic}");
    }
}

#[test]
fn a_token_in_the_landing_site_comes_after_those_of_the_cart() {
    for (site, token) in [
        (
            r#""https://shop.example/a?x=1&wm=w1.landing""#,
            "token w1.landing\n",
        ),
        (r#""/?wm=w1.landing""#, "token w1.landing\n"),
        (r#""/wallets/checkouts.json""#, ""),
        ("null", ""),
        ("7", ""),
        (r#"{"wm":"x"}"#, ""),
    ] {
        let order = order_with(&format!("\"landing_site\":{site}"));
        let written = write_down(&read("orders/create", &order));
        assert!(
            written.ends_with(&format!("tax 0.00 USD\n{token}")),
            "{site}: {written}"
        );
    }
    // The program may have given the parameter another name.
    let order = order_with("\"landing_site\":\"/?wm=w1.old&via=w1.landing\"");
    let Parsed::Delivery(delivery) = read("orders/create", &order) else {
        panic!("it is an order");
    };
    let sealed = delivery.seal(&waymark_facts::email::EmailKey::new(*b"k"));
    assert_eq!(sealed.all_tokens("via").collect::<Vec<_>>(), ["w1.landing"]);
    let long = format!(
        "\"landing_site\":\"/?gclid={}&wm=w1.landing\"",
        "A".repeat(2_000)
    );
    let both =
        format!("{long},\"note_attributes\":[{{\"name\":\"_waymark\",\"value\":\"w1.cart\"}}]");
    let written = write_down(&read("orders/create", &order_with(&both)));
    assert!(
        written.ends_with("token w1.cart\ntoken w1.landing\n"),
        "{written}"
    );
}

#[test]
fn a_deleted_order_needs_its_id() {
    assert_reads(
        &read("orders/delete", r#"{"id":9007199254740993001}"#),
        "deleted",
    );
    assert_eq!(refusal("orders/delete", "{}"), "id: missing");
}

/// A dispute about 25.00, with `members` replaced or added.
fn dispute_with(members: &str) -> String {
    let base = r#""id":9007199254740993007,"order_id":1,"type":"chargeback","amount":"25.00","currency":"USD","status":"needs_response","initiated_at":"2026-03-01T12:00:00Z","evidence_due_by":"2026-03-20T12:00:00Z""#;
    format!("{{{base},{members}}}")
}

#[test]
fn a_dispute_is_open_until_the_bank_decides() {
    let read = |members: &str| write_down(&read("disputes/update", &dispute_with(members)));
    for (members, state, at) in [
        (r#""type":"inquiry""#, "open", "2026-03-01T12:00:00.000Z"),
        (
            r#""status":"under_review""#,
            "open",
            "2026-03-01T12:00:00.001Z",
        ),
        (
            r#""status":"under_review","evidence_sent_on":"2026-03-05T00:00:00Z""#,
            "open",
            "2026-03-05T00:00:00.001Z",
        ),
        // Days without a time are not later than what happened on them.
        (
            r#""status":"lost","evidence_sent_on":"2026-03-05T10:00:00Z","finalized_on":"2026-03-05""#,
            "lost",
            "2026-03-05T10:00:00.002Z",
        ),
        (r#""status":"accepted""#, "lost", "2026-03-01T12:00:00.002Z"),
        (r#""status":"won""#, "won", "2026-03-01T12:00:00.002Z"),
        (
            r#""status":"charge_refunded""#,
            "won",
            "2026-03-01T12:00:00.002Z",
        ),
        (r#""status":"prevented""#, "won", "2026-03-01T12:00:00.002Z"),
    ] {
        let expected = format!("dispute 9007199254740993007 {state} 25.00 USD at {at}\n");
        assert_eq!(read(members), expected);
    }
    assert_eq!(
        read(r#""order_id":null"#),
        "ignored: the dispute is about a payment that belongs to no order\n"
    );
    for (members, message) in [
        (r#""status":null"#, "status: missing"),
        (
            r#""status":"odd""#,
            "status: not a status that Shopify is known to have",
        ),
        (r#""amount":null"#, "amount: missing"),
        (r#""initiated_at":null"#, "initiated_at: missing"),
        (
            r#""finalized_on":"soon""#,
            "finalized_on: must be a date, or a date and time",
        ),
    ] {
        assert_eq!(refusal("disputes/create", &dispute_with(members)), message);
    }
}

#[test]
fn privacy_requests_name_the_customer_and_the_orders() {
    let body = r#"{"shop_id":954889,"shop_domain":"kettle.myshopify.com",
        "orders_requested":[299938,"280263"],"orders_to_redact":[299938],
        "customer":{"id":9007199254740993002,"email":"jon@example.com","phone":"555-625-1199"},
        "data_request":{"id":9999}}"#;
    assert_reads(
        &read("customers/data_request", body),
        "disclose: customer 9007199254740993002, an e-mail, orders 299938 280263",
    );
    assert_reads(
        &read("customers/redact", body),
        "erase the customer: customer 9007199254740993002, an e-mail, orders 299938",
    );
    assert_reads(
        &read(
            "shop/redact",
            r#"{"shop_id":954889,"shop_domain":"kettle.myshopify.com"}"#,
        ),
        "erase the shop: customer -, -, orders -",
    );
    assert_reads(
        &read(
            "customers/redact",
            r#"{"customer":{"email":"jon@example.com"}}"#,
        ),
        "erase the customer: customer -, an e-mail, orders -",
    );
    // Shopify redacts what has no customer, too.
    assert_reads(
        &read(
            "customers/redact",
            r#"{"customer":null,"orders_to_redact":[7]}"#,
        ),
        "erase the customer: customer -, -, orders 7",
    );
    assert_eq!(
        refusal(
            "customers/redact",
            r#"{"customer":{},"orders_to_redact":[]}"#
        ),
        "customer: names nobody: no id, no e-mail and no orders"
    );
}

#[test]
fn a_refund_of_which_every_payment_failed_gave_nothing_back() {
    let refund = |payments: &str| {
        let body = format!(
            r#"{{"id":1,"order_id":2,"processed_at":"2026-03-10T10:00:00Z","refund_line_items":
                [{{"line_item_id":1,"quantity":1,"subtotal":"5.00"}}],"transactions":[{payments}]}}"#
        );
        write_down(&read("refunds/create", &body)).contains("failed")
    };
    let failure = r#"{"kind":"refund","status":"failure","currency":"USD","amount":"5.00"}"#;
    let success = r#"{"kind":"refund","status":"success","currency":"USD","amount":"5.00"}"#;
    let other = r#"{"kind":"void","status":"failure","currency":"USD","amount":"5.00"}"#;
    assert!(refund(failure));
    assert!(refund(&format!(
        "{failure},{}",
        failure.replace("failure", "error")
    )));
    assert!(!refund(&format!("{failure},{success}")));
    assert!(!refund(other));
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
            "\"line_items\":[{\"id\":1,\"quantity\":1,\"price\":\"1.2.3\"}]",
            "line_items[0].price: not a decimal amount such as \"12.50\"",
        ),
        (
            "\"line_items\":[{\"id\":1,\"quantity\":-1,\"price\":\"1.00\"}]",
            "line_items[0].quantity: must be a whole number from 0 to 1000000",
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
            r#"{"id":1,"order_id":2,"refund_line_items":[{"line_item_id":1,"quantity":1}]}"#
        ),
        "transactions: the refund names no currency anywhere"
    );
}

const DAMAGED: [(&str, &str); 5] = [
    (
        "refunds/create",
        include_str!("../samples/shopify-refund-restocking-fee.json"),
    ),
    (
        "orders/updated",
        include_str!("../samples/shopify-order-discounts.json"),
    ),
    (
        "disputes/update",
        r#"{"id":9007199254740993007,"order_id":1,"amount":"25.00","currency":"USD",
            "status":"lost","initiated_at":"2026-03-01T12:00:00Z","finalized_on":"2026-03-05"}"#,
    ),
    (
        "customers/redact",
        r#"{"customer":{"id":9007199254740993002,"email":"jon@example.com"},"orders_to_redact":[1]}"#,
    ),
    ("orders/delete", r#"{"id":9007199254740993001}"#),
];

proptest! {
    #[test]
    fn a_damaged_payload_is_read_or_refused_and_never_a_panic(
        (topic, body) in prop::sample::select(DAMAGED.to_vec()),
        damage in damages(),
    ) {
        let body = damage.done_to(body);
        if let Err(refused) = shopify::parse(topic, &body) {
            prop_assert!(!refused.to_string().contains("xample.com"), "{}", refused);
        }
    }

    #[test]
    fn no_bytes_make_a_call_fail_otherwise_than_with_an_error(
        (topic, _) in prop::sample::select(DAMAGED.to_vec()),
        body in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let _ = shopify::parse(topic, &body);
    }

    #[test]
    fn an_id_of_any_size_and_every_amount_arrive_as_they_were_sent(id in any::<u128>(), cents in 0..1_000_000_000_000_i64) {
        let price = format!("{}.{:02}", cents / 100, cents % 100);
        let body = format!(r#"{{"id":{id},"created_at":"2026-01-01T00:00:00Z","currency":"USD",
            "line_items":[{{"id":{id},"quantity":1,"price":{price}}}]}}"#);
        let written = write_down(&read("orders/create", &body));
        prop_assert!(written.starts_with(&format!("order {id} placed")), "{}", written);
        let line = format!("line {id}: 1 - {price}\n");
        prop_assert!(written.contains(&line), "{}", written);
    }
}
