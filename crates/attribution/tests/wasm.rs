//! The written cases in WebAssembly decide to the same bytes as natively.
#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot read its case has failed"
)]

use serde_json::value::RawValue;
use wasm_bindgen_test::wasm_bindgen_test;
use waymark_attribution::{Case, Decision, resolve};

#[derive(serde::Deserialize)]
struct Written<'a> {
    #[serde(borrow)]
    case: &'a RawValue,
    #[serde(borrow)]
    decision: &'a RawValue,
}

/// There is no file system here, so the cases are compiled in; `tests/cases.rs` checks that none is missing.
macro_rules! cases {
    ($($name:literal,)*) => {
        [$(($name, include_str!(concat!("cases/", $name, ".json"))),)*]
    };
}

#[wasm_bindgen_test]
fn every_written_case_decides_as_it_says() {
    let cases = cases![
        "affiliatly-27-coupon-over-link",
        "affiliatly-28-email-over-link",
        "affiliatly-29-coupon-over-email",
        "affiliatly-30-first-visit-method",
        "affiliatly-31-first-link-wins",
        "affiliatly-32-disabled-sku",
        "affiliatly-34-allowed-sku",
        "affiliatly-36-custom-sku-rate",
        "affiliatly-37-tag-lower",
        "affiliatly-38-tag-higher",
        "cancelled",
        "commission-is-apportioned-by-what-was-earned",
        "disabled-assignment-expired-frees",
        "disabled-assignment-in-force-stands",
        "disabled-assignment-of-paused-affiliate-frees",
        "disabled-assignment-of-unknown-affiliate-frees",
        "every-sku-without-credit-is-recorded",
        "folded-text",
        "further-currency",
        "further-currency-with-four-digits",
        "latest-of-equals-is-the-first",
        "one-order-affiliatly",
        "one-order-refersion",
        "one-order-refersion-coupon",
        "one-order-salesking",
        "per-item-and-per-order",
        "refersion-11-last-click",
        "refersion-12-link-over-coupon",
        "refersion-13-link-over-email",
        "refersion-14-coupon-email-review",
        "refersion-15-sku-exempt",
        "refersion-17-prefer-coupon",
        "refersion-18-prefer-coupon-absent",
        "refersion-19-coupon-alone",
        "refersion-20-email-alone",
        "refersion-21-sku-alone",
        "refersion-23-window",
        "refersion-25-same-affiliate",
        "refund-full",
        "salesking-01-first-order-assigns",
        "salesking-02-second-agents-link",
        "salesking-03-future-order",
        "salesking-05-additional-agent",
        "salesking-06-no-split",
        "salesking-08-coupon-of-another",
        "salesking-09-coupon-before-link",
        "self-referral-review",
        "stand-down",
        "stand-down-off",
        "visit-stands-where-first-listed",
    ];
    for (name, json) in cases {
        let written: Written = serde_json::from_str(json).unwrap();
        let expected = Decision::from_json(written.decision.get())
            .unwrap()
            .to_json();
        let case = Case::from_json(written.case.get()).unwrap();
        assert_eq!(resolve(&case).to_json(), expected, "{name}");
    }
}
