//! Access tokens that stores give for a while: kept in the isolate until they end. A new isolate asks anew.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use waymark_program::document::Endpoint;
use waymark_program::store_api::StoreApi;
use waymark_stores::Access;
use waymark_stores::grant::GrantRequest;

use crate::merchant::Merchant;
use crate::platform::durable_object::now;
use crate::platform::http_client::{self, Outgoing};
use crate::platform::secrets;

/// The most that is read of an answer, in bytes.
const MAX_RESPONSE_BYTES: usize = 64 << 10;
/// How long an answer is waited for.
const TIMEOUT: Duration = Duration::from_secs(10);

struct Kept {
    token: String,
    until: i64,
}

thread_local! {
    /// By what they are asked for with: who knows that is given the same.
    static TOKENS: RefCell<BTreeMap<String, Kept>> = const { RefCell::new(BTreeMap::new()) };
}

/// What opens the store's API now. `anew`: the token that is kept was refused.
///
/// # Errors
/// Why it cannot be opened, for the merchant.
pub async fn open(
    merchant: &Merchant,
    endpoint: &Endpoint,
    api: &StoreApi,
    anew: bool,
) -> Result<Access, String> {
    let access = secrets::store_access(merchant.env(), endpoint.kind, api)?;
    if !api.is_by_grant() {
        return Ok(access);
    }
    // While a secret is changed the endpoint names two, of which one opens.
    let mut problem = "the endpoint names no secret".to_owned();
    for name in &endpoint.secrets {
        let token = match secrets::secret(merchant.env(), name) {
            Ok(secret) => match endpoint.kind.grant_request(&access, &secret) {
                Some(request) => token(endpoint, &request, anew).await,
                None => Err("this store gives no tokens; leave api.client_id out".to_owned()),
            },
            Err(error) => Err(error.to_string()),
        };
        match token {
            Ok(token) => return Ok(access.with_token(token)),
            Err(why) => problem = why,
        }
    }
    Err(problem)
}

async fn token(endpoint: &Endpoint, request: &GrantRequest, anew: bool) -> Result<String, String> {
    let digest = Sha256::digest(format!("{} {}", request.url, request.body));
    let key = URL_SAFE_NO_PAD.encode(digest);
    let kept = TOKENS.with_borrow(|tokens| {
        let kept = tokens.get(&key).filter(|kept| !anew && kept.until > now());
        kept.map(|kept| kept.token.clone())
    });
    if let Some(token) = kept {
        return Ok(token);
    }
    let call = Outgoing {
        method: "POST",
        url: &request.url,
        headers: &request.headers,
        body: Some(&request.body),
        timeout: TIMEOUT,
        largest: MAX_RESPONSE_BYTES,
    };
    let answered = http_client::call(&call).await;
    let answered =
        answered.map_err(|_| "the store was not reached for an access token".to_owned())?;
    let granted = endpoint.kind.granted(answered.status, &answered.body)?;
    let kept = Kept {
        token: granted.value.clone(),
        until: now().saturating_add(granted.lasts_ms),
    };
    TOKENS.with_borrow_mut(|tokens| {
        tokens.retain(|_, kept| kept.until > now());
        tokens.insert(key, kept);
    });
    Ok(granted.value)
}
