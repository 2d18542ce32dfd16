//! No request chooses scheme, host, port or user information of a `Location`.

use proptest::prelude::*;
use url::{Url, form_urlencoded};
use waymark_click::{Destination, Precedence, redirect};

const DESTINATIONS: [&str; 4] = [
    "https://shop.example",
    "https://shop.example/a/b?x=1&to=2#c",
    "https://xn--bcher-kva.example/?utm_source=mine",
    "http://localhost:8787/",
];

/// Fails unless every `Location` for this query is on its destination's origin, and fit for a header.
fn assert_stays(query: &str) -> Result<(), TestCaseError> {
    for destination in DESTINATIONS {
        let origin = Url::parse(destination).map_err(failed)?.origin();
        let destination = Destination::published(destination).map_err(failed)?;
        for precedence in [Precedence::Merchant, Precedence::Request] {
            let location = redirect(&destination, query, precedence);
            let url = Url::parse(&location).map_err(failed)?;
            prop_assert_eq!(url.origin(), origin.clone(), "{}", location);
            prop_assert!(
                url.username().is_empty() && url.password().is_none(),
                "{}",
                location
            );
            prop_assert!(
                location.bytes().all(|byte| byte.is_ascii_graphic()),
                "{}",
                location
            );
            prop_assert!(location.len() <= 8_000, "{}", location);
        }
    }
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
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
        "[a-z0-9]{1,4}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_query_leads_away(query in hostile_text()) {
        assert_stays(&query)?;
    }

    #[test]
    fn no_to_leads_away(to in hostile_text()) {
        assert_stays(&format!("to={to}"))?;
        assert_stays(&format!("to=/{to}"))?;
        let encoded: String = form_urlencoded::byte_serialize(to.as_bytes()).collect();
        assert_stays(&format!("to={encoded}"))?;
        assert_stays(&format!("to=/{encoded}"))?;
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
        let encoded: String = form_urlencoded::byte_serialize(input.as_bytes()).collect();
        for query in [
            input.to_owned(),
            format!("to={input}"),
            format!("to=/{input}"),
            format!("to={encoded}"),
            format!("to=/{encoded}"),
        ] {
            assert_stays(&query).unwrap();
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
