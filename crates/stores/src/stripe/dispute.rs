//! A dispute: a chargeback, or the inquiry before one.

use super::event::{Event, about_payment, end_of, payment_of, start_of};
use super::money::Money;
use crate::delivery::Parsed;
use crate::payload::{Object, Unusable};
use waymark_attribution::money::Amount;
use waymark_facts::fact::{DisputeFact, DisputeState, FactKind};

pub(super) fn parse(event: Event, dispute: &Object<'_, '_>) -> Result<Parsed, Unusable> {
    let payment = payment_of(dispute)?;
    let payment = dispute.get("charge").required(payment)?;
    let money = Money::of(dispute)?;
    let amount = dispute.get("amount");
    let status = dispute.get("status");
    let state = match status.required(status.text()?)?.as_str() {
        "lost" => DisputeState::Lost,
        // Prevented by giving the money back: then the dispute took it, and no refund says so.
        "prevented" if withdrawn(dispute, money)? => DisputeState::Lost,
        // An inquiry that came to nothing, and disputes that a refund settled: that is said by itself.
        "won" | "warning_closed" | "prevented" | "charge_refunded" => DisputeState::Won,
        _ => DisputeState::Open,
    };
    let fact = DisputeFact {
        of: Some(payment.clone()),
        id: dispute.get("id").required_id()?,
        // Of two events within a second the one that decides is the later one.
        at: match state {
            DisputeState::Open => start_of(event.at),
            DisputeState::Won | DisputeState::Lost => end_of(event.at),
        },
        state,
        currency: money.currency,
        amount: Amount::from_minor(amount.required(money.amount(&amount)?)?),
    };
    Ok(about_payment(payment, FactKind::Dispute(fact)))
}

/// Whether money left the shop's balance by the dispute itself, and did not come back.
fn withdrawn(dispute: &Object<'_, '_>, money: Money) -> Result<bool, Unusable> {
    let list = dispute.get("balance_transactions");
    // In the currency of the balance, which may be another one: the sign alone counts.
    Ok(money.sum(&list, "amount")? < 0)
}
