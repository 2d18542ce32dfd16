//! How far a store was synced, and where to go on.

use serde::{Deserialize, Serialize};
use waymark_attribution::time::Instant;

use super::listed::{Listed, Next};
use super::local_time::LocalTime;

/// How far before its place a sync begins, in milliseconds: ten minutes.
const OVERLAP_MS: i64 = 600_000;
/// Pages that one sync takes in one go. What is left is taken up by the next one: a store that
/// always says that there is more is not asked without end.
const MAX_PAGES: u32 = 1_000;
/// How far a store was synced. Kept from one sync to the next, and between the pages of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Whatever changed before then was read, by the store's clock.
    since: Instant,
    /// The latest change that the sync under way has seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seen: Option<Instant>,
    /// Where the sync under way goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<Next>,
    /// Items to ask for at once; fewer than usual since an answer was too large.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limit: Option<usize>,
    #[serde(default)]
    pages: u32,
    /// Up to when what lies in the trash was read, where that is not up to `since`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trash_since: Option<Instant>,
    /// WooCommerce's, as far as it was seen.
    #[serde(default, skip_serializing_if = "LocalTime::is_unknown")]
    pub(crate) local_time: LocalTime,
}

impl Cursor {
    /// The first sync: what has changed since then.
    #[must_use]
    pub fn from(since: Instant) -> Self {
        Self {
            since,
            seen: None,
            next: None,
            limit: None,
            pages: 0,
            trash_since: None,
            local_time: LocalTime::default(),
        }
    }

    /// The time, by the store's clock, up to which everything was read.
    #[must_use]
    pub fn since(&self) -> Instant {
        self.since
    }

    /// From when on changes are asked for.
    pub(crate) fn begins(&self) -> Instant {
        before(self.since)
    }

    /// Up to when what lies in the trash was read.
    pub(crate) fn trash_since(&self) -> Instant {
        self.trash_since.unwrap_or(self.since)
    }

    /// From when on it is asked for what lies in the trash.
    pub(crate) fn trash_begins(&self) -> Instant {
        before(self.trash_since())
    }

    /// The latest change that the sync under way has seen.
    pub(crate) fn seen(&self) -> Option<Instant> {
        self.seen
    }

    /// The same sync, from its place on. What was read of it stays read.
    pub(super) fn restarted(&self) -> Self {
        Self {
            limit: self.limit,
            trash_since: self.trash_since,
            local_time: self.local_time.clone(),
            ..Self::from(self.since)
        }
    }

    /// The cursor after a page, and whether there is more to be asked for at once. Times after `now` are those of a clock that is wrong: to follow them
    /// would pass over what changes until then.
    pub(super) fn after(&self, page: &Listed, now: Instant) -> (Self, bool) {
        let latest = Listed::latest(&page.items);
        let seen = self.seen.max(latest.map(|at| at.min(now)));
        let pages = self.pages.saturating_add(1);
        let from = |since: Option<Instant>| Self {
            local_time: page.local_time.clone(),
            trash_since: page.trash_since,
            ..Self::from(since.map_or(self.since, |since| self.since.max(since)))
        };
        match &page.next {
            None => (from(seen), false),
            Some(next) => {
                let more = pages < MAX_PAGES;
                let cursor = Self {
                    seen,
                    next: Some(next.clone()),
                    limit: self.limit,
                    pages: if more { pages } else { 0 },
                    ..from(page.read_until.map(|until| until.min(now)))
                };
                (cursor, more)
            }
        }
    }

    /// Asks for fewer at once; `None` if it was one already.
    pub(super) fn with_fewer(&self, usual: usize) -> Option<Self> {
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

    pub(crate) fn limit(&self, usual: usize) -> usize {
        self.limit.map_or(usual, |limit| limit.min(usual).max(1))
    }
}

fn before(at: Instant) -> Instant {
    Instant::from_millis(at.as_millis().saturating_sub(OVERLAP_MS))
}
