//! The token in the address of the page on which the shopper came to the shop, where the store
//! keeps that address with the order.
//!
//! There is one where the visitor's token travels in URLs: without cookies, and before consent.
//! Whoever passes such an address on passes the token on, and stores put in anything: so it is
//! evidence like a token anywhere else, looked at after those that the cart carries.

/// The longest token worth looking at, in bytes.
const MAX_TOKEN_BYTES: usize = 1024;

/// The token in a whole URL, or in a path with a query, under the name that the program's
/// `settings.token_parameter` gives it. Anything else has none.
pub(crate) fn token(address: &str, parameter: &str) -> Option<String> {
    let address = address.split('#').next().unwrap_or_default();
    let (_, query) = address.split_once('?')?;
    let mut values = form_urlencoded::parse(query.as_bytes());
    let (_, token) = values.find(|(name, _)| *name == *parameter)?;
    let fits = !token.is_empty() && token.len() <= MAX_TOKEN_BYTES;
    fits.then(|| token.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_in_a_url_and_in_a_path_and_nowhere_else() {
        for address in [
            "https://shop.example/lamps?utm_source=x&wm=w1.a-b_c",
            "/lamps?wm=w1.a-b_c#top",
            "?wm=w1%2Ea-b_c&wm=other",
        ] {
            assert_eq!(
                token(address, "wm").as_deref(),
                Some("w1.a-b_c"),
                "{address}"
            );
            assert_eq!(token(address, "via"), None, "{address}");
        }
        let huge = format!("/?wm={}", "A".repeat(2_000));
        for address in [
            "",
            "/",
            "/wallets/checkouts.json",
            "http://www.example.com?source=abc",
            "/?wm=",
            "/?awm=x&wmx=y",
            "/#?wm=x",
            "wm=x",
            &huge,
            "?%&=&&\u{0}",
        ] {
            assert_eq!(token(address, "wm"), None, "{address}");
        }
    }
}
