//! An order of BigCommerce's, asked for: its calls say no more than that it changed.

use super::order;
use crate::access::Access;
use crate::delivery::Delivery;
use crate::payload::{self, MAX_LINES, Unusable};
use crate::sync::Request;

const API: &str = "https://api.bigcommerce.com";

/// Lines that one answer holds at most. An order of so many may have more of them.
const MAX_PER_PAGE: usize = 250;
/// Answers with lines that are asked for: one with the last line that an order may have is followed by one
/// that says whether there are more.
const MAX_PAGES: usize = MAX_LINES / MAX_PER_PAGE + 1;

/// Where the order, its lines, its coupons and its refunds are to be asked for.
///
/// # Errors
/// [`Unusable`] where the hash or the id could lead elsewhere: neither may hold anything but letters
/// and digits.
pub(super) fn requests(access: &Access, order_id: &str) -> Result<Vec<Request>, Unusable> {
    let order = format!("/v2/orders/{order_id}");
    let paths = [
        order.clone(),
        products(order_id, 1),
        format!("{order}/coupons?limit={MAX_PER_PAGE}"),
        format!("/v3/orders/{order_id}/payment_actions/refunds"),
    ];
    let requests = paths.iter().map(|path| request(access, order_id, path));
    requests.collect()
}

/// What is to be asked for after these answers: the next lines, where an answer is full of them.
///
/// # Errors
/// [`Unusable`] names the answer that is no list.
pub(super) fn further(
    access: &Access,
    order_id: &str,
    bodies: &[Vec<u8>],
) -> Result<Option<Request>, Unusable> {
    let [_, first, _, _, more @ ..] = bodies else {
        return Ok(None);
    };
    let lines = payload::document("products", more.last().unwrap_or(first))?;
    let lines = lines.items()?;
    let pages = more.len().saturating_add(1);
    let path = products(order_id, pages.saturating_add(1));
    (lines.len() >= MAX_PER_PAGE && pages < MAX_PAGES)
        .then(|| request(access, order_id, &path))
        .transpose()
}

fn products(order_id: &str, page: usize) -> String {
    let further = match page {
        1 => String::new(),
        page => format!("&page={page}"),
    };
    format!("/v2/orders/{order_id}/products?limit={MAX_PER_PAGE}{further}")
}

fn request(access: &Access, order_id: &str, path: &str) -> Result<Request, Unusable> {
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
    Ok(Request {
        url: format!("{API}/stores/{store_hash}{path}"),
        headers: vec![
            // Without it, some answers are XML.
            ("accept", "application/json".to_owned()),
            ("x-auth-token", access.get("token").to_owned()),
        ],
    })
}

/// Reads what was asked for.
///
/// # Errors
/// [`Unusable`] names the answer and the field that is missing or wrong.
pub(super) fn read(bodies: &[Vec<u8>]) -> Result<Delivery, Unusable> {
    let [order, products, coupons, refunds, more @ ..] = bodies else {
        return Err(Unusable {
            path: "order".to_owned(),
            message: "not all that belongs to it was asked for".to_owned(),
        });
    };
    let mut pages = vec![products.as_slice()];
    pages.extend(more.iter().map(Vec::as_slice));
    order::read(order, &pages, coupons, refunds)
}

pub(super) fn is_number(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}
