//! A refund as the store gives it when it is asked: `GET /wp-json/wc/v3/orders/ID/refunds`.
//!
//! It is an order of amounts below zero: its `line_items`, `shipping_lines` and `fee_lines` each name in
//! their meta data the item of which they are the refund. What somebody typed for no line has none of
//! them, and no more is known of it than its `amount`, which counts where the parts come to something else:
//! a shop may keep a fee, or give more.

use waymark_attribution::money::{Amount, Currency};
use waymark_facts::fact::{RefundDetail, RefundFact, RefundedLine};

use super::goods::{Goods, Part, Sum};
use super::items::{amount, tax};
use super::meta;
use super::refund::empty;
use crate::payload::{MAX_LINES, Object, Unusable};

/// The item of the order that a refund's item is of.
const REFUNDED_KEY: &str = "_refunded_item_id";

/// What a refund gave back; of one for no line nothing but its id.
pub(super) fn fact(
    refund: &Object<'_, '_>,
    id: String,
    sum: Sum,
    goods: &Goods,
    currency: Currency,
) -> Result<RefundFact, Unusable> {
    let mut fact = empty(id, currency);
    let mut parts = 0_u64;
    let mut known = Part::default();
    let mut discounted = Part::default();
    // Money for a line that is not named, before tax.
    let mut unnamed = Part::default();
    let list = refund.get("line_items");
    for item in list.php_objects_at_most(MAX_LINES)? {
        let back = back(&item, currency)?;
        let quantity = item.get("quantity").php_pieces()?.unwrap_or_default();
        parts = parts.saturating_add(1);
        known = known.and(back);
        let line = meta::id(&item, REFUNDED_KEY);
        let line = line.filter(|line| goods.lines.iter().any(|(known, _)| known == line));
        match line {
            // A discount that was a line below zero is taken back.
            _ if back.net < 0 => discounted = discounted.and(back.negated()),
            Some(line) => fact.lines.push(RefundedLine {
                line,
                quantity,
                amount: Some(Amount::from_minor(back.net)),
                tax: Amount::from_minor(back.tax.max(0)),
            }),
            None => unnamed = unnamed.and(back),
        }
    }
    let mut charges = Part::default();
    for name in ["shipping_lines", "fee_lines"] {
        let list = refund.get(name);
        for item in list.php_objects_at_most(MAX_LINES)? {
            let back = back(&item, currency)?;
            parts = parts.saturating_add(1);
            known = known.and(back);
            if back.net < 0 {
                discounted = discounted.and(back.negated());
            } else {
                charges = charges.and(back);
            }
        }
    }
    if known.gross() == 0 {
        // Pieces alone were put back on the shelf: that says nothing of the money.
        fact.lines.clear();
        return Ok(fact);
    }
    fact.detail = RefundDetail::Asked;
    fact.shipping = Amount::from_minor(charges.net.max(0));
    let tax = charges.tax.saturating_add(unnamed.tax);
    fact.tax = Amount::from_minor(tax.saturating_sub(discounted.tax).max(0));
    fact.unassigned = Amount::from_minor(unnamed.net.max(0));
    fact.guessed = unnamed.net > 0;
    fact.withheld = Amount::from_minor(discounted.net.max(0));
    // Of each part a cent may be rounding.
    let difference = sum.gross.saturating_sub(known.gross());
    if difference.unsigned_abs() > parts {
        let more = Amount::from_minor(difference.max(0));
        let less = difference.min(0).saturating_neg();
        fact.withheld = Amount::from_minor(fact.withheld.minor().saturating_add(less));
        if more > Amount::ZERO {
            fact.gross = fact.unassigned == Amount::ZERO;
            fact.unassigned =
                Amount::from_minor(fact.unassigned.minor().saturating_add(more.minor()));
        }
    }
    Ok(fact)
}

/// What an item gave back: its amounts are below zero.
fn back(item: &Object<'_, '_>, currency: Currency) -> Result<Part, Unusable> {
    let part = Part {
        net: amount(item, "total", currency)?,
        tax: tax(item, "total_tax", currency),
        quantity: 0,
    };
    Ok(part.negated())
}
