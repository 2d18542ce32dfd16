//! An order of BigCommerce's, asked for: its calls say no more than that it changed.

use super::order;
use crate::access::Access;
use crate::delivery::Delivery;
use crate::payload::Unusable;
use crate::sync::Request;

const API: &str = "https://api.bigcommerce.com";

/// Lines that one answer holds at most. An order of so many may have more of them.
pub(super) const MAX_PER_PAGE: usize = 250;

/// Where the order, its lines, its coupons and its refunds are to be asked for.
///
/// # Errors
/// [`Unusable`] where the hash or the id could lead elsewhere: neither may hold anything but letters
/// and digits.
pub(super) fn requests(access: &Access, order_id: &str) -> Result<Vec<Request>, Unusable> {
    let store_hash = access.get("store_hash");
    let is_hash = |byte: u8| byte.is_ascii_alphanumeric();
    if store_hash.is_empty() || !store_hash.bytes().all(is_hash) {
        return Err(Unusable {
            path: "store_hash".to_owned(),
            message: "must be letters and digits, as in the address of the store's API".to_owned(),
        });
    }
    if !is_number(order_id) {
        return Err(Unusable {
            path: "order_id".to_owned(),
            message: "must be a whole number".to_owned(),
        });
    }
    let store = format!("{API}/stores/{store_hash}");
    let request = |path: String| Request {
        url: format!("{store}{path}"),
        headers: vec![
            // Without it, some answers are XML.
            ("accept", "application/json".to_owned()),
            ("x-auth-token", access.get("token").to_owned()),
        ],
    };
    let order = format!("/v2/orders/{order_id}");
    Ok([
        order.clone(),
        format!("{order}/products?limit={MAX_PER_PAGE}"),
        format!("{order}/coupons?limit={MAX_PER_PAGE}"),
        format!("/v3/orders/{order_id}/payment_actions/refunds"),
    ]
    .map(request)
    .into())
}

/// Reads what was asked for.
///
/// # Errors
/// [`Unusable`] names the answer and the field that is missing or wrong.
pub(super) fn read(bodies: &[Vec<u8>]) -> Result<Delivery, Unusable> {
    let [order, products, coupons, refunds] = bodies else {
        return Err(Unusable {
            path: "order".to_owned(),
            message: "not all that belongs to it was asked for".to_owned(),
        });
    };
    order::read(order, products, coupons, refunds)
}

pub(super) fn is_number(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}
