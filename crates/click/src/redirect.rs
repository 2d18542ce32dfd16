//! The whole click: from a request, and the link that its code names, to the redirect.

use crate::cookie::set_cookie;
use crate::link::PublishedLink;
use crate::mark::{Carrier, Outcome, Visit, mark};
use crate::settings::Settings;
use crate::token::Rejected;
use crate::touch::{Method, NewTouch};
use crate::traffic::{RequestView, Traffic, is_office, traffic};

/// One request for `/r/CODE` or `/q/CODE`.
#[derive(Debug, Clone, Copy)]
pub struct Click<'a> {
    /// The request for the link.
    pub request: RequestView<'a>,
    /// [`Method::Link`] for `/r/`, [`Method::Qr`] for `/q/`.
    pub method: Method,
    /// The link that the code names, if there is one.
    pub link: Option<&'a PublishedLink>,
    /// The request's query, without the question mark.
    pub query: &'a str,
    /// The request's `Cookie` header.
    pub cookie: Option<&'a str>,
}

/// What a click gets, and what to record once it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// 302, 503 for a [speculative](Traffic::Speculative) request, or 200 with a [page](SAME_LINK).
    pub status: u16,
    /// The body, if the answer is a page.
    pub page: Option<&'static str>,
    /// The `Location` header, if there is somewhere to go.
    pub location: Option<String>,
    /// The whole `Set-Cookie` header, if the visitor may be remembered.
    pub set_cookie: Option<String>,
    /// What is to be recorded, if a person clicked.
    pub touch: Option<NewTouch>,
    /// Who clicked: a person, or something else.
    pub traffic: Traffic,
    /// Whether it is a click that was recorded before, such as a page that is loaded again: then
    /// nothing is to be recorded.
    pub repeated: bool,
    /// The number of the link that the click is for; none where it leads home.
    pub link: Option<u32>,
    /// Why the cookie that was sent counts as none; for counting only.
    pub rejected: Option<Rejected>,
}

/// Headers of every answer, whatever the request, so that an answer does not tell whether a code
/// exists. No cache keeps it, no other site shows or frames it, no index lists it.
pub const RESPONSE_HEADERS: [(&str, &str); 6] = [
    ("cache-control", "no-store, private"),
    ("content-security-policy", "frame-ancestors 'none'"),
    ("cross-origin-resource-policy", "same-site"),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("x-frame-options", "DENY"),
    ("x-robots-tag", "noindex, nofollow"),
];

/// A page that leads to the address that it has itself: for programs that would follow a redirect and
/// then open its end in a browser. They open the link itself, which is the click.
pub const SAME_LINK: &str = "<!doctype html>\n<meta charset=\"utf-8\">\n<title>Link</title>\n\
    <p><a href=\"\">Go on</a></p>\n";

/// Answers one click. `now_ms` is Unix time in milliseconds; `random` names a visitor who is new.
///
/// Nobody is shown an error: a code without a link, or with one that is paused, used up or out of
/// its time, leads to the shop's home page, and a cookie that does not verify counts as none.
pub fn redirect(click: &Click<'_>, settings: &Settings, now_ms: i64, random: [u8; 10]) -> Redirect {
    let traffic = traffic(&click.request);
    if traffic == Traffic::Speculative {
        return refused(click.link.map(|link| link.number));
    }
    if is_office(&click.request) {
        return same_link(click.link.map(|link| link.number));
    }

    let landing = click.link.and_then(|link| {
        let location = link.location(&click.request, settings, now_ms)?;
        Some((link, location))
    });
    let Some((link, mut location)) = landing else {
        return redirected(settings.home.as_str().to_owned(), None, traffic);
    };
    let visit = Visit {
        link: link.number,
        method: click.method,
        query: click.query,
        cookie: click.cookie,
        gpc: click.request.sec_gpc == Some("1"),
        same_origin: click.request.sec_fetch_site == Some("same-origin"),
    };
    let outcome = match traffic {
        Traffic::Person => mark(&visit, settings, now_ms, random),
        _ => Outcome::Unmarked,
    };
    let token = match &outcome {
        Outcome::Marked(marked) => Some(&marked.token),
        Outcome::Repeated(token) => Some(token),
        Outcome::Unmarked => None,
    };
    if location.may_lead_to_cart(click.query) {
        let signed = token.zip(settings.keys.as_ref());
        location.cart_token = signed.map(|(token, keys)| keys.sign(token));
    }
    let marked = match outcome {
        Outcome::Marked(marked) => marked,
        Outcome::Unmarked => {
            let url = location.with_query(click.query);
            return redirected(url, Some(link.number), traffic);
        }
        // Told the same token again, the browser keeps it for longer, and signed by today's key.
        Outcome::Repeated(token) => {
            let url = location.with_query(click.query);
            let signed = settings.keys.as_ref().map(|keys| keys.sign(&token));
            let domain = settings.cookie_domain.as_ref();
            return Redirect {
                repeated: true,
                set_cookie: signed.map(|it| set_cookie(&it, domain, settings.max_age_ms)),
                ..redirected(url, Some(link.number), traffic)
            };
        }
    };
    let set_cookie = match &marked.carrier {
        Carrier::Cookie(set_cookie) => Some(set_cookie.clone()),
        Carrier::Url(token) => {
            let parameter = &settings.consent.token_parameter;
            location.own.push((parameter, token));
            None
        }
    };
    let url = location.with_query(click.query);
    Redirect {
        set_cookie,
        touch: Some(marked.touch),
        rejected: marked.rejected,
        ..redirected(url, Some(link.number), traffic)
    }
}

/// Answers one click where no program was applied, or none can be read: it leads to the front page
/// of the host that was asked, and leaves nothing.
pub fn redirect_without_settings(request: &RequestView<'_>) -> Redirect {
    match traffic(request) {
        Traffic::Speculative => refused(None),
        _ if is_office(request) => same_link(None),
        traffic => redirected("/".to_owned(), None, traffic),
    }
}

/// A browser that looks ahead would keep a redirect, and the click that may follow would never be
/// seen.
fn refused(link: Option<u32>) -> Redirect {
    Redirect {
        status: 503,
        location: None,
        page: None,
        repeated: false,
        set_cookie: None,
        touch: None,
        traffic: Traffic::Speculative,
        link,
        rejected: None,
    }
}

fn same_link(link: Option<u32>) -> Redirect {
    Redirect {
        status: 200,
        page: Some(SAME_LINK),
        traffic: Traffic::Bot,
        ..refused(link)
    }
}

fn redirected(location: String, link: Option<u32>, traffic: Traffic) -> Redirect {
    Redirect {
        status: 302,
        location: Some(location),
        page: None,
        repeated: false,
        set_cookie: None,
        touch: None,
        traffic,
        link,
        rejected: None,
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
pub(crate) mod tests {
    use std::num::NonZeroU16;

    use super::*;
    use crate::consent::{Consent, Mode};
    use crate::cookie::read_cookie;
    use crate::destination::Destination;
    use crate::keys::Keys;
    use crate::location::Precedence;
    use crate::touch::{Mark, touch_id};
    use crate::traffic::tests::BROWSER;
    use crate::visitor::VisitorId;

    pub(crate) const NOW: i64 = 1_767_265_200_000;
    const DAY_MS: i64 = 86_400_000;
    pub(crate) const RANDOM: [u8; 10] = *b"\x00\x258 random";

    pub(crate) fn link() -> PublishedLink {
        let json = r#"{"number":7,"url":"https://shop.example/shoes","affiliate":"anna"}"#;
        serde_json::from_str(json).unwrap()
    }

    pub(crate) fn settings() -> Settings {
        let keys: Keys = "7:dGhpcnR5LXR3byBieXRlcyBvZiB0ZXN0IHNlY3JldCE"
            .parse()
            .unwrap();
        Settings {
            home: Destination::published("https://shop.example/").unwrap(),
            precedence: Precedence::Merchant,
            afsrc: false,
            cookie_domain: None,
            consent: Consent::default(),
            hosts: vec!["shop.example".to_owned()],
            storefront: None,
            max_age_ms: 30 * DAY_MS,
            shards: NonZeroU16::new(16).unwrap(),
            keys: Some(keys.for_program("demo")),
        }
    }

    fn click<'a>(link: Option<&'a PublishedLink>, cookie: Option<&'a str>) -> Click<'a> {
        Click {
            request: BROWSER,
            method: Method::Link,
            link,
            query: "sub1=blog&a=b",
            cookie,
        }
    }

    /// The `Cookie` header of a browser that got this answer.
    fn sent_back(redirect: &Redirect) -> String {
        let set = redirect.set_cookie.as_deref().unwrap();
        set.split(';').next().unwrap().to_owned()
    }

    #[test]
    fn a_new_visitor_is_redirected_marked_and_recorded() {
        let redirect = redirect(&click(Some(&link()), None), &settings(), NOW, RANDOM);
        assert_eq!(redirect.status, 302);
        assert_eq!(
            redirect.location.as_deref(),
            Some("https://shop.example/shoes?a=b")
        );
        assert_eq!(
            (redirect.traffic, redirect.rejected),
            (Traffic::Person, None)
        );
        assert_eq!(redirect.link, Some(7));

        let touch = redirect.touch.clone().unwrap();
        assert_eq!(
            touch.mark,
            Mark {
                at: NOW,
                link: 7,
                method: Method::Link
            }
        );
        assert_eq!(touch.subs.sub1.as_deref(), Some("blog"));
        assert_eq!(touch.visitor, VisitorId::new(0x25 % 16, NOW, *b"8 random"));

        let settings = settings();
        let cookie = read_cookie(
            &sent_back(&redirect),
            None,
            settings.keys.as_ref().unwrap(),
            NOW,
            DAY_MS,
        );
        let token = cookie.unwrap().unwrap();
        assert_eq!((token.visitor, token.last), (touch.visitor, touch.mark));
        assert_eq!(touch_id(token.visitor, token.last), touch.id);
    }

    #[test]
    fn a_visitor_who_returns_keeps_name_and_first_touch_however_many_shards_there_are() {
        let first = redirect(&click(Some(&link()), None), &settings(), NOW, RANDOM);
        let cookie = sent_back(&first);

        let (link, mut settings) = (link(), settings());
        settings.shards = NonZeroU16::new(3).unwrap();
        let scan = Click {
            method: Method::Qr,
            ..click(Some(&link), Some(&cookie))
        };
        let second = redirect(&scan, &settings, NOW + DAY_MS, [0xff; 10]);

        let (before, after) = (first.touch.unwrap(), second.touch.clone().unwrap());
        assert_eq!(after.visitor, before.visitor);
        assert_ne!(after.id, before.id);
        assert_eq!(after.id, touch_id(before.visitor, after.mark));
        let cookie = sent_back(&second);
        let read = read_cookie(
            &cookie,
            None,
            settings.keys.as_ref().unwrap(),
            NOW + DAY_MS,
            DAY_MS,
        );
        let token = read.unwrap().unwrap();
        assert_eq!((token.first, token.last), (before.mark, after.mark));
    }

    #[test]
    fn a_cookie_that_does_not_verify_makes_a_new_visitor_and_is_counted() {
        for cookie in [
            "__Host-wm=damaged",
            &format!("__Host-wm={}", "A".repeat(75)),
        ] {
            let redirect = redirect(
                &click(Some(&link()), Some(cookie)),
                &settings(),
                NOW,
                RANDOM,
            );
            assert_eq!(redirect.status, 302);
            assert!(redirect.rejected.is_some());
            assert_eq!(
                redirect.touch.unwrap().visitor.to_string(),
                "AAUBm3k254A4IHJhbmRvbQ"
            );
        }
    }

    #[test]
    fn a_code_without_a_link_that_counts_leads_home_and_leaves_nothing() {
        let paused = PublishedLink {
            paused: true,
            ..link()
        };
        for link in [None, Some(&paused)] {
            let redirect = redirect(&click(link, None), &settings(), NOW, RANDOM);
            assert_eq!(redirect.status, 302);
            assert_eq!(redirect.location.as_deref(), Some("https://shop.example/"));
            assert_eq!(
                (redirect.set_cookie, redirect.touch, redirect.link),
                (None, None, None)
            );
        }
    }

    #[test]
    fn who_is_no_person_is_redirected_and_leaves_nothing() {
        for request in [
            RequestView {
                user_agent: Some("facebookexternalhit/1.1"),
                ..BROWSER
            },
            RequestView {
                method: "HEAD",
                ..BROWSER
            },
            RequestView {
                sec_fetch_dest: Some("iframe"),
                ..BROWSER
            },
        ] {
            let link = link();
            let click = Click {
                request,
                ..click(Some(&link), None)
            };
            let redirect = redirect(&click, &settings(), NOW, RANDOM);
            assert_eq!(redirect.status, 302);
            assert_eq!(
                redirect.location.as_deref(),
                Some("https://shop.example/shoes?a=b")
            );
            assert_eq!((redirect.set_cookie, redirect.touch), (None, None));
        }
    }

    #[test]
    fn without_keys_a_link_leads_where_it_leads_and_nobody_is_remembered() {
        let settings = Settings {
            keys: None,
            ..settings()
        };
        let redirect = redirect(&click(Some(&link()), None), &settings, NOW, RANDOM);
        assert_eq!(
            redirect.location.as_deref(),
            Some("https://shop.example/shoes?a=b")
        );
        assert_eq!((redirect.set_cookie, redirect.touch), (None, None));
    }

    #[test]
    fn office_is_given_the_link_itself_whatever_the_code() {
        let link = link();
        for (user_agent, method) in [
            ("Mozilla/4.0 (compatible; ms-office; MSOffice 16)", "GET"),
            ("Mozilla/4.0 (compatible; MS-Office)", "HEAD"),
            (
                "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Word 16.0.17328; Pro)",
                "GET",
            ),
            ("Microsoft Office Excel 2014", "GET"),
            ("Microsoft Office Existence Discovery", "HEAD"),
        ] {
            for link in [Some(&link), None] {
                let mut click = click(link, None);
                click.request.user_agent = Some(user_agent);
                click.request.method = method;
                let redirect = redirect(&click, &settings(), NOW, RANDOM);
                let Redirect { status, page, .. } = redirect;
                assert_eq!((status, page), (200, Some(SAME_LINK)), "{user_agent}");
                assert_eq!((redirect.location, redirect.touch), (None, None));
                assert_eq!(redirect.set_cookie, None);
            }
        }
    }

    /// Clicks on links one after the other, `(minutes, link, site)`: which of them were new.
    fn visits(clicks: &[(i64, u32, &str)]) -> Vec<bool> {
        let mut cookie: Option<String> = None;
        let mut new = Vec::new();
        for (minutes, number, site) in clicks {
            let link = PublishedLink {
                number: *number,
                ..link()
            };
            let mut click = click(Some(&link), cookie.as_deref());
            click.request.sec_fetch_site = Some(site);
            let redirect = redirect(&click, &settings(), NOW + minutes * 60_000, RANDOM);
            assert_eq!(redirect.touch.is_none(), redirect.repeated);
            new.push(redirect.touch.is_some());
            // The same one where nothing is new.
            let sent = sent_back(&redirect);
            assert_eq!(redirect.repeated, cookie.as_ref() == Some(&sent));
            cookie = Some(sent);
        }
        new
    }

    #[test]
    fn a_visit_that_is_repeated_within_half_an_hour_is_one() {
        let (other, own) = ("cross-site", "same-origin");
        let reload = [(0, 7, other), (1, 7, other), (29, 7, own), (31, 7, other)];
        assert_eq!(visits(&reload), [true, false, false, true]);
        // The shop's own link, or a page that is loaded again, takes nothing from who came in between;
        let back = [(0, 7, other), (1, 8, other), (2, 7, own), (31, 7, own)];
        assert_eq!(visits(&back), [true, true, false, true]);
        // a new click does.
        assert_eq!(
            visits(&[(0, 7, other), (1, 8, other), (2, 7, other)]),
            [true; 3]
        );
        // A clock that was set back says nothing.
        assert_eq!(visits(&[(10, 7, other), (0, 7, other)]), [true, true]);
    }

    #[test]
    fn a_browser_that_looks_ahead_is_refused_so_that_the_click_comes_again() {
        for link in [None, Some(&link())] {
            let request = RequestView {
                sec_purpose: Some("prefetch"),
                ..BROWSER
            };
            let click = Click {
                request,
                ..click(link, None)
            };
            let redirect = redirect(&click, &settings(), NOW, RANDOM);
            assert_eq!((redirect.status, redirect.location), (503, None));
            assert_eq!((redirect.set_cookie, redirect.touch), (None, None));
            assert_eq!(redirect.link, link.map(|link| link.number));
        }
    }

    #[test]
    fn without_settings_a_click_leads_to_the_front_page_and_who_looks_ahead_is_refused_all_the_same()
     {
        let redirect = redirect_without_settings(&BROWSER);
        assert_eq!(
            (redirect.status, redirect.location.as_deref()),
            (302, Some("/"))
        );
        assert_eq!((redirect.set_cookie, redirect.touch), (None, None));
        let ahead = |sec_purpose, purpose, x_moz| RequestView {
            sec_purpose,
            purpose,
            x_moz,
            ..BROWSER
        };
        for request in [
            ahead(Some("prefetch;prerender"), None, None),
            ahead(None, Some("prefetch"), None),
            ahead(None, None, Some("prefetch")),
        ] {
            let redirect = redirect_without_settings(&request);
            assert_eq!((redirect.status, redirect.location), (503, None));
        }
    }

    #[test]
    fn global_privacy_control_is_recorded_with_the_touch() {
        for (sec_gpc, opted_out) in [(Some("1"), true), (Some("0"), false), (None, false)] {
            let link = link();
            let request = RequestView { sec_gpc, ..BROWSER };
            let click = Click {
                request,
                ..click(Some(&link), None)
            };
            let redirect = redirect(&click, &settings(), NOW, RANDOM);
            assert_eq!(redirect.touch.unwrap().opted_out, opted_out, "{sec_gpc:?}");
        }
    }

    pub(crate) fn with_consent(mode: Mode) -> Settings {
        let consent = Consent {
            mode,
            ..Consent::default()
        };
        Settings {
            consent,
            ..settings()
        }
    }

    #[test]
    fn without_consent_the_token_travels_in_the_url_and_no_cookie_is_set_or_read() {
        let first = redirect(&click(Some(&link()), None), &settings(), NOW, RANDOM);
        let cookie = sent_back(&first);
        for mode in [Mode::ConsentRequired, Mode::Cookieless] {
            let settings = with_consent(mode);
            let link = link();
            let click = Click {
                query: "a=b&wm=forged",
                ..click(Some(&link), Some(&cookie))
            };
            let redirect = redirect(&click, &settings, NOW + 1, [7; 10]);
            assert_eq!(redirect.set_cookie, None);
            let location = redirect.location.unwrap();
            let token = location
                .strip_prefix("https://shop.example/shoes?a=b&wm=")
                .unwrap();
            let keys = settings.keys.as_ref().unwrap();
            let token = keys.verify(token, NOW + 1, DAY_MS).unwrap();
            let touch = redirect.touch.unwrap();
            assert_eq!((token.visitor, token.last), (touch.visitor, touch.mark));
            // Whoever the cookie names is not known here.
            assert_ne!(
                Some(touch.visitor),
                first.touch.as_ref().map(|it| it.visitor)
            );
            assert_eq!(token.first, token.last);
        }
    }

    #[test]
    fn a_cart_permalink_carries_the_token_to_the_checkout_that_it_opens() {
        let shop = |url: &str| Destination::published(url).unwrap();
        let carried =
            |link: &PublishedLink, query: &str, settings: &Settings, cookie: Option<&str>| {
                let click = Click {
                    query,
                    ..click(Some(link), cookie)
                };
                redirect(&click, settings, NOW, RANDOM)
            };
        let token_in = |location: &str| {
            let (before, token) = location.split_once("attributes%5B_waymark%5D=").unwrap();
            let keys = settings().keys.unwrap();
            (
                before.to_owned(),
                keys.verify(token, NOW + 1, DAY_MS).unwrap(),
            )
        };
        let mut link = link();
        link.url = shop("https://shop.example/cart/4411:1?discount=A");
        let first = carried(
            &link,
            "attributes%5B_waymark%5D=forged&a=b",
            &settings(),
            None,
        );
        let (before, token) = token_in(first.location.as_deref().unwrap());
        assert_eq!(before, "https://shop.example/cart/4411:1?discount=A&a=b&");
        assert_eq!(token.visitor, first.touch.as_ref().unwrap().visitor);
        // Opened again: nothing is recorded, and the cart is a new one.
        let again = carried(&link, "", &settings(), Some(&sent_back(&first)));
        assert!(again.repeated && again.touch.is_none());
        let (_, same) = token_in(again.location.as_deref().unwrap());
        assert_eq!(same, token);
        // Without cookies it is there beside the usual parameter.
        let cookieless = carried(&link, "", &with_consent(Mode::Cookieless), None);
        let location = cookieless.location.unwrap();
        assert!(location.contains("&wm="), "{location}");
        token_in(&location);
        // Nobody is to be remembered; another page; a page that the request chose.
        let off = carried(&link, "", &with_consent(Mode::Off), None).location;
        assert_eq!(
            off.as_deref(),
            Some("https://shop.example/cart/4411:1?discount=A")
        );
        link.url = shop("https://shop.example/cart");
        let cart = carried(&link, "", &settings(), None).location;
        assert_eq!(cart.as_deref(), Some("https://shop.example/cart"));
        let chosen = carried(&link, "to=/cart/4411:2,4412:1", &settings(), None).location;
        let (before, _) = token_in(&chosen.unwrap());
        assert_eq!(before, "https://shop.example/cart/4411:2,4412:1?");
        // Through the page of a discount.
        link.url = shop("https://shop.example/cart/4411:1");
        link.shopify_discount = Some("ANA10".to_owned());
        let location = carried(&link, "", &settings(), None).location.unwrap();
        let inner = location
            .strip_prefix("https://shop.example/discount/ANA10?redirect=")
            .unwrap();
        let inner = percent_encoding::percent_decode_str(inner)
            .decode_utf8()
            .unwrap();
        token_in(&inner);
    }

    #[test]
    fn with_consent_the_cookie_is_set_and_the_url_is_the_merchants() {
        let link = link();
        let click = click(Some(&link), Some("wm_consent=yes"));
        let settings = with_consent(Mode::ConsentRequired);
        let redirect = redirect(&click, &settings, NOW, RANDOM);
        assert!(redirect.set_cookie.is_some());
        assert_eq!(
            redirect.location.as_deref(),
            Some("https://shop.example/shoes?a=b")
        );
    }

    #[test]
    fn where_nobody_is_to_be_remembered_a_click_leaves_nothing() {
        let redirect = redirect(
            &click(Some(&link()), None),
            &with_consent(Mode::Off),
            NOW,
            RANDOM,
        );
        assert_eq!(
            redirect.location.as_deref(),
            Some("https://shop.example/shoes?a=b")
        );
        assert_eq!((redirect.set_cookie, redirect.touch), (None, None));
    }
}
