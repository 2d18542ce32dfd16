//! What an order gives back: refunds and lost disputes, known by their pieces or as one amount.

use crate::facts::{
    at, currency, dispute, heard, line, pieces, refund, refund_fact, refunds, said, snapshot, usd,
};
use std::collections::BTreeSet;
use waymark_facts::fact::{DisputeState, RefundDetail, RefundFact};
use waymark_facts::{Flag, fold};

#[test]
fn a_refund_counts_once_and_by_its_latest_version() {
    let order = said(snapshot(1, vec![line("a", 2, "20.00")]));
    let mut first = refund("r1", 2);
    first.lines = vec![pieces("a", 2, Some("20.00"))];
    let mut corrected = refund("r1", 3);
    corrected.lines = vec![pieces("a", 1, Some("10.00"))];
    let folded = fold(&[refund_fact(corrected), order, refund_fact(first)]);
    assert_eq!(refunds(&folded), ["r1: a×1 10.00; 0.00, 0.00"]);
    assert!(folded.flags.is_empty());
}

#[test]
fn a_refund_beyond_the_order_takes_what_is_left_and_is_flagged() {
    let order = said(snapshot(1, vec![line("a", 2, "20.00")]));
    let mut refund = refund("r1", 2);
    refund.lines = vec![pieces("a", 3, Some("20.01"))];
    refund.shipping = usd("6.00");
    let folded = fold(&[order, refund_fact(refund)]);
    assert_eq!(refunds(&folded), ["r1: a×2 20.00; 5.00, 0.00"]);
    let flag = Flag::RefundBeyondOrder {
        refund: "r1".to_owned(),
    };
    assert_eq!(folded.flags, BTreeSet::from([flag]));
}

#[test]
fn a_refund_of_a_line_that_the_order_gets_later_counts_from_then_on() {
    let old = said(snapshot(1, vec![line("a", 1, "10.00")]));
    let mut refund = refund("r1", 2);
    refund.lines = vec![pieces("b", 1, Some("3.00"))];
    let mut facts = vec![old, refund_fact(refund)];
    let folded = fold(&facts);
    assert_eq!(refunds(&folded), ["r1: ; 0.00, 0.00"]);
    let flag = Flag::RefundOfUnknownLine {
        refund: "r1".to_owned(),
        line: "b".to_owned(),
    };
    assert_eq!(folded.flags, BTreeSet::from([flag]));

    let edited = vec![line("a", 1, "10.00"), line("b", 1, "3.00")];
    facts.push(said(snapshot(3, edited)));
    let folded = fold(&facts);
    assert_eq!(refunds(&folded), ["r1: b×1 3.00; 0.00, 0.00"]);
    assert!(folded.flags.is_empty());
}

#[test]
fn a_refund_in_another_currency_is_left_out_and_flagged() {
    let order = said(snapshot(1, vec![line("a", 1, "10.00")]));
    let mut refund = refund("r1", 2);
    refund.currency = currency("CAD");
    refund.unassigned = usd("1.00");
    let folded = fold(&[order, refund_fact(refund)]);
    assert!(refunds(&folded).is_empty());
    let flag = Flag::RefundInOtherCurrency {
        refund: "r1".to_owned(),
    };
    assert_eq!(folded.flags, BTreeSet::from([flag]));
}

#[test]
fn pieces_without_money_take_their_part_and_the_last_ones_all_that_is_left() {
    let order = said(snapshot(1, vec![line("a", 3, "10.00")]));
    let of = |id, version| {
        let mut refund = refund(id, version);
        refund.lines = vec![pieces("a", 1, None)];
        refund_fact(refund)
    };
    let folded = fold(&[order, of("r1", 2), of("r2", 3), of("r3", 4)]);
    assert_eq!(
        refunds(&folded),
        [
            "r1: a×1 3.33; 0.00, 0.00",
            "r2: a×1 3.33; 0.00, 0.00",
            "r3: a×1 3.34; 0.00, 0.00",
        ]
    );
}

#[test]
fn an_amount_alone_goes_over_what_is_left_of_the_lines_then_shipping_then_tax() {
    let lines = vec![line("a", 1, "30.00"), line("b", 1, "10.00")];
    let mut goods = snapshot(1, lines);
    goods.discount = usd("4.00");
    let of = |amount| {
        let mut refund = refund("r1", 2);
        refund.unassigned = usd(amount);
        fold(&[said(goods.clone()), refund_fact(refund)])
    };
    assert_eq!(refunds(&of("4.00")), ["r1: a×0 3.00, b×0 1.00; 0.00, 0.00"]);
    assert_eq!(
        refunds(&of("43.00")),
        ["r1: a×0 27.00, b×0 9.00; 5.00, 2.00"]
    );
    assert!(of("49.00").flags.is_empty());
    assert_eq!(of("49.01").flags.len(), 1);
}

/// 27.00, 9.00, 5.00 and 2.00 after a discount of 4.00 on 30.00 and 10.00.
#[test]
fn a_total_goes_over_what_is_left_of_lines_shipping_and_tax_alike() {
    let lines = vec![line("a", 1, "30.00"), line("b", 1, "10.00")];
    let mut goods = snapshot(1, lines);
    goods.discount = usd("4.00");
    goods.tax = usd("2.00");
    let total = |amount| {
        let mut refund = refund("r1", 2);
        (refund.unassigned, refund.gross) = (usd(amount), true);
        fold(&[said(goods.clone()), refund_fact(refund)])
    };
    // Of 27.00, 9.00, 5.00 and 2.00.
    assert_eq!(
        refunds(&total("4.30")),
        ["r1: a×0 2.70, b×0 0.90; 0.50, 0.20"]
    );
    // 0.628, 0.209, 0.116 and 0.047 cents of one: the largest remainder takes it.
    assert_eq!(refunds(&total("0.01")), ["r1: a×0 0.01; 0.00, 0.00"]);
    assert_eq!(
        refunds(&total("43.00")),
        ["r1: a×0 27.00, b×0 9.00; 5.00, 2.00"]
    );
    assert!(total("43.00").flags.is_empty());
    assert_eq!(total("43.01").flags.len(), 1);
}

/// Facts that an older version stored do not say that their money is a total.
#[test]
fn of_two_facts_on_a_refund_with_one_time_the_one_counts_that_says_more() {
    for id in 0..16 {
        let old = RefundFact {
            unassigned: usd("12.00"),
            ..refund(&id.to_string(), 2)
        };
        let new = refund_fact(RefundFact {
            gross: true,
            ..old.clone()
        });
        let order = said(snapshot(1, vec![line("a", 1, "10.00")]));
        let folded = fold([&order, &new, &refund_fact(old)]);
        assert_eq!(refunds(&folded), refunds(&fold([&order, &new])));
    }
}

#[test]
fn what_the_store_kept_comes_off_the_refund_but_the_pieces_are_back() {
    let facts = heard(&[
        (
            "orders/create",
            include_str!("../../../stores/tests/samples/shopify-order-discounts.json"),
        ),
        (
            "refunds/create",
            include_str!("../../../stores/tests/samples/shopify-refund-restocking-fee.json"),
        ),
    ]);
    let folded = fold(&facts);
    // 44.67 less the fee of 4.67; tax of the line and of the shipping.
    assert_eq!(
        refunds(&folded),
        ["9007199254740993006: 9007199254740993003×1 40.00; 10.00, 2.73"]
    );
    assert!(folded.flags.is_empty());
}

#[test]
fn refunds_of_an_order_with_included_taxes_are_taken_before_tax() {
    let facts = heard(&[
        (
            "refunds/create",
            include_str!("../../../stores/tests/samples/shopify-refund-pending.json"),
        ),
        (
            "orders/updated",
            include_str!("../../../stores/tests/samples/shopify-order-taxes-included.json"),
        ),
    ]);
    let folded = fold(&facts);
    // Each 59.50 less 9.50 of tax; together all of the line's 100.00.
    assert_eq!(
        refunds(&folded),
        ["71: 1×1 50.00; 0.00, 9.50", "73: 1×1 50.00; 0.00, 9.50"]
    );
    assert!(folded.flags.is_empty());
}

#[test]
fn an_amount_alone_in_yen_is_spread_in_whole_yen() {
    let facts = heard(&[
        (
            "orders/create",
            include_str!("../../../stores/tests/samples/shopify-order-yen.json"),
        ),
        (
            "refunds/create",
            include_str!("../../../stores/tests/samples/shopify-refund-amount-only.json"),
        ),
    ]);
    // 3600 and 800 less a discount of 100 are 3518 and 782.
    assert_eq!(refunds(&fold(&facts)), ["72: 1×0 818, 2×0 182; 500, 0"]);
}

#[test]
fn a_lost_dispute_gives_back_what_was_disputed_a_won_one_nothing() {
    let order = said(snapshot(0, vec![line("a", 1, "100.00")]));
    let open = dispute("d", 1, DisputeState::Open, "40.00");
    let lost = dispute("d", 2, DisputeState::Lost, "40.00");
    let won = dispute("d", 2, DisputeState::Won, "40.00");

    let folded = fold([&order, &open]);
    assert!(refunds(&folded).is_empty());
    assert!(folded.flags.iter().any(Flag::holds));

    let folded = fold([&order, &lost, &open]);
    // 40.00 of 113.00: 100.00 of goods, 5.00 of shipping and 8.00 of tax.
    assert_eq!(refunds(&folded), ["dispute d: a×0 35.40; 1.77, 2.83"]);
    assert!(!folded.flags.iter().any(Flag::holds));

    let folded = fold([&order, &open, &won]);
    assert!(refunds(&folded).is_empty());
    assert!(folded.flags.is_empty());
}

#[test]
fn a_refund_whose_payment_failed_gives_nothing_back() {
    let order = said(snapshot(0, vec![line("a", 1, "100.00")]));
    let first = RefundFact {
        unassigned: usd("40.00"),
        ..refund("r", 1)
    };
    let failed = RefundFact {
        at: Some(at(2)),
        failed: true,
        guessed: false,
        detail: RefundDetail::default(),
        of: None,
        ..first.clone()
    };
    let folded = fold([&order, &refund_fact(first.clone())]);
    assert_eq!(refunds(&folded), ["r: a×0 40.00; 0.00, 0.00"]);
    let folded = fold([&order, &refund_fact(failed), &refund_fact(first)]);
    assert!(refunds(&folded).is_empty());
}

#[test]
fn a_refund_that_failed_after_it_began_gave_nothing_back() {
    let order = said(snapshot(1, vec![line("a", 1, "10.00")]));
    // By many names, so that it is not a digest that decides.
    for id in 0..16 {
        let begun = RefundFact {
            unassigned: usd("4.00"),
            ..refund(&id.to_string(), 2)
        };
        let failed = refund_fact(RefundFact {
            failed: true,
            guessed: false,
            detail: RefundDetail::default(),
            of: None,
            ..begun.clone()
        });
        let begun = refund_fact(begun);
        assert_eq!(fold([&order, &begun]).order.unwrap().refunds.len(), 1);
        for facts in [[&order, &begun, &failed], [&failed, &begun, &order]] {
            assert_eq!(fold(facts).order.unwrap().refunds, []);
        }
    }
}
