//! Runs by seed: many at once, and one again.
//!
//! * `WAYMARK_SEED=17` runs that seed alone, as the message of a run that failed says.
//! * `WAYMARK_RUNS=1000000` makes the long run.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

/// Calls `run` with as many seeds, on all cores; 0, 1, 2 … unless the environment says otherwise.
/// How many there were.
pub fn for_each(usual: u64, run: impl Fn(u64) + Sync) -> u64 {
    let seeds = match number("WAYMARK_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("WAYMARK_RUNS").unwrap_or(usual),
    };
    let count = seeds.end - seeds.start;
    let next = AtomicU64::new(seeds.start);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    alone(seed, &run);
                }
            });
        }
    });
    count
}

/// A run whose failure says by which seed it is repeated.
fn alone(seed: u64, run: impl Fn(u64)) {
    if let Err(failure) = catch_unwind(AssertUnwindSafe(|| run(seed))) {
        eprintln!("the run with seed {seed} failed; WAYMARK_SEED={seed} repeats it alone");
        resume_unwind(failure);
    }
}

/// The seed of a test that has one run: 0 unless `WAYMARK_SEED` says otherwise. It is printed, so
/// that the output of a failure has it.
pub fn one() -> u64 {
    let seed = number("WAYMARK_SEED").unwrap_or(0);
    println!("the seed is {seed}; WAYMARK_SEED={seed} repeats this run");
    seed
}

/// A size: the usual one, for every change, or that of the environment variable, for the long run.
pub fn size(variable: &str, usual: u64) -> u64 {
    number(variable).unwrap_or(usual)
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable}={text} is no number")),
    )
}
