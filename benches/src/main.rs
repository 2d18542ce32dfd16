//! What Waymark costs, in real workerd. Run it by `scripts/bench`, which builds what is measured.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    reason = "a benchmark that cannot go on ends, and it is here that clocks are read"
)]

mod checkout;
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
    /// Orders into one program, with an empty book and a full one.
    Checkout(Given),
}

#[derive(clap::Args)]
struct Given {
    /// How often everything is measured, by turns; the medians count.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How long each measurement takes.
    #[arg(long, default_value_t = 1)]
    seconds: u32,
    /// Leaves out what takes long: a million links, visitors or orders.
    #[arg(long)]
    quick: bool,
    /// Of clicks: leaves out what they cost with more and more stored.
    #[arg(long)]
    without_growth: bool,
    /// Where to write the figures as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
}

fn main() {
    match Bench::parse() {
        Bench::Click(given) => tell(&click::run(&given), &given),
        Bench::Checkout(given) => tell(&checkout::run(&given), &given),
    }
}

fn tell(report: &(impl std::fmt::Display + serde::Serialize), given: &Given) {
    print!("{report}");
    if let Some(path) = &given.json {
        let json = serde_json::to_string_pretty(report).expect("figures to be JSON");
        std::fs::write(path, json + "\n")
            .unwrap_or_else(|error| panic!("{error}: {}", path.display()));
    }
}
