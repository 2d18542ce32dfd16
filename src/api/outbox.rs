//! `/v1/receivers` and `/v1/messages`: who is told of events, and what became of it.

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use worker::Env;

use super::refusal::Refusal;
use super::{Answer, RawJson, Span, ask, find, place};
use crate::program::{Command, MessageFilter};

#[worker::send]
pub async fn receivers(State(env): State<Env>) -> Answer {
    ask(&env, &Command::Receivers).await
}

/// A receiver's kind and name.
type Named = Result<Path<(String, String)>, PathRejection>;

#[worker::send]
pub async fn pause(State(env): State<Env>, named: Named) -> Answer {
    set_paused(&env, named, true).await
}

#[worker::send]
pub async fn resume(State(env): State<Env>, named: Named) -> Answer {
    set_paused(&env, named, false).await
}

fn missing(kind: &str, name: &str) -> String {
    format!("receiver: the program has no {kind}/{name}")
}

async fn set_paused(env: &Env, named: Named, paused: bool) -> Answer {
    let Path((kind, name)) = named?;
    let missing = missing(&kind, &name);
    let receiver = format!("{kind}/{name}");
    let RawJson(found) = ask(env, &Command::Pause { receiver, paused }).await?;
    match found.as_str() {
        "true" => ask(env, &Command::Receivers).await,
        _ => Err(Refusal::not_found(missing)),
    }
}

/// Sends a test to a receiver. Its message is listed by the number that is the answer.
#[worker::send]
pub async fn test(State(env): State<Env>, named: Named) -> Answer {
    let Path((kind, name)) = named?;
    let missing = missing(&kind, &name);
    find(&env, &Command::TestReceiver { kind, name }, missing).await
}

/// Which messages to list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Of {
    #[serde(default)]
    receiver: Option<String>,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    after: String,
    #[serde(default = "Span::usual")]
    limit: u8,
}

#[worker::send]
pub async fn messages(State(env): State<Env>, of: Result<Query<Of>, QueryRejection>) -> Answer {
    let Query(of) = of?;
    let states = ["waiting", "paused", "delivered", "given_up"];
    if of
        .state
        .as_deref()
        .is_some_and(|state| !states.contains(&state))
    {
        return Err(Refusal::unprocessable(
            "state: expected waiting, paused, delivered or given_up",
        ));
    }
    let command = Command::Messages {
        after: place(&of.after)?,
        limit: Span::checked(of.limit)?,
        of: MessageFilter {
            receiver: of.receiver,
            state: of.state,
        },
    };
    ask(&env, &command).await
}

/// Sends a message again, whatever became of it before. The receiver knows the event by its id.
#[worker::send]
pub async fn replay(State(env): State<Env>, number: Result<Path<i64>, PathRejection>) -> Answer {
    let Path(number) = number?;
    let RawJson(found) = ask(&env, &Command::ReplayMessage { number }).await?;
    match found.as_str() {
        "true" => Ok(RawJson(found)),
        _ => Err(Refusal::not_found(format!(
            "message: there is none with the number {number}"
        ))),
    }
}
