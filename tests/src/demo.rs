//! The demo program, and those who deal with it: shoppers, its two stores, its merchant.

use crate::answer::Answer;
use crate::config::{API_TOKEN, Options, SHOPIFY_SECRET, STORE_SECRET, project};
use crate::workerd::Workerd;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use ureq::http::request;
use waymark_checkout::signature::{Scheme, sign_shopify, sign_standard_webhooks};

/// What a person's browser calls itself. Without it a request is taken for a program's.
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// A workerd with the demo program applied, in force since 2000: samples of stores are old.
pub fn start(options: Options) -> Workerd {
    let workerd = Workerd::start(options);
    let answer = apply(&workerd, "2000-01-01T00:00:00Z");
    assert_eq!(answer.status(), 200, "{}\n{}", answer.text(), workerd.log());
    workerd
}

/// Applies the demo program, in force since `effective_at` (RFC 3339).
pub fn apply(workerd: &Workerd, effective_at: &str) -> Answer {
    let program = std::fs::read(project().join("demo/program.toml")).expect("the demo program");
    let path = format!("/v1/program?effective_at={effective_at}");
    let request = authorised(workerd, "PUT", &path).header("content-type", "application/toml");
    workerd.send(request, program)
}

/// A person's click or scan: a GET by a browser.
pub fn click(workerd: &Workerd, path: &str) -> Answer {
    workerd.send(browser(workerd, path), "")
}

/// A browser's GET, to add headers to.
pub fn browser(workerd: &Workerd, path: &str) -> request::Builder {
    workerd.request("GET", path).header("user-agent", BROWSER)
}

/// The token in the cookie that an answer sets.
pub fn token(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie").expect("a cookie");
    let (pair, _attributes) = cookie.split_once(';').expect("a cookie with attributes");
    let (_name, value) = pair.split_once('=').expect("a cookie with a value");
    value.to_owned()
}

/// An order of 82.00 USD, placed now: a kettle, and two packets of the tea that Cleo earns on.
pub fn order(id: &str) -> Value {
    let now = Timestamp::from_millisecond(now())
        .expect("a time")
        .to_string();
    json!({
        "type": "order",
        "id": id,
        "placed_at": now,
        "updated_at": now,
        "currency": "USD",
        "email": "pat@shopper.example",
        "lines": [
            { "id": "1", "sku": "KETTLE", "quantity": 1, "amount": "64.00" },
            { "id": "2", "sku": "EARL-GREY", "quantity": 2, "amount": "18.00" },
        ],
    })
}

/// The demo store's call about an order, signed now.
pub fn deliver(workerd: &Workerd, call: &Value) -> Answer {
    let body = call.to_string();
    workerd.send(signed(workerd, STORE_SECRET, now(), &body), body)
}

/// A call to the demo store's endpoint, signed with this secret at this time (Unix milliseconds).
pub fn signed(workerd: &Workerd, secret: &str, at: i64, body: &str) -> request::Builder {
    static MESSAGES: AtomicU64 = AtomicU64::new(0);
    let id = format!("msg_{}", MESSAGES.fetch_add(1, Ordering::Relaxed));
    let seconds = at.div_euclid(1000);
    let secret = Scheme::StandardWebhooks.secret(secret).expect("a secret");
    let signature = sign_standard_webhooks(&secret, &id, seconds, body.as_bytes());
    workerd
        .request("POST", "/hooks/store")
        .header("webhook-id", id)
        .header("webhook-timestamp", seconds)
        .header("webhook-signature", signature)
}

/// A call of the demo's Shopify store, signed.
pub fn deliver_shopify(workerd: &Workerd, topic: &str, body: &[u8]) -> Answer {
    let secret = Scheme::Shopify.secret(SHOPIFY_SECRET).expect("a secret");
    let request = workerd
        .request("POST", "/hooks/shopify")
        .header("x-shopify-topic", topic)
        .header("x-shopify-hmac-sha256", sign_shopify(&secret, body));
    workerd.send(request, body)
}

/// What `/v1/orders` tells the merchant of an order of the demo store.
pub fn ask(workerd: &Workerd, order: &str) -> Answer {
    merchant_get(workerd, &format!("/v1/orders/store/{order}"))
}

/// A GET with the merchant's token.
pub fn merchant_get(workerd: &Workerd, path: &str) -> Answer {
    workerd.send(authorised(workerd, "GET", path), "")
}

/// The book of an order as `affiliate method balance status`, one text for each conversion.
pub fn book(workerd: &Workerd, order: &str) -> Vec<String> {
    let answer = ask(workerd, order);
    assert_eq!(answer.status(), 200, "{}", answer.text());
    let view: Value = answer.json();
    let conversions = view.get("book").and_then(Value::as_array).expect("a book");
    conversions
        .iter()
        .map(|conversion| {
            ["affiliate", "method", "balance", "status"]
                .map(|name| conversion.get(name).and_then(Value::as_str).expect(name))
                .join(" ")
        })
        .collect()
}

/// Unix time in milliseconds.
#[expect(clippy::disallowed_methods, reason = "a store signs by its own clock")]
pub fn now() -> i64 {
    let elapsed = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("a clock after 1970");
    i64::try_from(elapsed.as_millis()).expect("a clock before the year 292 million")
}

fn authorised(workerd: &Workerd, method: &str, path: &str) -> request::Builder {
    workerd
        .request(method, path)
        .header("authorization", format!("Bearer {API_TOKEN}"))
}
