//! `/v1/dead-letters`: verified calls that could not be used.

use crate::api::error::Refusal;
use crate::api::request::{Answer, Call, json, number, place};
use crate::edge::webhooks;
use crate::program::protocol::stores::ListDeadLetters;

pub async fn list(call: &Call) -> Answer {
    let (after, limit) = call.page()?;
    let after = place(after)?;
    call.ask(ListDeadLetters { after, limit }).await
}

/// Takes a dead letter again. What the store would be told is the answer.
pub async fn replay(call: &Call, letter: &str) -> Answer {
    let number = number(letter)?;
    let recorded = webhooks::replay(&call.merchant, number).await?;
    let recorded = recorded.ok_or_else(|| {
        Refusal::not_found(format!(
            "dead letter: there is none with the number {number}, or its endpoint has ended"
        ))
    })?;
    json(&recorded)
}
