//! WooCommerce's order, as REST API v3 has it.
//!
//! How its amounts become ours:
//!
//! * **Lines.** `line_items[].total` is the line after its coupons and before tax, whether or not
//!   the shop shows prices with tax. One below zero, such as a trade-in, is a discount on the order.
//! * **Fees.** One that costs is a charge beside the goods, as shipping is, and counts with it. One
//!   below zero is a discount on the order, as plugins make them.
//! * **Shipping and tax** below zero bear no commission, and are none.
//! * **Digits.** Amounts have as many as the shop shows, or as it calculates with: its setting "Number
//!   of decimals". What is beyond the currency's is rounded half up, line by line.
//! * **Pieces.** Plugins sell parts of a piece; a part counts as one.
//!
//! What an order is follows from its status; a cancelled one can be paid after all, so that is no
//! cancellation for good. One that is worked on is not paid before it has a time of payment: cash on
//! delivery is paid when it is complete.
//!
//! The past is overwritten: a line has the SKU that its product has today, and the customer of an order
//! that was anonymised is gone. What was heard first stays known.

use super::refund::{self, Goods, Part};
use crate::dates;
use crate::delivery::{Delivery, Parsed};
use crate::html;
use crate::payload::{
    self, MAX_LINES, MAX_QUANTITY, MAX_REFUNDS, MAX_TEXTS, Object, Unusable, Value,
};
use std::collections::{BTreeMap, BTreeSet};
use waymark_attribution::money::{Amount, Currency};
use waymark_attribution::time::Instant;
use waymark_facts::email::PlainEmail;
use waymark_facts::fact::{FactKind, OrderLine, OrderSnapshot, Payment, RefundFact, Subscription};

const DRAFT: &str = "a draft is no order yet";
const TOKEN_KEYS: [&str; 2] = ["_waymark", "waymark"];
const LANDING_PAGE_KEY: &str = "_wc_order_attribution_session_entry";
const RENEWAL_KEY: &str = "_subscription_renewal";
const ANONYMIZED_KEY: &str = "_anonymized";

pub(super) fn parse(order: &[u8]) -> Result<Parsed, Unusable> {
    let order = payload::object(order)?;
    let place = order.get("status");
    let status = place.text()?.unwrap_or_default();
    let status = status.strip_prefix("wc-").unwrap_or(&status);
    if matches!(status, "draft" | "auto-draft" | "checkout-draft") {
        return Ok(Parsed::Ignored { reason: DRAFT });
    }
    refuse_answer(&order)?;
    let currency = order.get("currency");
    let currency = currency.required(currency.currency()?)?;
    let items = Items::of(&order, currency)?;
    let list = order.get("refunds");
    let refunds = list.php_objects_at_most(MAX_REFUNDS)?;
    let mut refunds = refund::facts(&refunds, &items.goods(&order, currency)?, currency)?;
    let snapshot = snapshot(&order, status, currency, items, &refunds)?;
    // What a whole order lists is as new as the order.
    for refund in &mut refunds {
        refund.at = Some(snapshot.updated_at);
    }
    let order_id = snapshot.id.clone();
    let refunds = refunds.into_iter().map(FactKind::Refund);
    Ok(Parsed::Delivery(Delivery {
        order_id,
        other_names: Vec::new(),
        reports: [FactKind::Snapshot(snapshot)]
            .into_iter()
            .chain(refunds)
            .collect(),
        tokens: texts(&order, &TOKEN_KEYS),
        landing_pages: texts(&order, &[LANDING_PAGE_KEY]),
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

fn snapshot(
    order: &Object<'_, '_>,
    status: &str,
    currency: Currency,
    items: Items,
    refunds: &[RefundFact],
) -> Result<OrderSnapshot<PlainEmail>, Unusable> {
    let time = |name| instant(&order.get(name));
    let modified = time("date_modified_gmt")?;
    let created = match time("date_created_gmt")? {
        Some(created) => Some(created),
        None => time("date_paid_gmt")?.or(modified),
    };
    let placed_at = order.get("date_created_gmt").required(created)?;
    let amount = |name| {
        let amount = order.get(name).rounded(currency)?;
        Ok(amount.map_or(0, |amount| amount.minor().max(0)))
    };
    let shipping: i64 = amount("shipping_total")?;
    let (email, customer_id) = customer(order)?;
    Ok(OrderSnapshot {
        id: order.get("id").required_id()?,
        placed_at,
        updated_at: modified.unwrap_or(placed_at),
        currency,
        test: false,
        payment: payment(order, status)?,
        subscription: renewal(order),
        taxes_included: false,
        email,
        customer_id,
        coupons: coupons(order)?,
        tags: Vec::new(),
        customer_tags: Vec::new(),
        discount: items.discount(),
        lines: items.lines,
        shipping: Amount::from_minor(shipping.saturating_add(items.charged)),
        tax: Amount::from_minor(amount("total_tax")?),
        refunds: Some(refunds.iter().map(|refund| refund.id.clone()).collect()),
        restates: true,
        goods_left: None,
    })
}

/// Who placed the order. An order that the shop has anonymised says nothing of that, and what it has
/// in place of an address is nobody's.
fn customer(order: &Object<'_, '_>) -> Result<(Option<PlainEmail>, Option<String>), Unusable> {
    if meta_id(order, ANONYMIZED_KEY).is_some_and(|value| value == "yes" || value == "1") {
        return Ok((None, None));
    }
    let billing = order.get("billing").object().ok().flatten();
    let email = billing.map_or(Ok(None), |billing| billing.get("email").text())?;
    // No mail can be sent there: RFC 2606.
    let email = email.filter(|email| {
        let domain = email.rsplit('@').next().unwrap_or_default();
        let top = domain.rsplit('.').next().unwrap_or_default();
        !top.eq_ignore_ascii_case("invalid")
    });
    let id = order.get("customer_id").id()?.filter(|id| id != "0");
    Ok((email.map(PlainEmail::new), id))
}

pub(crate) fn instant(value: &Value<'_, '_>) -> Result<Option<Instant>, Unusable> {
    let expected = "must be a date and time in UTC such as \"2026-01-04T12:00:00\"";
    value.text_as(expected, dates::utc)
}

/// Completed orders are paid, and so are those of any other status once they have a time of payment.
/// Where the order does not say whether there is one, its status has to do.
fn payment(order: &Object<'_, '_>, status: &str) -> Result<Payment, Unusable> {
    let is_dated = instant(&order.get("date_paid_gmt"))?.is_some();
    Ok(match status {
        "pending" | "on-hold" => Payment::Awaited,
        "completed" | "refunded" => Payment::Received,
        "cancelled" | "failed" | "trash" => Payment::Failed,
        "processing" if !order.has("date_paid_gmt") => Payment::Received,
        _ if is_dated => Payment::Received,
        _ => Payment::Awaited,
    })
}

/// What an order is made of, beside its shipping.
struct Items {
    lines: Vec<OrderLine>,
    /// The tax of each line, in minor units.
    taxes: Vec<i64>,
    /// What fees cost, and their tax, in minor units.
    charged: i64,
    charged_tax: i64,
    /// What lines and fees below zero take off, in minor units.
    discounted: i64,
}

impl Items {
    fn of(order: &Object<'_, '_>, currency: Currency) -> Result<Self, Unusable> {
        let list = order.get("line_items");
        if list.is_absent() {
            return Err(list.error("missing"));
        }
        let mut items = Self {
            lines: Vec::new(),
            taxes: Vec::new(),
            charged: 0,
            charged_tax: 0,
            discounted: 0,
        };
        let mut ids = BTreeSet::new();
        let amount = |of: &Object<'_, '_>, name: &'static str| -> Result<i64, Unusable> {
            let amount = of.get(name).rounded(currency)?;
            Ok(amount.unwrap_or_default().minor())
        };
        for (line, place) in list.php_objects_at_most(MAX_LINES)?.iter().zip(1_u32..) {
            let total = amount(line, "total")?;
            let quantity = pieces(&line.get("quantity"))?;
            if total < 0 {
                items.discounted = items.discounted.saturating_sub(total);
                continue;
            }
            if quantity == 0 && total == 0 {
                continue;
            }
            // Imports leave ids out, and give one twice: such lines are known by their place.
            let id = line.get("id").id().ok().flatten().filter(|id| id != "0");
            let id = id.filter(|id| !ids.contains(id));
            let id = id.unwrap_or_else(|| format!("line {place}"));
            ids.insert(id.clone());
            items
                .taxes
                .push(amount(line, "total_tax").unwrap_or_default().max(0));
            items.lines.push(OrderLine {
                id,
                sku: line.get("sku").php_text()?,
                quantity: quantity.max(1),
                amount: Amount::from_minor(total),
            });
        }
        for fee in order.get("fee_lines").php_items()? {
            let fee = fee.required_object()?;
            let total = amount(&fee, "total")?;
            items.charged = items.charged.saturating_add(total.max(0));
            items.discounted = items.discounted.saturating_sub(total.min(0));
            if total > 0 {
                let tax = amount(&fee, "total_tax").unwrap_or_default();
                items.charged_tax = items.charged_tax.saturating_add(tax.max(0));
            }
        }
        Ok(items)
    }

    /// What is taken off the lines, at most all that they cost.
    fn discount(&self) -> Amount {
        let lines = self.lines.iter();
        let whole = lines.fold(0_i64, |sum, line| sum.saturating_add(line.amount.minor()));
        Amount::from_minor(self.discounted.min(whole))
    }

    /// What of it can be given back.
    fn goods(&self, order: &Object<'_, '_>, currency: Currency) -> Result<Goods, Unusable> {
        let shipping = |name| -> Result<i64, Unusable> {
            let amount = order.get(name).rounded(currency)?;
            Ok(amount.unwrap_or_default().minor().max(0))
        };
        let lines = self.lines.iter().zip(&self.taxes);
        let lines: BTreeMap<String, Part> = lines
            .map(|(line, tax)| {
                let part = Part {
                    net: line.amount.minor(),
                    tax: *tax,
                    quantity: line.quantity,
                };
                (line.id.clone(), part)
            })
            .collect();
        Ok(Goods {
            lines,
            shipping: Part {
                net: shipping("shipping_total")?.saturating_add(self.charged),
                tax: shipping("shipping_tax")?.saturating_add(self.charged_tax),
                quantity: 0,
            },
        })
    }
}

/// A number of pieces, a part of one counted as one. Pieces that were taken back are as many.
fn pieces(value: &Value<'_, '_>) -> Result<u32, Unusable> {
    let Some(literal) = value.number_literal()? else {
        return Ok(1);
    };
    let unsigned = literal.strip_prefix('-').unwrap_or(&literal);
    let (whole, part) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let is_number =
        |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let more = u32::from(part.bytes().any(|digit| digit != b'0'));
    let pieces = whole
        .parse::<u32>()
        .ok()
        .and_then(|it| it.checked_add(more));
    match pieces.filter(|it| *it <= MAX_QUANTITY) {
        Some(pieces) if is_number(whole) && is_number(part) => Ok(pieces),
        _ => Err(value.error(format!("must be a number up to {MAX_QUANTITY}"))),
    }
}

/// The codes, which WordPress keeps as it would show them: `tea&amp;cake`.
fn coupons(order: &Object<'_, '_>) -> Result<Vec<String>, Unusable> {
    let list = order.get("coupon_lines");
    let mut coupons = Vec::new();
    for item in list.php_objects_at_most(MAX_TEXTS)? {
        let code = item.get("code").php_text()?;
        coupons.extend(code.map(|code| html::unescaped(&code)));
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
    meta_data.php_items().ok()?.iter().find_map(id)
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
    let entries = meta_data.php_items().unwrap_or_default();
    let value = |item: &Value<'_, '_>| {
        let entry = item.object().ok()??;
        let key = entry.get("key").evidence()?;
        let value = keys.contains(&&*key).then(|| entry.get("value").evidence());
        Some(value??.trim().to_owned())
    };
    let given = entries.iter().filter_map(value);
    given.filter(|text| !text.is_empty()).collect()
}
