//! Access tokens that end: asked for with a client id and its secret, kept until they end.

use std::fmt;

use crate::access::{Access, ApiField};
use crate::payload;

/// How long before its end a token is not used any more, in milliseconds: a page may take a while.
const MARGIN_MS: i64 = 300_000;
/// The longest that a token is kept, in milliseconds: a week.
const MAX_LASTS_MS: i64 = 7 * 86_400_000;

/// How a platform gives such tokens.
pub(crate) struct Grant {
    /// What opens the API instead of the platform's usual fields.
    pub fields: &'static [ApiField],
    pub request: fn(access: &Access, secret: &str) -> GrantRequest,
    /// What a merchant can do where the answer is that there is none.
    pub hint: &'static str,
}

/// A POST to make, with no redirect followed.
#[derive(Clone, PartialEq, Eq)]
pub struct GrantRequest {
    /// Its whole address.
    pub url: String,
    /// Names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The form that is sent.
    pub body: String,
}

/// Opaque: it holds a secret.
impl fmt::Debug for GrantRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GrantRequest(…)")
    }
}

/// A token, and how long it may be used.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// The token itself.
    pub value: String,
    /// For how long from now it is good, in milliseconds.
    pub lasts_ms: i64,
}

/// Opaque: it is a secret.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// The token in an answer of OAuth 2.0 (RFC 6749, section 5.1).
///
/// # Errors
/// There is none: why, for the merchant. It repeats nothing of the answer but an error's code.
pub(crate) fn token(hint: &str, status: u16, body: &[u8]) -> Result<Token, String> {
    let refused = |what: &str| format!("no access token was given ({status}{what}): {hint}");
    let Ok(answer) = payload::object(body) else {
        return Err(refused(""));
    };
    let value = answer.get("access_token").text().ok().flatten();
    if let (200, Some(value)) = (status, value) {
        let lasts = answer.get("expires_in").whole_number().ok().flatten();
        // One of which no end is said has none.
        let lasts = lasts.map_or(MAX_LASTS_MS, |seconds| seconds.saturating_mul(1_000));
        let lasts = lasts.clamp(0, MAX_LASTS_MS);
        return Ok(Token {
            value,
            lasts_ms: lasts.saturating_sub(MARGIN_MS).max(0),
        });
    }
    let code = answer
        .get("error")
        .text()
        .ok()
        .flatten()
        .unwrap_or_default();
    let is_code = (1..=40).contains(&code.len())
        && code
            .bytes()
            .all(|byte| byte == b'_' || byte.is_ascii_lowercase());
    Err(match is_code {
        true => refused(&format!(", {code}")),
        false => refused(""),
    })
}
