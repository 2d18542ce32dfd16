//! WooCommerce's webhooks.
//!
//! | topic | what it says |
//! |---|---|
//! | `order.created`, `order.updated`, `order.restored` | the whole order, as REST API v3 gives it |
//! | `order.deleted` | that the record is gone or in the trash; a person says whether the order counts, unless a later version says that it was restored |
//! | `subscription.created`, `subscription.updated`, `subscription.switched` | which order is the subscription's first |
//! | `subscription.deleted` | nothing |
//! | `product.*`, `coupon.*`, `customer.*`, `action.*` | nothing |
//!
//! WooCommerce tells a call by `X-WC-Webhook-Delivery-ID`, which two orders of one second share: it
//! means nothing here. A call that failed is not repeated, and after a few failures the webhook is
//! switched off: what was missed has to be asked for (see [`changes`](crate::changes)).
//!
//! **Deletions.** The call is no more than the order's id, without a time, and an order in the trash can
//! be restored. So both are dated by when they were heard ([`Delivery::heard_at`]), and the later one
//! counts; what has the order with a later `date_modified_gmt`, whatever its topic, says that it is there
//! again, too. A list of what lies in the trash has the whole order, there since its last change.
//!
//! **Refunds.** An order has no more of a refund than its sum and, from WooCommerce 10.9 on, its tax, in
//! webhooks and in the list of orders alike: [`refund`] says what is made of that. Where the API may be
//! asked, [`fetch`] has what each was for. The order lists all of its refunds: one that is not listed any
//! more was deleted.
//!
//! **Subscriptions.** A renewal carries the id of its subscription in its meta data
//! (`_subscription_renewal`). The subscription's first order does not: the subscription's own calls
//! name it (`parent_id`), so a shop with the plugin WooCommerce Subscriptions adds a webhook of the
//! topic "Subscription created". Without that call renewals are decided by what is known of each,
//! and flagged.
//!
//! **The visitor's token** is looked for in the order's meta data, `_waymark` and `waymark`, and
//! then in the query of the landing page that WooCommerce's own order attribution keeps, under the
//! program's `settings.token_parameter`. `/waymark.js` puts it there; where order attribution is
//! off, the README has lines for the theme.

mod asked;
mod fetch;
mod goods;
mod items;
mod meta;
mod order;
mod refund;
mod sync;
mod time;

use waymark_signatures::Scheme;

use crate::access::ApiField;
use crate::delivery::{Delivery, Parsed};
use crate::description::{Description, Fetch};
use crate::payload::{self, Unusable};
use waymark_facts::fact::FactKind;

pub(crate) const DESCRIPTION: Description = Description {
    name: "woocommerce",
    scheme: Scheme::WooCommerce,
    topic_header: Some("x-wc-webhook-topic"),
    parse,
    // It may restore what it deleted.
    undated_deletions: true,
    only_notifies: false,
    api: &[
        ApiField::text("url"),
        ApiField::secret("key"),
        ApiField::secret("secret"),
    ],
    grant: None,
    sync: Some(sync::SYNC),
    // Its calls say all but what refunds were for.
    fetch: Some(Fetch {
        requests: fetch::requests,
        further: |_, _, _| Ok(None),
        read: fetch::read,
    }),
};

const WITHOUT_FIRST_ORDER: &str = "this subscription began without an order";
const IRRELEVANT: &str = "this topic has no bearing on attribution";

/// Reads the body of a webhook whose signature was verified.
///
/// `topic` is the value of `X-WC-Webhook-Topic`.
///
/// # Errors
/// [`Unusable`] for a topic that WooCommerce is not known to have, and for a payload without a
/// usable id, time, currency or amount.
pub fn parse(topic: &str, body: &[u8]) -> Result<Parsed, Unusable> {
    match topic {
        "order.created" | "order.updated" => order::parse(body, &[]),
        "order.restored" => order::parse(body, &[]).map(restored),
        "" => Err(Unusable {
            path: "X-WC-Webhook-Topic".to_owned(),
            message: "this header is missing; what stands between WooCommerce and Waymark has to pass it on"
                .to_owned(),
        }),
        "order.deleted" => Ok(Parsed::Delivery(Delivery {
            order_id: payload::object(body)?.get("id").required_id()?,
            other_names: Vec::new(),
            reports: vec![FactKind::Deleted { at: None }],
            tokens: Vec::new(),
            landing_pages: Vec::new(),
        })),
        _ => match topic.split_once('.') {
            Some(("subscription", "created" | "updated" | "switched")) => subscription(body),
            Some(("product" | "coupon" | "customer" | "action" | "subscription", _)) => {
                Ok(Parsed::Ignored { reason: IRRELEVANT })
            }
            _ => Err(Unusable {
                path: "X-WC-Webhook-Topic".to_owned(),
                message: "unknown topic; delete the webhook if it is not meant for Waymark"
                    .to_owned(),
            }),
        },
    }
}

/// The order, and that it was restored: its own time of change may be before a deletion was heard of.
/// One that lies in the trash again by the time that the call is made says so itself.
fn restored(mut parsed: Parsed) -> Parsed {
    if let Parsed::Delivery(delivery) = &mut parsed {
        let is_trashed = |report: &FactKind<_>| matches!(report, FactKind::Deleted { .. });
        if !delivery.reports.iter().any(is_trashed) {
            delivery.reports.push(FactKind::Restored { at: None });
        }
    }
    parsed
}

/// Reads a subscription, as `GET /wp-json/wc/v3/subscriptions/ID` gives it.
fn subscription(body: &[u8]) -> Result<Parsed, Unusable> {
    let subscription = payload::object(body)?;
    let id = subscription.get("id").required_id()?;
    // 0: a person made it by hand, or an import did.
    let first = subscription.get("parent_id").id()?;
    let Some(order_id) = first.filter(|id| id != "0") else {
        return Ok(Parsed::Ignored {
            reason: WITHOUT_FIRST_ORDER,
        });
    };
    Ok(Parsed::Delivery(Delivery {
        order_id,
        other_names: Vec::new(),
        reports: vec![FactKind::Begins { subscription: id }],
        tokens: Vec::new(),
        landing_pages: Vec::new(),
    }))
}

/// Whether a body is the call that WooCommerce makes when a webhook is saved: `webhook_id=7`.
///
/// It is not signed, has no topic, and says nothing; unless it is answered with 200 the webhook is
/// not saved as active. So it may be answered before the signature is looked at, for any endpoint,
/// known or not, and must change nothing.
#[must_use]
pub fn is_ping(body: &[u8]) -> bool {
    body.strip_prefix(b"webhook_id=")
        .is_some_and(|id| (1..=20).contains(&id.len()) && id.iter().all(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ping_is_a_webhooks_number_and_nothing_else() {
        assert!(is_ping(b"webhook_id=7"));
        for body in [
            "",
            "webhook_id=",
            "webhook_id=7&x=1",
            "webhook_id=7\n",
            "webhook_id=-7",
            " webhook_id=7",
            "webhook_id=777777777777777777777",
            r#"{"webhook_id":7}"#,
        ] {
            assert!(!is_ping(body.as_bytes()), "{body}");
        }
    }
}
