//! No request chooses scheme, host, port or user information of a `Location`.
//!
//! The properties here are tried on a few hundred inputs each; on more by
//! `PROPTEST_CASES=10000000 cargo test --release -p waymark-click --test no_open_redirect`.

use std::borrow::Cow;

use proptest::prelude::*;
use url::{Url, form_urlencoded};
use waymark_click::{Destination, Location, Precedence};

const DESTINATIONS: [&str; 4] = [
    "https://shop.example",
    "https://shop.example/a/b?x=1&to=2#c",
    "https://xn--bcher-kva.example/?utm_source=mine",
    "http://localhost:8787/",
];

/// What a merchant may set of a link: where it leads, and how.
#[derive(Debug, Clone, Copy)]
struct Link {
    destination: &'static str,
    precedence: Precedence,
    shopify_discount: Option<&'static str>,
    afsrc: bool,
}

fn links() -> impl Iterator<Item = Link> {
    DESTINATIONS.into_iter().flat_map(|destination| {
        [
            (Precedence::Merchant, None, false),
            (Precedence::Visitor, None, true),
            (Precedence::Merchant, Some("SAVE 10%"), true),
            (Precedence::Visitor, Some("//evil.example"), false),
        ]
        .map(|(precedence, shopify_discount, afsrc)| Link {
            destination,
            precedence,
            shopify_discount,
            afsrc,
        })
    })
}

fn any_link() -> impl Strategy<Value = Link> {
    prop::sample::select(links().collect::<Vec<_>>())
}

/// Fails unless the `Location` for this query is on the link's origin, and fit for a header.
fn assert_stays(link: Link, query: &str) -> Result<(), TestCaseError> {
    let origin = Url::parse(link.destination).map_err(failed)?.origin();
    let destination = Destination::published(link.destination).map_err(failed)?;
    let mut location = Location::to(&destination);
    location.precedence = link.precedence;
    location.shopify_discount = link.shopify_discount;
    if link.afsrc {
        location.own.push(("afsrc", "1"));
    }

    let location = location.with_query(query);
    prop_assert!(
        location.bytes().all(|byte| byte.is_ascii_graphic()) && location.len() <= 8_000,
        "{location}"
    );
    let url = Url::parse(&location).map_err(failed)?;
    assert_is_on(&origin, &url)?;
    let shown = match link.shopify_discount {
        None => url,
        // The shop leads on to a path, which it reads as a browser would.
        Some(_) => {
            prop_assert!(url.path().starts_with("/discount/"), "{location}");
            let values: Vec<(Cow<str>, Cow<str>)> = url.query_pairs().collect();
            let [(name, landing)] = values.as_slice() else {
                return Err(TestCaseError::fail(location));
            };
            prop_assert_eq!(name, "redirect");
            let landing = url.join(landing).map_err(failed)?;
            assert_is_on(&origin, &landing)?;
            landing
        }
    };
    let afsrc: Vec<_> = shown
        .query_pairs()
        .filter(|(name, _)| name == "afsrc")
        .collect();
    prop_assert!(
        !link.afsrc || afsrc == [("afsrc".into(), "1".into())],
        "{location}"
    );
    Ok(())
}

fn assert_is_on(origin: &url::Origin, url: &Url) -> Result<(), TestCaseError> {
    prop_assert_eq!(&url.origin(), origin, "{}", url);
    prop_assert!(
        url.username().is_empty() && url.password().is_none(),
        "{url}"
    );
    prop_assert!(!url.path().starts_with("//"), "{url}");
    Ok(())
}

fn failed(error: impl std::error::Error) -> TestCaseError {
    TestCaseError::fail(error.to_string())
}

/// Pieces of which escapes are made; arbitrary text would hardly ever form one.
fn hostile_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "/",
            "//",
            "\\",
            "%2f",
            "%5c",
            "%252f",
            ".",
            "..",
            ":",
            "@",
            "?",
            "#",
            "&",
            "=",
            "+",
            ";",
            "[",
            "]",
            "%",
            "%00",
            "%09",
            "%0a",
            "%0d",
            "\t",
            "\n",
            "\r",
            "\0",
            " ",
            "http:",
            "https://",
            "javascript:",
            "evil.example",
            "user:pw@",
            ":8443",
            "%E3%80%82",
            "。",
            "／",
            "＠",
            "\u{202e}",
            "to=",
            "to=/",
            "sub1=",
            "utm_source=",
            "x=",
            "afsrc=",
            "redirect=",
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
        "[a-z0-9]{1,4}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// The queries in which a text may stand that is to lead away.
fn queries(text: &str) -> [String; 5] {
    let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    [
        text.to_owned(),
        format!("to={text}"),
        format!("to=/{text}"),
        format!("to={encoded}"),
        format!("to=/{encoded}"),
    ]
}

proptest! {
    #[test]
    fn no_request_leads_away(link in any_link(), text in hostile_text(), place in 0..5_usize) {
        let [.., query] = &queries(&text)[..=place] else { unreachable!() };
        assert_stays(link, query)?;
    }

    #[test]
    fn no_text_makes_a_destination_off_the_listed_hosts(text in hostile_text()) {
        let hosts = ["shop.example".to_owned()];
        for url in [text.clone(), format!("https://{text}"), format!("https://shop.example{text}")] {
            if let Ok(destination) = Destination::parse(&url, &hosts) {
                prop_assert!(
                    destination.as_str().starts_with("https://shop.example/"),
                    "{} became {}", url, destination.as_str()
                );
            }
        }
    }
}

/// The URL test data of the web platform tests, where the directory that `WAYMARK_FIXTURES` names
/// has them: some 900 inputs chosen for what parsers get wrong.
#[test]
fn no_input_of_the_web_platform_tests_leads_away() {
    let Some(fixtures) = std::env::var_os("WAYMARK_FIXTURES") else {
        println!("skipped: WAYMARK_FIXTURES is not set");
        return;
    };
    let path = std::path::Path::new(&fixtures).join("url/wpt-urltestdata.json");
    let text = std::fs::read_to_string(path).unwrap();
    let cases: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    let inputs: Vec<&str> = cases
        .iter()
        .filter_map(|case| case["input"].as_str())
        .collect();
    assert!(inputs.len() > 500);

    let hosts = [
        "example.org".to_owned(),
        "example.com".to_owned(),
        "host".to_owned(),
    ];
    for input in inputs {
        for query in queries(input) {
            // One for each destination, and one for each set of options.
            for link in links().step_by(5) {
                assert_stays(link, &query).unwrap();
            }
        }
        if let Ok(destination) = Destination::parse(input, &hosts) {
            let url = Url::parse(destination.as_str()).unwrap();
            assert!(
                hosts.iter().any(|host| url.host_str() == Some(host)),
                "{input} became {url}"
            );
            assert_eq!(
                (url.scheme(), url.port()),
                ("https", None),
                "{input} became {url}"
            );
        }
    }
}
