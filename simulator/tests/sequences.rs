//! An order ends the same in whatever sequence its calls come: every sequence is tried.

#![allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test ends where something has not its shape"
)]

use std::collections::BTreeMap;

use waymark_attribution::time::Instant;
use waymark_facts::{Fact, Folded, fold};
use waymark_ledger::Cause;
use waymark_simulator::order::{EndState, Found, Numbers, Order};
use waymark_simulator::random::Random;
use waymark_simulator::rules::Rules;
use waymark_simulator::seeds;
use waymark_simulator::story::{Call, PRESETS, Story, rules};

/// One order, and what was found of it by each set of its calls.
struct Trial<'a> {
    rules: &'a Rules,
    calls: &'a [Call],
    /// By the set of calls, a bit for each. What is found is worked out once for each set; that the
    /// facts fold to the same thing is tried for every sequence.
    found: BTreeMap<usize, (Folded, Found)>,
    expected: EndState,
    sequences: usize,
}

impl Trial<'_> {
    /// Goes on with every call that was not heard yet.
    fn go_on<'f>(
        &mut self,
        heard: usize,
        facts: &mut Vec<&'f Fact>,
        order: &Order,
        calls: &'f [Call],
    ) {
        if heard + 1 == 1 << calls.len() {
            self.sequences += 1;
            assert_eq!(order.end_state(), self.expected);
            return;
        }
        for (place, call) in calls.iter().enumerate() {
            if heard & (1 << place) != 0 {
                continue;
            }
            let now_heard = heard | (1 << place);
            facts.extend(call);
            let folded = fold(facts.iter().copied());
            let (known, found) = self.found.entry(now_heard).or_insert_with(|| {
                let found = Found::of(self.rules, &folded, &order.standing, None);
                (folded.clone(), found)
            });
            assert_eq!(
                &folded, known,
                "the fold depends on the sequence of {facts:?}"
            );
            let mut next = order.clone();
            let cause = Cause::of(call, Instant::from_millis(0));
            let mut numbers = Numbers {
                conversion: i64::try_from(next.conversions.len()).unwrap_or(i64::MAX),
                entry: 0,
            };
            next.book(self.rules, found, &cause, &mut numbers);
            self.go_on(now_heard, facts, &next, calls);
            facts.truncate(facts.len() - call.len());
        }
    }
}

#[test]
fn all_40_320_sequences_of_eight_calls_end_alike_for_20_orders() {
    seeds::for_each(20, |seed| {
        let mut random = Random::new(seed);
        let rules = rules(PRESETS[random.below(PRESETS.len())]);
        let story = Story::of_eight(&mut random);
        let mut trial = Trial {
            rules: &rules,
            calls: &story.calls,
            found: BTreeMap::new(),
            expected: Order::at_once(&rules, story.facts()).end_state(),
            sequences: 0,
        };
        let calls = trial.calls;
        trial.go_on(0, &mut Vec::new(), &Order::default(), calls);
        assert_eq!(trial.sequences, 40_320);
    });
}
