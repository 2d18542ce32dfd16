//! `/v1/stores`: the stores that are looked at for orders that no call told of.

use crate::api::request::{Answer, Call};
use crate::program::Command;

pub async fn list(call: &Call) -> Answer {
    call.ask(&Command::Stores).await
}

/// Has a store looked at now. What comes of it is shown by the list.
pub async fn look(call: &Call, source: &str) -> Answer {
    let missing = format!(
        "store: there is no endpoint of the source {source} that has an api and is a shopify, \
         woocommerce or stripe store"
    );
    let source = source.to_owned();
    call.find(&Command::Look { source }, missing).await
}
