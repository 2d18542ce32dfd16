//! `waymark`: the rules and the program file on the command line.

mod explain;
mod program;
mod resolve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Decide, explain and set up referral attribution.
#[derive(Parser)]
#[command(name = "waymark", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Resolve(resolve::Resolve),
    Explain(explain::Explain),
    #[command(subcommand)]
    Program(program::Program),
}

/// Why a command ends without success: what to tell on standard error, and the exit code.
struct Failure {
    message: String,
    code: u8,
}

impl Failure {
    /// The command's input is wrong, or what it needs cannot be reached.
    fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            code: 1,
        }
    }
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Resolve(resolve) => resolve.run(),
        Command::Explain(explain) => explain.run(),
        Command::Program(program) => program.run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure { message, code }) => {
            eprintln!("waymark: {message}");
            ExitCode::from(code)
        }
    }
}
