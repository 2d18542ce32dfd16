//! Shopify's privacy topics: `customers/data_request`, `customers/redact` and `shop/redact`.

use crate::delivery::{Parsed, PrivacyRequest, PrivacyRequestKind};
use crate::payload::{self, Object, Unusable};
use waymark_facts::email::PlainEmail;

/// The longest list of a customer's orders that is looked at.
const MAX_ORDERS: usize = 10_000;

pub(super) fn data_request(body: &[u8]) -> Result<Parsed, Unusable> {
    let request = payload::object(body)?;
    of_customer(&request, PrivacyRequestKind::Disclose, "orders_requested")
}

pub(super) fn redact_customer(body: &[u8]) -> Result<Parsed, Unusable> {
    let request = payload::object(body)?;
    of_customer(
        &request,
        PrivacyRequestKind::EraseCustomer,
        "orders_to_redact",
    )
}

/// 48 hours after the shop removed the app. Its name in the payload is not needed: the endpoint is
/// the shop's.
pub(super) fn redact_shop(body: &[u8]) -> Result<Parsed, Unusable> {
    payload::object(body)?;
    Ok(Parsed::Privacy(PrivacyRequest {
        what: PrivacyRequestKind::EraseShop,
        customer_id: None,
        email: None,
        orders: Vec::new(),
    }))
}

/// Someone is named by an id, by an e-mail, or by orders alone; a request that names nobody is
/// refused, since it must not look as if it had been met.
fn of_customer(
    request: &Object<'_, '_>,
    what: PrivacyRequestKind,
    orders: &str,
) -> Result<Parsed, Unusable> {
    let place = request.get("customer");
    let customer = place.object()?;
    let (customer_id, email) = match &customer {
        None => (None, None),
        Some(customer) => (customer.get("id").id()?, customer.get("email").text()?),
    };
    let list = request.get(orders);
    let mut named = Vec::new();
    for item in list.at_most(MAX_ORDERS)? {
        named.push(item.required_id()?);
    }
    if customer_id.is_none() && email.is_none() && named.is_empty() {
        return Err(place.error("names nobody: no id, no e-mail and no orders"));
    }
    Ok(Parsed::Privacy(PrivacyRequest {
        what,
        customer_id,
        email: email.map(PlainEmail::new),
        orders: named,
    }))
}
