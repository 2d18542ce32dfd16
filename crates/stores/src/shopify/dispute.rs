//! Shopify's dispute, as `disputes/create` and `disputes/update` carry it.
//!
//! Shopify gives a dispute no version time, only the days of its steps: begun, answered, decided.
//! The latest of them is its version. Of two facts with the same the one further on counts, by a
//! millisecond for each step, since nothing goes back: a decided dispute stays decided, and what
//! the bank begins after it is another dispute.

use crate::dates;
use crate::delivery::{Delivery, Parsed};
use crate::payload::{self, Unusable};
use waymark_attribution::time::Instant;
use waymark_facts::fact::{DisputeFact, DisputeState, FactKind};

const NO_ORDER: &str = "the dispute is about a payment that belongs to no order";

/// Inquiries and chargebacks alike: while a bank asks, nothing is approved; what it takes counts as
/// refunded.
pub(super) fn parse(body: &[u8]) -> Result<Parsed, Unusable> {
    let dispute = payload::object(body)?;
    let Some(order_id) = dispute.get("order_id").id()? else {
        return Ok(Parsed::Ignored { reason: NO_ORDER });
    };
    let status = dispute.get("status");
    let (state, step) = match status.required(status.text()?)?.as_str() {
        "needs_response" => (DisputeState::Open, 0),
        "under_review" => (DisputeState::Open, 1),
        "accepted" | "lost" => (DisputeState::Lost, 2),
        // In the last two the shop gave the money back itself: the order has a refund that says so.
        "won" | "prevented" | "charge_refunded" => (DisputeState::Won, 2),
        _ => return Err(status.error("not a status that Shopify is known to have")),
    };
    let mut latest: Option<Instant> = None;
    for name in ["initiated_at", "evidence_sent_on", "finalized_on"] {
        let at = dispute.get(name);
        latest = latest.max(at.text_as("must be a date, or a date and time", dates::time_or_day)?);
    }
    let at = dispute.get("initiated_at").required(latest)?;
    let currency = dispute.get("currency");
    let currency = currency.required(currency.currency()?)?;
    let amount = dispute.get("amount");
    let fact = DisputeFact {
        id: dispute.get("id").required_id()?,
        at: Instant::from_millis(at.as_millis().saturating_add(step)),
        state,
        currency,
        amount: amount.required(amount.amount(currency)?)?,
        of: None,
    };
    Ok(Parsed::Delivery(Delivery {
        order_id,
        other_names: Vec::new(),
        reports: vec![FactKind::Dispute(fact)],
        tokens: Vec::new(),
        landing_pages: Vec::new(),
    }))
}
