//! Who may have brought an order: tokens, codes, and the customer, alike in sessions and invoices.

use super::event::reference;
use crate::payload::{MAX_TEXTS, Object, Unusable, Value};

/// The members of metadata that hold a visitor's token.
const TOKEN_KEYS: [&str; 2] = ["waymark", "_waymark"];

/// Puts a token in the list, once. Tokens are evidence that anyone may write, so nothing about them
/// makes an event unusable.
pub(super) fn token(tokens: &mut Vec<String>, value: &Value<'_, '_>) {
    if let Ok(Some(token)) = value.text()
        && !tokens.contains(&token)
    {
        tokens.push(token);
    }
}

/// The tokens in the metadata of another object; none where that stands there by its id.
pub(super) fn tokens_of(tokens: &mut Vec<String>, object: &Value<'_, '_>) {
    if let Ok(Some(object)) = object.object() {
        tokens_in(tokens, &object);
    }
}

pub(super) fn tokens_in(tokens: &mut Vec<String>, object: &Object<'_, '_>) {
    if let Ok(Some(metadata)) = object.get("metadata").object() {
        for key in TOKEN_KEYS {
            token(tokens, &metadata.get(key));
        }
    }
}

/// The ids of the codes and coupons of a list of discounts, and the codes that customers type where
/// they are there. A discount that stands there by its own id tells nothing.
pub(super) fn coupons(list: &Value<'_, '_>) -> Result<Vec<String>, Unusable> {
    let mut coupons = Vec::new();
    for discount in list.at_most(MAX_TEXTS)? {
        if let Ok(Some(discount)) = discount.object() {
            coupons.extend(of_discount(&discount)?);
        }
    }
    Ok(coupons)
}

pub(super) fn of_discount(discount: &Object<'_, '_>) -> Result<Vec<String>, Unusable> {
    let code = discount.get("promotion_code");
    let mut coupons = Vec::new();
    if let Ok(Some(object)) = code.object() {
        coupons.extend(object.get("code").text()?);
    }
    coupons.extend(reference(&code)?);
    // Since API version 2025-09-30 a discount has its coupon in `source`.
    match discount.get("source").object()? {
        Some(source) => coupons.extend(reference(&source.get("coupon"))?),
        None => coupons.extend(reference(&discount.get("coupon"))?),
    }
    Ok(coupons)
}

/// Stripe's id of the customer. Guests of a session have none.
pub(super) fn customer(object: &Object<'_, '_>) -> Result<Option<String>, Unusable> {
    match reference(&object.get("customer"))? {
        None => reference(&object.get("customer_account")),
        id => Ok(id),
    }
}
