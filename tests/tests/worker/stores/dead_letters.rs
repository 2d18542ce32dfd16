//! What a store signed but nobody can use: kept once, shown to the merchant, never booked.

use serde_json::{Value, json};
use waymark_tests::merchant::dead_letters;
use waymark_tests::{Options, STORE_SECRET, demo, merchant, store};

/// Bodies that are signed and no orders, each with the member that the reason names.
fn unusable() -> Vec<(String, &'static str)> {
    let order = demo::order("1001");
    let whole = order.to_string();
    let half = whole.chars().take(whole.len() / 2).collect();
    let changed = |member: &str, value: Value| {
        let mut order = order.clone();
        order[member] = value;
        order.to_string()
    };
    let without = |member: &str| {
        let mut order = order.clone();
        if let Some(order) = order.as_object_mut() {
            order.remove(member);
        }
        order.to_string()
    };
    let line = |member: &str, value: Value| {
        let mut line = json!({ "quantity": 1, "amount": "1.00" });
        line[member] = value;
        changed("lines", json!([line]))
    };
    vec![
        (half, "payload"),
        (String::new(), "payload"),
        ("null".into(), "payload"),
        ("[]".into(), "payload"),
        ("[".repeat(100_000), "payload"),
        (whole.clone() + "}", "payload"),
        (without("type"), "type"),
        (without("id"), "id"),
        (without("lines"), "lines"),
        (without("placed_at"), "placed_at"),
        (changed("type", json!("parcel")), "type"),
        (changed("id", json!(1.5)), "id"),
        (changed("id", json!(["1001"])), "id"),
        (changed("id", json!("")), "id"),
        (changed("placed_at", json!("yesterday")), "placed_at"),
        (changed("placed_at", json!(1_767_225_600)), "placed_at"),
        (changed("lines", json!("none")), "lines"),
        (changed("lines", json!([17])), "lines[0]"),
        (changed("currency", json!("XXQ")), "currency"),
        (changed("currency", json!(840)), "currency"),
        (
            changed("email", json!({ "address": "pat@shopper.example" })),
            "email",
        ),
        (changed("cupons", json!(["BEN15"])), "cupons"),
        (changed("coupons", json!("BEN15")), "coupons"),
        (changed("test", json!("no")), "test"),
        (changed("tax", json!("1e2")), "tax"),
        (changed("shipping", json!(5)), "shipping"),
        (line("amount", json!("1.001")), "lines[0].amount"),
        (line("amount", json!("1e2")), "lines[0].amount"),
        (line("amount", json!("+1.00")), "lines[0].amount"),
        (line("amount", json!("-1.00")), "lines[0].amount"),
        (line("amount", json!(1.0)), "lines[0].amount"),
        (
            line("amount", json!("9999999999999999.00")),
            "lines[0].amount",
        ),
        (line("quantity", json!(0)), "lines[0].quantity"),
        (line("quantity", json!(-1)), "lines[0].quantity"),
        (line("quantity", json!(1_000_001)), "lines[0].quantity"),
        (line("quantity", json!("1")), "lines[0].quantity"),
    ]
}

#[test]
fn what_cannot_be_used_is_kept_with_a_reason_that_names_the_member() {
    let workerd = demo::start(Options::default());
    let before = merchant::owed(&workerd);
    for (body, member) in unusable() {
        let answer = store::deliver_text(&workerd, &body);
        assert_eq!(answer.outcome(), "dead_letter", "{body:.200}");
        let reason = answer.json::<Value>()["reason"].to_string();
        assert!(
            reason.starts_with(&format!("\"{member}: ")),
            "{reason} of {body:.200}"
        );
        let newest = dead_letters(&workerd).remove(0);
        // A list has the beginning of what is long.
        let shown = newest["body"].as_str().expect("a body");
        let beginning = shown.get(..60_000).unwrap_or(shown);
        assert!(body.starts_with(beginning), "{shown:.200}");
        assert_eq!(body.len() <= 60_000, body == shown);
        assert_eq!(newest["reason"].to_string(), reason);
        assert_eq!(
            (&newest["endpoint"], &newest["topic"]),
            (&json!("store"), &json!(""))
        );
    }
    assert_eq!(merchant::owed(&workerd), before);
    assert!(!workerd.log().contains("pat@shopper.example"));
}

#[test]
fn a_body_that_is_not_text_is_kept_as_far_as_it_is() {
    let workerd = demo::start(Options::default());
    let body = b"{\"id\":\"\xff\"}";
    let secret = waymark_signatures::Scheme::StandardWebhooks
        .secret(STORE_SECRET)
        .expect("a secret");
    let seconds = store::now() / 1000;
    let signature = waymark_signatures::sign_standard_webhooks(&secret, "m", seconds, body);
    let request = workerd
        .request("POST", "/hooks/store")
        .header("webhook-id", "m")
        .header("webhook-timestamp", seconds)
        .header("webhook-signature", signature);
    assert_eq!(workerd.send(request, body).outcome(), "dead_letter");
    assert_eq!(dead_letters(&workerd)[0]["body"], "{\"id\":\"\u{fffd}\"}");
}

#[test]
fn a_topic_that_shopify_is_not_known_to_have_is_kept() {
    let workerd = demo::start(Options::default());
    for topic in ["orders/teleported", "customers/redact", ""] {
        let body = format!(r#"{{"topic":"{topic}"}}"#);
        let answer = store::deliver_shopify(&workerd, topic, &body);
        assert_eq!(answer.outcome(), "dead_letter", "{topic}");
        let newest = dead_letters(&workerd).remove(0);
        assert_eq!(newest["endpoint"], "shopify");
        assert_eq!(newest["topic"], topic);
    }
}

#[test]
fn a_call_that_is_repeated_is_kept_once() {
    let workerd = demo::start(Options::default());
    for _ in 0..3 {
        for body in ["{}", "[]"] {
            let answer = store::deliver_text(&workerd, body);
            assert_eq!(answer.outcome(), "dead_letter");
        }
    }
    assert_eq!(dead_letters(&workerd).len(), 2);
}
