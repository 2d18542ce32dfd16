//! The name that a visitor's cookie carries.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// A visitor: 16 bytes, written as 22 characters of base64url.
///
/// The first two bytes, big endian, are the number of the journey shard that keeps the visitor's
/// touches. A shard once named stays, so the number of shards may be raised at any time. The other
/// fourteen bytes are random: an id says nothing about a person and cannot be guessed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VisitorId([u8; 16]);

/// The text is not a visitor id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("visitor: expected 22 characters of base64url")]
pub struct VisitorIdError;

impl VisitorId {
    /// A new visitor, whose touches shard number `shard` will keep.
    pub fn new(shard: u16, random: [u8; 14]) -> Self {
        let mut bytes = [0; 16];
        let named = shard.to_be_bytes().into_iter().chain(random);
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
            assert_eq!(VisitorId::new(shard, [9; 14]).shard(), shard);
        }
    }

    #[test]
    fn text_and_json_read_back_as_the_same_visitor() {
        let visitor = VisitorId::new(258, *b"fourteen bytes");
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
