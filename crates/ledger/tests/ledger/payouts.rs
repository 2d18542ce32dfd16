//! What is paid out, and what waits.

use waymark_attribution::money::Amount;
use waymark_ledger::*;

use crate::shop::{Known, Shop};

fn unpaid(entry: i64, affiliate: &str, currency: &str, status: Status, cents: i64) -> Unpaid {
    Unpaid {
        entry,
        affiliate: affiliate.to_owned(),
        currency: currency.parse().unwrap(),
        status,
        amount: Amount::from_minor(cents),
    }
}

/// Affiliate, currency, cents and entries of each payout, with a minimum of 5.00 for dollars.
fn drafted(unpaid: Vec<Unpaid>) -> Vec<(String, String, i64, Vec<i64>)> {
    let minimum = |currency: waymark_attribution::money::Currency| {
        Amount::from_minor(if currency.code() == "USD" { 500 } else { 0 })
    };
    let drafts = draft(unpaid, minimum).unwrap();
    drafts
        .into_iter()
        .map(|it| {
            (
                it.affiliate,
                it.currency.to_string(),
                it.amount.minor(),
                it.entries,
            )
        })
        .collect()
}

#[test]
fn a_payout_is_of_one_affiliate_and_currency_and_only_of_what_is_approved() {
    let mut entries = vec![
        unpaid(1, "ben", "USD", Status::Approved, 700),
        unpaid(2, "ana", "USD", Status::Approved, 800),
        unpaid(3, "ana", "EUR", Status::Paid, 900),
        unpaid(4, "ana", "USD", Status::Paid, -100),
    ];
    for (entry, status) in (5..).zip([
        Status::Pending,
        Status::Held,
        Status::Denied,
        Status::Unqualified,
        Status::Reversed,
    ]) {
        entries.push(unpaid(entry, "ana", "USD", status, 1_000));
    }
    let expected = [
        ("ana".to_owned(), "EUR".to_owned(), 900, vec![3]),
        ("ana".to_owned(), "USD".to_owned(), 700, vec![2, 4]),
        ("ben".to_owned(), "USD".to_owned(), 700, vec![1]),
    ];
    assert_eq!(drafted(entries), expected);
}

#[test]
fn nothing_is_paid_out_below_the_minimum_or_below_or_at_zero() {
    let of = |currency, cents| drafted(vec![unpaid(1, "ana", currency, Status::Approved, cents)]);
    assert_eq!(of("USD", 499), []);
    assert_eq!(of("USD", 500).len(), 1);
    assert_eq!(of("EUR", 1).len(), 1);
    assert_eq!(of("EUR", -1), []);
    let even = [800, -800];
    let even = even.map(|cents| unpaid(1, "ana", "EUR", Status::Paid, cents));
    assert_eq!(drafted(even.into()), []);
}

#[test]
fn a_sum_that_cannot_be_stored_is_not_paid_out() {
    let large = || unpaid(1, "ana", "EUR", Status::Approved, MAX_SUM.minor());
    assert!(draft([large()], |_| Amount::ZERO).is_ok());
    assert_eq!(
        draft([large(), large()], |_| Amount::ZERO),
        Err(TooLarge::Sum)
    );
}

#[test]
fn a_payout_ends_once() {
    for (end, name) in [
        (PayoutState::Open.pay().unwrap(), "paid"),
        (PayoutState::Open.cancel().unwrap(), "cancelled"),
    ] {
        assert_eq!(end.as_str(), name);
        assert_eq!(PayoutState::named(name), Some(end));
        assert_eq!(end.pay(), Err(PayoutOver(end)));
        assert_eq!(end.cancel(), Err(PayoutOver(end)));
        let text = PayoutOver(end).to_string();
        assert_eq!(text, format!("the payout is {name}, which is final"));
        assert_eq!(serde_json::to_value(end).unwrap(), name);
    }
    assert_eq!(PayoutState::named("open"), Some(PayoutState::Open));
}

#[test]
fn what_is_refunded_while_a_payout_is_open_lowers_the_next_one() {
    let mut shop = Shop::with(Known::plain(&[("ana", 8)], 10_000));
    shop.approve(0).unwrap();
    shop.draft(0);
    shop.orders[0].known.refunded = 10_000;
    shop.orders[0].known.conditions.refunded = true;
    let cause = shop.cause(Reason::Refunded);
    shop.post(0, &cause);
    assert_eq!(shop.stands(0)["ana"], (Status::Reversed, 0));
    // Nothing is left of it, but the money goes out.
    shop.pay(0).unwrap();
    assert_eq!(shop.stands(0)["ana"], (Status::Paid, 0));

    shop.draft(0);
    assert_eq!(shop.payouts.len(), 1);
    shop.add(Known::plain(&[("ana", 8)], 20_000));
    shop.approve(1).unwrap();
    shop.draft(0);
    assert_eq!(shop.payouts[1].0.amount.minor(), 1_600 - 800);
}

#[test]
fn a_cancelled_payout_frees_its_entries() {
    let mut shop = Shop::with(Known::plain(&[("ana", 8)], 10_000));
    shop.approve(0).unwrap();
    shop.draft(0);
    shop.draft(0);
    assert_eq!(shop.payouts.len(), 1);
    shop.cancel(0).unwrap();
    assert_eq!(shop.stands(0)["ana"], (Status::Approved, 800));
    shop.draft(0);
    assert_eq!(shop.payouts[1].0.amount.minor(), 800);
}
