//! `waymark`: the rules, policies, the program file and a running program on the command line.

#![forbid(unsafe_code)]
mod audit;
mod completions;
mod conversions;
mod customers;
mod dead_letters;
mod explain;
mod failure;
mod given;
mod input;
mod lines;
mod list;
mod messages;
mod orders;
mod payouts;
mod policy;
mod policy_file;
mod program;
mod receivers;
mod replay;
mod resolve;
mod stores;
mod terminal;
mod worker;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::failure::{EXIT_CODES, Failure};

/// Decide, explain, set up and run referral attribution
///
/// A case is all that the rules need to know about one order; a decision is what they say about
/// it. Both are JSON, one to a line in a stream. From `orders` on, commands ask a running Worker:
/// WAYMARK_URL says where it is, WAYMARK_API_TOKEN opens it, WAYMARK_BY says who you are.
/// `waymark help COMMAND` says more of each command.
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
    Orders(orders::Orders),
    Conversions(conversions::Conversions),
    Payouts(payouts::Payouts),
    Customers(customers::Customers),
    Messages(messages::Messages),
    Receivers(receivers::Receivers),
    DeadLetters(dead_letters::DeadLetters),
    Stores(stores::Stores),
    Audit(audit::Audit),
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
            Command::Orders(orders) => orders.run(),
            Command::Conversions(conversions) => conversions.run(),
            Command::Payouts(payouts) => payouts.run(),
            Command::Customers(customers) => customers.run(),
            Command::Messages(messages) => messages.run(),
            Command::Receivers(receivers) => receivers.run(),
            Command::DeadLetters(letters) => letters.run(),
            Command::Stores(stores) => stores.run(),
            Command::Audit(audit) => audit.run(),
            Command::Completions(completions) => completions.run(),
        }
    }
}

/// The whole command line: its commands, arguments and options.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Does what the arguments of this process say.
pub fn run() -> ExitCode {
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
    use super::*;

    #[test]
    fn the_commands_are_declared_without_contradiction() {
        command().debug_assert();
    }
}
