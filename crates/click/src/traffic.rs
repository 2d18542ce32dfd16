//! Whether a request is a person's navigation, and so may make a touch.

use serde::Serialize;

use crate::bots::is_bot;

/// What a request says of itself; header values as they came, `None` where absent.
#[derive(Debug, Clone, Copy, Default)]
pub struct RequestView<'a> {
    /// The request's method: `GET`.
    pub method: &'a str,
    /// `Sec-Purpose`
    pub sec_purpose: Option<&'a str>,
    /// `Purpose`
    pub purpose: Option<&'a str>,
    /// `X-Purpose`
    pub x_purpose: Option<&'a str>,
    /// `X-Moz`
    pub x_moz: Option<&'a str>,
    /// `Sec-Fetch-Mode`
    pub sec_fetch_mode: Option<&'a str>,
    /// `Sec-Fetch-Dest`
    pub sec_fetch_dest: Option<&'a str>,
    /// `Sec-Fetch-Site`
    pub sec_fetch_site: Option<&'a str>,
    /// `User-Agent`
    pub user_agent: Option<&'a str>,
    /// `Sec-GPC`
    pub sec_gpc: Option<&'a str>,
    /// `Sec-CH-UA-Mobile`: `?1` on a phone.
    pub sec_ch_ua_mobile: Option<&'a str>,
    /// `CF-IPCountry`: where Cloudflare saw the request come from.
    pub country: Option<&'a str>,
}

/// Who or what sent a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Traffic {
    /// A browser that looks ahead. It is refused: given a redirect it would keep it, and the click
    /// that may follow would never be seen.
    Speculative,
    /// Not a navigation of a window: `HEAD`, an image, a frame, a script. A touch from one would
    /// credit an affiliate for a page that nobody chose to open.
    NotNavigation,
    /// A known crawler, link preview, monitor or program.
    Bot,
    /// A person who follows a link or scans a code.
    Person,
}

/// Judges a request by its method and headers.
///
/// Older browsers and the browsers inside apps send no Fetch Metadata, and privacy tools remove the
/// user agent; what is not said is not held against a person.
pub fn traffic(request: &RequestView<'_>) -> Traffic {
    if is_speculative(request) {
        Traffic::Speculative
    } else if !is_navigation(request) {
        Traffic::NotNavigation
    } else if is_office(request)
        || request
            .user_agent
            .is_some_and(|name| !name.is_empty() && is_bot(name))
    {
        Traffic::Bot
    } else {
        Traffic::Person
    }
}

/// Whether it is a program of Microsoft Office. These follow a link by themselves before they open a
/// browser – at the end of all redirects, where nothing would be known of the link any more.
pub(crate) fn is_office(request: &RequestView<'_>) -> bool {
    let user_agent = request.user_agent.unwrap_or_default();
    ["ms-office", "microsoft office"].iter().any(|name| {
        let mut places = user_agent.as_bytes().windows(name.len());
        places.any(|place| place.eq_ignore_ascii_case(name.as_bytes()))
    })
}

/// `Sec-Purpose: prefetch`, also with parameters such as `prefetch;prerender`, and what browsers
/// sent before it: `Purpose: prefetch`, `X-Purpose: preview`, `X-Moz: prefetch`. A header that was
/// sent twice arrives as a list.
fn is_speculative(request: &RequestView<'_>) -> bool {
    let sent = [
        request.sec_purpose,
        request.purpose,
        request.x_purpose,
        request.x_moz,
    ];
    sent.into_iter().flatten().any(|value| {
        value.split([';', ',']).any(|purpose| {
            ["prefetch", "prerender", "preview"]
                .iter()
                .any(|known| purpose.trim().eq_ignore_ascii_case(known))
        })
    })
}

/// A shop's service worker that answers by `fetch(request)` has Chromium send `navigate` without a
/// destination. No page can set that mode by itself.
fn is_navigation(request: &RequestView<'_>) -> bool {
    let leads_to_page = match (request.sec_fetch_mode, request.sec_fetch_dest) {
        (Some("navigate"), dest) => matches!(dest, None | Some("document" | "empty")),
        (None, dest) => matches!(dest, None | Some("document")),
        (Some(_), _) => false,
    };
    request.method == "GET" && leads_to_page
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A click in a current browser.
    pub(crate) const BROWSER: RequestView<'_> = RequestView {
        method: "GET",
        sec_purpose: None,
        purpose: None,
        x_purpose: None,
        x_moz: None,
        sec_fetch_mode: Some("navigate"),
        sec_fetch_dest: Some("document"),
        sec_fetch_site: Some("cross-site"),
        user_agent: Some("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"),
        sec_gpc: None,
        sec_ch_ua_mobile: None,
        country: None,
    };

    #[test]
    fn a_person_navigates_in_a_browser_new_or_old() {
        assert_eq!(traffic(&BROWSER), Traffic::Person);
        let old = RequestView {
            sec_fetch_mode: None,
            sec_fetch_dest: None,
            ..BROWSER
        };
        assert_eq!(traffic(&old), Traffic::Person);
        let by_service_worker = RequestView {
            sec_fetch_dest: Some("empty"),
            ..BROWSER
        };
        assert_eq!(traffic(&by_service_worker), Traffic::Person);
    }

    #[test]
    fn what_a_browser_fetches_ahead_is_speculative_in_every_dialect() {
        for purpose in [
            "prefetch",
            "prefetch;prerender",
            "prefetch;anonymous-client-ip",
            "prerender",
            "preview",
            "prefetch, prefetch",
            "Prefetch ; x",
        ] {
            let request = RequestView {
                sec_purpose: Some(purpose),
                ..BROWSER
            };
            assert_eq!(traffic(&request), Traffic::Speculative, "{purpose}");
        }
        for request in [
            RequestView {
                purpose: Some("prefetch"),
                ..BROWSER
            },
            RequestView {
                x_purpose: Some("preview"),
                ..BROWSER
            },
            RequestView {
                x_moz: Some("prefetch"),
                ..BROWSER
            },
            RequestView {
                sec_purpose: Some("prefetch"),
                method: "HEAD",
                ..BROWSER
            },
        ] {
            assert_eq!(traffic(&request), Traffic::Speculative, "{request:?}");
        }
        let other = RequestView {
            sec_purpose: Some("something-new"),
            ..BROWSER
        };
        assert_eq!(traffic(&other), Traffic::Person);
    }

    #[test]
    fn images_frames_scripts_and_head_requests_are_no_navigation() {
        for (mode, dest) in [
            ("no-cors", "image"),
            ("no-cors", "script"),
            ("cors", "empty"),
            ("navigate", "iframe"),
            ("navigate", "frame"),
            ("navigate", "embed"),
            ("navigate", "object"),
            ("nested-navigate", "document"),
        ] {
            let request = RequestView {
                sec_fetch_mode: Some(mode),
                sec_fetch_dest: Some(dest),
                ..BROWSER
            };
            assert_eq!(traffic(&request), Traffic::NotNavigation, "{mode} {dest}");
        }
        for method in ["HEAD", "POST", "OPTIONS"] {
            let request = RequestView { method, ..BROWSER };
            assert_eq!(traffic(&request), Traffic::NotNavigation, "{method}");
        }
    }

    #[test]
    fn a_known_bot_is_a_bot() {
        let request = RequestView {
            user_agent: Some("Slackbot-LinkExpanding 1.0"),
            ..BROWSER
        };
        assert_eq!(traffic(&request), Traffic::Bot);
    }

    #[test]
    fn who_names_no_browser_is_taken_for_a_person() {
        for user_agent in [Some(""), None] {
            let request = RequestView {
                user_agent,
                ..BROWSER
            };
            assert_eq!(traffic(&request), Traffic::Person, "{user_agent:?}");
        }
    }
}
