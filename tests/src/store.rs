//! Stores: they call the program's endpoints, signed with their secrets.
//!
//! Every program of these tests has the demo program's two endpoints: `shopify` and `store`.

use crate::answer::Answer;
use crate::config::{SHOPIFY_SECRET, STORE_SECRET};
use crate::eventually;
use crate::workerd::Workerd;
use serde_json::Value;
use std::sync::atomic::{AtomicU64, Ordering};
use ureq::http::request;
use waymark_signatures::{Scheme, sign_shopify, sign_standard_webhooks};

/// Calls, and while the answer is 503 calls again, as stores do.
pub fn until_taken(mut call: impl FnMut() -> Answer) -> Answer {
    eventually("an answer that is not 503", || {
        let answer = call();
        (answer.status() != 503).then_some(answer)
    })
}

/// The store's call about an order, signed now.
pub fn deliver(workerd: &Workerd, call: &Value) -> Answer {
    deliver_text(workerd, &call.to_string())
}

/// A call of the store with this body, whatever it is, signed now.
pub fn deliver_text(workerd: &Workerd, body: &str) -> Answer {
    workerd.send(signed(workerd, STORE_SECRET, now(), body), body)
}

/// A call to the store's endpoint, signed with this secret at this time (Unix milliseconds).
pub fn signed(workerd: &Workerd, secret: &str, at: i64, body: &str) -> request::Builder {
    signature(secret, at, body).into_iter().fold(
        workerd.request("POST", "/hooks/store"),
        |request, (name, value)| request.header(name, value),
    )
}

/// The headers that sign a call of the store.
pub fn signature(secret: &str, at: i64, body: &str) -> [(&'static str, String); 3] {
    static MESSAGES: AtomicU64 = AtomicU64::new(0);
    let id = format!("msg_{}", MESSAGES.fetch_add(1, Ordering::Relaxed));
    let seconds = at.div_euclid(1000);
    let secret = Scheme::StandardWebhooks.secret(secret).expect("a secret");
    let signature = sign_standard_webhooks(&secret, &id, seconds, body.as_bytes());
    [
        ("webhook-id", id),
        ("webhook-timestamp", seconds.to_string()),
        ("webhook-signature", signature),
    ]
}

/// A call of the Shopify store, signed.
pub fn deliver_shopify(workerd: &Workerd, topic: &str, body: &str) -> Answer {
    workerd.send(signed_shopify(workerd, topic, SHOPIFY_SECRET, body), body)
}

/// A call to the Shopify store's endpoint, signed with this secret.
pub fn signed_shopify(
    workerd: &Workerd,
    topic: &str,
    secret: &str,
    body: &str,
) -> request::Builder {
    let secret = Scheme::Shopify.secret(secret).expect("a secret");
    workerd
        .request("POST", "/hooks/shopify")
        .header("x-shopify-topic", topic)
        .header(
            "x-shopify-hmac-sha256",
            sign_shopify(&secret, body.as_bytes()),
        )
}

/// Unix time in milliseconds.
#[expect(clippy::disallowed_methods, reason = "a store signs by its own clock")]
pub fn now() -> i64 {
    let elapsed = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("a clock after 1970");
    i64::try_from(elapsed.as_millis()).expect("a clock before the year 292 million")
}

/// The time that many seconds from now, as RFC 3339.
pub fn time_in(seconds: i64) -> String {
    let at = now().saturating_add(seconds.saturating_mul(1_000));
    jiff::Timestamp::from_millisecond(at)
        .expect("a time")
        .to_string()
}
