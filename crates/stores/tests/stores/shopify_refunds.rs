//! How Shopify's refunds go on: under way, settled, failed, as one call after another tells of them, and
//! what is left of the order in whatever sequence the calls are heard.

use serde_json::{Value, json};
use waymark_facts::email::EmailKey;
use waymark_facts::{Fact, Flag, Folded, fold};
use waymark_stores::{Parsed, shopify};

/// An order of 100.00 and twice 60.00 in the shop's currency, at that second.
fn order(second: u32, members: Value) -> (&'static str, Value) {
    let mut order = json!({
        "id": 7, "currency": "USD", "created_at": "2026-01-04T12:00:00Z",
        "updated_at": format!("2026-01-04T12:01:{second:02}Z"), "refunds": [], "total_discounts": "0.00",
        "line_items": [
            { "id": 1, "sku": "A", "quantity": 1, "price": "100.00" },
            { "id": 2, "sku": "B", "quantity": 2, "price": "60.00" },
        ],
    });
    merge(&mut order, members);
    ("orders/updated", order)
}

fn merge(into: &mut Value, members: Value) {
    let Value::Object(members) = members else {
        panic!("members")
    };
    into.as_object_mut().unwrap().extend(members);
}

/// A refund made at second 20 of the first minute, as `refunds/create` has it.
fn refund(members: Value) -> Value {
    let mut refund = json!({
        "id": 61, "order_id": 7,
        "created_at": "2026-01-04T12:01:20Z", "processed_at": "2026-01-04T12:01:20Z",
    });
    merge(&mut refund, members);
    refund
}

fn set(shop: &str, seen: &str) -> Value {
    let money = |text: &str| {
        let (amount, code) = text.split_once(' ').unwrap();
        json!({ "amount": amount, "currency_code": code })
    };
    json!({ "shop_money": money(shop), "presentment_money": money(seen) })
}

/// The piece of 100.00, given back.
fn piece(currency: &str) -> Value {
    let whole = format!("100.00 {currency}");
    json!([{ "line_item_id": 1, "quantity": 1, "subtotal": 100.0, "total_tax": 0.0,
             "subtotal_set": set(&whole, &whole) }])
}

fn adjustment(amount: &str, reason: &str) -> Value {
    let usd = format!("{amount} USD");
    json!({ "amount": amount, "tax_amount": "0.00", "kind": "refund_discrepancy", "reason": reason,
            "amount_set": set(&usd, &usd) })
}

fn payment(status: &str, amount: &str, currency: &str) -> Value {
    json!({ "kind": "refund", "status": status, "amount": amount, "currency": currency })
}

fn facts(call: &(&str, Value)) -> Vec<Fact> {
    let (topic, body) = call;
    let parsed = shopify::parse(topic, body.to_string().as_bytes()).unwrap();
    let Parsed::Delivery(delivery) = parsed else {
        return Vec::new();
    };
    delivery.seal(&EmailKey::new(*b"k")).facts
}

/// What is left of the goods, in minor units, the same in whatever sequence the calls are heard.
fn left(calls: &[(&str, Value)]) -> (i64, Folded) {
    let mut places: Vec<usize> = (0..calls.len()).collect();
    let mut seen: Option<Folded> = None;
    permute(&mut places, 0, &mut |places| {
        let facts: Vec<Fact> = places
            .iter()
            .flat_map(|place| facts(&calls[*place]))
            .collect();
        let folded = fold(&facts);
        assert_eq!(*seen.get_or_insert_with(|| folded.clone()), folded);
    });
    let folded = seen.unwrap();
    let order = folded.order.as_ref().unwrap();
    let goods: i64 = order
        .snapshot
        .lines
        .iter()
        .map(|it| it.amount.minor())
        .sum();
    let back = order.refunds.iter().flat_map(|refund| &refund.lines);
    let back: i64 = back.map(|line| line.amount.minor()).sum();
    (goods - order.snapshot.discount.minor() - back, folded)
}

fn permute(places: &mut Vec<usize>, from: usize, visit: &mut impl FnMut(&[usize])) {
    if from == places.len() {
        return visit(places);
    }
    for other in from..places.len() {
        places.swap(from, other);
        permute(places, from + 1, visit);
        places.swap(from, other);
    }
}

fn created() -> (&'static str, Value) {
    order(0, json!({}))
}

#[test]
fn a_refund_that_settles_is_given_back_in_every_sequence_and_under_every_id() {
    // Of one time the content's digest would decide: it is another one for each id.
    for id in 61..81 {
        let by_amount = |status: &str, settled: bool| {
            let mut adjustments = vec![
                adjustment("-50.00", "Refund discrepancy"),
                adjustment("50.00", "Refund discrepancy"),
            ];
            if settled {
                adjustments.push(adjustment("-50.00", "Pending refund discrepancy"));
            }
            refund(json!({ "id": id, "order_adjustments": adjustments,
                           "transactions": [payment(status, "50.00", "USD")] }))
        };
        let pending = by_amount("pending", false);
        let listed = order(20, json!({ "refunds": [pending] }));
        let settled = order(50, json!({ "refunds": [by_amount("success", true)] }));
        let calls = [
            created(),
            ("refunds/create", pending.clone()),
            listed.clone(),
        ];
        assert_eq!(left(&calls).0, 17_000, "{id}: under way");
        let calls = [
            created(),
            ("refunds/create", pending.clone()),
            listed,
            settled,
        ];
        assert_eq!(left(&calls).0, 17_000, "{id}: settled");
    }
}

#[test]
fn a_later_version_of_a_refund_counts_whatever_it_says() {
    for (status, expected) in [("success", 12_000), ("failure", 22_000), ("error", 22_000)] {
        let with = |status: &str| {
            refund(json!({ "refund_line_items": piece("USD"),
                           "transactions": [payment(status, "100.00", "USD")] }))
        };
        let calls = [
            created(),
            ("refunds/create", with("pending")),
            order(25, json!({ "refunds": [with("pending")] })),
            order(50, json!({ "refunds": [with(status)] })),
        ];
        assert_eq!(left(&calls).0, expected, "{status}");
    }
}

#[test]
fn a_refund_that_an_order_does_not_list_any_more_is_none_but_a_newer_one_is_news() {
    let piece = refund(json!({ "refund_line_items": piece("USD") }));
    let calls = [
        created(),
        order(25, json!({ "refunds": [piece] })),
        order(50, json!({})),
    ];
    assert_eq!(left(&calls).0, 22_000);
    // An import dates it back; it was made after this version of the order all the same.
    let mut dated_back = piece.clone();
    merge(
        &mut dated_back,
        json!({ "processed_at": "2025-12-24T12:00:00Z" }),
    );
    let calls = [order(10, json!({})), ("refunds/create", dated_back)];
    assert_eq!(left(&calls).0, 12_000);
    // Within one second, the version that lists more counts.
    let calls = [
        order(20, json!({ "tags": "" })),
        order(20, json!({ "refunds": [piece] })),
        ("refunds/create", piece),
    ];
    assert_eq!(left(&calls).0, 12_000);
}

#[test]
fn money_on_its_way_in_another_currency_was_not_kept() {
    let fee_and = |kept: &str, seen: &str, paid: &str, code: &str| {
        let cad = format!("{kept} CAD");
        refund(json!({
            "refund_line_items": piece("CAD"),
            "order_adjustments": [{ "amount": kept, "reason": "Refund discrepancy",
                                    "kind": "refund_discrepancy", "amount_set": set(&cad, seen) }],
            "transactions": [payment("pending", paid, code)],
        }))
    };
    let cad = || order(0, json!({ "currency": "CAD" }));
    for (refund, expected) in [
        (fee_and("100.00", "74.13 USD", "74.13", "USD"), 12_000),
        // A fee of 10.00 besides.
        (fee_and("100.00", "74.13 USD", "66.72", "USD"), 13_000),
        // A currency that nothing can be compared with: what is pending is on its way.
        (fee_and("100.00", "74.13 USD", "74.13", "USDC"), 12_000),
        (fee_and("100.00", "74.13 USD", "64.13", "EUR"), 12_000),
        (fee_and("100.00", "100.00 CAD", "90.00", "CAD"), 13_000),
    ] {
        let (left, _) = left(&[cad(), ("refunds/create", refund.clone())]);
        assert!((left - expected).abs() <= 1, "{left}: {refund}");
    }
}

#[test]
fn the_currency_of_a_payment_takes_no_order_away() {
    for code in ["USDC", "JEP", "GGP", "IMP", "", "??"] {
        let refund = refund(json!({ "refund_line_items": piece("USD"),
                                    "transactions": [payment("success", "100.000000", code)] }));
        let calls = [created(), ("refunds/create", refund.clone())];
        assert_eq!(left(&calls).0, 12_000, "{code}");
        assert_eq!(
            left(&[order(30, json!({ "refunds": [refund] }))]).0,
            12_000,
            "{code}"
        );
    }
}

#[test]
fn of_a_refund_of_which_a_part_failed_the_rest_was_given_back() {
    let in_part = |adjustments: Value, failed: &str| {
        refund(json!({
            "refund_line_items": piece("USD"), "order_adjustments": adjustments,
            "transactions": [payment("success", "20.00", "USD"), payment(failed, "80.00", "USD")],
        }))
    };
    let kept = json!([adjustment("80.00", "Refund discrepancy")]);
    for (refund, expected) in [
        (in_part(json!([]), "failure"), 20_000),
        (in_part(json!([]), "error"), 20_000),
        // Where the adjustments say so, too, it is not taken off twice.
        (in_part(kept.clone(), "failure"), 20_000),
        (in_part(kept, "pending"), 12_000),
        (in_part(json!([]), "success"), 12_000),
    ] {
        let calls = [created(), order(50, json!({ "refunds": [refund] }))];
        assert_eq!(left(&calls).0, expected, "{refund}");
    }
}

#[test]
fn shipping_given_back_is_shipping_whatever_says_so() {
    let lines = json!([{ "id": 1, "subtotal_amount_set": set("10.00 USD", "10.00 USD") }]);
    let shipped = || {
        order(
            0,
            json!({ "shipping_lines": [{ "id": 1, "price": "10.00" }] }),
        )
    };
    let one = |members: Value| {
        let mut adjustment = json!({ "amount": "-10.00", "tax_amount": "0.00" });
        merge(&mut adjustment, members);
        json!([adjustment])
    };
    for refund in [
        json!({ "order_adjustments": one(json!({ "kind": "shipping_refund" })) }),
        json!({ "order_adjustments": one(json!({ "reason": "Shipping refund" })) }),
        json!({ "order_adjustments": one(json!({ "reason": "Shipping refund" })),
                "refund_shipping_lines": lines }),
        json!({ "order_adjustments": one(json!({})), "refund_shipping_lines": lines }),
        json!({ "refund_shipping_lines": lines }),
    ] {
        let mut refund = refund;
        merge(
            &mut refund,
            json!({ "transactions": [payment("success", "10.00", "USD")] }),
        );
        let call = ("refunds/create", self::refund(refund.clone()));
        let (left, folded) = left(&[shipped(), call]);
        let back = folded.order.unwrap().refunds[0].shipping.minor();
        assert_eq!((left, back), (22_000, 1_000), "{refund}");
    }
}

#[test]
fn a_refund_by_amount_where_prices_contain_tax_gives_tax_back_with_the_goods() {
    let with_tax = || {
        let line = json!([{ "id": 1, "quantity": 1, "price": "119.00",
                            "tax_lines": [{ "price": "19.00", "rate": 0.19 }] }]);
        let order = json!({ "taxes_included": true, "total_tax": "19.00", "line_items": line });
        self::order(0, order)
    };
    for (amount, expected) in [("-11.90", 9_000), ("-59.50", 5_000), ("-119.00", 0)] {
        let adjustments = json!([adjustment(amount, "Refund discrepancy")]);
        let paid = payment("success", amount.trim_start_matches('-'), "USD");
        let refund = refund(json!({ "order_adjustments": adjustments, "transactions": [paid] }));
        let (left, folded) = left(&[with_tax(), ("refunds/create", refund)]);
        assert_eq!((left, folded.flags.len()), (expected, 0), "{amount}");
    }
}

#[test]
fn a_refund_of_neither_money_nor_pieces_is_no_letter_to_be_mended() {
    let none = refund(json!({ "refund_line_items": [], "transactions": [] }));
    let nothing = shopify::parse("refunds/create", none.to_string().as_bytes()).unwrap();
    assert!(matches!(nothing, Parsed::Ignored { .. }));
    let duty = refund(json!({ "total_duties_set": set("0.00 USD", "0.00 USD") }));
    assert_eq!(left(&[created(), ("refunds/create", duty)]).0, 22_000);
}

fn differing(folded: &Folded) -> Option<String> {
    let mut flags = folded.flags.iter();
    flags.find_map(|flag| match flag {
        Flag::GoodsLeftDiffer { .. } => Some(flag.to_string()),
        _ => None,
    })
}

#[test]
fn what_the_store_says_is_left_is_compared_with_lines_and_refunds() {
    let left_by = |sum: &str, refunds: Value| {
        let order = json!({ "current_subtotal_price": sum, "refunds": refunds });
        left(&[created(), self::order(50, order)])
    };
    let by_amount =
        refund(json!({ "order_adjustments": [adjustment("-50.00", "Refund discrepancy")] }));
    let back = refund(json!({ "refund_line_items": piece("USD") }));
    let with_fee = refund(json!({ "refund_line_items": piece("USD"),
                                  "order_adjustments": [adjustment("10.00", "Refund discrepancy")] }));
    for (sum, refunds) in [
        ("220.00", json!([])),
        ("219.98", json!([])),
        ("120.00", json!([back])),
        // Whether money for nothing in particular is in the sum, and what was kept, is not known.
        ("220.00", json!([by_amount])),
        ("170.00", json!([by_amount])),
        ("120.00", json!([with_fee])),
    ] {
        let (_, folded) = left_by(sum, refunds.clone());
        assert_eq!(differing(&folded), None, "{sum} {refunds}");
    }
    // An exchange: the piece is back, and all of its money was kept.
    let exchanged = refund(json!({ "refund_line_items": piece("USD"),
                                   "order_adjustments": [adjustment("100.00", "Refund discrepancy")] }));
    for (sum, refunds, counted) in [
        ("160.00", json!([]), "220.00 USD"),
        ("219.97", json!([]), "220.00 USD"),
        ("120.00", json!([exchanged]), "220.00 USD"),
        ("220.00", json!([back]), "120.00 USD"),
    ] {
        let flag = differing(&left_by(sum, refunds).1).expect(sum);
        assert!(
            flag.contains(&format!("{sum} USD")) && flag.contains(counted),
            "{flag}"
        );
    }
    // A refund that is newer than the sum.
    let order = order(10, json!({ "current_subtotal_price": "220.00" }));
    let (_, folded) = left(&[order, ("refunds/create", back)]);
    assert_eq!(differing(&folded), None);
}

#[test]
fn what_is_left_is_compared_before_tax_and_without_gift_cards_and_tips() {
    let lines = json!([
        { "id": 1, "quantity": 2, "current_quantity": 1, "price": "119.00",
          "tax_lines": [{ "price": "38.00", "rate": 0.19 }] },
        { "id": 2, "quantity": 1, "price": "50.00", "gift_card": true },
        { "id": 3, "quantity": 1, "price": "20.00", "tip": null },
    ]);
    let back = refund(json!({ "refund_line_items": [
        { "line_item_id": 1, "quantity": 1, "subtotal": "119.00", "total_tax": "19.00" }] }));
    // 119.00 and 50.00 as priced; before tax; with the tip.
    for (sum, agrees) in [
        ("169.00", true),
        ("150.00", true),
        ("189.00", true),
        ("288.00", false),
    ] {
        let members = json!({ "taxes_included": true, "total_tax": "38.00", "line_items": lines,
                              "current_subtotal_price": sum, "refunds": [back] });
        let (left, folded) = left(&[order(50, members)]);
        assert_eq!(
            (left, differing(&folded).is_none()),
            (10_000, agrees),
            "{sum}"
        );
    }
}
