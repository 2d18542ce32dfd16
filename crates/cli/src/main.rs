//! `waymark`, the program. What it does stands in the library, where the project's own checks of its
//! papers find its commands, too.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    waymark_cli::run()
}
