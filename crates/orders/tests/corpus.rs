//! Decisions as a Worker made them in its tests: of what is the same, the same follows.
//!
//! Each line is `{known, around, cause, decided}`, as a Worker logs it that is built with the feature
//! `record`; the tests of the Worker write these lines to the file that `WAYMARK_RECORD` names. Of all
//! of them those are kept that differ in what happened, the shortest of each kind.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;

use serde::Deserialize;
use waymark_ledger::Cause;
use waymark_orders::{Around, Decided, Known, decide};

#[derive(Deserialize)]
struct Recorded {
    known: Known,
    around: Around,
    cause: Cause,
    decided: Decided,
}

fn corpus() -> Vec<Recorded> {
    let lines = include_str!("corpus.jsonl").lines();
    let recorded = lines.map(|line| serde_json::from_str(line).unwrap());
    recorded.collect()
}

#[test]
fn what_was_decided_is_decided_so_again() {
    for (line, recorded) in (1..).zip(corpus()) {
        let Recorded {
            known,
            around,
            cause,
            decided,
        } = recorded;
        assert_eq!(decide(&known, &around, &cause), decided, "line {line}");
    }
}

#[test]
fn the_recorded_decisions_are_of_many_kinds() {
    let corpus = corpus();
    assert!(corpus.len() > 200);
    let states: BTreeSet<&str> = corpus
        .iter()
        .map(|it| {
            it.decided
                .row
                .as_ref()
                .map_or("none", |row| row.state.as_str())
        })
        .collect();
    let all = ["decided", "none", "orphan", "test", "undecided", "waiting"];
    assert!(states.into_iter().eq(all));
    let any = |of: fn(&Recorded) -> bool| assert!(corpus.iter().any(of));
    any(|it| it.around.renewed.is_some());
    any(|it| it.known.stored.erased);
    any(|it| it.known.stored.approval.is_approved());
    any(|it| it.decided.assignments.assign.is_some());
    any(|it| !it.decided.assignments.removed.is_empty());
    any(|it| it.decided.review_is_news);
}
