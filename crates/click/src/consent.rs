//! Consent: what may be kept of a visitor, and where.

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use url::form_urlencoded;

use crate::cookie::cookies;

/// What a merchant lets Waymark keep of visitors. Each mode keeps less than the one before it.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// A cookie on the shop's own host.
    #[default]
    FirstParty,
    /// The cookie for visitors whose [`Signal`] says that they agreed; until then as
    /// [`Mode::Cookieless`].
    ConsentRequired,
    /// No cookie is set or read: the signed token travels in URLs only. That does not make it free
    /// of consent everywhere; in the EU, identifiers in URLs are held to the same rule.
    Cookieless,
    /// Links lead where they lead, and nobody is remembered.
    Off,
}

/// How a request shows that its visitor agreed: a cookie or query value of this name, in which,
/// percent-decoded, this text stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signal {
    /// The name of the cookie, or of the query value.
    pub name: String,
    /// A text that stands there only if the visitor agreed, such as `marketing:true`. Not empty.
    pub contains: String,
}

/// What a program asks of its visitors before they are remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// How visitors are remembered.
    pub mode: Mode,
    /// The mode for browsers that send `Sec-GPC: 1`, if it keeps less than `mode`.
    pub gpc: Mode,
    /// The cookie that the shop's consent banner sets.
    pub cookie: Signal,
    /// A query value that says the same. Whoever writes a link can write it: name one only where
    /// the shop itself writes the links.
    pub parameter: Option<Signal>,
    /// The query parameter in which the token travels where there is no cookie.
    pub token_parameter: String,
    /// The day (`YYYY-MM-DD`) since which the shop honours Global Privacy Control as it does now.
    pub gpc_since: Option<String>,
}

/// Where a visitor may be remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Keeping {
    /// In the browser.
    Cookie,
    /// In the address of the page that the visitor is sent to, and nowhere else.
    Url,
    /// Nothing of the visitor is kept.
    Nothing,
}

/// Everybody is remembered; where a visitor must agree first, the cookie `wm_consent=yes` says so,
/// and until then the token travels as `wm`.
impl Default for Consent {
    fn default() -> Self {
        Self {
            mode: Mode::FirstParty,
            gpc: Mode::FirstParty,
            cookie: Signal {
                name: "wm_consent".to_owned(),
                contains: "yes".to_owned(),
            },
            parameter: None,
            token_parameter: "wm".to_owned(),
            gpc_since: None,
        }
    }
}

impl Consent {
    /// Where the sender of a request may be remembered.
    ///
    /// `gpc` is whether it carries `Sec-GPC: 1`, `cookie` its `Cookie` header, and `query` its
    /// query without the question mark.
    pub fn keeping(&self, gpc: bool, cookie: Option<&str>, query: &str) -> Keeping {
        let mode = if gpc {
            self.mode.max(self.gpc)
        } else {
            self.mode
        };
        match mode {
            Mode::FirstParty => Keeping::Cookie,
            Mode::ConsentRequired if self.is_given(cookie, query) => Keeping::Cookie,
            Mode::ConsentRequired | Mode::Cookieless => Keeping::Url,
            Mode::Off => Keeping::Nothing,
        }
    }

    fn is_given(&self, cookie: Option<&str>, query: &str) -> bool {
        let by_cookie = cookies(cookie.unwrap_or_default()).any(|cookie| {
            cookie.name() == self.cookie.name
                && percent_decode_str(cookie.value())
                    .decode_utf8_lossy()
                    .contains(&self.cookie.contains)
        });
        by_cookie
            || self.parameter.as_ref().is_some_and(|signal| {
                form_urlencoded::parse(query.as_bytes()).any(|(name, value)| {
                    name == signal.name.as_str() && value.contains(&signal.contains)
                })
            })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn consent(mode: Mode) -> Consent {
        Consent {
            mode,
            ..Consent::default()
        }
    }

    fn signal(name: &str, contains: &str) -> Signal {
        Signal {
            name: name.to_owned(),
            contains: contains.to_owned(),
        }
    }

    #[test]
    fn each_mode_keeps_what_its_name_says() {
        let yes = Some("a=b; wm_consent=yes");
        for (mode, without, with) in [
            (Mode::FirstParty, Keeping::Cookie, Keeping::Cookie),
            (Mode::ConsentRequired, Keeping::Url, Keeping::Cookie),
            (Mode::Cookieless, Keeping::Url, Keeping::Url),
            (Mode::Off, Keeping::Nothing, Keeping::Nothing),
        ] {
            assert_eq!(consent(mode).keeping(false, None, ""), without, "{mode:?}");
            assert_eq!(consent(mode).keeping(false, yes, ""), with, "{mode:?}");
        }
    }

    #[test]
    fn consent_is_found_in_the_cookies_of_common_banners() {
        for (name, contains, header) in [
            (
                "CookieConsent",
                "marketing:true",
                "x=1; CookieConsent={stamp:%27a%27%2Cnecessary:true%2Cmarketing:true}",
            ),
            (
                "OptanonConsent",
                "C0004:1",
                "OptanonConsent=isGpcEnabled=0&groups=C0001%3A1%2CC0004%3A1",
            ),
        ] {
            let consent = Consent {
                cookie: signal(name, contains),
                ..consent(Mode::ConsentRequired)
            };
            assert_eq!(consent.keeping(false, Some(header), ""), Keeping::Cookie);
            let refused = header
                .replace("marketing:true", "marketing:false")
                .replace("C0004%3A1", "C0004%3A0");
            assert_eq!(consent.keeping(false, Some(&refused), ""), Keeping::Url);
            for other in ["Other".to_owned(), format!("{name}2"), format!("my{name}")] {
                let other = header.replace(name, &other);
                assert_eq!(consent.keeping(false, Some(&other), ""), Keeping::Url);
            }
        }
    }

    #[test]
    fn a_query_value_is_consent_only_where_the_program_names_one() {
        let query = "a=b&consent=yes";
        let mut consent = consent(Mode::ConsentRequired);
        assert_eq!(consent.keeping(false, None, query), Keeping::Url);
        consent.parameter = Some(signal("consent", "yes"));
        assert_eq!(consent.keeping(false, None, query), Keeping::Cookie);
        assert_eq!(consent.keeping(false, None, "consent=no"), Keeping::Url);
    }

    const MODES: [Mode; 4] = [
        Mode::FirstParty,
        Mode::ConsentRequired,
        Mode::Cookieless,
        Mode::Off,
    ];

    proptest! {
        #[test]
        fn global_privacy_control_never_lets_more_be_kept(
            mode in prop::sample::select(&MODES[..]),
            gpc in prop::sample::select(&MODES[..]),
            header in prop::option::of("(wm_consent=yes|[ -~]{0,20})"),
        ) {
            let consent = Consent { gpc, ..consent(mode) };
            let rank = |keeping| match keeping {
                Keeping::Cookie => 2,
                Keeping::Url => 1,
                Keeping::Nothing => 0,
            };
            let without = consent.keeping(false, header.as_deref(), "");
            let with = consent.keeping(true, header.as_deref(), "");
            prop_assert!(rank(with) <= rank(without));
        }

        #[test]
        fn no_header_of_others_is_consent(header in "(wm_consent=|; ?|[ -~]|\\PC){0,200}") {
            prop_assume!(!header.contains("yes") && !header.contains('%'));
            let keeping = consent(Mode::ConsentRequired).keeping(false, Some(&header), &header);
            prop_assert_eq!(keeping, Keeping::Url);
        }
    }
}
