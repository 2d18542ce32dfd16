//! Stripe events to write tests with.

use waymark_facts::email::EmailKey;
use waymark_facts::{Fact, Flag, Folded, fold};
use waymark_stores::{Parsed, stripe};

pub const LINK: &str = include_str!("../samples/stripe-session-payment-link.json");
pub const EXPANDED: &str = include_str!("../samples/stripe-session-expanded.json");
pub const UPGRADE: &str = include_str!("../samples/stripe-invoice-upgrade.json");
pub const OLD_INVOICE: &str = include_str!("../samples/stripe-invoice-2022.json");

pub fn read(body: &str) -> Parsed {
    stripe::parse(body.as_bytes()).unwrap_or_else(|refused| panic!("{refused}: {body}"))
}

pub fn refusal(body: &str) -> String {
    stripe::parse(body.as_bytes()).unwrap_err().to_string()
}

/// An event of 2026-01-04T12:00:`second` about an object with these members.
pub fn event_at(second: i64, kind: &str, members: &str) -> String {
    let created = 1_767_528_000 + second;
    format!(
        r#"{{"object":"event","type":"{kind}","created":{created},"livemode":true,"data":{{"object":{{{members}}}}}}}"#
    )
}

pub fn event(kind: &str, members: &str) -> String {
    event_at(0, kind, members)
}

/// A session over 10.00 dollars, with `members` replaced or added.
pub fn session(members: &str) -> String {
    format!(
        r#""id":"cs_1","mode":"payment","created":1767528000,"currency":"usd","amount_total":1000,"payment_status":"paid","payment_intent":"pi_1",{members}"#
    )
}

/// A paid invoice over 10.00 dollars, with `members` replaced or added.
pub fn invoice(members: &str) -> String {
    format!(
        r#""id":"in_1","created":1767528000,"currency":"usd","total":1000,"amount_due":1000,"lines":{{"data":[{{"id":"il_1","amount":1000,"quantity":1}}]}},{members}"#
    )
}

pub fn refund(members: &str) -> String {
    format!(
        r#""id":"re_1","amount":400,"currency":"usd","payment_intent":"pi_1","charge":"ch_1",{members}"#
    )
}

pub fn dispute(status: &str) -> String {
    format!(
        r#""id":"du_1","amount":1000,"currency":"usd","payment_intent":"pi_1","charge":"ch_1","status":"{status}""#
    )
}

pub fn facts(bodies: &[String]) -> Vec<Fact> {
    let key = EmailKey::new(*b"k");
    let mut facts = Vec::new();
    for body in bodies {
        match read(body) {
            Parsed::Delivery(delivery) => facts.extend(delivery.seal(&key).facts),
            other => panic!("{other:?}"),
        }
    }
    facts
}

/// The order that all of these events are about, whatever they call it.
pub fn folded(bodies: &[String]) -> Folded {
    let mut facts = facts(bodies);
    let mut forth = fold(&facts);
    facts.reverse();
    assert_eq!(fold(&facts), forth, "the sequence matters");
    // So it is with every session; see `stripe_gaps`.
    forth.flags.remove(&Flag::LinesLeftOut);
    forth
}
