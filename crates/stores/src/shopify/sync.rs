//! Shopify's orders by the time of their last change: REST Admin API, whose order is that of the
//! webhooks. A page's `Link` leads to the next one, from where the page ended, whatever changes
//! meanwhile.

use form_urlencoded::Serializer;

use crate::access::Access;
use crate::payload::{self, Unusable};
use crate::sync::local_time::LocalTime;
use crate::sync::{
    Cursor, Hints, Listed, MAX_CURSOR_BYTES, Next, Request, Response, Sync, items, link, seconds,
};

/// Orders of one page. Shopify gives at most 250; one with many lines has 100 KiB.
const LIMIT: usize = 50;

const API: &str = "/admin/api/2026-10/orders.json";

const HINTS: Hints = Hints {
    unknown: "the token is not accepted; give api the app's client_id in place of token, so that one is \
              asked for, or put an Admin API access token into the secret that api.token names",
    forbidden: "the token may not read orders; give its app the scope read_orders",
    elsewhere: "there is no such shop; api.host is the name that ends in .myshopify.com",
};

pub(super) const SYNC: Sync = Sync {
    topic: "orders/updated",
    limit: LIMIT,
    hints: HINTS,
    request,
    read,
};

fn request(access: &Access, cursor: &Cursor) -> Request {
    let path = match &cursor.next {
        Some(Next::Path(path)) => path.clone(),
        _ => {
            let query = Serializer::new(String::new())
                .append_pair("status", "any")
                .append_pair("updated_at_min", &format!("{}Z", seconds(cursor.begins())))
                .append_pair("order", "updated_at asc")
                .append_pair("limit", &cursor.limit(LIMIT).to_string())
                .finish();
            format!("{API}?{query}")
        }
    };
    Request {
        url: format!("https://{}{path}", access.get("host")),
        headers: vec![
            ("accept", "application/json".to_owned()),
            ("x-shopify-access-token", access.get("token").to_owned()),
        ],
    }
}

fn read(access: &Access, _: &Cursor, response: &Response<'_>) -> Result<Listed, Unusable> {
    let body = payload::object(response.body)?;
    let next = response.link.and_then(link::next);
    let items = items(&body.get("orders"), |order| {
        order.get("updated_at").instant().ok().flatten()
    })?;
    Ok(Listed {
        next: next.and_then(|address| own_path(access.get("host"), address)),
        read_until: Listed::latest(&items),
        local_time: LocalTime::default(),
        trash_since: None,
        items,
    })
}

/// The path and query of an address of the shop's own API. The token goes nowhere else.
fn own_path(host: &str, address: &str) -> Option<Next> {
    let path = address.strip_prefix("https://")?.strip_prefix(host)?;
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'#' && byte != b'\\';
    (path.starts_with("/admin/api/")
        && path.len() <= MAX_CURSOR_BYTES
        && path.bytes().all(is_plain))
    .then(|| Next::Path(path.to_owned()))
}
