//! `/v1/stores`: the stores that are synced for orders that no call told of.

use crate::api::request::{Answer, Call};
use crate::program::protocol::stores::{ListStores, SyncStore};

pub async fn list(call: &Call) -> Answer {
    call.ask(ListStores).await
}

/// Has a store synced now. What comes of it is shown by the list.
pub async fn sync(call: &Call, store: &str) -> Answer {
    let missing = format!(
        "store: there is no endpoint of the store {store} that has an api and is a shopify, \
         woocommerce or stripe store"
    );
    let store = store.to_owned();
    call.find(SyncStore { store }, missing).await
}
