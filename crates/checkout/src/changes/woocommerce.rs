//! WooCommerce's orders by the time of their last change: REST API v3, whose order is that of the
//! webhooks.
//!
//! Its pages are counted from the beginning, so an order that changes meanwhile moves to the end and
//! draws all others forward: one of them would be on no page. So, where a page reaches further than
//! its beginning, the next one begins at the time where it ended; pages are counted only within one
//! second. What is left of that: if more orders than one page has changed in one second, as by an
//! edit of many at once, and one of them changes again just while they are counted, another of them
//! may be passed over.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use form_urlencoded::Serializer;
use waymark_attribution::time::Instant;

use super::answer::Hints;
use super::{Answer, Listed, Look, Next, Reader, Request, link, seconds};
use crate::payload::{self, Unusable};
use crate::woocommerce;

/// Orders of one page. WooCommerce gives at most 100, and takes its time for them.
pub(super) const LIMIT: usize = 50;

pub(super) const HINTS: Hints = Hints {
    unknown: "the key is not accepted; put a REST API key's consumer key and consumer secret into \
              the secrets that api.key and api.secret name",
    forbidden: "the key may not read orders; make one with the permission Read for a user who may \
                see orders",
    elsewhere: "there is no REST API; api.url is WordPress's own address, to which nothing \
                redirects, and permalinks must not be Plain",
};

const READER: Reader = Reader {
    topic: "order.updated",
    at: |order| {
        let modified = order.get("date_modified_gmt");
        woocommerce::instant(&modified).ok().flatten()
    },
    parse: |body| woocommerce::parse(READER.topic, body),
};

fn place(look: &Look) -> (Instant, u32) {
    match look.next {
        Some(Next::After { at, page }) => (at, page),
        _ => (look.begins(), 1),
    }
}

pub(super) fn request(url: &str, key: &str, secret: &str, look: &Look) -> Request {
    let (at, page) = place(look);
    let query = Serializer::new(String::new())
        // With a zone, WordPress would turn it into the site's own time.
        .append_pair("modified_after", &seconds(at))
        .append_pair("dates_are_gmt", "true")
        .append_pair("status", "any")
        .append_pair("orderby", "modified")
        .append_pair("order", "asc")
        .append_pair("per_page", &look.limit(LIMIT).to_string())
        .append_pair("page", &page.to_string())
        .finish();
    let credentials = STANDARD.encode(format!("{key}:{secret}"));
    Request {
        url: format!("{url}/wp-json/wc/v3/orders?{query}"),
        headers: vec![
            ("accept", "application/json".to_owned()),
            ("authorization", format!("Basic {credentials}")),
        ],
    }
}

pub(super) fn read(look: &Look, answer: &Answer<'_>) -> Result<Listed, Unusable> {
    let items = READER.items(&payload::document("orders", answer.body)?)?;
    // Orders that the key's user may not see are left out of a page, so a short one may not be the
    // last.
    let more = items.len() >= look.limit(LIMIT) || answer.link.and_then(link::next).is_some();
    let last = items.iter().filter_map(|item| item.at).max();
    Ok(Listed {
        items,
        next: more.then(|| after(place(look), last)),
        oldest_first: true,
    })
}

/// Where to go on behind a page that ended with that time. `modified_after` leaves its own second
/// out, of which there may be more.
fn after((at, page): (Instant, u32), last: Option<Instant>) -> Next {
    let second_before = |last: Instant| {
        let second = last.as_millis().div_euclid(1_000);
        Instant::from_millis(second.saturating_sub(1).saturating_mul(1_000))
    };
    match last.map(second_before) {
        Some(before) if before > at => Next::After {
            at: before,
            page: 1,
        },
        _ => Next::After {
            at,
            page: page.saturating_add(1),
        },
    }
}
