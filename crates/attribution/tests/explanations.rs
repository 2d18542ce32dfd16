//! What a person reads about each outcome, word for word.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use serde_json::{Value, json};
use waymark_attribution::{Case, Decision, explain, resolve};

/// The sentences for a stored decision whose claims had these outcomes, `by` counting from the first.
fn sentences(trace: Value, conversions: Value, review: bool) -> String {
    let decision = json!({
        "policy": { "name": "custom", "version": 1 }, "order": "1001", "review": review,
        "conversions": conversions, "assign": null, "trace": trace,
    })
    .to_string();
    explain(&Decision::from_json(&decision).unwrap()).english()
}

fn claim(affiliate: &str, method: &str, evidence: &str, outcome: &str) -> Value {
    json!({ "affiliate": affiliate, "method": method, "evidence": evidence, "at": "2026-01-03T23:59:59.999Z", "outcome": outcome })
}

fn beaten(affiliate: &str, method: &str, evidence: &str, outcome: &str, by: usize) -> Value {
    let mut claim = claim(affiliate, method, evidence, outcome);
    claim["by"] = json!(by);
    claim
}

fn pending(
    affiliate: &str,
    method: &str,
    evidence: &str,
    share_bp: u32,
    commission: &str,
    review: bool,
) -> Value {
    json!({ "affiliate": affiliate, "method": method, "evidence": evidence, "status": "pending", "visible": true,
            "review": review, "share_bp": share_bp, "commission": commission, "lines": [] })
}

#[test]
fn what_lost_is_told_what_it_lost_to() {
    let told = sentences(
        json!([
            claim("A", "link", "t1", "credited"),
            beaten("B", "coupon", "SAVE10", "outranked", 0),
            beaten("A", "email", "email", "duplicate", 0),
            beaten("A", "qr", "t0", "merged", 0),
            beaten("C", "qr", "t2", "superseded", 0),
            claim("D", "sku", "S1", "credited"),
            beaten("E", "sku", "S2", "outranked", 5),
            beaten("F", "tag", "vip", "outranked", 99),
        ]),
        json!([
            pending("A", "link", "t1", 10_000, "8.00", false),
            pending("D", "sku", "S1", 10_000, "1.50", false)
        ]),
        false,
    );
    assert_eq!(
        told,
        "Order 1001: A earns 8.00 through a link and D earns 1.50 through a SKU.\n\
         Affiliate A's link was clicked on 3 January 2026, so A earns 8.00.\n\
         Coupon SAVE10 belongs to affiliate B, but this program ranks a link above a coupon, and A's link was clicked on 3 January 2026.\n\
         The order's e-mail address is tied to affiliate A, but A stands once, through another claim: A's link was clicked on 3 January 2026.\n\
         Affiliate A's QR code was scanned on 3 January 2026, and its share is counted with a later visit: A's link was clicked on 3 January 2026.\n\
         Affiliate C's QR code was scanned on 3 January 2026, but another visit counts: A's link was clicked on 3 January 2026.\n\
         SKU S1 is tied to affiliate D, so D earns 1.50.\n\
         SKU S2 is tied to affiliate E, but only one SKU is credited here, and SKU S1 is tied to D.\n\
         Tag vip is tied to affiliate F, but a stronger claim is credited."
    );
}

#[test]
fn what_could_not_count_is_told_why() {
    let told = sentences(
        json!([
            claim("A", "link", "t1", "window_expired"),
            claim("A", "qr", "t2", "after_order"),
            claim("B", "link", "t3", "stood_down"),
            claim("B", "coupon", "SAVE10", "no_touch"),
            claim("C", "email", "email", "self_referral"),
            claim("D", "sku", "S1", "affiliate_inactive"),
            claim("E", "tag", "vip", "affiliate_unknown"),
            claim("F", "tag", "gold", "method_disabled"),
            claim("P", "assigned", "assigned", "assignment_expired"),
        ]),
        json!([]),
        false,
    );
    assert_eq!(
        told,
        "Order 1001: nobody is credited.\n\
         Affiliate A's link was clicked on 3 January 2026, but that was too long before the order.\n\
         Affiliate A's QR code was scanned on 3 January 2026, but that was after the order.\n\
         Affiliate B's link was clicked on 3 January 2026, but B gives way to a content affiliate's visit shortly before.\n\
         Coupon SAVE10 belongs to affiliate B, but a coupon counts only with a visit, and B brought none that is valid.\n\
         The order's e-mail address is tied to affiliate C, but the order is C's own, which earns nothing here.\n\
         SKU S1 is tied to affiliate D, but D is paused.\n\
         Tag vip is tied to affiliate E, but this program has no such affiliate.\n\
         Tag gold is tied to affiliate F, but this program does not credit tags.\n\
         The customer has belonged to affiliate P since 3 January 2026, but the assignment has expired."
    );
}

#[test]
fn shares_and_reviews_are_told() {
    let told = sentences(
        json!([
            claim("A", "link", "t1", "credited"),
            claim("B", "link", "t2", "credited"),
            claim("C", "coupon", "X", "credited")
        ]),
        json!([
            pending("A", "link", "t1", 3_334, "2.67", true),
            pending("B", "link", "t2", 6_600, "5.33", true),
            pending("C", "coupon", "X", 10_000, "8", true),
        ]),
        true,
    );
    assert_eq!(
        told,
        "Order 1001: A earns 2.67 for 33.34 % of the credit through a link, B earns 5.33 for 66 % of the credit through a link and C earns 8 through a coupon. A person has to review it first.\n\
         Affiliate A's link was clicked on 3 January 2026, so A earns 2.67 for 33.34 % of the credit, once a person has reviewed it.\n\
         Affiliate B's link was clicked on 3 January 2026, so B earns 5.33 for 66 % of the credit, once a person has reviewed it.\n\
         Coupon X belongs to affiliate C, so C earns 8, once a person has reviewed it."
    );
}

#[test]
fn a_message_is_an_id_with_arguments_for_other_languages() {
    let case = r#"{"policy": "refersion", "directory": {}, "order": {"id": "7", "placed_at": "2026-01-04T12:00:00Z", "currency": "USD", "lines": []},
                   "touches": [{"id": "t1", "at": "2026-01-03T10:00:00Z", "method": "link", "affiliate": "A"}]}"#;
    let case = Case::from_json(case).unwrap();
    let decision = resolve(&case);
    assert_eq!(
        serde_json::to_value(explain(&decision)).unwrap(),
        json!({
            "headline": { "id": "nobody_credited", "arguments": { "order": "7" } },
            "claims": [{ "id": "ineligible", "arguments": {
                "claim": { "affiliate": "A", "method": "link", "evidence": "t1", "at": "2026-01-03T10:00:00.000Z" },
                "reason": "affiliate_unknown",
            } }],
        })
    );
}

#[test]
fn of_two_visits_it_is_told_which_came_first() {
    let told = |at: &str| {
        let mut other = claim("B", "link", "t2", "credited");
        other["at"] = json!(at);
        let trace = json!([beaten("A", "qr", "t1", "superseded", 1), other]);
        let told = sentences(trace, json!([]), false);
        told.lines().nth(1).unwrap().to_owned()
    };
    assert_eq!(
        told("2026-01-05T00:00:00.000Z"),
        "Affiliate A's QR code was scanned on 3 January 2026, but a later visit counts: B's link was clicked on 5 January 2026."
    );
    assert_eq!(
        told("2026-01-01T00:00:00.000Z"),
        "Affiliate A's QR code was scanned on 3 January 2026, but an earlier visit counts: B's link was clicked on 1 January 2026."
    );
}

#[test]
fn a_coupon_may_lose_to_another_coupon_without_either_coming_first() {
    let told = sentences(
        json!([
            beaten("A", "coupon", "C1", "superseded", 1),
            claim("B", "coupon", "C2", "credited")
        ]),
        json!([]),
        false,
    );
    assert_eq!(
        told.lines().nth(1).unwrap(),
        "Coupon C1 belongs to affiliate A, but another coupon counts: coupon C2 belongs to B."
    );
}

#[test]
fn what_is_unqualified_is_not_told_to_earn() {
    let unqualified = json!({ "affiliate": "B", "method": "coupon", "evidence": "SAVE10", "status": "unqualified",
                              "visible": false, "review": false, "reason": "outranked", "by": 0, "share_bp": 0,
                              "commission": "0.00", "lines": [] });
    let told = sentences(
        json!([
            claim("A", "link", "t1", "credited"),
            beaten("B", "coupon", "SAVE10", "outranked", 0)
        ]),
        json!([
            pending("A", "link", "t1", 10_000, "8.00", false),
            unqualified
        ]),
        false,
    );
    assert_eq!(
        told.lines().next().unwrap(),
        "Order 1001: A earns 8.00 through a link."
    );
}

#[test]
fn a_date_is_told_with_the_name_of_its_month() {
    let months = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    for (number, month) in (1..).zip(months) {
        let mut expired = claim("A", "link", "t1", "window_expired");
        expired["at"] = json!(format!("2026-{number:02}-09T10:00:00.000Z"));
        let told = sentences(json!([expired]), json!([]), false);
        assert!(
            told.contains(&format!("clicked on 9 {month} 2026,")),
            "{told}"
        );
    }
}
