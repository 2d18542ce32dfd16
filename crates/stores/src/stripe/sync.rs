//! Stripe's events: the webhooks themselves, which Stripe keeps for 30 days. They come newest first,
//! so how far a sync has come is known only at its end.
//!
//! Stripe writes an event in the API version that the account had then. An endpoint with a version of
//! its own is sent the same event in that one; what it says of the order is the same.

use form_urlencoded::Serializer;
use waymark_attribution::time::Instant;

use crate::access::Access;
use crate::payload::{self, Object, Unusable};
use crate::sync::local_time::LocalTime;
use crate::sync::{
    Cursor, Hints, Listed, MAX_CURSOR_BYTES, MAX_ITEMS, Next, Request, Response, Sync, items,
};

/// Events of one page: as many as Stripe gives.
const LIMIT: usize = 100;

const HINTS: Hints = Hints {
    unknown: "the key is not accepted; put a restricted key into the secret that api.token names",
    forbidden: "the key may not read events; give it the permission Read for Events, and for what \
                they are about: Checkout Sessions, Invoices, Credit Notes, PaymentIntents, Charges and \
                Refunds, Disputes",
    elsewhere: "Stripe does not know this address",
};

/// The events that say something of an order; Stripe takes at most 20 types. Left out are those that say
/// what another one says, too.
const EVENTS: [&str; 20] = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "invoice.paid",
    "invoice_payment.paid",
    "invoice_payment.detached",
    "credit_note.created",
    "credit_note.voided",
    "payment_intent.succeeded",
    "payment_intent.canceled",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.refund.updated",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
];

pub(super) const SYNC: Sync = Sync {
    topic: "",
    limit: LIMIT,
    hints: HINTS,
    request,
    read,
};

fn created(event: &Object<'_, '_>) -> Option<Instant> {
    let created = event.get("created").whole_number().ok().flatten()?;
    Some(Instant::from_millis(created.saturating_mul(1_000)))
}

fn request(access: &Access, cursor: &Cursor) -> Request {
    let mut query = Serializer::new(String::new());
    query.extend_pairs(EVENTS.map(|event| ("types[]", event)));
    let since = cursor.begins().as_millis().div_euclid(1_000).max(0);
    query.append_pair("created[gte]", &since.to_string());
    query.append_pair("limit", &cursor.limit(LIMIT).to_string());
    if let Some(Next::Event(id)) = &cursor.next {
        query.append_pair("starting_after", id);
    }
    Request {
        url: format!("https://api.stripe.com/v1/events?{}", query.finish()),
        headers: vec![
            ("accept", "application/json".to_owned()),
            ("authorization", format!("Bearer {}", access.get("token"))),
        ],
    }
}

fn read(_: &Access, _: &Cursor, response: &Response<'_>) -> Result<Listed, Unusable> {
    let body = payload::object(response.body)?;
    let list = body.get("data");
    let last = match list.at_most(MAX_ITEMS)?.last() {
        Some(event) if body.get("has_more").flag()? => event.required_object()?.get("id").id()?,
        _ => None,
    };
    let last = last.filter(|id| id.len() <= MAX_CURSOR_BYTES);
    Ok(Listed {
        items: items(&list, created)?,
        next: last.map(Next::Event),
        // The newest come first.
        read_until: None,
        local_time: LocalTime::default(),
        trash_since: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::Parsed;

    #[test]
    fn every_event_that_is_asked_for_is_read() {
        for event in EVENTS {
            let body = format!(r#"{{"type": "{event}"}}"#);
            let parsed = crate::stripe::parse(body.as_bytes());
            assert!(!matches!(parsed, Ok(Parsed::Ignored { .. })), "{event}");
        }
    }
}
