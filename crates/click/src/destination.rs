//! Where a merchant sends shoppers: a URL that was checked when the merchant wrote it.

use url::{Host, Url};

/// Longest destination, in bytes; it leaves a redirect room for what the request adds.
const MAX_LEN: usize = 2_048;

/// A URL on one of the merchant's hosts.
///
/// Always `https`, without user information or port, on a host name. For development only, the
/// hosts `localhost` and `127.0.0.1` may have `http` and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination(Url);

/// Why a URL is no destination.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DestinationError {
    #[error("url: longer than 2048 bytes")]
    TooLong,
    #[error("url: has a space, a control character or a backslash; percent-encode it")]
    Character,
    #[error("url: not a complete https URL; begin with https://")]
    NotHttps,
    #[error("url: not a URL: {0}")]
    Unreadable(#[from] url::ParseError),
    #[error("url: has a user name or password; remove everything up to the @")]
    UserInfo,
    #[error("url: has a port; only the standard port of https is allowed")]
    Port,
    #[error("url: names its host by an IP address; use the shop's host name")]
    IpAddress,
    #[error("url: {host} is not one of the program's hosts; use one of them, or add it")]
    OtherHost { host: String },
}

impl Destination {
    /// Reads a URL that a merchant wrote; its host must equal one of `hosts`.
    pub fn parse(url: &str, hosts: &[String]) -> Result<Self, DestinationError> {
        let destination = Self::published(url)?;
        let host = destination.0.host().map(|host| host.to_owned());
        if hosts
            .iter()
            .any(|listed| Host::parse(listed).is_ok_and(|listed| Some(listed) == host))
        {
            Ok(destination)
        } else {
            let host = destination.0.host_str().unwrap_or_default().to_owned();
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
        if !url.contains("://") {
            return Err(DestinationError::NotHttps);
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
        // After parsing, which turns `0x7f.1` and `①②⑦.1` into the addresses that they mean.
        if !matches!(url.host(), Some(Host::Domain(_))) && !loopback {
            return Err(DestinationError::IpAddress);
        }
        Ok(Self(url))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<String, DestinationError> {
        let hosts = ["shop.example", "Bücher.example", "localhost", "127.0.0.1"];
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
            ("https://bücher.example/", "https://xn--bcher-kva.example/"),
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
    fn the_error_names_the_field_and_the_remedy() {
        assert_eq!(
            parse("https://evil.example/").unwrap_err().to_string(),
            "url: evil.example is not one of the program's hosts; use one of them, or add it"
        );
        let long = format!("https://shop.example/{}", "a".repeat(2_028));
        assert_eq!(parse(&long), Err(DestinationError::TooLong));
    }
}
