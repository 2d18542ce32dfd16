//! Where one request goes: the destination, with what the request may add to it.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use url::{Position, Url, form_urlencoded};

use crate::cart;
use crate::destination::Destination;
use crate::storefront::unescaped_name;
use crate::subs::is_sub;

/// Longest `Location`, in bytes: common servers refuse a longer request line with 414.
const MAX_LOCATION_LEN: usize = 8_000;

/// What stays as it is in a part of a URL (RFC 3986, "unreserved").
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Whose query value stays where the destination and the request have one of the same name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precedence {
    /// The destination's, as the merchant wrote it.
    #[default]
    Merchant,
    /// The request's, as the visitor brings it.
    Visitor,
}

/// A redirect to a destination: all of it that does not depend on the request's query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location<'a> {
    /// Where it leads.
    pub destination: &'a Destination,
    /// Which of two values of a parameter counts.
    pub precedence: Precedence,
    /// A Shopify discount code: the shopper passes through `/discount/CODE`, which puts it into
    /// the cart and leads on.
    pub shopify_discount: Option<&'a str>,
    /// Query values that Waymark adds; no other of the same name stays.
    pub own: Vec<(&'a str, &'a str)>,
    /// The visitor's signed token, for a cart permalink to carry.
    pub cart_token: Option<String>,
}

impl<'a> Location<'a> {
    /// A redirect that adds nothing to the destination by itself.
    pub fn to(destination: &'a Destination) -> Self {
        Self {
            destination,
            precedence: Precedence::default(),
            shopify_discount: None,
            own: Vec::new(),
            cart_token: None,
        }
    }

    /// Whether this may lead a request with this query to a cart permalink.
    pub(crate) fn may_lead_to_cart(&self, query: &str) -> bool {
        query.contains("to=") || cart::is_permalink(self.destination.url())
    }

    /// The `Location` for a request with this query: always on the scheme, host and port of the
    /// destination.
    ///
    /// `to` may choose another path there (with query and fragment); one that is not plainly a
    /// path is ignored. Other query values are passed on as they were written, after the
    /// destination's own, except Waymark's: `to` and the [sub values](crate::Subs). Where the
    /// result grew too long for servers to accept, the query is left out.
    pub fn with_query(&self, query: &str) -> String {
        let adds_nothing =
            self.own.is_empty() && self.shopify_discount.is_none() && self.cart_token.is_none();
        if query.is_empty() && adds_nothing {
            return self.destination.as_str().to_owned();
        }
        [query, ""]
            .into_iter()
            .map(|query| self.through_discount(self.page(query)))
            .find(|url| {
                url.as_str().len() <= MAX_LOCATION_LEN
                    && is_on_origin_of(url, self.destination.url())
            })
            .map_or_else(|| self.destination.as_str().to_owned(), String::from)
    }

    /// The page that the shopper sees in the end.
    fn page(&self, query: &str) -> Url {
        let destination = self.destination.url();
        // The parser drops these: a name must not become another one after it was compared.
        let query = &query.replace(['\t', '\n', '\r'], "");
        // The path as it was given: a plus is one there, and no space.
        let to = pairs(query)
            .find(|pair| pair.key == "to")
            .and_then(|pair| pair.raw.split_once('='))
            .map(|(_, value)| percent_decode_str(value).decode_utf8_lossy());
        let landing = to
            .filter(|to| is_path(to))
            .and_then(|to| destination.join(&to).ok())
            // Dots in the path may have led to one that reads as a host: `/..//host`.
            .filter(|url| is_path(url.path()));

        // What `to` brings in its own query was chosen by the request, too.
        let landing_query = landing
            .as_ref()
            .and_then(Url::query)
            .unwrap_or_default()
            .to_owned();
        let page = landing.as_ref().unwrap_or(destination);
        let cart_token = self.cart_token.as_deref();
        let cart_token = cart_token.filter(|_| cart::is_permalink(page));
        let is_own = |key: &str| {
            self.own.iter().any(|(name, _)| *name == key)
                || (cart_token.is_some() && key == cart::ATTRIBUTE)
        };
        let requested: Vec<Pair> = pairs(&landing_query)
            .chain(pairs(query))
            .filter(|pair| pair.key != "to" && !is_sub(&pair.key) && !is_own(&pair.key))
            .collect();
        let merchants: Vec<Pair> = pairs(destination.query().unwrap_or_default())
            .filter(|pair| !is_own(&pair.key))
            .collect();

        let mut url = landing.unwrap_or_else(|| destination.clone());
        let merged = merged(&merchants, &requested, self.precedence);
        url.set_query(merged.as_deref());
        if !self.own.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.own);
        }
        if let Some(token) = cart_token {
            url.query_pairs_mut().append_pair(cart::ATTRIBUTE, token);
        }
        url
    }

    /// The shop's page that applies the discount code and leads on to `page`. The fragment stays
    /// outside: a browser takes it along, a server never sees it.
    fn through_discount(&self, page: Url) -> Url {
        let Some(code) = self.shopify_discount else {
            return page;
        };
        let landing = &page[Position::BeforePath..Position::AfterQuery];
        let landing = utf8_percent_encode(landing, ENCODED);
        let query = format!("redirect={landing}");
        let path = format!("/discount/{}", utf8_percent_encode(code, ENCODED));
        let mut url = page;
        url.set_path(&path);
        url.set_query(Some(&query));
        url
    }
}

fn merged(merchants: &[Pair], requested: &[Pair], precedence: Precedence) -> Option<String> {
    let has = |pairs: &[Pair], key: &str| pairs.iter().any(|pair| pair.key == key);
    let kept = merchants
        .iter()
        .filter(|pair| precedence == Precedence::Merchant || !has(requested, &pair.key));
    let added = requested
        .iter()
        .filter(|pair| precedence == Precedence::Visitor || !has(merchants, &pair.key));
    let raw: Vec<&str> = kept.chain(added).map(|pair| pair.raw).collect();
    (!raw.is_empty()).then(|| raw.join("&"))
}

/// One value of a query: as written, and its name.
struct Pair<'a> {
    raw: &'a str,
    key: Cow<'a, str>,
}

fn pairs(query: &str) -> impl Iterator<Item = Pair<'_>> {
    query.split('&').filter_map(|raw| {
        let raw = unescaped_name(raw);
        let (key, _) = form_urlencoded::parse(raw.as_bytes()).next()?;
        Some(Pair { raw, key })
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

    fn destination(url: &str) -> Destination {
        Destination::published(url).unwrap()
    }

    fn location(url: &str, query: &str) -> String {
        Location::to(&destination(url)).with_query(query)
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
        let shop = destination("https://shop.example/?utm_source=mine&a=1");
        let location = |precedence| {
            let location = Location {
                precedence,
                ..Location::to(&shop)
            };
            location.with_query("utm%5Fsource=theirs&b=2")
        };
        assert_eq!(
            location(Precedence::Merchant),
            "https://shop.example/?utm_source=mine&a=1&b=2"
        );
        assert_eq!(
            location(Precedence::Visitor),
            "https://shop.example/?a=1&utm%5Fsource=theirs&b=2"
        );
    }

    #[test]
    fn what_waymark_adds_stands_once_whoever_else_wrote_it() {
        let shop = destination("https://shop.example/?afsrc=0&a=1#b");
        let mut location = Location::to(&shop);
        location.own.push(("afsrc", "1"));
        for precedence in [Precedence::Merchant, Precedence::Visitor] {
            location.precedence = precedence;
            for (query, expected) in [
                ("", "https://shop.example/?a=1&afsrc=1#b"),
                ("a\tfsrc=2&\nafsrc=3", "https://shop.example/?a=1&afsrc=1#b"),
                ("a\tfsrc=2&\nafsrc=3", "https://shop.example/?a=1&afsrc=1#b"),
                (
                    "afsrc=2&%61fsrc=3&c=d&to=/e%3Fafsrc=4",
                    "https://shop.example/e?a=1&c=d&afsrc=1",
                ),
            ] {
                assert_eq!(location.with_query(query), expected);
            }
        }
    }

    #[test]
    fn a_shopify_discount_is_applied_on_the_way_to_the_page() {
        let shop = destination("https://shop.example/shoes?size=9#top");
        let mut location = Location::to(&shop);
        location.shopify_discount = Some("SAVE 10%/a");
        for (query, expected) in [
            (
                "",
                "https://shop.example/discount/SAVE%2010%25%2Fa?redirect=%2Fshoes%3Fsize%3D9#top",
            ),
            (
                "to=/bags/%25C3%25A4%3Fb%3D1&utm_source=x%26y",
                "https://shop.example/discount/SAVE%2010%25%2Fa?redirect=%2Fbags%2F%25C3%25A4%3F\
                 size%3D9%26b%3D1%26utm_source%3Dx%2526y",
            ),
            (
                "to=/..//evil.example&redirect=//evil.example",
                "https://shop.example/discount/SAVE%2010%25%2Fa?redirect=%2Fshoes%3Fsize%3D9%26\
                 redirect%3D%2F%2Fevil.example#top",
            ),
        ] {
            assert_eq!(location.with_query(query), expected, "{query}");
        }
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
    fn to_is_the_path_as_it_was_given() {
        assert_eq!(
            location("https://shop.example/a", "to=/collections/green+loose"),
            "https://shop.example/collections/green+loose"
        );
        assert_eq!(
            location("https://shop.example/a", "to=/a%2Bb%20c%3Fd=e+f"),
            "https://shop.example/a+b%20c?d=e+f"
        );
    }

    #[test]
    fn of_names_that_were_escaped_once_too_often_the_escape_goes() {
        assert_eq!(
            location(
                "https://shop.example/a",
                "utm_source=x&amp;utm_medium=y&amp;sub1=z"
            ),
            "https://shop.example/a?utm_source=x&utm_medium=y"
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
    fn dots_lead_no_higher_than_the_shop_and_to_no_path_that_reads_as_a_host() {
        assert_eq!(
            location("https://shop.example/a", "to=/../../b"),
            "https://shop.example/b"
        );
        for to in [
            "/../..//evil.example",
            "/.//evil.example",
            "/%2e%2e//evil.example",
        ] {
            assert_eq!(
                location("https://shop.example/a", &format!("to={to}")),
                "https://shop.example/a",
                "{to}"
            );
        }
    }

    #[test]
    fn a_port_of_a_developer_s_machine_is_kept() {
        assert_eq!(
            location("http://localhost:8787/", "to=/a"),
            "http://localhost:8787/a"
        );
    }

    #[test]
    fn of_a_location_that_servers_would_refuse_the_query_is_left_out() {
        let shop = destination("https://shop.example/a?b=c");
        let long = format!("a={}", "ü".repeat(8_000));
        let mut location = Location::to(&shop);
        assert_eq!(location.with_query(&long), "https://shop.example/a?b=c");
        location.own.push(("afsrc", "1"));
        location.shopify_discount = Some("TEN");
        assert_eq!(
            location.with_query(&long),
            "https://shop.example/discount/TEN?redirect=%2Fa%3Fb%3Dc%26afsrc%3D1"
        );
    }
}
