//! The token in the address of the page on which the shopper came to the shop, where the store
//! keeps that address with the order.
//!
//! There is one where the visitor's token travels in URLs: without cookies, and before consent.
//! Whoever passes such an address on passes the token on, and stores put in anything: so it is
//! evidence like a token anywhere else, looked at after those that the cart carries.

/// The longest token worth looking at, in bytes.
const MAX_TOKEN_BYTES: usize = 1024;

/// Cart permalinks carry the token under this name: Shopify makes an attribute of the order of it.
const CART_ATTRIBUTE: &str = "attributes[_waymark]";
/// How deep an address may stand in another: a discount's page leads on to a password's, and that to one of
/// the shop.
const MAX_DEPTH: u8 = 3;

/// The token in a whole URL, or in a path with a query, under the name that the program's
/// `settings.token_parameter` gives it. Where the shopper was led on from a page, such as
/// `/discount/CODE?redirect=…`, it may stand in the address that is a value of the query. Anything else
/// has none.
pub(crate) fn token(address: &str, parameter: &str) -> Option<String> {
    within(address, parameter, MAX_DEPTH)
}

fn within(address: &str, parameter: &str, depth: u8) -> Option<String> {
    let address = address.split('#').next().unwrap_or_default();
    let (_, query) = address.split_once('?')?;
    let values = || form_urlencoded::parse(query.as_bytes());
    let is_ours = |name: &str| name == parameter || name == CART_ATTRIBUTE;
    let own = values().find(|(name, _)| is_ours(name));
    if let Some((_, token)) = own {
        let fits = !token.is_empty() && token.len() <= MAX_TOKEN_BYTES;
        return fits.then(|| token.into_owned());
    }
    let deeper = depth.checked_sub(1)?;
    let mut addresses = values().filter(|(_, value)| value.contains('?'));
    addresses.find_map(|(_, address)| within(&address, parameter, deeper))
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
            "/cart/4411:1?attributes%5B_waymark%5D=w1.a-b_c",
        ] {
            assert_eq!(
                token(address, "wm").as_deref(),
                Some("w1.a-b_c"),
                "{address}"
            );
            if !address.starts_with("/cart/") {
                assert_eq!(token(address, "via"), None, "{address}");
            }
        }
        for address in [
            "/discount/ANA10?redirect=%2Flamps%3Fa%3D1%26wm%3Dw1.a-b_c",
            "https://shop.example/discount/ANA10?redirect=/lamps?wm=w1.a-b_c",
            "/password?return_to=%2Fdiscount%2FA%3Fredirect%3D%252F%253Fwm%253Dw1.a-b_c",
            "/discount/A?redirect=%2F&b=%2Fx%3Fy&c=%3Fwm%3Dw1.a-b_c",
        ] {
            let found = token(address, "wm");
            assert_eq!(found.as_deref(), Some("w1.a-b_c"), "{address}");
        }
        let mut deep = "?wm=w1.a".to_owned();
        for _ in 0..9 {
            let query: String = form_urlencoded::byte_serialize(deep.as_bytes()).collect();
            deep = format!("?a={query}");
        }
        assert_eq!(token(&deep, "wm"), None);
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
