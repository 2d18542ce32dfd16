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
        Some(payment) => about_payment(payment, FactKind::Refund(fact(event, refund)?)),
        None => Parsed::Ignored {
            reason: WITHOUT_PAYMENT,
        },
    })
}

/// A charge of which something was refunded: the facts that `refund.created` would be, where it lists
/// its refunds, and their sum.
pub(super) fn parse_charge(event: Event, charge: &Object<'_, '_>) -> Result<Parsed, Unusable> {
    let list = charge.get("refunds").object()?;
    let mut reports = vec![FactKind::RefundTotal(total(event, charge)?)];
    if let Some(list) = list {
        for refund in list.get("data").objects_at_most(MAX_REFUNDS)? {
            reports.push(FactKind::Refund(fact(event, &refund)?));
        }
    }
    let order_id = match reference(&charge.get("payment_intent"))? {
        Some(payment) => payment,
        None => charge.get("id").required_id()?,
    };
    Ok(Parsed::Delivery(Delivery {
        order_id,
        other_names: Vec::new(),
        reports,
        tokens: Vec::new(),
        landing_pages: Vec::new(),
    }))
}

fn total(event: Event, charge: &Object<'_, '_>) -> Result<RefundTotalFact, Unusable> {
    let money = Money::of(charge)?;
    let amount = charge.get("amount_refunded");
    Ok(RefundTotalFact {
        payment: charge.get("id").required_id()?,
        at: start_of(event.at),
        currency: money.currency,
        amount: Amount::from_minor(amount.required(money.amount(&amount)?)?),
    })
}

fn fact(event: Event, refund: &Object<'_, '_>) -> Result<RefundFact, Unusable> {
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
    })
}
