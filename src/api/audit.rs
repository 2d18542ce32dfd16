//! `/v1/audit`: what people did.

use crate::api::request::{Answer, Call, place};
use crate::program::Command;

pub async fn list(call: &Call) -> Answer {
    let (after, limit) = call.page()?;
    let after = place(after)?;
    call.ask(&Command::Audit { after, limit }).await
}
