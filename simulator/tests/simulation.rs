//! Whatever network, clocks, crashes, receivers and people do: what was promised holds.

use std::collections::BTreeMap;
use std::sync::Mutex;

use waymark_simulator::seeds;
use waymark_simulator::story::{PRESETS, rules};
use waymark_simulator::world::World;

/// `WAYMARK_RUNS` and `WAYMARK_STEPS` make the long run.
#[test]
fn promises_hold_through_every_failure_and_all_orders_end_as_folded_once() {
    let rules = PRESETS.map(rules);
    let steps = seeds::size("WAYMARK_STEPS", 2_000);
    let happened: Mutex<BTreeMap<&str, u64>> = Mutex::default();
    let count = seeds::for_each(2_000, |seed| {
        let place = usize::try_from(seed % 4).expect("one of four");
        let mut world = World::new(seed, &rules[place]);
        for _ in 0..steps {
            world.step();
        }
        world.calm_down();
        world.check_end();
        let mut sum = happened.lock().expect("figures");
        for (what, count) in world.happened {
            *sum.entry(what).or_default() += count;
        }
    });
    println!(
        "{count} seeds, {steps} steps each: {:?}",
        happened.into_inner()
    );
}
