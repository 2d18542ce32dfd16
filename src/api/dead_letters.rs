//! `/v1/dead-letters`: verified calls that could not be used.

use crate::api::error::ApiError;
use crate::api::request::{ApiRequest, ApiResult, json, number, place};
use crate::edge::webhooks;
use crate::program::protocol::stores::ListDeadLetters;

pub async fn list(api: &ApiRequest) -> ApiResult {
    let (after, limit) = api.page()?;
    let after = place(after)?;
    api.ask(ListDeadLetters { after, limit }).await
}

/// Takes a dead letter again. What the store would be told is the answer.
pub async fn replay(api: &ApiRequest, letter: &str) -> ApiResult {
    let number = number(letter)?;
    let recorded = webhooks::replay(&api.merchant, number).await?;
    let recorded = recorded.ok_or_else(|| {
        ApiError::not_found(format!(
            "dead letter: there is none with the number {number}, or its endpoint has ended"
        ))
    })?;
    json(&recorded)
}
