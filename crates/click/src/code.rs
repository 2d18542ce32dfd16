//! The code of a link: the part of `/r/CODE` and `/q/CODE` that names it.

mod passed_on;

use std::fmt;
use std::str::FromStr;

const MAX_LEN: usize = 64;

/// A link's code, kept in lower case, since codes are compared without case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(String);

/// The text is not a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("code: expected 1 to 64 of A-Z a-z 0-9 _ - that begin with a letter or digit")]
pub struct CodeError;

impl Code {
    /// The codes that a text may mean that was passed on as a code: a part of a path, not decoded, or
    /// a value of a query. The likeliest first, at most three: a text that is a code means itself
    /// first, and so is never taken for another one that exists.
    pub fn meant_by(text: &str) -> impl Iterator<Item = Self> {
        passed_on::codes(text)
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

    fn code(text: &str) -> Option<String> {
        text.parse().ok().map(|code: Code| code.to_string())
    }

    #[test]
    fn codes_are_compared_without_case() {
        assert_eq!(code("Anna-10_b"), Some("anna-10_b".into()));
    }

    #[test]
    fn a_code_has_1_to_64_characters() {
        assert_eq!(code(""), None);
        assert_eq!(code(&"a".repeat(64)), Some("a".repeat(64)));
        assert_eq!(code(&"a".repeat(65)), None);
    }

    #[test]
    fn a_code_begins_with_a_letter_or_digit_and_holds_nothing_that_needs_quoting() {
        for text in ["-a", "_a", "a b", "a/b", "a.svg", "ä", "a%00", "a\r\nb"] {
            assert_eq!(code(text), None, "{text}");
        }
    }
}
