//! What a response lists: orders or events, and where its store goes on.

use serde::{Deserialize, Serialize};
use waymark_attribution::time::Instant;

use super::local_time::LocalTime;
use crate::payload::{Object, Unusable, Value};

/// Items that are read of a response; no store gives more.
pub(crate) const MAX_ITEMS: usize = 250;

/// Where a sync goes on, as its store takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Next {
    /// Shopify: path and query of the next page.
    Path(String),
    /// WooCommerce: a page of what was modified after that time, but for orders that were read
    /// since then.
    After {
        at: Instant,
        #[serde(default)]
        read: Box<[String]>,
        page: u32,
        /// Whether it is of what lies in the trash.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        trash: bool,
    },
    /// Stripe: what comes after the event of that id.
    Event(String),
}

/// What a response lists.
pub(crate) struct Listed {
    pub items: Vec<Item>,
    pub next: Option<Next>,
    /// Behind this page, nothing is left that changed before then; `None` if that is not known.
    pub read_until: Option<Instant>,
    pub local_time: LocalTime,
    /// Up to when what lies in the trash was read, until that is as far as the rest.
    pub trash_since: Option<Instant>,
}

impl Listed {
    /// When the latest change of those was made.
    pub(crate) fn latest(items: &[Item]) -> Option<Instant> {
        items.iter().filter_map(|item| item.at).max()
    }
}

/// An order, or an event, of an answer.
pub(crate) struct Item {
    pub id: Option<String>,
    /// When it changed, by the store's clock.
    pub at: Option<Instant>,
    /// As the store gave it.
    pub body: String,
}

/// The items of a list. `changed_at` says when one changed, by the store's clock.
///
/// # Errors
/// It is no list, or a longer one than any store gives.
pub(crate) fn items(
    list: &Value<'_, '_>,
    changed_at: impl Fn(&Object<'_, '_>) -> Option<Instant>,
) -> Result<Vec<Item>, Unusable> {
    if list.is_absent() {
        return Err(list.error("missing"));
    }
    let item = |item: &Value<'_, '_>| {
        let object = item.object().ok().flatten();
        let object = object.as_ref();
        Item {
            id: object.and_then(|object| object.get("id").id().ok().flatten()),
            at: object.and_then(&changed_at),
            body: item.json().unwrap_or("null").to_owned(),
        }
    };
    Ok(list.at_most(MAX_ITEMS)?.iter().map(item).collect())
}
