//! What is read of a payload, and what an error says of it.

use super::*;
use proptest::prelude::*;

fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

/// Reads the member `x` of a payload.
fn read<T>(
    value: &str,
    reader: impl Fn(&Value<'_, '_>) -> Result<T, Unusable>,
) -> Result<T, String> {
    let body = format!("{{\"x\":{value}}}");
    let payload = object(body.as_bytes()).unwrap();
    reader(&payload.get("x")).map_err(|error| error.to_string())
}

fn amount(value: &str, code: &str) -> Result<Option<i64>, String> {
    let read = read(value, |x| x.signed_amount(currency(code)));
    read.map(|amount| amount.map(Amount::minor))
}

#[test]
fn an_amount_is_the_same_as_a_string_and_as_a_number() {
    for (value, code, minor) in [
        ("\"199.00\"", "USD", 19900),
        ("199", "USD", 19900),
        ("199.0", "USD", 19900),
        ("1.99", "USD", 199),
        ("-1.99", "USD", -199),
        ("\"-5.0\"", "USD", -500),
        ("\"1000.00\"", "JPY", 1000),
        ("1000.0", "JPY", 1000),
        ("\"1.2300\"", "KWD", 1230),
    ] {
        assert_eq!(amount(value, code), Ok(Some(minor)), "{value} {code}");
    }
    assert_eq!(amount("null", "USD"), Ok(None));
}

#[test]
fn an_amount_with_an_exponent_too_many_digits_or_no_number_is_refused() {
    for value in [
        "1e2",
        "1.5E1",
        "\"1e2\"",
        "1.005",
        "\"1.005\"",
        "\"1,00\"",
        "\"\"",
        "\"--1\"",
        "true",
        "[]",
        "{}",
        "1e999",
    ] {
        assert!(amount(value, "USD").is_err(), "{value}");
    }
    assert_eq!(
        amount("\"0.5\"", "JPY"),
        Err("x: more than 0 decimals for JPY".to_owned())
    );
}

#[test]
fn an_id_is_text_however_it_is_sent() {
    for (value, id) in [
        ("820982911946154508", "820982911946154508"),
        ("\"820982911946154508\"", "820982911946154508"),
        (
            "170141183460469231731687303715884105728",
            "170141183460469231731687303715884105728",
        ),
        ("\"gid://shopify/Order/1\"", "gid://shopify/Order/1"),
    ] {
        assert_eq!(read(value, |x| x.id()), Ok(Some(id.to_owned())));
    }
    for value in ["1.0", "1e3", "-1", "true", "[]", "{}"] {
        assert!(read(value, |x| x.id()).is_err(), "{value}");
    }
}

#[test]
fn a_whole_number_has_no_point_no_exponent_and_at_most_64_bits() {
    for (value, number) in [
        ("0", 0),
        ("-7", -7),
        ("9007199254740993", 9_007_199_254_740_993),
        ("9223372036854775807", i64::MAX),
        ("-9223372036854775808", i64::MIN),
    ] {
        assert_eq!(read(value, |x| x.whole_number()), Ok(Some(number)));
    }
    for value in [
        "1.0",
        "1e3",
        "9223372036854775808",
        "\"1\"",
        "true",
        "[]",
        "{}",
    ] {
        assert!(read(value, |x| x.whole_number()).is_err(), "{value}");
    }
}

#[test]
fn a_member_given_twice_counts_as_its_last_one() {
    let payload = object(br#"{"id":1,"id":2}"#).unwrap();
    assert_eq!(payload.get("id").required_id().unwrap(), "2");
}

#[test]
fn an_error_names_the_place_and_never_the_content() {
    let body = br#"{"customer":{"email":["jon@example.com"]},"lines":[{},{"id":true}]}"#;
    let payload = object(body).unwrap();
    let customer = payload.get("customer").required_object().unwrap();
    let error = customer.get("email").text().unwrap_err().to_string();
    assert_eq!(error, "customer.email: must be a string");
    let lines = payload.get("lines");
    let second = lines.items().unwrap()[1].required_object().unwrap();
    let error = second.get("id").id().unwrap_err().to_string();
    assert!(error.starts_with("lines[1].id: "), "{error}");
}

#[test]
fn a_payload_that_is_cut_off_is_told_from_one_of_the_wrong_type() {
    let error = |body: &[u8]| object(body).err().unwrap().to_string();
    assert_eq!(
        error(br#"{"id":1,"email":"jon@ex"#),
        "payload: not whole JSON: stops making sense at line 1, column 23"
    );
    assert_eq!(error(b"\"jon@example.com\""), "payload: must be an object");
    assert_eq!(error(b"\xff"), "payload: not UTF-8");
    assert_eq!(error(b"null"), "payload: must be an object");
}

/// Stores nest; an attacker with a leaked secret could nest deeper than any stack.
#[test]
fn deep_nesting_is_passed_over() {
    let body = format!(
        "{{\"x\":{}{},\"id\":7}}",
        "[".repeat(200_000),
        "]".repeat(200_000)
    );
    let payload = object(body.as_bytes()).unwrap();
    assert_eq!(payload.get("id").required_id().unwrap(), "7");
}

proptest! {
    #[test]
    fn every_amount_that_a_currency_can_write_is_read_back(
        minor in 0..=1_000_000_000_000_000_i64, code in prop::sample::select(vec!["JPY", "USD", "KWD"]),
    ) {
        let written = currency(code).format(Amount::from_minor(minor));
        prop_assert_eq!(amount(&written, code), Ok(Some(minor)));
        prop_assert_eq!(amount(&format!("\"{written}\""), code), Ok(Some(minor)));
    }

    #[test]
    fn no_bytes_make_reading_fail_otherwise_than_with_an_error(body in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(payload) = object(&body) {
            let _ = payload.get("x").items();
        }
    }
}
