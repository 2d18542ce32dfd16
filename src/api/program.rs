//! `/v1/program`: the program that is in force, and a new file for it.

use axum::extract::rejection::{QueryRejection, StringRejection};
use axum::extract::{Query, State};
use serde::Deserialize;
use waymark_attribution::time::Instant;
use waymark_program::ProgramDocument;
use worker::Env;

use super::refusal::Refusal;
use super::{Answer, ask};
use crate::keys;
use crate::object::now;
use crate::program::{Apply, Command};

/// The rows in force. E-mails are keyed hashes.
#[worker::send]
pub async fn read(State(env): State<Env>) -> Answer {
    ask(&env, &Command::Directory).await
}

/// How to take a file. A misspelt `dry_run` must not change the program.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manner {
    /// Only say what would change.
    #[serde(default)]
    dry_run: bool,
    /// From when the changes count (RFC 3339, not later than now). Default: now.
    effective_at: Option<String>,
}

/// Makes the program in force that of the file in the body, in JSON.
#[worker::send]
pub async fn apply(
    State(env): State<Env>,
    manner: Result<Query<Manner>, QueryRejection>,
    body: Result<String, StringRejection>,
) -> Answer {
    let (Query(manner), body) = (manner?, body?);
    let program = ProgramDocument::from_json(&body).and_then(ProgramDocument::validate)?;
    let apply = Apply {
        rows: program.rows(&keys::email_key(&env)?),
        effective_at: effective_at(manner.effective_at.as_deref(), now())?,
        dry_run: manner.dry_run,
    };
    ask(&env, &Command::Apply(apply)).await
}

fn effective_at(given: Option<&str>, now: i64) -> Result<Option<i64>, Refusal> {
    let Some(given) = given else {
        return Ok(None);
    };
    let at: Instant = given
        .parse()
        .map_err(|error| Refusal::unprocessable(format!("effective_at: {error}")))?;
    if at.as_millis() > now {
        return Err(Refusal::unprocessable(
            "effective_at: lies in the future; a program changes now, or as of a time before",
        ));
    }
    Ok(Some(at.as_millis()))
}
