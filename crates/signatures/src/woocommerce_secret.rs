//! The key behind a WooCommerce webhook's secret.
//!
//! WordPress may keep a secret with its special characters as entities, and takes them out again
//! before it signs: `wp_specialchars_decode` with `ENT_QUOTES`. So has everyone who checks the
//! signature, and it is the same key whether the merchant copied the secret with entities or without.

/// The secret with the entities of `&`, `<`, `>`, `"` and `'` taken out: those that WordPress knows,
/// in one pass, so that `&amp;lt;` becomes `&lt;`.
pub(crate) fn decoded(secret: &str) -> String {
    let mut key = String::with_capacity(secret.len());
    let mut rest = secret;
    while let Some((before, after)) = rest.split_once('&') {
        key.push_str(before);
        match entity(after) {
            Some((character, after)) => {
                key.push(character);
                rest = after;
            }
            None => {
                key.push('&');
                rest = after;
            }
        }
    }
    key.push_str(rest);
    key
}

/// The character of the entity whose text, after its `&`, this begins with, and what follows it.
/// Numbers may have zeros before them, and an `X` may be large; names may not.
fn entity(text: &str) -> Option<(char, &str)> {
    let (name, after) = text.split_once(';')?;
    let number = |digits: &str| digits.trim_start_matches('0').to_owned();
    let character = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        _ => {
            let digits = name.strip_prefix('#')?;
            match digits.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => match number(hexadecimal).as_str() {
                    "22" => '"',
                    "26" => '&',
                    "27" => '\'',
                    _ => return None,
                },
                None => match number(digits).as_str() {
                    "34" => '"',
                    "38" => '&',
                    "39" => '\'',
                    "60" => '<',
                    "62" => '>',
                    _ => return None,
                },
            }
        }
    };
    Some((character, after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn entities_that_wordpress_knows_are_taken_out_once() {
        for (secret, key) in [
            ("", ""),
            ("plain", "plain"),
            ("a&b", "a&b"),
            ("&amp;&lt;&gt;&quot;", "&<>\""),
            ("&#039;&#39;&#00039;&#x27;&#X0027;", "'''''"),
            ("&#34;&#x22;&#38;&#x26;&#60;&#62;", "\"\"&&<>"),
            ("&amp;lt;&amp;#039;", "&lt;&#039;"),
            ("&&amp;;", "&&;"),
            ("&amp", "&amp"),
            // WordPress leaves these as they are.
            (
                "&AMP;&apos;&#x3c;&nbsp;&#0;&#;",
                "&AMP;&apos;&#x3c;&nbsp;&#0;&#;",
            ),
        ] {
            assert_eq!(decoded(secret), key, "{secret}");
        }
    }

    proptest! {
        #[test]
        fn what_has_no_ampersand_stays_and_what_was_encoded_comes_back(key in "[a&<>\"'#;x039]{0,24}") {
            let encoded = key
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
                .replace('"', "&quot;")
                .replace('\'', "&#039;");
            prop_assert_eq!(decoded(&encoded), key);
        }
    }
}
