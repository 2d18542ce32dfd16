//! WooCommerce's refund, in both of its shapes.
//!
//! In an order it is no more than `{ "id", "reason", "total": "-8.10" }`: money for nothing in
//! particular, tax and shipping included, and without a time. By itself it has `amount`, a time, and
//! what was given back of lines, shipping and fees, as negative amounts; what remains of `amount` is
//! for nothing in particular, and what it lacks was kept.

use super::order::{instant, meta_id, pieces};
use crate::fact::{RefundFact, RefundedLine};
use crate::payload::{MOST_LINES, Object, Unusable};
use waymark_attribution::money::{Amount, Currency};

const REFUNDED_ITEM_KEY: &str = "_refunded_item_id";

pub(super) fn fact(refund: &Object<'_, '_>, currency: Currency) -> Result<RefundFact, Unusable> {
    let total = refund.get("total");
    let paid = match refund.get("amount").amount(currency)? {
        Some(amount) => amount.minor(),
        None => total
            .required(total.signed_amount(currency)?)?
            .minor()
            .saturating_abs(),
    };
    let lines = lines(refund, currency)?;
    let (charges, tax) = charges(refund, currency)?;
    let named = lines.iter().fold(charges.saturating_add(tax), |sum, line| {
        sum.saturating_add(line.amount.unwrap_or_default().minor())
            .saturating_add(line.tax.minor())
    });
    Ok(RefundFact {
        id: refund.get("id").required_id()?,
        at: instant(&refund.get("date_created_gmt"))?,
        currency,
        lines,
        shipping: Amount::from_minor(charges),
        tax: Amount::from_minor(tax),
        unassigned: Amount::from_minor(paid.saturating_sub(named).max(0)),
        withheld: Amount::from_minor(named.saturating_sub(paid).max(0)),
        failed: false,
    })
}

/// What was given back of the order's lines. The refund's lines have ids of their own; which line
/// of the order each is about stands in its meta data. One that does not say so is passed over: its
/// money remains, for nothing in particular.
fn lines(refund: &Object<'_, '_>, currency: Currency) -> Result<Vec<RefundedLine>, Unusable> {
    let list = refund.get("line_items");
    let mut lines = Vec::new();
    for item in list.objects_at_most(MOST_LINES)? {
        let Some(line) = meta_id(&item, REFUNDED_ITEM_KEY) else {
            continue;
        };
        let of = |name| {
            let amount = item.get(name).signed_amount(currency)?.unwrap_or_default();
            Ok(Amount::from_minor(amount.minor().saturating_abs()))
        };
        lines.push(RefundedLine {
            line,
            quantity: pieces(&item.get("quantity"))?.unwrap_or_default(),
            amount: Some(of("total")?),
            tax: of("total_tax")?,
        });
    }
    Ok(lines)
}

/// What was given back of shipping and fees, and of their tax, in minor units. As in the order, a
/// fee below zero is the other way round.
fn charges(refund: &Object<'_, '_>, currency: Currency) -> Result<(i64, i64), Unusable> {
    let (mut charges, mut tax) = (0_i64, 0_i64);
    for name in ["shipping_lines", "fee_lines"] {
        for line in refund.get(name).objects()? {
            let of = |name| line.get(name).signed_amount(currency);
            charges = charges.saturating_sub(of("total")?.unwrap_or_default().minor());
            tax = tax.saturating_sub(of("total_tax")?.unwrap_or_default().minor());
        }
    }
    Ok((charges.max(0), tax.max(0)))
}
