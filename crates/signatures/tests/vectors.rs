//! Signatures against published vectors: those of other implementations' test suites, and the
//! HMAC-SHA256 set of project Wycheproof.
//!
//! They are not part of the repository: `WAYMARK_FIXTURES` names the folder that holds them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use std::path::Path;
use waymark_signatures::{
    Scheme, Secret, SignatureError, sign_shopify, sign_standard_webhooks, sign_stripe, verify,
};

fn fixture(path: &str) -> Option<Value> {
    let Ok(folder) = std::env::var("WAYMARK_FIXTURES") else {
        println!("WAYMARK_FIXTURES is not set: {path} was not tested");
        return None;
    };
    let text = std::fs::read_to_string(Path::new(&folder).join(path)).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}

fn verify_shopify(signature: &str, body: &[u8], secret: &Secret) -> Result<(), SignatureError> {
    let header = |name| (name == "x-shopify-hmac-sha256").then_some(signature);
    verify(
        Scheme::Shopify,
        header,
        body,
        std::slice::from_ref(secret),
        0,
    )
}

#[test]
fn shopify_signatures_of_other_libraries_verify() {
    let Some(file) = fixture("vectors.json") else {
        return;
    };
    let mut count = 0;
    for vector in file["vectors"].as_array().unwrap() {
        if !vector["scheme"].as_str().unwrap().starts_with("shopify") {
            continue;
        }
        let secret = Scheme::Shopify
            .secret(vector["secret"].as_str().unwrap())
            .unwrap();
        let body = vector["body"].as_str().unwrap().as_bytes();
        let signature = vector["signature"].as_str().unwrap();
        assert_eq!(verify_shopify(signature, body, &secret), Ok(()), "{vector}");
        assert_eq!(sign_shopify(&secret, body), signature);
        count += 1;
    }
    assert!(count >= 2, "only {count} vectors");
}

#[test]
fn standard_webhooks_signatures_of_other_libraries_verify() {
    let Some(file) = fixture("vectors.json") else {
        return;
    };
    let mut count = 0;
    for vector in file["vectors"].as_array().unwrap() {
        let scheme = vector["scheme"].as_str().unwrap();
        if !scheme.contains("standard-webhooks v1") || scheme.contains("ed25519") {
            continue;
        }
        let secret = Scheme::StandardWebhooks
            .secret(vector["secret"].as_str().unwrap())
            .unwrap();
        let id = vector["id"].as_str().unwrap();
        let seconds = vector["timestamp"].as_i64().unwrap();
        let timestamp = seconds.to_string();
        let body = vector["body"].as_str().unwrap().as_bytes();
        let signature = vector["signature"].as_str().unwrap();
        let header = |name| match name {
            "webhook-id" => Some(id),
            "webhook-timestamp" => Some(timestamp.as_str()),
            "webhook-signature" => Some(signature),
            _ => None,
        };
        let verified = verify(
            Scheme::StandardWebhooks,
            header,
            body,
            std::slice::from_ref(&secret),
            seconds * 1000,
        );
        assert_eq!(verified, Ok(()), "{vector}");
        assert_eq!(
            sign_standard_webhooks(&secret, id, seconds, body),
            signature
        );
        count += 1;
    }
    assert!(count >= 2, "only {count} vectors");
}

#[test]
fn stripe_signatures_of_other_libraries_verify() {
    let Some(file) = fixture("vectors.json") else {
        return;
    };
    let mut count = 0;
    for vector in file["vectors"].as_array().unwrap() {
        if !vector["scheme"].as_str().unwrap().starts_with("stripe") {
            continue;
        }
        let secret = Scheme::Stripe
            .secret(vector["secret"].as_str().unwrap())
            .unwrap();
        let seconds = vector["timestamp"].as_i64().unwrap();
        let body = vector["body"].as_str().unwrap().as_bytes();
        let signature = vector["header"].as_str().unwrap();
        let check = |now_ms| {
            let header = |name| (name == "stripe-signature").then_some(signature);
            let secrets = std::slice::from_ref(&secret);
            verify(Scheme::Stripe, header, body, secrets, now_ms)
        };
        assert_eq!(check(seconds * 1000), Ok(()), "{vector}");
        assert_eq!(
            check((seconds + 301) * 1000),
            Err(SignatureError::Stale),
            "{vector}"
        );
        let signed = sign_stripe(&secret, seconds, body);
        assert!(signature.starts_with(&format!("{signed},")), "{vector}");
        count += 1;
    }
    assert!(count >= 1, "no vectors");
}

/// Computed with Python's hmac and hashlib.
#[test]
fn a_woocommerce_secret_signs_without_its_entities() {
    let body = br#"{"id":1}"#;
    let signature = "FMm3GtoYbN46ogPvN0hhsaSQibEyVZZuSfTR79/oNYg=";
    let header = |name| (name == "x-wc-webhook-signature").then_some(signature);
    let check = |text: &str| {
        let secret = Scheme::WooCommerce.secret(text).unwrap();
        verify(Scheme::WooCommerce, header, body, &[secret], 0)
    };
    assert_eq!(check("a&amp;b&lt;c&gt;&#039;d&quot;"), Ok(()));
    assert_eq!(check("a&b<c>'d\""), Ok(()));
    assert_eq!(check("a&amp;amp;b"), Err(SignatureError::Mismatch));
    let unsigned = verify(Scheme::WooCommerce, |_| None, body, &[], 0);
    assert_eq!(
        unsigned,
        Err(SignatureError::Missing("x-wc-webhook-signature"))
    );
}

/// Computed with Python's hmac and hashlib.
#[test]
fn a_bigcommerce_secret_is_the_key_itself_under_the_headers_of_standard_webhooks() {
    let headers = |name| match name {
        "webhook-id" => Some("msg_1"),
        "webhook-timestamp" => Some("1700000000"),
        "webhook-signature" => Some("v1,YN3L/igcgaZaPVGWZZEWofo2pVn0oUMimmgOuvMWXUI="),
        _ => None,
    };
    let check = |scheme: Scheme, text: &str, now_ms| {
        let secret = scheme.secret(text).unwrap();
        verify(scheme, headers, br#"{"id":1}"#, &[secret], now_ms)
    };
    let now_ms = 1_700_000_000_000;
    assert_eq!(check(Scheme::BigCommerce, "whsec_AAAA", now_ms), Ok(()));
    assert_eq!(
        check(Scheme::BigCommerce, "AAAA", now_ms),
        Err(SignatureError::Mismatch)
    );
    assert_eq!(
        check(Scheme::BigCommerce, "whsec_AAAA", now_ms + 301_000),
        Err(SignatureError::Stale)
    );
    // A merchant who copied nothing has no key.
    for scheme in [Scheme::WooCommerce, Scheme::BigCommerce] {
        assert!(scheme.secret("").is_err(), "{scheme:?}");
    }
}

/// Vectors of schemes that no endpoint can have, and why none of them verifies.
#[test]
fn every_other_vector_is_of_a_scheme_that_is_not_ours() {
    let Some(file) = fixture("vectors.json") else {
        return;
    };
    for vector in file["vectors"].as_array().unwrap() {
        let scheme = vector["scheme"].as_str().unwrap();
        let body = vector["body"].as_str().unwrap().as_bytes();
        match scheme {
            "standard-webhooks v1"
            | "svix/standard-webhooks v1"
            | "shopify X-Shopify-Hmac-Sha256"
            | "stripe v1" => {}
            // Public keys (`v1a`) need a signature scheme of their own, and no store asks for it.
            // Such an entry is passed over, so a list of nothing else has no signature.
            "standard-webhooks v1a (ed25519)" => {
                let timestamp = vector["timestamp"].to_string();
                let header = |name| match name {
                    "webhook-id" => vector["id"].as_str(),
                    "webhook-timestamp" => Some(timestamp.as_str()),
                    "webhook-signature" => vector["signature"].as_str(),
                    _ => None,
                };
                let secret = Scheme::StandardWebhooks.secret(&"A".repeat(32)).unwrap();
                let now_ms = vector["timestamp"].as_i64().unwrap() * 1000;
                assert_eq!(
                    verify(Scheme::StandardWebhooks, header, body, &[secret], now_ms),
                    Err(SignatureError::Malformed("webhook-signature"))
                );
            }
            // GitHub's own header is none of ours; its hash is the one that all of ours use.
            "hmac-sha256 hex (custom server style)" => {
                let secret = Scheme::Shopify
                    .secret(vector["secret"].as_str().unwrap())
                    .unwrap();
                let hash = STANDARD.decode(sign_shopify(&secret, body)).unwrap();
                let hexadecimal: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
                let header = vector["header"].as_str().unwrap();
                assert_eq!(header, format!("sha256={hexadecimal}"));
            }
            unknown => panic!("no test reads the vectors of {unknown}"),
        }
    }
}
