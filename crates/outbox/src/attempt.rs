//! The log: what became of each try.

use serde::{Deserialize, Serialize};
use waymark_attribution::time::Instant;

use crate::retry::Verdict;

/// Longest part of an answer that is kept, in bytes.
pub const ANSWER_KEPT: usize = 1_024;

/// One try, as it is kept and shown. It holds neither secret nor signature, though the receiver
/// sent them back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// 1 for the first.
    pub number: u32,
    /// When it was made.
    pub at: Instant,
    /// From the call to the end of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u32>,
    /// What came of it.
    pub verdict: Verdict,
    /// The answer's status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why there was no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The beginning of the answer, as text without control characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub answer: String,
}

/// The beginning of an answer as text: what is not UTF-8 is replaced, control characters are
/// spaces, and each of the `hidden` texts is an ellipsis.
pub(crate) fn excerpt(body: &[u8], hidden: &[String]) -> String {
    // Enough that a hidden text which the end of the excerpt would cut is found whole.
    let longest = hidden.iter().map(String::len).max().unwrap_or(0);
    let length = body.len().min(ANSWER_KEPT.saturating_add(longest));
    let body = body.get(..length).unwrap_or(body);
    let mut text = String::from_utf8_lossy(body).into_owned();
    for hidden in hidden.iter().filter(|hidden| !hidden.is_empty()) {
        text = text.replace(hidden.as_str(), "…");
    }
    let mut kept = String::new();
    for char in text.chars() {
        let char = if char.is_control() { ' ' } else { char };
        if kept.len().saturating_add(char.len_utf8()) > ANSWER_KEPT {
            break;
        }
        kept.push(char);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_answer_is_kept_as_readable_text() {
        assert_eq!(excerpt(b"ok", &[]), "ok");
        assert_eq!(excerpt(b"a\r\nb\x1b[31m\0\xff", &[]), "a  b [31m \u{fffd}");
        assert_eq!(excerpt(&[b'x'; 5_000], &[]), "x".repeat(1_024));
        let euros = "€".repeat(1_000);
        assert_eq!(excerpt(euros.as_bytes(), &[]), "€".repeat(341));
    }

    #[test]
    fn a_secret_that_comes_back_is_not_kept_even_where_the_excerpt_ends() {
        let hidden = ["hush-hush".to_owned(), String::new()];
        assert_eq!(excerpt(b"token=hush-hush;", &hidden), "token=…;");
        let at_the_end = format!("{}hush-hush", "x".repeat(ANSWER_KEPT - 4));
        let kept = excerpt(at_the_end.as_bytes(), &hidden);
        assert!(!kept.contains("hush"), "{kept}");
    }

    proptest! {
        #[test]
        fn whatever_is_answered_the_log_is_short_and_plain(
            body in proptest::collection::vec(any::<u8>(), 0..3_000), hidden in "[a-c]{1,4}",
        ) {
            let kept = excerpt(&body, std::slice::from_ref(&hidden));
            prop_assert!(kept.len() <= ANSWER_KEPT);
            prop_assert!(!kept.contains(char::is_control));
            prop_assert!(!kept.contains(&hidden));
        }
    }
}
