//! The splitting models on touches whose shares were worked out by hand.

#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on has failed"
)]

use serde_json::json;
use waymark_attribution::{Case, resolve};

/// Who gets how many basis points, if these affiliates' links were clicked so many seconds before the order.
fn shares(touch: &str, half_life: &str, clicks: &[(&str, u32)]) -> Vec<(String, u32)> {
    let touches: Vec<_> = clicks
        .iter()
        .map(|(affiliate, seconds)| {
            let (minute, second) = (59 - seconds / 60, 59 - seconds % 60);
            let at = format!("2026-01-04T11:{minute:02}:{second:02}Z");
            json!({ "id": at, "at": at, "method": "link", "affiliate": affiliate })
        })
        .collect();
    let case = json!({
        "policy": { "rank": [["link"]], "touch": touch, "half_life": half_life, "losers": "unrecorded" },
        "directory": { "affiliates": { "A": {}, "B": {}, "C": {}, "D": {} } },
        "touches": touches,
        "order": { "id": "1", "placed_at": "2026-01-04T11:59:59Z", "currency": "USD", "lines": [] }
    })
    .to_string();
    let case = Case::from_json(&case).unwrap();
    let decision = resolve(&case);
    decision
        .conversions
        .iter()
        .map(|conversion| (conversion.affiliate.to_string(), conversion.share_bp.get()))
        .collect()
}

fn owned(shares: &[(&str, u32)]) -> Vec<(String, u32)> {
    shares
        .iter()
        .map(|(affiliate, share)| ((*affiliate).to_owned(), *share))
        .collect()
}

#[test]
fn linear_divides_equally_and_gives_what_is_left_to_the_earlier() {
    let clicks = [("A", 30), ("B", 20), ("C", 10)];
    assert_eq!(
        shares("linear", "7d", &clicks),
        owned(&[("A", 3_334), ("B", 3_333), ("C", 3_333)])
    );
}

#[test]
fn neighbours_of_one_affiliate_count_once_and_its_last_touch_gets_the_sum() {
    let clicks = [("A", 50), ("A", 40), ("B", 30), ("A", 20), ("A", 10)];
    assert_eq!(
        shares("linear", "7d", &clicks),
        owned(&[("B", 3_333), ("A", 6_667)])
    );
}

#[test]
fn position_gives_40_20_40_with_the_middle_shared() {
    assert_eq!(
        shares("position", "7d", &[("A", 1)]),
        owned(&[("A", 10_000)])
    );
    assert_eq!(
        shares("position", "7d", &[("A", 2), ("B", 1)]),
        owned(&[("A", 5_000), ("B", 5_000)])
    );
    let clicks = [("A", 40), ("B", 30), ("C", 20), ("D", 10)];
    assert_eq!(
        shares("position", "7d", &clicks),
        owned(&[("A", 4_000), ("B", 1_000), ("C", 1_000), ("D", 4_000)])
    );
}

#[test]
fn time_decay_halves_with_each_whole_half_life() {
    // Weights 1, 2, 4: 1428.57, 2857.14 and 5714.29 of 10 000.
    let clicks = [("A", 29), ("B", 19), ("C", 9)];
    assert_eq!(
        shares("time_decay", "10s", &clicks),
        owned(&[("A", 1_429), ("B", 2_857), ("C", 5_714)])
    );
}

#[test]
fn beyond_forty_half_lives_age_makes_no_difference() {
    assert_eq!(
        shares("time_decay", "1s", &[("A", 41), ("B", 40)]),
        owned(&[("A", 5_000), ("B", 5_000)])
    );
    assert_eq!(
        shares("time_decay", "1s", &[("A", 40), ("B", 39)]),
        owned(&[("A", 3_333), ("B", 6_667)])
    );
}
