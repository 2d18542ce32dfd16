//! The tasks of the project itself: `cargo xtask TASK`.
//!
//! [`tidy`](Task::Tidy) holds what `docs/ARCHITECTURE.md` promises of the source: one file a promise,
//! each with a test that shows what breaks it, and one that finds no breach in this house. So
//! `cargo test -p xtask` is as good, and says which promise it is.

#![forbid(unsafe_code)]

mod breach;
mod circles;
mod commands;
mod floors;
mod house;
mod lengths;
mod lints;
mod modules;
mod papers;
mod pure;
mod sql;
mod tables;
mod web;
mod workspace;
mod writers;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::breach::Breach;
use crate::house::House;
use crate::workspace::Package;

/// The tasks of the project itself
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Xtask {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Say where the source breaks what the architecture promises, and what would mend it
    Tidy,
    /// List the files that import each other in circles, and the imports that would open them
    Circles,
}

fn main() -> ExitCode {
    match run(&Xtask::parse().task) {
        Ok(code) => code,
        Err(error) => {
            anstream::eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: &Task) -> Result<ExitCode, Box<dyn Error>> {
    let root = root();
    let house = House::read(&root)?;
    match task {
        Task::Circles => anstream::print!("{}", circles::report(&house)),
        Task::Tidy => {
            let breaches = breaches(&house, &workspace::packages(&root)?);
            for breach in &breaches {
                anstream::eprintln!("{breach}");
            }
            if !breaches.is_empty() {
                anstream::eprintln!("{} breaches", breaches.len());
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// All that is wrong, by file and line.
fn breaches(house: &House, packages: &[Package]) -> Vec<Breach> {
    let mut breaches = [
        house.unread.clone(),
        circles::check(house),
        floors::check(packages),
        pure::check(house, packages),
        tables::check(house),
        writers::check(house),
        web::check(house),
        lints::check(house, packages),
        papers::check(house),
        commands::check(house, packages),
        lengths::check(house),
    ]
    .concat();
    breaches.sort();
    breaches
}

/// Where the project stands.
fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_owned()
}

/// Fails with all breaches, as a person reads them.
#[cfg(test)]
fn assert_tidy(breaches: &[Breach]) {
    let words: Vec<String> = breaches.iter().map(ToString::to_string).collect();
    assert!(breaches.is_empty(), "\n{}\n", words.join("\n"));
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_tasks_are_declared_without_contradiction() {
        Xtask::command().debug_assert();
    }

    #[test]
    fn every_file_of_rust_can_be_read() {
        assert_tidy(&House::ours().unread);
    }
}
