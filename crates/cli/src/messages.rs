//! `waymark messages`: what was sent, and what came of it.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::list::{self, Columns, Paging, items, text};
use crate::worker::{Worker, path};

/// See what was sent to receivers of events, and send it again
#[derive(Args)]
pub struct Messages {
    #[command(flatten)]
    worker: Worker,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List messages, the latest first, each with the last answer
    #[command(after_help = LIST_EXAMPLES)]
    List {
        /// Only those to this receiver: webhook/NAME or postback/NAME
        #[arg(long, value_name = "RECEIVER")]
        receiver: Option<String>,
        /// Only those in this state
        #[arg(long, value_parser = ["waiting", "paused", "delivered", "given_up"])]
        state: Option<String>,
        #[command(flatten)]
        paging: Paging,
    },
    /// Send a message again, whatever became of it before
    #[command(after_help = REPLAY_EXAMPLES)]
    Replay { number: i64 },
}

const LIST_EXAMPLES: &str = "\
Examples:
  waymark messages list --receiver webhook/shop --state given_up
  waymark messages list --json | jq '.items[0].attempts'";

const REPLAY_EXAMPLES: &str = "\
Examples:
  waymark messages replay 12";

const LISTED: Columns<7> = Columns {
    header: [
        "NUMBER",
        "RECEIVER",
        "EVENT",
        "STATE",
        "TRIES",
        "LAST ANSWER",
        "DUE",
    ],
    numbers: &[0, 4],
    cells: |it| {
        let tries = items(it, "attempts");
        let last = tries.last().map(|last| {
            let said = [
                text(last, "status"),
                text(last, "error"),
                text(last, "answer"),
            ];
            said.iter()
                .filter(|part| !part.is_empty())
                .cloned()
                .collect::<Vec<_>>()
                .join(" ")
        });
        [
            text(it, "number"),
            text(it, "receiver"),
            text(it.get("event").unwrap_or(&Value::Null), "type"),
            text(it, "state"),
            tries.len().to_string(),
            short(&last.unwrap_or_default()),
            text(it, "due"),
        ]
    },
};

/// The most characters of an answer in a table: it may be a page.
const MAX_RESPONSE_TEXT_BYTES: usize = 60;

fn short(answer: &str) -> String {
    match answer.char_indices().nth(MAX_RESPONSE_TEXT_BYTES) {
        Some((end, _)) => format!("{}…", answer.get(..end).unwrap_or_default()),
        None => answer.to_owned(),
    }
}

impl Messages {
    pub fn run(self) -> Result<(), Failure> {
        let worker = &self.worker;
        match self.command {
            Command::List {
                receiver,
                state,
                paging,
            } => {
                let filters = [
                    ("receiver", receiver.as_deref()),
                    ("state", state.as_deref()),
                ];
                list::pages(worker, "/v1/messages", &filters, &paging, &LISTED)
            }
            Command::Replay { number } => {
                let path = path(["messages", &number.to_string(), "replay"]);
                let answer = worker.post(&path, &json!({}))?;
                worker.say(&answer, &format!("Message {number} is sent again."))
            }
        }
    }
}
