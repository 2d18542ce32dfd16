//! `waymark resolve`: cases in, decisions out, a line each.

use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};

use clap::Args;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use serde::Serialize;
use waymark_attribution::{Case, resolve};

use crate::Failure;

/// Decide cases: NDJSON on standard input, decisions as NDJSON on standard output
///
/// Decisions come in the sequence of their cases. A line that is no case gives
/// {"error": "<field>: <what is wrong>"} in its place, and the run goes on; the exit code is then 2.
///
///   waymark resolve < cases.ndjson > decisions.ndjson
#[derive(Args)]
pub struct Resolve {}

/// Bytes read ahead. Whole lines among them are decided together: enough for every core, and
/// constant memory.
const READ_AHEAD: usize = 1 << 20;

impl Resolve {
    pub fn run(self) -> Result<(), Failure> {
        let input = BufReader::with_capacity(READ_AHEAD, io::stdin().lock());
        let output = BufWriter::new(io::stdout().lock());
        match decide(input, output) {
            Ok(0) => Ok(()),
            Ok(bad) => Err(Failure {
                message: format!("{bad} of the lines could not be decided; each says why"),
                code: 2,
            }),
            // Whoever reads the decisions has seen enough: `waymark resolve | head`.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            Err(error) => Err(Failure::new(format!("resolve: {error}"))),
        }
    }
}

/// Decides every line, and gives the number of those that are no case.
fn decide(mut input: BufReader<impl Read>, mut output: impl Write) -> io::Result<u64> {
    let mut bad: u64 = 0;
    loop {
        let lines = read_batch(&mut input)?;
        if lines.is_empty() {
            break;
        }
        let decisions: Vec<Result<String, String>> =
            lines.par_iter().map(|line| decide_line(line)).collect();
        for decision in decisions {
            let line = decision.unwrap_or_else(|error| {
                bad = bad.saturating_add(1);
                error
            });
            output.write_all(line.as_bytes())?;
            output.write_all(b"\n")?;
        }
        // Whoever waits for the answer to what was typed or piped so far gets it.
        output.flush()?;
    }
    Ok(bad)
}

/// Reads a line, and those behind it that are there already: nobody waits for an answer until
/// more is typed. No line at the end of the input.
fn read_batch(input: &mut BufReader<impl Read>) -> io::Result<Vec<Vec<u8>>> {
    let mut lines = Vec::new();
    loop {
        let mut line = Vec::new();
        if input.read_until(b'\n', &mut line)? == 0 {
            return Ok(lines);
        }
        lines.push(line);
        if !input.buffer().contains(&b'\n') {
            return Ok(lines);
        }
    }
}

/// The decision of one line, or the error that stands in its place.
fn decide_line(line: &[u8]) -> Result<String, String> {
    #[derive(Serialize)]
    struct Bad {
        error: String,
    }
    let case = std::str::from_utf8(line)
        .map_err(|error| format!("case: not UTF-8: {error}"))
        .and_then(|text| Case::from_json(text).map_err(|error| error.to_string()));
    match case {
        Ok(case) => Ok(resolve(&case).to_json()),
        Err(error) => Err(serde_json::to_string(&Bad { error }).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"policy":"refersion","directory":{"affiliates":{}},"order":{"id":"ID","placed_at":"2026-01-01T00:00:00Z","currency":"USD","lines":[]}}"#;

    fn run(input: &str) -> (Vec<serde_json::Value>, u64) {
        let mut output = Vec::new();
        let bad = decide(BufReader::new(input.as_bytes()), &mut output).unwrap();
        let text = String::from_utf8(output).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
        (lines.collect(), bad)
    }

    #[test]
    fn decisions_come_in_the_sequence_of_their_cases() {
        let input: String = (0..10_000)
            .map(|id| GOOD.replace("ID", &id.to_string()) + "\n")
            .collect();
        let (decisions, bad) = run(&input);
        assert_eq!(bad, 0);
        let ids: Vec<String> = decisions
            .iter()
            .map(|decision| decision["order"].as_str().unwrap().to_owned())
            .collect();
        let expected: Vec<String> = (0..10_000).map(|id| id.to_string()).collect();
        assert_eq!(ids, expected);
    }

    #[test]
    fn a_bad_line_gives_its_error_in_its_place_and_the_run_goes_on() {
        let wrong = GOOD.replace("USD", "XXQ");
        let (lines, bad) = run(&format!("{GOOD}\n{wrong}\nnot json\n\n{GOOD}"));
        assert_eq!(bad, 3);
        assert_eq!(lines.len(), 5);
        assert!(lines[0]["order"].is_string());
        let error = lines[1]["error"].as_str().unwrap();
        assert!(error.starts_with("order.currency: "), "{error}");
        assert!(lines[2]["error"].is_string());
        assert!(lines[3]["error"].is_string());
        assert!(lines[4]["order"].is_string());
    }

    #[test]
    fn bytes_that_are_no_text_are_an_error_of_their_line() {
        let mut output = Vec::new();
        let bad = decide(BufReader::new(&b"\xff\n"[..]), &mut output).unwrap();
        assert_eq!(bad, 1);
        assert!(output.starts_with(b"{\"error\":\"case: not UTF-8"));
    }
}
