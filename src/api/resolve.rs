//! `/v1/resolve`: the rules, for one case, with nothing read or stored.

use axum::extract::rejection::StringRejection;
use waymark_attribution::{Case, resolve as decide};

use super::refusal::Refusal;
use super::{Answer, RawJson};

/// The decision of the case in the body.
pub async fn resolve(body: Result<String, StringRejection>) -> Answer {
    let body = body?;
    let case = Case::from_json(&body).map_err(|error| Refusal::unprocessable(error.to_string()))?;
    Ok(RawJson(decide(&case).to_json()))
}
