//! `/v1/stores`: the stores that are synced for orders that no call told of.

use crate::api::request::{ApiRequest, ApiResult};
use crate::program::protocol::stores::{ListStores, SyncStore};

pub async fn list(api: &ApiRequest) -> ApiResult {
    api.ask(ListStores).await
}

/// Has a store synced now. What comes of it is shown by the list.
pub async fn sync(api: &ApiRequest, store: &str) -> ApiResult {
    let missing = format!(
        "store: there is no endpoint of the store {store} that has an api and is a shopify, \
         woocommerce or stripe store"
    );
    let store = store.to_owned();
    api.find(SyncStore { store }, missing).await
}
