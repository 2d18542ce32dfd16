//! `/v1/affiliates`: who is paid, and what is owed to each.

use crate::api::request::{Answer, Call};
use crate::program::protocol::ledger::{ListAffiliates, ShowAffiliate};

pub async fn list(call: &Call) -> Answer {
    let (after, limit) = call.page()?;
    let after = after.unwrap_or_default();
    call.ask(ListAffiliates { after, limit }).await
}

pub async fn one(call: &Call, id: &str) -> Answer {
    let missing = format!("affiliate: the program has none with the id {id}");
    let id = id.to_owned();
    call.find(ShowAffiliate { id }, missing).await
}
