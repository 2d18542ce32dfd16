//! WooCommerce's orders by the time of their last change: REST API v3, whose order is that of the
//! webhooks.
//!
//! Its pages are counted from the beginning, so an order that changes meanwhile moves to the end and
//! draws all others forward: one of them would be on no page. So no second page is asked for. Where
//! a page reaches further than its beginning, the next one begins at the time where it ended; within
//! one second, what was read of it is left out, and so within the hour that local time repeats. Only
//! behind the first [`MAX_EXCLUDED`] orders, which would make an address too long, pages are counted.
//!
//! The status `any` is not that of what lies in the trash, which is asked for once the rest was read: there
//! an order lies since its last change, and that is what a deletion that was lost would have said.

use form_urlencoded::Serializer;
use waymark_attribution::time::Instant;

use super::fetch;
use super::time::instant;
use crate::access::Access;
use crate::payload::{self, Object, Unusable, Value};
use crate::sync::local_time::{LocalTime, Written};
use crate::sync::{
    Cursor, Hints, Item, Listed, MAX_ITEMS, Next, Request, Response, Sync, items, link, seconds,
};

/// Orders of one page. WooCommerce gives at most 100, and takes its time for them.
const LIMIT: usize = 50;

/// An id of WooCommerce's is a number of WordPress's: of 20 digits at most.
const MAX_ID_DIGITS: usize = 20;
/// How far local time is from UTC at most, in milliseconds: 14 hours, on Kiritimati.
const MAX_OFFSET_MS: i64 = 50_400_000;
/// Orders that are left out of the next page, by their ids in its address.
const MAX_EXCLUDED: usize = 300;

const HINTS: Hints = Hints {
    unknown: "the key is not accepted; put a REST API key's consumer key and consumer secret into \
              the secrets that api.key and api.secret name; the key needs the permission Read, and a \
              server that drops the header Authorization has to pass it on",
    forbidden: "the key may not read orders; make one with the permission Read for a user who may \
                see orders",
    elsewhere: "there is no REST API; api.url is WordPress's own address, to which nothing \
                redirects, and permalinks must not be Plain",
};

pub(super) const SYNC: Sync = Sync {
    topic: "order.updated",
    limit: LIMIT,
    hints: HINTS,
    request,
    read,
};

/// Where a page begins: after that time, without the orders read since then, which page of that, and
/// whether of what lies in the trash.
fn place(cursor: &Cursor) -> (Instant, &[String], u32, bool) {
    match &cursor.next {
        Some(Next::After {
            at,
            read,
            page,
            trash,
        }) => (*at, read, *page, *trash),
        _ => (cursor.begins(), &[], 1, false),
    }
}

fn request(access: &Access, cursor: &Cursor) -> Request {
    let (at, read, page, trash) = place(cursor);
    let mut query = Serializer::new(String::new());
    query
        // With a zone, WordPress would turn it into the site's own time.
        .append_pair("modified_after", &seconds(at))
        .append_pair("dates_are_gmt", "true")
        .append_pair("status", if trash { "trash" } else { "any" })
        .append_pair("orderby", "modified")
        .append_pair("order", "asc")
        .append_pair("per_page", &cursor.limit(LIMIT).to_string())
        .append_pair("page", &page.to_string());
    if !read.is_empty() {
        query.append_pair("exclude", &read.join(","));
    }
    fetch::get(access, &format!("orders?{}", query.finish()))
}

fn read(_: &Access, cursor: &Cursor, response: &Response<'_>) -> Result<Listed, Unusable> {
    let list = payload::document("orders", response.body)?;
    let mut items = items(&list, |order| {
        instant(&order.get("date_modified_gmt")).ok().flatten()
    })?;
    let (_, _, _, is_trash) = place(cursor);
    // What is read of the trash says nothing of how far the rest was.
    let mut local_time = match is_trash {
        true => LocalTime::default(),
        false => cursor.local_time.clone(),
    };
    let read_until = local_time.read_until(&written(&list)?);
    // Orders that the key's user may not see are left out of a page, so a short one may not be the
    // last.
    let more = items.len() >= cursor.limit(LIMIT) || response.link.and_then(link::next).is_some();
    let next = more.then(|| after(cursor, &items, read_until));
    if is_trash {
        for item in &mut items {
            item.at = None;
        }
        return Ok(Listed {
            items,
            trash_since: next.as_ref().map(|_| cursor.trash_since()),
            next,
            read_until: None,
            local_time: cursor.local_time.clone(),
        });
    }
    let to_the_end = cursor.seen().max(Listed::latest(&items));
    Ok(Listed {
        items,
        read_until: if more { read_until } else { to_the_end },
        next: Some(next.unwrap_or_else(|| Next::After {
            at: cursor.trash_begins(),
            read: Box::default(),
            page: 1,
            trash: true,
        })),
        local_time,
        trash_since: Some(cursor.trash_since()),
    })
}

/// When the orders of a page were changed, and how far local time was ahead then.
fn written(list: &Value<'_, '_>) -> Result<Vec<Written>, Unusable> {
    let time = |order: &Object<'_, '_>, name| instant(&order.get(name)).ok().flatten();
    let of = |order: Object<'_, '_>| {
        let at = time(&order, "date_modified_gmt")?;
        let local = time(&order, "date_modified").unwrap_or(at);
        let ahead = local.as_millis().saturating_sub(at.as_millis());
        // What is further off is no local time of this world.
        Some((
            at,
            if ahead.saturating_abs() > MAX_OFFSET_MS {
                0
            } else {
                ahead
            },
        ))
    };
    let orders = list.at_most(MAX_ITEMS)?.into_iter();
    let orders = orders.filter_map(|order| order.object().ok().flatten());
    Ok(orders.filter_map(of).collect())
}

/// Where to go on behind a page, behind which nothing is left that changed before `until`.
/// `modified_after` leaves its own second out, of which there may be more.
fn after(cursor: &Cursor, items: &[Item], until: Option<Instant>) -> Next {
    let (at, read, page, trash) = place(cursor);
    let second_before = |until: Instant| {
        let second = until.as_millis().div_euclid(1_000);
        Instant::from_millis(second.saturating_sub(1).saturating_mul(1_000))
    };
    if let Some(before) = until.map(second_before).filter(|before| *before > at) {
        return Next::After {
            at: before,
            read: Box::default(),
            page: 1,
            trash,
        };
    }
    let room = MAX_EXCLUDED.saturating_sub(read.len());
    let ids = items.iter().filter_map(|item| item.id.clone());
    let ids: Vec<String> = ids.filter(|id| id.len() <= MAX_ID_DIGITS).collect();
    if ids.is_empty() || ids.len() > room {
        return Next::After {
            at,
            read: read.into(),
            page: page.saturating_add(1),
            trash,
        };
    }
    let read = read.iter().cloned().chain(ids).collect();
    Next::After {
        at,
        read,
        page,
        trash,
    }
}
