//! Stripe's webhooks: snapshot events, of any API version since 2019.
//!
//! Stripe has no orders. What a shop's customers buy becomes a Checkout session, an invoice, or both,
//! and everything that happens to the money later speaks of the payment. One order is made of them:
//!
//! | event | what it says |
//! |---|---|
//! | `checkout.session.completed` | an order, paid or not yet |
//! | `checkout.session.async_payment_succeeded`, `…_failed` | that it was paid after all, or was not |
//! | `invoice.paid`, `invoice.payment_succeeded` | an order that was paid: of a subscription, or a single one |
//! | `invoice_payment.paid`, `.detached` | which payment an invoice was paid by, and with how much of it |
//! | `payment_intent.succeeded`, `charge.captured`, `payment_intent.canceled` | what became of a payment for which an order waits; what was not captured of it counts as refunded |
//! | `refund.created`, `.updated`, `.failed`, `charge.refund.updated` | a refund |
//! | `charge.refunded` | how much was refunded of it in all: what no refund accounts for is refunded, too; its refunds, where the event lists them (API versions before 2022-11-15) |
//! | `charge.dispute.*` | a dispute |
//! | `credit_note.*` | what was given back of an invoice outside of Stripe |
//!
//! All others are ignored, each with its reason: an endpoint is sent the events that were selected
//! for it, and one too many is no mistake that a person has to look into. Invoices count once they
//! are paid. A payment says neither what was bought nor for whom, so it is no order; shops without
//! session and invoice send [`generic`](crate::generic) calls. Thin events hold no data
//! and are refused. `refund.*` speaks of every refund since API version 2024-10-28; endpoints of
//! accounts that are older hear of `charge.refunded` alone.
//!
//! # One order, several names
//!
//! An order's id is that of its invoice, and where it has none, that of its session. A session that
//! has an invoice says so, and each says what payment it was paid by, so refunds and disputes, which
//! name only that, find the order. A session that gets its invoice later is one order with it as soon
//! as a call names both, or one payment of both. Since API version 2025-03-31 invoices do not name
//! their payment: `invoice_payment.paid` does. A shop's page of thanks may use the session's id.
//!
//! One payment may pay several invoices, which are orders of their own all the same ([`are_two`]): each
//! gives back its part of what the payment does.
//!
//! A session knows who bought and with which code, its invoice knows the lines. So the session's
//! version is the time when it was created, and the invoice's, later, always counts over it; codes
//! are facts by themselves, since invoices name their discounts by an id that means nothing.
//!
//! A session is placed when it was created, not when it was paid: whoever is clicked while the
//! shopper is at the checkout did not bring them there. Its invoice, which is made at the end of the
//! checkout, changes nothing of that: the earlier of the two counts. An invoice by itself is placed when
//! it was finalised: its draft may have waited for days.
//!
//! # What a program file can refer to
//!
//! * **SKU**: the product's id (`prod_…`), the one name of a line that all API versions have.
//! * **Coupons**: the promotion code's id (`promo_…`) and the coupon's id; where an event carries the
//!   promotion code as an object, the code that customers type as well.
//! * **Tokens**: `client_reference_id`, and `metadata.waymark` (or `_waymark`) of the session, the
//!   invoice, the payment, and the subscription. A renewal goes by its first order; the token in its
//!   subscription's metadata counts where that was not heard of.
//!
//! # Money
//!
//! Stripe's amounts are minor units, by a table that is not quite that of ISO 4217: see `money.rs`. All
//! lines are after discounts and before tax. What is bought is worth `total − tax − shipping`;
//! what the lines exceed that by (discounts, credits, prorations below zero) is the order's discount.
//! Of an invoice that was paid with credit in part, that part of goods, shipping and tax is left out:
//! the money counted when it came in. Refunds and disputes are parts of what was paid: goods, shipping
//! and tax give back in proportion to what is left of them. An invoice below zero only gives credit and is no order.
//!
//! Events of test mode (`livemode: false`) are test orders: decided and shown, never booked.

mod credit_note;
mod dispute;
mod event;
mod evidence;
mod goods;
mod invoice;
mod money;
mod payment;
mod refund;
mod session;
mod sync;

use waymark_signatures::Scheme;

use crate::access::ApiField;
use crate::delivery::Parsed;
use crate::description::Description;
use crate::payload::{self, Object, Unusable};
use event::{Event, required_seconds};
use session::Stage;

pub(crate) const DESCRIPTION: Description = Description {
    name: "stripe",
    scheme: Scheme::Stripe,
    topic_header: None,
    parse: |_, body| parse(body),
    undated_deletions: false,
    only_notifies: false,
    api: &[ApiField::secret("token")],
    grant: None,
    sync: Some(sync::SYNC),
    fetch: None,
};

const EXPIRED: &str = "the shopper left the checkout without paying";
const UNPAID_INVOICE: &str = "an invoice counts once it is paid";
const PAYMENT: &str = "a payment says neither what was bought nor for whom; \
     its Checkout session or its invoice does";
const IRRELEVANT: &str = "this event has no bearing on attribution";

/// Reads the body of an event whose signature was verified.
///
/// # Errors
/// [`Unusable`] for a thin event, and for an object without a usable id, time, currency or amount.
pub fn parse(body: &[u8]) -> Result<Parsed, Unusable> {
    let payload = payload::object(body)?;
    let object = payload.get("object");
    if object.text()?.as_deref() == Some("v2.core.event") {
        return Err(object.error(
            "a thin event has no data; choose the payload style Snapshot for this endpoint",
        ));
    }
    let kind = payload.get("type");
    let kind = kind.required(kind.text()?)?;
    let read: fn(Event, &Object<'_, '_>) -> Result<Parsed, Unusable> = match kind.as_str() {
        "checkout.session.completed" => |event, it| session::parse(event, it, Stage::Completed),
        "checkout.session.async_payment_succeeded" => {
            |event, it| session::parse(event, it, Stage::Paid)
        }
        "checkout.session.async_payment_failed" => {
            |event, it| session::parse(event, it, Stage::Failed)
        }
        "invoice.paid" | "invoice.payment_succeeded" => invoice::parse,
        "invoice_payment.paid" => invoice::parse_payment,
        "invoice_payment.detached" => invoice::parse_detached,
        "credit_note.created" | "credit_note.updated" | "credit_note.voided" => credit_note::parse,
        "payment_intent.succeeded" => payment::parse,
        "payment_intent.canceled" => payment::parse_cancelled,
        "charge.captured" => payment::parse_captured,
        "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => {
            refund::parse
        }
        "charge.refunded" => refund::parse_charge,
        "charge.dispute.created"
        | "charge.dispute.updated"
        | "charge.dispute.closed"
        | "charge.dispute.funds_withdrawn"
        | "charge.dispute.funds_reinstated" => dispute::parse,
        other => {
            return Ok(Parsed::Ignored {
                reason: why_ignored(other),
            });
        }
    };
    let live = payload.get("livemode");
    if live.is_absent() {
        return Err(live.error("missing"));
    }
    let event = Event {
        at: required_seconds(&payload, "created")?,
        test: !live.flag()?,
    };
    let data = payload.get("data").required_object()?;
    read(event, &data.get("object").required_object()?)
}

/// Whether these are names of two orders, though both are known by one name: a payment may pay several
/// invoices.
#[must_use]
pub fn are_two(one: &str, other: &str) -> bool {
    let is_invoice = |id: &str| id.starts_with("in_");
    one != other && is_invoice(one) && is_invoice(other)
}

fn why_ignored(kind: &str) -> &'static str {
    match kind.split_once('.') {
        Some(("checkout", "session.expired")) => EXPIRED,
        Some(("invoice", _)) => UNPAID_INVOICE,
        Some(("payment_intent" | "charge", _)) => PAYMENT,
        _ => IRRELEVANT,
    }
}
