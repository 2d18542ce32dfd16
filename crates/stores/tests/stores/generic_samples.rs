//! The generic webhook: what it reads, what it refuses, and that its schema says the same.

use crate::reading::{assert_reads, write_down};
use proptest::prelude::*;
use serde_json::Value;
use waymark_facts::FactKind;
use waymark_stores::{Parsed, generic};

const ORDER: &str = include_str!("../samples/generic-order.json");

fn read(body: &str) -> Parsed {
    generic::parse(body.as_bytes()).unwrap()
}

fn refusal(body: &str) -> String {
    let refused = generic::parse(body.as_bytes()).unwrap_err();
    refused.to_string()
}

/// The sample with one piece of its text replaced.
fn order_with(old: &str, new: &str) -> String {
    assert_eq!(ORDER.matches(old).count(), 1, "{old}");
    ORDER.replace(old, new)
}

#[test]
fn an_order_reads_as_it_is_written() {
    assert_reads(
        &read(ORDER),
        "order 18446744073709551617 placed 2026-01-04T12:00:00.000Z
         version 2026-01-04T12:00:03.000Z
         email buyer@example.com
         customer c-77
         coupons SAVE10
         tags wholesale
         customer tags vip
         line l1: 2 MUG-BLUE 24.00
         line 1: 1 - 19.90
         discount 4.39 shipping 4.90 tax 8.43 EUR
         refund r1 of 18446744073709551617
         version 2026-01-09T08:30:00.000Z
         line l1: 1 10.80 tax 0.00
         line 1: 0 - tax 0.00
         shipping 0.00 tax 2.05 unassigned 1.00 withheld 0.00 EUR
         cancelled 2026-01-10T00:00:00.000Z
         token w1.token",
    );
}

#[test]
fn the_least_order_needs_no_more_than_the_rules_do() {
    assert_reads(
        &read(
            r#"{"type":"order","id":"1","placed_at":"2026-01-01T00:00:00Z",
                "updated_at":"2026-01-01T00:00:00Z","currency":"KWD","lines":[]}"#,
        ),
        "order 1 placed 2026-01-01T00:00:00.000Z
         version 2026-01-01T00:00:00.000Z
         discount 0.000 shipping 0.000 tax 0.000 KWD",
    );
}

#[test]
fn refunds_and_cancellations_come_by_themselves_too() {
    assert_reads(
        &read(
            r#"{"type":"refund","order":"1","id":2,"at":"2026-01-02T00:00:00Z","currency":"JPY",
                "lines":[{"line":"l1","quantity":1}],"amount":"300"}"#,
        ),
        "refund 2 of 1
         version 2026-01-02T00:00:00.000Z
         line l1: 1 - tax 0
         shipping 0 tax 0 unassigned 300 withheld 0 JPY",
    );
    assert_reads(
        &read(r#"{"type":"cancellation","order":"1","at":"2026-01-03T00:00:00Z"}"#),
        "cancelled 2026-01-03T00:00:00.000Z",
    );
}

#[test]
fn a_refund_that_was_not_paid_out_says_so_by_itself_and_inside_its_order() {
    let failed = "refund 2 of 1
         version 2026-01-02T00:00:00.000Z
         failed
         shipping 0 tax 0 unassigned 300 withheld 0 JPY";
    let refund = r#""id":2,"at":"2026-01-02T00:00:00Z","amount":"300","failed":true"#;
    assert_reads(
        &read(&format!(
            r#"{{"type":"refund","order":"1","currency":"JPY",{refund}}}"#
        )),
        failed,
    );
    let order = order_of(&format!(r#""currency":"JPY","refunds":[{{{refund}}}]"#));
    assert!(write_down(&read(&order)).contains("\nfailed\n"));
}

#[test]
fn disputes_and_deletions_come_by_themselves() {
    for state in ["open", "won", "lost"] {
        assert_reads(
            &read(&format!(
                r#"{{"type":"dispute","order":"1","id":3,"at":"2026-01-04T00:00:00Z","state":"{state}","currency":"EUR","amount":"12.30"}}"#
            )),
            &format!("dispute 3 {state} 12.30 EUR at 2026-01-04T00:00:00.000Z"),
        );
    }
    let Parsed::Delivery(deletion) = read(r#"{"type":"deletion","order":4}"#) else {
        panic!("a deletion says something");
    };
    assert_eq!(deletion.order_id, "4");
    assert_eq!(deletion.reports, [FactKind::Deleted { at: None }]);
    assert_reads(
        &read(r#"{"type":"deletion","order":4,"at":"2026-01-04T00:00:00Z"}"#),
        "deleted 2026-01-04T00:00:00.000Z",
    );
}

/// The least order, with `members` replaced or added.
fn order_of(members: &str) -> String {
    format!(
        r#"{{"type":"order","id":"1","placed_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z","currency":"EUR","lines":[],{members}}}"#
    )
}

#[test]
fn an_order_says_whether_it_is_paid_and_which_subscription_it_belongs_to() {
    for (members, said) in [
        (r#""payment":null,"subscription":null"#, ""),
        (r#""payment":"received""#, ""),
        (r#""payment":"awaited""#, "payment awaited\n"),
        (r#""payment":"failed""#, "payment failed\n"),
        (r#""subscription":{"id":7}"#, "begins 7\n"),
        (r#""subscription":{"id":"s","renewal":false}"#, "begins s\n"),
        (r#""subscription":{"id":"s","renewal":true}"#, "renews s\n"),
    ] {
        assert_reads(
            &read(&order_of(members)),
            &format!(
                "order 1 placed 2026-01-01T00:00:00.000Z
                 version 2026-01-01T00:00:00.000Z
                 {said}discount 0.00 shipping 0.00 tax 0.00 EUR"
            ),
        );
    }
}

#[test]
fn a_test_order_is_marked() {
    let Parsed::Delivery(delivery) = read(&order_with("\"test\": false", "\"test\": true")) else {
        panic!("a test order is an order");
    };
    let FactKind::Snapshot(snapshot) = &delivery.reports[0] else {
        panic!("an order begins with its snapshot");
    };
    assert!(snapshot.test);
}

#[test]
fn nothing_about_a_token_makes_an_order_unusable() {
    let huge = format!("\"token\": \"{}\"", "A".repeat(2_000));
    for token in ["\"token\": 7", "\"token\": {}", huge.as_str()] {
        let Parsed::Delivery(delivery) = read(&order_with("\"token\": \"w1.token\"", token)) else {
            panic!("it is an order");
        };
        assert!(matches!(delivery.reports[0], FactKind::Snapshot(_)));
        assert_eq!(delivery.tokens, [""; 0]);
    }
}

#[test]
fn what_is_wrong_is_refused_by_name() {
    for (old, new, message) in [
        (
            "\"type\": \"order\"",
            "\"type\": \"orders\"",
            "type: must be \"order\", \"refund\", \"cancellation\", \"dispute\" or \"deletion\"",
        ),
        (
            "\"updated_at\": \"2026-01-04T12:00:03Z\",",
            "",
            "updated_at: missing",
        ),
        (
            "\"EUR\"",
            "\"EURO\"",
            "currency: not an ISO 4217 currency code such as USD",
        ),
        (
            "\"24.00\"",
            "24.00",
            "lines[0].amount: must be a decimal string such as \"12.50\"",
        ),
        (
            "\"24.00\"",
            "\"24.001\"",
            "lines[0].amount: more than 2 decimals for EUR",
        ),
        (
            "\"quantity\": 2",
            "\"quantity\": 0",
            "lines[0].quantity: must be at least 1",
        ),
        (
            "\"id\": \"l1\"",
            "\"id\": \"1\"",
            "lines[1].id: the same as another line's",
        ),
        (
            "\"sku\": null",
            "\"skuu\": null",
            "lines[1].skuu: unknown; the known members are id, sku, quantity, amount",
        ),
        (
            "\"line\": \"1\"",
            "\"amount\": \"1.00\"",
            "refunds[0].lines[1].line: missing",
        ),
        (
            "\"c-77\"",
            "7.5",
            "customer.id: must be an id: a string or a whole number",
        ),
    ] {
        assert_eq!(refusal(&order_with(old, new)), message);
    }
    for (members, message) in [
        (
            r#""payment":"paid""#,
            "payment: must be \"received\", \"awaited\" or \"failed\"",
        ),
        (
            r#""subscription":{"renewal":true}"#,
            "subscription.id: missing",
        ),
        (
            r#""subscription":{"id":"s","renewal":"yes"}"#,
            "subscription.renewal: must be true or false",
        ),
    ] {
        assert_eq!(refusal(&order_of(members)), message);
    }
    let dispute = r#"{"type":"dispute","order":"1","id":3,"at":"2026-01-04T00:00:00Z","currency":"EUR","amount":"12.30","state":"closed"}"#;
    for (body, message) in [
        (
            dispute.to_owned(),
            "state: must be \"open\", \"won\" or \"lost\"",
        ),
        (
            dispute
                .replace("closed", "lost")
                .replace("\"12.30\"", "null"),
            "amount: missing",
        ),
        (r#"{"type":"deletion"}"#.to_owned(), "order: missing"),
    ] {
        assert_eq!(refusal(&body), message);
    }
    assert_eq!(
        refusal(r#"{"type":"cancellation","jon@example.com":1}"#),
        "payload: unknown; the known members are type, order, at"
    );
    assert_eq!(
        refusal(r#"{"type":"refund","order":"1","id":2,"at":"2026-01-02T00:00:00Z"}"#),
        "currency: missing"
    );
}

/// Sends each kind of object with one member too many: the refusal lists the members that the
/// parser knows, and the schema must list the same ones.
#[test]
fn the_schema_has_exactly_the_members_that_are_read() {
    let text = include_str!("../../schema/generic-order.json");
    let schema: Value = serde_json::from_str(text).unwrap();
    let extra = "{\"nonsense\":0}";
    let order = |member: &str| {
        format!(
            "{{\"type\":\"order\",\"id\":1,\"placed_at\":\"2026-01-01T00:00:00Z\",\"updated_at\":\"2026-01-01T00:00:00Z\",\"currency\":\"EUR\",\"lines\":[],{member}}}"
        )
    };
    for (pointer, body) in [
        (
            "/$defs/order",
            "{\"type\":\"order\",\"nonsense\":0}".to_owned(),
        ),
        (
            "/$defs/order/properties/lines/items",
            order(&format!("\"lines\":[{extra}]")),
        ),
        (
            "/$defs/order/properties/refunds/items",
            order(&format!("\"refunds\":[{extra}]")),
        ),
        (
            "/$defs/refundedLines/items",
            order(&format!(
                "\"refunds\":[{{\"id\":1,\"at\":\"2026-01-01T00:00:00Z\",\"lines\":[{extra}]}}]"
            )),
        ),
        (
            "/$defs/order/properties/customer",
            order(&format!("\"customer\":{extra}")),
        ),
        (
            "/$defs/refund",
            "{\"type\":\"refund\",\"nonsense\":0}".to_owned(),
        ),
        (
            "/$defs/cancellation",
            "{\"type\":\"cancellation\",\"nonsense\":0}".to_owned(),
        ),
        (
            "/$defs/dispute",
            "{\"type\":\"dispute\",\"nonsense\":0}".to_owned(),
        ),
        (
            "/$defs/deletion",
            "{\"type\":\"deletion\",\"nonsense\":0}".to_owned(),
        ),
        (
            "/$defs/order/properties/subscription",
            order(&format!("\"subscription\":{extra}")),
        ),
    ] {
        let definition = schema.pointer(pointer).unwrap();
        assert_eq!(definition["additionalProperties"], false, "{pointer}");
        let mut described: Vec<&str> = definition["properties"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let refused = refusal(&body);
        let mut read: Vec<&str> = refused
            .split_once("the known members are ")
            .unwrap_or_else(|| panic!("{refused}"))
            .1
            .split(", ")
            .collect();
        described.sort_unstable();
        read.sort_unstable();
        assert_eq!(described, read, "{pointer}");
    }
}

proptest! {
    #[test]
    fn a_damaged_call_is_read_or_refused_and_never_a_panic(
        cut in prop::option::of(any::<prop::sample::Index>()),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let mut body = ORDER.as_bytes().to_vec();
        for (place, byte) in damage {
            let place = place.index(body.len());
            body[place] = byte;
        }
        if let Some(cut) = cut {
            body.truncate(cut.index(body.len()));
        }
        if let Err(refused) = generic::parse(&body) {
            prop_assert!(!refused.to_string().contains("xample.com"), "{}", refused);
        }
    }
}
