//! An order ends the same though calls about it are lost, repeated and late, once all were heard.

use waymark_orders::State;
use waymark_simulator::order::Order;
use waymark_simulator::program::Tables;
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
        let mut tables = Tables::default();
        let mut all: Vec<&Call> = story.calls.iter().collect();
        random.shuffle(&mut all);
        let heard = bad_network(&mut random, &story.calls)
            .into_iter()
            .chain(all);
        for (clock, call) in (1..).zip(heard) {
            tables.report(rules, call, &[], clock);
        }
        let order = tables.orders.values().next().expect("an order");
        let once = Order::at_once(rules, story.facts());
        assert_eq!(order.end_state(), once.end_state());

        // One hearing books each conversion with one entry at most; a history, with entries that
        // sum to it.
        if once.state() == State::Decided {
            let longest = once.conversions.iter().map(|it| it.entries.len()).max();
            assert!(longest.unwrap_or(0) <= 1);
        }
        let owed = |order: &Order| -> i64 {
            let conversions = order.conversions.iter();
            conversions
                .map(waymark_simulator::order::Conversion::balance)
                .sum()
        };
        assert_eq!(owed(order), owed(&once));
    });
    println!("{count} histories");
}
