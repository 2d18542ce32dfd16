//! How the body of a store's call is kept: as it came, or, where it is large, compressed. A store's JSON
//! repeats its names for each line, so a mebibyte of it takes some 60 KiB.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;

/// The largest body of a call that is taken, in bytes. An order may have 1 000 lines, and a Shopify order
/// says each of them up to three times, in some 2 KiB.
pub const MAX_BODY_BYTES: usize = 8 << 20;
/// The largest body that is kept as it came, in bytes: the usual order is kept so.
const MAX_PLAIN_BYTES: usize = 64 << 10;
/// The longest text that a row is given, in bytes. Durable Objects hold 2 MB in one.
const MAX_KEPT_BYTES: usize = 1_900_000;
/// What a compressed body begins with, as no JSON does.
const DEFLATED: &str = "deflate:";
/// The fastest level: it is within a tenth of the others for JSON.
const LEVEL: u8 = 1;

/// The body as it is to be kept. One that is too large even so is kept as far as a row holds it.
#[must_use]
pub fn packed(body: &str) -> Cow<'_, str> {
    if body.len() <= MAX_PLAIN_BYTES {
        return Cow::Borrowed(body);
    }
    let deflated = STANDARD_NO_PAD.encode(compress_to_vec(body.as_bytes(), LEVEL));
    if deflated.len() <= MAX_KEPT_BYTES {
        return Cow::Owned(format!("{DEFLATED}{deflated}"));
    }
    Cow::Borrowed(beginning(body, MAX_KEPT_BYTES))
}

/// The body that was kept so.
#[must_use]
pub fn unpacked(kept: String) -> String {
    let read = kept.strip_prefix(DEFLATED).and_then(|deflated| {
        let deflated = STANDARD_NO_PAD.decode(deflated).ok()?;
        let body = decompress_to_vec_with_limit(&deflated, MAX_BODY_BYTES).ok()?;
        String::from_utf8(body).ok()
    });
    read.unwrap_or(kept)
}

/// The body that was kept so, as far as a list of many shows it.
#[must_use]
pub fn preview(kept: String) -> String {
    let body = unpacked(kept);
    match body.len() <= MAX_PLAIN_BYTES {
        true => body,
        false => format!("{}…", beginning(&body, MAX_PLAIN_BYTES)),
    }
}

/// At most so many bytes of a text, whole characters.
fn beginning(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests {
    use super::*;

    /// An order of so many lines, as long-winded as Shopify's.
    fn order(lines: usize) -> String {
        let line = |id: usize| {
            let price = format!(r#"{{"amount":"{id}.00","currency_code":"USD"}}"#);
            let set = format!(r#"{{"shop_money":{price},"presentment_money":{price}}}"#);
            format!(
                r#"{{"id":{},"price_set":{set},"title":"Kettle é"}}"#,
                id * 7_919
            )
        };
        let lines: Vec<String> = (0..lines).map(line).collect();
        format!(r#"{{"line_items":[{}]}}"#, lines.join(","))
    }

    #[test]
    fn a_usual_body_is_kept_as_it_came_and_a_large_one_in_a_tenth() {
        for lines in [0, 1, 50, 1_000, 30_000] {
            let body = order(lines);
            let kept = packed(&body).into_owned();
            if body.len() <= MAX_PLAIN_BYTES {
                assert_eq!(kept, body);
            } else {
                assert!(
                    kept.len() * 7 < body.len(),
                    "{} of {}",
                    kept.len(),
                    body.len()
                );
            }
            assert!(kept.len() <= MAX_KEPT_BYTES);
            assert_eq!(unpacked(kept.clone()), body);
            let shown = preview(kept);
            assert!(body.starts_with(shown.trim_end_matches('…')) && shown.len() < 70_000);
        }
    }

    #[test]
    fn what_does_not_compress_is_kept_as_far_as_a_row_holds_it() {
        let mut state = 1_u64;
        let noise: String = std::iter::repeat_with(|| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            char::from_u32(0x4e00 + u32::try_from(state >> 51).unwrap()).unwrap()
        })
        .take(2_000_000)
        .collect();
        let kept = packed(&noise);
        assert!(kept.len() <= MAX_KEPT_BYTES + DEFLATED.len() && noise.starts_with(&*kept));
        assert_eq!(unpacked(kept.to_string()), kept);
    }

    #[test]
    fn a_text_that_only_begins_so_is_what_it_is() {
        for text in ["deflate:", "deflate:???", "deflate:AAAA", ""] {
            assert_eq!(unpacked(text.to_owned()), text);
        }
    }
}
