//! What somebody writes into a cookie or an order who is not Waymark credits nobody.

use serde_json::{Value, json};
use waymark_click::{Keys, Mark, Method, Token, VisitorId};
use waymark_tests::json::with;
use waymark_tests::{Options, TOKEN_KEYS, Workerd, demo, merchant, shopper, store};

/// A token of a visitor who clicked Ana's link just now, signed for that program.
fn signed(keys: &str, program: &str, link: u32) -> String {
    let keys: Keys = keys.parse().expect("keys");
    let mark = Mark {
        at: store::now(),
        link,
        method: Method::Link,
    };
    let token = Token {
        visitor: VisitorId::new(3, 0, [5; 8]),
        first: mark,
        last: mark,
    };
    keys.for_program(program).sign(&token)
}

/// The number of Ana's link, as her visitors' tokens have it.
fn anas_link(workerd: &Workerd) -> u32 {
    let token = shopper::token(&shopper::click(workerd, "/r/ANA"));
    let keys: Keys = TOKEN_KEYS.parse().expect("keys");
    let token = keys
        .for_program("main")
        .verify(&token, store::now(), 60_000);
    token.expect("a token of our own").last.link
}

/// The book of an order that carries this token.
fn book(workerd: &Workerd, id: &str, token: &Value) -> Vec<String> {
    let mut order = demo::order(id);
    order["token"] = token.clone();
    assert_eq!(
        store::deliver(workerd, &order).outcome(),
        "applied",
        "{token}"
    );
    demo::book(workerd, id)
}

#[test]
fn only_a_token_that_waymark_signed_for_this_program_counts() {
    let workerd = demo::start(Options::default());
    let link = anas_link(&workerd);
    // The control: made here, with the right key and for the right program, it counts.
    let ours = signed(TOKEN_KEYS, "main", link);
    assert_eq!(
        book(&workerd, "ours", &json!(ours)),
        ["ana link 6.56 pending", "cleo sku 3.00 pending"]
    );
    let other_keys = format!("1:{}", "A".repeat(43));
    let unknown_id = TOKEN_KEYS.replacen("1:", "2:", 1);
    let nobody = ["cleo sku 3.00 pending"];
    for (what, token) in [
        ("another program's", signed(TOKEN_KEYS, "other", link)),
        ("another key's", signed(&other_keys, "main", link)),
        (
            "a key's that is not live",
            signed(&unknown_id, "main", link),
        ),
        ("cut off", ours.get(..74).unwrap_or_default().to_owned()),
        ("grown", format!("{ours}A")),
        ("two of them", format!("{ours}{ours}")),
        ("in other letters", ours.to_lowercase()),
        ("the visitor's of another", ours.replacen("UFBQ", "UGBQ", 1)),
        ("empty", String::new()),
        ("no token", "ANA".to_owned()),
        ("long", "A".repeat(1_000)),
    ] {
        assert_ne!(token, ours, "{what}");
        assert_eq!(book(&workerd, what, &json!(token)), nobody, "{what}");
    }
    // A link that the program never had: signed by us, and still nobody's.
    let strange = signed(TOKEN_KEYS, "main", 4_000_000);
    assert_eq!(book(&workerd, "no such link", &json!(strange)), nobody);
    assert_eq!(merchant::balances(&workerd, "ana"), ["6.56 USD"]);
}

#[test]
fn shopify_orders_take_a_token_from_the_carts_attribute_and_from_nowhere_else() {
    let workerd = demo::start(Options::default());
    let token = signed(TOKEN_KEYS, "main", anas_link(&workerd));
    let order = |id: u32, members: Value| {
        let order = json!({ "id": id, "created_at": store::time_in(0), "currency": "USD",
            "line_items": [{ "id": 1, "quantity": 1, "price": "50.00" }] });
        let order = with(order, members);
        let answer = store::deliver_shopify(&workerd, "orders/create", &order.to_string());
        assert_eq!(answer.outcome(), "applied");
        merchant::book(&merchant::order(
            &workerd,
            "kettle.myshopify.com",
            &id.to_string(),
        ))
    };
    let attribute =
        |name: &str, token: &str| json!({ "note_attributes": [{ "name": name, "value": token }] });
    assert_eq!(
        order(1, attribute("_waymark", &token)),
        ["ana link 4.00 pending"]
    );
    assert_eq!(
        order(2, attribute("waymark", &token)),
        ["ana link 4.00 pending"]
    );
    assert_eq!(order(3, attribute("colour", &token)), [""; 0]);
    assert_eq!(order(4, json!({ "note": token })), [""; 0]);
    assert_eq!(
        order(5, attribute("_waymark", &token.to_uppercase())),
        [""; 0]
    );
}

#[test]
fn a_click_from_after_the_order_does_not_count_for_it() {
    let workerd = demo::start(Options::default());
    let token = signed(TOKEN_KEYS, "main", anas_link(&workerd));
    let mut order = demo::order("1001");
    order["placed_at"] = json!("2026-01-01T00:00:00Z");
    order["token"] = json!(token);
    assert_eq!(store::deliver(&workerd, &order).outcome(), "applied");
    assert_eq!(demo::book(&workerd, "1001"), ["cleo sku 3.00 pending"]);
}
