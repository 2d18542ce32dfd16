//! Signatures against published vectors: those of other implementations' test suites, and the
//! HMAC-SHA256 set of project Wycheproof.
//!
//! They are not part of the repository: `WAYMARK_FIXTURES` names the folder that holds them.

use serde_json::Value;
use std::path::Path;
use waymark_checkout::signature::{
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

/// A vector that is of none of our schemes must be one that we know to be so.
#[test]
fn every_vector_is_of_a_scheme_that_is_tested_here_or_of_one_that_is_not_ours() {
    let Some(file) = fixture("vectors.json") else {
        return;
    };
    for vector in file["vectors"].as_array().unwrap() {
        let scheme = vector["scheme"].as_str().unwrap();
        let ours = [
            "shopify",
            "standard-webhooks v1",
            "svix/standard-webhooks v1",
            "stripe v1",
        ];
        // GitHub's way of signing, which no store has.
        let not_ours = scheme.starts_with("hmac-sha256 hex");
        assert!(
            not_ours || ours.iter().any(|known| scheme.starts_with(known)),
            "{vector}"
        );
    }
}
