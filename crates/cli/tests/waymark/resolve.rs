//! `waymark resolve`

use std::io::{BufRead, BufReader, Write};
use std::thread;

use serde_json::Value;
use waymark_attribution::{Case, resolve};

use crate::cases::{contested, lines};
use crate::running::{Conversation, command, run};

#[test]
fn decisions_are_those_of_the_rules_in_the_sequence_of_their_cases() {
    // Many blocks, of which several are decided at once.
    let cases: Vec<Value> = (0..5_000).map(|id| contested(&id.to_string())).collect();
    let expected: String = cases
        .iter()
        .map(|case| resolve(&Case::from_json(&case.to_string()).unwrap()).to_json() + "\n")
        .collect();
    let ran = run(&["resolve"], lines(&cases));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    // Not `assert_eq`: megabytes of difference help nobody.
    assert!(ran.stdout == expected, "other bytes, or another sequence");
}

#[test]
fn a_file_is_decided_as_standard_input_is() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), lines(&[contested("1")])).unwrap();
    let from_file = run(&["resolve", file.path().to_str().unwrap()], "");
    assert_eq!(from_file.stdout.lines().count(), 1);
    assert_eq!(
        from_file.stdout,
        run(&["resolve"], lines(&[contested("1")])).stdout
    );
    assert_eq!(
        from_file.stdout,
        run(&["resolve", "-"], lines(&[contested("1")])).stdout
    );
}

#[test]
fn a_bad_line_gives_its_error_in_its_place_and_the_run_goes_on() {
    let good = contested("1").to_string();
    let wrong = good.replace("USD", "XXQ");
    let input = [
        good.as_bytes(),
        wrong.as_bytes(),
        b"not json",
        b"",
        b"\xff",
        good.as_bytes(),
    ];
    let ran = run(&["resolve"], input.join(&b'\n'));
    let answers: Vec<Value> = ran
        .stdout
        .lines()
        .map(|it| serde_json::from_str(it).unwrap())
        .collect();
    assert_eq!(answers.len(), 6);
    for place in [0, 5] {
        assert_eq!(answers[place]["order"], "1");
    }
    for (place, error) in [
        (1, "order.currency: "),
        (2, ""),
        (3, ""),
        (4, "case: not UTF-8"),
    ] {
        let found = answers[place]["error"].as_str().unwrap();
        assert!(found.starts_with(error), "{found}");
    }
    assert_eq!(ran.code, 2);
    assert_eq!(ran.stderr, "waymark: 4 of 6 lines could not be used\n");
}

#[test]
fn nothing_gives_nothing() {
    let ran = run(&["resolve"], "");
    assert_eq!(
        (ran.code, ran.stdout.as_str(), ran.stderr.as_str()),
        (0, "", "")
    );
}

#[test]
fn whoever_types_a_line_gets_its_answer_before_the_next() {
    let mut waymark = Conversation::start(&["resolve"]);
    for id in ["1", "2"] {
        waymark.say(&format!("{}\n", contested(id)));
        assert!(waymark.hear().contains(&format!("\"order\":\"{id}\"")));
    }
}

#[test]
fn a_reader_that_has_seen_enough_ends_the_run_without_a_word() {
    let mut child = command(&["resolve"]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let line = format!("{}\n", contested("1"));
    // Standard input never ends; it stays open when the run does not read it any more.
    let writing = thread::spawn(move || while stdin.write_all(line.as_bytes()).is_ok() {});
    let mut first = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut first).unwrap();
    drop(stdout);
    let ran = child.wait_with_output().unwrap();
    assert_eq!(
        (ran.status.code(), ran.stderr.as_slice()),
        (Some(0), &b""[..])
    );
    writing.join().unwrap();
}

/// The most memory that the process has used so far, in KiB.
#[cfg(target_os = "linux")]
fn peak_memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.unwrap()
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap()
}

#[test]
#[cfg(target_os = "linux")]
fn memory_does_not_grow_with_the_input() {
    let batch = lines(&vec![contested("1"); 1_000]);
    let mut waymark = Conversation::start(&["resolve"]);
    let mut decide = |batches: usize| {
        for _ in 0..batches {
            waymark.say(&batch);
            for _ in 0..1_000 {
                waymark.hear();
            }
        }
        peak_memory(waymark.child.id())
    };
    let few = decide(3);
    let many = decide(30);
    // 30 batches are 18 MB of cases, and as much of decisions.
    assert!(many < few + 4_096, "{few} KiB, then {many} KiB");
}
