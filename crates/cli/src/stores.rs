//! `waymark stores`: the stores that are asked for what no call told of.

use clap::{Args, Subcommand};
use serde_json::json;

use crate::failure::Failure;
use crate::list::{self, Columns, text};
use crate::worker::{Worker, path};

/// See how far stores were asked for changes, and ask one now
#[derive(Args)]
pub struct Stores {
    #[command(flatten)]
    worker: Worker,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the stores that are asked, how far each was read, and what is wrong
    #[command(after_help = LIST_EXAMPLES)]
    List,
    /// Ask a store now for what has changed
    #[command(after_help = SYNC_EXAMPLES)]
    Sync { store: String },
}

const LIST_EXAMPLES: &str = "\
Examples:
  waymark stores list";

const SYNC_EXAMPLES: &str = "\
Examples:
  waymark stores sync kettle.myshopify.com";

const LISTED: Columns<7> = Columns {
    header: [
        "STORE",
        "KIND",
        "READ UP TO",
        "LAST SYNC",
        "NEXT SYNC",
        "FAILURES",
        "PROBLEM",
    ],
    numbers: &[5],
    cells: |it| {
        [
            text(it, "store"),
            text(it, "kind"),
            text(it, "cursor"),
            text(it, "last_sync"),
            text(it, "next_sync"),
            text(it, "failures"),
            text(it, "problem"),
        ]
    },
};

impl Stores {
    pub fn run(self) -> Result<(), Failure> {
        let worker = &self.worker;
        match self.command {
            Command::List => list::whole(worker, &worker.get("/v1/stores", &[])?, &LISTED),
            Command::Sync { store } => {
                let path = path(["stores", &store, "sync"]);
                list::one(worker, &worker.post(&path, &json!({}))?, &LISTED)
            }
        }
    }
}
