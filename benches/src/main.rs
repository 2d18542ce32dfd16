//! What Waymark costs, in real workerd. Run it by `scripts/bench`, which builds what is measured.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    reason = "a benchmark that cannot go on ends, and it is here that clocks are read"
)]

mod click;
mod crossings;
mod figure;
mod load;
mod seed;
mod workers;

use clap::Parser;
use std::path::PathBuf;

/// Times Waymark in workerd, without a proxy in between.
#[derive(Parser)]
#[command(name = "scripts/bench")]
enum Bench {
    /// Clicks, beside Workers that do nothing.
    Click(Given),
}

#[derive(clap::Args)]
struct Given {
    /// How often everything is measured, by turns; the medians count.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How long each measurement takes.
    #[arg(long, default_value_t = 1)]
    seconds: u32,
    /// Leaves out what takes long: a million links and a million visitors.
    #[arg(long)]
    quick: bool,
    /// Where to write the figures as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
}

fn main() {
    let Bench::Click(given) = Bench::parse();
    let report = click::run(&given);
    print!("{report}");
    if let Some(path) = &given.json {
        let json = serde_json::to_string_pretty(&report).expect("figures to be JSON");
        std::fs::write(path, json + "\n")
            .unwrap_or_else(|error| panic!("{error}: {}", path.display()));
    }
}
