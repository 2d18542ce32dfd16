//! A link as the program publishes it to the edge, and where it leads whom.

use serde::{Deserialize, Serialize};

use crate::country::Country;
use crate::destination::Destination;
use crate::device::Device;
use crate::location::{Location, Precedence};
use crate::settings::Settings;
use crate::traffic::RequestView;

/// A link as the program publishes it to the edge. It was checked before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedLink {
    /// The program's immutable number of the link.
    pub number: u32,
    /// The id of the affiliate who is credited.
    pub affiliate: String,
    /// Where the link leads.
    pub url: Destination,
    /// Other destinations; the first that is for a request is taken instead of `url`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Variant>,
    /// The Shopify discount code that the redirect puts into the shopper's cart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shopify_discount: Option<String>,
    /// Whose query values stay; the program's setting where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precedence: Option<Precedence>,
    /// Whether the redirect carries `afsrc=1`; the program's setting where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub afsrc: Option<bool>,
    /// Whether the merchant has paused it: it leads to the shop's home page then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
    /// Had as many clicks as its limit allows, as far as they were counted when it was published.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exhausted: bool,
    /// The first millisecond of Unix time at which the link counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts: Option<i64>,
    /// The first millisecond of Unix time at which the link counts no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<i64>,
}

/// Another destination, for some countries, some devices, or both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// Where a request has to come from; anywhere, where empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub countries: Vec<Country>,
    /// The device that it has to come from; any, where empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<Device>,
    /// Where this variant leads.
    pub url: Destination,
}

impl PublishedLink {
    /// Where a request at `now_ms`, Unix time in milliseconds; `None` while the link is
    /// paused, before it starts, once it ended, and when its clicks are used up.
    pub fn location<'a>(
        &'a self,
        request: &RequestView<'_>,
        settings: &Settings,
        now_ms: i64,
    ) -> Option<Location<'a>> {
        if !self.leads_at(now_ms) {
            return None;
        }
        let variant = self.variants.iter().find(|variant| variant.is_for(request));
        let mut location = Location::to(variant.map_or(&self.url, |variant| &variant.url));
        location.precedence = self.precedence.unwrap_or(settings.precedence);
        location.shopify_discount = self.shopify_discount.as_deref();
        if self.afsrc.unwrap_or(settings.afsrc) {
            location.own.push(AFSRC);
        }
        Some(location)
    }

    /// Whether the link counts at that time, Unix time in milliseconds.
    pub fn leads_at(&self, now_ms: i64) -> bool {
        let started = self.starts.is_none_or(|starts| starts <= now_ms);
        let ended = self.ends.is_some_and(|ends| ends <= now_ms);
        started && !ended && !self.paused && !self.exhausted
    }
}

/// Tells browser extensions that an affiliate brought the visitor, so that they stand down.
const AFSRC: (&str, &str) = ("afsrc", "1");

impl Variant {
    fn is_for(&self, request: &RequestView<'_>) -> bool {
        let country = || request.country.and_then(|text| text.parse().ok());
        (self.countries.is_empty() || country().is_some_and(|it| self.countries.contains(&it)))
            && (self.devices.is_empty() || self.devices.contains(&Device::of(request)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traffic::tests::BROWSER;

    const NOW: i64 = 1_767_265_200_000;
    const PHONE: RequestView<'_> = RequestView {
        sec_ch_ua_mobile: Some("?1"),
        ..BROWSER
    };

    fn link(options: &str) -> PublishedLink {
        let json = format!(
            r#"{{"number":7,"affiliate":"anna","url":"https://shop.example/shoes"{options}}}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    fn settings() -> Settings {
        crate::redirect::tests::settings()
    }

    fn location(link: &PublishedLink, request: &RequestView<'_>, now_ms: i64) -> Option<String> {
        let location = link.location(request, &settings(), now_ms)?;
        Some(location.with_query("x=theirs"))
    }

    fn from(country: &'static str) -> RequestView<'static> {
        RequestView {
            country: Some(country),
            ..BROWSER
        }
    }

    #[test]
    fn a_link_leads_from_its_start_until_before_its_end() {
        let link = link(&format!(r#","starts":{NOW},"ends":{}"#, NOW + 10));
        let leads = |now_ms| location(&link, &BROWSER, now_ms).is_some();
        assert_eq!(
            [NOW - 1, NOW, NOW + 9, NOW + 10].map(leads),
            [false, true, true, false]
        );
    }

    #[test]
    fn a_paused_or_exhausted_link_leads_nowhere() {
        let leads = |options| location(&link(options), &BROWSER, NOW).is_some();
        assert!(!leads(r#","paused":true"#));
        assert!(!leads(r#","exhausted":true"#));
        assert!(leads(r#","paused":false,"exhausted":false"#));
    }

    #[test]
    fn the_first_variant_that_is_for_a_request_is_taken() {
        let link = link(
            r#","variants":[
                {"countries":["DE","AT"],"devices":["phone"],"url":"https://shop.example/de-app"},
                {"countries":["DE"],"url":"https://shop.example/de"},
                {"devices":["phone","tablet"],"url":"https://shop.example/app"}]"#,
        );
        let page = |request| location(&link, &request, NOW).unwrap();
        let phone_in = |country| RequestView {
            country: Some(country),
            ..PHONE
        };
        for (request, expected) in [
            (phone_in("AT"), "https://shop.example/de-app?x=theirs"),
            (phone_in("DE"), "https://shop.example/de-app?x=theirs"),
            (from("DE"), "https://shop.example/de?x=theirs"),
            (phone_in("FR"), "https://shop.example/app?x=theirs"),
            (PHONE, "https://shop.example/app?x=theirs"),
            (from("AT"), "https://shop.example/shoes?x=theirs"),
            (from("??"), "https://shop.example/shoes?x=theirs"),
            (BROWSER, "https://shop.example/shoes?x=theirs"),
        ] {
            assert_eq!(page(request), expected, "{request:?}");
        }
    }

    #[test]
    fn a_link_s_own_rules_go_before_the_program_s() {
        let mut settings = settings();
        let query = |link: &PublishedLink, settings: &Settings| {
            let location = link.location(&BROWSER, settings, NOW).unwrap();
            let location = location.with_query("x=theirs");
            location.split_once('?').map(|(_, query)| query.to_owned())
        };
        let mut own = link(r#","precedence":"visitor","afsrc":true"#);
        own.url = Destination::published("https://shop.example/?x=mine").unwrap();
        let mut usual = own.clone();
        (usual.precedence, usual.afsrc) = (None, None);

        assert_eq!(query(&usual, &settings).as_deref(), Some("x=mine"));
        assert_eq!(query(&own, &settings).as_deref(), Some("x=theirs&afsrc=1"));
        (settings.precedence, settings.afsrc) = (Precedence::Visitor, true);
        assert_eq!(
            query(&usual, &settings).as_deref(),
            Some("x=theirs&afsrc=1")
        );
        (own.precedence, own.afsrc) = (Some(Precedence::Merchant), Some(false));
        assert_eq!(query(&own, &settings).as_deref(), Some("x=mine"));
    }

    #[test]
    fn the_published_form_of_a_plain_link_is_short_and_reads_back() {
        let link = link("");
        let json = serde_json::to_string(&link).unwrap();
        assert_eq!(
            json,
            r#"{"number":7,"affiliate":"anna","url":"https://shop.example/shoes"}"#
        );
        assert_eq!(serde_json::from_str::<PublishedLink>(&json).unwrap(), link);
    }

    #[test]
    fn what_is_no_destination_is_no_link() {
        for url in ["javascript:alert(1)", "https://user@shop.example/", "/path"] {
            let json = format!(r#"{{"number":7,"affiliate":"anna","url":"{url}"}}"#);
            assert!(
                serde_json::from_str::<PublishedLink>(&json).is_err(),
                "{url}"
            );
        }
    }
}
