//! Shopify's order, as the `orders/…` webhooks carry it.
//!
//! How its amounts become ours:
//!
//! * **Lines.** `price` is per piece, before discounts, and contains tax if `taxes_included`.
//!   `discount_allocations` hold the line's part of every discount, those of the whole order
//!   included. `total_discount` is the line's own discount only, but scripts and old API versions
//!   set nothing else. So the larger of the two is taken off, and, if prices include tax, the
//!   line's `tax_lines`.
//! * **Discount.** `total_discounts` is the sum over lines and shipping. What of it is on no line
//!   and no shipping line is the order's own; under current API versions that is nothing.
//! * **Shipping.** Each shipping line less its discounts and, where included, its tax.
//! * **Left out.** Duties and tips belong to nobody's sale. A tip is a line item that has the member
//!   `tip_payment_gateway` or `tip`, `null` though they may be; no other line has them. A gift card
//!   is a line like any other; a merchant who pays nothing for it disables its SKU.
//! * **Edits.** A removed piece stays in `quantity` and appears in `refunds`, as a returned one does;
//!   an added one is a new line. Hence lines and refunds together are right, and
//!   `current_quantity` is not needed.

use super::money::{in_shop_money, is_tip};
use super::refund;
use crate::delivery::{Delivery, Parsed};
use crate::payload::{self, MAX_LINES, MAX_REFUNDS, MAX_TEXTS, Object, Unusable, Value};
use std::borrow::Cow;
use std::collections::BTreeSet;
use waymark_attribution::money::{Amount, Currency};
use waymark_facts::email::PlainEmail;
use waymark_facts::fact::{FactKind, OrderLine, OrderSnapshot, Payment};

/// The names under which the shop's pages put the visitor's token into the cart's attributes. With
/// the underscore, themes do not show it to the shopper.
const TOKEN_ATTRIBUTES: [&str; 2] = ["waymark", "_waymark"];

pub(super) fn parse(body: &[u8]) -> Result<Parsed, Unusable> {
    let order = payload::object(body)?;
    let snapshot = snapshot(&order)?;
    let order_id = snapshot.id.clone();
    let currency = snapshot.currency;
    let mut reports = vec![FactKind::Snapshot(snapshot)];
    let refunds = order.get("refunds");
    for refund in refunds.objects_at_most(MAX_REFUNDS)? {
        reports.push(FactKind::Refund(refund::fact(&refund, Some(currency))?));
    }
    if let Some(at) = order.get("cancelled_at").instant()? {
        reports.push(FactKind::Cancelled { at });
    }
    Ok(Parsed::Delivery(Delivery {
        order_id,
        other_names: Vec::new(),
        reports,
        tokens: tokens(&order),
        landing_pages: landing_pages(&order),
    }))
}

fn snapshot(order: &Object<'_, '_>) -> Result<OrderSnapshot<PlainEmail>, Unusable> {
    let currency = order.get("currency");
    let currency = currency.required(currency.currency()?)?;
    let created_at = order.get("created_at");
    let placed_at = created_at.required(created_at.instant()?)?;
    let updated_at = order.get("updated_at").instant()?.unwrap_or(placed_at);
    let taxes_included = order.get("taxes_included").flag()?;
    let customer = order.get("customer").object()?;
    let of_customer = |name| customer.as_ref().map(|customer| customer.get(name));

    let (lines, on_lines) = lines(order, currency, taxes_included)?;
    let (shipping, on_shipping) = shipping(order, currency, taxes_included)?;
    let discounts = order.get("total_discounts");
    let discount = discounts
        .amount(currency)?
        .unwrap_or_default()
        .minor()
        .saturating_sub(on_lines)
        .saturating_sub(on_shipping)
        .max(0);
    Ok(OrderSnapshot {
        id: order.get("id").required_id()?,
        placed_at,
        updated_at,
        currency,
        test: order.get("test").flag()?,
        payment: payment(order)?,
        subscription: None,
        taxes_included,
        email: email(order, customer.as_ref())?,
        customer_id: of_customer("id").map_or(Ok(None), |id| id.id())?,
        coupons: coupons(order)?,
        tags: order.get("tags").comma_separated()?,
        customer_tags: of_customer("tags").map_or(Ok(Vec::new()), |tags| tags.comma_separated())?,
        lines,
        discount: Amount::from_minor(discount),
        shipping,
        tax: order.get("total_tax").amount(currency)?.unwrap_or_default(),
        refunds: None,
        restates: false,
        notes: Default::default(),
    })
}

/// Money that is authorized is the shop's to take; a voided order will never be paid. One that tells no
/// status counts as paid; one with a status that Shopify is not known to have is not approved until a
/// later version of it has another one.
fn payment(order: &Object<'_, '_>) -> Result<Payment, Unusable> {
    let status = order.get("financial_status").text()?;
    Ok(match status.as_deref() {
        None | Some("authorized" | "paid" | "partially_refunded" | "refunded") => Payment::Received,
        Some("voided" | "expired") => Payment::Failed,
        // "pending", "partially_paid", and whatever else there may be.
        Some(_) => Payment::Awaited,
    })
}

/// The order's lines, and the sum of the discounts that they already account for.
fn lines(
    order: &Object<'_, '_>,
    currency: Currency,
    taxes_included: bool,
) -> Result<(Vec<OrderLine>, i64), Unusable> {
    let list = order.get("line_items");
    if list.is_absent() {
        return Err(list.error("missing"));
    }
    let mut ids = BTreeSet::new();
    let mut lines = Vec::new();
    let mut discounted = 0_i64;
    for line in list.objects_at_most(MAX_LINES)? {
        if is_tip(&line) {
            continue;
        }
        let id = line.get("id").required_id()?;
        if !ids.insert(id.clone()) {
            return Err(line.get("id").error("the same as an earlier line's"));
        }
        let quantity = line.get("quantity");
        let quantity = quantity.required(quantity.quantity()?)?;
        if quantity == 0 {
            continue;
        }
        let price = line.get("price");
        let each = price.required(price.amount(currency)?)?;
        let discount = sum(&line.get("discount_allocations"), "amount", currency)?.max(
            line.get("total_discount")
                .amount(currency)?
                .unwrap_or_default()
                .minor(),
        );
        let tax = included_tax(&line, currency, taxes_included)?;
        let amount = each
            .minor()
            .checked_mul(i64::from(quantity))
            .filter(|gross| *gross <= Amount::MAX.minor())
            .ok_or_else(|| price.error("too large for its quantity"))?
            .saturating_sub(discount)
            .saturating_sub(tax);
        if amount < 0 {
            return Err(line.error("its discounts and included taxes exceed its price"));
        }
        discounted = discounted.saturating_add(discount);
        lines.push(OrderLine {
            id,
            sku: line.get("sku").text()?,
            quantity,
            amount: Amount::from_minor(amount),
        });
    }
    Ok((lines, discounted))
}

/// What shipping costs after its discounts and before tax, and the sum of these discounts.
fn shipping(
    order: &Object<'_, '_>,
    currency: Currency,
    taxes_included: bool,
) -> Result<(Amount, i64), Unusable> {
    let list = order.get("shipping_lines");
    if list.is_absent() {
        let total = in_shop_money(&order.get("total_shipping_price_set"), |money| {
            money.get("amount").amount(currency)
        })?;
        return Ok((total.unwrap_or_default(), 0));
    }
    let mut total = 0_i64;
    let mut discounted = 0_i64;
    for line in list.objects()? {
        if line.get("is_removed").flag()? {
            continue;
        }
        let price = line.get("price").amount(currency)?.unwrap_or_default();
        let after = line.get("discounted_price").amount(currency)?;
        let discount = sum(&line.get("discount_allocations"), "amount", currency)?
            .max(after.map_or(0, |after| price.minor().saturating_sub(after.minor())));
        let amount = price
            .minor()
            .saturating_sub(discount)
            .saturating_sub(included_tax(&line, currency, taxes_included)?);
        if amount < 0 {
            return Err(line.error("its discounts and included taxes exceed its price"));
        }
        total = total.saturating_add(amount);
        discounted = discounted.saturating_add(discount);
    }
    Ok((Amount::from_minor(total), discounted))
}

fn included_tax(
    line: &Object<'_, '_>,
    currency: Currency,
    taxes_included: bool,
) -> Result<i64, Unusable> {
    if taxes_included {
        sum(&line.get("tax_lines"), "price", currency)
    } else {
        Ok(0)
    }
}

/// The sum of a member of a list's items, in minor units.
fn sum(list: &Value<'_, '_>, member: &str, currency: Currency) -> Result<i64, Unusable> {
    let mut total = 0_i64;
    for item in list.objects()? {
        let amount = item.get(member).amount(currency)?.unwrap_or_default();
        total = total.saturating_add(amount.minor());
    }
    Ok(total)
}

/// The order's e-mail before its contact's before its customer's: the one that was typed at
/// checkout. Shopify withholds all of them from apps without access to protected customer data.
fn email(
    order: &Object<'_, '_>,
    customer: Option<&Object<'_, '_>>,
) -> Result<Option<PlainEmail>, Unusable> {
    let places = [
        Some(order.get("email")),
        Some(order.get("contact_email")),
        customer.map(|customer| customer.get("email")),
    ];
    for place in places.into_iter().flatten() {
        if let Some(email) = place.text()? {
            return Ok(Some(PlainEmail::new(email)));
        }
    }
    Ok(None)
}

fn coupons(order: &Object<'_, '_>) -> Result<Vec<String>, Unusable> {
    let codes = order.get("discount_codes");
    let mut coupons = Vec::new();
    for item in codes.at_most(MAX_TEXTS)? {
        coupons.extend(item.required_object()?.get("code").text()?);
    }
    Ok(coupons)
}

fn landing_pages(order: &Object<'_, '_>) -> Vec<String> {
    let address = order.get("landing_site").evidence();
    address.map(Cow::into_owned).into_iter().collect()
}

/// Tokens are evidence that anyone may write, so nothing about them makes an order unusable.
fn tokens(order: &Object<'_, '_>) -> Vec<String> {
    let attributes = order.get("note_attributes");
    let token = |item: &Value<'_, '_>| {
        let attribute = item.object().ok()??;
        let name = attribute.get("name").text().ok()??;
        let value = attribute.get("value").text().ok()??;
        TOKEN_ATTRIBUTES.contains(&name.as_str()).then_some(value)
    };
    let items = attributes.items().unwrap_or_default();
    items.iter().filter_map(token).collect()
}
