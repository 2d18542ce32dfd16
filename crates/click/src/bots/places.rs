//! What a part of a user agent is, by where it stands.

use super::clients::{COMPATIBLE, ENDINGS};
use super::table::starts_with;

/// A user agent, seen from a name in it.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) before: &'a [u8],
    /// The name itself, and all that follows.
    pub(super) rest: &'a [u8],
    pub(super) name_len: usize,
}

impl<'a> Place<'a> {
    pub(super) fn after(self) -> &'a [u8] {
        self.rest.get(self.name_len..).unwrap_or_default()
    }

    /// How long an address is that follows, with the space before it.
    pub(super) fn address_len(self) -> usize {
        let after = self.after();
        let address = after.trim_ascii_start();
        let len = address.iter().position(u8::is_ascii_whitespace);
        let space = after.len().saturating_sub(address.len());
        space.saturating_add(len.unwrap_or(address.len()))
    }

    /// Whether the name is part of what a phone is called: `(Linux; Android 7.0; M bot 60 Build/…)`,
    /// `Instagram 312.0 Android (24/7.0; …; M bot; M_bot_60; …)`. A program that stands there has a
    /// version or an address.
    pub(super) fn is_of_a_device(self) -> bool {
        if self.is_in_facebook_s_brackets() {
            return true;
        }
        let Some((outside, inside)) = self.comment() else {
            return false;
        };
        let named_before = ends_with(outside.trim_ascii_end(), "android");
        if !named_before && !SYSTEMS.iter().any(|system| contains(inside, system))
            // What follows the build is no phone any more: `…Build/OPD3.170816.012; a program`.
            || contains(inside, " build/")
            || contains(inside, "compatible")
        {
            return false;
        }
        let begun = split_last(inside, |byte| byte == b';').map_or(inside, |(_, begun)| begun);
        let end = self
            .rest
            .iter()
            .position(|byte| matches!(byte, b';' | b')'));
        let rest = self.rest.get(..end.unwrap_or(self.rest.len()));
        let rest = rest.unwrap_or_default();
        let build = position(rest, " build/").unwrap_or(rest.len());
        let mut called = begun.iter().chain(rest.iter().take(build));
        !called.any(|byte| matches!(byte, b'/' | b'@' | b':'))
    }

    /// The parenthesis that the name stands in, up to it, and what stands before that.
    fn comment(self) -> Option<(&'a [u8], &'a [u8])> {
        split_last(self.before, |byte| matches!(byte, b'(' | b')'))
            .filter(|(_, inside)| inside.starts_with(b"(") && inside.len() <= MAX_COMMENT_LEN)
    }

    /// Whether it is in what apps of Facebook say of a phone and of who connects it, in brackets:
    /// `[FBAN/FB4A;…;FBCR/Vodafone.de;…;FBDV/M bot 60;…]`.
    pub(super) fn is_in_facebook_s_brackets(self) -> bool {
        split_last(self.before, |byte| matches!(byte, b'[' | b']'))
            .is_some_and(|(_, inside)| starts_with(inside, "[FB"))
    }

    /// Whether the name is a word of its own, or of a name in camel case: `Link check`, `LinkCheck`.
    pub(super) fn is_a_word(self) -> bool {
        let starts = match (self.before.last(), self.rest) {
            (Some(before), [first, second, ..]) if before.is_ascii_alphabetic() => {
                first.is_ascii_uppercase()
                    && (before.is_ascii_lowercase() || second.is_ascii_lowercase())
            }
            _ => true,
        };
        starts && !self.after().first().is_some_and(u8::is_ascii_lowercase)
    }

    /// Whether the name stands alone, as `HTTP` does in what a phone's browser can: `(HTTP PGDL;
    /// HTTPS)`.
    pub(super) fn stands_alone(self) -> bool {
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let before = self.before.last().is_some_and(is_part);
        let after = match self.after() {
            [b's' | b'S', after @ ..] => after,
            after => after,
        };
        !before && matches!(after.first(), None | Some(b' ' | b';' | b')' | b','))
    }

    /// Whether it is `compatible;` before a name that is no browser's.
    pub(super) fn is_compatible_program(self) -> bool {
        let [b';' | b',', name @ ..] = self.after().trim_ascii_start() else {
            return false;
        };
        let introduces = self.before.trim_ascii_end().last();
        let name = name.trim_ascii_start();
        matches!(introduces, Some(b'(' | b';' | b','))
            && !COMPATIBLE.iter().any(|known| starts_with(name, known))
    }

    /// Whether it is the `@` of an address for mail; not of `Ecosia android@62.0.3202.101`.
    pub(super) fn is_mail(self) -> bool {
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let host = self.after();
        let label = host.iter().position(|byte| !is_part(byte));
        let label = host.split_at_checked(label.unwrap_or(host.len()));
        self.before.last().is_some_and(is_part)
            && matches!(
                label,
                Some(([first, ..], [b'.', second, ..]))
                    if first.is_ascii_alphanumeric() && second.is_ascii_alphabetic()
            )
    }

    /// Whether it is the last full stop of a host: `scanner.example.org/about`. What is followed by
    /// a version is an app, as in `shop.de/8.28`, and so is what is turned round, `com.example.net`.
    /// Beside `MSIE` hosts name what came with the browser.
    pub(super) fn host(self) -> Host {
        let after = self.after();
        let ending = ENDINGS
            .iter()
            .find(|ending| after.starts_with(ending.as_bytes()));
        let path = ending.and_then(|ending| after.get(ending.len()..));
        let found = match path {
            Some([b'/', b'v' | b'V', next, ..] | [b'/', next, ..]) if next.is_ascii_digit() => {
                return Host::None;
            }
            Some([b'/', next, ..]) if next.is_ascii_alphabetic() => Host::WithPath,
            Some([] | [b' ' | b')' | b';' | b',' | b'"' | b'|' | b'/', ..]) => Host::Alone,
            _ => return Host::None,
        };
        let is_of_host = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-');
        let start = self.before.iter().rposition(|byte| !is_of_host(byte));
        let (bound, host) = match start.and_then(|at| self.before.split_at_checked(at)) {
            Some((_, [bound, host @ ..])) => (Some(bound), host),
            _ => (None, self.before),
        };
        let mut labels = host.split(|byte| *byte == b'.');
        let is_reversed = labels
            .next()
            .is_some_and(|first| ENDINGS.iter().any(|ending| ending.as_bytes() == first));
        let last = host.rsplit(|byte| *byte == b'.').next();
        let is_beside_msie = self
            .comment()
            .is_some_and(|(_, inside)| contains(inside, "msie"));
        let is_none = bound
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'@'))
            || is_reversed
            || is_beside_msie
            || !last.is_some_and(|label| label.iter().any(u8::is_ascii_lowercase));
        if is_none { Host::None } else { found }
    }
}

/// Whether a full stop is a host's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Host {
    /// It is not.
    None,
    /// It is, and may be what an app is called.
    Alone,
    /// It is that of an address.
    WithPath,
}

/// How much of a parenthesis is looked at; those of browsers stay well below. Else whoever repeats a
/// name in a long one would have it read again for each.
const MAX_COMMENT_LEN: usize = 256;

/// How phones' browsers name their system before the phone.
const SYSTEMS: [&str; 3] = ["android ", "andr0id ", "; adr "];

/// Whether it is a placeholder that nobody filled in, or one that is to be filled in by whoever
/// reads it: `${jndi:…}`, `{{7*7}}`, `<?php`, `<%=`, `%s`.
pub(super) fn is_template(text: &[u8]) -> bool {
    matches!(
        text,
        [b'$', b'{' | b'(', ..]
            | [b'{', b'{', ..]
            | [b'<', b'?' | b'%', ..]
            | [b'#' | b'%', b'{', ..]
            | [b'%', b's', ..]
    )
}

/// Splits before the last byte of a kind.
fn split_last(text: &[u8], is: impl Fn(u8) -> bool) -> Option<(&[u8], &[u8])> {
    let at = text.iter().rposition(|byte| is(*byte))?;
    text.split_at_checked(at)
}

fn contains(text: &[u8], name: &str) -> bool {
    position(text, name).is_some()
}

fn position(text: &[u8], name: &str) -> Option<usize> {
    text.windows(name.len())
        .position(|part| part.eq_ignore_ascii_case(name.as_bytes()))
}

fn ends_with(text: &[u8], name: &str) -> bool {
    let start = text.len().saturating_sub(name.len());
    text.get(start..)
        .is_some_and(|tail| tail.eq_ignore_ascii_case(name.as_bytes()))
}
