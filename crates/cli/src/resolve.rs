//! `waymark resolve`: cases in, decisions out, a line each.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use waymark_attribution::{Case, resolve};

use crate::failure::Failure;
use crate::input::Input;
use crate::lines;

/// Decide cases: NDJSON in, decisions as NDJSON on standard output
///
/// Decisions come in the sequence of their cases. A line that is no case gives
/// `{"error": "<field>: <what is wrong>"}` in its place, and the run goes on; the exit code is then 2.
/// All cores are used, and memory does not grow with the input.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Resolve {
    /// The cases, one to a line [default: standard input]
    file: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  waymark resolve cases.ndjson > decisions.ndjson
  jq -c .case order.json | waymark resolve";

impl Resolve {
    pub fn run(self) -> Result<(), Failure> {
        let input = Input::open(self.file.as_deref())?.beside_output();
        let mut output = io::stdout().lock();
        let (mut bad, mut of) = (0_u64, 0_u64);
        lines::in_order(input, decide, |block| {
            bad = bad.saturating_add(block.bad);
            of = of.saturating_add(block.lines);
            // Standard output holds back nothing that ends with a line end.
            Ok(output.write_all(&block.decisions)?)
        })?;
        match bad {
            0 => Ok(()),
            bad => Err(Failure::SomeBad {
                bad,
                of,
                things: "lines",
            }),
        }
    }
}

/// What came of a block of cases.
#[derive(Default)]
struct Decided {
    /// A line for each case, a decision or an error.
    decisions: Vec<u8>,
    lines: u64,
    /// How many of the lines are no case.
    bad: u64,
}

fn decide(block: &[u8]) -> Decided {
    let mut decided = Decided::default();
    for line in lines::of_block(block) {
        let answer = decide_line(line).unwrap_or_else(|error| {
            decided.bad = decided.bad.saturating_add(1);
            error_json(error)
        });
        decided.lines = decided.lines.saturating_add(1);
        decided.decisions.extend_from_slice(answer.as_bytes());
        decided.decisions.push(b'\n');
    }
    decided
}

fn decide_line(line: &[u8]) -> Result<String, String> {
    let case = Case::from_json(lines::text(line)?).map_err(|error| error.to_string())?;
    Ok(resolve(&case).to_json())
}

/// What stands in the place of an answer that there is not.
pub fn error_json(error: String) -> String {
    #[derive(Serialize)]
    struct Bad {
        error: String,
    }
    // A struct of one text has nothing that serde_json could refuse.
    serde_json::to_string(&Bad { error }).unwrap_or_default()
}
