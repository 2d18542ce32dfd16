//! The command line, as a process of its own.

use crate::config::{API_TOKEN, project};
use crate::workerd::Workerd;
use escargot::{CargoBuild, CargoRun};
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
