//! Shopify's orders by the time of their last change: REST Admin API, whose order is that of the
//! webhooks. A page's `Link` leads to the next one, from where the page ended, whatever changes
//! meanwhile.

use form_urlencoded::Serializer;

use super::answer::Hints;
use super::local_time::LocalTime;
use super::{Answer, LONGEST_PLACE, Listed, Look, Next, Reader, Request, link, seconds};
use crate::payload::{self, Unusable};
use crate::shopify;

/// Orders of one page. Shopify gives at most 250; one with many lines has 100 KiB.
pub(super) const LIMIT: usize = 50;

const API: &str = "/admin/api/2026-10/orders.json";

pub(super) const HINTS: Hints = Hints {
    unknown: "the token is not accepted; put an Admin API access token into the secret that \
              api.token names",
    forbidden: "the token may not read orders; give its app the scope read_orders",
    elsewhere: "there is no such shop; api.host is the name that ends in .myshopify.com",
};

const READER: Reader = Reader {
    topic: "orders/updated",
    at: |order| order.get("updated_at").instant().ok().flatten(),
    parse: |body| shopify::parse(READER.topic, body),
};

pub(super) fn request(host: &str, token: &str, look: &Look) -> Request {
    let path = match &look.next {
        Some(Next::Path(path)) => path.clone(),
        _ => {
            let query = Serializer::new(String::new())
                .append_pair("status", "any")
                .append_pair("updated_at_min", &format!("{}Z", seconds(look.begins())))
                .append_pair("order", "updated_at asc")
                .append_pair("limit", &look.limit(LIMIT).to_string())
                .finish();
            format!("{API}?{query}")
        }
    };
    Request {
        url: format!("https://{host}{path}"),
        headers: vec![
            ("accept", "application/json".to_owned()),
            ("x-shopify-access-token", token.to_owned()),
        ],
    }
}

pub(super) fn read(host: &str, answer: &Answer<'_>) -> Result<Listed, Unusable> {
    let body = payload::object(answer.body)?;
    let next = answer.link.and_then(link::next);
    let items = READER.items(&body.get("orders"))?;
    Ok(Listed {
        next: next.and_then(|address| own_path(host, address)),
        read_until: Listed::latest(&items),
        local_time: LocalTime::default(),
        items,
    })
}

/// The path and query of an address of the shop's own API. The token goes nowhere else.
fn own_path(host: &str, address: &str) -> Option<Next> {
    let path = address.strip_prefix("https://")?.strip_prefix(host)?;
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'#' && byte != b'\\';
    (path.starts_with("/admin/api/") && path.len() <= LONGEST_PLACE && path.bytes().all(is_plain))
        .then(|| Next::Path(path.to_owned()))
}
