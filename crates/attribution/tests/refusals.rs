//! A malformed case is refused with an error that names the field and what is wrong with it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use serde_json::{Value, json};
use waymark_attribution::{Case, Decision, PolicyDocument, resolve};

/// A valid case in which everything has a place.
fn base() -> Value {
    json!({
        "policy": { "preset": "refersion", "rates": { "default": { "percent": "8" } }, "sku": { "rates": { "S1": { "percent": "20" } } } },
        "directory": {
            "affiliates": { "A": { "emails": ["a@x.test"], "sku": { "disabled": [] } } },
            "coupons": { "SAVE10": "A" }, "emails": { "b@y.test": "A" }, "skus": { "S9": { "affiliate": "A" } }, "tags": { "vip": "A" }
        },
        "customer": { "assigned": { "affiliate": "A", "at": "2026-01-01T00:00:00Z" }, "additional": ["A"] },
        "touches": [{ "id": "t1", "at": "2026-01-01T10:00:00Z", "method": "link", "affiliate": "A" }],
        "order": {
            "id": "1001", "placed_at": "2026-01-04T12:00:00Z", "currency": "USD", "coupons": ["save10"],
            "lines": [{ "sku": "S1", "quantity": 2, "amount": "100.00" }, { "id": "l2", "quantity": 1 }],
            "refunds": [{ "id": "r1", "lines": [{ "line": "0", "quantity": 1, "amount": "1.00" }] }]
        }
    })
}

/// The error of the base case with one member replaced.
fn refusal(pointer: &str, value: Value) -> String {
    let mut case = base();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match case.pointer_mut(parent).unwrap() {
        Value::Array(list) if name == "-" => list.push(value),
        Value::Array(list) => list[name.parse::<usize>().unwrap()] = value,
        Value::Object(members) => drop(members.insert(name.to_owned(), value)),
        other => panic!("{pointer} lies in {other}"),
    }
    match Case::from_json(&case.to_string()) {
        Ok(_) => format!("{pointer} was accepted"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_base_case_is_valid() {
    assert!(Case::from_json(&base().to_string()).is_ok());
}

#[test]
fn an_error_names_the_field_and_what_is_wrong() {
    let long = "x".repeat(1_025);
    let refusals = [
        (
            "/order/lines/1/amount",
            json!("9.999"),
            "order.lines[1].amount: more than 2 decimals for USD",
        ),
        (
            "/order/lines/1/amount",
            json!("-1"),
            "order.lines[1].amount: not a decimal amount such as \"12.50\"",
        ),
        (
            "/order/lines/1/amount",
            json!("1e3"),
            "order.lines[1].amount: not a decimal amount such as \"12.50\"",
        ),
        (
            "/order/lines/1/amount",
            json!("10000000000000.01"),
            "order.lines[1].amount: more than 10^15 minor units",
        ),
        (
            "/order/lines/1/amount",
            json!(5),
            "order.lines[1].amount: invalid type: integer `5`, expected text",
        ),
        (
            "/order/placed_at",
            json!(5),
            "order.placed_at: invalid type: integer `5`, expected an RFC 3339 date and time",
        ),
        (
            "/policy",
            json!(5),
            "policy: invalid type: integer `5`, expected a preset's name or an object",
        ),
        (
            "/directory/coupons",
            json!(5),
            "directory.coupons: invalid type: integer `5`, expected an object",
        ),
        (
            "/order/discount",
            json!("1.005"),
            "order.discount: more than 2 decimals for USD",
        ),
        (
            "/order/lines/1/quantity",
            json!(0),
            "order.lines[1].quantity: not from 1 to 1000000",
        ),
        (
            "/order/lines/1/quantity",
            json!(1_000_001),
            "order.lines[1].quantity: not from 1 to 1000000",
        ),
        (
            "/order/lines/1",
            json!({ "id": "l2" }),
            "order.lines[1].quantity: missing",
        ),
        (
            "/order/lines/1/id",
            json!("0"),
            "order.lines: two lines are named 0",
        ),
        (
            "/order/lines/1/id",
            json!(" "),
            "order.lines[1].id: empty; an id is needed",
        ),
        (
            "/order/refunds/0/lines/0/line",
            json!("l3"),
            "order.refunds[0].lines[0].line: the order has no line of this name",
        ),
        (
            "/order/refunds/0/lines/0/quantity",
            json!(1_000_001),
            "order.refunds[0].lines[0].quantity: more than 1000000",
        ),
        (
            "/order/refunds/0/shipping",
            json!("x"),
            "order.refunds[0].shipping: not a decimal amount such as \"12.50\"",
        ),
        (
            "/order/coupons/0",
            json!(long),
            "order.coupons[0]: longer than 1024 bytes",
        ),
        (
            "/order/coupons",
            json!(vec!["x"; 257]),
            "order.coupons: more than 256 entries",
        ),
        (
            "/order/customer_tags",
            json!(vec!["x"; 257]),
            "order.customer_tags: more than 256 entries",
        ),
        (
            "/order/lines",
            json!(vec![json!({ "quantity": 1 }); 1_001]),
            "order.lines: more than 1000 entries",
        ),
        (
            "/order/refunds",
            json!(vec![json!({ "id": "r" }); 1_001]),
            "order.refunds: more than 1000 entries",
        ),
        (
            "/touches",
            json!(vec![base()["touches"][0].clone(); 10_001]),
            "touches: more than 10000 entries",
        ),
        ("/order/id", json!(""), "order.id: empty; an id is needed"),
        (
            "/order/placed_at",
            json!("2026-01-04 12:00"),
            "order.placed_at: not an RFC 3339 date and time such as 2026-01-04T12:00:00Z",
        ),
        (
            "/order/currency",
            json!("usd"),
            "order.currency: not an ISO 4217 currency code such as USD; list any other under currencies, with its digits",
        ),
        (
            "/order/currency",
            json!("XAU"),
            "order.currency: XAU has no minor unit, so no order can be paid in it",
        ),
        (
            "/currencies",
            json!({ "USD": 2 }),
            "currencies.USD: a currency of ISO 4217, whose digits are known; leave it out",
        ),
        (
            "/currencies",
            json!({ "XAU": 2 }),
            "currencies.XAU: a currency of ISO 4217, whose digits are known; leave it out",
        ),
        (
            "/currencies",
            json!({ "IRT": 5 }),
            "currencies.IRT: more than 4 digits",
        ),
        (
            "/currencies",
            json!({ "IRT": -1 }),
            "currencies.IRT: invalid value: integer `-1`, expected u8",
        ),
        (
            "/currencies",
            json!({ "IRT": 0, "toman": 0 }),
            "currencies.toman: not three capital letters such as IRT",
        ),
        (
            "/touches/0/affiliate",
            json!(""),
            "touches[0].affiliate: empty; an id is needed",
        ),
        (
            "/customer/additional/0",
            json!(""),
            "customer.additional[0]: empty; an id is needed",
        ),
        (
            "/customer/assigned/affiliate",
            json!(""),
            "customer.assigned.affiliate: empty; an id is needed",
        ),
        (
            "/directory/coupons/ save10 ",
            json!("A"),
            "directory.coupons.SAVE10: this key stands twice",
        ),
        (
            "/directory/tags/VIP",
            json!("A"),
            "directory.tags.vip: this key stands twice",
        ),
        (
            "/directory/coupons",
            json!({ "CAFÉ": "A", "cafe\u{301} ": "A" }),
            "directory.coupons.café: this key stands twice",
        ),
        (
            "/directory/emails",
            json!({ "νίκος@y.test": "A", "ΝΊΚΟΣ@y.test": "A" }),
            "directory.emails.νίκοσ@y.test: this key stands twice",
        ),
        (
            "/directory/coupons/ ",
            json!("A"),
            "directory.coupons. : empty; an id is needed",
        ),
        (
            "/directory/skus/S9/rate",
            json!({ "per_order": "5.00" }),
            "directory.skus.S9.rate.per_order: not possible for a SKU; use percent or per_item",
        ),
        (
            "/directory/affiliates/A/sku/rates",
            json!({ "S1": { "per_order": "1" } }),
            "directory.affiliates.A.sku.rates.S1.per_order: not possible for a SKU; use percent or per_item",
        ),
        (
            "/directory/affiliates/A/rates",
            json!({ "coupon": { "per_item": "0.001" } }),
            "directory.affiliates.A.rates.coupon.per_item: more than 2 decimals for USD",
        ),
        (
            "/directory/affiliates/A/sku/disabled/-",
            json!(""),
            "directory.affiliates.A.sku.disabled[0]: empty; an id is needed",
        ),
        (
            "/policy/rates/default",
            json!({ "percent": "100.1" }),
            "policy.rates.default.percent: more than 100 percent",
        ),
        (
            "/policy/rates/default",
            json!({ "percent": "1.00001" }),
            "policy.rates.default.percent: more than 4 decimals for a percentage",
        ),
        (
            "/policy/rank",
            json!([["link"], ["sku"]]),
            "policy.additive[0]: sku stands twice in rank and additive; keep one",
        ),
        (
            "/policy/rank",
            json!([["link", "link"]]),
            "policy.rank[0][1]: link stands twice in rank and additive; keep one",
        ),
        (
            "/policy/additive",
            json!(["assigned"]),
            "policy.additive[0]: assigned cannot be additive; coupon, email, sku and tag can",
        ),
        (
            "/policy/half_life",
            json!("0s"),
            "policy.half_life: must be longer than 0s",
        ),
        (
            "/policy/window",
            json!("1w"),
            "policy.window: not a duration such as \"45s\", \"90m\", \"12h\" or \"30d\"",
        ),
        (
            "/policy",
            json!({}),
            "policy.rank: missing; it is required without a preset",
        ),
    ];
    for (pointer, value, error) in refusals {
        assert_eq!(refusal(pointer, value), error, "{pointer}");
    }
}

#[test]
fn unknown_and_repeated_members_are_refused_where_they_stand() {
    for (pointer, path) in [
        ("/orders", ""),
        ("/policy/windows", "policy"),
        ("/directory/affiliates/A/rate", "directory.affiliates.A"),
        ("/order/emial", "order"),
        ("/order/lines/0/price", "order.lines[0]"),
        ("/customer/assigned/since", "customer.assigned"),
    ] {
        let error = refusal(pointer, json!("x"));
        assert!(
            error.starts_with(path) && error.contains("unknown field"),
            "{pointer}: {error}"
        );
    }
    let twice =
        base()
            .to_string()
            .replacen("\"id\":\"1001\"", "\"id\":\"1001\",\"id\":\"1002\"", 1);
    let error = Case::from_json(&twice).unwrap_err();
    assert!(
        error.to_string().contains("duplicate field `id`"),
        "{error}"
    );
    let twice = base().to_string().replacen(
        "\"SAVE10\":\"A\"",
        "\"SAVE10\":\"A\",\"SAVE\\u00310\":\"A\"",
        1,
    );
    assert_eq!(
        Case::from_json(&twice).unwrap_err().path(),
        "directory.coupons.SAVE10"
    );
    let twice = base().to_string().replacen(
        "\"order\":",
        "\"currencies\":{\"IRT\":0,\"IRT\":0},\"order\":",
        1,
    );
    assert_eq!(
        Case::from_json(&twice).unwrap_err().to_string(),
        "currencies.IRT: this key stands twice"
    );
}

#[test]
fn what_follows_the_case_is_refused() {
    let json = format!("{} x", base());
    assert!(
        Case::from_json(&json)
            .unwrap_err()
            .message()
            .contains("trailing characters")
    );
}

#[test]
fn the_limits_themselves_are_allowed() {
    let mut case = base();
    case["order"]["coupons"] = json!(vec!["x".repeat(1_024); 256]);
    case["order"]["lines"] = json!(vec![
        json!({ "quantity": 1_000_000, "amount": "10000000000000.00" });
        1_000
    ]);
    case["order"]["discount"] = json!("10000000000000.00");
    case["order"]["refunds"][0]["lines"][0]["quantity"] = json!(1_000_000);
    case["touches"] = json!(vec![base()["touches"][0].clone(); 10_000]);
    case["policy"]["rates"]["default"] = json!({ "per_item": "10000000000000.00" });
    let json = case.to_string();
    let case = Case::from_json(&json).unwrap();
    // 10^13 dollars for each of 10^9 items but the million that came back: more than 64 bits hold.
    let decision = resolve(&case).to_json();
    let commission = Decision::from_json(&decision).unwrap().conversions[0].commission;
    assert_eq!(commission.to_string(), "9990000000000000000000.00");
}

#[test]
fn text_that_is_empty_counts_as_absent_in_an_order() {
    let mut case = base();
    case["order"]["email"] = json!(" ");
    case["order"]["coupons"] = json!(["", "\u{3000}"]);
    case["order"]["tags"] = json!([" "]);
    case["order"]["lines"][0]["sku"] = json!("");
    let json = case.to_string();
    let case = Case::from_json(&json).unwrap();
    assert_eq!(
        resolve(&case).trace.len(),
        2,
        "the touch and the assignment remain"
    );
}

#[test]
fn a_policy_is_checked_before_its_currency_is_known() {
    let check = |json: &str| {
        serde_json::from_str::<PolicyDocument>(json)
            .unwrap()
            .validate()
            .map_err(|error| error.to_string())
    };
    assert_eq!(check(r#""affiliatly""#), Ok(()));
    assert_eq!(
        check(r#"{"preset": "refersion", "rates": {"link": {"per_order": "1.2345"}}}"#),
        Ok(())
    );
    assert_eq!(
        check(r#"{"preset": "refersion", "rates": {"link": {"per_order": "1.23456"}}}"#)
            .unwrap_err(),
        "rates.link.per_order: more than 4 decimals for CLF"
    );
    assert!(
        check(r#""refersions""#)
            .unwrap_err()
            .starts_with("preset: no such preset; there are last-click, refersion")
    );
}

#[test]
fn what_is_wrong_with_the_whole_is_said_of_the_case() {
    for json in ["", "{", "[]", "null", "7", "{\"policy\": \"refersion\"} {}"] {
        let error = Case::from_json(json).unwrap_err().to_string();
        let (field, wrong) = error.split_once(": ").unwrap();
        assert!(["case", "directory"].contains(&field), "{json}: {error}");
        assert!(!wrong.is_empty());
    }
}
