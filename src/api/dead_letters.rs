//! `/v1/dead-letters`: verified calls that could not be used.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use worker::Env;

use super::refusal::Refusal;
use super::{Answer, RawJson, Span, Wanted, ask, place};
use crate::checkout;
use crate::program::Command;

#[worker::send]
pub async fn list(State(env): State<Env>, Wanted(Span { after, limit }): Wanted) -> Answer {
    let after = place(&after)?;
    ask(&env, &Command::DeadLetters { after, limit }).await
}

/// Takes a dead letter again. What the store would be told is the answer.
#[worker::send]
pub async fn replay(State(env): State<Env>, path: Result<Path<i64>, PathRejection>) -> Answer {
    let Path(number) = path?;
    let recorded = checkout::replay(&env, number).await?;
    let recorded = recorded.ok_or_else(|| {
        Refusal::not_found(format!(
            "dead letter: there is none with the number {number}, or its endpoint has ended"
        ))
    })?;
    Ok(RawJson(
        serde_json::to_string(&recorded).map_err(worker::Error::from)?,
    ))
}
