//! `waymark explain`: decisions in sentences.

use std::io::{BufReader, Write};
use std::path::PathBuf;

use anstyle::{AnsiColor, Style};
use clap::Args;
use serde::Serialize;
use serde_json::value::RawValue;
use waymark_attribution::explain::{Explanation, Message};
use waymark_attribution::{Case, Decision, explain, resolve};

use crate::failure::Failure;
use crate::given::{self, Given};
use crate::input::Input;
use crate::resolve::error_json;
use crate::terminal::printable;

/// Explain decisions: who was credited, by what, how much, and why nobody else was
///
/// Takes decisions, cases (which are decided first), or what `GET /v1/orders/{store}/{id}`
/// answers: one JSON document or any number behind each other. What cannot be explained says why
/// in its place, and the run goes on; the exit code is then 2.
#[derive(Args)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{JSON_FORMAT}"))]
pub struct Explain {
    /// The file to read [default: standard input]
    file: Option<PathBuf>,
    /// Print the sentences as message ids and arguments, a line of JSON for each document
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  waymark explain decision.json
  waymark resolve cases.ndjson | waymark explain
  waymark orders show store/1001 --json | waymark explain --json";

const JSON_FORMAT: &str = "\
With --json, each line is
  {\"order\": \"1001\", \"headline\": MESSAGE, \"claims\": [MESSAGE, …]}
where MESSAGE is {\"id\": …, \"arguments\": {…}}, such as
  {\"id\": \"ineligible\", \"arguments\": {\"claim\": {\"affiliate\": \"ana\", \"method\": \"link\",
   \"evidence\": \"t1\", \"at\": \"2026-01-01T10:00:00.000Z\"}, \"reason\": \"window_expired\"}}
or {\"error\": \"…\"} for a document that cannot be explained.";

impl Explain {
    pub fn run(self) -> Result<(), Failure> {
        let input = Input::open(self.file.as_deref())?.beside_output();
        let name = input.name().to_owned();
        let mut output = anstream::stdout().lock();
        let (mut bad, mut of) = (0_u64, 0_u64);
        // Documents may have many lines, so behind one that is no JSON no other can be found.
        let reader = BufReader::new(input.into_reader());
        for document in serde_json::Deserializer::from_reader(reader).into_iter::<Box<RawValue>>() {
            let document = document.map_err(|error| match error.is_io() {
                true => Failure::at(&name, error),
                false => Failure::at(&name, format!("not JSON: {error}")),
            })?;
            let explained = match self.json {
                true => explain_document(document.get(), json),
                false => explain_document(document.get(), sentences),
            };
            if !self.json && of > 0 {
                writeln!(output)?;
            }
            of = of.saturating_add(1);
            match explained {
                Ok(text) => writeln!(output, "{text}")?,
                Err(error) => {
                    bad = bad.saturating_add(1);
                    match self.json {
                        true => writeln!(output, "{}", error_json(error))?,
                        false => writeln!(output, "This was not decided: {}", printable(&error))?,
                    }
                }
            }
        }
        match (bad, of) {
            (_, 0) => Err(Failure::at(
                name,
                "nothing to explain: give a decision or a case",
            )),
            (0, _) => Ok(()),
            _ => Err(Failure::SomeBad {
                bad,
                of,
                things: "documents",
            }),
        }
    }
}

/// Explains whatever a document is, or says why that cannot be.
fn explain_document(json: &str, print: fn(&Decision<'_>) -> String) -> Result<String, String> {
    let decision = |json| Decision::from_json(json).map_err(|error| error.to_string());
    let case = |json| Case::from_json(json).map_err(|error| error.to_string());
    match Given::read(json)? {
        Given::Decision(json)
        | Given::Order {
            decision: Some(json),
            ..
        } => Ok(print(&decision(json)?)),
        Given::Case(json)
        | Given::Order {
            case: Some(json), ..
        } => Ok(print(&resolve(&case(json)?))),
        Given::Order { problem, .. } => Err(given::undecided(problem)),
        Given::Undecided(error) => Err(error),
    }
}

/// The explanation as message ids and arguments.
fn json(decision: &Decision<'_>) -> String {
    #[derive(Serialize)]
    struct Explained<'d> {
        order: &'d str,
        #[serde(flatten)]
        explanation: Explanation<'d>,
    }
    let explained = Explained {
        order: &decision.order,
        explanation: explain(decision),
    };
    // Text and integers with string keys have nothing that serde_json could refuse.
    serde_json::to_string(&explained).unwrap_or_default()
}

/// The explanation in sentences, a line each.
fn sentences(decision: &Decision<'_>) -> String {
    let explanation = explain(decision);
    let mut lines = Vec::with_capacity(explanation.claims.len().saturating_add(1));
    for message in std::iter::once(&explanation.headline).chain(&explanation.claims) {
        let style = style(message);
        let sentence = message.english();
        lines.push(format!("{style}{}{style:#}", printable(&sentence)));
    }
    lines.join("\n")
}

/// Bold says what happened, green who earns, yellow that a person has to look first.
fn style(message: &Message<'_>) -> Style {
    match message {
        Message::NobodyCredited { .. } | Message::OrderCredited { .. } => Style::new().bold(),
        Message::Credited { review: true, .. } => AnsiColor::Yellow.on_default(),
        Message::Credited { .. } => AnsiColor::Green.on_default(),
        _ => Style::new(),
    }
}
