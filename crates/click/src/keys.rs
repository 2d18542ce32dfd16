//! The keys that sign visitors' tokens: read from one secret, derived for each program.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Length of a token's signature: HMAC-SHA256, of which the first 16 bytes are kept.
pub(crate) const TAG_LEN: usize = 16;

const SECRET_MIN_LEN: usize = 32;

/// Keeps these keys apart from any other use of the same secret.
const PURPOSE: &[u8] = b"waymark token v1\0";

/// A secret, ready for use, and the number by which tokens name it.
#[derive(Clone)]
struct Key {
    id: u8,
    mac: Hmac<Sha256>,
}

/// One or two live keys: the one with the higher id signs, both verify.
///
/// Parsed from `<id>:<secret>[,<id>:<secret>]`, with an id from 0 to 255 and a secret of at least
/// 32 bytes as base64url without padding.
///
/// To rotate, add a key with a higher id, and drop the old one once the longest cookie lifetime has
/// passed: until then both verify, and every click re-signs with the new one.
#[derive(Clone)]
pub struct Keys {
    signing: Key,
    retiring: Option<Key>,
}

/// Why a text is no list of keys. Messages never repeat the text, which is a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the message of each says what it means")]
pub enum KeysError {
    #[error("key {position}: expected <id>:<secret>, with an id from 0 to 255 before the colon")]
    Id { position: usize },
    #[error(
        "key {position}: the secret is not base64url without padding; \
         `openssl rand -base64 32 | tr '+/' '-_' | tr -d =` makes one"
    )]
    Encoding { position: usize },
    #[error("key {position}: the secret has fewer than 32 bytes")]
    Short { position: usize },
    #[error("key 2: the id is that of key 1; tokens could not tell them apart")]
    SameId,
    #[error("three or more keys; keep the new one and the one before it")]
    TooMany,
}

impl FromStr for Keys {
    type Err = KeysError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.trim().split(',');
        let signing = Key::parse(parts.next().unwrap_or_default(), 1)?;
        let retiring = parts.next().map(|part| Key::parse(part, 2)).transpose()?;
        if parts.next().is_some() {
            return Err(KeysError::TooMany);
        }
        match retiring {
            Some(key) if key.id == signing.id => Err(KeysError::SameId),
            Some(key) if key.id > signing.id => Ok(Self {
                signing: key,
                retiring: Some(signing),
            }),
            retiring => Ok(Self { signing, retiring }),
        }
    }
}

impl Keys {
    /// The keys of one program. A token signed for another program does not verify with them.
    ///
    /// Costs a few hashes: derive once, keep the result.
    pub fn for_program(&self, program: &str) -> ProgramKeys {
        ProgramKeys {
            signing: self.signing.derive(program),
            retiring: self.retiring.as_ref().map(|key| key.derive(program)),
        }
    }
}

/// The live keys of one program, which sign and verify its visitors' tokens.
#[derive(Clone)]
pub struct ProgramKeys {
    signing: Key,
    retiring: Option<Key>,
}

impl ProgramKeys {
    pub(crate) fn signing_id(&self) -> u8 {
        self.signing.id
    }

    /// The signature of `body` by the signing key.
    pub(crate) fn tag(&self, body: &[u8]) -> [u8; TAG_LEN] {
        let full = self.signing.mac.clone().chain_update(body).finalize();
        let mut tag = [0; TAG_LEN];
        for (byte, value) in tag.iter_mut().zip(full.into_bytes()) {
            *byte = value;
        }
        tag
    }

    /// Whether key `id` signed `body`, in constant time; `None` if no live key has this id.
    pub(crate) fn signed(&self, id: u8, body: &[u8], tag: &[u8; TAG_LEN]) -> Option<bool> {
        let mut live = std::iter::once(&self.signing).chain(&self.retiring);
        let key = live.find(|key| key.id == id)?;
        let mac = key.mac.clone().chain_update(body);
        Some(mac.verify_truncated_left(tag).is_ok())
    }
}

impl Key {
    fn parse(text: &str, position: usize) -> Result<Self, KeysError> {
        let (id, secret) = text
            .trim()
            .split_once(':')
            .ok_or(KeysError::Id { position })?;
        let id = id.parse().map_err(|_| KeysError::Id { position })?;
        let secret = URL_SAFE_NO_PAD
            .decode(secret)
            .map_err(|_| KeysError::Encoding { position })?;
        if secret.len() < SECRET_MIN_LEN {
            return Err(KeysError::Short { position });
        }
        // HMAC takes a key of any length, so only the check above can refuse one.
        let mac = Hmac::new_from_slice(&secret).map_err(|_| KeysError::Short { position })?;
        Ok(Self { id, mac })
    }

    fn derive(&self, program: &str) -> Self {
        let mac = self.mac.clone().chain_update(PURPOSE).chain_update(program);
        // HMAC pads a key to the block size with zeros by definition.
        let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
        for (byte, value) in block.iter_mut().zip(mac.finalize().into_bytes()) {
            *byte = value;
        }
        Self {
            id: self.id,
            mac: Hmac::new(&block),
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key {}", self.id)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({:?}, {:?})", self.signing, self.retiring)
    }
}

impl fmt::Debug for ProgramKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProgramKeys({:?}, {:?})", self.signing, self.retiring)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "dGhpcnR5LXR3byBieXRlcyBvZiB0ZXN0IHNlY3JldCE";
    const NEWER: &str = "YW5vdGhlciBzZWNyZXQgb2YgMzIgYnl0ZXMgb3Igc28";

    #[test]
    fn the_key_with_the_higher_id_signs_and_every_live_key_verifies() {
        let old: Keys = format!("7:{SECRET}").parse().unwrap();
        let old = old.for_program("demo");
        for text in [
            format!(" 8:{NEWER},7:{SECRET}\n"),
            format!("7:{SECRET}, 8:{NEWER}"),
        ] {
            let both: Keys = text.parse().unwrap();
            let both = both.for_program("demo");
            assert_eq!((old.signing_id(), both.signing_id()), (7, 8));
            assert_eq!(both.signed(7, b"body", &old.tag(b"body")), Some(true));
            assert_eq!(both.signed(8, b"body", &both.tag(b"body")), Some(true));
            assert_eq!(both.signed(8, b"body", &old.tag(b"body")), Some(false));
            assert_eq!(old.signed(8, b"body", &both.tag(b"body")), None);
        }
    }

    #[test]
    fn a_signature_holds_for_one_program_only() {
        let keys: Keys = format!("7:{SECRET}").parse().unwrap();
        let tag = keys.for_program("demo").tag(b"body");
        assert_eq!(
            keys.for_program("other").signed(7, b"body", &tag),
            Some(false)
        );
    }

    #[test]
    fn what_is_wrong_with_a_secret_is_said_without_repeating_it() {
        let short = "c2hvcnQgc2VjcmV0";
        for (text, error) in [
            (String::new(), KeysError::Id { position: 1 }),
            (SECRET.to_owned(), KeysError::Id { position: 1 }),
            (format!("256:{SECRET}"), KeysError::Id { position: 1 }),
            (format!("1:{SECRET}="), KeysError::Encoding { position: 1 }),
            (
                format!("1:{SECRET},2:{short}"),
                KeysError::Short { position: 2 },
            ),
            (format!("1:{SECRET},"), KeysError::Id { position: 2 }),
            (format!("1:{SECRET},1:{SECRET}"), KeysError::SameId),
            (
                format!("1:{SECRET},2:{SECRET},3:{SECRET}"),
                KeysError::TooMany,
            ),
        ] {
            let found = text.parse::<Keys>().unwrap_err();
            assert_eq!(found, error, "{text}");
            assert!(!found.to_string().contains(short) && !found.to_string().contains(SECRET));
        }
    }

    #[test]
    fn debug_output_shows_ids_only() {
        let keys: Keys = format!("7:{SECRET}").parse().unwrap();
        assert_eq!(format!("{keys:?}"), "Keys(key 7, None)");
        assert_eq!(
            format!("{:?}", keys.for_program("demo")),
            "ProgramKeys(key 7, None)"
        );
    }
}
