//! Waymark's own webhook, for every store that is none of the known ones.
//!
//! A server POSTs one JSON object per call, signed by [Standard Webhooks][spec] with the endpoint's
//! secret. `type` says what it is: `order`, `refund`, `cancellation`, `dispute` or `deletion`. A call
//! may be repeated, come late or overtake another; say it again whenever in doubt. The format is written down for machines
//! in `schema/generic-order.json`.
//!
//! [spec]: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
//!
//! # An order
//!
//! Send the whole order each time it is placed or changes. Of two the one with the later
//! `updated_at` counts.
//!
//! ```
//! # let body = br#"
//! {
//!   "type": "order",
//!   "id": "1001",
//!   "placed_at": "2026-01-04T12:00:00Z",
//!   "updated_at": "2026-01-04T12:00:03Z",
//!   "currency": "EUR",
//!   "token": "the value of the visitor's Waymark cookie",
//!   "email": "buyer@example.com",
//!   "customer": { "id": "c-77" },
//!   "coupons": ["SAVE10"],
//!   "tags": ["wholesale"],
//!   "customer_tags": ["vip"],
//!   "lines": [
//!     { "id": "l1", "sku": "MUG-BLUE", "quantity": 2, "amount": "24.00" },
//!     { "id": "l2", "sku": "TEE-M", "quantity": 1, "amount": "19.90" }
//!   ],
//!   "discount": "4.39",
//!   "shipping": "4.90",
//!   "tax": "8.43",
//!   "refunds": [
//!     { "id": "r1", "at": "2026-01-09T08:30:00Z", "shipping": "0.00", "tax": "2.05",
//!       "lines": [ { "line": "l1", "quantity": 1, "amount": "10.80" } ] }
//!   ],
//!   "cancelled_at": null,
//!   "payment": "received",
//!   "subscription": { "id": "s-5", "renewal": false },
//!   "test": false
//! }
//! # "#;
//! # use waymark_facts::FactKind;
//! # use waymark_stores::{generic, Parsed};
//! # let Parsed::Delivery(delivery) = generic::parse(body).unwrap() else { panic!() };
//! # assert!(matches!(delivery.reports[..], [FactKind::Snapshot(_), FactKind::Refund(_)]));
//! # assert_eq!(delivery.tokens.len(), 1);
//! ```
//!
//! | member | meaning |
//! |---|---|
//! | `id` | the order's id: text, or a whole number of any size |
//! | `placed_at` | when the shopper placed it, RFC 3339; of all that was sent of an order the earliest counts |
//! | `updated_at` | the version of what you send, RFC 3339 |
//! | `currency` | ISO 4217 code of all amounts |
//! | `lines` | what was bought; may be empty |
//! | `lines[].id` | the line's name for refunds; its place (`"0"`, `"1"`, …) if left out |
//! | `lines[].sku` | optional |
//! | `lines[].quantity` | 1 to 1 000 000 |
//! | `lines[].amount` | the whole line, after its discounts, before tax |
//! | `token` | the visitor's signed token, as the cookie or `/waymark.js` gives it |
//! | `email`, `customer.id` | who bought; the e-mail is kept as a keyed hash only |
//! | `coupons`, `tags`, `customer_tags` | lists of text |
//! | `discount` | what of the order's discounts is not yet off the lines |
//! | `shipping`, `tax` | shipping before tax; all taxes |
//! | `refunds` | as below, without `type`, `order` and `currency` |
//! | `cancelled_at` | when it was cancelled; that cannot be taken back |
//! | `payment` | `received`, also if left out; `awaited`: nothing is approved yet; `failed`: counts as cancelled until a later version says otherwise |
//! | `subscription.id` | the subscription that the order begins or renews |
//! | `subscription.renewal` | `true` if it renews it |
//! | `test` | `true` for an order that must never pay |
//!
//! The members of the first group, down to `lines[].amount` and without `lines[].id` and `sku`, are
//! required. Amounts are decimal strings with at most the currency's digits. Unknown members are
//! refused, so that a misspelt one is noticed.
//!
//! # A refund, a cancellation, a dispute, a deletion
//!
//! Those who keep refunds apart from orders send them by themselves, before or after the order. Of
//! two refunds with one `id`, and of two disputes, the one with the later `at` counts.
//!
//! ```
//! # let refund = br#"
//! { "type": "refund", "order": "1001", "id": "r2", "at": "2026-01-10T10:00:00Z", "currency": "EUR",
//!   "lines": [ { "line": "l2", "quantity": 1 } ], "amount": "3.00" }
//! # "#;
//! # let cancellation = br#"
//! { "type": "cancellation", "order": "1001", "at": "2026-01-11T09:00:00Z" }
//! # "#;
//! # let dispute = br#"
//! { "type": "dispute", "order": "1001", "id": "d1", "at": "2026-01-12T09:00:00Z",
//!   "state": "open", "currency": "EUR", "amount": "52.84" }
//! # "#;
//! # let deletion = br#"
//! { "type": "deletion", "order": "1001", "at": "2026-01-13T09:00:00Z" }
//! # "#;
//! # use waymark_stores::{generic, Parsed};
//! # for body in [refund.as_slice(), cancellation, dispute, deletion] {
//! #     let Parsed::Delivery(delivery) = generic::parse(body).unwrap() else { panic!() };
//! #     assert_eq!(delivery.order_id, "1001");
//! # }
//! ```
//!
//! A refund's `lines[].amount` is before tax; left out, the pieces count with their part of the
//! line. `amount` is money refunded beyond lines, shipping and tax, and before tax: it is spread over
//! what is left of the lines. `"failed": true` says that the refund was not paid out after all.
//!
//! A dispute's `state` is `open` (nothing of the order is approved), `won` (the shop keeps the money)
//! or `lost` (`amount` counts as refunded: as a part of what was paid, tax and shipping included). A deletion says that there is no such order any more;
//! whether it still counts is for a person to decide. With `at`, an order whose `updated_at` is later says
//! that it was restored.

use crate::delivery::{Delivery, Parsed};
use crate::description::Description;
use crate::payload::{self, MAX_LINES, MAX_REFUNDS, MAX_TEXTS, Object, Unusable, Value};
use std::collections::BTreeSet;
use waymark_attribution::money::{Amount, Currency};
use waymark_attribution::time::Instant;
use waymark_facts::email::PlainEmail;
use waymark_facts::fact::{
    DisputeFact, DisputeState, FactKind, OrderLine, OrderSnapshot, Payment, RefundDetail,
    RefundFact, RefundedLine, Subscription,
};
use waymark_signatures::Scheme;

pub(crate) const DESCRIPTION: Description = Description {
    name: "generic",
    scheme: Scheme::StandardWebhooks,
    topic_header: None,
    parse: |_, body| parse(body),
    undated_deletions: false,
    only_notifies: false,
    api: &[],
    grant: None,
    sync: None,
    fetch: None,
};

const ORDER_MEMBERS: [&str; 20] = [
    "type",
    "id",
    "placed_at",
    "updated_at",
    "currency",
    "token",
    "email",
    "customer",
    "coupons",
    "tags",
    "customer_tags",
    "lines",
    "discount",
    "shipping",
    "tax",
    "refunds",
    "cancelled_at",
    "payment",
    "subscription",
    "test",
];
const LINE_MEMBERS: [&str; 4] = ["id", "sku", "quantity", "amount"];
const SUBSCRIPTION_MEMBERS: [&str; 2] = ["id", "renewal"];
const REFUND_MEMBERS: [&str; 7] = ["id", "at", "lines", "amount", "shipping", "tax", "failed"];
const SINGLE_REFUND_MEMBERS: [&str; 10] = [
    "type", "order", "currency", "id", "at", "lines", "amount", "shipping", "tax", "failed",
];
const REFUNDED_LINE_MEMBERS: [&str; 3] = ["line", "quantity", "amount"];
const CANCELLATION_MEMBERS: [&str; 3] = ["type", "order", "at"];
const DISPUTE_MEMBERS: [&str; 7] = ["type", "order", "id", "at", "state", "currency", "amount"];
const DELETION_MEMBERS: [&str; 3] = ["type", "order", "at"];

/// Reads the body of a call whose signature was verified.
///
/// Test orders are marked: they may be decided and shown, and must never pay.
///
/// # Errors
/// [`Unusable`] names the member that is missing, unknown or wrong.
pub fn parse(body: &[u8]) -> Result<Parsed, Unusable> {
    let payload = payload::object(body)?;
    let kind = payload.get("type");
    match kind.text()?.as_deref() {
        Some("order") => order(&payload),
        Some("refund") => refund(&payload),
        Some("cancellation") => cancellation(&payload),
        Some("dispute") => dispute(&payload),
        Some("deletion") => deletion(&payload),
        _ => Err(kind
            .error("must be \"order\", \"refund\", \"cancellation\", \"dispute\" or \"deletion\"")),
    }
}

fn order(order: &Object<'_, '_>) -> Result<Parsed, Unusable> {
    order.only(&ORDER_MEMBERS)?;
    let test = order.get("test").flag()?;
    let order_id = order.get("id").required_id()?;
    let currency = required_currency(order)?;
    let decimal = |name| order.get(name).decimal_string(currency);
    let snapshot = OrderSnapshot {
        id: order_id.clone(),
        placed_at: required_instant(order, "placed_at")?,
        updated_at: required_instant(order, "updated_at")?,
        currency,
        test,
        payment: payment(order)?,
        subscription: subscription(order)?,
        taxes_included: false,
        email: order.get("email").text()?.map(PlainEmail::new),
        customer_id: customer_id(order)?,
        coupons: texts(&order.get("coupons"))?,
        tags: texts(&order.get("tags"))?,
        customer_tags: texts(&order.get("customer_tags"))?,
        lines: lines(order, currency)?,
        discount: decimal("discount")?.unwrap_or_default(),
        shipping: decimal("shipping")?.unwrap_or_default(),
        tax: decimal("tax")?.unwrap_or_default(),
        // An order may list some of them, and calls of their own tell of others.
        refunds: None,
        restates: false,
        notes: Default::default(),
        goods_left: None,
    };
    let mut reports = vec![FactKind::Snapshot(snapshot)];
    let refunds = order.get("refunds");
    for refund in refunds.objects_at_most(MAX_REFUNDS)? {
        refund.only(&REFUND_MEMBERS)?;
        reports.push(FactKind::Refund(refund_fact(&refund, currency)?));
    }
    if let Some(at) = order.get("cancelled_at").instant()? {
        reports.push(FactKind::Cancelled { at });
    }
    Ok(Parsed::Delivery(Delivery {
        order_id,
        other_names: Vec::new(),
        reports,
        tokens: token(order).into_iter().collect(),
        landing_pages: Vec::new(),
    }))
}

/// A token is evidence that a shopper may have written, so nothing about it makes an order
/// unusable.
fn token(order: &Object<'_, '_>) -> Option<String> {
    order.get("token").text().ok().flatten()
}

fn refund(refund: &Object<'_, '_>) -> Result<Parsed, Unusable> {
    refund.only(&SINGLE_REFUND_MEMBERS)?;
    let currency = required_currency(refund)?;
    about_order(refund, FactKind::Refund(refund_fact(refund, currency)?))
}

fn cancellation(cancellation: &Object<'_, '_>) -> Result<Parsed, Unusable> {
    cancellation.only(&CANCELLATION_MEMBERS)?;
    let at = required_instant(cancellation, "at")?;
    about_order(cancellation, FactKind::Cancelled { at })
}

fn dispute(dispute: &Object<'_, '_>) -> Result<Parsed, Unusable> {
    dispute.only(&DISPUTE_MEMBERS)?;
    let currency = required_currency(dispute)?;
    let amount = dispute.get("amount");
    let state = dispute.get("state");
    let fact = DisputeFact {
        id: dispute.get("id").required_id()?,
        at: required_instant(dispute, "at")?,
        state: match state.text()?.as_deref() {
            Some("open") => DisputeState::Open,
            Some("won") => DisputeState::Won,
            Some("lost") => DisputeState::Lost,
            _ => return Err(state.error("must be \"open\", \"won\" or \"lost\"")),
        },
        of: None,
        currency,
        amount: amount.required(amount.decimal_string(currency)?)?,
    };
    about_order(dispute, FactKind::Dispute(fact))
}

fn deletion(deletion: &Object<'_, '_>) -> Result<Parsed, Unusable> {
    deletion.only(&DELETION_MEMBERS)?;
    let at = deletion.get("at").instant()?;
    about_order(deletion, FactKind::Deleted { at })
}

/// What is said by itself of the order that `order` names.
fn about_order(object: &Object<'_, '_>, report: FactKind<PlainEmail>) -> Result<Parsed, Unusable> {
    Ok(Parsed::Delivery(Delivery {
        order_id: object.get("order").required_id()?,
        other_names: Vec::new(),
        reports: vec![report],
        tokens: Vec::new(),
        landing_pages: Vec::new(),
    }))
}

fn payment(order: &Object<'_, '_>) -> Result<Payment, Unusable> {
    let payment = order.get("payment");
    match payment.text()?.as_deref() {
        None | Some("received") => Ok(Payment::Received),
        Some("awaited") => Ok(Payment::Awaited),
        Some("failed") => Ok(Payment::Failed),
        Some(_) => Err(payment.error("must be \"received\", \"awaited\" or \"failed\"")),
    }
}

fn subscription(order: &Object<'_, '_>) -> Result<Option<Subscription>, Unusable> {
    let Some(subscription) = order.get("subscription").object()? else {
        return Ok(None);
    };
    subscription.only(&SUBSCRIPTION_MEMBERS)?;
    Ok(Some(Subscription {
        id: subscription.get("id").required_id()?,
        renewal: subscription.get("renewal").flag()?,
    }))
}

fn lines(order: &Object<'_, '_>, currency: Currency) -> Result<Vec<OrderLine>, Unusable> {
    let list = order.get("lines");
    if list.is_absent() {
        return Err(list.error("missing"));
    }
    let mut ids = BTreeSet::new();
    let mut lines = Vec::new();
    for (place, item) in list.at_most(MAX_LINES)?.into_iter().enumerate() {
        let line = item.required_object()?;
        line.only(&LINE_MEMBERS)?;
        let id = line.get("id").id()?.unwrap_or_else(|| place.to_string());
        if !ids.insert(id.clone()) {
            return Err(line.get("id").error("the same as another line's"));
        }
        let quantity = line.get("quantity");
        let amount = line.get("amount");
        lines.push(OrderLine {
            id,
            sku: line.get("sku").text()?,
            quantity: match quantity.required(quantity.quantity()?)? {
                0 => return Err(quantity.error("must be at least 1")),
                pieces => pieces,
            },
            amount: amount.required(amount.decimal_string(currency)?)?,
        });
    }
    Ok(lines)
}

fn refund_fact(refund: &Object<'_, '_>, currency: Currency) -> Result<RefundFact, Unusable> {
    let decimal = |name| refund.get(name).decimal_string(currency);
    Ok(RefundFact {
        id: refund.get("id").required_id()?,
        at: Some(required_instant(refund, "at")?),
        currency,
        lines: refunded_lines(refund, currency)?,
        shipping: decimal("shipping")?.unwrap_or_default(),
        tax: decimal("tax")?.unwrap_or_default(),
        unassigned: decimal("amount")?.unwrap_or_default(),
        gross: false,
        withheld: Amount::ZERO,
        failed: refund.get("failed").flag()?,
        guessed: false,
        detail: RefundDetail::default(),
        of: None,
    })
}

fn refunded_lines(
    refund: &Object<'_, '_>,
    currency: Currency,
) -> Result<Vec<RefundedLine>, Unusable> {
    let list = refund.get("lines");
    let mut lines = Vec::new();
    for line in list.objects_at_most(MAX_LINES)? {
        line.only(&REFUNDED_LINE_MEMBERS)?;
        lines.push(RefundedLine {
            line: line.get("line").required_id()?,
            quantity: line.get("quantity").quantity()?.unwrap_or_default(),
            amount: line.get("amount").decimal_string(currency)?,
            tax: Amount::ZERO,
        });
    }
    Ok(lines)
}

fn customer_id(order: &Object<'_, '_>) -> Result<Option<String>, Unusable> {
    let Some(customer) = order.get("customer").object()? else {
        return Ok(None);
    };
    customer.only(&["id"])?;
    customer.get("id").id()
}

fn texts(list: &Value<'_, '_>) -> Result<Vec<String>, Unusable> {
    let mut texts = Vec::new();
    for item in list.at_most(MAX_TEXTS)? {
        texts.extend(item.text()?);
    }
    Ok(texts)
}

fn required_currency(object: &Object<'_, '_>) -> Result<Currency, Unusable> {
    let currency = object.get("currency");
    currency.required(currency.currency()?)
}

fn required_instant(object: &Object<'_, '_>, name: &str) -> Result<Instant, Unusable> {
    let instant = object.get(name);
    instant.required(instant.instant()?)
}
