//! A credit note: what of an invoice was given back, or never asked for.
//!
//! Most of it is said by itself: a refund is a refund, what went to the customer's balance pays later
//! invoices, and what came off before the invoice was paid was not due. What remains is money that was
//! given back outside of Stripe.

use super::event::{Event, about_payment, end_of, reference, start_of};
use super::money::Money;
use crate::delivery::Parsed;
use crate::payload::{Object, Unusable};
use waymark_attribution::money::Amount;
use waymark_facts::fact::{FactKind, RefundDetail, RefundFact};

const WITHIN: &str = "what the credit note gives back is said by refunds and by later invoices";

pub(super) fn parse(event: Event, note: &Object<'_, '_>) -> Result<Parsed, Unusable> {
    let invoice = note.get("invoice");
    let order_id = invoice.required(reference(&invoice)?)?;
    let money = Money::of(note)?;
    let outside = outside(note, money)?;
    if outside == 0 {
        return Ok(Parsed::Ignored { reason: WITHIN });
    }
    let failed = note.get("status").text()?.as_deref() == Some("void");
    let fact = RefundFact {
        id: note.get("id").required_id()?,
        at: Some(match failed {
            true => end_of(event.at),
            false => start_of(event.at),
        }),
        currency: money.currency,
        lines: Vec::new(),
        shipping: Amount::ZERO,
        tax: Amount::ZERO,
        unassigned: Amount::from_minor(outside),
        gross: true,
        withheld: Amount::ZERO,
        failed,
        guessed: false,
        detail: RefundDetail::default(),
        // Of none that Stripe took: a charge's sum of refunds does not hold it.
        of: Some(order_id.clone()),
    };
    Ok(about_payment(order_id, FactKind::Refund(fact)))
}

/// What was given back outside of Stripe. API versions that do not say it say by what else it was given.
fn outside(note: &Object<'_, '_>, money: Money) -> Result<i64, Unusable> {
    let said = note.get("out_of_band_amount");
    if let Some(amount) = money.amount(&said)? {
        return Ok(amount);
    }
    let is_after_payment = note.get("type").text()?.as_deref() == Some("post_payment");
    let is_refunded = !note.get("refund").is_absent() || !note.get("refunds").items()?.is_empty();
    let is_credit = !note.get("customer_balance_transaction").is_absent();
    if !is_after_payment || is_refunded || is_credit {
        return Ok(0);
    }
    Ok(money.amount(&note.get("amount"))?.unwrap_or_default())
}
