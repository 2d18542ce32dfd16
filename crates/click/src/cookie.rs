//! The cookie that keeps a visitor's token in the browser, on the shop's own host.

use std::fmt;
use std::str::FromStr;

use cookie::time::Duration;
use cookie::{Cookie, SameSite};

use crate::destination::Destination;
use crate::keys::ProgramKeys;
use crate::token::{Rejected, Token};

/// Browsers shorten a longer lifetime to 400 days (RFC 6265bis).
const MAX_AGE_CAP_MS: i64 = 400 * 24 * 60 * 60 * 1000;

/// A domain whose hosts share the visitor's cookie, such as `shop.example` for
/// `www.shop.example` and `go.shop.example`.
///
/// Without one the cookie keeps to the host that set it, which is safer: a `__Host-` cookie cannot
/// be set from a sibling host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CookieDomain(String);

/// The text is not a domain that can carry a cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cookie domain: expected a host name such as shop.example, of two labels or more")]
pub struct CookieDomainError;

impl FromStr for CookieDomain {
    type Err = CookieDomainError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = match text.is_ascii() {
            true => text.to_ascii_lowercase(),
            false => Destination::host_name(text).map_err(|_| CookieDomainError)?,
        };
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
            Ok(Self(text))
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

/// The visitor's token in a request's `Cookie` header, wherever it stands: shops set dozens of
/// cookies, and whoever carries them is no other visitor.
///
/// Of several cookies of our name the first that verifies counts, since a sibling host or an
/// earlier configuration may have left others. `Ok(None)` without any; otherwise, if none verifies,
/// the reason of the first. The time that it takes grows as the header does, and no faster.
pub fn read_cookie(
    header: &str,
    domain: Option<&CookieDomain>,
    keys: &ProgramKeys,
    now_ms: i64,
    max_age_ms: i64,
) -> Result<Option<Token>, Rejected> {
    let name = name(domain);
    let mut rejected = None;
    for cookie in cookies(header).filter(|cookie| cookie.name() == name) {
        match keys.verify(cookie.value(), now_ms, max_age_ms) {
            Ok(token) => return Ok(Some(token)),
            Err(reason) => rejected = rejected.or(Some(reason)),
        }
    }
    rejected.map_or(Ok(None), Err)
}

/// The cookies of a request's `Cookie` header; what has no name or no `=` is none.
pub(crate) fn cookies(header: &str) -> impl Iterator<Item = Cookie<'_>> {
    Cookie::split_parse(header).filter_map(Result::ok)
}

/// The `Set-Cookie` value that keeps `token` for `max_age_ms`, but at most 400 days.
pub(crate) fn set_cookie(token: &str, domain: Option<&CookieDomain>, max_age_ms: i64) -> String {
    // `Secure` also on a developer's machine: browsers accept it from localhost over http.
    let mut cookie = Cookie::build((name(domain), token))
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(Duration::milliseconds(max_age_ms.clamp(0, MAX_AGE_CAP_MS)));
    if let Some(CookieDomain(domain)) = domain {
        cookie = cookie.domain(domain.as_str());
    }
    cookie.to_string()
}

/// The `Set-Cookie` value that makes a browser forget its visitor.
pub fn expired_cookie(domain: Option<&CookieDomain>) -> String {
    set_cookie("", domain, 0)
}

fn name(domain: Option<&CookieDomain>) -> &'static str {
    match domain {
        None => "__Host-wm",
        Some(_) => "__Secure-wm",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::keys::Keys;
    use crate::touch::{Mark, Method};
    use crate::visitor::VisitorId;

    const NOW: i64 = 1_767_265_200_000;
    const DAY_MS: i64 = 86_400_000;

    fn keys(program: &str) -> ProgramKeys {
        let keys: Keys = "7:dGhpcnR5LXR3byBieXRlcyBvZiB0ZXN0IHNlY3JldCE"
            .parse()
            .unwrap();
        keys.for_program(program)
    }

    fn token(link: u32) -> Token {
        let mark = Mark {
            at: NOW,
            link,
            method: Method::Link,
        };
        Token::touched(None, VisitorId::new(3, 0, [5; 8]), mark)
    }

    fn read(header: &str) -> Result<Option<Token>, Rejected> {
        read_cookie(header, None, &keys("demo"), NOW, DAY_MS)
    }

    #[test]
    fn the_cookie_keeps_to_the_host_that_set_it_unless_a_domain_is_configured() {
        assert_eq!(
            set_cookie("TOKEN", None, 30 * DAY_MS),
            "__Host-wm=TOKEN; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=2592000"
        );
        let domain: CookieDomain = "Shop.example".parse().unwrap();
        assert_eq!(
            set_cookie("TOKEN", Some(&domain), 30 * DAY_MS),
            "__Secure-wm=TOKEN; HttpOnly; SameSite=Lax; Secure; Path=/; Domain=shop.example; \
             Max-Age=2592000"
        );
    }

    #[test]
    fn a_cookie_is_taken_back_by_one_of_its_name_that_is_over() {
        let domain: CookieDomain = "shop.example".parse().unwrap();
        for domain in [None, Some(&domain)] {
            let expired = expired_cookie(domain);
            assert!(expired.starts_with(&format!("{}=;", name(domain))));
            assert!(expired.ends_with("; Max-Age=0"), "{expired}");
            let same_domain = domain.is_none_or(|it| expired.contains(&format!("Domain={it};")));
            assert!(same_domain, "{expired}");
        }
    }

    #[test]
    fn no_cookie_lives_longer_than_browsers_allow() {
        for age_ms in [400 * DAY_MS, 401 * DAY_MS, i64::MAX] {
            assert!(set_cookie("T", None, age_ms).ends_with("Max-Age=34560000"));
        }
        assert!(set_cookie("T", None, i64::MIN).ends_with("Max-Age=0"));
    }

    #[test]
    fn the_cookie_that_was_set_is_read_among_others() {
        let value = keys("demo").sign(&token(1));
        let header = format!("a=b; __Host-wm={value};__Host-wmx=1; =c; d");
        assert_eq!(read(&header), Ok(Some(token(1))));
        assert_eq!(read("a=b; __Secure-wm=x; wm=y; __host-wm=z"), Ok(None));
    }

    #[test]
    fn of_several_cookies_the_first_that_verifies_counts() {
        let (first, second) = (keys("demo").sign(&token(1)), keys("demo").sign(&token(2)));
        let foreign = keys("other").sign(&token(3));
        let header = format!(
            "__Host-wm=damaged; __Host-wm={foreign}; __Host-wm={first}; __Host-wm={second}"
        );
        assert_eq!(read(&header), Ok(Some(token(1))));
    }

    #[test]
    fn a_damaged_or_foreign_cookie_counts_as_none_and_says_why() {
        let foreign = keys("other").sign(&token(3));
        assert_eq!(read("__Host-wm=damaged"), Err(Rejected::Malformed));
        assert_eq!(read("__Host-wm="), Err(Rejected::Malformed));
        assert_eq!(
            read(&format!("__Host-wm={foreign}; __Host-wm=x")),
            Err(Rejected::Forged)
        );
    }

    #[test]
    fn among_any_number_of_cookies_of_any_length_the_visitors_is_found() {
        let ours = format!("__Host-wm={}", keys("demo").sign(&token(1)));
        for others in [
            "a=b; ".repeat(10_000),
            format!("a={}; ", "ü".repeat(50_000)),
        ] {
            assert_eq!(read(&(others + &ours)), Ok(Some(token(1))));
        }
    }

    #[test]
    fn the_visitors_cookie_is_found_behind_any_number_that_do_not_verify() {
        let ours = format!("__Host-wm={}", keys("demo").sign(&token(1)));
        let foreign = format!("__Host-wm={}; ", keys("other").sign(&token(3)));
        assert_eq!(read(&(foreign.repeat(1_000) + &ours)), Ok(Some(token(1))));
    }

    #[test]
    fn a_cookie_domain_is_a_host_name_and_nothing_else() {
        for domain in ["shop.example", "xn--bcher-kva.example", "a.b.co.uk"] {
            assert_eq!(domain.parse::<CookieDomain>().unwrap().to_string(), domain);
        }
        let domain: CookieDomain = "Bücher.example".parse().unwrap();
        assert_eq!(domain.to_string(), "xn--bcher-kva.example");
        for text in [
            "",
            "example",
            "localhost",
            ".shop.example",
            "shop.example.",
            "shop..example",
            "10.0.0.1",
            "[::1]",
            "shop.example; Path=/",
            "shop.example\r\n",
            "bücher",
            "bücher.example。",
            "bücher.example; Path=/",
            "shop.example:80",
        ] {
            assert_eq!(
                text.parse::<CookieDomain>(),
                Err(CookieDomainError),
                "{text}"
            );
        }
    }

    /// A cookie that is not the visitor's, or what a client may send in its place.
    fn other() -> impl Strategy<Value = String> {
        const PIECES: [&str; 8] = [
            "__Host-wm=",
            "__Secure-wm=x",
            "__host-wm=",
            "=",
            " ",
            "\"",
            "wm",
            "\u{a0}",
        ];
        let piece = prop_oneof![
            3 => prop::sample::select(&PIECES[..]).prop_map(str::to_owned),
            1 => "[^;]{0,20}",
        ];
        prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn among_whatever_cookies_the_visitors_is_found(
            before in prop::collection::vec(other(), 0..200),
            after in prop::collection::vec(other(), 0..200),
            (left, right) in ("[ \t]{0,3}", "[ \t]{0,3}"),
        ) {
            let ours = format!("{left}__Host-wm{right}={left}{}{right}", keys("demo").sign(&token(1)));
            let cookies = [before, vec![ours], after].concat();
            prop_assert_eq!(read(&cookies.join(";")), Ok(Some(token(1))));
        }

        #[test]
        fn no_header_of_others_makes_a_visitor(header in "(__Host-wm=|; ?|[ -~]|\\PC){0,200}") {
            prop_assert!(!matches!(read(&header), Ok(Some(_))));
        }
    }
}
