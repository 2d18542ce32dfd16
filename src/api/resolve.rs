//! `/v1/resolve`: the rules, for one case, with nothing read or stored.

use waymark_attribution::{Case, resolve as decide};

use crate::api::error::ApiError;
use crate::api::request::{ApiRequest, ApiResult};

/// The decision of the case in the body.
pub async fn resolve(api: &ApiRequest) -> ApiResult {
    let body = api.text().await?;
    let case =
        Case::from_json(&body).map_err(|error| ApiError::unprocessable(error.to_string()))?;
    Ok(decide(&case).to_json())
}
