//! Clicks of one isolate, gathered for some milliseconds and handed over together.
//!
//! A call to the object that keeps journeys costs several times what all the rest of a click
//! does, so clicks that come together share one. What is gathered here is plain data: no request
//! ever waits for what another one began. A crash loses at most what is gathered at that moment;
//! the mark in the visitor's cookie is not among it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::country::Country;
use crate::touch::NewTouch;
use crate::traffic::Traffic;

/// Clicks that are handed over at once, without waiting for more.
const MAX_CLICKS: usize = 1_024;
/// Shards to hand over to, at most: each is a call, and some plans allow 50 in a request.
const MAX_SHARDS: usize = 32;
/// When nobody is expected to come any more for what was gathered, in milliseconds: the request
/// that was to hand it over was ended by the runtime.
const ABANDONED_MS: i64 = 1_000;

const DAY_MS: i64 = 86_400_000;

/// What is to be recorded of one click.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClickRecord {
    /// When, in milliseconds of Unix time.
    pub at: i64,
    /// The program's number of the link; `None` if the code names none.
    pub link: Option<u32>,
    /// Not finer than that: with a link and a day, a country names nobody.
    pub country: Option<Country>,
    /// Who clicked: a person, or something else.
    pub traffic: Traffic,
    /// The touch that it made, and until when (milliseconds) a journey keeps it.
    pub touch: Option<(NewTouch, i64)>,
}

/// What one shard is to record: the touches that clicks made, and how many clicks there were.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShardBatch {
    /// The touches of those who clicked and are persons.
    pub touches: Vec<RecordedTouch>,
    /// How many clicks made these touches, by link, day, country and traffic.
    pub people: BTreeMap<Group, u64>,
    /// How many other clicks there were.
    pub others: BTreeMap<Group, u64>,
}

/// A touch to be kept. A shard counts the click when its touch is new there: so the count of people's
/// clicks is the number of touches, however often one is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordedTouch {
    /// What is remembered of the click.
    pub touch: NewTouch,
    /// Until when it is kept, in milliseconds of Unix time.
    pub keep_until: i64,
    /// Where the click came from, if Cloudflare knew.
    pub country: Option<Country>,
}

/// Clicks that are counted as one. Nothing in it tells one person from another.
///
/// In JSON `[link, day, country, traffic]`, with 0 for no link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Group(u32, i64, Option<Country>, Traffic);

impl ClickRecord {
    /// The group in which it is counted.
    fn group(&self) -> Group {
        // A program's links are numbered from 1.
        let link = self.link.unwrap_or(0);
        Group(link, self.at.div_euclid(DAY_MS), self.country, self.traffic)
    }
}

/// The clicks that an isolate has gathered, for all shards.
#[derive(Debug, Default)]
pub struct Batch {
    batches: BTreeMap<u16, ShardBatch>,
    clicks: usize,
    /// When the first of them came, and the shard of those who are new.
    begun: Option<(i64, u16)>,
}

/// What the request that brought a click has still to do for it.
#[derive(Debug, PartialEq, Eq)]
pub enum Handover {
    /// Nothing: an earlier request hands it over.
    ByAnother,
    /// To wait a little for more, then to [take](Batch::take) all of it and hand it over.
    AfterPause,
    /// To hand this over at once.
    Now(Vec<(u16, ShardBatch)>),
}

impl Batch {
    /// The shard to which everyone goes who is new, and every click that makes no touch, among the
    /// clicks gathered together: so that one call is enough for them. `proposed` names it, if this
    /// is the first click.
    pub fn shard(&self, proposed: u16) -> u16 {
        self.begun.map_or(proposed, |(_, shard)| shard)
    }

    /// Adds a click. `shard` is that of its visitor, or [`Batch::shard`] where it has none.
    pub fn add(&mut self, click: ClickRecord, shard: u16) -> Handover {
        let group = click.group();
        let ClickRecord {
            at, country, touch, ..
        } = click;
        let own = self.batches.entry(shard).or_default();
        let counts = match touch {
            Some((touch, keep_until)) => {
                own.touches.push(RecordedTouch {
                    touch,
                    keep_until,
                    country,
                });
                &mut own.people
            }
            None => &mut own.others,
        };
        let clicks = counts.entry(group).or_default();
        *clicks = clicks.saturating_add(1);
        self.clicks = self.clicks.saturating_add(1);
        let (begun, _) = *self.begun.get_or_insert((at, shard));
        let full = self.clicks >= MAX_CLICKS || self.batches.len() >= MAX_SHARDS;
        if full || at.saturating_sub(begun) >= ABANDONED_MS {
            Handover::Now(self.take())
        } else if self.clicks == 1 {
            Handover::AfterPause
        } else {
            Handover::ByAnother
        }
    }

    /// Takes all that was gathered, by shard; nothing, if another request took it before.
    pub fn take(&mut self) -> Vec<(u16, ShardBatch)> {
        std::mem::take(self).batches.into_iter().collect()
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests {
    use super::*;
    use crate::subs::Subs;
    use crate::touch::{Mark, Method, touch_id};
    use crate::visitor::VisitorId;
    use proptest::prelude::*;

    const NOW: i64 = 1_767_265_200_000;

    fn bot(at: i64) -> ClickRecord {
        ClickRecord {
            at,
            link: Some(7),
            country: None,
            traffic: Traffic::Bot,
            touch: None,
        }
    }

    fn person(at: i64, visitor: u8) -> ClickRecord {
        let visitor = VisitorId::new(u16::from(visitor), 0, [visitor; 8]);
        let mark = Mark {
            at,
            link: 7,
            method: Method::Link,
        };
        let touch = NewTouch {
            id: touch_id(visitor, mark),
            visitor,
            mark,
            subs: Subs::default(),
            opted_out: false,
        };
        ClickRecord {
            traffic: Traffic::Person,
            touch: Some((touch, at + 1)),
            ..bot(at)
        }
    }

    fn clicks(batches: &[(u16, ShardBatch)]) -> u64 {
        let of = |batch: &ShardBatch| {
            let people = batch.people.values().sum::<u64>();
            assert_eq!(people, batch.touches.len() as u64);
            people + batch.others.values().sum::<u64>()
        };
        batches.iter().map(|(_, batch)| of(batch)).sum()
    }

    #[test]
    fn the_first_request_waits_for_the_others_and_takes_what_they_brought() {
        let mut batch = Batch::default();
        assert_eq!(batch.add(person(NOW, 1), 1), Handover::AfterPause);
        assert_eq!(batch.add(person(NOW + 5, 2), 2), Handover::ByAnother);
        assert_eq!(batch.add(bot(NOW + 9), 1), Handover::ByAnother);
        let taken = batch.take();
        assert_eq!(
            taken.iter().map(|(shard, _)| *shard).collect::<Vec<_>>(),
            [1, 2]
        );
        assert_eq!(clicks(&taken), 3);
        assert_eq!(batch.take(), []);
        assert_eq!(batch.add(bot(NOW + 30), 1), Handover::AfterPause);
    }

    #[test]
    fn those_who_are_new_together_go_to_one_shard_and_later_ones_to_another() {
        let mut batch = Batch::default();
        assert_eq!(batch.shard(3), 3);
        batch.add(bot(NOW), 3);
        assert_eq!(batch.shard(11), 3);
        batch.take();
        assert_eq!(batch.shard(11), 11);
    }

    #[test]
    fn a_batch_whose_request_never_came_back_is_handed_over_by_the_next() {
        let mut batch = Batch::default();
        batch.add(person(NOW, 1), 1);
        assert_eq!(batch.add(person(NOW + 999, 2), 2), Handover::ByAnother);
        let Handover::Now(batches) = batch.add(person(NOW + 1_000, 3), 3) else {
            panic!("nobody hands over");
        };
        assert_eq!(clicks(&batches), 3);
    }

    #[test]
    fn a_full_batch_is_handed_over_at_once() {
        let mut batch = Batch::default();
        assert_eq!(batch.add(bot(NOW), 1), Handover::AfterPause);
        for _ in 2..MAX_CLICKS {
            assert_eq!(batch.add(bot(NOW), 1), Handover::ByAnother);
        }
        let Handover::Now(batches) = batch.add(bot(NOW), 1) else {
            panic!("it waits for more");
        };
        assert_eq!(clicks(&batches), MAX_CLICKS as u64);
    }

    #[test]
    fn a_batch_for_as_many_shards_as_one_request_may_call_is_handed_over_at_once() {
        let mut batch = Batch::default();
        for shard in 1..MAX_SHARDS as u16 {
            let handover = batch.add(bot(NOW), shard);
            assert!(!matches!(handover, Handover::Now(_)), "{shard}");
        }
        let Handover::Now(batches) = batch.add(bot(NOW), 0) else {
            panic!("it waits for more");
        };
        assert_eq!(batches.len(), MAX_SHARDS);
    }

    #[test]
    fn clicks_are_counted_by_link_day_country_and_traffic_and_apart_where_they_made_a_touch() {
        let mut batch = Batch::default();
        let day = NOW.div_euclid(DAY_MS);
        let unknown = ClickRecord {
            link: None,
            traffic: Traffic::Person,
            country: "DE".parse().ok(),
            ..bot(NOW)
        };
        for click in [bot(NOW), bot(NOW + 1), bot(NOW + 2), unknown] {
            batch.add(click, 0);
        }
        for click in [person(NOW, 1), person(NOW, 2)] {
            batch.add(click, 0);
        }
        let taken = batch.take();
        let json = |counts: &BTreeMap<Group, u64>| {
            serde_json::to_value(counts.iter().collect::<Vec<_>>()).unwrap()
        };
        assert_eq!(
            json(&taken[0].1.others),
            serde_json::json!([[[0, day, "DE", "person"], 1], [[7, day, null, "bot"], 3]])
        );
        assert_eq!(
            json(&taken[0].1.people),
            serde_json::json!([[[7, day, null, "person"], 2]])
        );
    }

    proptest! {
        /// Whatever comes when, and whoever of those who wait is ended by the runtime.
        #[test]
        fn every_click_is_handed_over_once_and_a_batch_is_bounded(
            clicks_in in prop::collection::vec((0..40_i64, 0..60_u8, any::<bool>(), any::<bool>()), 1..1_000),
        ) {
            let mut batch = Batch::default();
            let (mut at, mut handed_over) = (NOW, 0);
            let total = clicks_in.len() as u64;
            for (pause, visitor, by_a_bot, comes_back) in clicks_in {
                at += pause;
                let click = if by_a_bot { bot(at) } else { person(at, visitor) };
                let shard = if by_a_bot { batch.shard(0) } else { u16::from(visitor) };
                match batch.add(click, shard) {
                    Handover::Now(batches) => {
                        prop_assert!(batches.len() <= MAX_SHARDS);
                        prop_assert!(clicks(&batches) <= MAX_CLICKS as u64);
                        handed_over += clicks(&batches);
                    }
                    Handover::AfterPause if comes_back => handed_over += clicks(&batch.take()),
                    Handover::AfterPause | Handover::ByAnother => {}
                }
            }
            prop_assert_eq!(handed_over + clicks(&batch.take()), total);
        }
    }
}
