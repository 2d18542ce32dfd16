//! One order from all its facts: what the fold does, and what it does where facts disagree.

use crate::facts::{
    at, currency, dispute, heard, line, refund, refund_fact, refunds, ruling, said, snapshot, usd,
};
use std::collections::BTreeSet;
use waymark_attribution::TouchMethod;
use waymark_facts::fact::{
    DisputeState, OrderSnapshot, Payment, RefundTotalFact, Subscription, TouchFact, VisitorFact,
};
use waymark_facts::ruling::Ruling;
use waymark_facts::{Fact, FactKind, Flag, fold};

#[test]
fn everything_waits_for_the_order() {
    let cancelled = Fact::new(FactKind::Cancelled { at: at(9) });
    let early = [refund_fact(refund("r1", 5)), cancelled];
    assert_eq!(fold(&early).order, None);

    let order = said(snapshot(1, vec![line("a", 1, "10.00")]));
    let folded = fold(early.iter().chain([&order])).order.unwrap();
    assert_eq!(folded.refunds.len(), 1);
    assert_eq!(folded.cancelled_at, Some(at(9)));
}

#[test]
fn the_latest_version_of_an_order_counts_whenever_it_is_heard() {
    let new = said(snapshot(2, vec![line("b", 1, "20.00")]));
    let old = said(snapshot(1, vec![line("a", 1, "10.00")]));
    let order = fold([&new, &old]).order.unwrap();
    assert_eq!(order.snapshot.lines[0].id, "b");
}

#[test]
fn an_order_was_placed_when_the_first_of_its_versions_says() {
    let placed = |version, second| {
        said(OrderSnapshot {
            placed_at: at(second),
            ..snapshot(version, vec![line("a", 1, "10.00")])
        })
    };
    let (session, invoice) = (placed(5, 1), placed(6, 4));
    let order = fold([&invoice]).order.unwrap();
    assert_eq!(order.snapshot.placed_at, at(4));
    for facts in [[&session, &invoice], [&invoice, &session]] {
        let order = fold(facts).order.unwrap();
        assert_eq!(order.snapshot.placed_at, at(1));
        assert_eq!(order.snapshot.updated_at, at(6));
    }
}

/// Stripe's session names the codes, and the invoice that counts over it does not.
#[test]
fn a_coupon_that_only_an_earlier_call_named_is_the_orders_all_the_same() {
    let mut order = snapshot(2, vec![line("a", 1, "10.00")]);
    order.coupons = vec!["promo_b".to_owned()];
    let coupon = |code: &str| {
        Fact::new(FactKind::Coupon {
            code: code.to_owned(),
        })
    };
    let facts = [
        coupon("promo_z"),
        said(order),
        coupon("promo_b"),
        coupon("promo_a"),
    ];
    let order = fold(&facts).order.unwrap();
    assert_eq!(order.snapshot.coupons, ["promo_b", "promo_a", "promo_z"]);
}

#[test]
fn an_order_begins_what_other_calls_say_unless_it_says_otherwise_itself() {
    let begins = |id: &str| {
        Fact::new(FactKind::Begins {
            subscription: id.to_owned(),
        })
    };
    let mut order = snapshot(2, vec![line("a", 1, "10.00")]);
    order.subscription = Some(Subscription {
        id: "s2".to_owned(),
        renewal: true,
    });
    let facts = [begins("s3"), begins("s2"), said(order), begins("s1")];
    let found = fold(&facts).order.unwrap().subscriptions;
    let found: Vec<_> = found
        .iter()
        .map(|it| (it.id.as_str(), it.renewal))
        .collect();
    assert_eq!(found, [("s2", true), ("s1", false), ("s3", false)]);
}

#[test]
fn a_cancellation_stays_whatever_later_versions_say() {
    let cancelled = Fact::new(FactKind::Cancelled { at: at(2) });
    let later = said(snapshot(3, vec![line("a", 1, "10.00")]));
    let order = fold([&later, &cancelled]).order.unwrap();
    assert!(order.document().cancelled);
}

#[test]
fn an_order_is_cancelled_from_when_it_was_first_said_to_be() {
    let order = said(snapshot(1, Vec::new()));
    let cancelled = |second| Fact::new(FactKind::Cancelled { at: at(second) });
    let folded = fold(&[cancelled(7), order, cancelled(4), cancelled(5)]);
    assert_eq!(folded.order.unwrap().cancelled_at, Some(at(4)));
}

#[test]
fn an_order_that_changed_its_currency_is_flagged() {
    let old = said(snapshot(1, Vec::new()));
    let mut new = snapshot(2, Vec::new());
    new.currency = currency("CAD");
    let folded = fold(&[said(new), old]);
    assert_eq!(folded.flags, BTreeSet::from([Flag::CurrencyChanged]));
    assert_eq!(folded.order.unwrap().snapshot.currency, currency("CAD"));
}

#[test]
fn a_fact_reads_back_from_storage_as_it_was() {
    let facts = heard(&[
        (
            "orders/create",
            include_str!("../../../stores/tests/samples/shopify-order-discounts.json"),
        ),
        (
            "orders/cancelled",
            include_str!("../../../stores/tests/samples/shopify-order-taxes-included.json"),
        ),
    ]);
    for fact in facts {
        let stored = serde_json::to_string(&fact).unwrap();
        assert!(!stored.contains("xample.com"), "{stored}");
        assert_eq!(serde_json::from_str::<Fact>(&stored).unwrap(), fact);
        assert_eq!(
            Fact::new(fact.kind.clone()),
            fact,
            "the key is the content's"
        );
    }
}

/// Facts are kept for years: what older versions stored must still be read.
#[test]
fn the_stored_form_is_pinned() {
    let touch = Fact::new(FactKind::Touch(TouchFact {
        id: "t1".to_owned(),
        at: at(1),
        method: TouchMethod::Qr,
        link: 7,
    }));
    assert_eq!(
        serde_json::to_string(&touch).unwrap(),
        r#"{"key":"touch:t1","kind":"touch","id":"t1","at":"1970-01-01T00:00:01.000Z","method":"qr","link":7}"#
    );
    let visitor = Fact::new(FactKind::Visitor(VisitorFact {
        id: "v1".to_owned(),
    }));
    assert_eq!(
        serde_json::to_string(&visitor).unwrap(),
        r#"{"key":"visitor:v1","kind":"visitor","id":"v1"}"#
    );
    let order = said(snapshot(1, vec![line("a", 1, "10.00")]));
    assert_eq!(
        serde_json::to_string(&order).unwrap(),
        r#"{"key":"snapshot:1970-01-01T00:00:01.000Z:8HEYTAj8mcW2vr7Tt7JtOA","kind":"snapshot","id":"1","placed_at":"1970-01-01T00:00:00.000Z","updated_at":"1970-01-01T00:00:01.000Z","currency":"USD","lines":[{"id":"a","quantity":1,"amount":1000}],"discount":0,"shipping":500,"tax":800}"#
    );
}

#[test]
fn a_dispute_lost_in_another_currency_takes_nothing_and_holds_the_order() {
    let lost = dispute("d", 2, DisputeState::Lost, "40.00");
    let mut order = snapshot(0, vec![line("a", 1, "100.00")]);
    order.currency = currency("CAD");
    let folded = fold([&said(order), &lost]);
    assert!(refunds(&folded).is_empty());
    let flag = Flag::DisputeInOtherCurrency {
        dispute: "d".to_owned(),
    };
    assert!(flag.holds());
    assert_eq!(folded.flags, BTreeSet::from([flag]));
}

#[test]
fn an_order_whose_payment_failed_counts_as_cancelled_until_it_is_paid_after_all() {
    let lines = || vec![line("a", 1, "100.00")];
    let version = |version, payment| {
        said(OrderSnapshot {
            payment,
            ..snapshot(version, lines())
        })
    };
    let failed = version(1, Payment::Failed);
    let paid = version(2, Payment::Received);
    let cancelled = |facts: &[&Fact]| fold(facts.iter().copied()).order.unwrap().cancelled_at;
    assert_eq!(cancelled(&[&failed]), Some(at(1)));
    assert_eq!(cancelled(&[&paid, &failed]), None);
}

#[test]
fn that_the_store_deleted_an_order_holds_it_and_takes_nothing_back() {
    let order = said(snapshot(0, vec![line("a", 1, "100.00")]));
    let folded = fold([&Fact::new(FactKind::Deleted { at: None }), &order]);
    assert_eq!(folded.order.unwrap().cancelled_at, None);
    assert_eq!(folded.flags, BTreeSet::from([Flag::Deleted]));
    assert!(Flag::Deleted.holds());
}

#[test]
fn a_deletion_counts_until_a_version_that_is_later() {
    let order = |version| said(snapshot(version, vec![line("a", 1, "100.00")]));
    let deleted = |second: Option<i64>| Fact::new(FactKind::Deleted { at: second.map(at) });
    let flagged = |facts: &[Fact]| fold(facts).flags.contains(&Flag::Deleted);
    assert!(flagged(&[deleted(Some(5))]));
    assert!(flagged(&[order(4), deleted(Some(5))]));
    assert!(flagged(&[order(5), deleted(Some(5))]));
    assert!(!flagged(&[order(6), deleted(Some(5)), order(4)]));
    // Deleted, restored, and deleted again.
    assert!(flagged(&[order(6), deleted(Some(5)), deleted(Some(7))]));
    // Without a time it is for good.
    assert!(flagged(&[order(6), deleted(None), deleted(Some(5))]));
}

/// What is in storage from before deletions had a time.
#[test]
fn a_deletion_without_a_time_is_stored_as_it_always_was() {
    let stored = r#"{"key":"deleted","kind":"deleted"}"#;
    let fact: Fact = serde_json::from_str(stored).unwrap();
    assert_eq!(fact, Fact::new(FactKind::Deleted { at: None }));
    assert_eq!(serde_json::to_string(&fact).unwrap(), stored);
}

#[test]
fn of_rulings_the_latest_counts_that_was_not_undone() {
    let undo = |id: &str| Ruling::Undo { id: id.to_owned() };
    let first = ruling("r1", 1, Ruling::Deny);
    let second = ruling("r2", 2, Ruling::Deny);
    let undo_second = ruling("r3", 3, undo("r2"));
    let undo_first = ruling("r4", 4, undo("r1"));
    let in_force = |facts: &[&Fact]| fold(facts.iter().copied()).ruling.map(|it| it.id);
    assert_eq!(in_force(&[&second, &first]).as_deref(), Some("r2"));
    assert_eq!(
        in_force(&[&undo_second, &second, &first]).as_deref(),
        Some("r1")
    );
    assert_eq!(
        in_force(&[&first, &second, &undo_second, &undo_first]),
        None
    );
}

#[test]
fn of_two_versions_of_one_second_the_one_that_is_further_on_counts() {
    let payments = [Payment::Awaited, Payment::Failed, Payment::Received];
    let versions = payments.map(|payment| {
        said(OrderSnapshot {
            payment,
            ..snapshot(5, vec![line("a", 1, "10.00")])
        })
    });
    for (later, earlier) in [(1, 0), (2, 0), (2, 1)] {
        for facts in [
            [&versions[later], &versions[earlier]],
            [&versions[earlier], &versions[later]],
        ] {
            let order = fold(facts).order.unwrap();
            assert_eq!(order.snapshot.payment, payments[later]);
        }
    }
}

/// Shops tag an order as soon as it is placed, and an account is made of the guest who placed it.
#[test]
fn of_two_versions_of_one_second_the_one_that_says_more_counts() {
    let version = |change: &dyn Fn(&mut OrderSnapshot)| {
        let mut version = snapshot(5, vec![line("a", 1, "10.00")]);
        change(&mut version);
        said(version)
    };
    let placed = version(&|_| {});
    for number in 0..50 {
        let tag = format!("tag-{number}");
        let additions: [&dyn Fn(&mut OrderSnapshot); 4] = [
            &|it| it.tags.push(tag.clone()),
            &|it| it.customer_tags.push(tag.clone()),
            &|it| it.coupons.push(tag.clone()),
            &|it| {
                it.subscription = Some(Subscription {
                    id: tag.clone(),
                    renewal: false,
                });
            },
        ];
        for addition in additions {
            let more = version(addition);
            for facts in [[&placed, &more], [&more, &placed]] {
                let order = fold(facts).order.unwrap();
                assert_eq!(FactKind::Snapshot(order.snapshot), more.kind);
            }
        }
    }
}

#[test]
fn of_one_second_a_decided_dispute_counts_before_an_open_one() {
    for number in 0..50 {
        let id = format!("d{number}");
        let open = dispute(&id, 2, DisputeState::Open, "40.00");
        let won = dispute(&id, 2, DisputeState::Won, "40.00");
        assert!(fold([&open, &won]).flags.is_empty(), "{id}");
    }
}

#[test]
fn of_one_second_the_larger_sum_was_refunded_of_a_payment() {
    let order = said(snapshot(0, vec![line("a", 1, "100.00")]));
    for number in 0..50 {
        let payment = format!("p{number}");
        let given = |amount| {
            Fact::new(FactKind::RefundTotal(RefundTotalFact {
                released: None,
                payment: payment.clone(),
                at: at(2),
                currency: currency("USD"),
                amount: usd(amount),
                of: None,
            }))
        };
        let (some, more) = (given("4.00"), given("30.00"));
        let flag = Flag::RefundNotHeardOf {
            payment: payment.clone(),
            missing: "30.00 USD".to_owned(),
        };
        let flags = fold([&order, &some, &more]).flags;
        assert_eq!(flags, BTreeSet::from([flag]), "{payment}");
    }
}
