//! `/v1/affiliates`: who is paid, and what is owed to each.

use crate::api::request::{ApiRequest, ApiResult};
use crate::program::protocol::ledger::{ListAffiliates, ShowAffiliate};

pub async fn list(api: &ApiRequest) -> ApiResult {
    let (after, limit) = api.page()?;
    let after = after.unwrap_or_default();
    api.ask(ListAffiliates { after, limit }).await
}

pub async fn one(api: &ApiRequest, id: &str) -> ApiResult {
    let missing = format!("affiliate: the program has none with the id {id}");
    let id = id.to_owned();
    api.find(ShowAffiliate { id }, missing).await
}
