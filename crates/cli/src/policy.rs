//! `waymark policy`: check a policy, write it out in full, compare the presets.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::{Map, Value};
use waymark_attribution::{PRESETS, PolicyDocument};

use crate::failure::Failure;
use crate::policy_file::{self, FORMATS};
use crate::terminal::table;

/// Check a policy, write it out in full, or compare the presets
#[derive(Subcommand)]
pub enum Policy {
    /// Say what is wrong with a policy, by field
    #[command(after_help = CHECK_EXAMPLES, after_long_help = format!("{CHECK_EXAMPLES}\n\n{FORMATS}"))]
    Check {
        /// The policy or program file; - is standard input
        #[arg(value_name = "FILE")]
        policy: String,
    },
    #[command(after_help = SHOW_EXAMPLES, after_long_help = format!("{SHOW_EXAMPLES}\n\n{FORMATS}"))]
    Show(Show),
    /// Compare the presets, and tell what they leave to the defaults
    #[command(after_help = PRESETS_EXAMPLES)]
    Presets {
        /// Print every preset in full, as one JSON object
        #[arg(long)]
        json: bool,
    },
}

/// Write a policy out in full: every field, with what the preset and the defaults fill in
///
/// What is printed is itself a policy, and decides every case alike: a good start for one's own.
#[derive(Args)]
pub struct Show {
    /// The policy or program file, or the name of a preset; - is standard input
    #[arg(value_name = "FILE|PRESET")]
    policy: String,
    /// Print JSON in place of TOML
    #[arg(long)]
    json: bool,
}

const CHECK_EXAMPLES: &str = "\
Examples:
  waymark policy check policy.toml
  waymark policy check program.toml
  curl -s https://shop.example/policy.json | waymark policy check -";

const SHOW_EXAMPLES: &str = "\
Examples:
  waymark policy show affiliatly > policy.toml
  waymark policy show --json policy.toml";

const PRESETS_EXAMPLES: &str = "\
Examples:
  waymark policy presets
  waymark policy presets --json | jq .refersion.rank";

impl Policy {
    pub fn run(self) -> Result<(), Failure> {
        let text = match self {
            Policy::Check { policy } => {
                policy_file::read(&policy)?;
                format!("{policy}: nothing is wrong with it\n")
            }
            Policy::Show(show) => show.text()?,
            Policy::Presets { json } => match json {
                true => all_presets(),
                false => compare_presets(),
            }
            .map_err(|error| Failure::at("presets", error))?,
        };
        Ok(io::stdout().write_all(text.as_bytes())?)
    }
}

impl Show {
    fn text(&self) -> Result<String, Failure> {
        let at_fault = |error: &dyn Display| Failure::at(&self.policy, error);
        let policy = policy_file::read(&self.policy)?
            .explicit()
            .map_err(|error| at_fault(&error))?;
        match self.json {
            true => pretty(&policy).map_err(|error| at_fault(&error)),
            false => toml::to_string(&policy).map_err(|error| at_fault(&error)),
        }
    }
}

fn pretty(value: &impl Serialize) -> Result<String, serde_json::Error> {
    Ok(format!("{}\n", serde_json::to_string_pretty(value)?))
}

/// Every preset in full, as one JSON object.
fn all_presets() -> Result<String, Box<dyn Error>> {
    let presets = PRESETS
        .into_iter()
        .map(|name| Ok((name.to_owned(), fields(PolicyDocument::preset(name))?)))
        .collect::<Result<Map<_, _>, Box<dyn Error>>>()?;
    Ok(pretty(&presets)?)
}

/// A table of what each preset says, and the defaults of what it does not say.
fn compare_presets() -> Result<String, Box<dyn Error>> {
    let defaults = fields(PolicyDocument::default())?;
    let mut presets = table(
        ["PRESET", "RANK", "ADDITIVE", "OTHER THAN THE DEFAULTS"],
        &[],
    );
    for name in PRESETS {
        let fields = fields(PolicyDocument::preset(name))?;
        let field = |name| fields.get(name).map(in_words).unwrap_or_default();
        let others = said(&fields, |name, value| defaults.get(name) != Some(value));
        presets.add_row([name.to_owned(), field("rank"), field("additive"), others]);
    }
    let defaults = said(&defaults, |_, _| true);
    Ok(format!(
        "{}\n\nThe defaults: {defaults}.\n",
        presets.trim_fmt()
    ))
}

/// The fields of a policy, every one written out.
fn fields(policy: PolicyDocument<'_>) -> Result<Value, Box<dyn Error>> {
    Ok(serde_json::to_value(policy.explicit()?)?)
}

/// Fields as `touch first, window 7d`, but for those that have a column of their own.
fn said(fields: &Value, select: impl Fn(&str, &Value) -> bool) -> String {
    let fields = fields.as_object().into_iter().flatten();
    let said = fields.filter(|(name, value)| {
        !["name", "version", "rank", "additive"].contains(&name.as_str()) && select(name, value)
    });
    let said = said.map(|(name, value)| format!("{name} {}", in_words(value)));
    said.collect::<Vec<_>>().join(", ")
}

/// A field's value for a person: tiers as `coupon > link=qr`.
fn in_words(value: &Value) -> String {
    match value {
        Value::String(word) => word.clone(),
        Value::Array(tiers) if tiers.iter().any(Value::is_array) => {
            let tier = |tier: &Value| in_words(tier).replace(' ', "=");
            tiers.iter().map(tier).collect::<Vec<_>>().join(" > ")
        }
        Value::Array(words) => words.iter().map(in_words).collect::<Vec<_>>().join(" "),
        Value::Object(members) => members.values().map(in_words).collect::<Vec<_>>().join(" "),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(_) | Value::Null => value.to_string(),
    }
}
