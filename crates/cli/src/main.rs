//! `waymark`: the rules, policies and the program file on the command line.

#![forbid(unsafe_code)]
mod completions;
mod explain;
mod failure;
mod given;
mod input;
mod lines;
mod policy;
mod policy_file;
mod program;
mod replay;
mod resolve;
mod terminal;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::failure::{EXIT_CODES, Failure};

/// Decide, explain and set up referral attribution
///
/// A case is all that the rules need to know about one order; a decision is what they say about
/// it. Both are JSON, one to a line in a stream. `waymark help COMMAND` says more of each command.
#[derive(Parser)]
#[command(name = "waymark", version, propagate_version = true, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Resolve(resolve::Resolve),
    Explain(explain::Explain),
    Replay(replay::Replay),
    #[command(subcommand)]
    Policy(policy::Policy),
    #[command(subcommand)]
    Program(program::Program),
    Completions(completions::Completions),
}

impl Command {
    fn run(self) -> Result<(), Failure> {
        match self {
            Command::Resolve(resolve) => resolve.run(),
            Command::Explain(explain) => explain.run(),
            Command::Replay(replay) => replay.run(),
            Command::Policy(policy) => policy.run(),
            Command::Program(program) => program.run(),
            Command::Completions(completions) => completions.run(),
        }
    }
}

fn main() -> ExitCode {
    let outcome = Cli::try_parse()
        .map_err(Failure::from)
        .and_then(|cli| cli.command.run());
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_commands_are_declared_without_contradiction() {
        Cli::command().debug_assert();
    }
}
