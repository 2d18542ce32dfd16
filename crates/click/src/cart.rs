//! Shopify's cart permalinks: `/cart/VARIANT:QUANTITY,…` makes a new cart and opens its checkout at once. No
//! page runs the shop's script in between, so the address itself carries the mark: what it names
//! `attributes[…]` becomes an attribute of the order.
//! <https://shopify.dev/docs/apps/build/checkout/create-cart-permalinks>

use percent_encoding::percent_decode_str;
use url::Url;

/// The attribute in which the shop's script, too, puts the token.
pub(crate) const ATTRIBUTE: &str = "attributes[_waymark]";

/// Whether an address is a cart permalink, with a language before it or not.
pub(crate) fn is_permalink(url: &Url) -> bool {
    let path = percent_decode_str(url.path()).decode_utf8_lossy();
    let mut parts = path.trim_end_matches('/').rsplit('/');
    let items = parts.next().unwrap_or_default();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    let is_item = |item: &str| {
        item.split_once(':')
            .is_some_and(|(variant, quantity)| is_number(variant) && is_number(quantity))
    };
    parts.next() == Some("cart") && items.split(',').all(is_item)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cart_permalink_is_told_by_its_items() {
        for (path, is) in [
            ("/cart/4411:1", true),
            ("/cart/4411:1,4412:2", true),
            ("/cart/4411%3A1%2C4412%3A2/", true),
            ("/en-ca/cart/4411:1?discount=A", true),
            ("/cart", false),
            ("/cart/", false),
            ("/cart/add", false),
            ("/cart/c/Z2NwLXVz", false),
            ("/cart/4411", false),
            ("/cart/:1", false),
            ("/cart/4411:1,", false),
            ("/products/4411:1", false),
            ("/?cart=/cart/4411:1", false),
        ] {
            let url = Url::parse(&format!("https://shop.example{path}")).unwrap();
            assert_eq!(is_permalink(&url), is, "{path}");
        }
    }
}
