//! An order ends the same though calls about it are lost, repeated and late, once all were heard.

use waymark_attribution::time::Instant;
use waymark_ledger::Cause;
use waymark_simulator::order::{Numbers, Order, State};
use waymark_simulator::random::Random;
use waymark_simulator::seeds;
use waymark_simulator::story::{Call, PRESETS, Story, rules};

/// The calls as a bad network delivers them: some never, some more than once, each at any time.
fn bad_network<'s>(random: &mut Random, calls: &'s [Call]) -> Vec<&'s Call> {
    let mut heard = Vec::new();
    for call in calls {
        let copies = match random.below(10) {
            0..3 => 0,
            3..7 => 1,
            7 => 2,
            8 => 3,
            _ => 4,
        };
        heard.extend(std::iter::repeat_n(call, copies));
    }
    random.shuffle(&mut heard);
    heard
}

/// 20 000 of them, or as many as `WAYMARK_RUNS` says: a million in the long run.
#[test]
fn after_any_history_a_full_redelivery_leaves_what_one_hearing_of_it_would() {
    let rules = PRESETS.map(rules);
    let count = seeds::for_each(20_000, |seed| {
        let mut random = Random::new(seed);
        let rules = random.pick(&rules);
        let story = Story::any(&mut random, true);
        let mut order = Order::default();
        let mut numbers = Numbers::default();
        let mut clock = 0;
        let mut deliver = |order: &mut Order, call: &Call| {
            clock += 1;
            let news = order.hear(call);
            if news.is_empty() {
                return;
            }
            let cause = Cause::of(&news, Instant::from_millis(clock));
            order.settle(rules, &cause, &mut numbers);
        };
        for call in bad_network(&mut random, &story.calls) {
            deliver(&mut order, call);
        }
        let mut all: Vec<&Call> = story.calls.iter().collect();
        random.shuffle(&mut all);
        for call in all {
            deliver(&mut order, call);
        }
        let once = Order::at_once(rules, story.facts());
        assert_eq!(order.end_state(), once.end_state());

        // One hearing books each conversion with one entry at most; a history, with entries that
        // sum to it.
        if once.state == State::Decided {
            let longest = once.conversions.iter().map(|it| it.entries.len()).max();
            assert!(longest.unwrap_or(0) <= 1);
        }
        let owed = |order: &Order| -> i64 {
            let conversions = order.conversions.iter();
            conversions
                .map(waymark_simulator::order::Conversion::balance)
                .sum()
        };
        assert_eq!(owed(&order), owed(&once));
    });
    println!("{count} histories");
}
