//! Shopify's amounts: in the shop's currency, which is the order's.

use waymark_attribution::money::Amount;

use crate::payload::{Object, Unusable, Value};

/// Whether a line item is a tip. Shopify writes these members for tips alone, `null` where the tip
/// was not paid by a gateway of its own.
pub(super) fn is_tip(line_item: &Object<'_, '_>) -> bool {
    line_item.has("tip_payment_gateway") || line_item.has("tip")
}

/// An amount in the shop's currency: from the money set, where it is a string and names its
/// currency, or else from the plain member, which in refunds is a JSON number.
pub(super) fn shop_amount(
    object: &Object<'_, '_>,
    name: &str,
    read: impl Fn(&Value<'_, '_>) -> Result<Option<Amount>, Unusable>,
) -> Result<Option<Amount>, Unusable> {
    let set = format!("{name}_set");
    match in_shop_money(&object.get(&set), |money| read(&money.get("amount")))? {
        None => read(&object.get(name)),
        amount => Ok(amount),
    }
}

pub(super) fn in_shop_money<T>(
    set: &Value<'_, '_>,
    read: impl Fn(&Object<'_, '_>) -> Result<Option<T>, Unusable>,
) -> Result<Option<T>, Unusable> {
    let Some(set) = set.object()? else {
        return Ok(None);
    };
    let money = set.get("shop_money").object()?;
    money.map_or(Ok(None), |money| read(&money))
}
