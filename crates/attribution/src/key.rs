//! Codes, tags and e-mail addresses: text that compares without outer white space and ASCII case.

use std::cmp::Ordering;

use crate::text::Text;

/// Text that was trimmed, compared with ASCII letters as if they were lower-case.
///
/// Comparing so saves lower-casing, and with it a copy of every key of a directory.
#[derive(Debug, Clone)]
pub(crate) struct Key<'a>(Text<'a>);

impl<'a> Key<'a> {
    /// The key that a text stands for; `None` if it is white space only.
    pub(crate) fn new(text: Text<'a>) -> Option<Key<'a>> {
        let trimmed = text.trimmed();
        (!trimmed.is_empty()).then_some(Key(trimmed))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Compares with a text that need not be trimmed.
    pub(crate) fn cmp_text(&self, text: &str) -> Ordering {
        let lower = |byte: u8| byte.to_ascii_lowercase();
        self.0
            .bytes()
            .map(lower)
            .cmp(text.trim().bytes().map(lower))
    }
}

impl Ord for Key<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.cmp_text(&other.0)
    }
}

impl PartialOrd for Key<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Key<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Option<Key<'_>> {
        Key::new(text.into())
    }

    #[test]
    fn outer_white_space_and_ascii_case_do_not_matter() {
        assert_eq!(key(" Save10\u{3000}"), key("SAVE10"));
        assert_eq!(Key::new("  save10 ".to_owned().into()), key("SAVE10"));
    }

    #[test]
    fn inner_white_space_and_other_letters_do() {
        assert_ne!(key("SAVE 10"), key("SAVE10"));
        assert_ne!(key("É"), key("é"));
    }

    #[test]
    fn keys_sort_by_what_they_compare_by() {
        assert!(key("a") < key("B") && key("B") < key(" c"));
    }

    #[test]
    fn white_space_alone_is_no_key() {
        assert_eq!(key(" \t\u{a0}"), None);
        assert_eq!(key(""), None);
    }
}
