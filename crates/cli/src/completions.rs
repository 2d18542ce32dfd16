//! `waymark completions`: what a shell needs to complete commands and options.

use std::io::{self, Write};

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use crate::Cli;
use crate::failure::Failure;

/// Print what a shell needs to complete commands and options
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Completions {
    shell: Shell,
}

const EXAMPLES: &str = "\
Examples:
  waymark completions bash > ~/.local/share/bash-completion/completions/waymark
  waymark completions zsh > \"${fpath[1]}/_waymark\"
  waymark completions fish > ~/.config/fish/completions/waymark.fish";

impl Completions {
    pub fn run(self) -> Result<(), Failure> {
        // Into memory first: a writer that fails would make `generate` panic.
        let mut script = Vec::new();
        generate(self.shell, &mut Cli::command(), "waymark", &mut script);
        Ok(io::stdout().write_all(&script)?)
    }
}
