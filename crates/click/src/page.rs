//! What the shop's own pages may ask for on behalf of the visitor who looks at them.

use url::form_urlencoded;

use crate::consent::Keeping;
use crate::cookie::{read_cookie, set_cookie};
use crate::mark::new_visitor;
use crate::settings::Settings;
use crate::token::Token;

/// What a request says of the page that sent it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sender<'a> {
    /// The `Origin` header.
    pub origin: Option<&'a str>,
    /// The `Sec-Fetch-Site` header.
    pub sec_fetch_site: Option<&'a str>,
}

impl Sender<'_> {
    /// Whether a page of the shop sent the request to `url`: one of the same origin, or on one of
    /// the program's `hosts`. `None` if the request does not say; a browser says so whenever the
    /// request is not a GET.
    pub fn is_shop(&self, url: &str, hosts: &[String]) -> Option<bool> {
        let Some(origin) = self.origin else {
            return self.sec_fetch_site.map(|site| site == "same-origin");
        };
        let same = url
            .strip_prefix(origin)
            .is_some_and(|rest| rest.starts_with('/'));
        let host = origin.strip_prefix("https://").unwrap_or_default();
        Some(same || hosts.iter().any(|known| known == host))
    }
}

/// A visitor's token, for the page to hand to the shop's cart or checkout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageToken {
    /// The token, signed.
    pub signed: String,
    /// Whether a cookie keeps it; otherwise it travels in the URLs of the shop's pages.
    pub in_cookie: bool,
    /// Set where the visitor, until now known by the page's URL only, is kept in a cookie from now
    /// on.
    pub set_cookie: Option<String>,
}

/// One request of the shop's page for its visitor's token.
#[derive(Debug, Clone, Copy)]
pub struct PageRequest<'a> {
    /// Whether it carries `Sec-GPC: 1`.
    pub gpc: bool,
    /// Its `Cookie` header.
    pub cookie: Option<&'a str>,
    /// The page's query, where the token is if there is no cookie.
    pub query: &'a str,
}

/// Who looks at a page of the shop, if that is known and may be used: the cookie's visitor, or else
/// that of the page's URL.
pub fn page_visitor(request: &PageRequest<'_>, settings: &Settings, now_ms: i64) -> Option<Token> {
    find(request, settings, now_ms).map(|found| found.token)
}

/// The token of the visitor who looks at a page of the shop.
///
/// One from the URL that may be kept in a cookie from now on, since the visitor agreed, is kept
/// under a new name, made of `random`: whoever shared a URL must not share a journey with those
/// who open it.
pub fn page_token(
    request: &PageRequest<'_>,
    settings: &Settings,
    now_ms: i64,
    random: [u8; 10],
) -> Option<PageToken> {
    let keys = settings.keys.as_ref()?;
    let Found {
        token,
        in_cookie,
        keeping,
    } = find(request, settings, now_ms)?;
    if in_cookie || keeping != Keeping::Cookie {
        return Some(PageToken {
            signed: keys.sign(&token),
            in_cookie,
            set_cookie: None,
        });
    }
    let signed = keys.sign(&Token {
        visitor: new_visitor(settings.shards, now_ms, random),
        ..token
    });
    let domain = settings.cookie_domain.as_ref();
    let set_cookie = set_cookie(&signed, domain, settings.max_age_ms);
    Some(PageToken {
        signed,
        in_cookie: true,
        set_cookie: Some(set_cookie),
    })
}

struct Found {
    token: Token,
    in_cookie: bool,
    keeping: Keeping,
}

fn find(request: &PageRequest<'_>, settings: &Settings, now_ms: i64) -> Option<Found> {
    let keys = settings.keys.as_ref()?;
    let domain = settings.cookie_domain.as_ref();
    let max_age_ms = settings.max_age_ms;
    let consent = &settings.consent;
    let keeping = consent.keeping(request.gpc, request.cookie, request.query);
    let in_cookie = match (keeping, request.cookie) {
        (Keeping::Nothing, _) => return None,
        (Keeping::Cookie, Some(header)) => {
            read_cookie(header, domain, keys, now_ms, max_age_ms).unwrap_or(None)
        }
        (Keeping::Cookie, None) | (Keeping::Url, _) => None,
    };
    let in_url = || {
        form_urlencoded::parse(request.query.as_bytes())
            .filter(|(name, _)| *name == consent.token_parameter)
            .find_map(|(_, value)| keys.verify(&value, now_ms, max_age_ms).ok())
    };
    Some(Found {
        token: in_cookie.or_else(in_url)?,
        in_cookie: in_cookie.is_some(),
        keeping,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::Mode;
    use crate::redirect::tests::{NOW, RANDOM, with_consent};
    use crate::touch::{Mark, Method};
    use crate::visitor::VisitorId;

    const URL: &str = "https://shop.example/wm/token";

    fn is_shop(origin: Option<&str>, sec_fetch_site: Option<&str>) -> Option<bool> {
        let sender = Sender {
            origin,
            sec_fetch_site,
        };
        sender.is_shop(URL, &["www.shop.example".to_owned()])
    }

    #[test]
    fn a_page_of_the_shop_is_known_by_its_origin() {
        for origin in ["https://shop.example", "https://www.shop.example"] {
            assert_eq!(is_shop(Some(origin), Some("same-site")), Some(true));
            assert_eq!(is_shop(Some(origin), None), Some(true));
        }
        assert_eq!(is_shop(None, Some("same-origin")), Some(true));
        assert_eq!(is_shop(None, None), None);
    }

    #[test]
    fn a_page_of_anyone_else_is_not_the_shops() {
        for origin in [
            "null",
            "",
            "https://shop.exampl",
            "https://shop.example.evil.example",
            "https://evil.example",
            "http://www.shop.example",
            "https://www.shop.example:8443",
            "http://shop.example",
        ] {
            let sent = is_shop(Some(origin), Some("same-origin"));
            assert_eq!(sent, Some(false), "{origin}");
        }
        for site in ["cross-site", "same-site", "none"] {
            assert_eq!(is_shop(None, Some(site)), Some(false), "{site}");
        }
    }

    fn token(link: u32) -> Token {
        let mark = Mark {
            at: NOW,
            link,
            method: Method::Link,
        };
        Token::touched(None, VisitorId::new(3, 0, [5; 8]), mark)
    }

    /// Asks with tokens of these links in cookie and URL: the answer, and its token.
    fn asked(mode: Mode, cookie: Option<u32>, url: Option<u32>) -> Option<(PageToken, Token)> {
        let settings = with_consent(mode);
        let keys = settings.keys.as_ref().unwrap();
        let sign = |link| keys.sign(&token(link));
        let cookie = cookie.map(|link| format!("__Host-wm={}", sign(link)));
        let query = url.map(|link| format!("a=b&wm=damaged&wm={}", sign(link)));
        let request = PageRequest {
            gpc: false,
            cookie: cookie.as_deref(),
            query: query.as_deref().unwrap_or_default(),
        };
        let found = page_token(&request, &settings, NOW, RANDOM)?;
        let token = keys.verify(&found.signed, NOW, 0).unwrap();
        if found.set_cookie.is_none() {
            assert_eq!(page_visitor(&request, &settings, NOW), Some(token));
        }
        Some((found, token))
    }

    #[test]
    fn the_cookie_comes_before_the_url() {
        let (found, sent) = asked(Mode::FirstParty, Some(1), Some(2)).unwrap();
        assert_eq!(sent, token(1));
        assert_eq!((found.in_cookie, found.set_cookie), (true, None));
    }

    #[test]
    fn a_token_under_another_name_than_the_programs_is_none() {
        let settings = with_consent(Mode::Cookieless);
        let signed = settings.keys.as_ref().unwrap().sign(&token(1));
        for (name, known) in [("wm", true), ("wm2", false), ("WM", false), ("ref", false)] {
            let query = format!("a=b&{name}={signed}");
            let request = PageRequest {
                gpc: false,
                cookie: None,
                query: &query,
            };
            let visitor = page_visitor(&request, &settings, NOW);
            assert_eq!(visitor.is_some(), known, "{name}");
        }
    }

    #[test]
    fn where_no_cookie_may_be_kept_only_the_url_counts() {
        let (found, sent) = asked(Mode::Cookieless, Some(1), Some(2)).unwrap();
        assert_eq!(sent, token(2));
        assert_eq!((found.in_cookie, found.set_cookie), (false, None));
        assert_eq!(asked(Mode::Cookieless, Some(1), None), None);
        assert_eq!(asked(Mode::Off, Some(1), Some(2)), None);
    }

    #[test]
    fn a_visitor_known_by_the_url_is_kept_under_a_name_that_only_this_browser_has() {
        let (found, sent) = asked(Mode::FirstParty, None, Some(2)).unwrap();
        let cookie = found.set_cookie.unwrap();
        assert!(cookie.starts_with(&format!("__Host-wm={};", found.signed)));
        let visitor = VisitorId::new(0x25 % 16, NOW, *b"8 random");
        assert_eq!(
            sent,
            Token {
                visitor,
                ..token(2)
            }
        );
    }
}
