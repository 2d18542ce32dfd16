//! `/v1/resolve`: the rules, for one case, with nothing read or stored.

use waymark_attribution::{Case, resolve as decide};

use super::{Answer, RawJson, Refusal};

/// The decision of the case in the body.
pub async fn resolve(body: String) -> Answer {
    let case = Case::from_json(&body).map_err(|error| Refusal::unprocessable(error.to_string()))?;
    Ok(RawJson(decide(&case).to_json()))
}
