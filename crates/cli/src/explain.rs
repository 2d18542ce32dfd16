//! `waymark explain`: a decision in sentences.

use std::io::{self, Read};
use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;
use serde_json::value::RawValue;
use waymark_attribution::{Case, Decision, explain, resolve};

use crate::Failure;

/// Explain a decision: who was credited, by what, how much, and why nobody else was
///
/// Takes a decision, a case (which is decided first), or what `GET /v1/orders/…` answers; one JSON
/// document or several behind each other, such as the lines that `waymark resolve` prints.
///
///   waymark explain decision.json
///   waymark resolve < cases.ndjson | waymark explain
#[derive(Args)]
pub struct Explain {
    /// The file to read [default: standard input]
    file: Option<PathBuf>,
}

impl Explain {
    pub fn run(self) -> Result<(), Failure> {
        let text = match &self.file {
            Some(file) => std::fs::read_to_string(file)
                .map_err(|error| Failure::new(format!("{}: {error}", file.display())))?,
            None => {
                let mut text = String::new();
                io::stdin()
                    .read_to_string(&mut text)
                    .map_err(|error| Failure::new(format!("standard input: {error}")))?;
                text
            }
        };
        let explained = explain_all(&text).map_err(Failure::new)?;
        println!("{}", explained.join("\n\n"));
        Ok(())
    }
}

/// Explains every JSON document of the text.
fn explain_all(text: &str) -> Result<Vec<String>, String> {
    let documents = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    let mut explained = Vec::new();
    for document in documents {
        let document = document.map_err(|error| format!("not JSON: {error}"))?;
        explained.push(explain_one(document.get())?);
    }
    if explained.is_empty() {
        return Err("nothing to explain: give a decision or a case".to_owned());
    }
    Ok(explained)
}

fn explain_one(json: &str) -> Result<String, String> {
    /// The members that tell what a document is.
    #[derive(Deserialize)]
    struct Kind<'a> {
        #[serde(borrow)]
        trace: Option<&'a RawValue>,
        #[serde(borrow)]
        decision: Option<&'a RawValue>,
        error: Option<String>,
    }
    let kind: Kind<'_> = serde_json::from_str(json).map_err(|error| error.to_string())?;
    let read = |json| Decision::from_json(json).map_err(|error| error.to_string());
    match kind {
        Kind {
            error: Some(error), ..
        } => Ok(format!("This was not decided: {error}")),
        Kind { trace: Some(_), .. } => Ok(explain(&read(json)?).english()),
        Kind {
            decision: Some(decision),
            ..
        } => Ok(explain(&read(decision.get())?).english()),
        _ => {
            let case = Case::from_json(json).map_err(|error| error.to_string())?;
            Ok(explain(&resolve(&case)).english())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASE: &str = r#"{"policy":{"preset":"refersion","rates":{"default":{"percent":"8"}}},
        "directory":{"affiliates":{"ana":{}},"coupons":{"TEN":"ana"}},
        "order":{"id":"7","placed_at":"2026-01-01T00:00:00Z","currency":"USD","coupons":["TEN"],
        "lines":[{"quantity":1,"amount":"50.00"}]}}"#;

    fn decision() -> String {
        resolve(&Case::from_json(CASE).unwrap()).to_json()
    }

    #[test]
    fn a_decision_its_case_and_its_order_are_explained_alike() {
        let view = format!(r#"{{"source":"store","decision":{}}}"#, decision());
        let explained = explain_all(&format!("{CASE}\n{}\n{view}", decision())).unwrap();
        assert_eq!(explained.len(), 3);
        assert!(explained[0].contains("ana"), "{}", explained[0]);
        assert!(explained[0].contains("4.00"), "{}", explained[0]);
        assert_eq!(explained[0], explained[1]);
        assert_eq!(explained[0], explained[2]);
    }

    #[test]
    fn an_error_of_resolve_is_passed_on() {
        let explained = explain_all(r#"{"error":"order.id: missing"}"#).unwrap();
        assert_eq!(explained, ["This was not decided: order.id: missing"]);
    }

    #[test]
    fn what_is_neither_is_refused_with_the_field() {
        assert!(explain_all(r#"{"policy":"refersion"}"#).is_err());
        assert!(explain_all("").is_err());
        assert!(explain_all("{").is_err());
    }
}
