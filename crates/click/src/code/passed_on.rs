//! Codes as people, mail programs, chat apps, word processors and scanners pass them on: with a full
//! stop behind, in quotes, escaped once more, with characters that nobody sees.
//!
//! What cannot stand in a code is cut off at both ends, and what was made of a character that can is
//! made that character again. Nothing is guessed: in the middle of a code there is no other sign.

use percent_encoding::percent_decode;

use super::Code;

/// How often a text may have been percent-encoded.
const MAX_ENCODED: usize = 4;
/// How much of a text is read, in bytes: a code has 64, and each may have been written in twelve.
const MAX_READ: usize = 2_048;
/// A hyphen that is none of ASCII's.
const HYPHEN: char = '\u{2010}';

/// The codes that a text may mean, the likeliest first: the code as it stands, then without what
/// programs put beside it that could stand in a code.
pub(super) fn codes(text: &str) -> impl Iterator<Item = Code> {
    let run = match text.parse::<Code>() {
        Ok(_) => text.to_owned(),
        Err(_) => run(text),
    };
    let bare = run.trim_end_matches(['-', '_']);
    // A mail's `=3D`, of which the equals sign was taken for that of the query.
    let quoted = run.strip_prefix("3D").unwrap_or(&run);
    let meant = [Some(run.as_str()), other(bare, &run), other(quoted, &run)];
    let meant: Vec<Code> = meant
        .into_iter()
        .flatten()
        .filter_map(|code| code.parse().ok())
        .collect();
    meant.into_iter()
}

fn other<'a>(variant: &'a str, run: &str) -> Option<&'a str> {
    (variant != run).then_some(variant)
}

/// What of a text may be a code.
fn run(text: &str) -> String {
    let end = text.floor_char_boundary(MAX_READ);
    let text = unescaped(&decoded(text.get(..end).unwrap_or_default()));
    let plain: String = text.chars().filter_map(plain).collect();
    let begun = plain.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
    let run = begun.split(ends).next().unwrap_or_default();
    let run = run.trim_end_matches(|c: char| !can_stand(c));
    run.replace(HYPHEN, "-")
}

fn can_stand(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

/// Whether a code is over here, and what follows is an address' or a sentence's.
fn ends(c: char) -> bool {
    matches!(
        c,
        '?' | '&' | '#' | '=' | ';' | '%' | '\\' | '|' | '"' | '\'' | '`' | '<' | '>' | '^'
    ) || matches!(c, '(' | ')' | '[' | ']' | '{' | '}')
}

/// Percent-decoded, as often as it was encoded. Bytes that are no UTF-8, such as those of Windows'
/// own quotation marks, stand for a sign that no code has.
fn decoded(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..MAX_ENCODED {
        let decoded: Vec<u8> = percent_decode(&bytes).collect();
        if decoded == bytes {
            break;
        }
        bytes = decoded;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// With the characters that HTML's references stand for, in as far as they bear on codes: those by
/// number, and the ampersand. Any other is a sign that no code has.
fn unescaped(text: &str) -> String {
    let mut text = text;
    let mut plain = String::with_capacity(text.len());
    while let Some((before, rest)) = text.split_once('&') {
        plain.push_str(before);
        match reference(rest) {
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

/// The character of a reference, the ampersand of which was cut off, and what follows.
fn reference(text: &str) -> Option<(char, &str)> {
    let (name, after) = text.split_once(';')?;
    if name.is_empty() || name.len() > 10 {
        return None;
    }
    let number = |digits: &str, radix| {
        let number = u32::from_str_radix(digits, radix).ok()?;
        Some(char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER))
    };
    let c = match name.strip_prefix('#') {
        Some(digits) => match digits.strip_prefix(['x', 'X']) {
            Some(digits) => number(digits, 16)?,
            None => number(digits, 10)?,
        },
        None if name.bytes().all(|byte| byte.is_ascii_alphanumeric()) => match name {
            "amp" => '&',
            "shy" | "zwj" | "zwnj" => '\u{200B}',
            _ => ' ',
        },
        None => return None,
    };
    Some((c, after))
}

/// The character of a code that was made into `c`; nothing for what is not seen.
fn plain(c: char) -> Option<char> {
    match c {
        // Soft hyphen, and the signs that part, join and direct.
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' => None,
        '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' => None,
        '\u{FEFF}' => None,
        _ if c.is_control() => None,
        // Dashes that word processors make of a hyphen.
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}' => Some(HYPHEN),
        // Letters and signs as wide as Chinese ones.
        '\u{FF01}'..='\u{FF5E}' => char::from_u32((c as u32).saturating_sub(0xFEE0)),
        // Turkish keyboards' and capitals' i.
        '\u{130}' | '\u{131}' => Some('i'),
        _ => Some(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;

    fn meant(text: &str) -> Vec<String> {
        codes(text).map(|code| code.to_string()).collect()
    }

    #[test]
    fn a_code_is_found_whatever_is_beside_it() {
        for text in [
            "ANA",
            "ANA.",
            "ANA)",
            "ANA]",
            "ANA,",
            "ANA;",
            "ANA:",
            "ANA!",
            "ANA'",
            "ANA*",
            "ANA~",
            "\"ANA\"",
            "<ANA>",
            "(ANA).",
            "«ANA»",
            "„ANA“",
            "ANA…",
            "ANA。",
            "ANA）",
            "ANA、",
            "ANA的",
            "-ANA",
            "_ANA",
            "  ANA ",
            "ANA\u{A0}",
            "ANA\u{200B}",
            "\u{FEFF}ANA",
            "A\u{AD}NA",
            "AN\r\nA",
            "ＡＮＡ",
            "ANA%22",
            "ANA%E2%80%A6",
            "ANA%85",
            "%93ANA%94",
            "ANA%20",
            "ANA%2520",
            "%2541NA",
            "ANA%",
            "ANA%2",
            "ANA&utm_source=x",
            "ANA?utm_source=x",
            "ANA%3Futm_source=x",
            "ANA&amp;sub1=x",
            "ANA%26amp%3Bsub1=x",
            "&quot;ANA&quot;",
            "&#65;NA",
            "&#x41;NA&#8203;",
            "&lt;ANA&gt;",
            "ANA#top",
            "ANA/",
            "ANA//",
            "ANA=",
            "ANA=20",
            "ANA=E2=80=A6",
            "ANA](https://shop.example/r/ANA)",
            "ANA</a>",
            "ANA\\",
            "ANA|",
            "*ANA*",
            "**ANA**",
            "`ANA`",
            "ANA\u{FE0F}",
            "ANA😀",
            "ANA—",
            "–ANA",
        ] {
            assert_eq!(
                meant(text).first().map(String::as_str),
                Some("ana"),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_made_of_a_codes_own_signs_is_made_them_again() {
        for text in [
            "SALE–10",
            "SALE\u{2011}10",
            "SALE−10",
            "ＳＡＬＥ－１０",
            "SALE%E2%80%9310",
            "SALE&#8211;10",
        ] {
            assert_eq!(meant(text), ["sale-10"], "{text}");
        }
        assert_eq!(meant("MİNA"), ["mina"]);
        assert_eq!(meant("mına"), ["mina"]);
    }

    #[test]
    fn what_could_stand_in_a_code_stays_unless_no_link_has_it() {
        assert_eq!(meant("ANA_"), ["ana_", "ana"]);
        assert_eq!(meant("ANA-_."), ["ana-_", "ana"]);
        assert_eq!(meant("3DANA"), ["3dana", "ana"]);
    }

    #[test]
    fn nothing_is_guessed() {
        for text in [
            "",
            ".",
            "-",
            "_",
            "…",
            "ANA.BEN",
            "ANA BEN",
            "ANA,BEN",
            "ANA的BEN",
            "ä",
            "%ff",
            "&;",
        ] {
            assert_eq!(meant(text), [""; 0], "{text}");
        }
        assert_eq!(meant(&"a".repeat(65)), [""; 0]);
    }

    const BESIDE: &str = "[ \t.,:;!?'\"(){}<>\\[\\]*~`|/#%&=^$€£§°«»„“”‘’…。、，：；！？（）【】「」《》\
        \u{A0}\u{AD}\u{200B}\u{200C}\u{200D}\u{200E}\u{2028}\u{202F}\u{2060}\u{3000}\u{FEFF}äßéЖ的の😀]{0,4}";

    fn encoded(text: &str, how: u8) -> String {
        let percent = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        match how {
            0 => percent(text),
            1 => percent(&percent(text)),
            // As PHP's `urlencode` and forms have it.
            2 => percent(text).replace("%20", "+"),
            3 => percent(text)
                .to_lowercase()
                .replace(&text.to_lowercase(), text),
            4 => text.chars().map(|c| format!("&#{};", c as u32)).collect(),
            5 => percent(
                &text
                    .chars()
                    .map(|c| format!("&#x{:x};", c as u32))
                    .collect::<String>(),
            ),
            _ => text.to_owned(),
        }
    }

    proptest! {
        /// Whatever cannot stand in a code, at either end, in any encoding.
        #[test]
        fn a_wrapped_code_leads_where_the_code_leads(
            code in "[A-Za-z0-9]([A-Za-z0-9_-]{0,30}[A-Za-z0-9])?",
            before in BESIDE,
            after in BESIDE,
            how in 0..7_u8,
        ) {
            // As written, these begin an escape; and a percent sign that was encoded may be one that was
            // encoded twice.
            prop_assume!(!before.contains('%'));
            prop_assume!(how < 6 || !(before.contains('&') || after.starts_with(['%', '&'])));
            // An encoding is of the code and of what is beside it. A plus before a code is a space.
            let text = format!("{}{}{}", encoded(&before, how), encoded(&code, how), encoded(&after, how));
            prop_assert_eq!(meant(&text).first().cloned(), Some(code.to_lowercase()), "{}", text);
        }

        /// No code is ever taken for another one.
        #[test]
        fn a_code_means_itself_first(code in "[A-Za-z0-9][A-Za-z0-9_-]{0,63}") {
            prop_assert_eq!(meant(&code).first().cloned(), Some(code.to_lowercase()));
        }

        #[test]
        fn a_text_means_few_codes(text in any::<String>()) {
            prop_assert!(meant(&text).len() <= 3);
        }
    }
}
