//! `waymark payouts`: what is owed for good, gathered and paid.

use clap::{Args, Subcommand};
use serde_json::json;

use crate::failure::Failure;
use crate::list::{self, Columns, Paging, text};
use crate::worker::{Signed, Worker, path};

/// Gather what is approved, and note that it was paid
#[derive(Args)]
pub struct Payouts {
    #[command(flatten)]
    worker: Worker,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make the payouts that are due: one for each affiliate and currency
    #[command(after_help = MAKE_EXAMPLES)]
    Make {
        /// Only for this affiliate
        #[arg(long, value_name = "ID")]
        affiliate: Option<String>,
        #[command(flatten)]
        signed: Signed,
    },
    /// List payouts, the latest first
    #[command(after_help = LIST_EXAMPLES)]
    List {
        /// Only those of this affiliate
        #[arg(long, value_name = "ID")]
        affiliate: Option<String>,
        #[command(flatten)]
        paging: Paging,
    },
    /// Show what a payout is made of
    #[command(after_help = SHOW_EXAMPLES)]
    Show {
        number: i64,
        #[command(flatten)]
        paging: Paging,
    },
    /// Note that a payout was paid
    #[command(after_help = PAY_EXAMPLES)]
    Pay {
        number: i64,
        #[command(flatten)]
        signed: Signed,
    },
    /// Call a payout off: what it is made of is free for the next one
    #[command(after_help = CANCEL_EXAMPLES)]
    Cancel {
        number: i64,
        #[command(flatten)]
        signed: Signed,
    },
}

const MAKE_EXAMPLES: &str = "\
Examples:
  waymark payouts make --by Mo --reason 'end of the month'";

const LIST_EXAMPLES: &str = "\
Examples:
  waymark payouts list --affiliate ana";

const SHOW_EXAMPLES: &str = "\
Examples:
  waymark payouts show 7 --all";

const PAY_EXAMPLES: &str = "\
Examples:
  waymark payouts pay 7 --by Mo --reason 'bank transfer 2026-114'";

const CANCEL_EXAMPLES: &str = "\
Examples:
  waymark payouts cancel 7 --by Mo --reason 'her bank account is closed'";

const LISTED: Columns<7> = Columns {
    header: [
        "NUMBER",
        "AFFILIATE",
        "AMOUNT",
        "CURRENCY",
        "STATE",
        "MADE AT",
        "ENDED AT",
    ],
    numbers: &[0, 2],
    cells: |it| {
        [
            text(it, "number"),
            text(it, "affiliate"),
            text(it, "amount"),
            text(it, "currency"),
            text(it, "state"),
            text(it, "made_at"),
            text(it, "ended_at"),
        ]
    },
};

const ENTRIES: Columns<6> = Columns {
    header: ["ENTRY", "ORDER", "BY", "AMOUNT", "REASON", "AT"],
    numbers: &[0, 3],
    cells: |it| {
        [
            text(it, "number"),
            format!("{}/{}", text(it, "store"), text(it, "order")),
            text(it, "method"),
            text(it, "amount"),
            text(it, "reason"),
            text(it, "at"),
        ]
    },
};

impl Payouts {
    pub fn run(self) -> Result<(), Failure> {
        let worker = &self.worker;
        match self.command {
            Command::Make { affiliate, signed } => {
                let members = signed.sign(json!({ "affiliate": affiliate }));
                list::whole(worker, &worker.post("/v1/payouts", &members)?, &LISTED)
            }
            Command::List { affiliate, paging } => {
                let filters = [("affiliate", affiliate.as_deref())];
                list::pages(worker, "/v1/payouts", &filters, &paging, &LISTED)
            }
            Command::Show { number, paging } => {
                list::one(worker, &worker.get(&payout(number), &[])?, &LISTED)?;
                let entries = format!("{}/entries", payout(number));
                list::pages(worker, &entries, &[], &paging, &ENTRIES)
            }
            Command::Pay { number, signed } => end(worker, number, "pay", signed),
            Command::Cancel { number, signed } => end(worker, number, "cancel", signed),
        }
    }
}

fn payout(number: i64) -> String {
    path(["payouts", &number.to_string()])
}

fn end(worker: &Worker, number: i64, how: &str, signed: Signed) -> Result<(), Failure> {
    let path = format!("{}/{how}", payout(number));
    list::one(
        worker,
        &worker.post(&path, &signed.sign(json!({})))?,
        &LISTED,
    )
}
