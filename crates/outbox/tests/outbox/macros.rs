//! What macros stand for, and where they may stand.

use waymark_outbox::event::{ConversionChange, Subject};
use waymark_outbox::macros::{Macro, Values};
use waymark_outbox::template::{Template, UrlTemplate};

use crate::samples::{conversion, event, event_about, hosts};

fn value(name: &str) -> String {
    let (event, conversion) = (event(), conversion());
    let values = Values {
        event: &event,
        conversion: &conversion,
        secret: Some("hush"),
    };
    values.of(Macro::named(name).unwrap())
}

#[test]
fn every_macro_has_the_value_that_its_table_promises() {
    let expected = [
        ("click_id", "abcDEF-_12345678"),
        ("sub1", "a&b=c/d?e#f"),
        ("sub2", "gr\u{fc}n"),
        ("sub3", "\"\\\n"),
        ("sub4", ".."),
        ("sub5", ""),
        ("payout", "-0.50"),
        ("amount", "80.00"),
        ("currency", "EUR"),
        ("status", "pending"),
        ("transaction_id", "820982911946154508-17"),
        ("conversion", "17"),
        ("order_id", "820982911946154508"),
        ("store", "kettle.myshopify.com"),
        ("coupon", "SAVE 10%"),
        ("affiliate", "ana"),
        ("method", "coupon"),
        ("reason", "refunded"),
        ("event", "conversion.created"),
        ("event_id", "evt_07070707070707070707070707070707"),
        ("timestamp", "1767528000"),
        ("time", "2026-01-04T12:00:00.123Z"),
        ("secret", "hush"),
    ];
    for (name, expected) in expected {
        assert_eq!(value(name), expected, "{name}");
    }
    assert_eq!(expected.len(), Macro::ALL.len());
}

#[test]
fn every_macro_and_every_event_stands_in_the_documentation() {
    let documentation = include_str!("../../src/lib.rs");
    for name in Macro::ALL {
        let row = format!("//! | `{{{}}}` |", name.as_str());
        assert!(documentation.contains(&row), "{row}");
    }
    for kind in waymark_outbox::event::EventType::ALL {
        let row = format!("//! | `{}` |", kind.as_str());
        assert!(documentation.contains(&row), "{row}");
    }
}

/// `Sec-GPC`: nothing about such a visit is passed to third parties.
#[test]
fn nothing_of_a_click_is_passed_on_whose_visitor_opted_out() {
    let mut conversion = conversion();
    conversion.click.as_mut().unwrap().opted_out = true;
    let event = event_about(Subject::Conversion(
        ConversionChange::Created,
        conversion.clone(),
    ));
    let values = Values {
        event: &event,
        conversion: &conversion,
        secret: None,
    };
    for name in ["click_id", "sub1", "sub2", "sub3", "sub4", "sub5"] {
        assert_eq!(values.of(Macro::named(name).unwrap()), "", "{name}");
    }
    assert_eq!(values.of(Macro::Payout), "-0.50");
}

fn url(text: &str) -> Result<String, String> {
    let template = UrlTemplate::parse(text, &hosts()).map_err(|error| error.to_string())?;
    Ok(template.fill(|name| value(name.as_str())))
}

#[test]
fn a_value_is_written_as_its_place_in_a_url_demands() {
    for (template, filled) in [
        ("https://hooks.example", "/"),
        ("https://Hooks.example?id={conversion}", "/?id=17"),
        ("https://hooks.example/{sub2}/x", "/gr%C3%BCn/x"),
        ("https://hooks.example/{sub1}", "/a%26b%3Dc%2Fd%3Fe%23f"),
        (
            "https://hooks.example/p?a={sub1}&b={sub5}&c=d",
            "/p?a=a%26b%3Dc%2Fd%3Fe%23f&b=&c=d",
        ),
        (
            "https://hooks.example/p?q=x-{coupon}-{order_id}",
            "/p?q=x-SAVE%2010%25-820982911946154508",
        ),
        (
            "https://hooks.example/p?t={time}&c={click_id}~",
            "/p?t=2026-01-04T12%3A00%3A00.123Z&c=abcDEF-_12345678~",
        ),
        // Dots alone would be a step to another path.
        ("https://hooks.example/a/{sub4}/b", "/a//b"),
        ("https://hooks.example/a/x{sub4}/b", "/a/x/b"),
        ("https://hooks.example/a?b={sub4}", "/a?b=.."),
        (
            "https://hooks.example/gr\u{fc}n?x=%7B{sub5}%7d",
            "/gr%C3%BCn?x=%7B%7d",
        ),
    ] {
        let filled = format!("https://hooks.example{filled}");
        assert_eq!(url(template).as_deref(), Ok(filled.as_str()), "{template}");
    }
}

#[test]
fn a_macro_that_is_unknown_or_misplaced_is_refused_with_the_remedy() {
    let unknown = url("https://hooks.example/?a={clickid}").unwrap_err();
    assert!(
        unknown.starts_with("{clickid} is not a macro; the macros are {click_id} {sub1} {sub2}"),
        "{unknown}"
    );
    assert!(unknown.ends_with("{time} {secret}"), "{unknown}");
    for (template, problem) in [
        (
            "https://{affiliate}.example/",
            "{affiliate} stands before the path",
        ),
        (
            "https://hooks.example{sub1}/",
            "{sub1} stands before the path",
        ),
        (
            "https://hooks.example:{sub1}/",
            "{sub1} stands before the path",
        ),
        (
            "https://{sub1}@hooks.example/",
            "{sub1} stands before the path",
        ),
        ("{sub1}://hooks.example/", "{sub1} stands before the path"),
        ("{sub1}", "{sub1} stands before the path"),
        (
            "https://hooks.example/?{sub1}",
            "{sub1} stands in a parameter's name",
        ),
        (
            "https://hooks.example/?a=b&x{sub1}=c",
            "{sub1} stands in a parameter's name",
        ),
        ("https://hooks.example/#{sub1}", "has a fragment"),
        ("https://hooks.example/?a={sub1", "has a single brace"),
        ("https://hooks.example/?a=sub1}", "has a single brace"),
        ("https://hooks.example/?a={}", "has a single brace"),
        ("https://hooks.example/?a={{sub1}}", "has a single brace"),
        (
            "https://hooks.example/.{sub1}",
            "a part of the path is only dots",
        ),
        (
            "https://hooks.example/%2E{sub1}/",
            "a part of the path is only dots",
        ),
        ("https://hooks.example/%{sub1}", "has a % that two"),
        ("https://hooks.example/%2{sub1}", "has a % that two"),
        ("https://hooks.example/?a=%2{sub1}", "has a % that two"),
        ("https://hooks.example/?a=100%", "has a % that two"),
        ("http://hooks.example/?a={sub1}", "not a complete https URL"),
        (
            "https://evil.example/?a={sub1}",
            "evil.example is not confirmed",
        ),
        ("https://hooks.example/a b?a={sub1}", "has a space"),
        (
            "https://hooks.example\\@evil.example/{sub1}",
            "has a space, a control character or a b",
        ),
    ] {
        let refused = url(template).unwrap_err();
        assert!(refused.starts_with(problem), "{template}: {refused}");
    }
}

fn json(text: &str) -> Result<String, String> {
    let template = Template::json(text).map_err(|error| error.to_string())?;
    Ok(template.fill(|name| value(name.as_str())))
}

#[test]
fn a_value_in_json_stays_one_string_or_one_number() {
    for (template, filled) in [
        ("{}", "{}"),
        ("{\"a\":{\"b\":[]}}", "{\"a\":{\"b\":[]}}"),
        ("{\"a\": \"{sub3}\"}", "{\"a\": \"\\\"\\\\\\n\"}"),
        ("{\"a\": \"x{sub2}y{sub5}\"}", "{\"a\": \"xgr\u{fc}ny\"}"),
        ("{\"a\":{amount}}", "{\"a\":80.00}"),
        (
            "[{payout},{conversion},{timestamp}]",
            "[-0.50,17,1767528000]",
        ),
        ("\"\\\"{sub5}\\u00e9 { } {sub5}\"", "\"\\\"\\u00e9 { } \""),
    ] {
        assert_eq!(json(template).as_deref(), Ok(filled), "{template}");
    }
    // A number that there is none of is null.
    let template = Template::json("[{payout}]").unwrap();
    assert_eq!(template.fill(|_| String::new()), "[null]");
}

#[test]
fn what_a_value_could_break_is_no_json_template() {
    for (template, problem) in [
        ("{\"a\": {sub1}}", "{sub1} stands without quotes"),
        ("{\"{sub1}\": 1}", "has a macro in a member's name"),
        (
            "[{\"x\": {\"y{coupon}\": 1}}]",
            "has a macro in a member's name",
        ),
        ("{\"a\": \"\\{sub1}\"}", "is not JSON"),
        ("{\"a\": \"\\{sub1}n\"}", "is not JSON"),
        ("{\"a\": \"\\u00{sub1}\"}", "is not JSON"),
        ("{\"a\": \"\\u00{sub1}41\"}", "is not JSON"),
        ("{\"a\": \"\\u{sub1}0041\"}", "is not JSON"),
        ("[{amount}{payout}]", "is not JSON"),
        ("[1{amount}]", "is not JSON"),
        ("[-{amount}]", "is not JSON"),
        ("{\"a\": \"{sub1}}", "is not JSON"),
        ("{\"a\": \"{clickid}\"}", "{clickid} is not a macro"),
        ("", "is not JSON"),
    ] {
        let refused = json(template).unwrap_err();
        assert!(refused.starts_with(problem), "{template}: {refused}");
    }
}

#[test]
fn a_form_has_macros_in_its_values() {
    let form = |text: &str| {
        let template = Template::form(text).map_err(|error| error.to_string())?;
        Ok::<_, String>(template.fill(|name| value(name.as_str())))
    };
    assert_eq!(
        form("a={sub1}&b={coupon}&c=1").unwrap(),
        "a=a%26b%3Dc%2Fd%3Fe%23f&b=SAVE+10%25&c=1"
    );
    assert_eq!(form("a=b c").unwrap(), "a=b%20c");
    assert!(form("{sub1}=a").is_err());
    assert!(form("a=%{sub1}").is_err());
    assert!(form("a={").is_err());
}
