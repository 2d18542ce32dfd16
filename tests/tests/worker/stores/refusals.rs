//! What a store is told whose call is not accepted: exactly that, and nothing is kept.

use serde_json::{Value, json};
use waymark_tests::{
    Answer, Options, SHOPIFY_SECRET, STORE_SECRET, Workerd, demo, merchant, store,
};

const REFUSED: &str = r#"{"error":"signature: this call is not accepted"}"#;
const TOO_LARGE: &str = r#"{"error":"body: larger than 8 MiB"}"#;
const OTHER_SECRET: &str = "whsec_b3RoZXItc2VjcmV0LW9mLTMyLWJ5dGVzLWZvci10ZXN0cw==";

/// Checks the answer, and that the call left nothing behind.
fn assert_refused(workerd: &Workerd, answer: &Answer, status: u16, body: &str) {
    assert_eq!((answer.status(), answer.text()), (status, body));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_nothing_is_kept(workerd);
}

/// Nothing in the orders, on anybody's balance or among the dead letters, and nobody in the log.
fn assert_nothing_is_kept(workerd: &Workerd) {
    let owed = merchant::owed(workerd);
    assert_eq!(owed["orders"], json!([]));
    for affiliate in owed["affiliates"].as_array().into_iter().flatten() {
        assert_eq!(affiliate["balances"], json!([]), "{affiliate}");
    }
    assert_eq!(merchant::dead_letters(workerd), [Value::Null; 0]);
    let log = workerd.log();
    assert!(!log.contains("pat@shopper.example"), "{log}");
}

#[test]
fn a_call_that_its_store_did_not_sign_is_refused() {
    let workerd = demo::start(Options::default());
    let body = demo::order_with_coupon("1001").to_string();
    let without = |header: &str| {
        let request = workerd.request("POST", "/hooks/store");
        store::signature(STORE_SECRET, store::now(), &body)
            .into_iter()
            .filter(|(name, _)| *name != header)
            .fold(request, |request, (name, value)| {
                request.header(name, value)
            })
    };
    let changed = |header: &str, to: &str| without(header).header(header, to);
    let nonsense = "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    for (what, request) in [
        (
            "no signature at all",
            workerd.request("POST", "/hooks/store"),
        ),
        ("no id", without("webhook-id")),
        ("no time", without("webhook-timestamp")),
        ("no signature", without("webhook-signature")),
        ("another id", changed("webhook-id", "msg_other")),
        (
            "another time",
            changed("webhook-timestamp", &(store::now() / 1000 - 7).to_string()),
        ),
        ("a time that is none", changed("webhook-timestamp", "soon")),
        ("another signature", changed("webhook-signature", nonsense)),
        (
            "a signature that is none",
            changed("webhook-signature", "v1,="),
        ),
        ("an empty signature", changed("webhook-signature", "")),
        (
            "another secret",
            store::signed(&workerd, OTHER_SECRET, store::now(), &body),
        ),
        (
            "another body",
            store::signed(&workerd, STORE_SECRET, store::now(), "{}"),
        ),
        (
            "signed 301 s ago",
            store::signed(&workerd, STORE_SECRET, store::now() - 301_000, &body),
        ),
        (
            "signed 310 s ahead",
            store::signed(&workerd, STORE_SECRET, store::now() + 310_000, &body),
        ),
    ] {
        println!("{what}");
        assert_refused(&workerd, &workerd.send(request, &body), 401, REFUSED);
    }
    // The same body is taken where it is signed: it was the signature that was refused.
    assert_eq!(store::deliver_text(&workerd, &body).outcome(), "applied");
}

#[test]
fn a_call_that_shopify_did_not_sign_is_refused() {
    let workerd = demo::start(Options::default());
    let body = json!({ "id": 1001, "created_at": "2026-01-01T00:00:00Z", "currency": "USD",
        "email": "pat@shopper.example", "discount_codes": [{ "code": "BEN15" }],
        "line_items": [{ "id": 1, "quantity": 1, "price": "82.00" }] })
    .to_string();
    let signed =
        |secret: &str, body: &str| store::signed_shopify(&workerd, "orders/create", secret, body);
    let unsigned = workerd
        .request("POST", "/hooks/shopify")
        .header("x-shopify-topic", "orders/create");
    let nonsense = |value: &str| {
        workerd
            .request("POST", "/hooks/shopify")
            .header("x-shopify-topic", "orders/create")
            .header("x-shopify-hmac-sha256", value)
    };
    for (what, request) in [
        ("no signature", unsigned),
        ("an empty signature", nonsense("")),
        ("a signature in hexadecimal", nonsense(&"ab".repeat(32))),
        (
            "another secret",
            signed("another-secret-of-some-shop", &body),
        ),
        (
            "the secret of the other endpoint",
            signed(STORE_SECRET, &body),
        ),
        ("another body", signed(SHOPIFY_SECRET, "{}")),
        (
            "signed as the other store signs",
            store::signed(&workerd, STORE_SECRET, store::now(), &body)
                .uri(workerd.url("/hooks/shopify")),
        ),
    ] {
        println!("{what}");
        assert_refused(&workerd, &workerd.send(request, &body), 401, REFUSED);
    }
    let answer = store::deliver_shopify(&workerd, "orders/create", &body);
    assert_eq!(answer.outcome(), "applied");
}

#[test]
fn an_unknown_endpoint_and_a_bad_signature_cannot_be_told_apart_by_a_byte() {
    let workerd = demo::start(Options::default());
    let body = demo::order("1001").to_string();
    let call = |endpoint: &str, secret: &str| {
        let mut request = format!(
            "POST /hooks/{endpoint} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Content-Length: {}\r\n",
            body.len()
        );
        for (name, value) in store::signature(secret, store::now(), &body) {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        let answer = workerd.send_raw(format!("{request}\r\n{body}").as_bytes());
        String::from_utf8_lossy(&answer).into_owned()
    };
    let badly_signed = call("store", OTHER_SECRET);
    assert!(badly_signed.starts_with("HTTP/1.1 401 "), "{badly_signed}");
    assert!(badly_signed.ends_with(REFUSED), "{badly_signed}");
    for endpoint in ["nobody", "STORE", "store%00", "%2e%2e", &"x".repeat(1_000)] {
        assert_eq!(call(endpoint, STORE_SECRET), badly_signed, "{endpoint}");
    }
    assert_nothing_is_kept(&workerd);
}

/// The head of a call that is too large. Its body is not sent whole: a client that goes on writing after
/// the answer may lose the answer.
fn large_call(framing: &str) -> String {
    format!(
        "POST /hooks/store HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{framing}\r\n\r\n"
    )
}

fn assert_too_large(workerd: &Workerd, answer: &[u8]) {
    let answer = String::from_utf8_lossy(answer);
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.ends_with(TOO_LARGE), "{answer}");
    assert_nothing_is_kept(workerd);
}

#[test]
fn a_body_that_is_said_to_be_larger_than_8_mib_is_refused_before_it_is_read() {
    let workerd = demo::start(Options::default());
    for length in [(8 << 20) + 1, 16 << 20] {
        let head = large_call(&format!("Content-Length: {length}"));
        assert_too_large(&workerd, &workerd.send_raw(head.as_bytes()));
    }
}

#[test]
fn a_body_that_does_not_say_how_large_it_is_is_refused_once_it_exceeds_8_mib() {
    let workerd = demo::start(Options::default());
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x1_0000));
    let call = large_call("Transfer-Encoding: chunked") + &chunk.repeat(160) + "0\r\n\r\n";
    assert_too_large(&workerd, &workerd.send_raw(call.as_bytes()));
}

#[test]
fn a_body_of_exactly_8_mib_is_read_and_kept() {
    let workerd = demo::start(Options::default());
    let mut order = demo::order("1001");
    order["tags"] = json!([""]);
    let space = (8_usize << 20).saturating_sub(order.to_string().len());
    let body = order.to_string() + &" ".repeat(space);
    assert_eq!(body.len(), 8 << 20);
    assert_eq!(store::deliver_text(&workerd, &body).outcome(), "applied");
}

#[test]
fn only_a_post_reaches_an_endpoint() {
    let workerd = demo::start(Options::default());
    for method in ["GET", "PUT", "DELETE", "PATCH"] {
        for path in ["/hooks/store", "/hooks/nobody"] {
            let answer = workerd.send(workerd.request(method, path), "");
            assert_eq!(answer.header("allow"), Some("POST"), "{method} {path}");
            assert_refused(&workerd, &answer, 405, r#"{"error":"method: use POST"}"#);
        }
    }
}

#[test]
fn a_store_calls_again_while_the_merchant_has_not_set_its_secret() {
    let mut options = Options::default();
    options.secrets.remove("DEMO_STORE_SECRET");
    let workerd = demo::start(options);
    let answer = store::deliver(&workerd, &demo::order("1001"));
    let retry = answer.header("retry-after").map(str::to_owned);
    assert!(retry.is_some_and(|seconds| seconds.parse::<u32>().is_ok()));
    assert_refused(
        &workerd,
        &answer,
        503,
        r#"{"error":"this call cannot be taken now; nothing was booked; call again"}"#,
    );
    assert!(
        workerd.log().contains("DEMO_STORE_SECRET"),
        "{}",
        workerd.log()
    );
}

/// While secrets change, one of them may not be set yet, or no longer, or be none at all.
#[test]
fn a_call_that_one_secret_has_signed_is_taken_though_another_is_not_set_or_none() {
    let workerd = Workerd::start(Options::default().with_secret("MALFORMED", "no secret"));
    let one = "secrets = [\"DEMO_STORE_SECRET\"]";
    let three = "secrets = [\"NOT_SET\", \"MALFORMED\", \"DEMO_STORE_SECRET\"]";
    let program = demo::program();
    assert!(program.contains(one), "{program}");
    merchant::apply_since_2000(&workerd, &program.replace(one, three));
    let answer = store::deliver(&workerd, &demo::order("1001"));
    assert_eq!(answer.outcome(), "applied");
    assert!(workerd.log().contains("MALFORMED"), "{}", workerd.log());

    // One that none of them has signed may be of the one that is not set.
    let body = demo::order("1002").to_string();
    let request = store::signed(&workerd, OTHER_SECRET, store::now(), &body);
    assert_eq!(workerd.send(request, body).status(), 503);
}
