//! HTML's character references, as WordPress puts them into what it stores.

/// The text with references to single characters resolved, once: those by number, and those that
/// PHP's `htmlspecialchars` writes.
pub(crate) fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut text = text;
    while let Some((before, rest)) = text.split_once('&') {
        plain.push_str(before);
        match rest
            .split_once(';')
            .and_then(|(name, after)| Some((character(name)?, after)))
        {
            Some((c, after)) => {
                plain.push(c);
                text = after;
            }
            None => {
                plain.push('&');
                text = rest;
            }
        }
    }
    plain.push_str(text);
    plain
}

fn character(name: &str) -> Option<char> {
    let number = match name.strip_prefix('#') {
        None => {
            return match name {
                "amp" => Some('&'),
                "lt" => Some('<'),
                "gt" => Some('>'),
                "quot" => Some('"'),
                "apos" => Some('\''),
                _ => None,
            };
        }
        // Numbers of Rust's may have a sign.
        Some(digits) if digits.contains(['+', '-']) => return None,
        Some(digits) => match digits.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => digits.parse(),
        },
    };
    number.ok().and_then(char::from_u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_escaped_is_unescaped_once() {
        for (escaped, plain) in [
            ("tea&amp;cake", "tea&cake"),
            ("mum&#039;s10", "mum's10"),
            ("&lt;b&gt;&quot;&apos;&#x27;", "<b>\"\'\'"),
            ("a&amp;amp;b", "a&amp;b"),
            ("a&b", "a&b"),
            ("a&b;c&", "a&b;c&"),
            ("&#0;&#xD800;&#;&;", "\0&#xD800;&#;&;"),
            ("&#038;&#38;&#8217;&#+65;&#x-1;", "&&\u{2019}&#+65;&#x-1;"),
            ("", ""),
        ] {
            assert_eq!(unescaped(escaped), plain, "{escaped}");
        }
    }
}
