//! The header `Link` (RFC 8288), as far as a list's next page goes.

/// The address of the next page.
pub(crate) fn next(header: &str) -> Option<&str> {
    let mut rest = header;
    while let Some((_, link)) = rest.split_once('<') {
        let (address, after) = link.split_once('>')?;
        // What follows the address, up to the next one's.
        let parameters = after.split('<').next().unwrap_or_default();
        if parameters.split([';', ',']).any(is_next) {
            return Some(address);
        }
        rest = after;
    }
    None
}

fn is_next(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else {
        return false;
    };
    let mut relations = value.trim().trim_matches('"').split_ascii_whitespace();
    name.trim().eq_ignore_ascii_case("rel") && relations.any(|it| it.eq_ignore_ascii_case("next"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_the_one_that_says_so() {
        for (header, expected) in [
            (
                r#"<https://a/1?x=1,2>; rel="next""#,
                Some("https://a/1?x=1,2"),
            ),
            (
                r#"<https://a/0>; rel="previous", <https://a/2>; rel="next""#,
                Some("https://a/2"),
            ),
            ("<https://a/2>;rel=next", Some("https://a/2")),
            (
                r#"<https://a/2>; title="x"; REL="last Next""#,
                Some("https://a/2"),
            ),
            (r#"<https://a/0>; rel="previous""#, None),
            (r#"<https://a/0>; title="next""#, None),
            ("<https://a/2", None),
            ("https://a/2; rel=next", None),
            ("<>; rel=next", Some("")),
            ("", None),
        ] {
            assert_eq!(next(header), expected, "{header}");
        }
    }
}
