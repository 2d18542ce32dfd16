//! `waymark replay`: what another policy would have done.

mod report;

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use waymark_orders::what_if::NewPolicy;

use crate::failure::Failure;
use crate::given::{self, Given};
use crate::input::Input;
use crate::policy_file::{self, FORMATS};
use crate::replay::report::{Compared, Report};
use crate::{lines, terminal};

/// Decide cases again under another policy: which orders change hands, and the money
///
/// Each line is a case, or what `GET /v1/orders/{store}/{id}` answers. It is decided as it stands
/// and again under the new policy. An order changes hands if other affiliates are credited. Money
/// is what credited conversions earn, those that wait for a review included. A bad line is named
/// on standard error and left out, and the run goes on; the exit code is then 2.
///
/// Each order is decided by itself, on what its case holds: an assignment that the new policy would
/// have made by an earlier order is not there, and neither are visits that were never recorded.
#[derive(Args)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{FORMATS}\n\n{JSON_FORMAT}"))]
pub struct Replay {
    /// The policy to try: a policy or program file, or the name of a preset
    #[arg(long, value_name = "FILE|PRESET")]
    policy: String,
    /// Try only who is credited: rates, sku, include_shipping and include_tax stay those of each
    /// case's own policy
    #[arg(long)]
    keep_rates: bool,
    /// List every order that changes hands, not only the first 20
    #[arg(long)]
    all: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// The cases or orders, one to a line [default: standard input]
    file: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  waymark replay --policy program.toml orders.ndjson
  waymark replay --policy refersion-coupon --keep-rates --all orders.ndjson
  waymark replay --policy new.toml --json orders.ndjson | jq .money

Every order of a running Worker, one to a line:
  waymark orders export > orders.ndjson";

const JSON_FORMAT: &str = "\
With --json, one object is printed; amounts are decimal text in the currency beside them:
  policy   {name, version} of the policy that was tried
  orders   {total, changed_hands, changed_amounts, unchanged}
  bad      the number of lines that could not be decided
  review   {before, after}: the number of orders that wait for a person
  changes  the orders that change hands, the first 20 or --all:
           {line, store, order, currency, before, after}, the last two being lists of
           {affiliate, commission}; line counts from 1; store is null for a bare case
  money    [{affiliate, currency, before, after, difference}], by affiliate and currency
  totals   [{currency, before, after, difference}]";

/// How many of the bad lines are named, and of the changed orders listed.
const LISTED: usize = 20;

impl Replay {
    pub fn run(self) -> Result<(), Failure> {
        let policy = NewPolicy::new(policy_file::read(&self.policy)?, self.keep_rates)
            .map_err(|error| Failure::at(&self.policy, error))?;
        let input = Input::open(self.file.as_deref())?;
        if policy.pays_nothing() {
            terminal::say(
                "note: the new policy has no rates, so that only affiliates with rates of their \
                 own earn under it; --keep-rates keeps those of each case",
            );
        }
        let progress = input.progress();
        let listed = if self.all { usize::MAX } else { LISTED };
        let mut report = Report::new(policy.version(), listed);
        let mut line: u64 = 0;
        let mut bad: usize = 0;
        let replay = move |block: &[u8]| -> Vec<_> {
            let lines = lines::of_block(block);
            lines
                .map(|line| compared(&policy, lines::text(line)?))
                .collect()
        };
        lines::in_order(input, replay, |compared| {
            for compared in compared {
                line = line.saturating_add(1);
                match compared {
                    Ok(compared) => report.add(line, compared)?,
                    Err(error) => {
                        bad = bad.saturating_add(1);
                        progress.suspend(|| name_bad_line(bad, line, &error));
                    }
                }
            }
            Ok(())
        })?;
        io::stdout().write_all(report.print(self.json, bad)?.as_bytes())?;
        match bad {
            0 => Ok(()),
            bad => Err(Failure::SomeBad {
                bad: u64::try_from(bad).unwrap_or(u64::MAX),
                of: line,
                things: "lines",
            }),
        }
    }
}

/// Decides the case of a line as it stands and under the new policy.
///
/// # Errors
/// The line holds no case, or either policy cannot decide it.
fn compared(policy: &NewPolicy, line: &str) -> Result<Compared, String> {
    let (case, store) = match Given::read(line)? {
        Given::Case(json) => (json, None),
        Given::Order {
            case: Some(json),
            store,
            ..
        } => (json, store),
        Given::Order { problem, .. } => return Err(given::undecided(problem)),
        Given::Undecided(error) => return Err(error),
        Given::Decision(_) => {
            return Err("case: missing; a decision alone cannot be decided again".to_owned());
        }
    };
    let comparison = policy.compare(case)?;
    Ok(Compared { store, comparison })
}

/// Names the first bad lines; of a file that is bad throughout, these say it all.
fn name_bad_line(count: usize, line: u64, error: &str) {
    match count {
        ..=LISTED => terminal::say(&format!("line {line}: {error}")),
        _ if count == LISTED.saturating_add(1) => {
            terminal::say("more lines are bad; they are counted and no longer named");
        }
        _ => {}
    }
}
