//! The path and the query of a request, cut out of its URL without parsing all of it.

use crate::touch::Method;

/// The path and the query of an absolute URL, neither decoded; `/` where it has no path, and an
/// empty query where it has none.
///
/// A runtime hands requests over with their URL parsed and written down again, so cutting is
/// enough, and costs a click nothing.
pub fn path_and_query(url: &str) -> (&str, &str) {
    let (url, _fragment) = url.split_once('#').unwrap_or((url, ""));
    let (url, query) = url.split_once('?').unwrap_or((url, ""));
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = after_scheme
        .find('/')
        .and_then(|start| after_scheme.get(start..));
    (path.unwrap_or("/"), query)
}

/// By which of a link's two addresses a path asks for it, and what it has in place of the code:
/// `/r/ANA` and `/q/ANA`, also in capitals, as the smallest QR symbols have them, and with a stroke
/// too many.
pub fn link_path(path: &str) -> Option<(Method, &str)> {
    let path = path.trim_start_matches('/');
    let (method, code) = path.split_once('/').unwrap_or((path, ""));
    let method = match method {
        "r" | "R" => Method::Link,
        "q" | "Q" => Method::Qr,
        _ => return None,
    };
    Some((method, code.trim_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_links_path_is_known_however_it_was_typed() {
        for path in [
            "/r/ANA", "/R/ANA", "//r/ANA", "/r//ANA", "/r/ANA/", "/r/ANA//",
        ] {
            assert_eq!(link_path(path), Some((Method::Link, "ANA")), "{path}");
        }
        for path in ["/q/ANA", "/Q/ANA"] {
            assert_eq!(link_path(path), Some((Method::Qr, "ANA")), "{path}");
        }
        assert_eq!(link_path("/r"), Some((Method::Link, "")));
        for path in ["/", "", "/ra/ANA", "/a/r/ANA", "/%72/ANA", "/rq"] {
            assert_eq!(link_path(path), None, "{path}");
        }
    }

    #[test]
    fn a_url_is_cut_into_path_and_query() {
        for (url, cut) in [
            ("https://shop.example/r/ANA", ("/r/ANA", "")),
            (
                "https://shop.example/r/ANA?sub1=a&to=/b",
                ("/r/ANA", "sub1=a&to=/b"),
            ),
            ("http://127.0.0.1:8787/", ("/", "")),
            ("https://shop.example", ("/", "")),
            ("https://shop.example?a=b", ("/", "a=b")),
            (
                "https://shop.example/r/a%2Fb?x=y?z#top?c",
                ("/r/a%2Fb", "x=y?z"),
            ),
            (
                "https://shop.example/a?u=https://b/c",
                ("/a", "u=https://b/c"),
            ),
        ] {
            assert_eq!(path_and_query(url), cut, "{url}");
        }
    }

    #[test]
    fn it_agrees_with_a_parser() {
        for url in [
            "https://shop.example/r/ANA?sub1=a",
            "https://shop.example/",
            "https://user@shop.example:444/a/b/?c",
        ] {
            let parsed = url::Url::parse(url).unwrap();
            let cut = (parsed.path(), parsed.query().unwrap_or_default());
            assert_eq!(path_and_query(parsed.as_str()), cut);
        }
    }
}
