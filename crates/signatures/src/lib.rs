//! Who sent these bytes: signatures of incoming and outgoing webhooks.
//!
//! The [`Scheme`] is a setting of the endpoint and never guessed from a request: the same text
//! `whsec_…` is a key for one scheme and base64 of a key for another.
//!
//! [`verify`] works on the raw body, before anything parses it, and compares in constant time.

#![forbid(unsafe_code)]

mod stripe;
mod woocommerce_secret;

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
pub use stripe::sign_stripe;
use subtle::{Choice, ConstantTimeEq};

/// How far a signed time may lie from now, in seconds, in both directions: the tolerance of the
/// Standard Webhooks reference libraries.
pub const TOLERANCE_SECONDS: i64 = 300;

const SHOPIFY_SIGNATURE: &str = "x-shopify-hmac-sha256";
const WOOCOMMERCE_SIGNATURE: &str = "x-wc-webhook-signature";
const WEBHOOK_ID: &str = "webhook-id";
const WEBHOOK_TIMESTAMP: &str = "webhook-timestamp";
const WEBHOOK_SIGNATURE: &str = "webhook-signature";

type Tag = [u8; 32];

/// How an endpoint's callers sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// `X-Shopify-Hmac-Sha256`: base64 of the HMAC-SHA256 of the raw body. Carries no time.
    Shopify,
    /// `X-WC-Webhook-Signature`: as Shopify's, under a key from which WordPress takes entities out.
    /// A shop that changed the hash (`woocommerce_webhook_hash_algorithm`) cannot be verified.
    #[serde(rename = "woocommerce")]
    WooCommerce,
    /// The headers of Standard Webhooks under the app's client secret, byte for byte.
    #[serde(rename = "bigcommerce")]
    BigCommerce,
    /// Standard Webhooks 1.0.0, symmetric `v1`: `webhook-id`, `webhook-timestamp` and
    /// `webhook-signature`, over `id.timestamp.body`.
    StandardWebhooks,
    /// `Stripe-Signature: t=…,v1=…`: lower-case hex of the HMAC-SHA256 of `t.body`.
    Stripe,
}

/// A signing key. Never shown: its `Debug` is opaque, and there is no `Display`.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// Whether a text can be the name under which the Worker keeps a secret: `STORE_SECRET`.
    /// What a file should name, and a secret that stands there by mistake is not.
    #[must_use]
    pub fn is_name(text: &str) -> bool {
        text.starts_with(|first: char| first.is_ascii_uppercase())
            && text.len() <= 64
            && text
                .chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    }
}

/// Why a configured secret cannot be a key. Never repeats the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the message of each says what it means")]
pub enum SecretError {
    #[error("secret: is empty; copy the signing secret from the store's webhook settings")]
    Empty,
    #[error("secret: is not base64 after `whsec_`; copy it again, whole")]
    NotBase64,
    #[error("secret: must be 24 to 64 bytes, base64-encoded after `whsec_`; generate a new one")]
    Length,
}

/// Why a request does not count as signed. All of them get the same answer, 401.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the message of each says what it means")]
pub enum SignatureError {
    #[error("{0}: missing")]
    Missing(&'static str),
    #[error("{0}: malformed")]
    Malformed(&'static str),
    #[error("signature: its time is more than {TOLERANCE_SECONDS} s from now")]
    Stale,
    #[error("signature: made with none of the endpoint's secrets")]
    Mismatch,
}

impl Scheme {
    /// The headers that [`verify`] looks up, in lower case.
    #[must_use]
    pub const fn headers(self) -> &'static [&'static str] {
        match self {
            Self::Shopify => &[SHOPIFY_SIGNATURE],
            Self::WooCommerce => &[WOOCOMMERCE_SIGNATURE],
            Self::StandardWebhooks | Self::BigCommerce => {
                &[WEBHOOK_ID, WEBHOOK_TIMESTAMP, WEBHOOK_SIGNATURE]
            }
            Self::Stripe => &[stripe::HEADER],
        }
    }

    /// Reads a secret as this scheme writes it: Shopify's, BigCommerce's and Stripe's are the key
    /// itself, byte for byte, Stripe's with its `whsec_`; so is WooCommerce's once its entities are
    /// taken out, `&amp;` for one; a Standard Webhooks secret is base64 of the key, usually after
    /// `whsec_`.
    ///
    /// # Errors
    /// [`SecretError`] for an empty secret, and for a Standard Webhooks secret that is not base64 of
    /// 24 to 64 bytes (the lengths its specification allows).
    pub fn secret(self, text: &str) -> Result<Secret, SecretError> {
        match self {
            _ if text.is_empty() => Err(SecretError::Empty),
            Self::Shopify | Self::BigCommerce | Self::Stripe => {
                Ok(Secret(text.as_bytes().to_vec()))
            }
            Self::WooCommerce => Ok(Secret(woocommerce_secret::decoded(text).into_bytes())),
            Self::StandardWebhooks => {
                let encoded = text.strip_prefix("whsec_").unwrap_or(text);
                let key = STANDARD
                    .decode(encoded)
                    .map_err(|_| SecretError::NotBase64)?;
                if (24..=64).contains(&key.len()) {
                    Ok(Secret(key))
                } else {
                    Err(SecretError::Length)
                }
            }
        }
    }
}

/// Checks that `body` was signed with one of `secrets`.
///
/// `header` looks a header up by its lower-case name; `now_ms` is Unix time in milliseconds. An
/// endpoint has several secrets while one is being replaced (Shopify signs for up to an hour with
/// the old one); all of them are tried, without an early exit. No secret matches nothing.
///
/// # Errors
/// [`SignatureError`], for the log; the caller learns only that it was refused.
pub fn verify<'h>(
    scheme: Scheme,
    header: impl Fn(&'static str) -> Option<&'h str>,
    body: &[u8],
    secrets: &[Secret],
    now_ms: i64,
) -> Result<(), SignatureError> {
    let required = |name| header(name).ok_or(SignatureError::Missing(name));
    let matched = match scheme {
        Scheme::Shopify | Scheme::WooCommerce => {
            let name = if scheme == Scheme::Shopify {
                SHOPIFY_SIGNATURE
            } else {
                WOOCOMMERCE_SIGNATURE
            };
            let signature = decode_tag(required(name)?).ok_or(SignatureError::Malformed(name))?;
            any_match(&[signature], secrets, &[body])
        }
        Scheme::StandardWebhooks | Scheme::BigCommerce => {
            let id = required(WEBHOOK_ID)?;
            let timestamp = required(WEBHOOK_TIMESTAMP)?;
            let signatures = standard_signatures(required(WEBHOOK_SIGNATURE)?)?;
            // A dot would let one signed text be cut in two ways.
            if id.is_empty() || id.contains('.') {
                return Err(SignatureError::Malformed(WEBHOOK_ID));
            }
            check_fresh(timestamp, WEBHOOK_TIMESTAMP, now_ms)?;
            let content = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body];
            any_match(&signatures, secrets, &content)
        }
        Scheme::Stripe => {
            let (timestamp, signatures) = stripe::parts(required(stripe::HEADER)?)?;
            check_fresh(timestamp, stripe::TIME, now_ms)?;
            any_match(&signatures, secrets, &[timestamp.as_bytes(), b".", body])
        }
    };
    if bool::from(matched) {
        Ok(())
    } else {
        Err(SignatureError::Mismatch)
    }
}

/// The value of `X-Shopify-Hmac-Sha256` for a body, and of `X-WC-Webhook-Signature` under the key
/// of a WooCommerce secret.
#[must_use]
pub fn sign_shopify(secret: &Secret, body: &[u8]) -> String {
    STANDARD.encode(tag(secret, &[body]))
}

/// The value of `webhook-signature` for a message: one `v1,` entry. BigCommerce's is the same under
/// its own key.
///
/// `id` must not contain a dot, or receivers refuse it; `timestamp` is Unix time in seconds.
#[must_use]
pub fn sign_standard_webhooks(secret: &Secret, id: &str, timestamp: i64, body: &[u8]) -> String {
    let timestamp = timestamp.to_string();
    let content = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body];
    format!("v1,{}", STANDARD.encode(tag(secret, &content)))
}

/// The `v1` entries of the list. Entries of other versions, and ones that no signer could have
/// made, are passed over: a sender may list what we do not know.
fn standard_signatures(list: &str) -> Result<Vec<Tag>, SignatureError> {
    let tags: Vec<Tag> = list
        .split(' ')
        .filter_map(|entry| entry.strip_prefix("v1,"))
        .filter_map(decode_tag)
        .collect();
    if tags.is_empty() {
        return Err(SignatureError::Malformed(WEBHOOK_SIGNATURE));
    }
    Ok(tags)
}

fn check_fresh(timestamp: &str, place: &'static str, now_ms: i64) -> Result<(), SignatureError> {
    let malformed = SignatureError::Malformed(place);
    if !timestamp.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(malformed);
    }
    let signed: i64 = timestamp.parse().map_err(|_| malformed)?;
    let now = now_ms.div_euclid(1000);
    if now.abs_diff(signed) > TOLERANCE_SECONDS.unsigned_abs() {
        return Err(SignatureError::Stale);
    }
    Ok(())
}

fn decode_tag(text: &str) -> Option<Tag> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

fn any_match(signatures: &[Tag], secrets: &[Secret], content: &[&[u8]]) -> Choice {
    let mut matched = Choice::from(0);
    for secret in secrets {
        let expected = tag(secret, content);
        for signature in signatures {
            matched |= expected.ct_eq(signature);
        }
    }
    matched
}

fn tag(secret: &Secret, content: &[&[u8]]) -> Tag {
    keyed_hash(&secret.0, content)
}

/// HMAC-SHA256 over the pieces in sequence.
#[must_use]
pub fn keyed_hash(key: &[u8], content: &[&[u8]]) -> Tag {
    let mut mac = Hmac::<Sha256>::new(&block_key(key).into());
    for piece in content {
        mac.update(piece);
    }
    mac.finalize().into_bytes().into()
}

/// The key as RFC 2104 brings it to the block's length: padded with zeros, hashed if longer.
/// Done here because a key of exactly that length cannot be refused.
fn block_key(key: &[u8]) -> [u8; 64] {
    let hashed;
    let key = if key.len() > 64 {
        hashed = Sha256::digest(key);
        hashed.as_slice()
    } else {
        key
    };
    let mut block = [0; 64];
    for (slot, byte) in block.iter_mut().zip(key) {
        *slot = *byte;
    }
    block
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_700_000_000_999;
    const NOW: i64 = 1_700_000_000;

    fn shopify(text: &str) -> Secret {
        Scheme::Shopify.secret(text).unwrap()
    }

    fn standard(byte: u8) -> Secret {
        let text = format!("whsec_{}", STANDARD.encode([byte; 24]));
        Scheme::StandardWebhooks.secret(&text).unwrap()
    }

    fn check_shopify(signature: Option<&str>, secrets: &[Secret]) -> Result<(), SignatureError> {
        let header = |name| {
            if name == SHOPIFY_SIGNATURE {
                signature
            } else {
                None
            }
        };
        verify(Scheme::Shopify, header, b"body", secrets, NOW_MS)
    }

    fn check_standard(id: &str, timestamp: &str, list: &str) -> Result<(), SignatureError> {
        let header = |name| match name {
            WEBHOOK_ID => Some(id),
            WEBHOOK_TIMESTAMP => Some(timestamp),
            WEBHOOK_SIGNATURE => Some(list),
            _ => None,
        };
        let secrets = [standard(1), standard(2)];
        verify(Scheme::StandardWebhooks, header, b"{}", &secrets, NOW_MS)
    }

    #[test]
    fn every_secret_of_the_endpoint_is_tried() {
        let signature = sign_shopify(&shopify("new"), b"body");
        let secrets = [shopify("old"), shopify("new")];
        assert_eq!(check_shopify(Some(&signature), &secrets), Ok(()));
        assert_eq!(
            check_shopify(Some(&signature), &secrets[..1]),
            Err(SignatureError::Mismatch)
        );
        assert_eq!(
            check_shopify(Some(&signature), &[]),
            Err(SignatureError::Mismatch)
        );
    }

    #[test]
    fn a_signature_that_is_not_exactly_32_bytes_of_base64_is_malformed() {
        let secrets = [shopify("s")];
        let whole = sign_shopify(&secrets[0], b"body");
        let short = STANDARD.encode([0; 31]);
        let long = STANDARD.encode([0; 33]);
        for bad in [
            "",
            "not base64!",
            &short,
            &long,
            &whole[..43],
            &format!("{whole} "),
        ] {
            assert_eq!(
                check_shopify(Some(bad), &secrets),
                Err(SignatureError::Malformed(SHOPIFY_SIGNATURE)),
                "{bad:?}"
            );
        }
        assert_eq!(
            check_shopify(None, &secrets),
            Err(SignatureError::Missing(SHOPIFY_SIGNATURE))
        );
    }

    #[test]
    fn one_good_entry_in_a_list_is_enough_and_other_versions_are_passed_over() {
        let good = sign_standard_webhooks(&standard(2), "msg_1", NOW, b"{}");
        let other = sign_standard_webhooks(&standard(9), "msg_1", NOW, b"{}");
        let now = NOW.to_string();
        let list = format!("v1a,AAAA {other} {good}");
        assert_eq!(check_standard("msg_1", &now, &list), Ok(()));
        assert_eq!(
            check_standard("msg_1", &now, &other),
            Err(SignatureError::Mismatch)
        );
        let renamed = good.replace("v1,", "v2,");
        assert_eq!(
            check_standard("msg_1", &now, &renamed),
            Err(SignatureError::Malformed(WEBHOOK_SIGNATURE))
        );
    }

    #[test]
    fn a_signed_time_may_be_300_seconds_off_in_both_directions_and_no_more() {
        let at = |seconds: i64| {
            let list = sign_standard_webhooks(&standard(1), "msg_1", seconds, b"{}");
            check_standard("msg_1", &seconds.to_string(), &list)
        };
        assert_eq!(at(NOW - 300), Ok(()));
        assert_eq!(at(NOW + 300), Ok(()));
        assert_eq!(at(NOW - 301), Err(SignatureError::Stale));
        assert_eq!(at(NOW + 301), Err(SignatureError::Stale));
    }

    #[test]
    fn a_time_that_is_not_whole_seconds_and_an_id_that_could_be_cut_elsewhere_are_malformed() {
        let list = sign_standard_webhooks(&standard(1), "msg_1", NOW, b"{}");
        for bad in [
            "",
            "-1",
            "+1700000000",
            "1700000000.0",
            "1e9",
            "99999999999999999999",
        ] {
            assert_eq!(
                check_standard("msg_1", bad, &list),
                Err(SignatureError::Malformed(WEBHOOK_TIMESTAMP)),
                "{bad:?}"
            );
        }
        for bad in ["", "msg.1"] {
            assert_eq!(
                check_standard(bad, &NOW.to_string(), &list),
                Err(SignatureError::Malformed(WEBHOOK_ID)),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn the_same_text_is_a_different_key_under_each_scheme() {
        let text = format!("whsec_{}", STANDARD.encode([7; 24]));
        let verbatim = Scheme::Shopify.secret(&text).unwrap();
        let decoded = Scheme::StandardWebhooks.secret(&text).unwrap();
        assert_eq!(verbatim.0, text.as_bytes());
        assert_eq!(decoded.0, [7; 24]);
    }

    #[test]
    fn a_secret_that_cannot_be_a_key_is_refused_with_the_remedy() {
        let refused = |scheme: Scheme, text: &str| scheme.secret(text).unwrap_err();
        assert_eq!(refused(Scheme::Shopify, ""), SecretError::Empty);
        let standard = Scheme::StandardWebhooks;
        assert_eq!(refused(standard, "whsec_%"), SecretError::NotBase64);
        assert_eq!(refused(standard, "whsec_AAAA"), SecretError::Length);
    }

    #[test]
    fn a_secret_is_not_shown() {
        assert_eq!(format!("{:?}", shopify("hush")), "Secret(…)");
    }

    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Wycheproof {
        test_groups: Vec<Group>,
    }

    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Group {
        tag_size: usize,
        tests: Vec<Case>,
    }

    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Case {
        tc_id: u32,
        key: String,
        msg: String,
        tag: String,
        result: String,
    }

    fn hex(text: &str) -> Vec<u8> {
        let digits = text.as_bytes().chunks_exact(2);
        digits
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    /// The set covers keys shorter than, as long as, and longer than the block.
    #[test]
    fn the_hash_agrees_with_wycheproof() {
        let Ok(folder) = std::env::var("WAYMARK_FIXTURES") else {
            println!("WAYMARK_FIXTURES is not set: the Wycheproof set was not tested");
            return;
        };
        let path = format!("{folder}/crypto/wycheproof-hmac_sha256_test.json");
        let set: Wycheproof =
            serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let mut count = 0;
        for group in &set.test_groups {
            for case in &group.tests {
                let whole = keyed_hash(&hex(&case.key), &[&hex(&case.msg)]);
                let agrees = whole[..group.tag_size / 8] == hex(&case.tag);
                assert_eq!(agrees, case.result == "valid", "test {}", case.tc_id);
                count += 1;
            }
        }
        assert!(count > 100, "only {count} tests");
    }
}
