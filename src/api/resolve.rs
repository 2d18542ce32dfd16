//! `/v1/resolve`: the rules, for one case, with nothing read or stored.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use waymark_attribution::{Case, resolve as decide};

use super::Refusal;

/// The decision of the case in the body.
pub async fn resolve(body: String) -> Result<Response, Refusal> {
    let case = Case::from_json(&body).map_err(|error| Refusal::unprocessable(error.to_string()))?;
    let decision = decide(&case).to_json();
    Ok(([(header::CONTENT_TYPE, "application/json")], decision).into_response())
}
