//! Stripe events that are ignored, refused, or damaged, and what never makes one unusable.

use crate::reading::assert_reads;
use crate::stripe_events::{
    EXPANDED, LINK, OLD_INVOICE, UPGRADE, event, invoice, read, refund, refusal, session,
};
use proptest::prelude::*;
use waymark_facts::FactKind;
use waymark_facts::email::EmailKey;
use waymark_stores::{Parsed, stripe};

#[test]
fn events_without_bearing_are_ignored_with_their_reason() {
    for (kind, reason) in [
        (
            "checkout.session.expired",
            "the shopper left the checkout without paying",
        ),
        ("invoice.created", "an invoice counts once it is paid"),
        (
            "invoice.payment_failed",
            "an invoice counts once it is paid",
        ),
        ("invoice.voided", "an invoice counts once it is paid"),
        (
            "invoice.marked_uncollectible",
            "an invoice counts once it is paid",
        ),
        (
            "payment_intent.created",
            "a payment says neither what was bought nor for whom; its Checkout session or its invoice does",
        ),
        (
            "charge.succeeded",
            "a payment says neither what was bought nor for whom; its Checkout session or its invoice does",
        ),
        (
            "customer.created",
            "this event has no bearing on attribution",
        ),
        (
            "an.event.of.the.future",
            "this event has no bearing on attribution",
        ),
    ] {
        assert_reads(&read(&event(kind, "")), &format!("ignored: {reason}"));
    }
}

#[test]
fn a_thin_event_is_refused_with_the_remedy() {
    assert_eq!(
        refusal(
            r#"{"object":"v2.core.event","type":"v1.invoice.paid","created":"2026-11-01T00:00:00Z"}"#
        ),
        "object: a thin event has no data; choose the payload style Snapshot for this endpoint"
    );
}

#[test]
fn a_token_that_came_by_two_ways_is_one() {
    let members = r#""client_reference_id":"w1_t","metadata":{"waymark":"w1_t","_waymark":"w1_u"}"#;
    let body = event("checkout.session.completed", &session(members));
    let Parsed::Delivery(delivery) = read(&body) else {
        panic!("{body}")
    };
    assert_eq!(delivery.tokens, ["w1_t", "w1_u"]);
}

#[test]
fn nothing_about_a_token_makes_an_event_unusable() {
    let huge = format!("{{\"waymark\":\"{}\"}}", "A".repeat(2_000));
    for metadata in ["7", "[]", "{\"waymark\":{}}", huge.as_str()] {
        let members = format!("\"client_reference_id\":[],\"metadata\":{metadata}");
        let body = event("checkout.session.completed", &session(&members));
        let Parsed::Delivery(delivery) = read(&body) else {
            panic!("{body}")
        };
        assert_eq!(delivery.tokens, [""; 0]);
    }
}

#[test]
fn what_cannot_be_booked_is_refused_by_the_name_of_its_field() {
    for (kind, members, message) in [
        (
            "checkout.session.completed",
            session("\"currency\":null"),
            "data.object.currency: missing",
        ),
        (
            "checkout.session.completed",
            session("\"currency\":\"usdt\""),
            "data.object.currency: not an ISO 4217 currency code such as USD",
        ),
        (
            "checkout.session.completed",
            session("\"amount_total\":10.0"),
            "data.object.amount_total: must be a whole number of at most 64 bits",
        ),
        (
            "checkout.session.completed",
            session("\"amount_total\":\"1000\""),
            "data.object.amount_total: must be a whole number of at most 64 bits",
        ),
        (
            "checkout.session.completed",
            session("\"amount_total\":1e3"),
            "data.object.amount_total: must be a whole number of at most 64 bits",
        ),
        (
            "checkout.session.completed",
            session("\"amount_total\":1000000000000001"),
            "data.object.amount_total: more than 10^15 minor units",
        ),
        (
            "checkout.session.completed",
            session("\"amount_total\":-1"),
            "data.object.amount_total: must not be negative",
        ),
        (
            "checkout.session.completed",
            session("\"payment_status\":\"maybe\""),
            "data.object.payment_status: must be \"paid\", \"unpaid\" or \"no_payment_required\"",
        ),
        (
            "checkout.session.completed",
            session("\"created\":\"2026-01-04T12:00:00Z\""),
            "data.object.created: must be a whole number of at most 64 bits",
        ),
        (
            "invoice.paid",
            invoice("\"customer_email\":{\"a\":\"jon@example.com\"}"),
            "data.object.customer_email: must be a string",
        ),
        (
            "refund.created",
            refund("\"amount\":null"),
            "data.object.amount: missing",
        ),
    ] {
        assert_eq!(refusal(&event(kind, &members)), message);
    }
    for (body, message) in [
        ("{}", "type: missing"),
        (
            r#"{"type":"invoice.paid","created":1,"data":{}}"#,
            "livemode: missing",
        ),
        (
            r#"{"type":"invoice.paid","created":1,"livemode":true}"#,
            "data: missing",
        ),
    ] {
        assert_eq!(refusal(body), message);
    }
}

proptest! {
    #[test]
    fn a_damaged_event_is_read_or_refused_and_never_a_panic(
        sample in prop::sample::select(vec![LINK, EXPANDED, UPGRADE, OLD_INVOICE]),
        cut in prop::option::of(any::<prop::sample::Index>()),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let mut body = sample.as_bytes().to_vec();
        for (place, byte) in damage {
            let place = place.index(body.len());
            body[place] = byte;
        }
        if let Some(cut) = cut {
            body.truncate(cut.index(body.len()));
        }
        if let Err(refused) = stripe::parse(&body) {
            prop_assert!(!refused.to_string().contains("xample.com"), "{}", refused);
        }
    }

    /// Any number, in any member, of any event that is read.
    #[test]
    fn no_number_makes_reading_overflow(
        kind in prop::sample::select(vec![
            "checkout.session.completed", "invoice.paid", "refund.created", "charge.dispute.closed",
        ]),
        currency in prop::sample::select(vec!["usd", "mga", "isk"]),
        numbers in prop::collection::vec(prop_oneof![any::<i64>(), -2000..2000_i64], 9),
    ) {
        let [created, total, tax, discount, shipping, line, off, due, quantity] = numbers[..] else {
            unreachable!("nine numbers")
        };
        let members = format!(
            r#""id":"x","created":{created},"currency":"{currency}","payment_status":"paid","status":"lost","payment_intent":"pi_1","amount":{total},"amount_total":{total},"total":{total},"amount_due":{due},"total_details":{{"amount_tax":{tax},"amount_discount":{discount}}},"total_taxes":[{{"amount":{tax}}}],"amount_shipping":{shipping},"lines":{{"data":[{{"id":"a","amount":{line},"quantity":{quantity},"discount_amounts":[{{"amount":{off}}}],"taxes":[{{"amount":{tax},"tax_behavior":"inclusive"}}]}}]}}"#
        );
        if let Ok(Parsed::Delivery(delivery)) = stripe::parse(event(kind, &members).as_bytes()) {
            for fact in delivery.seal(&EmailKey::new(*b"k")).facts {
                if let FactKind::Snapshot(order) = fact.kind {
                    let sum: i64 = order.lines.iter().map(|line| line.amount.minor()).sum();
                    prop_assert!(order.lines.iter().all(|line| line.amount.minor() >= 0));
                    prop_assert!((0..=sum).contains(&order.discount.minor()));
                }
            }
        }
    }
}
