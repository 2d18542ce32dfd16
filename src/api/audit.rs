//! `/v1/audit`: what people did.

use crate::api::request::{Answer, Call, place};
use crate::program::protocol::reports::ListAudit;

pub async fn list(call: &Call) -> Answer {
    let (after, limit) = call.page()?;
    let after = place(after)?;
    call.ask(ListAudit { after, limit }).await
}
