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
    pub visitor: VisitorId,
    pub first: Mark,
    pub last: Mark,
}

/// Why a text counts as no token. A shopper never hears of it; it is for counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
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
