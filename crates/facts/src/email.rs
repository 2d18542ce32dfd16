//! E-mail addresses: compared, never kept.
//!
//! An address is only needed to tell whether it is one that the directory knows. So it is kept as
//! a keyed hash: whoever gets hold of the stored facts, but not of the key, cannot test guesses
//! against them. It stays personal data all the same, and is erased like it.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use waymark_attribution::fold_text;
use waymark_signatures::keyed_hash;

/// An address as the store wrote it. It cannot be printed or stored, only sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct PlainEmail(String);

impl PlainEmail {
    /// Wraps what the store wrote, valid or not: [`EmailKey::hash`] decides that.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl std::fmt::Debug for PlainEmail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PlainEmail(…)")
    }
}

/// An address as a keyed hash: `e1_` and 43 characters of base64url.
///
/// The prefix names the key and the normalisation, so that a later version can live beside it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SealedEmail(String);

impl SealedEmail {
    /// The text that stands for the address in a case, on both sides of the comparison.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The key of a program's e-mail hashes. One program, one key, for orders and directory alike.
#[derive(Clone)]
pub struct EmailKey(Vec<u8>);

impl std::fmt::Debug for EmailKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EmailKey(…)")
    }
}

impl EmailKey {
    /// A key of random bytes; 32 are plenty.
    #[must_use]
    pub fn new(key: impl Into<Vec<u8>>) -> Self {
        Self(key.into())
    }

    /// The hash of an address, or `None` where the text is not one: such text matches nobody.
    #[must_use]
    pub fn hash(&self, email: &str) -> Option<SealedEmail> {
        let email = normalise(email)?;
        let hash = keyed_hash(&self.0, &[b"email:v1:", email.as_bytes()]);
        Some(SealedEmail(format!("e1_{}", URL_SAFE_NO_PAD.encode(hash))))
    }

    /// The hash of an address as the store wrote it.
    #[must_use]
    pub fn seal(&self, email: &PlainEmail) -> Option<SealedEmail> {
        self.hash(&email.0)
    }
}

/// Normalisation v1: folded as the rules fold it, with a local part and a domain around exactly one
/// `@` and no white space or control character inside.
///
/// Nothing that providers do differently from each other is folded: dots and `+tags` are part of
/// the address, because two people may own the two spellings. An internationalised domain is not
/// mapped to its ASCII form: stores report the spelling that the shopper's browser submitted.
fn normalise(email: &str) -> Option<Cow<'_, str>> {
    let email = fold_text(email);
    let (local, domain) = email.split_once('@')?;
    let usable = !local.is_empty()
        && !domain.is_empty()
        && !domain.contains('@')
        && !email.contains(|c: char| c.is_whitespace() || c.is_control());
    usable.then_some(email)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hash(email: &str) -> Option<SealedEmail> {
        EmailKey::new(*b"key").hash(email)
    }

    #[test]
    fn spellings_that_differ_in_case_and_surrounding_space_are_one_address() {
        assert_eq!(hash("\u{a0} Jon@Example.COM\n"), hash("jon@example.com"));
    }

    #[test]
    fn spellings_that_unicode_calls_one_are_one_address() {
        let composed = hash("josé@example.com");
        for spelling in ["jose\u{301}@example.com", "JOSÉ@EXAMPLE.COM\u{2003}"] {
            assert_eq!(hash(spelling), composed, "{spelling}");
        }
        assert_eq!(hash("ΝΙΚΟΣ@ΠΑΡΆΔΕΙΓΜΑ.test"), hash("νικος@παράδειγμα.test"));
        assert_ne!(hash("jose@example.com"), composed);
    }

    #[test]
    fn spellings_that_providers_may_tell_apart_stay_apart() {
        assert_ne!(hash("j.on@gmail.com"), hash("jon@gmail.com"));
        assert_ne!(hash("jon+shop@gmail.com"), hash("jon@gmail.com"));
    }

    #[test]
    fn what_is_not_one_local_part_at_one_domain_is_no_address() {
        for text in [
            "",
            "jon",
            "@x.test",
            "jon@",
            "a@b@c",
            "jon smith@x.test",
            "a\0@b",
        ] {
            assert_eq!(hash(text), None, "{text:?}");
        }
    }

    #[test]
    fn another_key_gives_another_hash() {
        let other = EmailKey::new(*b"other").hash("a@x.test");
        assert_ne!(other, hash("a@x.test"));
    }

    /// The stored form is a format: directory and facts written by older versions must still meet.
    #[test]
    fn the_hash_is_pinned() {
        // python3: "e1_" + urlsafe_b64encode(hmac(b"key", b"email:v1:jon@example.com", sha256))
        assert_eq!(
            hash("Jon@example.com").unwrap().as_str(),
            "e1_Gwy5nu8nVermWaT4UlApaKF4uceTlEemos7Kw0z7OlQ"
        );
    }

    proptest! {
        #[test]
        fn a_hash_never_shows_its_address(local in "[a-z]{8,20}") {
            let sealed = hash(&format!("{local}@example.com")).unwrap();
            prop_assert!(!sealed.as_str().contains(&local));
            prop_assert_eq!(sealed.as_str().len(), 46);
        }
    }
}
