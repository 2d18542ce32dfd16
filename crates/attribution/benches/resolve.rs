//! What a decision costs natively: the rules alone, and with reading the case and printing the decision.
//!
//! `scripts/bench-rules` runs this beside what a JavaScript program would use instead.

#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "a benchmark that cannot make or read its case has failed"
)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::{Value, json};
use waymark_attribution::{Case, resolve};

/// An order with this many touches, two minutes apart, and lines.
fn case(touches: u64, lines: u64) -> String {
    let touches: Vec<Value> = (0..touches)
        .zip(["A", "B", "C", "D", "E"].iter().cycle())
        .map(|(place, affiliate)| {
            let (day, hour, minute) = (place / 720 + 1, place / 30 % 24, place % 30 * 2);
            let at = format!("2026-01-{day:02}T{hour:02}:{minute:02}:00Z");
            json!({ "id": format!("t{place}"), "at": at, "method": "link", "affiliate": affiliate })
        })
        .collect();
    let lines: Vec<Value> = (0..lines)
        .map(|place| json!({ "id": format!("l{place}"), "sku": format!("S{place}"), "quantity": 2, "amount": "19.90" }))
        .collect();
    json!({
        "policy": { "preset": "refersion", "rates": { "default": { "percent": "8" } } },
        "directory": {
            "affiliates": { "A": {}, "B": {}, "C": {}, "D": {}, "E": {} },
            "coupons": { "SAVE10": "C", "SPRING": "A" },
        },
        "touches": touches,
        "order": {
            "id": "1001", "placed_at": "2026-01-20T00:00:00Z", "currency": "USD",
            "coupons": ["save10", "spring"], "lines": lines,
        },
    })
    .to_string()
}

fn decisions(criterion: &mut Criterion) {
    let sizes = [
        // 3 touches, 2 coupons, 3 lines.
        ("typical", include_str!("typical.json").to_owned()),
        ("heavy", case(50, 20)),
        ("worst", case(10_000, 1_000)),
    ];
    for (size, json) in &sizes {
        let case = Case::from_json(json).unwrap();
        criterion
            .benchmark_group("resolve")
            .bench_function(*size, |bencher| bencher.iter(|| resolve(black_box(&case))));
        criterion
            .benchmark_group("read_resolve_print")
            .bench_function(*size, |bencher| {
                bencher.iter(|| resolve(&Case::from_json(black_box(json)).unwrap()).to_json());
            });
    }
}

criterion_group!(benches, decisions);
criterion_main!(benches);
