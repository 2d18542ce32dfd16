//! The requests that are made: signatures against published vectors, secrets that stay hidden.

use serde_json::Value;
use waymark_attribution::time::Instant;
use waymark_outbox::delivery::Delivery;
use waymark_outbox::event::{Event, EventId, Subject};
use waymark_outbox::health::Health;
use waymark_outbox::receiver::{CallMethod, Postback, Receiver, Webhook};
use waymark_outbox::request::{Request, request};
use waymark_outbox::step::{Answer, conclude};
use waymark_signatures::{Scheme, verify};

use crate::samples::{NOON_MS, SECRET, event, event_about, hosts, noon, read, secret};

const WEBHOOK: &str = "url = \"https://hooks.example/in?a=b\"\nsecrets = [\"HOOKS\"]";

fn webhook(toml: &str) -> Result<Request, String> {
    let webhook: Webhook = read(toml);
    request(
        &event(),
        Receiver::Webhook(&webhook),
        &hosts(),
        &secret,
        noon(),
    )
    .map_err(|error| error.to_string())
}

fn postback(toml: &str, event: &Event) -> Result<Request, String> {
    let postback: Postback = read(toml);
    let secret = |name: &str| (name == "TOKEN").then(|| "s3cret-~ /+&".to_owned());
    request(
        event,
        Receiver::Postback(&postback),
        &hosts(),
        &secret,
        noon(),
    )
    .map_err(|error| error.to_string())
}

fn header<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    let found = request.headers.iter().find(|(known, _)| *known == name);
    found.map(|(_, value)| value.as_str())
}

#[test]
fn a_webhook_is_a_signed_post_that_a_receiver_can_verify() {
    let request = webhook(WEBHOOK).unwrap();
    assert_eq!(request.method, CallMethod::Post);
    assert_eq!(request.url, "https://hooks.example/in?a=b");
    let body = request.body.clone().unwrap();
    assert_eq!(body, event().payload().unwrap());
    assert_eq!(header(&request, "content-type"), Some("application/json"));
    assert_eq!(header(&request, "webhook-id"), Some(event().id.as_str()));
    assert_eq!(header(&request, "webhook-timestamp"), Some("1767528000"));
    let key = Scheme::StandardWebhooks.secret(SECRET).unwrap();
    let lookup = |name: &'static str| header(&request, name);
    let verified = verify(
        Scheme::StandardWebhooks,
        lookup,
        body.as_bytes(),
        &[key],
        NOON_MS,
    );
    assert_eq!(verified, Ok(()));
}

/// The signatures that other implementations' test suites publish, found in our requests when our
/// requests are for the same secret, id and time.
#[test]
fn signatures_are_those_of_other_libraries() {
    let Ok(folder) = std::env::var("WAYMARK_FIXTURES") else {
        println!("WAYMARK_FIXTURES is not set: vectors.json was not tested");
        return;
    };
    let text = std::fs::read_to_string(format!("{folder}/vectors.json")).unwrap();
    let file: Value = serde_json::from_str(&text).unwrap();
    let mut count = 0;
    for vector in file["vectors"].as_array().unwrap() {
        let scheme = vector["scheme"].as_str().unwrap();
        if !scheme.contains("standard-webhooks v1") || scheme.contains("ed25519") {
            continue;
        }
        let text = |name: &str| vector[name].as_str().unwrap().to_owned();
        let seconds = vector["timestamp"].as_i64().unwrap();
        let event = Event {
            id: EventId::try_from(text("id")).unwrap(),
            ..event()
        };
        let webhook: Webhook = read(WEBHOOK);
        let secret = |_: &str| Some(text("secret"));
        let at = Instant::from_millis(seconds * 1_000 + 999);
        let receiver = Receiver::Webhook(&webhook);
        let request = request(&event, receiver, &hosts(), &secret, at).unwrap();
        // The same key, id and time as in our headers, over the vector's body.
        let key = Scheme::StandardWebhooks.secret(&text("secret")).unwrap();
        let signature = text("signature");
        let signed = |name: &'static str| match name {
            "webhook-signature" => Some(signature.as_str()),
            name => header(&request, name),
        };
        let body = text("body");
        let now = seconds * 1_000;
        let keys = [key];
        let scheme = Scheme::StandardWebhooks;
        assert_eq!(verify(scheme, signed, body.as_bytes(), &keys, now), Ok(()));
        let own = |name: &'static str| header(&request, name);
        let body = request.body.clone().unwrap();
        assert_eq!(verify(scheme, own, body.as_bytes(), &keys, now), Ok(()));
        count += 1;
    }
    assert!(count >= 2, "only {count} vectors");
}

#[test]
fn while_a_secret_is_changed_a_webhook_carries_the_signatures_of_both() {
    let webhook: Webhook = read(&WEBHOOK.replace("\"HOOKS\"", "\"OLD\", \"NEW\""));
    let secret = |name: &str| {
        Some(match name {
            "OLD" => SECRET.to_owned(),
            _ => SECRET.replace("C2FV", "AAAA"),
        })
    };
    let receiver = Receiver::Webhook(&webhook);
    let request = request(&event(), receiver, &hosts(), &secret, noon()).unwrap();
    let body = request.body.clone().unwrap();
    for name in ["OLD", "NEW"] {
        let key = Scheme::StandardWebhooks
            .secret(&secret(name).unwrap())
            .unwrap();
        let lookup = |name: &'static str| header(&request, name);
        let scheme = Scheme::StandardWebhooks;
        assert_eq!(
            verify(scheme, lookup, body.as_bytes(), &[key], NOON_MS),
            Ok(()),
            "{name}"
        );
    }
}

#[test]
fn a_try_has_the_event_s_id_and_its_own_time() {
    let webhook: Webhook = read(WEBHOOK);
    let receiver = Receiver::Webhook(&webhook);
    let later = Instant::from_millis(NOON_MS + 5_000);
    let make = |at| request(&event(), receiver, &hosts(), &secret, at).unwrap();
    let (first, second) = (make(noon()), make(later));
    assert_eq!(header(&first, "webhook-id"), header(&second, "webhook-id"));
    assert_eq!(header(&second, "webhook-timestamp"), Some("1767528005"));
    assert_eq!(first.body, second.body);
    assert_ne!(
        header(&first, "webhook-signature"),
        header(&second, "webhook-signature")
    );
}

#[test]
fn a_postback_is_a_get_unless_it_has_a_body() {
    let url = "url = \"https://hooks.example/p?id={transaction_id}&sum={payout}\"";
    let get = postback(url, &event()).unwrap();
    assert_eq!(get.method, CallMethod::Get);
    assert_eq!(
        get.url,
        "https://hooks.example/p?id=820982911946154508-17&sum=-0.50"
    );
    assert_eq!(
        (get.body.as_ref(), header(&get, "content-type")),
        (None, None)
    );

    let form = "method = \"POST\"\nbody = { form = \"id={order_id}&coupon={coupon}\" }";
    let form = postback(&format!("{url}\n{form}"), &event()).unwrap();
    assert_eq!(form.method, CallMethod::Post);
    let body = form.body.as_deref();
    assert_eq!(body, Some("id=820982911946154508&coupon=SAVE+10%25"));
    let kind = header(&form, "content-type");
    assert_eq!(kind, Some("application/x-www-form-urlencoded"));

    let json = "method = \"POST\"\nbody = { json = '{\"sum\": {payout}, \"sub\": \"{sub3}\"}' }";
    let json = postback(&format!("{url}\n{json}"), &event()).unwrap();
    let body = json.body.as_deref();
    assert_eq!(body, Some("{\"sum\": -0.50, \"sub\": \"\\\"\\\\\\n\"}"));
    assert_eq!(header(&json, "content-type"), Some("application/json"));
}

#[test]
fn where_the_program_is_wrong_nothing_is_sent_and_the_remedy_is_named() {
    let moved = WEBHOOK.replace("hooks.example", "evil.example");
    let refused = webhook(&moved).unwrap_err();
    assert!(
        refused.starts_with("url: evil.example is not confirmed; add it"),
        "{refused}"
    );
    let unset = WEBHOOK.replace("HOOKS", "NOT_SET");
    assert_eq!(
        webhook(&unset).unwrap_err(),
        "the Worker has no secret NOT_SET; set it with `wrangler secret put NOT_SET`"
    );
    let mut bad: Webhook = read(WEBHOOK);
    bad.url = "https://hooks.example/".to_owned();
    let weak = |_: &str| Some("whsec_AAAA".to_owned());
    let refused = request(&event(), Receiver::Webhook(&bad), &hosts(), &weak, noon());
    let refused = refused.unwrap_err().to_string();
    assert!(
        refused.starts_with("HOOKS: secret: must be 24 to 64 bytes"),
        "{refused}"
    );
    assert!(!refused.contains("AAAA"), "{refused}");

    let elsewhere = postback("url = \"https://evil.example/?a={sub1}\"", &event());
    assert!(
        elsewhere
            .unwrap_err()
            .starts_with("url: evil.example is not confirmed")
    );
    let orphan = event_about(Subject::Orphan);
    assert!(postback("url = \"https://hooks.example/\"", &orphan).is_err());
}

#[test]
fn the_log_holds_neither_secret_nor_signature_though_the_receiver_sends_them_back() {
    let url = "url = \"https://hooks.example/p?token={secret}\"\nsecret = \"TOKEN\"";
    let call = postback(url, &event()).unwrap();
    assert_eq!(
        call.url,
        "https://hooks.example/p?token=s3cret-~%20%2F%2B%26"
    );
    let signed = webhook(WEBHOOK).unwrap();
    let signature = header(&signed, "webhook-signature").unwrap().to_owned();
    for (request, body, logged) in [
        (
            &call,
            "s3cret-~ /+&! s3cret-~%20%2F%2B%26! s3cret-%7E+%2F%2B%26!".to_owned(),
            "…! …! …!",
        ),
        (&signed, format!("{SECRET}! {signature}!"), "…! …!"),
    ] {
        let answer = Answer::Response {
            status: 500,
            retry_after: None,
            body: body.as_bytes(),
            duration_ms: Some(12),
        };
        let concluded = conclude(
            request,
            Delivery::new(noon()),
            Health::default(),
            answer,
            noon(),
            0,
        );
        assert_eq!(concluded.attempt.answer, logged);
        let shown = format!("{request:?}{concluded:?}");
        assert!(
            !shown.contains("s3cret") && !shown.contains("whsec"),
            "{shown}"
        );
    }
}
