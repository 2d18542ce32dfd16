//! What was bought, so that lines and discount come to what was asked for it.

use super::event::reference;
use super::money::Money;
use crate::payload::{Object, Unusable, Value};
use std::collections::BTreeSet;
use waymark_attribution::money::Amount;
use waymark_facts::fact::OrderLine;
use waymark_facts::spread;

/// The name of the line that stands for what an event does not list.
const REST: &str = "rest";
/// The most pieces that a line of a case may have. Metered usage can be more.
const MAX_PIECES: i64 = 1_000_000;

/// Lines, and what of the order's discounts is not already off them.
pub(super) struct Goods {
    pub(super) lines: Vec<OrderLine>,
    pub(super) discount: Amount,
    /// Whether there are lines that the event does not list.
    pub(super) left_out: bool,
}

/// The lines of an event as far as it lists them.
#[derive(Default)]
pub(super) struct Listed {
    pub(super) lines: Vec<OrderLine>,
    /// Whether these are said to be all.
    pub(super) whole: bool,
}

/// The names of lines, each of which an order has once: those that are missing, or there already, are
/// known by their place. Up to 2019 a line had the id of its subscription's item, which repeats.
#[derive(Default)]
pub(super) struct LineNames(BTreeSet<String>);

impl LineNames {
    pub(super) fn name(&mut self, line: &Object<'_, '_>, place: usize) -> String {
        let id = line.get("id").id().ok().flatten();
        let id = id.filter(|id| !self.0.contains(id));
        let id = id.unwrap_or_else(|| format!("line {}", place.saturating_add(1)));
        self.0.insert(id.clone());
        id
    }
}

/// Balances the lines with `worth`, which is what was asked for all of them before tax.
///
/// Events list ten lines at most; the others become one line, `rest`. What lines that are all there are
/// short by was rounded on their sum, or paid in advance: it is theirs, in proportion.
pub(super) fn settle(listed: Listed, worth: i64) -> Goods {
    let Listed { mut lines, whole } = listed;
    let amounts: Vec<i64> = lines.iter().map(|line| line.amount.minor()).collect();
    let sum = amounts
        .iter()
        .fold(0_i64, |sum, it| sum.saturating_add(*it));
    let missing = worth.saturating_sub(sum);
    let of_rounding = i64::try_from(lines.len()).unwrap_or(i64::MAX);
    let is_theirs = !lines.is_empty() && (whole || missing <= of_rounding);
    if missing > 0 && is_theirs {
        for (line, amount) in lines.iter_mut().zip(scaled(worth, &amounts)) {
            line.amount = Amount::from_minor(amount);
        }
    } else if missing > 0 {
        lines.push(OrderLine {
            id: REST.to_owned(),
            sku: None,
            quantity: 1,
            amount: Amount::from_minor(missing),
        });
    }
    Goods {
        lines,
        discount: Amount::from_minor(missing.min(0).saturating_neg()),
        left_out: !whole && missing > 0 && !is_theirs,
    }
}

/// Parts of `total` in proportion to the weights: more than their sum, too. Where all weigh nothing the
/// first takes all.
pub(super) fn scaled(total: i64, weights: &[i64]) -> Vec<i64> {
    let sum = weights
        .iter()
        .fold(0_i64, |sum, it| sum.saturating_add(*it));
    let Some(times) = total.checked_div(sum).filter(|_| sum > 0) else {
        let first = weights.iter().enumerate();
        return first
            .map(|(place, _)| if place == 0 { total } else { 0 })
            .collect();
    };
    let rest = spread(total.saturating_sub(times.saturating_mul(sum)), weights);
    let parts = weights.iter().zip(rest);
    parts
        .map(|(weight, rest)| weight.saturating_mul(times).saturating_add(rest))
        .collect()
}

/// Shipping before tax, of a session or an invoice; `plain` is the member for API versions and
/// sessions that give no more than its sum.
pub(super) fn shipping(
    object: &Object<'_, '_>,
    plain: &Value<'_, '_>,
    money: Money,
) -> Result<i64, Unusable> {
    let place = object.get("shipping_cost");
    let Some(cost) = place.object()? else {
        return Ok(money.amount(plain)?.unwrap_or_default());
    };
    let total = money.amount(&cost.get("amount_total"))?.unwrap_or_default();
    let tax = money.amount(&cost.get("amount_tax"))?.unwrap_or_default();
    Ok(total.saturating_sub(tax).max(0))
}

/// How many pieces: one where Stripe counts none, and at most a million.
pub(super) fn pieces(line: &Object<'_, '_>) -> Result<u32, Unusable> {
    let quantity = line.get("quantity").whole_number()?.unwrap_or(1);
    let pieces = quantity.clamp(1, MAX_PIECES);
    Ok(u32::try_from(pieces).unwrap_or(1))
}

/// The id of the product that a price is of.
pub(super) fn product(price: Option<&Object<'_, '_>>) -> Result<Option<String>, Unusable> {
    price.map_or(Ok(None), |price| reference(&price.get("product")))
}
