//! What cannot be read is told by its place: the one that a deserializer would name which keeps
//! track of every member, as `serde_path_to_error` does.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use serde_json::{Value, json};
use waymark_attribution::document::CaseDocument;
use waymark_attribution::read_json;

fn case() -> Value {
    json!({
        "policy": { "preset": "refersion", "rates": { "default": { "percent": "8" } } },
        "directory": {
            "affiliates": { "A \"1\", [2]": { "emails": ["a@x.test", "b@x.test"] } },
            "coupons": { "SAVE\\10": "A", "}": "A" },
            "skus": { "S9": { "affiliate": "A" } }
        },
        "customer": { "assigned": { "affiliate": "A", "at": "2026-01-01T00:00:00Z" } },
        "touches": [
            { "id": "t1", "at": "2026-01-01T10:00:00Z", "method": "link", "affiliate": "A" },
            { "id": "t2", "at": "2026-01-01T11:00:00Z", "method": "qr", "affiliate": "A" }
        ],
        "currencies": { "IRT": 0 },
        "order": {
            "id": "1001", "placed_at": "2026-01-04T12:00:00Z", "currency": "USD", "coupons": ["save10"],
            "lines": [{ "sku": "S1", "quantity": 2, "amount": "100.00" }, { "id": "l2", "quantity": 1, "amount": "1.00" }]
        }
    })
}

/// Where a deserializer that keeps track says that the fault lies, if there is one.
fn tracked(json: &str) -> Option<String> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let error = serde_path_to_error::deserialize::<_, CaseDocument<'_>>(&mut deserializer).err()?;
    let path = error.path().to_string();
    match error.inner().to_string() {
        // What is missing counts as part of the path here.
        message if message.starts_with("missing field") => None,
        // A key that is no variant is named by the path here, and only by the message there.
        message if message.starts_with("unknown variant") => None,
        _ => Some(if path == "." { String::new() } else { path }),
    }
}

fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    let escape = |key: &str| key.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(members) => members
            .iter()
            .for_each(|(key, value)| pointers(value, &format!("{at}/{}", escape(key)), found)),
        Value::Array(elements) => elements
            .iter()
            .enumerate()
            .for_each(|(index, value)| pointers(value, &format!("{at}/{index}"), found)),
        _ => {}
    }
}

#[test]
fn a_value_of_another_type_is_refused_where_it_stands() {
    let mut found = Vec::new();
    pointers(&case(), "", &mut found);
    let mut compared = 0;
    for pointer in &found {
        for wrong in [
            json!(true),
            json!(7.5),
            json!("7,5"),
            json!([]),
            json!([7]),
            json!({"x": [1]}),
        ] {
            let is_empty = wrong == json!([]);
            let mut case = case();
            *case.pointer_mut(pointer).unwrap() = wrong;
            for json in [
                case.to_string(),
                serde_json::to_string_pretty(&case).unwrap(),
            ] {
                let Some(path) = tracked(&json) else { continue };
                let error = read_json::<CaseDocument<'_>>(&json).unwrap_err();
                // Tracked is what serde_json would read: it takes an object's members from a list,
                // and complains of the first. Here the list itself is wrong.
                let itself = !is_empty && error.message().contains("sequence, expected struct");
                let path = match itself {
                    true => path.strip_suffix("[0]").unwrap_or(&path),
                    false => &path,
                };
                assert_eq!(error.path(), path, "{error}\n{json}");
                compared += 1;
            }
        }
    }
    assert!(compared > 400, "{compared}");
}

#[test]
fn json_that_breaks_off_is_refused_where_it_does() {
    let json = case().to_string();
    for length in 0..json.len() {
        let Some(json) = json.get(..length) else {
            continue;
        };
        let error = read_json::<CaseDocument<'_>>(json).unwrap_err();
        let tracked = tracked(json).unwrap();
        let tracked = tracked.strip_suffix(".?").unwrap_or(&tracked);
        assert!(
            error.path().starts_with(tracked.trim_end_matches('?')),
            "{error}, not {tracked}\n{json}"
        );
    }
}

#[test]
fn a_comma_or_bracket_that_does_not_belong_there_ends_nothing() {
    for (json, path) in [
        (r#"{"policy":{"rank":[["link"}"#, "policy.rank[0][0]"),
        (r#"{"policy":{"coupon":,"#, "policy.coupon"),
    ] {
        let error = read_json::<CaseDocument<'_>>(json).unwrap_err();
        assert_eq!(error.path(), path, "{error}\n{json}");
    }
}
