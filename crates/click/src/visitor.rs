//! The name that a visitor's cookie carries.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// A visitor: 16 bytes, written as 22 characters of base64url.
///
/// The first two bytes, big endian, are the number of the journey shard that keeps the visitor's
/// touches. A shard once named stays, so the number of shards may be raised at any time.
///
/// The next six say when the visitor was new, in milliseconds: so the touches of visitors who come
/// together lie together on few pages of the database, where names that are random altogether would
/// have a page written for each, and more so the more visitors there are. The last eight are random:
/// an id cannot be guessed, and says nothing about a person that the token's first mark does not say.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VisitorId([u8; 16]);

/// The text is not a visitor id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("visitor: expected 22 characters of base64url")]
pub struct VisitorIdError;

impl VisitorId {
    /// A visitor who is new at that time (milliseconds of Unix time), whose touches shard number
    /// `shard` will keep.
    pub fn new(shard: u16, at_ms: i64, random: [u8; 8]) -> Self {
        let [_, _, time @ ..] = at_ms.to_be_bytes();
        let mut bytes = [0; 16];
        let named = shard.to_be_bytes().into_iter().chain(time).chain(random);
        for (byte, value) in bytes.iter_mut().zip(named) {
            *byte = value;
        }
        Self(bytes)
    }

    /// The number of the journey shard that keeps this visitor's touches.
    pub fn shard(self) -> u16 {
        let [high, low, ..] = self.0;
        u16::from_be_bytes([high, low])
    }

    /// Another name of the visitor, 16 characters of base64url, for what merchants and affiliates
    /// read: it tells visitors apart, and does not lead back to one.
    pub fn pseudonym(self) -> String {
        let digest = Sha256::new()
            .chain_update(b"waymark visitor v1\0")
            .chain_update(self.0)
            .finalize();
        let short = digest.first_chunk::<12>().copied().unwrap_or_default();
        URL_SAFE_NO_PAD.encode(short)
    }

    pub(crate) fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for VisitorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for VisitorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VisitorId({self})")
    }
}

impl FromStr for VisitorId {
    type Err = VisitorIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| VisitorIdError)?;
        bytes.try_into().map(Self).map_err(|_| VisitorIdError)
    }
}

impl serde::Serialize for VisitorId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for VisitorId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visitor_names_the_shard_that_keeps_its_touches() {
        for shard in [0, 1, 255, 256, u16::MAX] {
            assert_eq!(VisitorId::new(shard, 1, [9; 8]).shard(), shard);
        }
    }

    /// SQLite finds the place of a touch by the name's text.
    #[test]
    fn visitors_who_come_together_have_names_that_begin_alike() {
        let name = |at_ms, random| VisitorId::new(3, at_ms, [random; 8]).to_string();
        let at = 1_795_734_000_000;
        let [first, second, tomorrow] = [name(at, 0), name(at + 20, 255), name(at + 86_400_000, 0)];
        assert_eq!(first.get(..9), second.get(..9));
        assert_ne!(first.get(..9), tomorrow.get(..9));
        assert_ne!(name(at, 0), name(at, 255));
    }

    #[test]
    fn text_and_json_read_back_as_the_same_visitor() {
        let visitor = VisitorId::from_bytes(*b"\x01\x02fourteen bytes");
        assert_eq!(visitor.to_string(), "AQJmb3VydGVlbiBieXRlcw");
        assert_eq!(visitor.to_string().parse(), Ok(visitor));

        let json = serde_json::to_string(&visitor).unwrap();
        assert_eq!(json, "\"AQJmb3VydGVlbiBieXRlcw\"");
        assert_eq!(serde_json::from_str::<VisitorId>(&json).unwrap(), visitor);
    }

    #[test]
    fn other_texts_are_no_visitor() {
        for text in [
            "",
            "AQJmb3VydGVlbiBieXRlc",
            "AQJmb3VydGVlbiBieXRlc3",
            "AQJmb3VydGVlbiBieXRl==",
        ] {
            assert_eq!(text.parse::<VisitorId>(), Err(VisitorIdError), "{text}");
        }
    }
}
