//! Where a link is found: what is shared, printed and scanned.

use serde::{Deserialize, Serialize};

use crate::code::Code;

/// The addresses of a link on one host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addresses {
    /// To share: a click.
    pub link: String,
    /// What a QR picture holds: a scan.
    pub qr: String,
    /// The QR picture as SVG.
    pub svg: String,
    /// The QR picture as PNG.
    pub png: String,
}

impl Addresses {
    /// The addresses of a link on the host of this absolute URL, whose path does not matter.
    ///
    /// They begin with `https`, whatever was asked by: over `http` no browser takes the mark.
    /// For development only, `localhost` and `127.0.0.1` keep theirs. The path is in lower case,
    /// as routes are, and the code as codes are kept; a picture may be asked for in capitals, which
    /// makes a smaller symbol, where the shop has a route for `/Q/`, too.
    pub fn on_host_of(url: &str, code: &Code) -> Self {
        let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority.split(':').next().unwrap_or_default();
        let scheme = match host {
            "localhost" | "127.0.0.1" => scheme,
            _ => "https",
        };
        let at = |method: &str| format!("{scheme}://{authority}/{method}/{code}");
        let qr = at("q");
        Self {
            link: at("r"),
            svg: format!("{qr}.svg"),
            png: format!("{qr}.png"),
            qr,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(url: &str) -> String {
        Addresses::on_host_of(url, &"ANA".parse().unwrap()).qr
    }

    #[test]
    fn a_link_has_an_address_to_share_one_to_scan_and_two_pictures() {
        let code = "Ana-10".parse().unwrap();
        assert_eq!(
            Addresses::on_host_of("https://shop.example/v1/links?limit=3", &code),
            Addresses {
                link: "https://shop.example/r/ana-10".into(),
                qr: "https://shop.example/q/ana-10".into(),
                svg: "https://shop.example/q/ana-10.svg".into(),
                png: "https://shop.example/q/ana-10.png".into(),
            }
        );
    }

    #[test]
    fn what_is_printed_is_https_but_on_a_developer_s_machine() {
        for (url, printed) in [
            (
                "http://shop.example/q/ana.svg",
                "https://shop.example/q/ana",
            ),
            ("http://shop.example", "https://shop.example/q/ana"),
            (
                "http://localhost.shop.example/",
                "https://localhost.shop.example/q/ana",
            ),
            (
                "http://127.0.0.1:8787/q/ana.svg",
                "http://127.0.0.1:8787/q/ana",
            ),
            ("http://localhost:8787?x", "http://localhost:8787/q/ana"),
            ("https://localhost/", "https://localhost/q/ana"),
        ] {
            assert_eq!(scan(url), printed, "{url}");
        }
    }
}
