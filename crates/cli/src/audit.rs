//! `waymark audit`: what people did, and why.

use clap::Args;

use crate::failure::Failure;
use crate::list::{self, Columns, Paging, text};
use crate::worker::Worker;

/// List what people did, and why, the latest first
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Audit {
    #[command(flatten)]
    worker: Worker,
    #[command(flatten)]
    paging: Paging,
}

const EXAMPLES: &str = "\
Examples:
  waymark audit --limit 10
  waymark audit --all --json | jq -c '.items[] | select(.by == \"Mo\")'";

const LISTED: Columns<5> = Columns {
    header: ["AT", "BY", "ACTION", "SUBJECT", "REASON"],
    numbers: &[],
    cells: |it| {
        [
            text(it, "at"),
            text(it, "by"),
            text(it, "action"),
            text(it, "subject"),
            text(it, "reason"),
        ]
    },
};

impl Audit {
    pub fn run(self) -> Result<(), Failure> {
        list::pages(&self.worker, "/v1/audit", &[], &self.paging, &LISTED)
    }
}
