//! The code of a link: the part of `/r/CODE` and `/q/CODE` that names it.

use std::fmt;
use std::str::FromStr;

use percent_encoding::percent_decode_str;

const MAX_LEN: usize = 64;

/// A link's code, kept in lower case, since codes are compared without case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(String);

/// The text is not a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("code: expected 1 to 64 of A-Z a-z 0-9 _ - that begin with a letter or digit")]
pub struct CodeError;

impl Code {
    /// Reads a segment of a request's path, which is percent-decoded once.
    pub fn from_path_segment(segment: &str) -> Result<Self, CodeError> {
        let decoded = percent_decode_str(segment)
            .decode_utf8()
            .map_err(|_| CodeError)?;
        decoded.parse()
    }

    /// The code in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Code {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = text.bytes();
        let begins = bytes
            .next()
            .is_some_and(|byte| byte.is_ascii_alphanumeric());
        let goes_on = bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        if begins && goes_on && text.len() <= MAX_LEN {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(CodeError)
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(segment: &str) -> Option<String> {
        Code::from_path_segment(segment)
            .ok()
            .map(|code| code.to_string())
    }

    #[test]
    fn codes_are_compared_without_case() {
        assert_eq!(code("Anna-10_b"), Some("anna-10_b".into()));
    }

    #[test]
    fn a_segment_is_percent_decoded_once_and_only_once() {
        assert_eq!(code("%61nna"), Some("anna".into()));
        assert_eq!(code("%2561nna"), None);
        assert_eq!(code("%ff"), None);
    }

    #[test]
    fn a_code_has_1_to_64_characters() {
        assert_eq!(code(""), None);
        assert_eq!(code(&"a".repeat(64)), Some("a".repeat(64)));
        assert_eq!(code(&"a".repeat(65)), None);
    }

    #[test]
    fn a_code_begins_with_a_letter_or_digit_and_holds_nothing_that_needs_quoting() {
        for segment in ["-a", "_a", "a b", "a/b", "a.svg", "ä", "a%00", "a%0d%0ab"] {
            assert_eq!(code(segment), None, "{segment}");
        }
    }
}
