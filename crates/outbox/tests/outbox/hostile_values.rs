//! No value of an order or a click leads a postback elsewhere, or says more than one thing there.
//!
//! Tried on a few hundred inputs each; on more by
//! `PROPTEST_CASES=1000000 cargo test --release -p waymark-outbox hostile`.

use proptest::prelude::*;
use serde_json::Value;
use url::{Url, form_urlencoded};
use waymark_outbox::macros::Macro;
use waymark_outbox::template::{Template, UrlTemplate};

use crate::samples::hosts;

/// Pieces of which escapes are made; arbitrary text would hardly ever form one.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "/",
            "//",
            "\\",
            "%2f",
            "%2e",
            "%",
            "2e",
            "2F",
            ".",
            "..",
            ":",
            "@",
            "?",
            "#",
            "&",
            "&a=b",
            "=",
            ";",
            "+",
            " ",
            "\t",
            "\r\n",
            "\0",
            "\"",
            "\\\"",
            "\",\"x\":\"",
            "'",
            "{",
            "}",
            "{sub1}",
            "null",
            "evil.example",
            "\u{ff0e}",
            "\u{2028}",
            "\u{202e}",
            "\u{fc}",
            "u0041",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,3}",
        any::<String>(),
    ];
    proptest::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

/// A part of a path or a value: literals and macros by turns.
fn part() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{sub1}",
        "{sub2}",
        "{order_id}",
        "{coupon}",
        "{affiliate}",
        "a",
        ".",
        "-",
        "%2e",
        "%26",
        "+",
        "e",
    ]);
    proptest::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

fn template() -> impl Strategy<Value = String> {
    let path = proptest::collection::vec(part(), 0..4);
    let query = proptest::collection::vec(("[a-c]{1,2}", part()), 0..4);
    (path, query).prop_map(|(path, query)| {
        let pairs: Vec<String> = query
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        format!(
            "https://hooks.example/{}?{}",
            path.join("/"),
            pairs.join("&")
        )
    })
}

proptest! {
    #[test]
    fn a_url_keeps_its_host_its_path_s_length_and_its_parameters(
        text in template(), values in proptest::collection::vec(hostile(), 5),
    ) {
        // What is only dots beside a macro is refused, and so is a path that begins with //.
        let Ok(template) = UrlTemplate::parse(&text, &hosts()) else {
            return Ok(());
        };
        let plain = Url::parse(&template.fill(|_| "x".to_owned())).unwrap();
        let value = |name: Macro| match name {
            Macro::Sub1 => values[0].clone(),
            Macro::Sub2 => values[1].clone(),
            Macro::OrderId => values[2].clone(),
            Macro::Coupon => values[3].clone(),
            _ => values[4].clone(),
        };
        let filled = template.fill(value);
        prop_assert!(filled.bytes().all(|byte| byte.is_ascii_graphic()), "{}", filled);
        let url = Url::parse(&filled).unwrap();
        prop_assert_eq!(url.origin(), plain.origin());
        prop_assert_eq!(url.host_str(), Some("hooks.example"));
        prop_assert!(url.username().is_empty() && url.password().is_none());
        prop_assert_eq!(url.fragment(), None);
        let depth = |url: &Url| url.path_segments().unwrap().count();
        prop_assert_eq!(depth(&url), depth(&plain), "{} of {}", filled, text);
        let names = |url: &Url| -> Vec<String> {
            url.query_pairs().map(|(name, _)| name.into_owned()).collect()
        };
        prop_assert_eq!(names(&url), names(&plain), "{}", filled);
    }

    #[test]
    fn a_query_and_a_form_give_back_the_very_value(value in hostile()) {
        let text = "https://hooks.example/?a=x&b={sub1}&c=y";
        let url = UrlTemplate::parse(text, &hosts()).unwrap().fill(|_| value.clone());
        let url = Url::parse(&url).unwrap();
        let form = Template::form("a=x&b={sub1}&c=y").unwrap().fill(|_| value.clone());
        for pairs in [url.query_pairs(), form_urlencoded::parse(form.as_bytes())] {
            let pairs: Vec<(String, String)> = pairs.into_owned().collect();
            let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
            prop_assert_eq!(pairs, [pair("a", "x"), pair("b", &value), pair("c", "y")]);
        }
    }

    #[test]
    fn json_gives_back_the_very_value(value in hostile()) {
        let template = Template::json("{\"a\": \"x\", \"b\": [\"-{sub1}-\"], \"c\": {amount}}").unwrap();
        let text = template.fill(|name| match name {
            Macro::Amount => "-0.50".to_owned(),
            _ => value.clone(),
        });
        let read: Value = serde_json::from_str(&text).unwrap();
        let expected = serde_json::json!({ "a": "x", "b": [format!("-{value}-")], "c": -0.5 });
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn no_text_makes_reading_a_template_fail_otherwise_than_by_an_error(text in hostile()) {
        let url = format!("https://hooks.example/{text}");
        if let Ok(template) = UrlTemplate::parse(&url, &hosts()) {
            let filled = Url::parse(&template.fill(|_| "../&x=y#".to_owned())).unwrap();
            prop_assert_eq!(filled.host_str(), Some("hooks.example"));
            prop_assert_eq!(filled.fragment(), None);
        }
        let _ = UrlTemplate::parse(&text, &hosts());
        let _ = Template::form(&text);
        if let Ok(template) = Template::json(&text) {
            let filled = template.fill(|_| "1".to_owned());
            prop_assert!(serde_json::from_str::<Value>(&filled).is_ok(), "{}", filled);
        }
    }
}
