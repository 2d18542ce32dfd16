//! A touch: one recorded visit by an affiliate's link or scan of its code.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::subs::Subs;
use crate::visitor::VisitorId;

/// How a touch was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// A link was followed.
    Link,
    /// A QR code was scanned.
    Qr,
}

/// What a visitor's token remembers of a touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Mark {
    /// When, in milliseconds of Unix time, from 0 up to 2^48: the token keeps six bytes.
    pub at: i64,
    /// The program's immutable number of the link, which implies affiliate and destination.
    pub link: u32,
    /// Whether it was a link or a scan.
    pub method: Method,
}

/// A touch to be recorded in the visitor's journey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewTouch {
    /// [`touch_id`] of visitor and mark: recording a touch again changes nothing.
    pub id: String,
    /// Whose touch it is.
    pub visitor: VisitorId,
    /// What the visitor's token says of it.
    #[serde(flatten)]
    pub mark: Mark,
    /// The values by which the affiliate tells its own placements apart.
    #[serde(default, skip_serializing_if = "Subs::is_empty")]
    pub subs: Subs,
    /// The browser sent `Sec-GPC: 1`: nothing about this visit may be passed to third parties.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub opted_out: bool,
}

/// The name of a touch: 16 characters of base64url.
///
/// It follows from visitor and mark alone, so that a touch found in a token and the same touch
/// found in a journey are one. A hash, since it stands in explanations that affiliates read, and
/// those must not learn who the visitor is.
pub fn touch_id(visitor: VisitorId, mark: Mark) -> String {
    let digest = Sha256::new()
        .chain_update(b"waymark touch v1\0")
        .chain_update(visitor.as_bytes())
        .chain_update(mark.to_bytes())
        .finalize();
    let short = digest.first_chunk::<12>().copied().unwrap_or_default();
    URL_SAFE_NO_PAD.encode(short)
}

impl Method {
    fn to_byte(self) -> u8 {
        match self {
            Self::Link => 0,
            Self::Qr => 1,
        }
    }

    fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Self::Link),
            1 => Some(Self::Qr),
            _ => None,
        }
    }
}

impl Mark {
    pub(crate) const LEN: usize = 11;
    const LATEST: i64 = (1 << 48) - 1;

    /// Time (6 bytes), link (4), method (1), big endian. A time out of range takes the nearest one.
    pub(crate) fn to_bytes(self) -> [u8; Self::LEN] {
        let [_, _, a, b, c, d, e, f] = self.at.clamp(0, Self::LATEST).to_be_bytes();
        let [g, h, i, j] = self.link.to_be_bytes();
        [a, b, c, d, e, f, g, h, i, j, self.method.to_byte()]
    }

    /// Reads [`Mark::to_bytes`]; `None` for a method that does not exist.
    pub(crate) fn from_bytes(bytes: [u8; Self::LEN]) -> Option<Self> {
        let [a, b, c, d, e, f, g, h, i, j, method] = bytes;
        Some(Self {
            at: i64::from_be_bytes([0, 0, a, b, c, d, e, f]),
            link: u32::from_be_bytes([g, h, i, j]),
            method: Method::from_byte(method)?,
        })
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests {
    use super::*;

    const MARK: Mark = Mark {
        at: 1_767_261_600_000,
        link: 7,
        method: Method::Link,
    };

    #[test]
    fn the_same_touch_has_the_same_id_wherever_it_is_found() {
        let visitor = VisitorId::from_bytes(
            *b"\0\x03\x05\x05\x05\x05\x05\x05\x05\x05\x05\x05\x05\x05\x05\x05",
        );
        assert_eq!(touch_id(visitor, MARK), "Rf4JzoSaLXOOHtaZ");
    }

    #[test]
    fn touches_that_differ_in_anything_differ_in_their_id() {
        let visitor = VisitorId::new(3, 0, [5; 8]);
        let others = [
            (VisitorId::new(4, 0, [5; 8]), MARK),
            (
                visitor,
                Mark {
                    at: MARK.at + 1,
                    ..MARK
                },
            ),
            (visitor, Mark { link: 8, ..MARK }),
            (
                visitor,
                Mark {
                    method: Method::Qr,
                    ..MARK
                },
            ),
        ];
        for (visitor, mark) in others {
            assert_ne!(
                touch_id(visitor, mark),
                touch_id(VisitorId::new(3, 0, [5; 8]), MARK)
            );
        }
    }

    #[test]
    fn a_touch_is_recorded_as_flat_json() {
        let touch = NewTouch {
            id: "id".into(),
            visitor: VisitorId::new(0, 0, [0; 8]),
            mark: MARK,
            subs: Subs::default(),
            opted_out: false,
        };
        let json = serde_json::to_string(&touch).unwrap();
        assert_eq!(
            json,
            r#"{"id":"id","visitor":"AAAAAAAAAAAAAAAAAAAAAA","at":1767261600000,"link":7,"method":"link"}"#
        );
        assert_eq!(serde_json::from_str::<NewTouch>(&json).unwrap(), touch);
    }
}
