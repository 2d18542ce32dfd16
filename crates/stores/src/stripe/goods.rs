//! What was bought, so that lines and discount come to what was asked for it.

use super::event::reference;
use super::money::Money;
use crate::payload::{Object, Unusable, Value};
use waymark_attribution::money::Amount;
use waymark_facts::fact::OrderLine;

/// The name of the line that stands for what an event does not list.
const REST: &str = "rest";
/// The most pieces that a line of a case may have. Metered usage can be more.
const MAX_PIECES: i64 = 1_000_000;

/// Lines, and what of the order's discounts is not already off them.
pub(super) struct Goods {
    pub(super) lines: Vec<OrderLine>,
    pub(super) discount: Amount,
}

/// Balances the lines with `worth`, which is what was asked for all of them before tax.
///
/// Events list ten lines at most; the others become one line, `rest`.
pub(super) fn settle(mut lines: Vec<OrderLine>, worth: i64) -> Goods {
    let sum = lines
        .iter()
        .fold(0_i64, |sum, line| sum.saturating_add(line.amount.minor()));
    let missing = worth.saturating_sub(sum);
    if missing > 0 {
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
    }
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
    let shipping = total.saturating_sub(tax);
    if shipping < 0 {
        return Err(place.error("its tax exceeds it"));
    }
    Ok(shipping)
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
