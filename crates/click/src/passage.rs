//! A visit of the shop's own pages by `?ref=CODE`: the page is the shop's, the mark is ours.

use url::{Url, form_urlencoded};

use crate::link::PublishedLink;
use crate::mark::{Carrier, Marked, Outcome, Visit, mark};
use crate::settings::Settings;
use crate::storefront::Storefront;
use crate::touch::{Method, NewTouch};
use crate::traffic::{RequestView, Traffic, traffic};

/// One request for a page of the shop, with the code of a link in its query.
#[derive(Debug, Clone, Copy)]
pub struct PageVisit<'a> {
    /// The request for the shop page.
    pub request: RequestView<'a>,
    /// The link that the page's address names.
    pub link: &'a PublishedLink,
    /// The request's whole URL.
    pub url: &'a str,
    /// Its query, without the question mark.
    pub query: &'a str,
    /// The request's `Cookie` header.
    pub cookie: Option<&'a str>,
}

/// What becomes of a request for a page of the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Passage {
    /// The page, as the shop gives it.
    Page,
    /// The page, as the shop gives it; the visit was recorded before.
    Repeated,
    /// The page, with this cookie set, and [kept from caches](PRIVATE_HEADERS).
    Marked {
        /// The whole `Set-Cookie` header.
        set_cookie: String,
        /// What is to be recorded.
        touch: NewTouch,
    },
    /// 302 to the same page, with the token in its URL in place of the code.
    Carried {
        /// The address that carries the visitor's token.
        location: String,
        /// What is to be recorded.
        touch: NewTouch,
    },
    /// 503: a browser looks ahead. Given the page it would keep it, and the visit that may follow
    /// would never be seen.
    Refused,
}

/// What a page says of caches once it sets a cookie. Not stored at all: a browser that took the
/// page out of its cache later would find an old token with it.
pub const PRIVATE_HEADERS: [(&str, &str); 1] = [("cache-control", "private, no-store")];

/// By these, a page could tell caches something else.
pub const CACHE_HEADERS: [&str; 4] = [
    "cdn-cache-control",
    "cloudflare-cdn-cache-control",
    "surrogate-control",
    "expires",
];

/// Decides what becomes of a visit. `now_ms` is Unix time in milliseconds; `random` names a
/// visitor who is new.
pub fn pass(
    visit: &PageVisit<'_>,
    storefront: &Storefront,
    settings: &Settings,
    now_ms: i64,
    random: [u8; 10],
) -> Passage {
    if !visit.link.leads_at(now_ms) {
        return Passage::Page;
    }
    match traffic(&visit.request) {
        Traffic::Speculative => return Passage::Refused,
        Traffic::NotNavigation | Traffic::Bot => return Passage::Page,
        Traffic::Person => {}
    }
    let marked = mark(
        &Visit {
            link: visit.link.number,
            method: Method::Link,
            query: visit.query,
            cookie: visit.cookie,
            gpc: visit.request.sec_gpc == Some("1"),
            same_origin: visit.request.sec_fetch_site == Some("same-origin"),
        },
        settings,
        now_ms,
        random,
    );
    let Outcome::Marked(Marked { carrier, touch, .. }) = marked else {
        return match marked {
            Outcome::Repeated(_) => Passage::Repeated,
            _ => Passage::Page,
        };
    };
    match carrier {
        Carrier::Cookie(set_cookie) => Passage::Marked { set_cookie, touch },
        Carrier::Url(token) => {
            let parameter = &settings.consent.token_parameter;
            match carried(visit.url, &storefront.parameter, parameter, &token) {
                Some(location) => Passage::Carried { location, touch },
                None => Passage::Page,
            }
        }
    }
}

/// The same page with the token in place of the code, so that it is marked once.
fn carried(url: &str, code: &str, parameter: &str, token: &str) -> Option<String> {
    let mut url = Url::parse(url).ok()?;
    let query = without(url.query().unwrap_or_default(), code);
    url.set_query(Some(&without(&query, parameter)));
    url.query_pairs_mut().append_pair(parameter, token);
    Some(url.into())
}

/// The query without the values of that name. All else stays as it was written.
fn without(query: &str, name: &str) -> String {
    let others = query.split('&').filter(|pair| {
        let named = form_urlencoded::parse(pair.as_bytes()).any(|(key, _)| key == name);
        !pair.is_empty() && !named
    });
    others.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::consent::Mode;
    use crate::cookie::read_cookie;
    use crate::redirect::tests::{NOW, RANDOM, link, settings, with_consent};
    use crate::traffic::tests::BROWSER;

    const URL: &str = "https://shop.example/shoes?ref=ANA&sub1=blog&a=b";

    fn passage(request: RequestView<'_>, url: &str, mode: Mode) -> Passage {
        let link = link();
        let visit = PageVisit {
            request,
            link: &link,
            url,
            query: url.split_once('?').map_or("", |(_, query)| query),
            cookie: None,
        };
        let storefront = Storefront::default();
        pass(&visit, &storefront, &with_consent(mode), NOW, RANDOM)
    }

    #[test]
    fn a_person_gets_the_page_and_a_cookie() {
        let Passage::Marked { set_cookie, touch } = passage(BROWSER, URL, Mode::FirstParty) else {
            panic!("not marked");
        };
        assert_eq!((touch.mark.link, touch.mark.method), (7, Method::Link));
        assert_eq!(touch.subs.sub1.as_deref(), Some("blog"));
        let cookie = set_cookie.split(';').next().unwrap();
        let settings = settings();
        let keys = settings.keys.as_ref().unwrap();
        let token = read_cookie(cookie, None, keys, NOW, 1).unwrap().unwrap();
        assert_eq!((token.visitor, token.last), (touch.visitor, touch.mark));
    }

    #[test]
    fn without_a_cookie_the_same_page_is_opened_with_the_token_in_place_of_the_code() {
        let Passage::Carried { location, touch } = passage(BROWSER, URL, Mode::Cookieless) else {
            panic!("not carried");
        };
        let token = location
            .strip_prefix("https://shop.example/shoes?sub1=blog&a=b&wm=")
            .unwrap();
        let settings = settings();
        let keys = settings.keys.as_ref().unwrap();
        let token = keys.verify(token, NOW, 0).unwrap();
        assert_eq!(token.visitor, touch.visitor);
    }

    #[test]
    fn a_value_of_the_tokens_name_is_replaced_and_all_others_stay_as_written() {
        let url = "https://shop.example/a%20b?x=%41&wm=forged&&ref=ANA&y=c+d&w%6D=2#top";
        let Passage::Carried { location, .. } = passage(BROWSER, url, Mode::Cookieless) else {
            panic!("not carried");
        };
        let (page, rest) = location.split_once("wm=").unwrap();
        assert_eq!(page, "https://shop.example/a%20b?x=%41&y=c+d&");
        assert_eq!(rest.len(), 75 + "#top".len(), "{rest}");
    }

    #[test]
    fn a_link_that_is_paused_marks_nobody() {
        let link = PublishedLink {
            paused: true,
            ..link()
        };
        let visit = PageVisit {
            request: BROWSER,
            link: &link,
            url: URL,
            query: "ref=ANA",
            cookie: None,
        };
        let passage = pass(&visit, &Storefront::default(), &settings(), NOW, RANDOM);
        assert_eq!(passage, Passage::Page);
    }

    #[test]
    fn bots_images_and_those_who_are_not_to_be_remembered_get_the_page_as_it_is() {
        let bot = RequestView {
            user_agent: Some("Googlebot/2.1"),
            ..BROWSER
        };
        let head = RequestView {
            method: "HEAD",
            ..BROWSER
        };
        for (request, mode) in [
            (bot, Mode::FirstParty),
            (head, Mode::FirstParty),
            (BROWSER, Mode::Off),
        ] {
            assert_eq!(passage(request, URL, mode), Passage::Page);
        }
        let ahead = RequestView {
            sec_purpose: Some("prefetch"),
            ..BROWSER
        };
        assert_eq!(passage(ahead, URL, Mode::FirstParty), Passage::Refused);
    }

    proptest! {
        #[test]
        fn no_visit_is_sent_to_another_host(path in "(/|\\\\|//|[ -~]|\\PC){0,40}") {
            let url = format!("https://shop.example/{path}");
            if let Passage::Carried { location, .. } = passage(BROWSER, &url, Mode::Cookieless) {
                prop_assert!(location.starts_with("https://shop.example/"), "{}", location);
            }
        }
    }
}
