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
    /// Ask a store now
    #[command(after_help = LOOK_EXAMPLES)]
    Look { source: String },
}

const LIST_EXAMPLES: &str = "\
Examples:
  waymark stores list";

const LOOK_EXAMPLES: &str = "\
Examples:
  waymark stores look kettle.myshopify.com";

const LISTED: Columns<7> = Columns {
    header: [
        "SOURCE",
        "KIND",
        "READ UP TO",
        "LAST LOOK",
        "NEXT LOOK",
        "FAILURES",
        "PROBLEM",
    ],
    numbers: &[5],
    cells: |it| {
        [
            text(it, "source"),
            text(it, "kind"),
            text(it, "cursor"),
            text(it, "last_look"),
            text(it, "next_look"),
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
            Command::Look { source } => {
                let path = path(["stores", &source, "look"]);
                list::one(worker, &worker.post(&path, &json!({}))?, &LISTED)
            }
        }
    }
}
