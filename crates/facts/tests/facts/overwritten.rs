//! What a store overwrites, leaves out, or says once more with less: what was known stays known.

use crate::facts::{at, line, refund, refund_fact, refunds, said, snapshot, usd};
use waymark_facts::email::{EmailKey, SealedEmail};
use waymark_facts::fact::{OrderSnapshot, Payment, RefundDetail};
use waymark_facts::{Fact, FactKind, fold, has_refund_to_ask_for, is_restated};

fn listing(version: i64, refunds: &[&str]) -> OrderSnapshot {
    let mut order = snapshot(version, vec![line("a", 2, "20.00")]);
    let refunds = refunds.iter().map(|id| (*id).to_owned());
    order.refunds = Some(refunds.collect());
    order
}

#[test]
fn a_refund_of_the_rest_takes_all_that_is_left_whatever_its_sum_and_its_id() {
    let order = said(listing(9, &["9", "10"]));
    let mut typed = refund("9", 9);
    (typed.unassigned, typed.gross) = (usd("3.30"), true);
    let mut rest = refund("10", 9);
    (rest.unassigned, rest.gross) = (usd("29.70"), true);
    rest.detail = RefundDetail::Rest;
    let folded = fold(&[order, refund_fact(rest), refund_fact(typed)]);
    // 3.30 of 33.00 are 2.00, 0.50 and 0.80.
    assert_eq!(
        refunds(&folded),
        ["9: a×0 2.00; 0.50, 0.80", "10: a×2 18.00; 4.50, 7.20"]
    );
    assert!(folded.flags.is_empty());
}

#[test]
fn what_a_store_says_when_it_is_asked_stands_against_later_guesses() {
    let mut asked = refund("1", 2);
    asked.shipping = usd("5.00");
    asked.detail = RefundDetail::Asked;
    let mut guess = refund("1", 3);
    (guess.unassigned, guess.guessed) = (usd("5.00"), true);
    let facts = [
        said(listing(3, &["1"])),
        refund_fact(guess),
        refund_fact(asked),
    ];
    let folded = fold(&facts);
    assert_eq!(refunds(&folded), ["1: ; 5.00, 0.00"]);
    assert!(folded.flags.is_empty());
}

#[test]
fn a_store_is_asked_for_each_refund_once() {
    let mut sum = refund("1", 2);
    sum.unassigned = usd("5.00");
    let mut asked = sum.clone();
    asked.detail = RefundDetail::Asked;
    let mut rest = sum.clone();
    rest.detail = RefundDetail::Rest;
    let other = refund_fact({
        let mut other = asked.clone();
        other.id = "2".to_owned();
        other
    });
    let [sum, asked, rest] = [sum, asked, rest].map(refund_fact);
    let is_asked =
        |fact: &Fact, known: &[Fact]| has_refund_to_ask_for(std::slice::from_ref(fact), known);
    assert!(is_asked(&sum, &[]));
    assert!(is_asked(&sum, &[sum.clone(), other]));
    assert!(!is_asked(&sum, std::slice::from_ref(&asked)));
    assert!(!is_asked(&asked, &[]));
    assert!(!is_asked(&rest, &[]));
    assert!(!is_asked(&refund_fact(refund("1", 2)), &[]));
    assert!(!is_asked(&said(listing(1, &["1"])), &[]));
}

/// Times count seconds: an order is changed, and a refund of it made, within one of them.
#[test]
fn a_refund_of_the_second_in_which_the_order_changed_is_not_lost() {
    let mut paid = listing(2, &[]);
    paid.coupons = vec!["x".to_owned()];
    let mut refunded = listing(2, &["1"]);
    refunded.payment = Payment::Awaited;
    let mut money = refund("1", 2);
    money.unassigned = usd("2.00");
    let folded = fold(&[said(refunded), said(paid), refund_fact(money)]);
    assert_eq!(refunds(&folded), ["1: a×0 2.00; 0.00, 0.00"]);
}

fn who(email: Option<&str>, customer: Option<&str>, version: i64) -> Fact {
    let mut order = listing(version, &[]);
    order.email = email.and_then(|email| EmailKey::new(*b"k").hash(email));
    order.customer_id = customer.map(str::to_owned);
    said(order)
}

#[test]
fn a_customer_stays_known_by_what_the_store_does_not_say_any_more() {
    let known = |facts: &[Fact]| {
        let order = fold(facts).order.unwrap().snapshot;
        let ada = EmailKey::new(*b"k").hash("ada@example.com");
        let mail = |it: &SealedEmail| {
            if Some(it) == ada.as_ref() {
                "ada"
            } else {
                "bob"
            }
        };
        (order.email.as_ref().map(mail), order.customer_id)
    };
    let both = || who(Some("ada@example.com"), Some("5"), 1);
    let five = || Some("5".to_owned());
    // Anonymised; the account was closed; the address was removed.
    assert_eq!(known(&[both(), who(None, None, 2)]), (Some("ada"), five()));
    let closed = who(Some("ada@example.com"), None, 2);
    assert_eq!(known(&[closed.clone(), both()]), (Some("ada"), five()));
    assert_eq!(
        known(&[both(), closed, who(None, None, 3)]),
        (Some("ada"), five())
    );
    assert_eq!(
        known(&[both(), who(None, Some("5"), 2)]),
        (Some("ada"), five())
    );
    // The order is somebody else's now.
    let moved = who(Some("bob@example.com"), None, 2);
    assert_eq!(known(&[both(), moved]), (Some("bob"), None));
    let moved = who(None, Some("6"), 2);
    assert_eq!(known(&[both(), moved]), (None, Some("6".to_owned())));
}

/// A list shows an old order with the SKU that its product has today.
#[test]
fn a_known_version_with_other_skus_is_no_news() {
    let version = |sku: Option<&str>, second: i64, restates: bool| {
        let mut order = listing(second, &[]);
        order.restates = restates;
        order.lines[0].sku = sku.map(str::to_owned);
        said(order)
    };
    let known = [version(Some("TEA"), 2, true)];
    assert!(is_restated(&version(Some("TEA-OLD"), 2, true), &known));
    assert!(is_restated(&version(None, 2, true), &known));
    assert!(!is_restated(&version(None, 3, true), &known));
    assert!(!is_restated(&version(None, 2, false), &known));
    let mut dearer = listing(2, &[]);
    dearer.restates = true;
    dearer.lines[0].amount = usd("21.00");
    assert!(!is_restated(&said(dearer), &known));
    assert!(!is_restated(
        &Fact::new(FactKind::Cancelled { at: at(2) }),
        &known
    ));
}
