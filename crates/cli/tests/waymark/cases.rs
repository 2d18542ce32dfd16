//! Cases to run on: three affiliates, and orders on which their claims meet.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

/// An order that `ana` brought by a link and `ben` by a coupon, under `refersion`: ana earns 8.00.
pub fn contested(id: &str) -> Value {
    json!({
        "policy": { "preset": "refersion", "rates": { "default": { "percent": "8" } } },
        "directory": { "affiliates": { "ana": {}, "ben": {} }, "coupons": { "BEN15": "ben" } },
        "touches": [
            { "id": "t1", "at": "2026-01-03T10:00:00Z", "method": "link", "affiliate": "ana" },
        ],
        "order": {
            "id": id, "placed_at": "2026-01-04T12:00:00Z", "currency": "USD",
            "coupons": ["ben15"], "lines": [{ "quantity": 1, "amount": "100.00" }],
        },
    })
}

/// NDJSON of these documents.
pub fn lines(documents: &[Value]) -> String {
    documents.iter().map(|it| format!("{it}\n")).collect()
}

/// The same cases under another policy.
pub fn under(policy: &Value, cases: &[Value]) -> Vec<Value> {
    let mut cases = cases.to_vec();
    for case in &mut cases {
        case["policy"] = policy.clone();
    }
    cases
}

/// A policy that pays: a preset with rates and perhaps another way to settle things.
pub fn policy() -> impl Strategy<Value = Value> {
    let preset = select(&waymark_attribution::PRESETS[..]);
    let touch = select(&["last", "first", "linear", "time_decay"][..]);
    (preset, touch, 0..30_u8, any::<bool>()).prop_map(|(preset, touch, percent, unrecorded)| {
        json!({
            "preset": preset,
            "touch": touch,
            "losers": if unrecorded { "unrecorded" } else { "unqualified" },
            "rates": {
                "default": { "percent": percent.to_string() },
                "coupon": { "percent": "12.5" },
            },
        })
    })
}

/// Cases, whose policy is yet to be put into them.
pub fn cases() -> impl Strategy<Value = Vec<Value>> {
    proptest::collection::vec(case(), 1..12).prop_map(|mut cases| {
        for (id, case) in cases.iter_mut().enumerate() {
            case["order"]["id"] = id.to_string().into();
        }
        cases
    })
}

fn case() -> impl Strategy<Value = Value> {
    let coupons = subsequence(vec!["ANA10", "ben15", "none"], 0..=3);
    let currency = select(&["USD", "JPY", "EUR"][..]);
    let email = select(&["known@y.test", "other@y.test"][..]);
    let sku = select(&["S1", "S2"][..]);
    let touches = proptest::collection::vec(touch(), 0..4);
    (touches, coupons, currency, email, sku, 0..5000_u32).prop_map(
        |(touches, coupons, currency, email, sku, amount)| {
            json!({
                "directory": {
                    "affiliates": { "ana": {}, "ben": { "class": "coupon" }, "cleo": {} },
                    "coupons": { "ANA10": "ana", "BEN15": "ben" },
                    "emails": { "known@y.test": "cleo" },
                    "skus": { "S1": { "affiliate": "ana", "rate": { "percent": "3" } } },
                },
                "touches": touches,
                "order": {
                    "placed_at": "2026-01-03T12:00:00Z", "currency": currency,
                    "email": email, "coupons": coupons,
                    "lines": [{ "sku": sku, "quantity": 1, "amount": amount.to_string() }],
                },
            })
        },
    )
}

/// Within two and a half days before the order, or shortly after it.
fn touch() -> impl Strategy<Value = Value> {
    let method = select(&["link", "qr"][..]);
    let affiliate = select(&["ana", "ben", "cleo"][..]);
    (0..72_u32, method, affiliate).prop_map(|(hour, method, affiliate)| {
        json!({
            "id": format!("t{hour}"),
            "at": format!("2026-01-0{}T{:02}:00:00Z", 1 + hour / 24, hour % 24),
            "method": method,
            "affiliate": affiliate,
        })
    })
}
