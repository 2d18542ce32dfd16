//! Asking a store for the orders that changed: what a lost call would have said.
//!
//! Calls of stores can be lost: WooCommerce repeats none, Shopify gives up after some hours. So from
//! time to time a store is synced, page after page. What it shows of an order is what its call
//! would have said, and becomes the same facts: what was heard twice stays once.
//!
//! ```text
//! cursor ──request──▶ (the caller calls) ──▶ response ──page──▶ changes, and the cursor to go on with
//! ```
//!
//! | store | what it is asked for | what it cannot show |
//! |---|---|---|
//! | Shopify | orders by `updated_at`, with their refunds | disputes; orders that were deleted |
//! | WooCommerce | orders by `date_modified_gmt`, with the totals of their refunds; then those in the trash | orders that were deleted for good |
//! | Stripe | the events themselves, of the last 30 days | nothing |
//!
//! A sync moves on by the store's own times, never by our clock, so it does not matter whether the
//! two agree; it begins somewhat before the place where the last one ended, since an order that is
//! being written shows up later than its time says.
//!
//! ```
//! use waymark_stores::Platform;
//! use waymark_stores::sync::{Cursor, Response};
//!
//! let store = Platform::Shopify;
//! let access = store.open(|field| match field.name {
//!     "host" => Ok("kettle.myshopify.com".to_owned()),
//!     "token" => Ok("shpat_1".to_owned()),
//!     other => Err(format!("api.{other}: is missing")),
//! })?;
//! let cursor = Cursor::from("2026-01-04T12:00:00Z".parse()?);
//! assert_eq!(
//!     store.sync_request(&access, &cursor).ok_or("no list")?.url,
//!     "https://kettle.myshopify.com/admin/api/2026-10/orders.json?status=any\
//!      &updated_at_min=2026-01-04T11%3A50%3A00Z&order=updated_at+asc&limit=50"
//! );
//! let response = Response { status: 200, body: br#"{"orders": []}"#, ..Response::default() };
//! let page = store.sync_page(&access, &cursor, &response, "2026-01-04T13:00:00Z".parse()?)?;
//! assert!(page.changes.is_empty() && !page.more);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cursor;
pub(crate) mod link;
mod listed;
pub(crate) mod local_time;
mod response;

use std::fmt;

use waymark_attribution::time::Instant;

use crate::access::Access;
use crate::delivery::Parsed;
use crate::payload::Unusable;
pub use cursor::Cursor;
pub(crate) use listed::{Item, Listed, MAX_ITEMS, Next, items};
pub(crate) use response::Hints;
pub use response::{Failure, MAX_RESPONSE_BYTES, Response};

/// The longest text that a store gives to find the next page by, in bytes.
pub(crate) const MAX_CURSOR_BYTES: usize = 4_096;

/// A GET to make, with no redirect followed.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// Its whole address.
    pub url: String,
    /// Names in lower case.
    pub headers: Vec<(&'static str, String)>,
}

/// Opaque: the headers hold secrets.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Request(…)")
    }
}

/// What one response says.
#[derive(Debug)]
pub struct SyncPage {
    /// What is new of orders.
    pub changes: Vec<Change>,
    /// What to go on with.
    pub cursor: Cursor,
    /// Whether there is more to be asked for at once.
    pub more: bool,
}

/// An order, or an event, as a call of the store would have said it.
#[derive(Debug)]
pub struct Change {
    /// The topic of such a call.
    pub topic: &'static str,
    /// The body of such a call.
    pub body: String,
    /// What it says, or why that is nothing.
    pub parsed: Result<Parsed, Unusable>,
}

/// How a platform is asked for what changed.
pub(crate) struct Sync {
    /// The topic of a call that says what an item of a list says.
    pub topic: &'static str,
    /// Items of one page.
    pub limit: usize,
    pub hints: Hints,
    pub request: fn(access: &Access, cursor: &Cursor) -> Request,
    pub read:
        fn(access: &Access, cursor: &Cursor, response: &Response<'_>) -> Result<Listed, Unusable>,
}

impl Sync {
    /// Reads a response, which came at `now`; `parse` reads a call of the store.
    ///
    /// # Errors
    /// The store did not say what was asked: why, and how to go on.
    pub(crate) fn page(
        &self,
        access: &Access,
        cursor: &Cursor,
        response: &Response<'_>,
        now: Instant,
        parse: impl Fn(&str, &[u8]) -> Result<Parsed, Unusable>,
    ) -> Result<SyncPage, Failure> {
        response.check(cursor, self.limit, &self.hints, now)?;
        let listed = (self.read)(access, cursor, response).map_err(|unusable| Failure {
            problem: format!("the answer is not a list of orders: {unusable}"),
            wait_ms: None,
            cursor: cursor.restarted().into(),
        })?;
        let (cursor, more) = cursor.after(&listed, now);
        let items = listed.items.into_iter();
        let changes = items.map(|item| Change {
            topic: self.topic,
            parsed: parse(self.topic, item.body.as_bytes()),
            body: item.body,
        });
        Ok(SyncPage {
            changes: changes.collect(),
            cursor,
            more,
        })
    }
}

/// A time to the second, without a zone: what stores write, and take.
pub(crate) fn seconds(at: Instant) -> String {
    at.to_string().chars().take(19).collect()
}
