//! Where messages may go: to hosts that the merchant confirmed by name, and never inwards.
//!
//! A message is a request that somebody else's text directs, so its address is held tighter than
//! a shopper's destination: `https` on its own port, no fragment, no address in figures however it
//! is spelt, no name that only means something inside a network. It is checked when a program file
//! is applied, and again before each request.

use waymark_click::{Destination, DestinationError};

/// Why a message may not go there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the message of each says what it means")]
pub enum AddressError {
    #[error(transparent)]
    Url(#[from] DestinationError),
    #[error("has a fragment; remove everything from the # on")]
    Fragment,
    #[error("{host} is a name within a network; messages go to public hosts only")]
    Inside { host: String },
    #[error("{host} is not confirmed; add it to outbox.hosts if messages may go there")]
    NotConfirmed { host: String },
}

/// Last labels of names that are no public host's: RFC 6761, 6762 (and its appendix G), 8375,
/// 7686, and ICANN's resolution on `.internal`.
const INSIDE: [&str; 10] = [
    "corp",
    "home",
    "home.arpa",
    "internal",
    "intranet",
    "lan",
    "local",
    "localhost",
    "onion",
    "private",
];

/// The host that the URL leads to, if it is one of the confirmed ones, exactly.
///
/// # Errors
/// What is wrong with the URL, and what would be right.
pub fn confirmed_host(url: &str, confirmed: &[String]) -> Result<String, AddressError> {
    if url.contains('#') {
        return Err(AddressError::Fragment);
    }
    let destination = Destination::published(url)?;
    let host = public(destination.host())?;
    let is_it = |name: &String| Destination::host_name(name).as_deref() == Ok(&*host);
    if confirmed.iter().any(is_it) {
        Ok(host)
    } else {
        Err(AddressError::NotConfirmed { host })
    }
}

/// The name of a public host, in lower case and in ASCII: what a merchant confirms.
///
/// # Errors
/// It is no name of a host alone, or one that is not public.
pub fn host_name(text: &str) -> Result<String, AddressError> {
    public(&Destination::host_name(text)?)
}

fn public(host: &str) -> Result<String, AddressError> {
    let inside = |suffix: &str| {
        host.strip_suffix(suffix)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    // An empty label is none, so `localhost.` is not let through as a name of two.
    let labels_are_named = host.contains('.') && host.split('.').all(|label| !label.is_empty());
    let is_figures = host.split('.').next_back().is_some_and(|last| {
        // No such domain of the first level; the parser takes none but the loopback.
        last.bytes().all(|byte| byte.is_ascii_digit())
    });
    if !labels_are_named || is_figures || INSIDE.into_iter().any(inside) {
        let host = host.to_owned();
        return Err(AddressError::Inside { host });
    }
    Ok(host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str) -> Result<String, String> {
        let hosts = [
            "Hooks.example",
            "b\u{fc}cher.example",
            "localhost",
            "127.0.0.1",
            "router.lan",
            "db.internal",
            "hooks",
            "hooks.example.",
            "10.0.0.1",
        ];
        confirmed_host(url, &hosts.map(str::to_owned)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_confirmed_host_is_taken_by_its_exact_name() {
        for url in [
            "https://hooks.example",
            "https://HOOKS.example:443/a?b=c",
            "https://hooks.example?b",
        ] {
            assert_eq!(check(url).as_deref(), Ok("hooks.example"), "{url}");
        }
        for url in [
            "https://B\u{fc}cher.example/a",
            "https://xn--bcher-kva.example",
        ] {
            assert_eq!(check(url).as_deref(), Ok("xn--bcher-kva.example"), "{url}");
        }
    }

    #[test]
    fn whatever_else_is_refused_even_if_it_was_confirmed() {
        for url in [
            "http://hooks.example/",
            "https:hooks.example/",
            "https://hooks.example:8443/",
            "https://user@hooks.example/",
            "https://hooks.example@evil.example/",
            "https://hooks.example/#part",
            "https://evil.example/?hooks.example",
            "https://sub.hooks.example/",
            "https://hooks.example.evil.example/",
            "https://hooks.example./",
            "https://hooks/",
            "https://localhost/",
            "http://localhost:8787/",
            "https://127.0.0.1/",
            "http://127.0.0.1/",
            "https://10.0.0.1/",
            "https://0x7f.1/",
            "https://2130706433/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://router.lan/",
            "https://db.internal/",
            "https://hooks.example\\@evil.example/",
            "https://hooks%2eexample/",
            "//hooks.example/",
            "",
        ] {
            assert!(check(url).is_err(), "{url} was taken: {:?}", check(url));
        }
    }

    #[test]
    fn only_the_name_of_a_public_host_can_be_confirmed() {
        assert_eq!(host_name("Hooks.Example").as_deref(), Ok("hooks.example"));
        for text in [
            "",
            "hooks",
            "localhost",
            "a.localhost",
            "printer.local",
            "api.internal",
            "box.home.arpa",
            "127.0.0.1",
            "0x7f.1",
            "[::1]",
            "hooks.example.",
            ".example",
            "hooks..example",
            "*.example",
            "hooks.example:443",
            "hooks.example/path",
            "https://hooks.example",
            "b\u{fc}cher",
            "b\u{fc}cher.lan",
        ] {
            assert!(host_name(text).is_err(), "{text} was taken");
        }
    }

    #[test]
    fn the_error_names_the_host_and_the_remedy() {
        assert_eq!(
            check("https://evil.example/").unwrap_err(),
            "evil.example is not confirmed; add it to outbox.hosts if messages may go there"
        );
    }
}
