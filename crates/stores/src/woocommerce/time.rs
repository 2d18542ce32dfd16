//! WooCommerce's times.

use waymark_attribution::time::Instant;

use crate::dates;
use crate::payload::{Unusable, Value};

const EXPECTED: &str = "must be a date and time in UTC such as \"2026-01-04T12:00:00\"";

/// A time of a member whose name ends in `_gmt`: as the REST API writes it, as MySQL does, or as plugins
/// pass it on: PHP's own object, or seconds since 1970. What MySQL has in place of no time, its year 0, is
/// none.
pub(super) fn instant(value: &Value<'_, '_>) -> Result<Option<Instant>, Unusable> {
    let text = match value.json() {
        None | Some("false" | "0") => return Ok(None),
        Some(json) if json.starts_with('{') => {
            let object = value.required_object()?;
            let zone = object.get("timezone").evidence();
            if zone.is_some_and(|zone| !matches!(&*zone, "UTC" | "Z" | "GMT" | "+00:00")) {
                return Err(value.error(EXPECTED));
            }
            object.get("date").text()?
        }
        Some(json) if json.bytes().all(|byte| byte.is_ascii_digit()) => Some(json.to_owned()),
        Some(_) => value.text()?,
    };
    let Some(text) = text else { return Ok(None) };
    if text.starts_with("0000-") || text.starts_with('-') {
        return Ok(None);
    }
    // Nine or ten digits are seconds of the years from 1973 to 2286.
    let is_seconds = matches!(text.len(), 9 | 10) && text.bytes().all(|byte| byte.is_ascii_digit());
    let read = match text.parse::<i64>() {
        Ok(seconds) if is_seconds => seconds.checked_mul(1_000).map(Instant::from_millis),
        _ => dates::utc(&to_milliseconds(&text)),
    };
    read.map(Some).ok_or_else(|| value.error(EXPECTED))
}

/// PHP writes microseconds, which say nothing here.
fn to_milliseconds(text: &str) -> String {
    let Some((time, rest)) = text.split_once('.') else {
        return text.to_owned();
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (fraction, zone) = rest.split_at_checked(digits).unwrap_or((rest, ""));
    let fraction = fraction.get(..3).unwrap_or(fraction);
    format!("{time}.{fraction}{zone}")
}
