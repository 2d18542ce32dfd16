//! Shopify's amounts: in the shop's currency, which is the order's. Decimals beyond the currency's are
//! rounded: none of them is worth an order.

use waymark_attribution::money::{Amount, Currency};

use crate::payload::{Object, Unusable, Value};

/// Whether a line item is nobody's sale: a tip, or a gift card, which is money until it buys goods.
pub(super) fn is_no_sale(line_item: &Object<'_, '_>) -> bool {
    is_tip(line_item) || line_item.get("gift_card").flag().unwrap_or(false)
}

/// Whether a line item is a tip. Shopify writes these members for tips alone, `null` where the tip
/// was not paid by a gateway of its own.
pub(super) fn is_tip(line_item: &Object<'_, '_>) -> bool {
    line_item.has("tip_payment_gateway") || line_item.has("tip")
}

/// An amount of zero or more that is taken off, or stands beside the goods: below zero it is nothing.
pub(super) fn amount(
    value: &Value<'_, '_>,
    currency: Currency,
) -> Result<Option<Amount>, Unusable> {
    let amount = value.rounded(currency)?;
    Ok(amount.map(|amount| amount.max(Amount::ZERO)))
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
    in_money(set, "shop_money", read)
}

/// What the shopper saw: an amount, and the currency that it is in.
pub(super) fn presentment(set: &Value<'_, '_>) -> Result<Option<(Amount, Currency)>, Unusable> {
    in_money(set, "presentment_money", |money| {
        let Some(currency) = known_currency(&money.get("currency_code")) else {
            return Ok(None);
        };
        let amount = money.get("amount").rounded(currency)?;
        Ok(amount.map(|amount| (amount, currency)))
    })
}

fn in_money<T>(
    set: &Value<'_, '_>,
    which: &str,
    read: impl Fn(&Object<'_, '_>) -> Result<Option<T>, Unusable>,
) -> Result<Option<T>, Unusable> {
    let Some(set) = set.object()? else {
        return Ok(None);
    };
    let money = set.get(which).object()?;
    money.map_or(Ok(None), |money| read(&money))
}

/// A currency that bears on nothing by itself, such as a payment's: one without an ISO code, as
/// Shopify has for crypto money and islands, is not known.
pub(super) fn known_currency(value: &Value<'_, '_>) -> Option<Currency> {
    value.currency().ok().flatten()
}

/// The sum of a member of a list's items, in minor units.
pub(super) fn sum(list: &Value<'_, '_>, member: &str, currency: Currency) -> Result<i64, Unusable> {
    let mut total = 0_i64;
    for item in list.objects()? {
        let amount = shop_amount(&item, member, |value| amount(value, currency))?;
        total = total.saturating_add(amount.unwrap_or_default().minor());
    }
    Ok(total)
}

/// `part / whole` of an amount in minor units, to the nearest; nothing of nothing.
pub(super) fn share(amount: i64, part: i64, whole: i64) -> i64 {
    let (part, whole) = (i128::from(part), i128::from(whole));
    let twice = i128::from(amount).saturating_mul(part).saturating_mul(2);
    let nearest = twice
        .saturating_add(whole)
        .checked_div_euclid(whole.saturating_mul(2));
    nearest.and_then(|it| i64::try_from(it).ok()).unwrap_or(0)
}
