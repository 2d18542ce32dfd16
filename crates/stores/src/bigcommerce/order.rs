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
//! * **Digits.** Amounts have four decimals; where prices contain tax those without it are estimates, and
//!   use them. Each amount is rounded, and what that makes of the total is nobody's discount.

use super::refund::{self, Prices};
use crate::dates;
use crate::delivery::Delivery;
use crate::payload::{self, MAX_LINES, MAX_REFUNDS, MAX_TEXTS, Object, Unusable, Value};
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
    products: &[&[u8]],
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
    let mut lines = Lines::default();
    for page in products {
        lines.read(&payload::document("products", page)?, currency)?;
    }
    let snapshot = OrderSnapshot {
        coupons: codes(&payload::document("coupons", coupons)?)?,
        payment: payment(&order, refunds.is_empty())?,
        ..snapshot(&order, currency, lines)?
    };
    let order_id = snapshot.id.clone();
    let version = snapshot.updated_at;
    let prices = Prices::of(&order, currency)?;
    let mut facts = Vec::new();
    for item in &refunds {
        let item = item.required_object()?;
        let mut refund = refund::fact(&item, &snapshot.lines, &prices)?;
        // It keeps its own time for ever, while its payments go on: what is listed is as new as the order.
        refund.at = refund.at.max(Some(version));
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
    lines: Lines,
) -> Result<OrderSnapshot<PlainEmail>, Unusable> {
    let created = order.get("date_created");
    let placed_at = created.required(instant(&created)?)?;
    let mut rounded = lines.rounded;
    let mut amount = |name| -> Result<i64, Unusable> {
        let place = order.get(name);
        rounded = rounded.saturating_add(i64::from(is_finer(&place, currency)));
        Ok(money(&place, currency)?.unwrap_or_default().minor())
    };
    let mut charges = 0_i64;
    for name in [
        "shipping_cost_ex_tax",
        "handling_cost_ex_tax",
        "wrapping_cost_ex_tax",
    ] {
        charges = charges.saturating_add(amount(name)?);
    }
    let tax = amount("total_tax")?;
    charges = charges.saturating_add(fees(order, currency, &mut rounded)?);
    let total = order.get("total_ex_tax");
    rounded = rounded.saturating_add(i64::from(is_finer(&total, currency)));
    let total = total.required(money(&total, currency)?)?.minor();
    let named = lines.lines.iter().fold(charges, |sum, line| {
        sum.saturating_add(line.line.amount.minor())
    });
    let (discount, beyond) = match named.saturating_sub(total) {
        rest if rest.saturating_abs() <= rounded => (0, 0),
        rest => (rest.max(0), rest.saturating_neg().max(0)),
    };
    let (lines, discount) = discounted(lines.lines, discount);
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
        tax: Amount::from_minor(tax),
        refunds: None,
        restates: false,
        notes: Default::default(),
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

/// The lines of all pages.
#[derive(Default)]
struct Lines {
    lines: Vec<Line>,
    ids: BTreeSet<String>,
    /// How many of their amounts were rounded.
    rounded: i64,
}

impl Lines {
    fn read(&mut self, list: &Value<'_, '_>, currency: Currency) -> Result<(), Unusable> {
        for product in list.objects()? {
            let id = product.get("id").required_id()?;
            if !self.ids.insert(id.clone()) {
                return Err(product.get("id").error("the same as an earlier line's"));
            }
            if self.ids.len() > MAX_LINES {
                return Err(list.error(format!("more than {MAX_LINES} lines")));
            }
            let quantity = product.get("quantity");
            let quantity = quantity.required(quantity.quantity()?)?;
            if quantity == 0 {
                continue;
            }
            let mut discounts = 0_i64;
            for item in product.get("applied_discounts").objects()? {
                let amount = money(&item.get("amount"), currency)?;
                discounts = discounts.saturating_add(amount.unwrap_or_default().minor());
            }
            let total = product.get("total_ex_tax");
            let finer = i64::from(is_finer(&total, currency));
            self.rounded = self.rounded.saturating_add(finer);
            self.lines.push(Line {
                line: OrderLine {
                    id,
                    sku: product.get("sku").text()?,
                    quantity,
                    amount: total.required(money(&total, currency)?)?,
                },
                discounts,
            });
        }
        Ok(())
    }
}

/// An amount, rounded; below zero it is nothing, and what it takes off the total is a discount.
pub(super) fn money(value: &Value<'_, '_>, currency: Currency) -> Result<Option<Amount>, Unusable> {
    let amount = value.rounded(currency)?;
    Ok(amount.map(|amount| amount.max(Amount::ZERO)))
}

/// Whether an amount has decimals that its currency has not.
fn is_finer(value: &Value<'_, '_>, currency: Currency) -> bool {
    let literal = value.number_literal().ok().flatten().unwrap_or_default();
    let (_, fraction) = literal.split_once('.').unwrap_or_default();
    let digits = usize::try_from(currency.digits()).unwrap_or(usize::MAX);
    fraction.bytes().skip(digits).any(|digit| digit != b'0')
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

fn fees(order: &Object<'_, '_>, currency: Currency, rounded: &mut i64) -> Result<i64, Unusable> {
    let mut total = 0_i64;
    for fee in order.get("fees").objects()? {
        let cost = fee.get("cost_ex_tax");
        *rounded = rounded.saturating_add(i64::from(is_finer(&cost, currency)));
        let amount = money(&cost, currency)?.unwrap_or_default();
        total = total.saturating_add(amount.minor());
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
