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

    /// What a phone is called, where the name is part of that: `(Linux; Android 7.0; M bot 60
    /// Build/…)`, `Instagram 312.0 Android (24/7.0; …; M bot; M_bot_60; …)`. A program that stands
    /// there has a version or an address.
    pub(super) fn device(self) -> Option<Device<'a>> {
        let (outside, inside) = self.comment()?;
        let is_named_before = ends_with(outside.trim_ascii_end(), "android");
        if !is_named_before && !SYSTEMS.iter().any(|system| contains(inside, system)) {
            return None;
        }
        let (elements, begun) = split_last(inside, |byte| byte == b';')?;
        // What follows the build is no phone any more: `…Build/OPD3.170816.012; a program`.
        if contains(elements, " build/") || contains(elements, "compatible") {
            return None;
        }
        let end = self
            .rest
            .iter()
            .position(|byte| matches!(byte, b';' | b')'))?;
        let rest = self.rest.get(..end)?;
        let named = [begun, rest].map(|part| part.get(..position(part, " build/")?));
        let [begun_name, rest_name] = named;
        let is_address = |byte: &u8| matches!(byte, b'/' | b'@' | b':');
        let build = begun_name.and_then(|name| begun.get(name.len()..)?.get(" build/".len()..));
        let parts = [
            begun_name.unwrap_or(begun),
            build.unwrap_or_default(),
            rest_name.unwrap_or(rest),
        ];
        let device = Device {
            before: begun.get(1..)?.trim_ascii_start(),
            rest: rest_name.unwrap_or(rest),
        };
        let is_a_name = begun.len().saturating_add(end) <= MAX_DEVICE_LEN
            && !parts.iter().any(|part| part.iter().any(is_address));
        is_a_name.then_some(device)
    }

    /// Whether a phone that was named before is named here again: `Snapchat/12 (M bot 60; …)`.
    pub(super) fn is_of(self, device: Device<'_>) -> bool {
        let start = self.before.len().saturating_sub(device.before.len());
        let same = |text: Option<&[u8]>, name: &[u8]| {
            let one = |byte: u8| if byte == b'_' { b' ' } else { byte };
            text.is_some_and(|text| {
                text.len() == name.len() && (text.iter().zip(name)).all(|(a, b)| one(*a) == one(*b))
            })
        };
        same(self.before.get(start..), device.before)
            && same(self.rest.get(..device.rest.len()), device.rest)
    }

    /// The parenthesis that the name stands in, up to it, and what stands before that.
    fn comment(self) -> Option<(&'a [u8], &'a [u8])> {
        let far = self.before.len().saturating_sub(MAX_COMMENT_LEN);
        let near = self.before.get(far..)?;
        let at = near
            .iter()
            .rposition(|byte| matches!(byte, b'(' | b')'))?
            .saturating_add(far);
        let comment = self.before.split_at_checked(at);
        comment.filter(|(_, inside)| inside.starts_with(b"("))
    }

    /// Whether the name is a word of its own, or of a name in camel case: `Link check`, `LinkCheck`.
    /// A long one may also end a word.
    pub(super) fn is_a_word(self) -> bool {
        let starts = self.name_len >= MIN_LONG_LEN
            || match (self.before.last(), self.rest) {
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
    /// Beside `MSIE` hosts name what came with the browser. Where one is known already, another
    /// that is alone is none the news.
    pub(super) fn host(self, one_is_known: bool) -> Host {
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
        if found == Host::Alone && one_is_known {
            return Host::None;
        }
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

/// What a phone is called: what stands before a name in it, and the name with what follows.
#[derive(Clone, Copy)]
pub(super) struct Device<'a> {
    before: &'a [u8],
    rest: &'a [u8],
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

/// How long a word is that is no part of another by chance, as `scan` is of `Scandinavia`.
const MIN_LONG_LEN: usize = 7;

/// How long it may be what a phone is called, with its build.
const MAX_DEVICE_LEN: usize = 96;

/// How much of a parenthesis is looked at; those of browsers stay well below. Else whoever repeats a
/// name in a long one would have it read again for each.
const MAX_COMMENT_LEN: usize = 256;

/// How phones' browsers name their system before the phone.
const SYSTEMS: [&str; 6] = [
    "android ",
    "andr0id ",
    "; adr ",
    "(mobile;",
    "tizen ",
    "windows phone",
];

/// Whether it is a placeholder that nobody filled in, or one that is to be filled in by whoever
/// reads it: `${jndi:…}`, `{{7*7}}`, `<?php`, `<%=`, `%s`, `Chrome/{version}`.
pub(super) fn is_template(text: &[u8]) -> bool {
    matches!(
        text,
        [b'$', b'{' | b'(', ..]
            | [b'{', b'{', ..]
            | [b'<', b'?' | b'%', ..]
            | [b'#' | b'%', b'{', ..]
            | [b'%', b's', ..]
            | [b'/', b'{' | b'[', ..]
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
