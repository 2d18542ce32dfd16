//! BigCommerce's order, as API V2 has it, with its lines and coupons.
//!
//! How its amounts become ours:
//!
//! * **Lines.** `total_ex_tax` is the whole line before tax and before every discount.
//! * **Discounts.** What the lines and charges sum to beyond the order's `total_ex_tax` was taken
//!   off, whatever it was for: that is the one figure without tax. `applied_discounts` say which lines
//!   it came off, in amounts that contain tax where the shop's prices do, so they count as
//!   proportions; what they do not name is the order's own.
//! * **Charges.** Handling, wrapping and fees are beside the goods, as shipping is, and count with
//!   it; so does whatever else the total has.
//! * **Paid by** gift certificate or store credit is paid.
//! * **Currency.** All amounts are in the one that the shopper pays in, `default_currency_code`;
//!   `currency_code` is the one that was shown.
//! * **Digits.** Amounts have four decimals. Those after the currency's last digit must be zeros.

use super::fetch::MAX_PER_PAGE;
use super::refund;
use crate::dates;
use crate::delivery::Delivery;
use crate::payload::{self, MAX_REFUNDS, MAX_TEXTS, Object, Unusable, Value};
use std::collections::BTreeSet;
use waymark_attribution::money::{Amount, Currency};
use waymark_attribution::time::Instant;
use waymark_facts::email::PlainEmail;
use waymark_facts::fact::{FactKind, OrderLine, OrderSnapshot, Payment};
use waymark_facts::spread;

/// A line, and what its applied discounts say of it, in minor units.
struct Line {
    line: OrderLine,
    discounts: i64,
}

pub(super) fn read(
    order: &[u8],
    products: &[u8],
    coupons: &[u8],
    refunds: &[u8],
) -> Result<Delivery, Unusable> {
    let order = payload::object(order)?;
    let currency = currency(&order)?;
    let refunds = payload::document("refunds", refunds)?;
    let refunds = refunds.object()?;
    let refunds = refunds.as_ref().map(|answer| answer.get("data"));
    let refunds = refunds
        .as_ref()
        .map_or(Ok(Vec::new()), |list| list.at_most(MAX_REFUNDS))?;
    let lines = lines(&payload::document("products", products)?, currency)?;
    let snapshot = OrderSnapshot {
        coupons: codes(&payload::document("coupons", coupons)?)?,
        payment: payment(&order, refunds.is_empty())?,
        ..snapshot(&order, currency, lines)?
    };
    let order_id = snapshot.id.clone();
    let version = snapshot.updated_at;
    let mut facts = Vec::new();
    for item in &refunds {
        let refund = refund::fact(&item.required_object()?, &snapshot.lines, currency)?;
        facts.push(FactKind::Refund(refund));
    }
    let mut reports = vec![FactKind::Snapshot(snapshot)];
    reports.append(&mut facts);
    if order.get("is_deleted").flag()? {
        reports.push(FactKind::Deleted { at: Some(version) });
    }
    Ok(Delivery {
        order_id,
        other_names: Vec::new(),
        reports,
        tokens: Vec::new(),
        landing_pages: Vec::new(),
    })
}

/// The order but for its coupons and its payment.
fn snapshot(
    order: &Object<'_, '_>,
    currency: Currency,
    lines: Vec<Line>,
) -> Result<OrderSnapshot<PlainEmail>, Unusable> {
    let created = order.get("date_created");
    let placed_at = created.required(instant(&created)?)?;
    let amount = |name| -> Result<i64, Unusable> {
        let amount = order.get(name).amount(currency)?;
        Ok(amount.unwrap_or_default().minor())
    };
    let mut charges = fees(order, currency)?;
    for name in [
        "shipping_cost_ex_tax",
        "handling_cost_ex_tax",
        "wrapping_cost_ex_tax",
    ] {
        charges = charges.saturating_add(amount(name)?);
    }
    let total = order.get("total_ex_tax");
    let total = total.required(total.amount(currency)?)?.minor();
    let named = lines.iter().fold(charges, |sum, line| {
        sum.saturating_add(line.line.amount.minor())
    });
    let discount = named.saturating_sub(total).max(0);
    let beyond = total.saturating_sub(named).max(0);
    let (lines, discount) = discounted(lines, discount);
    let billing = order.get("billing_address").object()?;
    let email = billing.map_or(Ok(None), |address| address.get("email").text())?;
    Ok(OrderSnapshot {
        id: order.get("id").required_id()?,
        placed_at,
        updated_at: instant(&order.get("date_modified"))?.unwrap_or(placed_at),
        currency,
        test: false,
        payment: Payment::default(),
        subscription: None,
        taxes_included: false,
        email: email.map(PlainEmail::new),
        customer_id: order.get("customer_id").id()?.filter(|id| id != "0"),
        coupons: Vec::new(),
        tags: Vec::new(),
        customer_tags: Vec::new(),
        lines,
        discount: Amount::from_minor(discount),
        shipping: Amount::from_minor(charges.saturating_add(beyond)),
        tax: Amount::from_minor(amount("total_tax")?),
        refunds: None,
        restates: false,
        goods_left: None,
    })
}

fn currency(order: &Object<'_, '_>) -> Result<Currency, Unusable> {
    let paid = order.get("default_currency_code");
    if let Some(currency) = paid.currency()? {
        return Ok(currency);
    }
    let shown = order.get("currency_code");
    shown.required(shown.currency()?)
}

fn instant(value: &Value<'_, '_>) -> Result<Option<Instant>, Unusable> {
    let expected = "must be a date such as \"Tue, 20 Nov 2012 00:00:00 +0000\"";
    value.text_as(expected, dates::rfc2822)
}

/// By `status_id`; shops may rename a status, but make none.
///
/// Where an order counts as refunded and no refund is on record, the status was set by hand: all of
/// it was refunded, by means that BigCommerce does not know.
fn payment(order: &Object<'_, '_>, no_refunds: bool) -> Result<Payment, Unusable> {
    let status = order.get("status_id");
    Ok(match status.required_id()?.as_str() {
        // Incomplete, pending, awaiting payment, manual verification required, disputed.
        "0" | "1" | "7" | "12" | "13" => Payment::Awaited,
        // Cancelled, declined.
        "5" | "6" => Payment::Failed,
        "4" if no_refunds => Payment::Failed,
        // Shipped, partially shipped, refunded, awaiting pickup, awaiting shipment, completed,
        // awaiting fulfillment, partially refunded.
        "2" | "3" | "4" | "8" | "9" | "10" | "11" | "14" => Payment::Received,
        _ => return Err(status.error("not a status that BigCommerce is known to have")),
    })
}

fn lines(list: &Value<'_, '_>, currency: Currency) -> Result<Vec<Line>, Unusable> {
    let items = list.items()?;
    if items.len() >= MAX_PER_PAGE {
        return Err(list.error(format!(
            "{MAX_PER_PAGE} lines or more; an order so large has to be sent to a generic endpoint"
        )));
    }
    let mut ids = BTreeSet::new();
    let mut lines = Vec::new();
    for item in items {
        let product = item.required_object()?;
        let id = product.get("id").required_id()?;
        if !ids.insert(id.clone()) {
            return Err(product.get("id").error("the same as an earlier line's"));
        }
        let quantity = product.get("quantity");
        let quantity = quantity.required(quantity.quantity()?)?;
        if quantity == 0 {
            continue;
        }
        let total = product.get("total_ex_tax");
        let mut discounts = 0_i64;
        for item in product.get("applied_discounts").items()? {
            let amount = item.required_object()?.get("amount").amount(currency)?;
            discounts = discounts.saturating_add(amount.unwrap_or_default().minor());
        }
        lines.push(Line {
            line: OrderLine {
                id,
                sku: product.get("sku").text()?,
                quantity,
                amount: total.required(total.amount(currency)?)?,
            },
            discounts,
        });
    }
    Ok(lines)
}

/// Takes the discount off the lines that it is for, and says what is left of it.
fn discounted(lines: Vec<Line>, discount: i64) -> (Vec<OrderLine>, i64) {
    let named = lines.iter();
    let named: Vec<i64> = named
        .map(|line| line.discounts.min(line.line.amount.minor()))
        .collect();
    let parts = spread(discount, &named);
    let mut rest = discount;
    let mut reduced = Vec::with_capacity(lines.len());
    for (Line { line, .. }, part) in lines.into_iter().zip(parts) {
        rest = rest.saturating_sub(part);
        let amount = line.amount.minor().saturating_sub(part);
        reduced.push(OrderLine {
            amount: Amount::from_minor(amount),
            ..line
        });
    }
    (reduced, rest)
}

fn fees(order: &Object<'_, '_>, currency: Currency) -> Result<i64, Unusable> {
    let mut total = 0_i64;
    for item in order.get("fees").items()? {
        let amount = item
            .required_object()?
            .get("cost_ex_tax")
            .amount(currency)?;
        total = total.saturating_add(amount.unwrap_or_default().minor());
    }
    Ok(total)
}

fn codes(list: &Value<'_, '_>) -> Result<Vec<String>, Unusable> {
    let mut codes = Vec::new();
    for item in list.at_most(MAX_TEXTS)? {
        codes.extend(item.required_object()?.get("code").text()?);
    }
    Ok(codes)
}
