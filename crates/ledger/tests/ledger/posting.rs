//! What is added to the book, and what is not.

use waymark_facts::ruling::Ruling;
use waymark_ledger::*;

use crate::shop::{DAY, Known, Shop, claim, rule};

const ANA: &[(&str, i64)] = &[("ana", 8)];
const BEN: &[(&str, i64)] = &[("ben", 8)];

/// A shop with one order of 100.00 by Ana's link.
fn shop() -> Shop {
    Shop::with(Known::plain(ANA, 10_000))
}

/// The same, approved.
fn approved() -> Shop {
    let mut shop = shop();
    shop.now = 31 * DAY;
    shop.approve_due(0).unwrap();
    shop
}

fn refund(shop: &mut Shop, cents: i64) {
    shop.orders[0].known.refunded += cents;
    shop.orders[0].known.conditions.refunded = shop.orders[0].known.refunded > 0;
    let cause = shop.cause(Reason::Refunded);
    shop.post(0, &cause);
}

/// Something is found out about the shopper.
fn found_out(shop: &mut Shop, links: &[(&'static str, i64)]) -> usize {
    shop.orders[0].known.links = links.to_vec();
    let cause = Cause::again(shop.now());
    shop.post(0, &cause)
}

fn ruling(shop: &mut Shop, ruling: Option<Ruling>) {
    let fact = ruling.and_then(|ruling| rule(shop.now, ruling));
    let mut cause = shop.cause(Reason::Ruled);
    cause.actor = Actor::Person("Max".to_owned());
    cause.note = Some("that is right".to_owned());
    shop.orders[0].known.conditions.ruling = fact;
    shop.post(0, &cause);
}

#[test]
fn a_new_conversion_is_credited_with_its_commission() {
    let mut shop = Shop::with(Known::plain(ANA, 10_000));
    assert_eq!(shop.stands(0)["ana"], (Status::Pending, 800));
    let entry = &shop.entries[0].entry;
    assert_eq!(entry.reason, Reason::Credited);
    assert_eq!((&entry.actor, &entry.note), (&Actor::Store, &None));
    assert_eq!(entry.at, shop.now());
    // Said again, it adds nothing.
    let cause = shop.cause(Reason::Changed);
    assert_eq!(shop.post(0, &cause), 0);
}

#[test]
fn a_refund_takes_back_the_difference_and_says_so() {
    let mut shop = shop();
    refund(&mut shop, 6_250);
    assert_eq!(shop.stands(0)["ana"], (Status::Pending, 300));
    assert_eq!(
        shop.journal(),
        [(800, Reason::Credited), (-500, Reason::Refunded)]
    );
}

#[test]
fn a_conversion_that_the_decision_drops_is_reversed_and_may_come_back() {
    let mut shop = shop();
    found_out(&mut shop, BEN);
    assert_eq!(shop.stands(0)["ana"], (Status::Reversed, 0));
    assert_eq!(shop.stands(0)["ben"], (Status::Pending, 800));
    found_out(&mut shop, ANA);
    assert_eq!(shop.conversions.len(), 2);
    assert_eq!(shop.stands(0)["ana"], (Status::Pending, 800));
    assert_eq!(
        shop.journal(),
        [
            (800, Reason::Credited),
            (800, Reason::Credited),
            (-800, Reason::Withdrawn),
            (800, Reason::Credited),
            (-800, Reason::Withdrawn),
        ]
    );
}

#[test]
fn an_order_that_changes_its_currency_starts_anew_in_the_other() {
    let mut shop = shop();
    shop.orders[0].known.currency = "EUR";
    let cause = shop.cause(Reason::Changed);
    shop.post(0, &cause);
    assert_eq!((shop.balance(0), shop.balance(1)), (0, 800));
}

#[test]
fn an_approved_order_that_changes_its_currency_keeps_its_amounts() {
    let mut shop = approved();
    shop.orders[0].known.currency = "EUR";
    let cause = shop.cause(Reason::Changed);
    assert_eq!(shop.post(0, &cause), 0);
    assert!(shop.orders[0].flags.is_empty());
    assert_eq!(found_out(&mut shop, BEN), 0);
    let flag = Flag::WouldMoveCredit {
        to: vec!["ben".to_owned()],
    };
    assert_eq!(shop.orders[0].flags, [flag].into());
    // Nothing is nothing in any currency.
    shop.orders[0].known.cancelled = true;
    shop.orders[0].known.conditions.refunded = true;
    shop.post(0, &cause);
    assert_eq!(shop.stands(0)["ana"], (Status::Reversed, 0));
}

#[test]
fn what_is_only_a_change_of_terms_is_posted_without_an_entry() {
    let mut shop = shop();
    shop.orders[0].known.review = true;
    let cause = shop.cause(Reason::Changed);
    assert_eq!(shop.post(0, &cause), 1);
    assert_eq!(shop.stands(0)["ana"], (Status::Held, 800));
    assert!(shop.conversions[0].terms.review);
    assert_eq!(shop.entries.len(), 1);
}

#[test]
fn what_was_refunded_is_reversed_and_what_earned_nothing_from_the_start_is_not() {
    let mut shop = shop();
    refund(&mut shop, 10_000);
    assert_eq!(shop.stands(0)["ana"], (Status::Reversed, 0));
    // The refund failed after all.
    refund(&mut shop, -10_000);
    assert_eq!(shop.stands(0)["ana"], (Status::Pending, 800));
    assert_eq!(shop.journal()[2], (800, Reason::Refunded));

    let free = Shop::with(Known::plain(&[("ana", 0)], 10_000));
    assert_eq!(free.stands(0)["ana"], (Status::Pending, 0));
}

#[test]
fn what_holds_the_order_holds_its_conversions_while_it_does() {
    let mut shop = shop();
    let cause = shop.cause(Reason::Changed);
    let deleted = waymark_facts::Flag::Deleted;
    shop.orders[0].known.conditions.holding = [deleted].into();
    shop.post(0, &cause);
    assert_eq!(shop.stands(0)["ana"], (Status::Held, 800));
    shop.orders[0].known.conditions.holding.clear();
    shop.post(0, &cause);
    assert_eq!(shop.stands(0)["ana"], (Status::Pending, 800));
}

#[test]
fn a_ruling_is_followed_and_its_entries_say_who_ruled_and_why() {
    let mut known = Known::plain(&[("ana", 8), ("ben", 5)], 10_000);
    known.review = true;
    let mut shop = Shop::with(known);
    let before = shop.stands(0).into_values().collect::<Vec<_>>();
    assert_eq!(before, [(Status::Held, 800), (Status::Held, 500)]);
    ruling(
        &mut shop,
        Some(Ruling::Accept {
            claim: claim("ben"),
        }),
    );
    assert_eq!(shop.stands(0)["ana"], (Status::Denied, 0));
    assert_eq!(shop.stands(0)["ben"], (Status::Pending, 500));
    let entry = &shop.entries[2].entry;
    assert_eq!(
        (entry.amount.minor(), entry.reason, entry.actor.as_str()),
        (-800, Reason::Ruled, "Max")
    );
    assert_eq!(entry.note.as_deref(), Some("that is right"));
    // Undone, it is as it was.
    ruling(&mut shop, None);
    let after = shop.stands(0).into_values().collect::<Vec<_>>();
    assert_eq!(after, before);
    assert_eq!(shop.journal()[3], (800, Reason::Ruled));
}

#[test]
fn once_approved_who_is_credited_stays_and_a_person_is_told() {
    let mut shop = approved();
    assert_eq!(found_out(&mut shop, BEN), 0);
    let flag = Flag::WouldMoveCredit {
        to: vec!["ben".to_owned()],
    };
    assert_eq!(shop.orders[0].flags, [flag.clone()].into());
    assert_eq!(
        flag.to_string(),
        "the order is approved, so its credit stays; by what is known now it would go to ben: \
         take the approval back to let it, unless it is paid, or say that you have seen it"
    );
    // Amounts still change, by the case of then.
    refund(&mut shop, 5_000);
    assert_eq!(shop.stands(0)["ana"], (Status::Approved, 400));
    assert_eq!(shop.conversions.len(), 1);
    // Found out to be as it was: nothing to tell.
    found_out(&mut shop, ANA);
    assert!(shop.orders[0].flags.is_empty());
}

#[test]
fn the_rates_of_an_approved_order_are_those_of_when_it_was_approved() {
    let mut shop = approved();
    assert_eq!(found_out(&mut shop, &[("ana", 50)]), 0);
    assert!(shop.orders[0].flags.is_empty());
    assert_eq!(shop.stands(0)["ana"], (Status::Approved, 800));
}

#[test]
fn an_approved_conversion_whose_amount_falls_to_nothing_is_reversed_and_may_come_back() {
    let mut shop = approved();
    refund(&mut shop, 10_000);
    assert_eq!(shop.stands(0)["ana"], (Status::Reversed, 0));
    // Even then nobody else is credited.
    assert_eq!(found_out(&mut shop, BEN), 0);
    refund(&mut shop, -10_000);
    assert_eq!(shop.stands(0)["ana"], (Status::Approved, 800));
}

#[test]
fn a_paid_conversion_stays_paid_and_what_is_refunded_is_taken_from_the_next_payout() {
    let mut shop = approved();
    shop.draft(0);
    shop.pay(0).unwrap();
    refund(&mut shop, 10_000);
    assert_eq!(shop.stands(0)["ana"], (Status::Paid, 0));
    assert_eq!(shop.unpaid()[0].amount.minor(), -800);
}

#[test]
fn a_line_that_decided_and_is_gone_takes_its_amount_with_it_and_gives_nobody_credit() {
    let mut known = Known::plain(ANA, 10_000);
    known.cleos_line = true;
    let mut shop = Shop::with(known);
    shop.approve(0).unwrap();
    assert_eq!(shop.stands(0)["ana"], (Status::Unqualified, 0));
    shop.orders[0].known.cleos_line = false;
    let cause = shop.cause(Reason::Changed);
    shop.post(0, &cause);
    assert_eq!(shop.stands(0)["cleo"], (Status::Reversed, 0));
    assert_eq!(shop.stands(0)["ana"], (Status::Unqualified, 0));
    assert_eq!(shop.journal()[1], (-2_000, Reason::Withdrawn));
    let flag = Flag::WouldMoveCredit {
        to: vec!["ana".to_owned()],
    };
    assert_eq!(shop.orders[0].flags, [flag].into());
    // The line is put back.
    shop.orders[0].known.cleos_line = true;
    shop.post(0, &cause);
    assert_eq!(shop.stands(0)["cleo"], (Status::Approved, 2_000));
    assert!(shop.orders[0].flags.is_empty());
}

#[test]
fn a_ruling_on_an_approved_order_moves_nothing_before_the_approval_is_taken_back() {
    let mut shop = approved();
    ruling(&mut shop, Some(Ruling::Deny));
    assert_eq!(shop.stands(0)["ana"], (Status::Approved, 800));
    let flags: Vec<String> = shop.orders[0].flags.iter().map(Flag::to_string).collect();
    assert!(flags[0].contains("would go to nobody"), "{flags:?}");
    shop.unapprove(0).unwrap();
    assert_eq!(shop.stands(0)["ana"], (Status::Denied, 0));
}

#[test]
fn a_dispute_about_an_approved_order_holds_it_until_it_is_decided() {
    let mut shop = approved();
    let cause = shop.cause(Reason::Disputed);
    let dispute = waymark_facts::Flag::DisputeOpen {
        dispute: "d".to_owned(),
    };
    shop.orders[0].known.conditions.holding = [dispute].into();
    shop.post(0, &cause);
    assert_eq!(shop.stands(0)["ana"], (Status::Held, 800));
    shop.draft(0);
    assert!(shop.payouts.is_empty());
    // Held, it is approved all the same.
    assert_eq!(found_out(&mut shop, BEN), 0);
    shop.orders[0].known.conditions.holding.clear();
    shop.post(0, &cause);
    assert_eq!(shop.stands(0)["ana"], (Status::Approved, 800));
}

#[test]
fn what_the_store_calls_a_test_after_all_is_taken_back() {
    let mut shop = approved();
    shop.orders[0].known.conditions.test = true;
    let cause = shop.cause(Reason::Changed);
    shop.post(0, &cause);
    assert_eq!(shop.stands(0)["ana"], (Status::Reversed, 0));
}

#[test]
fn a_book_in_which_something_is_approved_is_settled_whatever_the_caller_remembers() {
    let mut shop = approved();
    shop.orders[0].approval = Approval::Open;
    shop.orders[0].known.links = BEN.to_vec();
    let posted = shop.posted(0, &Cause::again(shop.now()));
    assert_eq!(posted.postings, []);
    assert_eq!(posted.flags.len(), 1);
}

#[test]
fn a_sum_that_cannot_be_stored_is_not_booked() {
    let shop = shop();
    let mut booked = shop.booked(0);
    booked[0].balance = waymark_attribution::money::Amount::from_minor(-MAX_SUM.minor());
    let conditions = &shop.orders[0].known.conditions;
    let cause = Cause::again(shop.now());
    let posted = post(booked, shop.decided(0), conditions, &Approval::Open, &cause);
    assert_eq!(posted, Err(TooLarge::Sum));
}
