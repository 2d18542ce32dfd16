//! Codes, tags and e-mail addresses: text that compares by its folded form.

use std::borrow::Cow;
use std::cmp::Ordering;

use icu_normalizer::ComposingNormalizerBorrowed;

use crate::text::Text;

/// The folded form of a coupon code, a tag or an e-mail address: two that fold alike are one.
///
/// White space is trimmed at both ends, letters are composed (NFC) and lower-case as Unicode has it
/// for every language, a final sigma is a sigma like any other. ASCII is folded without a table, and
/// without a copy where it is folded already.
///
/// ```
/// use waymark_attribution::fold_text;
///
/// assert_eq!(fold_text(" Save10 "), "save10");
/// // The dot of a Turkish I stays, as an accent: another letter than an I without one.
/// assert_eq!(fold_text("\u{130}ZM\u{130}R"), "i\u{307}zmi\u{307}r");
/// assert_eq!(fold_text("CAFE\u{301}"), fold_text("café"));
/// assert_eq!(fold_text("ΟΔΟΣ"), fold_text("οδος"));
/// assert_ne!(fold_text("straße"), fold_text("strasse"));
/// ```
pub fn fold_text(text: &str) -> Cow<'_, str> {
    let trimmed = text.trim();
    if !trimmed.is_ascii() {
        return Cow::Owned(fold_unicode(trimmed));
    }
    match trimmed.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(trimmed.to_ascii_lowercase()),
        false => Cow::Borrowed(trimmed),
    }
}

/// Letter by letter, so that no letter's lower case depends on its place in the word. Lower-casing may
/// leave letters that compose with what follows them, therefore they are composed again.
fn fold_unicode(trimmed: &str) -> String {
    const NFC: ComposingNormalizerBorrowed<'_> = ComposingNormalizerBorrowed::new_nfc();
    let composed = NFC.normalize_iter(trimmed.chars());
    let lower = composed.flat_map(char::to_lowercase);
    let plain = lower.map(|letter| match letter {
        'ς' => 'σ',
        other => other,
    });
    NFC.normalize_iter(plain).collect()
}

/// Text that compares by its folded form.
///
/// ASCII stays as it was written and is compared as if it were lower-case: that saves a copy of
/// nearly every key of a directory. Anything else is folded once, when the key is made.
#[derive(Debug, Clone)]
pub(crate) struct Key<'a>(Text<'a>);

impl<'a> Key<'a> {
    /// The key that a text stands for; `None` if it is white space only.
    pub(crate) fn new(text: Text<'a>) -> Option<Key<'a>> {
        let trimmed = text.trimmed();
        match (trimmed.is_empty(), trimmed.is_ascii()) {
            (true, _) => None,
            (false, true) => Some(Key(trimmed)),
            (false, false) => Some(Key(fold_unicode(&trimmed).into())),
        }
    }
}

impl AsRef<str> for Key<'_> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Ord for Key<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let lower = |byte: u8| byte.to_ascii_lowercase();
        self.0.bytes().map(lower).cmp(other.0.bytes().map(lower))
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
    use proptest::prelude::*;

    fn key(text: &str) -> Option<Key<'_>> {
        Key::new(text.into())
    }

    /// Text in which letters meet that fold in different ways, and any other.
    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            "[ A-Ca-cÄäß\u{130}\u{300}\u{301}\u{307}\u{323}\u{345}ΣσςΩ\u{2126}\u{212a}\u{1e9e}ǅ각ㄱ]{0,6}",
            ".{0,8}"
        ]
    }

    #[test]
    fn outer_white_space_and_ascii_case_do_not_matter() {
        assert_eq!(key(" Save10\u{3000}"), key("SAVE10"));
        assert_eq!(Key::new("  save10 ".to_owned().into()), key("SAVE10"));
    }

    #[test]
    fn inner_white_space_and_accents_do() {
        assert_ne!(key("SAVE 10"), key("SAVE10"));
        assert_ne!(key("É"), key("E"));
    }

    #[test]
    fn what_is_not_ascii_may_be_the_same_as_what_is() {
        // The sign for kelvin is composed to a letter K.
        assert_eq!(key("\u{212a}10"), key("K10"));
        assert_eq!(fold_text("\u{212a}10"), fold_text("K10"));
    }

    #[test]
    fn ascii_that_is_folded_already_is_not_copied() {
        assert!(matches!(fold_text(" save10 "), Cow::Borrowed("save10")));
        assert!(matches!(key("SAVE10"), Some(Key(text)) if text == "SAVE10"));
    }

    #[test]
    fn keys_sort_by_what_they_compare_by() {
        assert!(key("a") < key("B") && key("B") < key(" c"));
        assert!(key("Ä") < key("ä\u{323}") && key("ä") > key("Z"));
    }

    #[test]
    fn white_space_alone_is_no_key() {
        assert_eq!(key(" \t\u{a0}"), None);
        assert_eq!(key(""), None);
    }

    /// Of python3: `unicodedata.normalize` around `str.lower` and `replace("ς", "σ")`.
    #[test]
    fn every_script_is_folded_as_unicode_says() {
        for (written, folded) in [
            ("  Café ", "café"),
            ("CAFE\u{301}", "café"),
            ("ÉTÉ2026", "été2026"),
            ("ΟΔΟΣ", "οδοσ"),
            ("οδος", "οδοσ"),
            ("ΟΔΟΣ ΟΔΟΣ", "οδοσ οδοσ"),
            ("Σ", "σ"),
            ("ς", "σ"),
            ("İZMİR", "i\u{307}zmi\u{307}r"),
            ("ISPARTA", "isparta"),
            ("ıspartaI", "ıspartai"),
            ("STRASSE", "strasse"),
            ("Straße", "straße"),
            ("STRAẞE", "straße"),
            ("ÅNGSTRÖM", "ångström"),
            ("\u{212b}ngstro\u{308}m", "ångström"),
            ("Ω\u{2126}", "ωω"),
            ("ДОБРО", "добро"),
            ("Ёлка", "ёлка"),
            ("Е\u{308}лка", "ёлка"),
            ("ԱՐԵՎ", "արեվ"),
            ("ⴀႠ", "ⴀⴀ"),
            ("Ǆ ǅ ǆ", "ǆ ǆ ǆ"),
            ("\u{1100}\u{1161}\u{11a8}", "각"),
            ("각", "각"),
            ("コード", "コード"),
            ("か\u{3099}", "が"),
            ("ﬁn", "ﬁn"),
            ("ＡＢＣ", "ａｂｃ"),
            ("ẛ\u{323}", "ẛ\u{323}"),
            ("A\u{327}\u{30a}", "å\u{327}"),
            ("a\u{30a}\u{327}", "å\u{327}"),
            ("Ὦ", "ὦ"),
            ("ᾯ", "ᾧ"),
            ("ΑΙ\u{345}", "αι\u{345}"),
            ("𝐀", "𝐀"),
            ("𐐀", "𐐨"),
            ("Å\u{a0}", "å"),
            ("\u{2003}Ünïcode\u{2003}", "ünïcode"),
            ("न\u{93f}\u{93c}", "न\u{93f}\u{93c}"),
            ("क़", "क\u{93c}"),
            ("é@Éxample.test", "é@éxample.test"),
            ("I\u{307}", "i\u{307}"),
            ("I\u{323}\u{307}", "ị\u{307}"),
            ("J\u{30c}", "ǰ"),
            ("\u{1fef}", "`"),
        ] {
            assert_eq!(fold_text(written), folded, "{written}");
        }
    }

    proptest! {
        #![proptest_config(crate::tests::laws())]

        #[test]
        fn folding_folded_text_changes_nothing(text in text()) {
            let folded = fold_text(&text);
            prop_assert_eq!(fold_text(&folded), &*folded);
        }

        #[test]
        fn keys_are_equal_and_sort_as_their_folded_texts(one in text(), other in text()) {
            if let (Some(a), Some(b)) = (key(&one), key(&other)) {
                prop_assert_eq!(a.cmp(&b), fold_text(&one).cmp(&fold_text(&other)));
            }
        }
    }
}
