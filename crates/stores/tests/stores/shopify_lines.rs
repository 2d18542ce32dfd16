//! What of the prices of Shopify's lines is somebody's sale, and that no cent takes an order away.

use serde_json::{Value, json};
use waymark_facts::email::EmailKey;
use waymark_facts::fact::{FactKind, OrderSnapshot};
use waymark_stores::{Parsed, shopify};

/// An order of these lines, with further members.
fn read(lines: Value, members: Value) -> (OrderSnapshot, Vec<String>) {
    let mut order = json!({ "id": 7, "currency": "USD", "created_at": "2026-01-04T12:00:00Z",
                            "line_items": lines });
    let Value::Object(members) = members else {
        panic!("members")
    };
    order.as_object_mut().unwrap().extend(members);
    let parsed = shopify::parse("orders/create", order.to_string().as_bytes()).unwrap();
    let Parsed::Delivery(delivery) = parsed else {
        panic!("ignored")
    };
    let sealed = delivery.seal(&EmailKey::new(*b"k"));
    let tokens = sealed.all_tokens("wm").collect();
    let facts = sealed.facts.into_iter();
    let snapshot = facts.map(|fact| fact.kind).find_map(|kind| match kind {
        FactKind::Snapshot(snapshot) => Some(snapshot),
        _ => None,
    });
    (snapshot.unwrap(), tokens)
}

fn amounts(lines: Value, members: Value) -> (Vec<i64>, i64, i64) {
    let (order, _) = read(lines, members);
    let amounts = order.lines.iter().map(|line| line.amount.minor());
    (
        amounts.collect(),
        order.discount.minor(),
        order.shipping.minor(),
    )
}

#[test]
fn a_cent_more_than_a_line_holds_is_the_orders_own_discount() {
    let lines = json!([
        { "id": 1, "quantity": 1, "price": "100.00" },
        { "id": 2, "quantity": 3, "price": "9.37", "discount_allocations": [{ "amount": "28.12" }] },
    ]);
    let order = |total: &str| amounts(lines.clone(), json!({ "total_discounts": total }));
    assert_eq!(order("28.12"), (vec![10_000, 0], 1, 0));
    // The store's own total knows of no such cent.
    assert_eq!(order("28.11"), (vec![10_000, 0], 0, 0));
}

#[test]
fn shipping_is_never_less_than_nothing_and_takes_nothing_off_the_goods() {
    let goods = || json!([{ "id": 1, "quantity": 1, "price": "100.00" }]);
    for line in [
        json!({ "price": "9.37", "discount_allocations": [{ "amount": "9.38" }] }),
        json!({ "price": "9.37", "discounted_price": "0.00",
                "discount_allocations": [{ "amount": "9.38" }] }),
        json!({ "price": "-0.01" }),
    ] {
        let members = json!({ "total_discounts": "9.38", "shipping_lines": [line] });
        let (lines, discount, shipping) = amounts(goods(), members);
        let of_goods = if line["price"] == "-0.01" { 938 } else { 0 };
        assert_eq!(
            (lines, discount, shipping),
            (vec![10_000], of_goods, 0),
            "{line}"
        );
    }
    // Free shipping on which a tax line was left.
    let free = json!({ "price": "5.00", "discount_allocations": [{ "amount": "5.00" }],
                       "tax_lines": [{ "price": "0.80" }] });
    let members =
        json!({ "taxes_included": true, "total_discounts": "5.00", "shipping_lines": [free] });
    assert_eq!(amounts(goods(), members), (vec![10_000], 0, 0));
}

#[test]
fn the_discount_of_what_was_removed_is_not_the_goods() {
    let members = json!({ "total_discounts": "10.00", "shipping_lines": [
        { "price": "10.00", "is_removed": true, "discount_allocations": [{ "amount": "10.00" }] },
        { "price": "15.00" }] });
    let goods = json!([{ "id": 1, "quantity": 1, "price": "100.00" }]);
    assert_eq!(amounts(goods, members), (vec![10_000], 0, 1_500));
    // A line of no pieces any more, a gift card and a tip, each with a discount.
    let lines = json!([
        { "id": 1, "quantity": 1, "price": "100.00" },
        { "id": 2, "quantity": 0, "price": "10.00", "total_discount": "0.00" },
        { "id": 3, "quantity": 1, "price": "10.00", "gift_card": true,
          "discount_allocations": [{ "amount": "1.00" }] },
        { "id": 4, "quantity": 1, "price": "10.00", "tip": null,
          "discount_allocations": [{ "amount": "2.00" }] },
    ]);
    let members = json!({ "total_discounts": "3.00" });
    assert_eq!(amounts(lines, members), (vec![10_000], 0, 0));
}

#[test]
fn tax_of_all_lines_that_stands_on_one_is_taken_out_of_all() {
    let on_first = |rate: Value| {
        json!([
            { "id": 1, "quantity": 1, "price": "375.34", "tax_lines": [{ "price": "53.62", "rate": rate }] },
            { "id": 2, "quantity": 1, "price": "375.33", "tax_lines": [] },
            { "id": 3, "quantity": 1, "price": "375.33" },
        ])
    };
    let members = || json!({ "taxes_included": true, "total_tax": "53.62" });
    // 5 % in 375.34 are 17.87.
    let (lines, ..) = amounts(on_first(json!(0.05)), members());
    assert_eq!(lines, [35_747, 35_745, 35_746]);
    // Without a rate it may as well be that line's.
    let (lines, ..) = amounts(on_first(json!(null)), members());
    assert_eq!(lines, [32_172, 37_533, 37_533]);
    // More than the line costs.
    let lines = json!([
        { "id": 1, "quantity": 1, "price": "10.00", "tax_lines": [{ "price": "48.10" }] },
        { "id": 2, "quantity": 1, "price": "1000.00", "tax_lines": [] },
    ]);
    let (lines, ..) = amounts(lines, members());
    assert_eq!(lines, [0, 96_190]);
}

#[test]
fn tax_of_a_free_sample_is_contained_in_no_price() {
    let lines = json!([
        { "id": 1, "quantity": 1, "price": "240.00", "tax_lines": [{ "price": "40.00", "rate": 0.2 }] },
        { "id": 2, "quantity": 1, "price": "0.00", "tax_lines": [{ "price": "0.40", "rate": 0.2 }] },
    ]);
    let (lines, ..) = amounts(lines, json!({ "taxes_included": true }));
    assert_eq!(lines, [20_000, 0]);
}

#[test]
fn taxes_of_one_line_that_add_up_are_its_own() {
    // Two taxes, rounded for each of three pieces, beside goods that bear none.
    let lines = json!([
        { "id": 1, "quantity": 3, "price": "10.00", "tax_lines": [
            { "price": "1.32", "rate": 0.05 }, { "price": "2.64", "rate": 0.1 }] },
        { "id": 2, "quantity": 1, "price": "5.00", "tax_lines": [] },
        { "id": 3, "quantity": 1, "price": "5.00", "tax_lines": [{ "price": "0.00", "rate": 0.0 }] },
    ]);
    let (lines, ..) = amounts(lines, json!({ "taxes_included": true }));
    assert_eq!(lines, [2_604, 500, 500]);
}

#[test]
fn duties_in_a_price_are_taken_out_and_others_never_were_in_it() {
    for duty in [
        json!({ "price": "20.00", "shop_money": { "amount": "20.00", "currency_code": "USD" } }),
        json!({ "price": "20.00" }),
        json!({ "price_set": { "shop_money": { "amount": "20.00", "currency_code": "USD" } } }),
    ] {
        let line = json!([{ "id": 1, "quantity": 1, "price": "100.00", "duties": [duty] }]);
        for (included, expected) in [
            (json!(true), 8_000),
            (json!(false), 10_000),
            (json!(null), 10_000),
        ] {
            let (lines, ..) = amounts(line.clone(), json!({ "duties_included": included }));
            assert_eq!(lines, [expected], "{duty} {included}");
        }
    }
}

#[test]
fn a_gift_card_is_no_sale_until_it_buys_goods() {
    let lines = json!([
        { "id": 1, "quantity": 1, "price": "100.00", "gift_card": false },
        { "id": 2, "quantity": 1, "price": "50.00", "gift_card": true },
    ]);
    let (order, _) = read(lines, json!({}));
    assert_eq!(order.lines.len(), 1);
    // Given back, it takes nothing off the goods.
    let refund = json!({ "id": 9, "order_id": 7, "refund_line_items": [
        { "line_item_id": 2, "quantity": 1, "subtotal": "50.00", "line_item": { "id": 2, "gift_card": true } }],
        "transactions": [{ "kind": "refund", "status": "success", "currency": "USD", "amount": "50.00" }] });
    let parsed = shopify::parse("refunds/create", refund.to_string().as_bytes()).unwrap();
    let Parsed::Delivery(delivery) = parsed else {
        panic!("ignored")
    };
    let FactKind::Refund(refund) = &delivery.reports[0] else {
        panic!("no refund")
    };
    assert!(refund.lines.is_empty());
}

#[test]
fn a_line_below_zero_and_more_decimals_than_there_are_take_no_order_away() {
    let lines = json!([
        { "id": 1, "quantity": 1, "price": "100.005" },
        { "id": 2, "quantity": 1, "price": "-5.00" },
    ]);
    assert_eq!(
        amounts(lines, json!({ "total_tax": "1.2345" })),
        (vec![10_001], 500, 0)
    );
}

#[test]
fn a_token_is_found_in_attributes_and_in_what_a_product_was_bought_with() {
    let line = |properties: Value| json!([{ "id": 1, "quantity": 1, "price": "1.00", "properties": properties }]);
    let named = |name: &str| json!([{ "name": name, "value": "w1.a" }]);
    for (lines, members) in [
        (
            line(json!([])),
            json!({ "note_attributes": named("_waymark") }),
        ),
        (
            line(json!([])),
            json!({ "note_attributes": named("_Waymark") }),
        ),
        (
            line(json!([])),
            json!({ "note_attributes": { "_waymark": "w1.a", "gift": "yes" } }),
        ),
        (line(named("_waymark")), json!({})),
        (line(named("Waymark")), json!({ "note_attributes": null })),
        (line(json!({ "_waymark": "w1.a" })), json!({})),
        (
            line(named("_waymark")),
            json!({ "note_attributes": named("_waymark") }),
        ),
    ] {
        let (_, tokens) = read(lines.clone(), members.clone());
        assert_eq!(tokens, ["w1.a"], "{lines} {members}");
    }
    for properties in [
        json!("x"),
        json!([7]),
        json!([null]),
        json!([{ "name": 7 }]),
        named("Engraving"),
    ] {
        assert!(read(line(properties), json!({})).1.is_empty());
    }
    // A cart's token comes before those of its products.
    let attributes = json!({ "note_attributes": [{ "name": "_waymark", "value": "w1.cart" }] });
    assert_eq!(
        read(line(named("_waymark")), attributes).1,
        ["w1.cart", "w1.a"]
    );
}

#[test]
fn an_order_that_a_subscription_makes_renews_it() {
    let line = || json!([{ "id": 1, "quantity": 1, "price": "1.00" }]);
    for name in [
        "subscription_contract",
        "subscription_contract_checkout_one",
    ] {
        let members = json!({ "source_name": name, "customer": { "id": 5 } });
        let subscription = read(line(), members).0.subscription.unwrap();
        let renews = (subscription.id.as_str(), subscription.renewal);
        assert_eq!(renews, ("of order 7", true));
    }
    for name in [json!("web"), json!("pos"), json!(null), json!("12345")] {
        assert_eq!(
            read(line(), json!({ "source_name": name })).0.subscription,
            None
        );
    }
}
