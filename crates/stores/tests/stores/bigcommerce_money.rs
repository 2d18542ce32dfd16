//! BigCommerce's amounts: with four decimals, with tax in them, and on several pages.

use serde_json::{Value, json};
use waymark_facts::email::EmailKey;
use waymark_facts::{Folded, fold};
use waymark_stores::{Parsed, Platform};

const STORE: Platform = Platform::BigCommerce;

/// Products of 100.00 and 50.00, shipping of 10.00, each before a tenth of tax.
fn order(members: Value) -> Value {
    let mut order = json!({
        "id": 7, "status_id": 11, "default_currency_code": "USD",
        "date_created": "Sun, 01 Mar 2026 10:00:00 +0000",
        "date_modified": "Tue, 10 Mar 2026 10:00:00 +0000",
        "shipping_cost_ex_tax": "10.0000", "total_ex_tax": "160.0000", "total_tax": "16.0000",
        "is_tax_inclusive_pricing": true,
    });
    let Value::Object(members) = members else {
        panic!("members")
    };
    order.as_object_mut().unwrap().extend(members);
    order
}

fn products() -> Value {
    json!([{ "id": 1, "quantity": 1, "total_ex_tax": "100.0000" },
           { "id": 2, "quantity": 1, "total_ex_tax": "50.0000" }])
}

fn folded(order: &Value, products: &Value, refunds: &Value) -> Folded {
    let bodies = [order, products, &json!([]), &json!({ "data": refunds })];
    let bodies = bodies.map(|body| body.to_string().into_bytes());
    let delivery = STORE.fetched(&bodies).unwrap();
    fold(&delivery.seal(&EmailKey::new(*b"k")).facts)
}

/// What is left of the goods, of charges, and how many flags there are.
fn left(folded: &Folded) -> (i64, i64, usize) {
    let order = folded.order.as_ref().unwrap();
    let lines = order.snapshot.lines.iter().map(|line| line.amount.minor());
    let back = order.refunds.iter().flat_map(|refund| &refund.lines);
    let back: i64 = back.map(|line| line.amount.minor()).sum();
    let shipping: i64 = order
        .refunds
        .iter()
        .map(|refund| refund.shipping.minor())
        .sum();
    (
        lines.sum::<i64>() - order.snapshot.discount.minor() - back,
        order.snapshot.shipping.minor() - shipping,
        folded.flags.len(),
    )
}

#[test]
fn decimals_beyond_the_currencys_are_rounded_and_nobodys_discount() {
    let estimates = json!([{ "id": 1, "quantity": 4, "total_ex_tax": "62.6793" }]);
    let of =
        |members: Value, products: &Value| left(&folded(&order(members), products, &json!([])));
    let total = |total: &str, shipping: &str| json!({ "total_ex_tax": total, "shipping_cost_ex_tax": shipping, "total_tax": "5.1607" });
    assert_eq!(of(total("62.6800", "0.0000"), &estimates), (6_268, 0, 0));
    assert_eq!(of(total("62.6793", "0.0000"), &estimates), (6_268, 0, 0));
    assert_eq!(of(total("71.0126", "8.3333"), &estimates), (6_268, 833, 0));
    assert_eq!(of(total("62.67", "0"), &estimates), (6_268, 0, 0));
    // Three lines that round up make two cents more than the total: no discount of two cents.
    let thirds = json!([{ "id": 1, "quantity": 1, "total_ex_tax": "3.3350" },
                        { "id": 2, "quantity": 1, "total_ex_tax": 3.335 },
                        { "id": 3, "quantity": 1, "total_ex_tax": "27.717647058823" }]);
    assert_eq!(of(total("34.39", "0"), &thirds), (3_440, 0, 0));
    // A discount is one all the same.
    assert_eq!(of(total("52.6793", "0"), &estimates), (5_268, 0, 0));
    // Yen have no decimals.
    let yen = json!({ "default_currency_code": "JPY", "total_ex_tax": "1000.5000",
                      "shipping_cost_ex_tax": "0.0000", "total_tax": "0.0000" });
    let goods = json!([{ "id": 1, "quantity": 1, "total_ex_tax": "1000.5000" }]);
    assert_eq!(of(yen, &goods), (1_001, 0, 0));
}

#[test]
fn a_fee_below_zero_is_a_discount() {
    let members = json!({ "fees": [{ "cost_ex_tax": "-10.0000" }], "total_ex_tax": "150.0000" });
    assert_eq!(
        left(&folded(&order(members), &products(), &json!([]))),
        (14_000, 1_000, 0)
    );
}

fn refund(total: &str, tax: &str, items: Value) -> Value {
    json!([{ "id": 1, "created": "2026-03-09T09:30:00Z", "total_amount": total, "total_tax": tax,
             "items": items, "payments": [] }])
}

#[test]
fn what_is_asked_back_contains_tax_where_prices_do() {
    let one = json!({ "item_type": "PRODUCT", "item_id": 1, "quantity": 1, "requested_amount": "110.00" });
    let shipping =
        |amount: &str| json!({ "item_type": "SHIPPING", "item_id": 9, "requested_amount": amount });
    let known = json!({ "shipping_cost_inc_tax": "11.0000" });
    let untaxed = json!({ "shipping_cost_inc_tax": "10.0000", "total_tax": "15.0000" });
    for (members, total, tax, items, expected) in [
        (
            json!({}),
            "121.00",
            "11.00",
            json!([one, shipping("11.00")]),
            (5_000, 0, 0),
        ),
        (
            known.clone(),
            "121.00",
            "11.00",
            json!([one, shipping("11.00")]),
            (5_000, 0, 0),
        ),
        (
            known.clone(),
            "115.50",
            "10.50",
            json!([one, shipping("5.50")]),
            (5_000, 500, 0),
        ),
        (
            known,
            "11.00",
            "1.00",
            json!([shipping("11.00")]),
            (15_000, 0, 0),
        ),
        (
            untaxed,
            "120.00",
            "10.00",
            json!([one, shipping("10.00")]),
            (5_000, 0, 0),
        ),
        // By amount, a tenth of all: without a word of tax, and with one.
        (
            json!({}),
            "17.60",
            "0.00",
            json!([{ "item_type": "ORDER", "requested_amount": "17.60" }]),
            (13_500, 900, 0),
        ),
        (
            json!({}),
            "16.50",
            "1.50",
            json!([{ "item_type": "ORDER", "requested_amount": "16.50" }]),
            (13_500, 1_000, 0),
        ),
        // Tax alone is nothing of the goods.
        (
            json!({}),
            "16.00",
            "16.00",
            json!([{ "item_type": "TAX", "requested_amount": "16.00" }]),
            (15_000, 1_000, 0),
        ),
    ] {
        let seen = left(&folded(
            &order(members.clone()),
            &products(),
            &refund(total, tax, items.clone()),
        ));
        assert_eq!(seen, expected, "{members} {total} {items}");
    }
    // Where prices are without tax, so is what is asked.
    let net = json!({ "is_tax_inclusive_pricing": false });
    let asked = json!([one, shipping("10.00")]);
    let seen = left(&folded(
        &order(net),
        &products(),
        &refund("121.00", "11.00", asked),
    ));
    assert_eq!(seen, (5_000, 0, 0));
}

#[test]
fn a_refund_whose_payment_is_declined_later_is_as_new_as_the_order() {
    let with = |modified: &str, declined: bool| {
        let order = order(json!({ "date_modified": modified }));
        let refunds = json!([{ "id": 1, "created": "2026-03-09T09:30:00Z", "total_amount": "110.00",
            "total_tax": "10.00", "items": [{ "item_type": "PRODUCT", "item_id": 1, "quantity": 1 }],
            "payments": [{ "id": 1, "amount": "60.00", "is_declined": declined },
                         { "id": 2, "amount": "50.00", "is_declined": false }] }]);
        let bodies = [&order, &products(), &json!([]), &json!({ "data": refunds })];
        let bodies = bodies.map(|body| body.to_string().into_bytes());
        STORE
            .fetched(&bodies)
            .unwrap()
            .seal(&EmailKey::new(*b"k"))
            .facts
    };
    let mut facts = with("Tue, 10 Mar 2026 10:00:00 +0000", false);
    facts.extend(with("Wed, 11 Mar 2026 10:00:00 +0000", true));
    let goods = left(&fold(&facts)).0;
    facts.reverse();
    assert_eq!((goods, left(&fold(&facts)).0), (11_000, 11_000));
}

#[test]
fn lines_are_asked_for_until_an_answer_is_not_full_of_them() {
    let access = STORE.open(|field| {
        Ok::<_, String>(
            if field.name == "store_hash" {
                "abc"
            } else {
                "secret"
            }
            .to_owned(),
        )
    });
    let access = access.unwrap();
    let page = |from: usize, count: usize| {
        let lines = (from..from + count)
            .map(|id| json!({ "id": id, "quantity": 1, "total_ex_tax": "1.00" }));
        Value::from_iter(lines).to_string().into_bytes()
    };
    let whole = json!({ "total_ex_tax": "500.00", "shipping_cost_ex_tax": "0" });
    let first = [
        order(whole).to_string().into_bytes(),
        page(0, 250),
        Vec::new(),
        Vec::new(),
    ];
    let mut bodies = first.to_vec();
    for (next, answer) in [(2, page(250, 250)), (3, Vec::new())] {
        let request = STORE.fetch_further(&access, "7", &bodies).unwrap().unwrap();
        let asked = format!("/stores/abc/v2/orders/7/products?limit=250&page={next}");
        assert!(request.url.ends_with(&asked), "{}", request.url);
        bodies.push(answer);
    }
    assert!(
        STORE
            .fetch_further(&access, "7", &bodies)
            .unwrap()
            .is_none()
    );
    let Parsed::Delivery(delivery) = Parsed::Delivery(STORE.fetched(&bodies).unwrap()) else {
        panic!("an order")
    };
    let folded = fold(&delivery.seal(&EmailKey::new(*b"k")).facts);
    assert_eq!(left(&folded), (50_000, 0, 0));
    // 249 lines are all, and more than an order may have are told.
    let few = [
        order(json!({})).to_string().into_bytes(),
        page(0, 249),
        Vec::new(),
        Vec::new(),
    ];
    assert!(STORE.fetch_further(&access, "7", &few).unwrap().is_none());
    let mut many = first.to_vec();
    many.extend((1..5).map(|place| page(place * 250, 250)));
    assert!(STORE.fetch_further(&access, "7", &many).unwrap().is_none());
    let refused = STORE.fetched(&many).unwrap_err().to_string();
    assert_eq!(refused, "products: more than 1000 lines");
}
