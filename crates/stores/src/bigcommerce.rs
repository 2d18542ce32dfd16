//! BigCommerce's webhooks, and the order that has to be asked for after each.
//!
//! A webhook names an order and says nothing of it: [`parse`] answers [`Parsed::Changed`]. Then the
//! order is fetched with the token of an API account that may read orders. An answer without content
//! (204) is an empty one.
//!
//! | scope, also after `store/channel/ID/` | what it says |
//! |---|---|
//! | `store/order/created`, `updated`, `statusUpdated`, `archived` | the order changed |
//! | `store/order/refund/created` | the order changed: all its refunds are fetched |
//! | `store/order/transaction/created`, `updated` | the order changed |
//! | `store/order/message/…`, `store/order/metafield/…`, carts, products, … | nothing |
//!
//! **The visitor's token** has no way into the order: a cart's metafields do not follow it there, and
//! what shoppers and staff write into an order's texts is for people. On the page that thanks for the
//! order a beacon says whose it is.

mod fetch;
mod order;
mod refund;

use waymark_signatures::Scheme;

use crate::access::ApiField;
use crate::delivery::Parsed;
use crate::description::{Description, Fetch};
use crate::payload::{self, Object, Unusable};
use fetch::is_number;

pub(crate) const DESCRIPTION: Description = Description {
    name: "bigcommerce",
    scheme: Scheme::BigCommerce,
    topic_header: None,
    parse: |_, body| parse(body),
    undated_deletions: false,
    only_notifies: true,
    api: &[ApiField::text("store_hash"), ApiField::secret("token")],
    grant: None,
    // Its calls are repeated for two days, and each has the order asked for.
    sync: None,
    fetch: Some(Fetch {
        requests: fetch::requests,
        further: fetch::further,
        read: fetch::read,
    }),
};

const NOTES: &str = "a message or a metafield; it changes nothing of the order";
const IRRELEVANT: &str = "this scope has no bearing on attribution";

/// Reads the body of a webhook whose signature was verified.
///
/// # Errors
/// [`Unusable`] for a scope that BigCommerce is not known to have, and for an order without an id.
pub fn parse(body: &[u8]) -> Result<Parsed, Unusable> {
    let call = payload::object(body)?;
    let place = call.get("scope");
    let scope = place.required(place.text()?)?;
    let of_store = scope.strip_prefix("store/").unwrap_or_default();
    match of_any_channel(of_store).split_once('/') {
        Some(("order", event)) => match event {
            "created"
            | "updated"
            | "statusUpdated"
            | "archived"
            | "refund/created"
            | "transaction/created"
            | "transaction/updated" => changed(&call),
            _ if event.starts_with("message/") || event.starts_with("metafield/") => {
                Ok(Parsed::Ignored { reason: NOTES })
            }
            _ => Err(place.error(UNKNOWN)),
        },
        Some((resource, _)) if is_irrelevant(resource) => {
            Ok(Parsed::Ignored { reason: IRRELEVANT })
        }
        _ => Err(place.error(UNKNOWN)),
    }
}

const UNKNOWN: &str = "unknown; delete the webhook if it is not meant for Waymark";

/// The scope without `channel/ID/`, where it is about one sales channel.
fn of_any_channel(scope: &str) -> &str {
    let inner = scope
        .strip_prefix("channel/")
        .and_then(|rest| rest.split_once('/'));
    match inner {
        Some((id, rest)) if is_number(id) => rest,
        _ => scope,
    }
}

/// Resources that shops subscribe to by mistake or for other programs.
fn is_irrelevant(resource: &str) -> bool {
    matches!(
        resource,
        "app"
            | "brand"
            | "cart"
            | "category"
            | "channel"
            | "customer"
            | "information"
            | "inventory"
            | "location"
            | "metafield"
            | "modifier"
            | "priceList"
            | "product"
            | "script"
            | "shipment"
            | "sku"
            | "subscriber"
            | "variant"
    )
}

/// Most scopes have the order as `data.id`; channels and transactions as `data.order_id`.
fn changed(call: &Object<'_, '_>) -> Result<Parsed, Unusable> {
    let data = call.get("data").required_object()?;
    let order_id = data.get("order_id");
    let place = if order_id.is_absent() {
        data.get("id")
    } else {
        order_id
    };
    let order_id = place.required_id()?;
    if !is_number(&order_id) {
        return Err(place.error("must be a whole number"));
    }
    Ok(Parsed::Changed { order_id })
}
