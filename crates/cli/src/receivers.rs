//! `waymark receivers`: who is told of events, and whether they answer.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::list::{self, Columns, text};
use crate::worker::{Worker, path};

/// See who is told of events, pause and resume them, and send a test
#[derive(Args)]
pub struct Receivers {
    #[command(flatten)]
    worker: Worker,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List receivers, whether they answer, and how many messages wait
    #[command(after_help = LIST_EXAMPLES)]
    List,
    /// Have messages to a receiver wait
    #[command(after_help = PAUSE_EXAMPLES)]
    Pause {
        #[command(flatten)]
        receiver: Receiver,
    },
    /// Send what waited, and what comes
    #[command(after_help = RESUME_EXAMPLES)]
    Resume {
        #[command(flatten)]
        receiver: Receiver,
    },
    /// Send one test event; of a postback the macros have sample values
    #[command(after_help = TEST_EXAMPLES)]
    Test {
        #[command(flatten)]
        receiver: Receiver,
    },
}

#[derive(Args)]
struct Receiver {
    /// The receiver, such as webhook/shop or postback/ana
    #[arg(value_name = "KIND/NAME", value_parser = receiver)]
    receiver: (String, String),
}

const LIST_EXAMPLES: &str = "\
Examples:
  waymark receivers list";

const PAUSE_EXAMPLES: &str = "\
Examples:
  waymark receivers pause webhook/shop";

const RESUME_EXAMPLES: &str = "\
Examples:
  waymark receivers resume webhook/shop";

const TEST_EXAMPLES: &str = "\
Examples:
  waymark receivers test webhook/shop
  waymark messages list --receiver webhook/shop --limit 1";

const LISTED: Columns<5> = Columns {
    header: ["RECEIVER", "WAITING", "FAILURES", "FAILING SINCE", "PAUSED"],
    numbers: &[1, 2],
    cells: |it| {
        let health = it.get("health").unwrap_or(&Value::Null);
        let paused = health
            .get("paused")
            .map(|paused| format!("{} since {}", text(paused, "why"), text(paused, "at")));
        [
            text(it, "name"),
            text(it, "waiting"),
            text(health, "failures"),
            text(health, "failing_since"),
            paused.unwrap_or_default(),
        ]
    },
};

impl Receivers {
    pub fn run(self) -> Result<(), Failure> {
        let worker = &self.worker;
        match self.command {
            Command::List => list::whole(worker, &worker.get("/v1/receivers", &[])?, &LISTED),
            Command::Pause { receiver } => {
                list::whole(worker, &receiver.act(worker, "pause")?, &LISTED)
            }
            Command::Resume { receiver } => {
                list::whole(worker, &receiver.act(worker, "resume")?, &LISTED)
            }
            Command::Test { receiver } => {
                let answer = receiver.act(worker, "test")?;
                let number = text(&worker.understand(&answer)?, "number");
                let (kind, name) = &receiver.receiver;
                let sentence = format!(
                    "Message {number} is on its way; `waymark messages list --receiver \
                     {kind}/{name} --limit 1` shows the answer."
                );
                worker.say(&answer, &sentence)
            }
        }
    }
}

impl Receiver {
    fn act(&self, worker: &Worker, what: &str) -> Result<String, Failure> {
        let (kind, name) = &self.receiver;
        worker.post(&path(["receivers", kind, name, what]), &json!({}))
    }
}

fn receiver(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('/');
    let parts =
        parts.filter(|(kind, name)| ["webhook", "postback"].contains(kind) && !name.is_empty());
    let (kind, name) = parts.ok_or("expected webhook/NAME or postback/NAME")?;
    Ok((kind.to_owned(), name.to_owned()))
}
