//! Stores that sort their changes by the local time at which they were written, as WooCommerce does
//! that keeps its orders among WordPress's posts. Where that goes back, at the end of summer time, an
//! order that changed earlier comes later.

use serde::{Deserialize, Serialize};
use waymark_attribution::time::Instant;

/// What local time goes back by, where it was not seen yet: an hour.
const USUAL_MS: i64 = 3_600_000;

/// How far the store's local time was ahead of UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct LocalTime(Vec<Ahead>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Ahead {
    by_ms: i64,
    /// The earliest change that was seen with it; `None`: it may have been before what was seen.
    since: Option<Instant>,
}

/// When a change was made, and how far local time was ahead then, in milliseconds.
pub(crate) type Written = (Instant, i64);

impl LocalTime {
    pub(crate) fn is_unknown(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes up a page whose changes are sorted by local time. The time before which no change is
    /// left behind it; `None` if it has none.
    pub(crate) fn read_until(&mut self, page: &[Written]) -> Option<Instant> {
        let (first, last) = (page.first()?, page.last()?);
        if self.is_unknown() {
            self.0.push(Ahead {
                by_ms: first.1.saturating_add(USUAL_MS),
                since: None,
            });
        }
        for change in page {
            self.see(change);
        }
        self.until(last)
    }

    fn see(&mut self, (at, by_ms): &Written) {
        // Less than now, and earlier: that was before summer time began.
        self.0
            .retain(|it| it.by_ms >= *by_ms || it.since.is_some_and(|since| since > *at));
        match self.0.iter_mut().find(|it| it.by_ms == *by_ms) {
            Some(known) => known.since = Some(known.since.map_or(*at, |since| since.min(*at))),
            None => self.0.push(Ahead {
                by_ms: *by_ms,
                since: Some(*at),
            }),
        }
    }

    /// What is left has a local time after that of the last change. So where local time was further
    /// ahead, it was made some time after it, and before local time was less.
    fn until(&mut self, last: &Written) -> Option<Instant> {
        let seen = self.0.clone();
        let less_since = |by_ms: i64| {
            let less = seen.iter().filter(|it| it.by_ms < by_ms);
            less.filter_map(|it| it.since).min()
        };
        self.0.retain(|it| {
            let is_over = less_since(it.by_ms).is_some_and(|since| since <= begins(it, last));
            it.by_ms <= last.1 || !is_over
        });
        self.0
            .iter()
            .map(|it| begins(it, last))
            .chain([last.0])
            .min()
    }
}

/// The earliest time of a change that comes after `last`, if local time was that far ahead.
fn begins(ahead: &Ahead, (at, by_ms): &Written) -> Instant {
    let further = ahead.by_ms.saturating_sub(*by_ms).max(0);
    Instant::from_millis(at.as_millis().saturating_sub(further))
}
