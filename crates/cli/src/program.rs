//! `waymark program`: check a program file, and make a running program match it.

use std::io::{self, Write};
use std::net::{IpAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde::Deserialize;
use waymark_program::directory::Change;
use waymark_program::{Problem, ProgramDocument, json_from_toml};

use crate::failure::Failure;
use crate::input::Input;
use crate::worker::{Worker, print};

/// Check a program file, or make a running program match it
#[derive(Subcommand)]
pub enum Program {
    /// Say what is wrong with a program file, by field, and what will not come as expected
    #[command(after_help = CHECK_EXAMPLES)]
    Check {
        /// The program file (TOML); - is standard input
        file: PathBuf,
        /// Look up, too, whether the hosts that it names are found at a public address
        #[arg(long)]
        network: bool,
    },
    Apply(Apply),
}

/// Make a running program match a file
///
/// What the file has and the program has not begins; what the file no longer has ends; nothing is
/// deleted, so orders placed before still find what was in force then.
#[derive(Args)]
#[command(after_help = APPLY_EXAMPLES)]
pub struct Apply {
    /// The program file (TOML); - is standard input
    file: PathBuf,
    #[command(flatten)]
    worker: Worker,
    /// Only say what would change
    #[arg(long)]
    dry_run: bool,
    /// From when the changes count: an RFC 3339 time that is not in the future [default: now]
    #[arg(long, value_name = "TIME")]
    effective_at: Option<String>,
}

const CHECK_EXAMPLES: &str = "\
Examples:
  waymark program check program.toml
  waymark program check program.toml --network";

const APPLY_EXAMPLES: &str = "\
Examples:
  waymark program apply program.toml --dry-run
  WAYMARK_URL=https://go.shop.example waymark program apply program.toml";

impl Program {
    pub fn run(self) -> Result<(), Failure> {
        match self {
            Program::Check { file, network } => check(&file, network),
            Program::Apply(apply) => apply.run(),
        }
    }
}

/// Says that nothing is wrong with a file, and what will not come as expected all the same.
fn check(file: &Path, network: bool) -> Result<(), Failure> {
    let Read {
        hosts, warnings, ..
    } = read(file)?;
    let mut output = io::stdout().lock();
    for warning in warnings {
        writeln!(output, "warning: {warning}")?;
    }
    if network {
        for host in hosts.iter().filter(|host| !is_found(host)) {
            writeln!(
                output,
                "warning: hosts: {host} is found at no public address; shoppers who are led there see an error"
            )?;
        }
    }
    Ok(writeln!(
        output,
        "{}: nothing is wrong with it",
        file.display()
    )?)
}

/// Whether a host is found at an address that others can reach.
fn is_found(host: &str) -> bool {
    let addresses = (host, 443).to_socket_addrs();
    addresses.is_ok_and(|mut found| found.any(|address| is_public(address.ip())))
}

fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(it) => {
            !(it.is_private() || it.is_loopback() || it.is_link_local() || it.is_unspecified())
        }
        IpAddr::V6(it) => {
            !(it.is_loopback()
                || it.is_unspecified()
                || it.is_unique_local()
                || it.is_unicast_link_local())
        }
    }
}

/// A program file with which nothing is wrong.
struct Read {
    json: String,
    /// Where its links lead.
    hosts: Vec<String>,
    /// What does not do what it seems to.
    warnings: Vec<Problem>,
}

fn read(file: &Path) -> Result<Read, Failure> {
    let text = Input::open(Some(file))?.read_all()?;
    let read = json_from_toml(&text).and_then(|json| {
        let document = ProgramDocument::from_json(&json)?;
        let warnings = document.warnings(is_public_suffix);
        let hosts = document.all_hosts().collect();
        document.validate_knowing(is_public_suffix)?;
        Ok(Read {
            json,
            hosts,
            warnings,
        })
    });
    read.map_err(|problems| {
        Failure::at(
            file.display(),
            format!("not a program that could be applied:\n{problems}"),
        )
    })
}

/// Whether anybody may register names under this one, by the list that browsers have. Of names that
/// are on no list, it takes the last part for a suffix.
fn is_public_suffix(host: &str) -> bool {
    psl::suffix(host.as_bytes()).is_some_and(|suffix| suffix.is_known() && suffix == host)
}

/// The Worker's answer to a program.
#[derive(Deserialize)]
struct Applied {
    dry_run: bool,
    changes: Vec<Change>,
    #[serde(default)]
    warnings: Vec<String>,
}

impl Apply {
    fn run(self) -> Result<(), Failure> {
        let program = read(&self.file)?.json;
        let dry_run = self.dry_run.then_some("true");
        let query = [
            ("dry_run", dry_run),
            ("effective_at", self.effective_at.as_deref()),
        ];
        let worker = &self.worker;
        let answer = worker.put("/v1/program", &query, &program)?;
        if worker.json {
            return print(&answer);
        }
        let mut output = io::stdout().lock();
        let applied: Applied = worker.understand(&answer)?;
        for change in &applied.changes {
            writeln!(output, "{change}")?;
        }
        for warning in &applied.warnings {
            writeln!(output, "warning: {warning}")?;
        }
        let count = applied.changes.len();
        let things = if count == 1 { "change" } else { "changes" };
        match (applied.dry_run, count) {
            (_, 0) => writeln!(output, "The program matches the file already.")?,
            (true, _) => writeln!(
                output,
                "{count} {things} would be made; none was, as this is a dry run."
            )?,
            (false, _) => writeln!(output, "{count} {things} made.")?,
        }
        Ok(())
    }
}
