//! `/v1/program`: the program that is in force, and a new file for it.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use waymark_attribution::time::Instant;
use waymark_program::{Problems, ProgramDocument};
use worker::Env;

use super::{Answer, RawJson, Refusal, ask};
use crate::keys;
use crate::object::now;
use crate::program::{Apply, Command};

/// The rows in force. E-mails are keyed hashes.
#[worker::send]
pub async fn read(State(env): State<Env>) -> Answer {
    ask(&env, &Command::Directory).await
}

/// How to take a file.
#[derive(Deserialize)]
pub struct Manner {
    /// Only say what would change.
    #[serde(default)]
    dry_run: bool,
    /// From when the changes count (RFC 3339, not later than now). Default: now.
    effective_at: Option<String>,
}

/// Makes the program in force that of the file in the body: TOML with the content type
/// `application/toml`, JSON otherwise.
#[worker::send]
pub async fn apply(
    State(env): State<Env>,
    Query(manner): Query<Manner>,
    headers: HeaderMap,
    body: String,
) -> Result<RawJson, Response> {
    let is_toml = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/toml"));
    let document = if is_toml {
        ProgramDocument::from_toml(&body)
    } else {
        ProgramDocument::from_json(&body)
    };
    let program = document
        .and_then(ProgramDocument::validate)
        .map_err(problems)?;
    let effective_at =
        effective_at(manner.effective_at.as_deref(), now()).map_err(IntoResponse::into_response)?;
    let emails = keys::email_key(&env).map_err(|error| Refusal::from(error).into_response())?;
    let apply = Apply {
        rows: program.rows(&emails),
        effective_at,
        dry_run: manner.dry_run,
    };
    ask(&env, &Command::Apply(apply))
        .await
        .map_err(IntoResponse::into_response)
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

/// Everything that is wrong with a file: the first as `error`, all as `problems`.
fn problems(problems: Problems) -> Response {
    #[derive(Serialize)]
    struct Body {
        error: String,
        problems: Vec<String>,
    }
    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let error = problems.first().cloned().unwrap_or_default();
    (
        StatusCode::UNPROCESSABLE_ENTITY,
        Json(Body { error, problems }),
    )
        .into_response()
}
