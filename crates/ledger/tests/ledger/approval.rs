//! When an order is approved, and what is in the way.

use waymark_attribution::time::Instant;
use waymark_facts::ruling::Ruling;
use waymark_ledger::*;

use crate::shop::{DAY, Known, Shop, claim, ida, rule};

fn known() -> Known {
    Known::plain(&[("ana", 8)], 10_000)
}

fn shop_after(days: i64, known: Known) -> Shop {
    let mut shop = Shop::with(known);
    shop.now = days * DAY;
    shop
}

#[test]
fn a_hold_period_ends_to_the_millisecond() {
    let mut shop = shop_after(30, known());
    shop.now -= 1;
    let due = Instant::from_millis(30 * DAY);
    assert_eq!(shop.approve_due(0), Err(Obstacle::NotDue(due)));
    shop.now += 1;
    assert_eq!(shop.approve_due(0), Ok(()));
    assert_eq!(shop.stands(0)["ana"], (Status::Approved, 800));
    let Approval::Approved(approved) = &shop.orders[0].approval else {
        panic!("not approved");
    };
    assert_eq!((&approved.by, approved.at), (&Actor::Waymark, due));
    assert_eq!(shop.approve_due(0), Err(Obstacle::Approved));
}

#[test]
fn without_a_hold_period_an_order_is_due_when_it_is_heard_of() {
    let (placed_at, first_seen_at) = (Instant::from_millis(5), Instant::from_millis(7));
    assert_eq!(
        due(placed_at, first_seen_at, "0s".parse().unwrap()),
        first_seen_at
    );
    let end = "9999-12-31T23:59:59.999Z".parse().unwrap();
    assert_eq!(
        due(placed_at, first_seen_at, "99999999d".parse().unwrap()),
        end
    );
}

#[test]
fn an_order_that_is_heard_of_late_is_waited_with_for_three_days_at_most() {
    let day = |day: u32| {
        format!("2026-01-{day:02}T12:00:00Z")
            .parse::<Instant>()
            .unwrap()
    };
    let due = |heard, hold: &str| due(day(1), day(heard), hold.parse().unwrap());
    assert_eq!(due(1, "14d"), day(15));
    assert_eq!(due(10, "14d"), day(15));
    assert_eq!(due(14, "14d"), day(17));
    assert_eq!(due(20, "14d"), day(23));
    assert_eq!(due(20, "1d"), day(21));
}

#[test]
fn time_alone_approves_nothing_that_is_unpaid_a_test_held_or_refunded() {
    let obstacle = |change: fn(&mut Known)| {
        let mut known = known();
        change(&mut known);
        shop_after(99, known).approve_due(0).unwrap_err()
    };
    let unpaid = obstacle(|it| it.conditions.paid_for = false);
    assert_eq!(unpaid, Obstacle::NotPaidFor);
    let test = obstacle(|it| it.conditions.test = true);
    assert_eq!(test, Obstacle::TestOrder);
    assert_eq!(obstacle(|it| it.review = true), Obstacle::Review);
    let deleted = obstacle(|it| it.conditions.holding = [waymark_facts::Flag::Deleted].into());
    assert_eq!(deleted, Obstacle::Flagged(waymark_facts::Flag::Deleted));
    assert_eq!(obstacle(|it| it.links.clear()), Obstacle::Nothing);
    let refunded = obstacle(|it| {
        it.cancelled = true;
        it.conditions.refunded = true;
    });
    assert_eq!(refunded, Obstacle::Nothing);
}

#[test]
fn nothing_of_an_order_is_approved_while_a_part_of_it_is_held() {
    let shop = shop_after(99, Known::plain(&[("ana", 8), ("ben", 5)], 10_000));
    let mut booked = shop.booked(0);
    booked[1].terms.status = Status::Held;
    let conditions = &shop.orders[0].known.conditions;
    let now = shop.now();
    let refused = approvable(&booked, conditions, &Approval::Open, now, now);
    assert_eq!(refused, Err(Obstacle::Review));
}

#[test]
fn a_person_approves_early_and_despite_what_holds_the_order() {
    let mut known = known();
    known.review = true;
    known.conditions.paid_for = false;
    known.conditions.holding = [waymark_facts::Flag::Deleted].into();
    let mut shop = shop_after(1, known);
    shop.approve(0).unwrap();
    let cause = shop.cause(Reason::Changed);
    assert_eq!(shop.post(0, &cause), 0);
    assert_eq!(shop.stands(0)["ana"], (Status::Approved, 800));
    assert!(!shop.conversions[0].terms.review);
    let Approval::Approved(approved) = &shop.orders[0].approval else {
        panic!("not approved");
    };
    assert_eq!(approved.by, Actor::Person("Ida".to_owned()));
    assert_eq!(approved.note.as_deref(), Some("I looked at it"));
    // What Ida did not know of holds it all the same.
    let dispute = waymark_facts::Flag::DisputeOpen {
        dispute: "d".to_owned(),
    };
    shop.orders[0].known.conditions.holding.insert(dispute);
    shop.post(0, &cause);
    assert_eq!(shop.stands(0)["ana"], (Status::Held, 800));
}

#[test]
fn a_person_cannot_approve_a_test_or_nothing_or_twice() {
    let mut test = known();
    test.conditions.test = true;
    assert_eq!(shop_after(1, test).approve(0), Err(Obstacle::TestOrder));
    let nobody = Known::plain(&[], 10_000);
    assert_eq!(shop_after(1, nobody).approve(0), Err(Obstacle::Nothing));
    let mut shop = shop_after(1, known());
    shop.approve(0).unwrap();
    assert_eq!(shop.approve(0), Err(Obstacle::Approved));
}

#[test]
fn an_approval_that_is_taken_back_does_not_come_back_by_itself() {
    let mut shop = shop_after(31, known());
    shop.approve_due(0).unwrap();
    shop.unapprove(0).unwrap();
    assert_eq!(shop.stands(0)["ana"], (Status::Held, 800));
    assert_eq!(shop.approve_due(0), Err(Obstacle::Revoked));
    assert_eq!(shop.unapprove(0), Err(Final::NotApproved));
    let reason = Obstacle::Revoked.to_string();
    assert!(reason.contains("rule on the order, or approve it"));
    // A ruling of before does not count as one on it.
    let accept = Ruling::Accept {
        claim: claim("ana"),
    };
    let cause = shop.cause(Reason::Ruled);
    shop.orders[0].known.conditions.ruling = rule(shop.now, accept.clone());
    shop.post(0, &cause);
    assert_eq!(shop.approve_due(0), Err(Obstacle::Revoked));
    // One made since does.
    shop.orders[0].known.conditions.ruling = rule(shop.now + 1, accept);
    shop.post(0, &cause);
    assert_eq!(shop.stands(0)["ana"], (Status::Pending, 800));
    shop.approve_due(0).unwrap();
}

#[test]
fn an_approval_that_was_taken_back_can_be_given_again() {
    let mut shop = shop_after(1, known());
    shop.approve(0).unwrap();
    shop.unapprove(0).unwrap();
    shop.approve(0).unwrap();
    assert_eq!(shop.stands(0)["ana"], (Status::Approved, 800));
}

#[test]
fn an_approval_is_final_once_it_is_in_a_payout() {
    let mut shop = shop_after(1, known());
    shop.approve(0).unwrap();
    shop.draft(0);
    assert_eq!(shop.unapprove(0), Err(Final::InPayout));
    shop.cancel(0).unwrap();
    shop.unapprove(0).unwrap();
    shop.approve(0).unwrap();
    shop.draft(0);
    shop.pay(1).unwrap();
    assert_eq!(shop.unapprove(0), Err(Final::Paid));
    // Whatever the caller says about payouts.
    let approval = &shop.orders[0].approval;
    let booked = shop.booked(0);
    let refused = unapprove(&booked, approval, false, &ida(), shop.now());
    assert_eq!(refused, Err(Final::Paid));
}
