//! Responses that hold no list of orders: what is wrong, for the merchant to read, and how to go on.

use waymark_attribution::time::Instant;

use super::cursor::Cursor;
use crate::dates;

/// The most that is to be read of a response, in bytes. Orders are some 10 KiB each; a page of them
/// that is larger is asked for again in smaller pages.
pub const MAX_RESPONSE_BYTES: usize = 8 << 20;
/// The longest wait that a store may ask for, in milliseconds: a day.
const MAX_WAIT_MS: i64 = 86_400_000;

/// What came back from a store.
#[derive(Clone, Copy, Debug, Default)]
pub struct Response<'a> {
    /// The status code.
    pub status: u16,
    /// The header `Link`.
    pub link: Option<&'a str>,
    /// The header `Retry-After`.
    pub retry_after: Option<&'a str>,
    /// The body, as it came.
    pub body: &'a [u8],
    /// Whether there was more of the body than [`MAX_RESPONSE_BYTES`].
    pub cut: bool,
}

/// Why a response did not bring the sync on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct Failure {
    /// For the merchant and the log. It holds nothing of the answer's body, and no secret.
    pub problem: String,
    /// When to ask again, in milliseconds from now, where that is known.
    pub wait_ms: Option<i64>,
    /// What to go on with.
    pub cursor: Box<Cursor>,
}

/// What a merchant can do about a refusal, for each store.
pub(crate) struct Hints {
    /// Where the answer was 401.
    pub unknown: &'static str,
    /// Where it was 403.
    pub forbidden: &'static str,
    /// Where it was a redirect, or 404.
    pub elsewhere: &'static str,
}

impl Cursor {
    /// The same place, asked for again later, for this reason.
    #[must_use]
    pub fn failure(&self, problem: String) -> Failure {
        Failure {
            problem,
            wait_ms: None,
            cursor: self.clone().into(),
        }
    }
}

impl Response<'_> {
    /// Whether there is a list to be read.
    pub(super) fn check(
        &self,
        cursor: &Cursor,
        usual: usize,
        hints: &Hints,
        now: Instant,
    ) -> Result<(), Failure> {
        let status = self.status;
        let remedy = match status {
            200 if self.cut => return Err(self.too_large(cursor, usual)),
            200 => return Ok(()),
            401 => hints.unknown,
            403 => hints.forbidden,
            300..=399 | 404 => hints.elsewhere,
            429 | 503 => "it is asked again later",
            _ => "",
        };
        let problem = match remedy {
            "" => format!("the store answered {status}"),
            remedy => format!("the store answered {status}: {remedy}"),
        };
        let asked = self.retry_after.and_then(|text| wait(text, now));
        Err(Failure {
            problem,
            wait_ms: asked.filter(|_| matches!(status, 429 | 503)),
            cursor: Box::new(match status {
                429 | 500..=599 => cursor.clone(),
                // The place of the page may be what the store does not take.
                _ => cursor.restarted(),
            }),
        })
    }

    fn too_large(&self, cursor: &Cursor, usual: usize) -> Failure {
        let mib = MAX_RESPONSE_BYTES >> 20;
        match cursor.with_fewer(usual) {
            Some(cursor) => Failure {
                problem: format!("the answer is larger than {mib} MiB; smaller ones are asked for"),
                wait_ms: Some(0),
                cursor: cursor.into(),
            },
            None => Failure {
                problem: format!("an order is larger than {mib} MiB"),
                wait_ms: None,
                cursor: cursor.clone().into(),
            },
        }
    }
}

/// Milliseconds that a `Retry-After` asks to wait, at least a second and at most a day: seconds,
/// which Shopify writes as `2.0`, or a date.
fn wait(text: &str, now: Instant) -> Option<i64> {
    let text = text.trim();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    let wait = if !whole.is_empty() && is_number(whole) && is_number(fraction) {
        // More digits than fit are a long time, too.
        let whole = whole.parse().unwrap_or(i64::MAX);
        let begun = i64::from(fraction.bytes().any(|digit| digit != b'0'));
        whole.saturating_add(begun).saturating_mul(1_000)
    } else {
        let until = dates::rfc2822(text)?;
        until.as_millis().saturating_sub(now.as_millis())
    };
    Some(wait.clamp(1_000, MAX_WAIT_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_whole_seconds_parts_of_them_or_a_date() {
        let now = "2026-01-04T12:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("2", Some(2_000)),
            ("2.0", Some(2_000)),
            ("1.2", Some(2_000)),
            (" 30 ", Some(30_000)),
            ("0", Some(1_000)),
            ("99999999999999999999", Some(MAX_WAIT_MS)),
            ("Sun, 04 Jan 2026 12:01:00 GMT", Some(60_000)),
            ("Sun, 04 Jan 2026 11:00:00 GMT", Some(1_000)),
            ("soon", None),
            ("-5", None),
            ("", None),
            (".5", None),
            ("1.5s", None),
        ] {
            assert_eq!(wait(text, now), expected, "{text:?}");
        }
    }
}
