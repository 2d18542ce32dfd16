//! Asking a store for the orders that changed: what a lost call would have said.
//!
//! Calls of stores can be lost: WooCommerce repeats none, Shopify gives up after some hours. So from
//! time to time a store is looked at, page after page. What it shows of an order is what its call
//! would have said, and becomes the same facts: what was heard twice stays once.
//!
//! ```text
//! look ──request──▶ (the caller calls) ──▶ answer ──read──▶ changes, and the look to go on with
//! ```
//!
//! | store | what it is asked for | what it cannot show |
//! |---|---|---|
//! | Shopify | orders by `updated_at`, with their refunds | disputes; orders that were deleted |
//! | WooCommerce | orders by `date_modified_gmt`, with the totals of their refunds | orders in the trash or deleted |
//! | Stripe | the events themselves, of the last 30 days | nothing |
//!
//! A look moves on by the store's own times, never by our clock, so it does not matter whether the
//! two agree; it begins somewhat before the place where the last one ended, since an order that is
//! being written shows up later than its time says.
//!
//! ```
//! use waymark_checkout::changes::{Answer, Look, Store};
//!
//! let store = Store::Shopify {
//!     host: "kettle.myshopify.com".to_owned(),
//!     token: "shpat_1".to_owned(),
//! };
//! let look = Look::from("2026-01-04T12:00:00Z".parse()?);
//! assert_eq!(
//!     store.request(&look).url,
//!     "https://kettle.myshopify.com/admin/api/2026-10/orders.json?status=any\
//!      &updated_at_min=2026-01-04T11%3A50%3A00Z&order=updated_at+asc&limit=50"
//! );
//! let answer = Answer { status: 200, body: br#"{"orders": []}"#, ..Answer::default() };
//! let page = store.read(&look, &answer, "2026-01-04T13:00:00Z".parse()?)?;
//! assert!(page.changes.is_empty() && !page.more);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod link;
mod local_time;
mod shopify;
mod stripe;
mod woocommerce;

use std::fmt;

use serde::{Deserialize, Serialize};
use waymark_attribution::time::Instant;

use crate::delivery::Parsed;
use crate::payload::{Object, Unusable, Value};
pub use answer::{Answer, Failure};
use local_time::LocalTime;

/// The most that is to be read of an answer, in bytes. Orders are some 10 KiB each; a page of them
/// that is larger is asked for again in smaller pages.
pub const LARGEST_ANSWER: usize = 4 << 20;

/// How far before its place a look begins, in milliseconds: ten minutes.
const OVERLAP_MS: i64 = 600_000;
/// Pages that one look takes in one go. What is left is taken up by the next one: a store that
/// always says that there is more is not asked without end.
const MOST_PAGES: u32 = 1_000;
/// Items that are read of an answer; no store gives more.
const MOST_ITEMS: usize = 250;
/// The longest text that a store gives to find the next page by, in bytes.
const LONGEST_PLACE: usize = 4_096;

/// A store that can be asked, with what opens its API.
pub enum Store {
    Shopify {
        /// The shop's own name at Shopify, `kettle.myshopify.com`.
        host: String,
        token: String,
    },
    WooCommerce {
        /// WordPress's address, without a slash at its end.
        url: String,
        key: String,
        secret: String,
    },
    Stripe {
        token: String,
    },
}

/// Opaque: it holds secrets.
impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store(…)")
    }
}

/// A GET to make, with no redirect followed.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
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

/// How far a store has been looked at. Kept from one look to the next, and between its pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// Whatever changed before then was read, by the store's clock.
    since: Instant,
    /// The latest change that the look under way has seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seen: Option<Instant>,
    /// Where the look under way goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<Next>,
    /// Items to ask for at once; fewer than usual since an answer was too large.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limit: Option<usize>,
    #[serde(default)]
    pages: u32,
    /// WooCommerce's, as far as it was seen.
    #[serde(default, skip_serializing_if = "LocalTime::is_unknown")]
    local_time: LocalTime,
}

/// Where a look goes on, as its store takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Next {
    /// Shopify: path and query of the next page.
    Path(String),
    /// WooCommerce: a page of what was modified after that time, but for orders that were read
    /// since then.
    After {
        at: Instant,
        #[serde(default)]
        read: Box<[String]>,
        page: u32,
    },
    /// Stripe: what comes after the event of that id.
    Event(String),
}

impl Look {
    /// The first look, at what has changed since then.
    #[must_use]
    pub fn from(since: Instant) -> Self {
        Self {
            since,
            seen: None,
            next: None,
            limit: None,
            pages: 0,
            local_time: LocalTime::default(),
        }
    }

    /// The time, by the store's clock, up to which everything was read.
    #[must_use]
    pub fn since(&self) -> Instant {
        self.since
    }

    /// From when on changes are asked for.
    fn begins(&self) -> Instant {
        Instant::from_millis(self.since.as_millis().saturating_sub(OVERLAP_MS))
    }

    /// The same look, from its place on. What was read of it stays read.
    fn anew(&self) -> Self {
        Self {
            limit: self.limit,
            local_time: self.local_time.clone(),
            ..Self::from(self.since)
        }
    }

    /// The look after a page. Times after `now` are those of a clock that is wrong: to follow them
    /// would pass over what changes until then.
    fn after(&self, page: &Listed, now: Instant) -> (Self, bool) {
        let latest = Listed::latest(&page.items);
        let seen = self.seen.max(latest.map(|at| at.min(now)));
        let pages = self.pages.saturating_add(1);
        let from = |since: Option<Instant>| Self {
            local_time: page.local_time.clone(),
            ..Self::from(since.map_or(self.since, |since| self.since.max(since)))
        };
        match &page.next {
            None => (from(seen), false),
            Some(next) => {
                let more = pages < MOST_PAGES;
                let look = Self {
                    seen,
                    next: Some(next.clone()),
                    limit: self.limit,
                    pages: if more { pages } else { 0 },
                    ..from(page.read_until.map(|until| until.min(now)))
                };
                (look, more)
            }
        }
    }

    /// Asks for fewer at once; `None` if it was one already.
    fn with_fewer(&self, usual: usize) -> Option<Self> {
        let limit = self.limit(usual) / 2;
        let next = match &self.next {
            Some(Next::Event(id)) => Some(Next::Event(id.clone())),
            // A place among pages of another size.
            _ => None,
        };
        (limit > 0).then(|| Self {
            limit: Some(limit),
            next,
            ..self.clone()
        })
    }

    fn limit(&self, usual: usize) -> usize {
        self.limit.map_or(usual, |limit| limit.min(usual).max(1))
    }
}

/// What one answer says.
#[derive(Debug)]
pub struct Page {
    pub changes: Vec<Change>,
    /// What to go on with.
    pub look: Look,
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

impl Store {
    /// The request that brings the look on.
    #[must_use]
    pub fn request(&self, look: &Look) -> Request {
        match self {
            Self::Shopify { host, token } => shopify::request(host, token, look),
            Self::WooCommerce { url, key, secret } => woocommerce::request(url, key, secret, look),
            Self::Stripe { token } => stripe::request(token, look),
        }
    }

    /// Reads the answer to [`Store::request`], which came at `now`.
    ///
    /// # Errors
    /// The store did not say what was asked: why, and how to go on.
    pub fn read(&self, look: &Look, answer: &Answer<'_>, now: Instant) -> Result<Page, Failure> {
        let (usual, hints) = match self {
            Self::Shopify { .. } => (shopify::LIMIT, &shopify::HINTS),
            Self::WooCommerce { .. } => (woocommerce::LIMIT, &woocommerce::HINTS),
            Self::Stripe { .. } => (stripe::LIMIT, &stripe::HINTS),
        };
        answer.check(look, usual, hints, now)?;
        let listed = match self {
            Self::Shopify { host, .. } => shopify::read(host, answer),
            Self::WooCommerce { .. } => woocommerce::read(look, answer),
            Self::Stripe { .. } => stripe::read(answer),
        };
        let listed = listed.map_err(|unusable| Failure {
            problem: format!("the answer is not a list of orders: {unusable}"),
            wait_ms: None,
            look: look.anew().into(),
        })?;
        let (look, more) = look.after(&listed, now);
        Ok(Page {
            changes: listed.items.into_iter().map(|item| item.change).collect(),
            look,
            more,
        })
    }
}

/// What an answer lists.
struct Listed {
    items: Vec<Item>,
    next: Option<Next>,
    /// Behind this page, nothing is left that changed before then; `None` if that is not known.
    read_until: Option<Instant>,
    local_time: LocalTime,
}

impl Listed {
    /// When the latest change of those was made.
    fn latest(items: &[Item]) -> Option<Instant> {
        items.iter().filter_map(|item| item.at).max()
    }
}

/// An order, or an event, of an answer.
struct Item {
    id: Option<String>,
    /// When it changed, by the store's clock.
    at: Option<Instant>,
    change: Change,
}

/// How a store's items are read.
struct Reader {
    topic: &'static str,
    at: fn(&Object<'_, '_>) -> Option<Instant>,
    parse: fn(&[u8]) -> Result<Parsed, Unusable>,
}

impl Reader {
    fn items(&self, list: &Value<'_, '_>) -> Result<Vec<Item>, Unusable> {
        if list.is_absent() {
            return Err(list.error("missing"));
        }
        let items = list.at_most(MOST_ITEMS)?;
        Ok(items.iter().map(|item| self.item(item)).collect())
    }

    fn item(&self, item: &Value<'_, '_>) -> Item {
        let object = item.object().ok().flatten();
        let object = object.as_ref();
        let body = item.json().unwrap_or("null");
        Item {
            id: object.and_then(|object| object.get("id").id().ok().flatten()),
            at: object.and_then(|object| (self.at)(object)),
            change: Change {
                topic: self.topic,
                body: body.to_owned(),
                parsed: (self.parse)(body.as_bytes()),
            },
        }
    }
}

/// A time to the second, without a zone: what stores write, and take.
fn seconds(at: Instant) -> String {
    at.to_string().chars().take(19).collect()
}
