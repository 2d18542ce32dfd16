//! `/v1/dead-letters`: verified calls that could not be used.

use crate::api::error::Refusal;
use crate::api::request::{Answer, Call, json, number, place};
use crate::edge::webhooks;
use crate::program::Command;

pub async fn list(call: &Call) -> Answer {
    let (after, limit) = call.page()?;
    let after = place(after)?;
    call.ask(&Command::DeadLetters { after, limit }).await
}

/// Takes a dead letter again. What the store would be told is the answer.
pub async fn replay(call: &Call, letter: &str) -> Answer {
    let number = number(letter)?;
    let recorded = webhooks::replay(&call.env, number).await?;
    let recorded = recorded.ok_or_else(|| {
        Refusal::not_found(format!(
            "dead letter: there is none with the number {number}, or its endpoint has ended"
        ))
    })?;
    json(&recorded)
}
