//! Every case of the JSON parsing test suite: texts that a reader has to take (`y_…`), has to refuse
//! (`n_…`), or may do either with (`i_…`). They are not part of the repository: `WAYMARK_FIXTURES`
//! names the folder that holds them.

use super::{Unusable, Value, object};
use base64::{Engine, engine::general_purpose::STANDARD};
use waymark_attribution::money::Currency;

#[derive(serde::Deserialize)]
struct Case {
    name: String,
    b64: String,
}

fn cases() -> Vec<(String, Vec<u8>)> {
    let Ok(folder) = std::env::var("WAYMARK_FIXTURES") else {
        println!("WAYMARK_FIXTURES is not set: the JSON cases were not tested");
        return Vec::new();
    };
    let text = std::fs::read_to_string(format!("{folder}/json-parsing-cases.json")).unwrap();
    let cases: Vec<Case> = serde_json::from_str(&text).unwrap();
    assert!(cases.len() > 300, "only {} cases", cases.len());
    let decoded = cases.into_iter().map(|case| {
        let text = STANDARD.decode(case.b64).unwrap();
        (case.name, text)
    });
    decoded.collect()
}

/// The case as the value of the member `x`, as stores' payloads would hold it.
fn within(text: &[u8]) -> Vec<u8> {
    [b"{\"x\":", text, b",\"id\":7}"].concat()
}

#[test]
fn what_is_no_json_is_refused_as_a_payload_and_within_one() {
    for (name, text) in cases() {
        if name.starts_with("n_") {
            assert!(object(&text).is_err(), "{name}");
            assert!(object(&within(&text)).is_err(), "within: {name}");
        }
    }
}

#[test]
fn what_is_json_is_read_as_a_payload_if_it_is_an_object_and_within_one_whatever_it_is() {
    for (name, text) in cases() {
        if name.starts_with("y_") {
            let is_object = text.trim_ascii().starts_with(b"{");
            assert_eq!(object(&text).is_ok(), is_object, "{name}");
            let text = within(&text);
            let payload = object(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(payload.get("id").required_id().unwrap(), "7", "{name}");
        }
    }
}

type Reader = fn(&Value<'_, '_>) -> Result<(), Unusable>;

/// Whatever a text is to one reader, none panics, and an error says where and never what.
#[test]
fn every_reader_takes_every_case_or_names_its_place() {
    let currency: Currency = "USD".parse().unwrap();
    for (name, case) in cases() {
        let text = within(&case);
        let Ok(payload) = object(&text) else { continue };
        let x = payload.get("x");
        // Shorter ones may be part of any sentence.
        let case = std::str::from_utf8(&case).unwrap_or_default().trim();
        let check = |result: Result<(), Unusable>| {
            if let Err(refused) = result {
                assert!(refused.path.starts_with('x'), "{name}: {refused}");
                let told = case.len() > 4 && refused.message.contains(case);
                assert!(!told, "{name}: {refused}");
            }
        };
        let readers: [Reader; 9] = [
            |x| x.object().map(drop),
            |x| x.items().map(drop),
            |x| x.comma_separated().map(drop),
            |x| x.text().map(drop),
            |x| x.id().map(drop),
            |x| x.flag().map(drop),
            |x| x.instant().map(drop),
            |x| x.quantity().map(drop),
            |x| x.whole_number().map(drop),
        ];
        for read in readers {
            check(read(&x));
        }
        check(x.signed_amount(currency).map(drop));
        for item in x.items().unwrap_or_default() {
            for read in readers {
                check(read(&item));
            }
            check(item.signed_amount(currency).map(drop));
        }
    }
}
