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

    pub(crate) fn url(&self) -> &Url {
        &self.0
    }
}
