//! The command line, as a process of its own.

use crate::config::{API_TOKEN, project};
use crate::person::MO;
use crate::workerd::Workerd;
use escargot::{CargoBuild, CargoRun};
use serde_json::Value;
use std::process::{Command, Output};
use std::sync::OnceLock;

/// `waymark`, as it is built from the present sources.
pub fn waymark() -> Command {
    static BUILT: OnceLock<CargoRun> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        CargoBuild::new()
            .manifest_path(project().join("crates/cli/Cargo.toml"))
            .bin("waymark")
            .run()
            .expect("the command line to compile")
    });
    built.command()
}

/// `waymark` for a merchant whose Worker this is.
pub fn waymark_at(workerd: &Workerd) -> Command {
    let mut command = waymark();
    command
        .env("WAYMARK_URL", workerd.url(""))
        .env("WAYMARK_API_TOKEN", API_TOKEN);
    command
}

/// What a process printed on its standard output, if it succeeded.
pub fn printed(output: Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {errors}", output.status);
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// What a process complained of on its standard error, and its exit code.
pub fn complaint(output: Output) -> (Option<i32>, String) {
    let text = String::from_utf8(output.stderr).expect("UTF-8");
    (output.status.code(), text)
}

/// Runs `waymark` as Mo.
pub fn run(workerd: &Workerd, arguments: &[&str]) -> Output {
    let mut command = waymark_at(workerd);
    let command = command.env("WAYMARK_BY", MO).args(arguments);
    command.output().expect("an end")
}

/// What it prints, which is all right.
pub fn prints(workerd: &Workerd, arguments: &[&str]) -> String {
    printed(run(workerd, arguments))
}

/// The same for machines: an answer to a line.
pub fn answers(workerd: &Workerd, arguments: &[&str]) -> Vec<Value> {
    let text = prints(workerd, &[arguments, &["--json"]].concat());
    let lines = text.lines().map(serde_json::from_str);
    lines.collect::<Result<_, _>>().expect("lines of JSON")
}

/// What it complains of.
pub fn refuses(workerd: &Workerd, arguments: &[&str]) -> String {
    let (code, text) = complaint(run(workerd, arguments));
    assert_eq!(code, Some(1), "{text}");
    text
}

/// The rows of a table, each with its cells: columns stand two blanks apart.
pub fn rows(table: &str) -> Vec<Vec<&str>> {
    let rows = table.lines().skip(1);
    let cells = rows.map(|row| row.split("  ").map(str::trim));
    cells
        .map(|cells| cells.filter(|cell| !cell.is_empty()).collect())
        .collect()
}
