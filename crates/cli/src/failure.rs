//! How a command ends that did not do all it was asked: what it says, and its exit code.

use std::io;
use std::process::ExitCode;

use clap::error::ErrorKind;

use crate::terminal;

/// The exit codes, as `--help` tells them.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  all was done (or the reader of the output had seen enough)
  1  the command could not run: a wrong argument, file or policy, or nobody answered
  2  it ran, but some lines or documents were bad; each is named";

/// Why a command did not do all that it was asked.
#[derive(Debug)]
pub enum Failure {
    /// It could not run, or not to its end.
    CannotRun(String),
    /// It ran, and some of what it read was bad; each of these was named already.
    SomeBad {
        bad: u64,
        of: u64,
        /// What they are: `lines`.
        things: &'static str,
    },
    /// Whoever reads its output has seen enough: `waymark resolve | head`.
    OutputClosed,
    /// What the command-line parser has to say: a usage error, help, or the version.
    Usage(clap::Error),
}

impl Failure {
    /// The command could not run, for this reason.
    pub fn new(message: impl Into<String>) -> Failure {
        Failure::CannotRun(message.into())
    }

    /// Something about a file, standard input or an address was in the way.
    pub fn at(place: impl std::fmt::Display, reason: impl std::fmt::Display) -> Failure {
        Failure::CannotRun(format!("{place}: {reason}"))
    }

    /// Says on standard error what happened, and gives the exit code.
    pub fn report(self) -> ExitCode {
        match self {
            Failure::OutputClosed => ExitCode::SUCCESS,
            Failure::CannotRun(message) => {
                terminal::say(&message);
                ExitCode::from(1)
            }
            Failure::SomeBad { bad, of, things } => {
                terminal::say(&format!("{bad} of {of} {things} could not be used"));
                ExitCode::from(2)
            }
            // `waymark` alone, or `waymark policy`: its help, which is no error message.
            Failure::Usage(help)
                if help.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand =>
            {
                let _ = help.print();
                ExitCode::from(1)
            }
            Failure::Usage(error) if error.use_stderr() => {
                let text = error.render().to_string();
                terminal::say(text.strip_prefix("error: ").unwrap_or(&text).trim_end());
                // Not clap's own 2: that is for bad lines here.
                ExitCode::from(1)
            }
            // Help and the version; nobody can be told that they could not be printed.
            Failure::Usage(text) => {
                let _ = text.print();
                ExitCode::SUCCESS
            }
        }
    }
}

/// An error of standard output. Other errors of input and output name their place: [`Failure::at`].
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::OutputClosed,
            _ => Failure::at("standard output", error),
        }
    }
}

impl From<clap::Error> for Failure {
    fn from(error: clap::Error) -> Failure {
        Failure::Usage(error)
    }
}
