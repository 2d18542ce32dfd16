//! The signed token that remembers a visitor: in the cookie, in a cart attribute, in a URL.
//!
//! A token is base64url without padding over 56 bytes, big endian:
//!
//! | bytes | what |
//! |---|---|
//! | 1 | version, 1 |
//! | 1 | id of the key that signed |
//! | 16 | visitor |
//! | 11 | first mark: time (6), link (4), method (1) |
//! | 11 | last mark |
//! | 16 | HMAC-SHA256 of all before, cut to 16 bytes |
//!
//! That makes 75 characters of `[A-Za-z0-9_-]`, which every carrier takes; the narrowest is
//! Stripe's `client_reference_id` with 200.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::keys::{ProgramKeys, TAG_LEN};
use crate::touch::Mark;
use crate::visitor::VisitorId;

const VERSION: u8 = 1;
const BODY_LEN: usize = 2 + 16 + 2 * Mark::LEN;
const TOKEN_LEN: usize = BODY_LEN + TAG_LEN;
const TEXT_LEN: usize = (TOKEN_LEN * 4).div_ceil(3);

/// How far ahead of ours the clock of the machine that signed may run: 5 minutes.
const CLOCK_TOLERANCE_MS: i64 = 5 * 60 * 1000;

/// Who the visitor is, and the first and last touch that brought them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token {
    /// Whose token it is.
    pub visitor: VisitorId,
    /// The visitor's first touch.
    pub first: Mark,
    /// The visitor's latest touch.
    pub last: Mark,
}

/// Why a text counts as no token. A shopper never hears of it; it is for counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[allow(missing_docs, reason = "the message of each says what it means")]
pub enum Rejected {
    #[error("not the shape of a token")]
    Malformed,
    #[error("signed by a key that is not live")]
    UnknownKey,
    #[error("the signature is not ours, or for another program")]
    Forged,
    #[error("signed, but by a version of Waymark with another layout")]
    OtherVersion,
    #[error("the last touch lies in the future")]
    Future,
    #[error("the last touch is too old")]
    Expired,
}

impl Token {
    /// The token after a touch: `previous`, or else `visitor` who is new, now marked by `mark`.
    ///
    /// The first mark stays and the last one is replaced. Its time never runs backwards, since the
    /// clocks of two machines may differ by moments: read it from the result.
    pub fn touched(previous: Option<Self>, visitor: VisitorId, mark: Mark) -> Self {
        match previous {
            None => Self {
                visitor,
                first: mark,
                last: mark,
            },
            Some(token) => Self {
                last: Mark {
                    at: mark.at.max(token.last.at),
                    ..mark
                },
                ..token
            },
        }
    }
}

impl ProgramKeys {
    /// Writes the token, signed by the first key.
    pub fn sign(&self, token: &Token) -> String {
        let mut bytes = Vec::with_capacity(TOKEN_LEN);
        bytes.extend([VERSION, self.signing_id()]);
        bytes.extend(token.visitor.as_bytes());
        bytes.extend(token.first.to_bytes());
        bytes.extend(token.last.to_bytes());
        bytes.extend(self.tag(&bytes));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a token, if one of the live keys signed it for this program.
    ///
    /// Nothing that the signature covers is looked at before the signature holds. `now_ms` is Unix
    /// time in milliseconds; a token whose last touch is more than `max_age_ms` before it counts as
    /// none, and so does one more than 5 minutes ahead.
    pub fn verify(&self, text: &str, now_ms: i64, max_age_ms: i64) -> Result<Token, Rejected> {
        if text.len() != TEXT_LEN {
            return Err(Rejected::Malformed);
        }
        let mut bytes = [0; TOKEN_LEN];
        URL_SAFE_NO_PAD
            .decode_slice(text, &mut bytes)
            .map_err(|_| Rejected::Malformed)?;
        let (body, tag) = bytes
            .split_last_chunk::<TAG_LEN>()
            .ok_or(Rejected::Malformed)?;
        let [_, key_id, ..] = bytes;
        if !self.signed(key_id, body, tag).ok_or(Rejected::UnknownKey)? {
            return Err(Rejected::Forged);
        }

        let token = Token::from_body(body).ok_or(Rejected::OtherVersion)?;
        let age_ms = now_ms.saturating_sub(token.last.at);
        if age_ms < -CLOCK_TOLERANCE_MS {
            Err(Rejected::Future)
        } else if age_ms > max_age_ms {
            Err(Rejected::Expired)
        } else {
            Ok(token)
        }
    }
}

impl Token {
    /// Reads a body whose signature holds; `None` if it is not one that this version writes.
    fn from_body(body: &[u8]) -> Option<Self> {
        let ([version, _key_id], rest) = body.split_first_chunk()?;
        let (visitor, rest) = rest.split_first_chunk()?;
        let (first, rest) = rest.split_first_chunk()?;
        let (last, _) = rest.split_first_chunk()?;
        let token = Self {
            visitor: VisitorId::from_bytes(*visitor),
            first: Mark::from_bytes(*first)?,
            last: Mark::from_bytes(*last)?,
        };
        (*version == VERSION && token.first.at <= token.last.at).then_some(token)
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::keys::Keys;
    use crate::touch::Method;

    const KEYS: &str = "7:dGhpcnR5LXR3byBieXRlcyBvZiB0ZXN0IHNlY3JldCE";
    const OTHER_KEYS: &str = "7:YW5vdGhlciBzZWNyZXQgb2YgMzIgYnl0ZXMgb3Igc28";

    const NOW: i64 = 1_767_265_200_000;
    const DAY: i64 = 86_400_000;
    const FIRST: Mark = Mark {
        at: NOW - 3_600_000,
        link: 7,
        method: Method::Link,
    };
    const LAST: Mark = Mark {
        at: NOW,
        link: 9,
        method: Method::Qr,
    };

    fn keys() -> ProgramKeys {
        KEYS.parse::<Keys>().unwrap().for_program("demo")
    }

    fn token() -> Token {
        Token {
            visitor: VisitorId::from_bytes(
                *b"\0\x03\x05\x05\x05\x05\x05\x05\x05\x05\x05\x05\x05\x05\x05\x05",
            ),
            first: FIRST,
            last: LAST,
        }
    }

    /// Computed apart from this code, with Python's hmac: cookies out there must stay readable.
    const TEXT: &str =
        "AQcAAwUFBQUFBQUFBQUFBQUFAZt4__kAAAAABwABm3k254AAAAAJAbAJbGM0pGUs0ngeYcqTbYE";

    #[test]
    fn the_format_is_pinned() {
        assert_eq!(keys().sign(&token()), TEXT);
        assert_eq!(keys().verify(TEXT, NOW, DAY), Ok(token()));
    }

    #[test]
    fn no_change_of_a_single_bit_verifies() {
        let bytes = URL_SAFE_NO_PAD.decode(TEXT).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let text = URL_SAFE_NO_PAD.encode(changed);
            assert!(
                keys().verify(&text, NOW, DAY).is_err(),
                "bit {bit} of the bytes"
            );
        }
        for bit in 0..TEXT.len() * 8 {
            let mut changed = TEXT.as_bytes().to_vec();
            changed[bit / 8] ^= 1 << (bit % 8);
            let Ok(text) = String::from_utf8(changed) else {
                continue;
            };
            assert!(
                keys().verify(&text, NOW, DAY).is_err(),
                "bit {bit} of the text"
            );
        }
    }

    #[test]
    fn a_token_cut_off_or_grown_anywhere_is_none() {
        for end in 0..TEXT.len() {
            assert_eq!(
                keys().verify(&TEXT[..end], NOW, DAY),
                Err(Rejected::Malformed),
                "{end}"
            );
        }
        assert_eq!(
            keys().verify(&format!("{TEXT}A"), NOW, DAY),
            Err(Rejected::Malformed)
        );
        assert_eq!(
            keys().verify(&format!("{TEXT}="), NOW, DAY),
            Err(Rejected::Malformed)
        );
    }

    #[test]
    fn another_key_or_another_program_is_none() {
        let other: Keys = OTHER_KEYS.parse().unwrap();
        let foreign = KEYS.parse::<Keys>().unwrap().for_program("other");
        let later: Keys = OTHER_KEYS.replacen('7', "8", 1).parse().unwrap();
        for (keys, reason) in [
            (other.for_program("demo"), Rejected::Forged),
            (foreign, Rejected::Forged),
            (later.for_program("demo"), Rejected::UnknownKey),
        ] {
            assert_eq!(keys.verify(TEXT, NOW, DAY), Err(reason));
        }
    }

    #[test]
    fn a_key_may_be_replaced_without_losing_a_visitor() {
        let rotated = OTHER_KEYS.replacen('7', "8", 1) + "," + KEYS;
        let rotated = rotated.parse::<Keys>().unwrap().for_program("demo");
        let token = rotated.verify(TEXT, NOW, DAY).unwrap();
        let renewed = rotated.sign(&token);
        assert_ne!(renewed, TEXT);
        let new_key_only = OTHER_KEYS.replacen('7', "8", 1).parse::<Keys>().unwrap();
        assert_eq!(
            new_key_only.for_program("demo").verify(&renewed, NOW, DAY),
            Ok(token)
        );
    }

    #[test]
    fn a_token_is_valid_from_five_minutes_before_its_last_touch_until_its_age_is_reached() {
        let verify = |now| keys().verify(TEXT, now, DAY).map(drop);
        assert_eq!(verify(LAST.at - 300_001), Err(Rejected::Future));
        assert_eq!(verify(LAST.at - 300_000), Ok(()));
        assert_eq!(verify(LAST.at + DAY), Ok(()));
        assert_eq!(verify(LAST.at + DAY + 1), Err(Rejected::Expired));
    }

    #[test]
    fn a_signed_body_of_another_layout_is_none() {
        let signed = URL_SAFE_NO_PAD.decode(TEXT).unwrap();
        // The version, a method, and a first touch that follows the last.
        for (place, value) in [(0, 2), (28, 2), (39, 2), (18, 9)] {
            let mut bytes = signed[..BODY_LEN].to_vec();
            bytes[place] = value;
            let tag = keys().tag(&bytes);
            bytes.extend(tag);
            let text = URL_SAFE_NO_PAD.encode(bytes);
            assert_eq!(
                keys().verify(&text, NOW, DAY),
                Err(Rejected::OtherVersion),
                "{place}"
            );
        }
    }

    #[test]
    fn the_first_touch_stays_and_the_last_is_replaced() {
        let visitor = VisitorId::new(0, 0, [1; 8]);
        let fresh = Token::touched(None, visitor, FIRST);
        assert_eq!(
            fresh,
            Token {
                visitor,
                first: FIRST,
                last: FIRST
            }
        );
        let again = Token::touched(Some(fresh), VisitorId::new(0, 0, [2; 8]), LAST);
        assert_eq!(
            again,
            Token {
                visitor,
                first: FIRST,
                last: LAST
            }
        );
    }

    #[test]
    fn time_in_a_token_never_runs_backwards_when_clocks_differ() {
        let behind = Mark {
            at: LAST.at - 60_000,
            ..FIRST
        };
        let touched = Token::touched(Some(token()), token().visitor, behind);
        assert_eq!(
            touched.last,
            Mark {
                at: LAST.at,
                ..behind
            }
        );
    }

    fn mark() -> impl Strategy<Value = Mark> {
        let method = prop_oneof![Just(Method::Link), Just(Method::Qr)];
        (0..1_i64 << 48, any::<u32>(), method).prop_map(|(at, link, method)| Mark {
            at,
            link,
            method,
        })
    }

    proptest! {
        #[test]
        fn every_token_reads_back_as_it_was_signed(
            (a, b) in (mark(), mark()),
            (shard, at, random) in any::<(u16, i64, [u8; 8])>(),
        ) {
            let (first, last) = if a.at <= b.at { (a, b) } else { (b, a) };
            let token = Token { visitor: VisitorId::new(shard, at, random), first, last };
            let text = keys().sign(&token);
            prop_assert_eq!(text.len(), 75);
            prop_assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b)));
            prop_assert_eq!(keys().verify(&text, last.at, 0), Ok(token));
        }

        #[test]
        fn no_other_text_verifies(text in "[A-Za-z0-9_-]{75}|\\PC*", now in any::<i64>()) {
            prop_assert!(keys().verify(&text, now, i64::MAX).is_err());
        }
    }
}
