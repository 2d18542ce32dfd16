//! An order of WooCommerce's with its refunds, asked for: a webhook has no more of a refund than its sum,
//! the API has its lines, its shipping and its tax.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::order;
use crate::access::Access;
use crate::delivery::{Delivery, Parsed};
use crate::payload::{self, MAX_REFUNDS, Unusable};
use crate::sync::Request;

/// Refunds of one answer: WooCommerce gives no more. Of those beyond, the sums have to do.
const MAX_PER_PAGE: usize = 100;
/// An id of WooCommerce's is a number of WordPress's: of 20 digits at most.
const MAX_ID_DIGITS: usize = 20;

/// A GET of the REST API's version 3, whose path begins with the kind of thing that is asked for.
pub(super) fn get(access: &Access, path: &str) -> Request {
    let credentials = STANDARD.encode(format!("{}:{}", access.get("key"), access.get("secret")));
    Request {
        url: format!("{}/wp-json/wc/v3/{path}", access.get("url")),
        headers: vec![
            ("accept", "application/json".to_owned()),
            ("authorization", format!("Basic {credentials}")),
        ],
    }
}

/// Where the order and its refunds are to be asked for.
///
/// # Errors
/// [`Unusable`] where the id could lead elsewhere.
pub(super) fn requests(access: &Access, order_id: &str) -> Result<Vec<Request>, Unusable> {
    let is_number = order_id.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number || !(1..=MAX_ID_DIGITS).contains(&order_id.len()) {
        return Err(Unusable {
            path: "order_id".to_owned(),
            message: "must be a whole number".to_owned(),
        });
    }
    Ok(vec![
        get(access, &format!("orders/{order_id}")),
        get(
            access,
            &format!("orders/{order_id}/refunds?per_page={MAX_PER_PAGE}"),
        ),
    ])
}

/// Reads what was asked for.
///
/// # Errors
/// [`Unusable`] names the answer and the field that is missing or wrong.
pub(super) fn read(bodies: &[Vec<u8>]) -> Result<Delivery, Unusable> {
    let unusable = |message: &str| Unusable {
        path: "order".to_owned(),
        message: message.to_owned(),
    };
    let [order, refunds] = bodies else {
        return Err(unusable("not all that belongs to it was asked for"));
    };
    let refunds = payload::document("refunds", refunds)?;
    let refunds = refunds.php_objects_at_most(MAX_REFUNDS)?;
    match order::parse(order, &refunds)? {
        Parsed::Delivery(delivery) => Ok(delivery),
        _ => Err(unusable("it is a draft again")),
    }
}
