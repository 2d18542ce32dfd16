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

use std::collections::BTreeSet;

use super::items::{self, Items};
use super::time::instant;
use super::{meta, refund};
use crate::delivery::{Delivery, Parsed};
use crate::html;
use crate::payload::{self, MAX_REFUNDS, MAX_TEXTS, Object, Unusable};
use waymark_attribution::money::{Amount, Currency};
use waymark_attribution::time::Instant;
use waymark_facts::email::PlainEmail;
use waymark_facts::fact::{FactKind, OrderSnapshot, Payment, RefundFact, Subscription};

const DRAFT: &str = "a draft is no order yet";
const TOKEN_KEYS: [&str; 2] = ["_waymark", "waymark"];
const LANDING_PAGE_KEY: &str = "_wc_order_attribution_session_entry";
const RENEWAL_KEY: &str = "_subscription_renewal";
const ANONYMIZED_KEY: &str = "_anonymized";
/// What the status of an order in the trash was.
const TRASHED_STATUS_KEY: &str = "_wp_trash_meta_status";
const TRASH: &str = "trash";

/// Reads an order. `answers` are its refunds as the store gives them when it is asked.
pub(super) fn parse(order: &[u8], answers: &[Object<'_, '_>]) -> Result<Parsed, Unusable> {
    let order = payload::object(order)?;
    refuse_answer(&order)?;
    let own = status(order.get("status").text()?);
    let is_trashed = own == TRASH;
    let status = match is_trashed {
        true => status(meta::texts(&order, &[TRASHED_STATUS_KEY]).pop()),
        false => own,
    };
    if matches!(&*status, "draft" | "auto-draft" | "checkout-draft") {
        return Ok(Parsed::Ignored { reason: DRAFT });
    }
    refuse_version(&order)?;
    let currency = currency(&order)?;
    let items = Items::of(&order, currency)?;
    let list = order.get("refunds");
    let listed = list.php_objects_at_most(MAX_REFUNDS)?;
    let goods = items.goods(&order, currency)?;
    let (mut refunds, refunded) = refund::facts(&listed, answers, &goods, currency)?;
    let is_left = goods.paid.saturating_sub(refunded) > 1;
    let payment = payment(&order, &status, is_left);
    let mut snapshot = snapshot(&order, currency, items, &refunds)?;
    snapshot.payment = payment;
    // What a whole order lists is as new as the order.
    for refund in &mut refunds {
        refund.at = Some(snapshot.updated_at);
    }
    let order_id = snapshot.id.clone();
    // In the trash an order lies since its last change.
    let trashed = is_trashed.then_some(FactKind::Deleted {
        at: Some(snapshot.updated_at),
    });
    let refunds = refunds.into_iter().map(FactKind::Refund);
    Ok(Parsed::Delivery(Delivery {
        order_id,
        other_names: Vec::new(),
        reports: [FactKind::Snapshot(snapshot)]
            .into_iter()
            .chain(refunds)
            .chain(trashed)
            .collect(),
        tokens: meta::texts(&order, &TOKEN_KEYS),
        landing_pages: meta::texts(&order, &[LANDING_PAGE_KEY]),
    }))
}

/// A status as WooCommerce names it, whatever wrote it.
fn status(written: Option<String>) -> String {
    let status = written.unwrap_or_default().to_ascii_lowercase();
    status.strip_prefix("wc-").unwrap_or(&status).to_owned()
}

/// A webhook sends what its user would see. One who may not see orders, or is no more, makes it
/// send a refusal instead; so does an old version of the API where orders are kept in tables of their own.
fn refuse_answer(order: &Object<'_, '_>) -> Result<(), Unusable> {
    let code = order.get("code");
    let Some(refusal) = code.evidence().filter(|_| order.get("id").is_absent()) else {
        return Ok(());
    };
    Err(code.error(match &*refusal {
        "woocommerce_rest_invalid_shop_order_id" | "rest_no_route" => OLD_VERSION,
        "woocommerce_rest_shop_order_invalid_id" => {
            "the order was deleted before WooCommerce sent this, and nothing is known of it"
        }
        _ if refusal.starts_with("woocommerce_rest_") || refusal.starts_with("rest_") => {
            "the webhook's user may not see orders; save the webhook anew as a user who may"
        }
        _ => return Ok(()),
    }))
}

const OLD_VERSION: &str = "the webhook is of an old version of the API; set its \"API version\" to \"WP REST API Integration v3\"";

/// Version 1 of the API has no times in UTC, and no meta data, in which the visitor's token is.
fn refuse_version(order: &Object<'_, '_>) -> Result<(), Unusable> {
    let place = order.get("date_created_gmt");
    let is_old = order.has("date_created")
        && !["date_created_gmt", "date_modified_gmt", "meta_data"]
            .iter()
            .any(|name| order.has(name));
    match is_old {
        true => Err(place.error(format!("missing: {OLD_VERSION}"))),
        false => Ok(()),
    }
}

fn currency(order: &Object<'_, '_>) -> Result<Currency, Unusable> {
    let place = order.get("currency");
    let code = place.required(place.text()?)?.to_ascii_uppercase();
    let currency = code.parse();
    currency.map_err(|error: <Currency as std::str::FromStr>::Err| place.error(error.to_string()))
}

fn snapshot(
    order: &Object<'_, '_>,
    currency: Currency,
    items: Items,
    refunds: &[RefundFact],
) -> Result<OrderSnapshot<PlainEmail>, Unusable> {
    let time = |name| instant(&order.get(name));
    let modified = time("date_modified_gmt")?;
    let created = match time("date_created_gmt")? {
        Some(created) => Some(created),
        None => paid_at(order).or(modified),
    };
    let placed_at = order.get("date_created_gmt").required(created)?;
    let shipping = items::amount(order, "shipping_total", currency)?.max(0);
    let (email, customer_id) = customer(order);
    let lists_refunds = !order.get("refunds").is_absent();
    Ok(OrderSnapshot {
        id: order.get("id").required_id()?,
        placed_at,
        updated_at: modified.unwrap_or(placed_at),
        currency,
        test: false,
        payment: Payment::default(),
        subscription: renewal(order),
        taxes_included: false,
        email,
        customer_id,
        coupons: coupons(order),
        tags: Vec::new(),
        customer_tags: Vec::new(),
        discount: items.discount(),
        shipping: Amount::from_minor(shipping.saturating_add(items.charged.net)),
        tax: Amount::from_minor(items::tax(order, "total_tax", currency).max(0)),
        lines: items.lines,
        refunds: lists_refunds.then(|| refunds.iter().map(|refund| refund.id.clone()).collect()),
        restates: true,
        notes: Default::default(),
        goods_left: None,
    })
}

/// Who placed the order. An order that the shop has anonymised says nothing of that, and what it has
/// in place of an address is nobody's. Nothing here takes the order away.
fn customer(order: &Object<'_, '_>) -> (Option<PlainEmail>, Option<String>) {
    if meta::says_yes(order, ANONYMIZED_KEY) {
        return (None, None);
    }
    let billing = order.get("billing").object().ok().flatten();
    let email = billing.and_then(|billing| billing.get("email").text().ok().flatten());
    // No mail can be sent there: RFC 2606.
    let email = email.filter(|email| {
        let domain = email.rsplit('@').next().unwrap_or_default();
        let top = domain.trim_end_matches('.').rsplit('.').next();
        !top.unwrap_or_default().eq_ignore_ascii_case("invalid")
    });
    let id = order.get("customer_id").id().ok().flatten();
    (email.map(PlainEmail::new), id.filter(|id| id != "0"))
}

/// When it was paid; what is no time is none.
fn paid_at(order: &Object<'_, '_>) -> Option<Instant> {
    instant(&order.get("date_paid_gmt")).ok().flatten()
}

/// Completed orders are paid, and so are those of any other status once they have a time of payment.
/// Where the order does not say whether there is one, its status has to do. One whose status alone says
/// that it was refunded, while its refunds leave something of what was paid, was given up.
fn payment(order: &Object<'_, '_>, status: &str, is_left: bool) -> Payment {
    match status {
        "pending" | "on-hold" | "partially-paid" | "partial-payment" | "scheduled-payment"
        | "pending-deposit" => Payment::Awaited,
        "refunded" if is_left => Payment::Failed,
        "completed" | "refunded" => Payment::Received,
        "cancelled" | "canceled" | "failed" => Payment::Failed,
        "processing" if !order.has("date_paid_gmt") => Payment::Received,
        _ if paid_at(order).is_some() => Payment::Received,
        _ => Payment::Awaited,
    }
}

/// The codes, which WordPress keeps as it would show them: `tea&amp;cake`. What is no code credits nobody,
/// and takes no order away.
fn coupons(order: &Object<'_, '_>) -> Vec<String> {
    let list = order.get("coupon_lines");
    let items = list.php_items().unwrap_or_default();
    let codes = items.iter().filter_map(|item| {
        let code = item.object().ok()??.get("code").php_text();
        code.ok().flatten().map(|code| html::unescaped(&code))
    });
    let mut known = BTreeSet::new();
    let codes = codes.filter(|code| known.insert(code.clone()));
    codes.take(MAX_TEXTS).collect()
}

/// Of several subscriptions that one order renews the first.
fn renewal(order: &Object<'_, '_>) -> Option<Subscription> {
    let id = meta::id(order, RENEWAL_KEY)?;
    Some(Subscription { id, renewal: true })
}
