//! `waymark` against a running Worker: a program is applied from its file, a decision explained.

use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;
use waymark_tests::{Options, Workerd, cli, demo, merchant, shopper, store};

/// A folder with a file in it.
fn file(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("program.toml");
    fs::write(&path, text).expect("a file");
    (folder, path)
}

fn apply(workerd: &Workerd, file: &Path) -> Command {
    let mut command = cli::waymark_at(workerd);
    command.args(["program", "apply"]).arg(file);
    command
}

#[test]
fn a_program_is_applied_from_its_file() {
    let workerd = Workerd::start(Options::default());
    let (_folder, path) = file(&demo::program());

    let printed = cli::printed(
        apply(&workerd, &path)
            .arg("--dry-run")
            .output()
            .expect("an end"),
    );
    assert!(
        printed.contains("+ coupon ben15: {\"affiliate\":\"ben\"}"),
        "{printed}"
    );
    assert!(printed.contains("dry run"), "{printed}");
    assert_eq!(
        shopper::click(&workerd, "/r/ANA").header("location"),
        Some("/")
    );

    let printed = cli::printed(apply(&workerd, &path).output().expect("an end"));
    assert!(
        printed.contains("+ coupon ben15: {\"affiliate\":\"ben\"}"),
        "{printed}"
    );
    store::deliver(&workerd, &demo::order_with_coupon("1001"));
    assert_eq!(
        demo::book(&workerd, "1001"),
        ["ben coupon 8.20 pending", "cleo sku 3.00 pending"]
    );

    let printed = cli::printed(apply(&workerd, &path).output().expect("an end"));
    assert!(!printed.contains("coupon"), "{printed}");
    let earlier = ["--effective-at", "2020-01-01T00:00:00Z"];
    let printed = cli::printed(
        apply(&workerd, &path)
            .args(earlier)
            .output()
            .expect("an end"),
    );
    assert!(
        printed.contains("~ coupon ben15: counts from earlier on"),
        "{printed}"
    );

    fs::write(
        &path,
        demo::program().replace("BEN15 = \"ben\"", "ANA10B = \"ana\""),
    )
    .expect("a file");
    let json = cli::printed(
        apply(&workerd, &path)
            .arg("--json")
            .output()
            .expect("an end"),
    );
    let applied: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(
        applied["changes"],
        json!([
            { "change": "begins", "kind": "coupon", "key": "ana10b", "to": { "affiliate": "ana" } },
            { "change": "ends", "kind": "coupon", "key": "ben15", "from": { "affiliate": "ben" } },
        ])
    );
}

#[test]
fn what_is_wrong_is_told_on_standard_error_with_the_remedy() {
    let workerd = demo::start(Options::default());
    let before = merchant::get(&workerd, "/v1/program").text().to_owned();
    let (_folder, path) = file(&demo::program().replace("BEN15 = \"ben\"", "BEN15 = \"bne\""));
    let refused = |command: &mut Command, expected: &str| {
        let (code, text) = cli::complaint(command.output().expect("an end"));
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains(expected), "{text}");
    };
    refused(
        &mut apply(&workerd, &path),
        "coupons.BEN15: there is no affiliate \"bne\"",
    );
    refused(
        cli::waymark().args(["program", "check"]).arg(&path),
        "coupons.BEN15",
    );
    refused(
        &mut apply(&workerd, Path::new("nothing.toml")),
        "nothing.toml",
    );
    fs::write(&path, demo::program()).expect("a file");
    refused(
        apply(&workerd, &path).env("WAYMARK_API_TOKEN", "wrong"),
        "WAYMARK_API_TOKEN",
    );
    refused(
        apply(&workerd, &path).args(["--effective-at", "2999-01-01T00:00:00Z"]),
        "effective_at",
    );
    refused(
        apply(&workerd, &path).env("WAYMARK_URL", "http://127.0.0.1:9"),
        "http://127.0.0.1:9",
    );
    assert_eq!(merchant::get(&workerd, "/v1/program").text(), before);
    cli::printed(
        cli::waymark()
            .args(["program", "check"])
            .arg(&path)
            .output()
            .expect("an end"),
    );
}

#[test]
fn an_order_that_the_worker_shows_is_explained_as_the_worker_explains_it() {
    let workerd = demo::start(Options::default());
    let token = shopper::token(&shopper::click(&workerd, "/r/ANA"));
    let mut order = demo::order_with_coupon("1001");
    order["token"] = json!(token);
    store::deliver(&workerd, &order);
    let shown = merchant::ask(&workerd, "store", "1001");
    let (_folder, path) = file(shown.text());
    let explained = cli::printed(
        cli::waymark()
            .arg("explain")
            .arg(&path)
            .output()
            .expect("an end"),
    );
    for part in ["ana", "6.56", "ben", "BEN15", "cleo", "3.00"] {
        assert!(explained.contains(part), "{part}: {explained}");
    }
    let view: Value = shown.json();
    for sentence in view["explanation"].as_array().expect("sentences") {
        let sentence = sentence.as_str().expect("a sentence");
        assert!(
            explained.contains(sentence),
            "{sentence:?} is not in {explained}"
        );
    }

    // So are the case and the decision alone: nothing else is needed to know why.
    for part in ["case", "decision"] {
        fs::write(&path, view[part].to_string()).expect("a file");
        let alone = cli::waymark()
            .arg("explain")
            .arg(&path)
            .output()
            .expect("an end");
        assert_eq!(cli::printed(alone), explained, "{part}");
    }
}

#[test]
fn a_case_of_the_worker_is_resolved_to_the_same_bytes_on_the_command_line() {
    let workerd = demo::start(Options::default());
    store::deliver(&workerd, &demo::order_with_coupon("1001"));
    let case = merchant::order(&workerd, "store", "1001")["case"].to_string();
    let (_folder, path) = file(&format!("{case}\n"));
    let resolved = cli::waymark()
        .arg("resolve")
        .stdin(fs::File::open(&path).expect("the case"))
        .output()
        .expect("an end");
    let request = merchant::authorised(&workerd, "POST", "/v1/resolve");
    let answer = workerd.send(request, &case);
    assert_eq!(cli::printed(resolved), format!("{}\n", answer.text()));
}
