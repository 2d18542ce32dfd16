//! Cases in which much happens: few affiliates, codes and moments, so that claims meet.

#![no_main]

use arbitrary::{Result, Unstructured};
use serde_json::{Map, Value, json};

const AFFILIATES: &[&str] = &["A", "B", "C", "X"];
const CODES: &[&str] = &["TEN", " ten ", "FIVE", "none", ""];
const SKUS: &[&str] = &["S1", "S2", "S3", ""];
const METHODS: &[&str] = &["link", "qr", "coupon", "email", "sku", "tag", "assigned"];
const DURATIONS: &[&str] = &["0s", "1h", "12h", "7d", "30d", "40000d"];
const CURRENCIES: &[&str] = &["JPY", "USD", "KWD"];
const PRESETS: &[&str] = &[
    "last-click",
    "refersion",
    "refersion-coupon",
    "refersion-email",
    "affiliatly",
    "affiliatly-tag-first",
    "salesking",
];

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut choices = Unstructured::new(bytes);
    if let Ok(case) = case(&mut choices) {
        promises::hold(&case.to_string());
    }
});

fn case(u: &mut Unstructured<'_>) -> Result<Value> {
    let lines = list(u, 5, line)?;
    Ok(json!({
        "policy": policy(u)?,
        "directory": {
            "affiliates": {"A": affiliate(u)?, "B": affiliate(u)?, "C": affiliate(u)?},
            "coupons": {"TEN": *u.choose(AFFILIATES)?, "FIVE": *u.choose(AFFILIATES)?},
            "emails": {"buyer@y.test": *u.choose(AFFILIATES)?},
            "skus": {"S1": {"affiliate": *u.choose(AFFILIATES)?, "rate": rate(u)?}},
            "tags": {"ten": *u.choose(AFFILIATES)?},
        },
        "customer": if u.arbitrary()? {
            json!({"assigned": {"affiliate": *u.choose(AFFILIATES)?, "at": instant(u)?}})
        } else {
            json!({"additional": ["B"]})
        },
        "touches": list(u, 12, touch)?,
        "order": {
            "id": "1",
            "placed_at": "2026-01-31T00:00:00Z",
            "currency": *u.choose(CURRENCIES)?,
            "email": *u.choose(&["buyer@y.test", " BUYER@y.test", "a@x.test", ""])?,
            "coupons": list(u, 4, |u| Ok(json!(*u.choose(CODES)?)))?,
            "tags": list(u, 2, |u| Ok(json!(*u.choose(CODES)?)))?,
            "customer_tags": list(u, 2, |u| Ok(json!(*u.choose(CODES)?)))?,
            "refunds": list(u, 3, |u| refund(u, lines.len()))?,
            "lines": lines,
            "discount": amount(u)?,
            "shipping": amount(u)?,
            "tax": amount(u)?,
            "cancelled": u.ratio(1, 8)?,
        },
    }))
}

fn list(
    u: &mut Unstructured<'_>,
    most: usize,
    item: impl Fn(&mut Unstructured<'_>) -> Result<Value>,
) -> Result<Vec<Value>> {
    let count = u.int_in_range(0..=most)?;
    (0..count).map(|_| item(u)).collect()
}

fn policy(u: &mut Unstructured<'_>) -> Result<Value> {
    let mut policy = Map::new();
    if u.ratio(2, 3)? {
        policy.insert("preset".into(), json!(*u.choose(PRESETS)?));
    } else {
        let mut tiers = vec![Vec::new(), Vec::new(), Vec::new()];
        let mut additive = Vec::new();
        for method in METHODS {
            match (u.int_in_range(0..=4_usize)?, *method) {
                (tier @ 0..=2, method) => tiers[tier].push(method),
                (3, method @ ("coupon" | "email" | "sku" | "tag")) => additive.push(method),
                _ => {}
            }
        }
        tiers.retain(|tier| !tier.is_empty());
        policy.insert("rank".into(), json!(tiers));
        policy.insert("additive".into(), json!(additive));
    }
    let words: &[(&str, &[&str])] = &[
        ("touch", &["last", "first", "linear", "position", "time_decay"]),
        ("half_life", DURATIONS),
        ("window", DURATIONS),
        ("coupon", &["first", "last"]),
        ("tie", &["review", "first_listed", "earliest", "latest"]),
        ("losers", &["unqualified", "unrecorded"]),
        ("self_referral", &["allow", "review", "unqualified"]),
        ("stand_down", DURATIONS),
    ];
    for (field, values) in words {
        if u.arbitrary()? {
            policy.insert((*field).into(), json!(*u.choose(values)?));
        }
    }
    for field in ["coupon_requires_touch", "include_shipping", "include_tax"] {
        if u.arbitrary()? {
            policy.insert(field.into(), json!(u.arbitrary::<bool>()?));
        }
    }
    if u.arbitrary()? {
        policy.insert("assignment".into(), json!({"mode": "sticky", "expires": *u.choose(DURATIONS)?}));
    }
    policy.insert("rates".into(), rates(u)?);
    policy.insert("sku".into(), sku(u)?);
    Ok(Value::Object(policy))
}

fn affiliate(u: &mut Unstructured<'_>) -> Result<Value> {
    Ok(json!({
        "status": *u.choose(&["active", "active", "active", "paused"])?,
        "class": *u.choose(&["content", "coupon", "extension", "cashback"])?,
        "emails": if u.arbitrary()? { json!(["A@x.test"]) } else { json!([]) },
        "window": if u.arbitrary()? { json!(*u.choose(DURATIONS)?) } else { Value::Null },
        "rates": rates(u)?,
        "sku": sku(u)?,
    }))
}

fn rates(u: &mut Unstructured<'_>) -> Result<Value> {
    let mut rates = Map::new();
    for method in METHODS.iter().chain(&["default"]) {
        if u.ratio(1, 3)? {
            let per_order = json!({"per_order": amount(u)?});
            rates.insert((*method).into(), if u.ratio(1, 4)? { per_order } else { rate(u)? });
        }
    }
    Ok(Value::Object(rates))
}

fn rate(u: &mut Unstructured<'_>) -> Result<Value> {
    Ok(match u.arbitrary()? {
        true => json!({"percent": *u.choose(&["0", "8.5", "33.3333", "100", "0.0001"])?}),
        false => json!({"per_item": amount(u)?}),
    })
}

fn sku(u: &mut Unstructured<'_>) -> Result<Value> {
    let named = |u: &mut Unstructured<'_>| Ok(json!(*u.choose(&["S1", "S2"])?));
    Ok(json!({
        "disabled": if u.ratio(1, 4)? { list(u, 1, named)? } else { vec![] },
        "allowed": if u.ratio(1, 4)? { list(u, 2, named)? } else { vec![] },
        "rates": if u.ratio(1, 4)? { json!({"S2": rate(u)?}) } else { json!({}) },
    }))
}

fn touch(u: &mut Unstructured<'_>) -> Result<Value> {
    Ok(json!({
        "id": u.int_in_range(0..=99)?.to_string(),
        "at": instant(u)?,
        "method": *u.choose(&["link", "qr"])?,
        "affiliate": *u.choose(AFFILIATES)?,
    }))
}

/// Within January of the order, sometimes after it.
fn instant(u: &mut Unstructured<'_>) -> Result<Value> {
    let (day, hour) = (u.int_in_range(20..=31)?, u.int_in_range(0..=3)?);
    Ok(json!(format!("2026-01-{day}T0{hour}:00:00+01:00")))
}

fn line(u: &mut Unstructured<'_>) -> Result<Value> {
    Ok(json!({
        "sku": *u.choose(SKUS)?,
        "quantity": u.int_in_range(1..=1_000_000)?,
        "amount": amount(u)?,
    }))
}

fn refund(u: &mut Unstructured<'_>, lines: usize) -> Result<Value> {
    let refunded = |u: &mut Unstructured<'_>| {
        let line = u.int_in_range(0..=lines.max(1) - 1)?;
        let quantity = u.int_in_range(0..=1_000_000)?;
        Ok(json!({"line": line.to_string(), "quantity": quantity, "amount": amount(u)?}))
    };
    Ok(json!({
        "id": "r",
        "lines": if lines == 0 { vec![] } else { list(u, 2, refunded)? },
        "shipping": amount(u)?,
        "tax": amount(u)?,
    }))
}

/// An amount that every currency can write, from nothing to the most there may be.
fn amount(u: &mut Unstructured<'_>) -> Result<Value> {
    let most = *u.choose(&[0_u64, 1, 100, 1_000_000, 1_000_000_000_000])?;
    Ok(json!(u.int_in_range(0..=most)?.to_string()))
}
