//! `/v1/audit`: what people did.

use crate::api::request::{ApiRequest, ApiResult, place};
use crate::program::protocol::reports::ListAudit;

pub async fn list(api: &ApiRequest) -> ApiResult {
    let (after, limit) = api.page()?;
    let after = place(after)?;
    api.ask(ListAudit { after, limit }).await
}
