//! A refund: an amount refunded, without saying for what. It is a part of a payment, so tax and
//! shipping are in it.

use super::event::{Event, about_payment, end_of, payment_of, reference, start_of};
use super::money::Money;
use crate::delivery::{Delivery, Parsed};
use crate::payload::{MAX_REFUNDS, Object, Unusable};
use waymark_attribution::money::Amount;
use waymark_facts::fact::{FactKind, RefundDetail, RefundFact, RefundTotalFact};

const WITHOUT_PAYMENT: &str = "the refund is of no payment that Stripe took";

pub(super) fn parse(event: Event, refund: &Object<'_, '_>) -> Result<Parsed, Unusable> {
    Ok(match payment_of(refund)? {
        Some(payment) => {
            let fact = fact(event, refund, &payment)?;
            about_payment(payment, FactKind::Refund(fact))
        }
        None => Parsed::Ignored {
            reason: WITHOUT_PAYMENT,
        },
    })
}

/// A charge of which something was refunded: the facts that `refund.created` would be, where it lists
/// its refunds, and their sum.
pub(super) fn parse_charge(event: Event, charge: &Object<'_, '_>) -> Result<Parsed, Unusable> {
    let list = charge.get("refunds").object()?;
    let order_id = name(charge)?;
    let mut reports = vec![FactKind::RefundTotal(total(event, charge, &order_id)?)];
    if let Some(list) = list {
        for refund in list.get("data").objects_at_most(MAX_REFUNDS)? {
            reports.push(FactKind::Refund(fact(event, &refund, &order_id)?));
        }
    }
    Ok(Parsed::Delivery(Delivery {
        order_id,
        other_names: Vec::new(),
        reports,
        tokens: Vec::new(),
        landing_pages: Vec::new(),
    }))
}

/// The name by which refunds of a charge speak of it.
pub(super) fn name(charge: &Object<'_, '_>) -> Result<String, Unusable> {
    match reference(&charge.get("payment_intent"))? {
        Some(payment) => Ok(payment),
        None => charge.get("id").required_id(),
    }
}

/// What was refunded of a charge, and what of it was never captured: Stripe counts that as refunded,
/// too, once it is released.
pub(super) fn total(
    event: Event,
    charge: &Object<'_, '_>,
    of: &str,
) -> Result<RefundTotalFact, Unusable> {
    let money = Money::of(charge)?;
    let amount = charge.get("amount_refunded");
    let refunded = amount.required(money.amount(&amount)?)?;
    let asked = money.amount(&charge.get("amount"))?.unwrap_or_default();
    let captured = money.amount(&charge.get("amount_captured"))?;
    let captured = captured.filter(|it| *it > 0).unwrap_or(asked);
    let released = asked.saturating_sub(captured).max(0);
    let was_taken = charge.get("captured").is_absent() || charge.get("captured").flag()?;
    let gone = match (was_taken, refunded < released) {
        // Nothing was taken: what was authorised is not given back but let go.
        (false, _) => 0,
        (true, true) => refunded.saturating_add(released),
        (true, false) => refunded,
    };
    Ok(RefundTotalFact {
        payment: charge.get("id").required_id()?,
        at: start_of(event.at),
        currency: money.currency,
        amount: Amount::from_minor(gone),
        released: (released > 0).then(|| Amount::from_minor(released)),
        of: Some(of.to_owned()),
    })
}

fn fact(event: Event, refund: &Object<'_, '_>, of: &str) -> Result<RefundFact, Unusable> {
    let money = Money::of(refund)?;
    let amount = refund.get("amount");
    let status = refund.get("status").text()?;
    let failed = matches!(status.as_deref(), Some("failed" | "canceled"));
    Ok(RefundFact {
        id: refund.get("id").required_id()?,
        // Of two events within a second the one that ends it is the later one.
        at: Some(if failed {
            end_of(event.at)
        } else {
            start_of(event.at)
        }),
        currency: money.currency,
        lines: Vec::new(),
        shipping: Amount::ZERO,
        tax: Amount::ZERO,
        unassigned: Amount::from_minor(amount.required(money.amount(&amount)?)?),
        gross: true,
        withheld: Amount::ZERO,
        failed,
        guessed: false,
        detail: RefundDetail::default(),
        of: Some(of.to_owned()),
    })
}
