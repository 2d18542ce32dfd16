//! An order ends the same in whatever sequence its calls come: every sequence is tried.

#![allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test ends where something has not its shape"
)]

use std::collections::BTreeMap;

use waymark_simulator::order::Order;
use waymark_simulator::program::Tables;
use waymark_simulator::random::Random;
use waymark_simulator::rules::Rules;
use waymark_simulator::seeds;
use waymark_simulator::story::{Call, PRESETS, Story, rules};

/// A state to which sequences of the same calls have come, and how many they are.
struct Reached {
    tables: Tables,
    sequences: u64,
}

/// What of a state bears on what follows: what is stored of the order and its customer, entries by
/// their sums, and conversions whatever their numbers are. Its facts are those of the calls.
fn name(tables: &Tables) -> String {
    let order = |it: &Order| {
        let mut booked = it.booked();
        booked.iter_mut().for_each(|it| it.number = 0);
        booked.sort_by_key(|it| format!("{it:?}"));
        format!("{:?} {:?} {booked:?}", it.stored, it.row)
    };
    let orders: Vec<String> = tables.orders.values().map(|it| order(it)).collect();
    let assignments: Vec<_> = tables.assignments.values().collect();
    format!("{orders:?} {assignments:?}")
}

/// Hears each of the calls in every state that was reached without it. Two sequences that came to one
/// state go on alike, so they are tried as one.
fn all_sequences(rules: &Rules, calls: &[Call]) -> BTreeMap<String, Reached> {
    let nothing = Reached {
        tables: Tables::default(),
        sequences: 1,
    };
    // By the set of calls that were heard, a bit for each.
    let mut reached: Vec<BTreeMap<String, Reached>> = Vec::new();
    reached.resize_with(1 << calls.len(), BTreeMap::new);
    reached[0].insert(String::new(), nothing);
    for heard in 0..reached.len() - 1 {
        for before in std::mem::take(&mut reached[heard]).into_values() {
            for (place, call) in calls.iter().enumerate() {
                if heard & (1 << place) != 0 {
                    continue;
                }
                let mut tables = before.tables.clone();
                tables.report(rules, call, &[], 0);
                let same = reached[heard | (1 << place)].entry(name(&tables));
                same.or_insert(Reached {
                    tables,
                    sequences: 0,
                })
                .sequences += before.sequences;
            }
        }
    }
    reached.pop().unwrap_or_default()
}

#[test]
fn all_40_320_sequences_of_eight_calls_end_alike_for_20_orders() {
    seeds::for_each(20, |seed| {
        let mut random = Random::new(seed);
        let rules = rules(PRESETS[random.below(PRESETS.len())]);
        let story = Story::of_eight(&mut random);
        let expected = Order::at_once(&rules, story.facts()).end_state();
        let mut sequences = 0;
        for reached in all_sequences(&rules, &story.calls).into_values() {
            let order = reached.tables.orders.values().next();
            assert_eq!(order.map(|it| it.end_state()), Some(expected.clone()));
            sequences += reached.sequences;
        }
        assert_eq!(sequences, 40_320);
    });
}
