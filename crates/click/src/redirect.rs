//! Where one request goes: the destination, with what the request may add to it.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use url::{Url, form_urlencoded};

use crate::destination::Destination;
use crate::subs::is_sub;

/// Longest `Location`, in bytes: common servers refuse a longer request line with 414.
const LOCATION_MAX_LEN: usize = 8_000;

/// Whose query value stays where the destination and the request have one of the same name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precedence {
    /// The destination's, as the merchant wrote it.
    #[default]
    Merchant,
    /// The request's.
    Request,
}

/// The `Location` for a request with this query: always on the scheme, host and port of
/// `destination`.
///
/// `to` may choose another path there (with query and fragment); one that is not plainly a path is
/// ignored. Other query values are passed on as they were written, after the destination's own,
/// except Waymark's: `to` and the [sub values](crate::Subs). A result that grew too long for
/// servers to accept becomes the plain destination.
pub fn redirect(destination: &Destination, query: &str, precedence: Precedence) -> String {
    if query.is_empty() {
        return destination.as_str().to_owned();
    }
    let url = with_request(destination.url(), query, precedence);
    if url.as_str().len() <= LOCATION_MAX_LEN && is_on_origin_of(&url, destination.url()) {
        url.into()
    } else {
        destination.as_str().to_owned()
    }
}

fn with_request(destination: &Url, query: &str, precedence: Precedence) -> Url {
    let to = pairs(query)
        .find(|pair| pair.key == "to")
        .map(|pair| pair.value);
    let landing = to
        .filter(|to| is_path(to))
        .and_then(|to| destination.join(&to).ok());

    // What `to` brings in its own query was chosen by the request, too.
    let landing_query = landing
        .as_ref()
        .and_then(Url::query)
        .unwrap_or_default()
        .to_owned();
    let requested: Vec<Pair> = pairs(&landing_query)
        .chain(pairs(query))
        .filter(|pair| pair.key != "to" && !is_sub(&pair.key))
        .collect();
    let merchants: Vec<Pair> = pairs(destination.query().unwrap_or_default()).collect();

    let mut url = landing.unwrap_or_else(|| destination.clone());
    url.set_query(merged(&merchants, &requested, precedence).as_deref());
    url
}

fn merged(merchants: &[Pair], requested: &[Pair], precedence: Precedence) -> Option<String> {
    let has = |pairs: &[Pair], key: &str| pairs.iter().any(|pair| pair.key == key);
    let kept = merchants
        .iter()
        .filter(|pair| precedence == Precedence::Merchant || !has(requested, &pair.key));
    let added = requested
        .iter()
        .filter(|pair| precedence == Precedence::Request || !has(merchants, &pair.key));
    let raw: Vec<&str> = kept.chain(added).map(|pair| pair.raw).collect();
    (!raw.is_empty()).then(|| raw.join("&"))
}

/// One value of a query: as written, and what it means.
struct Pair<'a> {
    raw: &'a str,
    key: Cow<'a, str>,
    value: Cow<'a, str>,
}

fn pairs(query: &str) -> impl Iterator<Item = Pair<'_>> {
    query.split('&').filter_map(|raw| {
        let (key, value) = form_urlencoded::parse(raw.as_bytes()).next()?;
        Some(Pair { raw, key, value })
    })
}

/// Whether `to` is plainly a path, both as it stands and once decoded, so that neither the parser
/// here nor a lenient server behind reads a host in it.
fn is_path(to: &str) -> bool {
    let plain = |bytes: &[u8]| {
        bytes.starts_with(b"/")
            && !bytes.starts_with(b"//")
            && !bytes
                .iter()
                .any(|byte| byte.is_ascii_control() || *byte == b'\\')
    };
    let decoded: Cow<[u8]> = percent_decode_str(to).into();
    plain(to.as_bytes()) && plain(&decoded)
}

fn is_on_origin_of(url: &Url, destination: &Url) -> bool {
    url.scheme() == destination.scheme()
        && url.host() == destination.host()
        && url.port() == destination.port()
        && url.username().is_empty()
        && url.password().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(url: &str, query: &str) -> String {
        redirect(
            &Destination::published(url).unwrap(),
            query,
            Precedence::Merchant,
        )
    }

    #[test]
    fn without_a_query_the_destination_is_all() {
        assert_eq!(
            location("https://shop.example/a?b=c#d", ""),
            "https://shop.example/a?b=c#d"
        );
    }

    #[test]
    fn other_values_are_passed_on_as_they_were_written_and_waymark_s_own_are_not() {
        assert_eq!(
            location(
                "https://shop.example/a?x=1#d",
                "utm_source=a%20b+c&sub1=me&to=&flag&&q=%E9&SubId=me&utm_source=2"
            ),
            "https://shop.example/a?x=1&utm_source=a%20b+c&flag&q=%E9&utm_source=2#d"
        );
    }

    #[test]
    fn of_two_values_of_one_name_the_precedence_tells_which_stays() {
        let shop = Destination::published("https://shop.example/?utm_source=mine&a=1").unwrap();
        let query = "utm%5Fsource=theirs&b=2";
        assert_eq!(
            redirect(&shop, query, Precedence::Merchant),
            "https://shop.example/?utm_source=mine&a=1&b=2"
        );
        assert_eq!(
            redirect(&shop, query, Precedence::Request),
            "https://shop.example/?a=1&utm%5Fsource=theirs&b=2"
        );
    }

    #[test]
    fn to_chooses_another_page_and_keeps_the_merchant_s_values() {
        assert_eq!(
            location(
                "https://shop.example/a?x=1#d",
                "to=/p/shoe%3Fsize%3D9%26x%3D2%23more&y=3"
            ),
            "https://shop.example/p/shoe?x=1&size=9&y=3#more"
        );
    }

    #[test]
    fn what_is_not_plainly_a_path_is_ignored() {
        for to in [
            "evil.example",
            "//evil.example",
            "/%5Cevil.example",
            "/\\evil.example",
            "https://evil.example",
            "https:evil.example",
            "javascript:alert(1)",
            "/%0d%0aevil",
            "/%250d%250aevil",
            "/%09/evil.example",
            "\t//evil.example",
            "%2F%2Fevil.example",
            "/%252Fevil.example",
            "@evil.example",
            "",
        ] {
            assert_eq!(
                location("https://shop.example/a", &format!("to={to}")),
                "https://shop.example/a",
                "{to}"
            );
        }
    }

    #[test]
    fn dots_lead_no_higher_than_the_shop() {
        assert_eq!(
            location("https://shop.example/a", "to=/../..//evil.example"),
            "https://shop.example//evil.example"
        );
    }

    #[test]
    fn a_port_of_a_developer_s_machine_is_kept() {
        assert_eq!(
            location("http://localhost:8787/", "to=/a"),
            "http://localhost:8787/a"
        );
    }

    #[test]
    fn a_location_that_servers_would_refuse_becomes_the_plain_destination() {
        let query = format!("a={}", "ü".repeat(8_000));
        assert_eq!(
            location("https://shop.example/a", &query),
            "https://shop.example/a"
        );
    }
}
