//! WooCommerce's order, as REST API v3 has it.
//!
//! How its amounts become ours:
//!
//! * **Lines.** `line_items[].total` is the line after its coupons and before tax, whether or not
//!   the shop shows prices with tax.
//! * **Fees.** One that costs is a charge beside the goods, as shipping is, and counts with it. One
//!   below zero is a discount on the order, as plugins make them.
//! * **Digits.** Amounts have as many as the shop shows. Zeros after the currency's last digit are
//!   cut, anything else there is refused: the shop calculates with parts of a cent, and only it can
//!   say which way they go. Its setting "Number of decimals" does.
//! * **Pieces.** Plugins sell parts of a piece; a part counts as one.
//!
//! What an order is follows from its status; a cancelled one can be paid after all, so that is no
//! cancellation for good.

use super::refund;
use crate::dates;
use crate::delivery::{Delivery, Parsed};
use crate::payload::{
    self, MAX_LINES, MAX_QUANTITY, MAX_REFUNDS, MAX_TEXTS, Object, Unusable, Value,
};
use std::collections::BTreeSet;
use waymark_attribution::money::{Amount, AmountError, Currency};
use waymark_attribution::time::Instant;
use waymark_facts::email::PlainEmail;
use waymark_facts::fact::{FactKind, OrderLine, OrderSnapshot, Payment, Subscription};

const DRAFT: &str = "a draft is no order yet";
const TOKEN_KEYS: [&str; 2] = ["_waymark", "waymark"];
const LANDING_PAGE_KEY: &str = "_wc_order_attribution_session_entry";
const RENEWAL_KEY: &str = "_subscription_renewal";

pub(super) fn parse(order: &[u8]) -> Result<Parsed, Unusable> {
    let order = payload::object(order)?;
    read(&order).map_err(|refused| with_remedy(refused, &order))
}

/// Amounts of more digits than the currency has come from the shop's setting, so all of its orders do.
fn with_remedy(mut refused: Unusable, order: &Object<'_, '_>) -> Unusable {
    let Ok(Some(currency)) = order.get("currency").currency() else {
        return refused;
    };
    if refused.message == AmountError::TooManyDecimals(currency).to_string() {
        refused.message.push_str(
            "; lower \"Number of decimals\" in WooCommerce's general settings to the currency's, and \
             save the order anew",
        );
    }
    refused
}

fn read(order: &Object<'_, '_>) -> Result<Parsed, Unusable> {
    let place = order.get("status");
    let status = place.text()?.unwrap_or_default();
    let status = status.strip_prefix("wc-").unwrap_or(&status);
    if matches!(status, "draft" | "auto-draft" | "checkout-draft") {
        return Ok(Parsed::Ignored { reason: DRAFT });
    }
    refuse_answer(order)?;
    let snapshot = snapshot(order, status)?;
    let order_id = snapshot.id.clone();
    let currency = snapshot.currency;
    let mut reports = vec![FactKind::Snapshot(snapshot)];
    let refunds = order.get("refunds");
    for refund in refunds.objects_at_most(MAX_REFUNDS)? {
        reports.push(FactKind::Refund(refund::fact(&refund, currency)?));
    }
    Ok(Parsed::Delivery(Delivery {
        order_id,
        other_names: Vec::new(),
        reports,
        tokens: texts(order, &TOKEN_KEYS),
        landing_pages: texts(order, &[LANDING_PAGE_KEY]),
    }))
}

/// A webhook sends what its user would see. One who may not see orders, or is no more, makes it
/// send a refusal instead.
fn refuse_answer(order: &Object<'_, '_>) -> Result<(), Unusable> {
    let code = order.get("code");
    let refused = order.get("id").is_absent()
        && code
            .evidence()
            .is_some_and(|code| code.starts_with("woocommerce_rest_"));
    if refused {
        return Err(code.error(
            "the webhook's user may not see orders; save the webhook anew as a user who may",
        ));
    }
    Ok(())
}

fn snapshot(order: &Object<'_, '_>, status: &str) -> Result<OrderSnapshot<PlainEmail>, Unusable> {
    let currency = order.get("currency");
    let currency = currency.required(currency.currency()?)?;
    let created = order.get("date_created_gmt");
    let placed_at = created.required(instant(&created)?)?;
    let amount = |name| {
        let amount = order.get(name).amount(currency)?;
        Ok(amount.unwrap_or_default())
    };
    let (charged, discounted) = fees(order, currency)?;
    let billing = order.get("billing").object().ok().flatten();
    let email = billing.map_or(Ok(None), |billing| billing.get("email").text())?;
    let shipping: Amount = amount("shipping_total")?;
    Ok(OrderSnapshot {
        id: order.get("id").required_id()?,
        placed_at,
        updated_at: instant(&order.get("date_modified_gmt"))?.unwrap_or(placed_at),
        currency,
        test: false,
        payment: payment(order, status)?,
        subscription: renewal(order),
        taxes_included: false,
        email: email.map(PlainEmail::new),
        customer_id: order.get("customer_id").id()?.filter(|id| id != "0"),
        coupons: coupons(order)?,
        tags: Vec::new(),
        customer_tags: Vec::new(),
        lines: lines(order, currency)?,
        discount: Amount::from_minor(discounted),
        shipping: Amount::from_minor(shipping.minor().saturating_add(charged)),
        tax: amount("total_tax")?,
    })
}

pub(crate) fn instant(value: &Value<'_, '_>) -> Result<Option<Instant>, Unusable> {
    let expected = "must be a date and time in UTC such as \"2026-01-04T12:00:00\"";
    value.text_as(expected, dates::utc)
}

/// A status of the shop's own counts as paid once there is a time of payment.
fn payment(order: &Object<'_, '_>, status: &str) -> Result<Payment, Unusable> {
    Ok(match status {
        "pending" | "on-hold" => Payment::Awaited,
        "processing" | "completed" | "refunded" => Payment::Received,
        "cancelled" | "failed" | "trash" => Payment::Failed,
        _ if instant(&order.get("date_paid_gmt"))?.is_some() => Payment::Received,
        _ => Payment::Awaited,
    })
}

fn lines(order: &Object<'_, '_>, currency: Currency) -> Result<Vec<OrderLine>, Unusable> {
    let list = order.get("line_items");
    if list.is_absent() {
        return Err(list.error("missing"));
    }
    let mut ids = BTreeSet::new();
    let mut lines = Vec::new();
    for line in list.objects_at_most(MAX_LINES)? {
        let id = line.get("id").required_id()?;
        if !ids.insert(id.clone()) {
            return Err(line.get("id").error("the same as an earlier line's"));
        }
        let quantity = line.get("quantity");
        let quantity = quantity.required(pieces(&quantity)?)?;
        let total = line.get("total");
        let amount = total.required(total.amount(currency)?)?;
        if quantity == 0 && amount == Amount::ZERO {
            continue;
        }
        lines.push(OrderLine {
            id,
            sku: line.get("sku").text()?,
            quantity: quantity.max(1),
            amount,
        });
    }
    Ok(lines)
}

/// A number of pieces, a part of one counted as one.
fn pieces(value: &Value<'_, '_>) -> Result<Option<u32>, Unusable> {
    let Some(literal) = value.number_literal()? else {
        return Ok(None);
    };
    let (whole, part) = literal.split_once('.').unwrap_or((&literal, "0"));
    let is_number =
        |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let more = u32::from(part.bytes().any(|digit| digit != b'0'));
    let pieces = whole
        .parse::<u32>()
        .ok()
        .and_then(|it| it.checked_add(more));
    match pieces.filter(|it| *it <= MAX_QUANTITY) {
        Some(pieces) if is_number(whole) && is_number(part) => Ok(Some(pieces)),
        _ => Err(value.error(format!("must be a number up to {MAX_QUANTITY}"))),
    }
}

/// What the order's fees cost, and what those below zero take off it, in minor units.
fn fees(order: &Object<'_, '_>, currency: Currency) -> Result<(i64, i64), Unusable> {
    let mut charged = 0_i64;
    let mut discounted = 0_i64;
    for item in order.get("fee_lines").items()? {
        let total = item
            .required_object()?
            .get("total")
            .signed_amount(currency)?;
        let total = total.unwrap_or_default().minor();
        charged = charged.saturating_add(total.max(0));
        discounted = discounted.saturating_sub(total.min(0));
    }
    Ok((charged, discounted))
}

fn coupons(order: &Object<'_, '_>) -> Result<Vec<String>, Unusable> {
    let list = order.get("coupon_lines");
    let mut coupons = Vec::new();
    for item in list.at_most(MAX_TEXTS)? {
        coupons.extend(item.required_object()?.get("code").text()?);
    }
    Ok(coupons)
}

/// The first id under a key of an object's meta data, whose values may be of any type.
fn meta_id(object: &Object<'_, '_>, key: &str) -> Option<String> {
    let meta_data = object.get("meta_data");
    let id = |item: &Value<'_, '_>| {
        let entry = item.object().ok()??;
        (entry.get("key").evidence()? == key).then(|| entry.get("value").id().ok())??
    };
    meta_data.items().ok()?.iter().find_map(id)
}

/// Of several subscriptions that one order renews the first.
fn renewal(order: &Object<'_, '_>) -> Option<Subscription> {
    let id = meta_id(order, RENEWAL_KEY)?;
    Some(Subscription { id, renewal: true })
}

/// What the order's meta data says under these keys. Tokens are evidence that anyone may write, so
/// nothing about them makes an order unusable.
fn texts(order: &Object<'_, '_>, keys: &[&str]) -> Vec<String> {
    let meta_data = order.get("meta_data");
    let entries = meta_data.items().unwrap_or_default();
    let value = |item: &Value<'_, '_>| {
        let entry = item.object().ok()??;
        let key = entry.get("key").evidence()?;
        let value = keys.contains(&&*key).then(|| entry.get("value").evidence());
        Some(value??.trim().to_owned())
    };
    let given = entries.iter().filter_map(value);
    given.filter(|text| !text.is_empty()).collect()
}
