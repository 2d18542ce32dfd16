//! Shopify's order, as the `orders/…` webhooks carry it.
//!
//! How its amounts become ours:
//!
//! * **Lines** are in a file of their own.
//! * **Discount.** `total_discounts` is the sum over lines and shipping. What of it is on no line
//!   and no shipping line, removed ones included, is the order's own; under current API versions that
//!   is nothing.
//! * **Shipping.** Each shipping line less its discounts and, where included, its tax; never less than
//!   nothing.
//! * **Left out.** Duties, tips and gift cards belong to nobody's sale. A tip is a line item that has the
//!   member `tip_payment_gateway` or `tip`, `null` though they may be; no other line has them.
//! * **Edits.** A removed piece stays in `quantity` and appears in `refunds`, as a returned one does;
//!   an added one is a new line. Hence lines and refunds together are right; `current_quantity` and
//!   `current_subtotal_price` say what should be left.
//! * **Refunds.** An order lists all of them, each as it is at that version of the order.
//! * **Renewals.** An order that a subscription makes says so in `source_name`, and names neither its
//!   contract nor its first order: each is the first renewal of a subscription of its own.

use super::lines::{Lines, Prices, discount, lines};
use super::money::{amount, in_shop_money, shop_amount, sum};
use super::refund;
use crate::delivery::{Delivery, Parsed};
use crate::payload::{self, MAX_REFUNDS, MAX_TEXTS, Object, Unusable, Value};
use std::borrow::Cow;
use waymark_attribution::money::Amount;
use waymark_facts::email::PlainEmail;
use waymark_facts::fact::{FactKind, OrderSnapshot, Payment, RefundFact, Subscription};

/// The names under which the shop's pages put the visitor's token into the cart's attributes, and into
/// the product's form. With the underscore, themes do not show it to the shopper.
const TOKEN_ATTRIBUTES: [&str; 2] = ["waymark", "_waymark"];
/// Tokens that are looked at of one order: each line may have another one.
const MAX_TOKENS: usize = 16;

pub(super) fn parse(body: &[u8]) -> Result<Parsed, Unusable> {
    let order = payload::object(body)?;
    let snapshot = snapshot(&order)?;
    let order_id = snapshot.id.clone();
    let currency = snapshot.currency;
    let version = snapshot.updated_at;
    let mut reports = vec![FactKind::Snapshot(snapshot)];
    for refund in order.get("refunds").objects_at_most(MAX_REFUNDS)? {
        reports.push(FactKind::Refund(RefundFact {
            // A part of a whole is as new as the whole: a refund keeps its own time for ever, while its
            // payments go on.
            at: Some(version),
            ..refund::fact(&refund, Some(currency))?
        }));
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
    let prices = Prices {
        currency,
        taxes_included: order.get("taxes_included").flag()?,
        duties_included: order.get("duties_included").flag()?,
    };
    let customer = order.get("customer").object()?;
    let of_customer = |name| customer.as_ref().map(|customer| customer.get(name));
    let customer_id = of_customer("id").map_or(Ok(None), |id| id.id())?;
    let id = order.get("id").required_id()?;

    let Lines {
        lines,
        discounted,
        below_zero,
        current,
    } = lines(&order.get("line_items"), prices)?;
    let (shipping, on_shipping) = shipping(order, prices)?;
    let of_order = amount(&order.get("total_discounts"), currency)?
        .unwrap_or_default()
        .minor()
        .saturating_sub(discounted)
        .saturating_sub(on_shipping)
        .max(0);
    let subtotal = shop_amount(order, "current_subtotal_price", |value| {
        amount(value, currency)
    })?;
    let discount = of_order.saturating_add(below_zero);
    // Whether a discount that no line names is in the sum, no paper says.
    let goods_left = subtotal
        .filter(|_| discount == 0)
        .and_then(|sum| current.goods_left(sum.minor(), lines.len()));
    Ok(OrderSnapshot {
        subscription: renewed(order, &id)?,
        id,
        placed_at,
        updated_at,
        currency,
        test: order.get("test").flag()?,
        payment: payment(order)?,
        taxes_included: prices.taxes_included,
        email: email(order, customer.as_ref())?,
        customer_id,
        coupons: coupons(order)?,
        tags: order.get("tags").comma_separated()?,
        customer_tags: of_customer("tags").map_or(Ok(Vec::new()), |tags| tags.comma_separated())?,
        lines,
        discount: Amount::from_minor(discount),
        shipping,
        tax: amount(&order.get("total_tax"), currency)?.unwrap_or_default(),
        refunds: refund_ids(order)?,
        restates: false,
        notes: Default::default(),
        goods_left: goods_left.map(Amount::from_minor),
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

/// The ids of all refunds: where an order lists any it lists every one, and says by an empty list that
/// there is none.
fn refund_ids(order: &Object<'_, '_>) -> Result<Option<Vec<String>>, Unusable> {
    let list = order.get("refunds");
    let refunds = list.objects()?;
    let ids = refunds.iter().map(|it| it.get("id").required_id());
    (!list.is_absent()).then(|| ids.collect()).transpose()
}

/// The subscription that an order renews. `source_name` is `subscription_contract` or one that begins
/// so, such as `subscription_contract_checkout_one`.
fn renewed(order: &Object<'_, '_>, id: &str) -> Result<Option<Subscription>, Unusable> {
    let source = order.get("source_name").text()?;
    let renews = source.is_some_and(|name| name.starts_with("subscription_contract"));
    // A customer's id would join them, and stay after the customer is forgotten.
    Ok(renews.then(|| Subscription {
        id: format!("of order {id}"),
        renewal: true,
    }))
}

/// What shipping costs after its discounts and before tax, and the sum of these discounts and of those
/// on shipping that was removed, which the order's discounts still hold.
fn shipping(order: &Object<'_, '_>, prices: Prices) -> Result<(Amount, i64), Unusable> {
    let currency = prices.currency;
    let list = order.get("shipping_lines");
    if list.is_absent() {
        let total = in_shop_money(&order.get("total_shipping_price_set"), |money| {
            amount(&money.get("amount"), currency)
        })?;
        return Ok((total.unwrap_or_default(), 0));
    }
    let mut total = 0_i64;
    let mut discounted = 0_i64;
    for line in list.objects()? {
        let price = amount(&line.get("price"), currency)?.unwrap_or_default();
        let after = amount(&line.get("discounted_price"), currency)?;
        let lowered = after.map_or(0, |after| price.minor().saturating_sub(after.minor()));
        let discount = discount(&line, currency)?;
        if line.get("is_removed").flag()? {
            discounted = discounted.saturating_add(discount);
            continue;
        }
        let discount = discount.max(lowered);
        let tax = match prices.taxes_included {
            true => sum(&line.get("tax_lines"), "price", currency)?,
            false => 0,
        };
        let amount = price.minor().saturating_sub(discount).saturating_sub(tax);
        total = total.saturating_add(amount.max(0));
        discounted = discounted.saturating_add(discount);
    }
    Ok((Amount::from_minor(total), discounted))
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

/// The tokens in the order's attributes, then those of its lines: who buys a product at once takes its
/// form along, and no cart. They are evidence that anyone may write, so nothing about them makes an order
/// unusable.
fn tokens(order: &Object<'_, '_>) -> Vec<String> {
    let mut tokens = Vec::new();
    named_tokens(&order.get("note_attributes"), &mut tokens);
    for line in order.get("line_items").objects().unwrap_or_default() {
        named_tokens(&line.get("properties"), &mut tokens);
    }
    tokens
}

/// Each once, from a list of names and values, or from an object of them.
fn named_tokens(attributes: &Value<'_, '_>, tokens: &mut Vec<String>) {
    let is_token = |name: &str| {
        let mut names = TOKEN_ATTRIBUTES.iter();
        names.any(|known| known.eq_ignore_ascii_case(name))
    };
    let mut add = |value: &Value<'_, '_>| {
        if let Ok(Some(token)) = value.text()
            && !tokens.contains(&token)
            && tokens.len() < MAX_TOKENS
        {
            tokens.push(token);
        }
    };
    if let Ok(Some(object)) = attributes.object() {
        for (name, value) in object.entries() {
            if is_token(name) {
                add(&value);
            }
        }
        return;
    }
    for item in attributes.items().unwrap_or_default() {
        if let Ok(Some(attribute)) = item.object()
            && let Ok(Some(name)) = attribute.get("name").text()
            && is_token(&name)
        {
            add(&attribute.get("value"));
        }
    }
}
