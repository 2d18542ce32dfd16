//! Receivers of what Waymark tells: a shop's webhook and a network's postback, on the
//! [internet](crate::internet).

use crate::config::Options;
use crate::internet::Internet;
use crate::json::with;
use crate::shop::Asked;
use crate::workerd::Workerd;
use crate::{demo, eventually, merchant, store};
use serde_json::{Value, json};
use waymark_signatures::{Scheme, verify};

/// The shop's host.
pub const HOOKS: &str = "hooks.example";
/// The network's.
pub const TRACK: &str = "track.example";
/// What signs the shop's webhooks.
pub const HOOKS_SECRET: &str = "whsec_aG9va3Mtc2VjcmV0LW9mLTMyLWJ5dGVzLWZvci10ZXN0cw==";
/// What the network knows the merchant by.
pub const TRACK_SECRET: &str = "very secret & odd";

/// A webhook that is told everything.
pub const WEBHOOK: &str = r#"
[outbox]
hosts = ["hooks.example"]

[webhooks.shop]
url = "https://hooks.example/waymark"
secrets = ["SHOP_HOOKS"]
"#;

/// Options with the receivers' secrets, on that internet.
pub fn options(internet: &Internet) -> Options {
    Options::default()
        .on(internet)
        .with_secret("SHOP_HOOKS", HOOKS_SECRET)
        .with_secret("TRACK_TOKEN", TRACK_SECRET)
}

/// A Worker with the demo program, and this besides.
pub fn start(internet: &Internet, program: &str) -> Workerd {
    start_with(internet, &format!("{}\n{program}", demo::program()))
}

/// A Worker with this program.
pub fn start_with(internet: &Internet, program: &str) -> Workerd {
    let workerd = Workerd::start(options(internet));
    merchant::apply_since_2000(&workerd, program);
    workerd
}

/// An order of 64.00 USD with a coupon of Ben's: 6.40 are his.
pub fn order(id: &str) -> Value {
    with(demo::kettle(id), json!({ "coupons": ["BEN15"] }))
}

/// Delivers a call that is news.
pub fn deliver(workerd: &Workerd, call: &Value) {
    assert_eq!(store::deliver(workerd, call).outcome(), "applied");
}

/// What the shop's webhook is told, once its signature was found to be right.
pub fn verified(asked: &Asked) -> Value {
    assert_eq!(asked.method, "POST");
    assert_eq!(asked.target, "/waymark");
    let scheme = Scheme::StandardWebhooks;
    let secret = scheme.secret(HOOKS_SECRET).expect("a secret");
    let header = |name: &'static str| asked.headers.get(name).map(String::as_str);
    let body = asked.body.as_bytes();
    verify(scheme, header, body, &[secret], store::now()).expect("a signature");
    serde_json::from_str(&asked.body).expect("JSON")
}

/// Type, affiliate, status and commission, such as `conversion.created ben pending 6.40`.
pub fn told(asked: &Asked) -> String {
    let event = verified(asked);
    let text = |pointer: &str| {
        let value = event.pointer(pointer).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    let of = |member: &str| text(&format!("/data/conversion/{member}"));
    let parts = [
        text("/type"),
        of("affiliate"),
        of("status"),
        of("commission"),
    ];
    parts.join(" ")
}

/// The latest messages, of those that a query such as `?state=waiting` names.
pub fn messages(workerd: &Workerd, query: &str) -> Vec<Value> {
    merchant::items(workerd, &format!("/v1/messages{query}"))
}

/// Waits until so many messages are in that state.
pub fn await_messages(workerd: &Workerd, state: &str, number: usize) -> Vec<Value> {
    eventually(&format!("{number} messages {state}"), || {
        let found = messages(workerd, &format!("?state={state}"));
        (found.len() == number).then_some(found)
    })
}
