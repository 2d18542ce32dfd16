//! The cookie that keeps a visitor's token in the browser, on the shop's own host.

use std::fmt;
use std::str::FromStr;

use cookie::time::Duration;
use cookie::{Cookie, SameSite};

use crate::keys::ProgramKeys;
use crate::token::{Rejected, Token};

/// Browsers shorten a longer lifetime to 400 days (RFC 6265bis).
const MAX_AGE_CAP_MS: i64 = 400 * 24 * 60 * 60 * 1000;

/// How much of a `Cookie` header is read.
const HEADER_MAX_LEN: usize = 8 * 1024;
const HEADER_MAX_COOKIES: usize = 64;

/// A domain whose hosts share the visitor's cookie, such as `shop.example` for
/// `www.shop.example` and `go.shop.example`.
///
/// Without one the cookie keeps to the host that set it, which is safer: a `__Host-` cookie cannot
/// be set from a sibling host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CookieDomain(String);

/// The text is not a domain that can carry a cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "cookie domain: expected a host name such as shop.example, in ASCII, of two labels or more"
)]
pub struct CookieDomainError;

impl FromStr for CookieDomain {
    type Err = CookieDomainError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_label = |label: &str| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let mut labels = text.rsplit('.');
        // A last label that begins with a digit makes an IP address, not a domain.
        let top = labels
            .next()
            .filter(|top| !top.starts_with(|c: char| c.is_ascii_digit()));
        let several = text.contains('.') && text.len() <= 253;
        if several && top.is_some_and(is_label) && labels.all(is_label) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(CookieDomainError)
        }
    }
}

impl fmt::Display for CookieDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The visitor's token in a request's `Cookie` header.
///
/// Of several cookies of our name the first that verifies counts, since a sibling host or an
/// earlier configuration may have left others. `Ok(None)` without any; otherwise, if none verifies,
/// the reason of the first. Reads at most 64 cookies and 8 KiB.
pub fn read_cookie(
    header: &str,
    domain: Option<&CookieDomain>,
    keys: &ProgramKeys,
    now_ms: i64,
    max_age_ms: i64,
) -> Result<Option<Token>, Rejected> {
    let name = name(domain);
    let mut rejected = None;
    let header = &header
        .get(..header.floor_char_boundary(HEADER_MAX_LEN))
        .unwrap_or_default();
    let cookies = Cookie::split_parse(*header)
        .take(HEADER_MAX_COOKIES)
        .flatten();
    for cookie in cookies.filter(|cookie| cookie.name() == name) {
        match keys.verify(cookie.value(), now_ms, max_age_ms) {
            Ok(token) => return Ok(Some(token)),
            Err(reason) => rejected = rejected.or(Some(reason)),
        }
    }
    rejected.map_or(Ok(None), Err)
}

/// The `Set-Cookie` value that keeps `token` for `max_age_ms`, but at most 400 days.
pub(crate) fn set_cookie(token: String, domain: Option<&CookieDomain>, max_age_ms: i64) -> String {
    // `Secure` also on a developer's machine: browsers accept it from localhost over http.
    let mut cookie = Cookie::build((name(domain), token))
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(Duration::milliseconds(max_age_ms.clamp(0, MAX_AGE_CAP_MS)));
    if let Some(domain) = domain {
        cookie = cookie.domain(domain.0.as_str());
    }
    cookie.to_string()
}

fn name(domain: Option<&CookieDomain>) -> &'static str {
    match domain {
        None => "__Host-wm",
        Some(_) => "__Secure-wm",
    }
}
