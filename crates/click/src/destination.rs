//! Where a merchant sends shoppers: a URL that was checked when the merchant wrote it.

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// Longest destination, in bytes; it leaves a redirect room for what the request adds.
const MAX_LEN: usize = 2_048;

/// A URL on one of the merchant's hosts.
///
/// Always `https`, without user information or port, on a host name. One in other letters than
/// ASCII's, such as `café.example`, is kept as every program compares it, `xn--caf-dma.example`: so
/// one that only looks like another is not taken for it. For development only, the hosts `localhost` and `127.0.0.1` may have `http` and a port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Destination(Url);

/// Why a URL is no destination.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the message of each says what it means")]
pub enum DestinationError {
    #[error("longer than 2048 bytes")]
    TooLong,
    #[error("has a space, a control character or a backslash; percent-encode it")]
    Character,
    #[error("not a complete https URL; begin with https://")]
    NotHttps,
    #[error("the host has a percent sign; write its name as people do, such as café.example")]
    EscapedHost,
    #[error("the path begins with two slashes, which other programs take for a host; write one")]
    DoubleSlash,
    #[error("not a URL: {0}")]
    Unreadable(#[from] url::ParseError),
    #[error("has a user name or password; remove everything up to the @")]
    UserInfo,
    #[error("has a port; only the standard port of https is allowed")]
    Port,
    #[error("names its host by an IP address; use the shop's host name")]
    IpAddress,
    #[error("{host} is not one of the program's hosts; use one of them, or add it")]
    OtherHost { host: String },
    #[error("expected the name of a host alone, such as shop.example")]
    NotAHost,
}

impl Destination {
    /// Reads a URL that a merchant wrote; its host must equal one of `hosts`, without case.
    pub fn parse(url: &str, hosts: &[String]) -> Result<Self, DestinationError> {
        let destination = Self::published(url)?;
        let host = destination.host();
        if hosts.iter().any(|listed| listed.eq_ignore_ascii_case(host)) {
            Ok(destination)
        } else {
            let host = host.to_owned();
            Err(DestinationError::OtherHost { host })
        }
    }

    /// Reads a URL that [`Destination::parse`] accepted before it was published with its link.
    ///
    /// Checks everything but the list of hosts: its own host is the one that a redirect keeps to.
    pub fn published(url: &str) -> Result<Self, DestinationError> {
        if url.len() > MAX_LEN {
            return Err(DestinationError::TooLong);
        }
        // The parser drops or turns these round; what the merchant reads must be what is meant.
        if url
            .bytes()
            .any(|byte| byte <= b' ' || byte == 0x7f || byte == b'\\')
        {
            return Err(DestinationError::Character);
        }
        // The parser also takes `https:host`, which a reader takes for a path.
        let Some((_, after_scheme)) = url.split_once("://") else {
            return Err(DestinationError::NotHttps);
        };
        let authority = after_scheme.split(['/', '?', '#']).next();
        // The parser passes over further slashes, and takes for the host what follows them.
        if authority == Some("") {
            return Err(DestinationError::NotHttps);
        }
        // The parser decodes them.
        if authority.is_some_and(|host| host.contains('%')) {
            return Err(DestinationError::EscapedHost);
        }
        let url = Url::parse(url)?;
        let loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1"));
        if url.scheme() != "https" && !(loopback && url.scheme() == "http") {
            return Err(DestinationError::NotHttps);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(DestinationError::UserInfo);
        }
        if url.port().is_some() && !loopback {
            return Err(DestinationError::Port);
        }
        // After parsing, which turns `0x7f.1` into the address that it means.
        if !matches!(url.host(), Some(Host::Domain(_))) && !loopback {
            return Err(DestinationError::IpAddress);
        }
        if url.path().starts_with("//") {
            return Err(DestinationError::DoubleSlash);
        }
        Ok(Self(url))
    }

    /// Reads the name of a host alone, such as `shop.example`, and gives it in the form in which
    /// [`Destination::host`] names it: in lower case, and in ASCII.
    pub fn host_name(text: &str) -> Result<String, DestinationError> {
        // A star stands for nothing here: hosts are compared by their exact names.
        let is_plain = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || "-_.".contains(c);
        if text.is_empty() || !text.chars().all(is_plain) {
            return Err(DestinationError::NotAHost);
        }
        let url = Self::published(&format!("https://{text}/"))?;
        let host = url.host();
        if text.is_ascii() && !text.eq_ignore_ascii_case(host) {
            return Err(DestinationError::NotAHost);
        }
        Ok(host.to_owned())
    }

    /// The URL as the parser writes it: ASCII without spaces or control characters.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The host, in ASCII.
    pub fn host(&self) -> &str {
        // A destination has one: `published` takes no other URL.
        self.0.host_str().unwrap_or_default()
    }

    pub(crate) fn url(&self) -> &Url {
        &self.0
    }
}

impl TryFrom<String> for Destination {
    type Error = DestinationError;

    fn try_from(url: String) -> Result<Self, Self::Error> {
        Self::published(&url)
    }
}

impl From<Destination> for String {
    fn from(Destination(url): Destination) -> Self {
        url.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<String, DestinationError> {
        let hosts = [
            "Shop.example",
            "xn--bcher-kva.example",
            "localhost",
            "127.0.0.1",
        ];
        Destination::parse(url, &hosts.map(str::to_owned)).map(|url| url.as_str().to_owned())
    }

    #[test]
    fn a_url_on_a_listed_host_is_a_destination_as_the_parser_writes_it() {
        for (url, written) in [
            ("https://shop.example", "https://shop.example/"),
            (
                "HTTPS://SHOP.example:443/a?b=ä#c",
                "https://shop.example/a?b=%C3%A4#c",
            ),
            (
                "https://xn--bcher-kva.example/",
                "https://xn--bcher-kva.example/",
            ),
            (
                "https://bücher.example/a",
                "https://xn--bcher-kva.example/a",
            ),
            (
                "https://BU\u{308}CHER.example",
                "https://xn--bcher-kva.example/",
            ),
            ("http://localhost:8787/", "http://localhost:8787/"),
            ("http://127.0.0.1/", "http://127.0.0.1/"),
        ] {
            assert_eq!(parse(url).as_deref(), Ok(written), "{url}");
        }
    }

    #[test]
    fn no_spelling_of_another_host_or_scheme_is_a_destination() {
        for url in [
            "",
            "/path",
            "//evil.example",
            "/\\evil.example",
            "https:evil.example",
            "https:/evil.example",
            "https:shop.example",
            "\t//evil.example",
            "https://evil.example",
            "https://shop.example@evil.example",
            "https://shop.example\\@evil.example",
            "https://shop.example.evil.example",
            "https://shop.exampleevil",
            "https://sub.shop.example",
            "https://shop.example.",
            "https://evil.example#shop.example",
            "https://evil.example?shop.example",
            "https://evil.example%2f.shop.example",
            "https://%E3%80%82",
            "https://shop.example。evil.example",
            "https://shop.example．evil.example",
            "https://shop.exampIe\u{131}",
            "https://bucher.example/",
            "https://\u{455}hop.example/",
            "https://shop.example\u{ff0f}.b\u{fc}cher.example/",
            "https://shop.example\u{ff20}evil.example/",
            "https://xn--bcher-.example/",
            "https://a\u{301a}.example/",
            "https://b%C3%BCcher.example/",
            "https:///shop.example/",
            "https:///b\u{fc}cher.example/",
            "https://\u{fc}@shop.example/",
            "https://shop.example//evil.example",
            "https://shop.example/..//evil.example",
            "javascript:alert(1)//shop.example",
            "javascript://shop.example/%0aalert(1)",
            "data:text/html,https://shop.example",
            "ftp://shop.example",
            "http://shop.example",
            "https://shop.example/\r\nSet-Cookie: a=b",
            "https://shop.example/a b",
            " https://shop.example/",
            "https://user@shop.example",
            "https://:password@shop.example",
            "https://shop.example:8443",
        ] {
            assert!(parse(url).is_err(), "{url} became {:?}", parse(url));
        }
    }

    #[test]
    fn no_address_passes_for_a_host_even_if_listed_or_disguised() {
        let hosts = ["10.0.0.1", "127.1.1.1", "[::1]"].map(str::to_owned);
        for url in [
            "https://10.0.0.1/",
            "https://0x0a.1",
            "https://167772161",
            "https://[::1]/",
            "https://①⑩.0.0.1",
        ] {
            let found = Destination::parse(url, &hosts);
            assert!(found.is_err(), "{url} became {found:?}");
        }
        assert_eq!(
            Destination::published("https://0x0a.1"),
            Err(DestinationError::IpAddress)
        );
    }

    #[test]
    fn a_developer_s_machine_must_be_listed_too() {
        let shop = ["shop.example".to_owned()];
        assert!(matches!(
            Destination::parse("http://localhost:8787/", &shop),
            Err(DestinationError::OtherHost { host }) if host == "localhost"
        ));
    }

    #[test]
    fn the_name_of_a_host_is_taken_alone_and_to_the_letter() {
        let name = Destination::host_name("Shop.EXAMPLE");
        assert_eq!(name.as_deref(), Ok("shop.example"));
        for text in [
            "",
            "*.shop.example",
            "shop.example:443",
            "a@b.example",
            "[::1]",
            "a b.example",
        ] {
            let refused = Destination::host_name(text);
            assert_eq!(refused, Err(DestinationError::NotAHost), "{text}");
        }
        let refused = Destination::host_name("0x0a.1");
        assert_eq!(refused, Err(DestinationError::IpAddress));
    }

    #[test]
    fn the_name_of_a_host_may_be_in_any_letters_and_is_given_in_ascii() {
        for (text, name) in [
            ("café.example", "xn--caf-dma.example"),
            ("CAFE\u{301}.example", "xn--caf-dma.example"),
            ("straße.example", "xn--strae-oqa.example"),
            ("日本語.example", "xn--wgv71a119e.example"),
            ("日本語。example", "xn--wgv71a119e.example"),
            ("אבג.example", "xn--4dbcd.example"),
            ("xn--caf-dma.example", "xn--caf-dma.example"),
        ] {
            assert_eq!(Destination::host_name(text).as_deref(), Ok(name), "{text}");
        }
        for text in [
            "café.example\u{ff0f}path",
            "caf\u{e9}.example:443",
            "*.café.example",
            "a\u{202e}b.example",
            "א1a.example",
            "xn--a.example",
            "\u{ff11}\u{ff10}.0.0.1",
        ] {
            assert!(Destination::host_name(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_error_names_the_host_and_the_remedy() {
        assert_eq!(
            parse("https://evil.example/").unwrap_err().to_string(),
            "evil.example is not one of the program's hosts; use one of them, or add it"
        );
        let long = format!("https://shop.example/{}", "a".repeat(2_028));
        assert_eq!(parse(&long), Err(DestinationError::TooLong));
    }
}
