//! Shopify's webhooks.
//!
//! What an order is follows from its fields, never from the topic: an `orders/create` may well
//! carry `cancelled_at`. All amounts are in the shop's currency (`currency`), not in the one that
//! the shopper saw (`presentment_currency`).
//!
//! | topic | what it says |
//! |---|---|
//! | `orders/create`, `orders/updated`, `orders/paid`, … | the whole order, its refunds and cancellation included |
//! | `orders/delete` | that the record is gone; a person says whether the order counts |
//! | `refunds/create` | one refund |
//! | `disputes/create`, `disputes/update` | that the bank asks for the payment back, and how it ended |
//! | `customers/merge` | that two customers are one |
//! | `customers/data_request`, `customers/redact`, `shop/redact` | a [privacy request](crate::delivery::PrivacyRequest) |
//! | `orders/edited`, `order_transactions/create`, `app/uninstalled`, carts, products, … | nothing |
//!
//! An order's token is looked for in its `note_attributes`, and then in the query of
//! `landing_site`: the address of the shopper's first page, which may as well be a path, `null`, or
//! an address that the shopper never saw.

mod dispute;
mod grant;
mod lines;
mod merge;
mod money;
mod order;
mod payments;
mod privacy;
mod refund;
mod sync;

use waymark_signatures::Scheme;

use crate::access::ApiField;
use crate::delivery::{Delivery, Parsed};
use crate::description::Description;
use crate::payload::{self, Unusable};
use waymark_facts::fact::FactKind;

pub(crate) const DESCRIPTION: Description = Description {
    name: "shopify",
    scheme: Scheme::Shopify,
    topic_header: Some("x-shopify-topic"),
    parse,
    undated_deletions: false,
    only_notifies: false,
    api: &[ApiField::text("host"), ApiField::secret("token")],
    grant: Some(grant::GRANT),
    sync: Some(sync::SYNC),
    fetch: None,
};

const EDIT: &str =
    "an edit names only what changed; the orders/updated call beside it has the whole order";
const TRANSACTION: &str =
    "a payment; the orders/updated call beside it says what it did to the order and its refunds";
const IRRELEVANT: &str = "this topic has no bearing on attribution";

/// Reads the body of a webhook whose signature was verified.
///
/// `topic` is the value of `X-Shopify-Topic`. Test orders are marked:
/// they may be decided and shown, and must never pay.
///
/// # Errors
/// [`Unusable`] for a topic that Shopify is not known to have, and for a payload without a usable
/// id, time, currency or amount.
pub fn parse(topic: &str, body: &[u8]) -> Result<Parsed, Unusable> {
    match topic {
        "orders/create"
        | "orders/updated"
        | "orders/paid"
        | "orders/cancelled"
        | "orders/fulfilled"
        | "orders/partially_fulfilled" => order::parse(body),
        "refunds/create" => refund::parse(body),
        "disputes/create" | "disputes/update" => dispute::parse(body),
        "orders/delete" => deleted(body),
        "customers/merge" => merge::parse(body),
        "customers/data_request" => privacy::data_request(body),
        "customers/redact" => privacy::redact_customer(body),
        "shop/redact" => privacy::redact_shop(body),
        "orders/edited" => Ok(Parsed::Ignored { reason: EDIT }),
        // It names its order and the payment that it follows, but never a refund: a refund's
        // payment that fails can be told from others in the order only, where it stands in its
        // refund.
        "order_transactions/create" => Ok(Parsed::Ignored {
            reason: TRANSACTION,
        }),
        "" => Err(Unusable {
            path: "X-Shopify-Topic".to_owned(),
            message:
                "this header is missing; what stands between Shopify and Waymark has to pass it on"
                    .to_owned(),
        }),
        _ if is_irrelevant(topic) => Ok(Parsed::Ignored { reason: IRRELEVANT }),
        _ => Err(Unusable {
            path: "X-Shopify-Topic".to_owned(),
            message: "unknown topic; remove the subscription if it is not meant for Waymark"
                .to_owned(),
        }),
    }
}

/// The payload is the id, or the whole order as it was: only the id matters. Shopify restores none.
fn deleted(body: &[u8]) -> Result<Parsed, Unusable> {
    Ok(Parsed::Delivery(Delivery {
        order_id: payload::object(body)?.get("id").required_id()?,
        other_names: Vec::new(),
        reports: vec![FactKind::Deleted { at: None }],
        tokens: Vec::new(),
        landing_pages: Vec::new(),
    }))
}

/// Topics that shops subscribe to by mistake or for other programs.
fn is_irrelevant(topic: &str) -> bool {
    let (resource, event) = topic.split_once('/').unwrap_or((topic, ""));
    match resource {
        "carts" | "checkouts" | "draft_orders" | "fulfillments" | "inventory_items"
        | "inventory_levels" | "products" | "collections" => true,
        "orders" => matches!(
            event,
            "risk_assessment_changed" | "shopify_protect_eligibility_changed"
        ),
        "app" => event == "uninstalled",
        "shop" => event == "update",
        "customers" => matches!(event, "create" | "update" | "delete" | "enable" | "disable"),
        _ => false,
    }
}
