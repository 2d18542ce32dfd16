//! `/v1/resolve`: the rules, for one case, with nothing read or stored.

use waymark_attribution::{Case, resolve as decide};

use crate::api::error::Refusal;
use crate::api::request::{Answer, Call};

/// The decision of the case in the body.
pub async fn resolve(call: &Call) -> Answer {
    let body = call.text().await?;
    let case = Case::from_json(&body).map_err(|error| Refusal::unprocessable(error.to_string()))?;
    Ok(decide(&case).to_json())
}
