//! `waymark dead-letters`: verified calls of stores that could not be used.

use clap::{Args, Subcommand};
use serde_json::json;

use crate::failure::Failure;
use crate::list::{self, Columns, Paging, text};
use crate::worker::{Worker, path};

/// See calls of stores that could not be used, and take them again
#[derive(Args)]
pub struct DeadLetters {
    #[command(flatten)]
    worker: Worker,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List dead letters and why they are; with --json, also what the store sent
    #[command(after_help = LIST_EXAMPLES)]
    List {
        #[command(flatten)]
        paging: Paging,
    },
    /// Take a dead letter again, once the cause is mended
    #[command(after_help = REPLAY_EXAMPLES)]
    Replay { number: i64 },
}

const LIST_EXAMPLES: &str = "\
Examples:
  waymark dead-letters list
  waymark dead-letters list --json | jq -r '.items[0].body'";

const REPLAY_EXAMPLES: &str = "\
Examples:
  waymark dead-letters replay 3";

const LISTED: Columns<5> = Columns {
    header: ["NUMBER", "ENDPOINT", "TOPIC", "RECEIVED AT", "REASON"],
    numbers: &[0],
    cells: |it| {
        [
            text(it, "number"),
            text(it, "endpoint"),
            text(it, "topic"),
            text(it, "received_at"),
            text(it, "reason"),
        ]
    },
};

const REPLAYED: Columns<2> = Columns {
    header: ["BECAME", "REASON"],
    numbers: &[],
    cells: |it| [text(it, "status"), text(it, "reason")],
};

impl DeadLetters {
    pub fn run(self) -> Result<(), Failure> {
        let worker = &self.worker;
        match self.command {
            Command::List { paging } => {
                list::pages(worker, "/v1/dead-letters", &[], &paging, &LISTED)
            }
            Command::Replay { number } => {
                let path = path(["dead-letters", &number.to_string(), "replay"]);
                list::one(worker, &worker.post(&path, &json!({}))?, &REPLAYED)
            }
        }
    }
}
