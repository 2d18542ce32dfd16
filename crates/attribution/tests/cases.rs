//! Every case that is written down decides as it says.
//!
//! The cases in `tests/cases` are the project's own; the directory that `WAYMARK_CASES` names, if
//! it is set, is run as well.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot read its case has failed"
)]

use std::path::{Path, PathBuf};

use serde_json::value::RawValue;
use waymark_attribution::{Case, Decision, resolve};

#[derive(serde::Deserialize)]
struct Written<'a> {
    name: String,
    words: String,
    #[serde(borrow)]
    case: &'a RawValue,
    #[serde(borrow)]
    decision: &'a RawValue,
}

/// What is wrong with one case; the case itself is printed so that it can be pasted into `waymark explain`.
fn fault(json: &str) -> Option<String> {
    let written: Written = serde_json::from_str(json).unwrap();
    let expected = Decision::from_json(written.decision.get())
        .unwrap()
        .to_json();
    let decided = match Case::from_json(written.case.get()) {
        Ok(case) => resolve(&case).to_json(),
        Err(error) => error.to_string(),
    };
    (decided != expected).then(|| {
        let case: serde_json::Value = serde_json::from_str(written.case.get()).unwrap();
        format!(
            "{} – {}\ncase:     {case}\nexpected: {expected}\ndecided:  {decided}\n",
            written.name, written.words
        )
    })
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    files.sort();
    files
}

#[test]
fn every_written_case_decides_as_it_says() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let further = std::env::var_os("WAYMARK_CASES").map(PathBuf::from);
    let files: Vec<_> = [Some(own), further]
        .iter()
        .flatten()
        .flat_map(|directory| files(directory))
        .collect();
    assert!(!files.is_empty());
    let faults: Vec<_> = files
        .iter()
        .filter_map(|file| fault(&std::fs::read_to_string(file).unwrap()))
        .collect();
    assert!(
        faults.is_empty(),
        "{} of {} cases:\n\n{}",
        faults.len(),
        files.len(),
        faults.join("\n")
    );
}

#[test]
fn a_case_file_says_exactly_what_our_types_hold() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    for file in files(&own) {
        let json = std::fs::read_to_string(file).unwrap();
        let written: Written = serde_json::from_str(&json).unwrap();
        let value = |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap();
        // Nothing of a written decision is lost or renamed on the way through `Decision`.
        let decision = Decision::from_json(written.decision.get()).unwrap();
        assert_eq!(
            value(&decision.to_json()),
            value(written.decision.get()),
            "{}",
            written.name
        );
    }
}

#[test]
fn the_run_in_webassembly_leaves_no_case_out() {
    let source = include_str!("wasm.rs");
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    for file in files(&own) {
        let name = file.file_stem().unwrap().to_str().unwrap();
        assert!(
            source.contains(&format!("\"{name}\",")),
            "add {name} to tests/wasm.rs"
        );
    }
}
