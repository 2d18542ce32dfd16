//! What Stripe's events have in common: their times, and how they name other objects.

use waymark_attribution::time::Instant;
use waymark_facts::FactKind;
use waymark_facts::email::PlainEmail;

use crate::delivery::{Delivery, Parsed};
use crate::payload::{Object, Unusable, Value};

/// What is around the object that an event is about.
#[derive(Clone, Copy)]
pub(super) struct Event {
    /// When it happened, in whole seconds of Unix time.
    pub at: i64,
    pub test: bool,
}

pub(super) fn required_seconds(object: &Object<'_, '_>, name: &str) -> Result<i64, Unusable> {
    let seconds = object.get(name);
    seconds.required(seconds.whole_number()?)
}

/// The first millisecond of a second of Unix time.
pub(super) fn start_of(second: i64) -> Instant {
    Instant::from_millis(second.saturating_mul(1000))
}

/// The last millisecond of a second of Unix time.
///
/// Stripe's times are cut to seconds. A session that a payment link opens right after the click is
/// created in the same second, and was not placed before the click.
pub(super) fn end_of(second: i64) -> Instant {
    Instant::from_millis(second.saturating_mul(1000).saturating_add(999))
}

/// The id of another object, which may stand there itself: `"pi_1"` or `{"id": "pi_1", …}`.
pub(super) fn reference(value: &Value<'_, '_>) -> Result<Option<String>, Unusable> {
    match value.object() {
        Ok(Some(object)) => object.get("id").id(),
        _ => value.text(),
    }
}

/// The name under which a refund or a dispute speaks of its order.
pub(super) fn payment_of(object: &Object<'_, '_>) -> Result<Option<String>, Unusable> {
    match reference(&object.get("payment_intent"))? {
        None => reference(&object.get("charge")),
        payment => Ok(payment),
    }
}

/// What is said about an order that is known by its payment only.
pub(super) fn about_payment(order_id: String, report: FactKind<PlainEmail>) -> Parsed {
    Parsed::Delivery(Delivery {
        order_id,
        other_names: Vec::new(),
        reports: vec![report],
        tokens: Vec::new(),
        landing_pages: Vec::new(),
    })
}
