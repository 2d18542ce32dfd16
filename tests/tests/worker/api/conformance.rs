//! The rules in the Worker give the very bytes that they give natively.

use serde::Deserialize;
use serde_json::value::RawValue;
use std::path::{Path, PathBuf};
use waymark_attribution::{Case, resolve};
use waymark_tests::{Answer, Options, Workerd, merchant};

/// A written case. Its decision is for the rule core's own tests.
#[derive(Deserialize)]
struct Written {
    case: Box<RawValue>,
}

/// The project's own cases, and those in the folder that `WAYMARK_CASES` names.
fn cases() -> Vec<(PathBuf, String)> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/attribution/tests/cases");
    let further = std::env::var_os("WAYMARK_CASES").map(PathBuf::from);
    let mut cases = Vec::new();
    for folder in [Some(own), further].into_iter().flatten() {
        for entry in std::fs::read_dir(&folder).expect("a folder of cases") {
            let path = entry.expect("a case").path();
            if path
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                let text = std::fs::read_to_string(&path).expect("a case");
                let written: Written = serde_json::from_str(&text).expect("a written case");
                cases.push((path, written.case.get().to_owned()));
            }
        }
    }
    cases
}

fn ask(workerd: &Workerd, case: &str) -> Answer {
    workerd.send(merchant::authorised(workerd, "POST", "/v1/resolve"), case)
}

#[test]
fn every_written_case_gives_the_same_bytes_in_the_worker_as_natively() {
    let workerd = Workerd::start(Options::default());
    let cases = cases();
    assert!(cases.len() >= 30, "only {} cases", cases.len());
    for (path, case) in cases {
        let answer = ask(&workerd, &case);
        let (status, expected) = match Case::from_json(&case) {
            Ok(case) => (200, resolve(&case).to_json()),
            Err(error) => {
                let error = serde_json::json!({ "error": error.to_string() });
                (422, error.to_string())
            }
        };
        assert_eq!(
            (answer.status(), answer.text()),
            (status, expected.as_str()),
            "{}: {case}",
            path.display()
        );
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
}

#[test]
fn what_is_no_case_is_told_the_field_and_what_is_wrong_with_it() {
    let workerd = Workerd::start(Options::default());
    let case = r#"{"policy":"refersion","directory":{},"order":{"id":"1","placed_at":"2026-01-01T00:00:00Z","currency":"USD","lines":[]}}"#;
    assert_eq!(ask(&workerd, case).status(), 200);
    for (wrong, right, field) in [
        ("refersion", "refershun", "policy"),
        ("2026-01-01T00:00:00Z", "today", "order.placed_at"),
        ("USD", "usd", "order.currency"),
        ("\"lines\"", "\"linez\"", "order"),
        (
            "[]",
            "[{\"quantity\":1,\"amount\":1}]",
            "order.lines[0].amount",
        ),
        ("}}", "}", "order.lines: EOF while parsing"),
    ] {
        let answer = ask(&workerd, &case.replace(wrong, right));
        assert_eq!(answer.status(), 422, "{}", answer.text());
        let begin = format!("{{\"error\":\"{field}");
        assert!(
            answer.text().starts_with(&begin),
            "{field}: {}",
            answer.text()
        );
    }
}
