//! Shopify's webhooks.
//!
//! What an order is follows from its fields, never from the topic: an `orders/create` may well
//! carry `cancelled_at`. All amounts are in the shop's currency (`currency`), not in the one that
//! the shopper saw (`presentment_currency`).

mod order;
mod refund;

use crate::delivery::Parsed;
use crate::payload::{Object, Unusable, Value};
use waymark_attribution::money::Amount;

const EDIT: &str =
    "an edit names only what changed; the orders/updated call beside it has the whole order";
const DELETED: &str = "the store removed its record of the order; that takes nothing back";
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
        "orders/edited" => Ok(Parsed::Ignored { reason: EDIT }),
        "orders/delete" => Ok(Parsed::Ignored { reason: DELETED }),
        _ if is_irrelevant(topic) => Ok(Parsed::Ignored { reason: IRRELEVANT }),
        _ => Err(Unusable {
            path: "X-Shopify-Topic".to_owned(),
            message: "unknown topic; remove the subscription if it is not meant for Waymark"
                .to_owned(),
        }),
    }
}

/// Topics that shops subscribe to by mistake or for other programs. The privacy topics are not
/// among them: they ask for something, so they must not vanish.
fn is_irrelevant(topic: &str) -> bool {
    let (resource, event) = topic.split_once('/').unwrap_or((topic, ""));
    match resource {
        "carts" | "checkouts" | "draft_orders" | "disputes" | "fulfillments"
        | "inventory_items" | "inventory_levels" | "order_transactions" | "products"
        | "collections" => true,
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

/// An amount in the shop's currency: from the money set, where it is a string and names its
/// currency, or else from the plain member, which in refunds is a JSON number.
fn shop_amount(
    object: &Object<'_, '_>,
    name: &str,
    read: impl Fn(&Value<'_, '_>) -> Result<Option<Amount>, Unusable>,
) -> Result<Option<Amount>, Unusable> {
    let set = format!("{name}_set");
    match in_shop_money(&object.get(&set), |money| read(&money.get("amount")))? {
        None => read(&object.get(name)),
        amount => Ok(amount),
    }
}

fn in_shop_money<T>(
    set: &Value<'_, '_>,
    read: impl Fn(&Object<'_, '_>) -> Result<Option<T>, Unusable>,
) -> Result<Option<T>, Unusable> {
    let Some(set) = set.object()? else {
        return Ok(None);
    };
    let money = set.get("shop_money").object()?;
    money.map_or(Ok(None), |money| read(&money))
}
