//! `waymark conversions`: what affiliates are credited with.

use clap::{Args, Subcommand};

use crate::failure::Failure;
use crate::list::{self, Columns, Paging, text};
use crate::worker::Worker;

/// See what affiliates are credited with
#[derive(Args)]
pub struct Conversions {
    #[command(flatten)]
    worker: Worker,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List conversions, the latest first
    #[command(after_help = EXAMPLES)]
    List {
        /// Only those of this affiliate
        #[arg(long, value_name = "ID")]
        affiliate: Option<String>,
        /// Only those with this status
        #[arg(long, value_parser =
            ["pending", "held", "approved", "paid", "denied", "unqualified", "reversed"])]
        status: Option<String>,
        #[command(flatten)]
        paging: Paging,
    },
}

const EXAMPLES: &str = "\
Examples:
  waymark conversions list --affiliate ana --status approved";

const LISTED: Columns<7> = Columns {
    header: [
        "NUMBER",
        "AFFILIATE",
        "ORDER",
        "BY",
        "STATUS",
        "OWED",
        "CURRENCY",
    ],
    numbers: &[0, 5],
    cells: |it| {
        [
            text(it, "number"),
            text(it, "affiliate"),
            format!("{}/{}", text(it, "store"), text(it, "order")),
            text(it, "method"),
            text(it, "status"),
            text(it, "balance"),
            text(it, "currency"),
        ]
    },
};

impl Conversions {
    pub fn run(self) -> Result<(), Failure> {
        let Command::List {
            affiliate,
            status,
            paging,
        } = self.command;
        let filters = [
            ("affiliate", affiliate.as_deref()),
            ("status", status.as_deref()),
        ];
        list::pages(&self.worker, "/v1/conversions", &filters, &paging, &LISTED)
    }
}
