//! The laws of the fold: it is a function of the set of facts, and it never invents money.

use crate::facts::{at, beacon, currency, dispute, refund, refund_fact, ruling, said, snapshot};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use waymark_attribution::TouchMethod;
use waymark_attribution::money::Amount;
use waymark_facts::email::{EmailKey, SealedEmail};
use waymark_facts::fact::{
    DisputeState, LeftOut, OrderLine, OrderSnapshot, Payment, RefundDetail, RefundFact,
    RefundTotalFact, RefundedLine, TouchFact, VersionNotes, VisitorFact,
};
use waymark_facts::payment::{PaymentFact, PaymentPartFact, PaymentState};
use waymark_facts::ruling::{NamedClaim, Ruling};
use waymark_facts::{Fact, FactKind, Order, fold};

fn any_line() -> impl Strategy<Value = (u32, i64)> {
    (1..4_u32, 0..2_000_i64)
}

fn any_snapshot() -> impl Strategy<Value = OrderSnapshot> {
    (
        0..3_i64,
        prop::collection::vec(any_line(), 0..4),
        (0..500_i64, 0..500_i64, 0..500_i64),
        (any::<bool>(), -2..1_i64),
        (
            prop::sample::select(vec!["USD", "USD", "USD", "CAD"]),
            prop::sample::select(vec![Payment::Received, Payment::Awaited, Payment::Failed]),
        ),
    )
        .prop_map(
            |(
                version,
                lines,
                (discount, shipping, tax),
                (taxes_included, placed),
                (code, payment),
            )| {
                let lines = lines.into_iter().enumerate();
                let lines = lines.map(|(place, (quantity, minor))| OrderLine {
                    id: place.to_string(),
                    sku: None,
                    quantity,
                    amount: Amount::from_minor(minor),
                });
                OrderSnapshot {
                    placed_at: at(placed),
                    // Whether the shopper gave an e-mail, and what is left out, by what else there is.
                    email: (shipping % 3 > 0).then(|| email(&format!("{}@x.test", shipping % 3))),
                    notes: VersionNotes {
                        typed_email: discount % 2 == 0,
                        left_out: (tax % 2 == 0)
                            .then_some(LeftOut::Coupons)
                            .into_iter()
                            .collect(),
                    },
                    currency: currency(code),
                    taxes_included,
                    payment,
                    discount: Amount::from_minor(discount),
                    shipping: Amount::from_minor(shipping),
                    tax: Amount::from_minor(tax),
                    ..snapshot(version, lines.collect())
                }
            },
        )
}

fn any_refunded_line() -> impl Strategy<Value = RefundedLine> {
    (
        0..5_u32,
        0..4_u32,
        prop::option::of(0..2_500_i64),
        0..100_i64,
    )
        .prop_map(|(place, quantity, amount, tax)| RefundedLine {
            line: place.to_string(),
            quantity,
            amount: amount.map(Amount::from_minor),
            tax: Amount::from_minor(tax),
        })
}

fn any_refund() -> impl Strategy<Value = RefundFact> {
    (
        0..3_u32,
        prop::option::of(0..3_i64),
        prop::collection::vec(any_refunded_line(), 0..4),
        (0..300_i64, 0..300_i64, 0..900_i64, 0..900_i64),
        (
            prop::sample::select(vec![false, false, false, true]),
            any::<bool>(),
        ),
    )
        .prop_map(
            |(id, version, lines, (shipping, tax, unassigned, withheld), (failed, gross))| {
                RefundFact {
                    id: format!("r{id}"),
                    at: version.map(at),
                    currency: currency("USD"),
                    lines,
                    shipping: Amount::from_minor(shipping),
                    tax: Amount::from_minor(tax),
                    unassigned: Amount::from_minor(unassigned),
                    gross,
                    withheld: Amount::from_minor(withheld),
                    failed,
                    guessed: false,
                    detail: RefundDetail::default(),
                    of: version.map(|second| format!("p{second}")),
                }
            },
        )
}

fn any_fact() -> impl Strategy<Value = Fact> {
    prop_oneof![
        3 => any_snapshot().prop_map(said),
        4 => any_refund().prop_map(refund_fact),
        1 => (0..3_i64).prop_map(|second| Fact::new(FactKind::Cancelled { at: at(second) })),
        2 => prop::option::of(0..3_i64).prop_map(|second| {
            Fact::new(FactKind::Deleted { at: second.map(at) })
        }),
        2 => (0..2_u32, 0..3_i64, 0..3_usize, 0..900_i64).prop_map(|(id, second, state, minor)| {
            let state = [DisputeState::Open, DisputeState::Won, DisputeState::Lost][state];
            dispute(&format!("d{id}"), second, state, &format!("{}.{:02}", minor / 100, minor % 100))
        }),
        // A ruling is never revised: one id, one content.
        2 => (0..3_i64, 0..4_usize).prop_map(|(second, which)| {
            let what = match which {
                0 => Ruling::Deny,
                1 => Ruling::Accept { claim: claim() },
                undone => Ruling::Undo { id: format!("r{second}-{}", undone - 2) },
            };
            ruling(&format!("r{second}-{which}"), second, what)
        }),
        2 => (0..4_u32, 0..3_i64).prop_map(|(id, second)| Fact::new(FactKind::Touch(TouchFact {
            // A touch is never revised: one id, one content.
            id: format!("t{id}-{second}"),
            at: at(second),
            method: TouchMethod::Link,
            link: id,
        }))),
        1 => (0..3_u32).prop_map(|id| Fact::new(FactKind::Coupon { code: format!("c{id}") })),
        2 => (0..2_u32, 0..3_i64, 0..900_i64).prop_map(|(id, second, minor)| {
            Fact::new(FactKind::RefundTotal(RefundTotalFact {
                released: None,
                of: (minor % 2 == 0).then(|| format!("p{id}")),
                payment: format!("p{id}"),
                at: at(second),
                currency: currency("USD"),
                amount: Amount::from_minor(minor),
            }))
        }),
        2 => (0..2_u32, 0..3_i64, any::<bool>()).prop_map(|(id, second, received)| {
            Fact::new(FactKind::Payment(PaymentFact {
                payment: format!("p{id}"),
                at: at(second),
                state: match received {
                    true => PaymentState::Received,
                    false => PaymentState::Cancelled,
                },
            }))
        }),
        3 => (0..2_u32, 0..2_usize, 0..3_i64, 0..900_i64).prop_map(|(id, order, second, minor)| {
            Fact::new(FactKind::PaymentPart(PaymentPartFact {
                payment: format!("p{id}"),
                order: [ORDER, "another"][order].to_owned(),
                at: at(second),
                amount: Amount::from_minor(minor),
            }))
        }),
        1 => (0..3_u32).prop_map(|id| Fact::new(FactKind::Begins { subscription: format!("s{id}") })),
        1 => (0..4_u32).prop_map(|id| Fact::new(FactKind::Visitor(VisitorFact {
            id: format!("v{id}"),
        }))),
        // Of what one visitor says the first is kept: one visitor, one content.
        2 => (-400..90_000_i64).prop_map(|second| {
            beacon(&format!("v{second}"), second, &format!("b{second}"))
        }),
    ]
}

fn email(text: &str) -> SealedEmail {
    EmailKey::new(*b"key").hash(text).unwrap()
}

/// The id of every order in these tests.
const ORDER: &str = "1";

fn claim() -> NamedClaim {
    NamedClaim {
        affiliate: "ana".to_owned(),
        method: "link".to_owned(),
        evidence: "t1".to_owned(),
    }
}

/// What storage does: a key that is there already is left alone.
fn store(deliveries: &[Vec<Fact>]) -> Vec<Fact> {
    let mut rows: BTreeMap<String, Fact> = BTreeMap::new();
    for fact in deliveries.iter().flatten() {
        rows.entry(fact.key.clone()).or_insert_with(|| fact.clone());
    }
    rows.into_values().collect()
}

/// Facts, and the same facts in another sequence with some of them repeated.
fn facts_and_an_echo() -> impl Strategy<Value = (Vec<Fact>, Vec<Fact>)> {
    prop::collection::vec(any_fact(), 0..10).prop_flat_map(|facts| {
        let count = facts.len();
        let echo = prop::collection::vec(0..count.max(1), 0..6).prop_flat_map({
            let facts = facts.clone();
            move |again| {
                let mut echo = facts.clone();
                echo.extend(again.iter().filter_map(|place| facts.get(*place).cloned()));
                Just(echo).prop_shuffle()
            }
        });
        (Just(facts), echo)
    })
}

/// Sums over the refunds, per line id; pieces and minor units.
fn refunded_per_line(order: &Order) -> BTreeMap<&str, (u32, i64)> {
    let mut sums: BTreeMap<&str, (u32, i64)> = BTreeMap::new();
    for line in order.refunds.iter().flat_map(|refund| &refund.lines) {
        let sum = sums.entry(&line.line).or_default();
        sum.0 += line.quantity;
        sum.1 += line.amount.minor();
    }
    sums
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn sequence_and_repetition_do_not_matter((facts, echo) in facts_and_an_echo()) {
        prop_assert_eq!(fold(&facts), fold(&echo));
    }

    #[test]
    fn it_does_not_matter_which_facts_were_heard_together_nor_which_part_was_heard_first(
        a in prop::collection::vec(any_fact(), 0..6),
        b in prop::collection::vec(any_fact(), 0..6),
        c in prop::collection::vec(any_fact(), 0..6),
    ) {
        let whole = fold(&store(&[a.clone(), b.clone(), c.clone()]));
        let pairs = store(&[store(&[c.clone(), a.clone()]), store(&[b.clone(), a.clone()])]);
        prop_assert_eq!(&whole, &fold(&pairs));
        prop_assert_eq!(&whole, &fold(a.iter().chain(&b).chain(&c)));
    }

    #[test]
    fn there_is_an_order_exactly_when_it_was_heard_of(facts in prop::collection::vec(any_fact(), 0..8)) {
        let heard = facts.iter().any(|fact| matches!(fact.kind, FactKind::Snapshot(_)));
        prop_assert_eq!(fold(&facts).order.is_some(), heard);
    }

    #[test]
    fn an_order_was_placed_when_the_earliest_says_and_is_what_the_latest_says(
        facts in prop::collection::vec(any_fact(), 0..8),
    ) {
        let snapshots = facts.iter().filter_map(|fact| match &fact.kind {
            FactKind::Snapshot(snapshot) => Some(snapshot),
            _ => None,
        });
        let order = fold(&facts).order.map(|order| (order.snapshot.placed_at, order.snapshot.updated_at));
        let expected = snapshots.clone().map(|it| it.placed_at).min()
            .zip(snapshots.map(|it| it.updated_at).max());
        prop_assert_eq!(order, expected);
    }

    #[test]
    fn an_order_is_there_again_exactly_if_its_last_version_is_later_than_each_deletion(
        facts in prop::collection::vec(any_fact(), 0..8),
    ) {
        let version = fold(&facts).order.map(|order| order.snapshot.updated_at);
        let deleted = facts.iter().any(|fact| match fact.kind {
            FactKind::Deleted { at } => at.is_none() || at >= version,
            _ => false,
        });
        prop_assert_eq!(fold(&facts).flags.contains(&waymark_facts::Flag::Deleted), deleted);
    }

    #[test]
    fn no_more_is_refunded_than_there_was(facts in prop::collection::vec(any_fact(), 0..12)) {
        let Some(order) = fold(&facts).order else { return Ok(()) };
        let lines: BTreeMap<&str, &OrderLine> =
            order.snapshot.lines.iter().map(|line| (line.id.as_str(), line)).collect();
        for (id, (quantity, amount)) in refunded_per_line(&order) {
            prop_assert!(quantity <= lines[id].quantity);
            prop_assert!(amount <= lines[id].amount.minor());
        }
        for refund in &order.refunds {
            let ids: BTreeSet<&str> = refund.lines.iter().map(|line| line.line.as_str()).collect();
            prop_assert_eq!(ids.len(), refund.lines.len(), "a line twice in one refund");
        }
        let shipping: i64 = order.refunds.iter().map(|refund| refund.shipping.minor()).sum();
        let tax: i64 = order.refunds.iter().map(|refund| refund.tax.minor()).sum();
        prop_assert!(shipping <= order.snapshot.shipping.minor());
        prop_assert!(tax <= order.snapshot.tax.minor());
    }

    /// What the rules refuse would be a dead letter, long after its facts were accepted.
    #[test]
    fn every_order_is_one_that_the_rules_accept(facts in prop::collection::vec(any_fact(), 0..12)) {
        let Some(order) = fold(&facts).order else { return Ok(()) };
        let case = serde_json::json!({
            "policy": "last-click",
            "directory": {},
            "order": order.document(),
        });
        let case = case.to_string();
        if let Err(error) = waymark_attribution::Case::from_json(&case) {
            prop_assert!(false, "{}: {}", error, case);
        }
    }

    #[test]
    fn no_money_is_lost_without_a_flag(order in any_snapshot(), mut refund in any_refund()) {
        let order = OrderSnapshot { taxes_included: false, currency: refund.currency, ..order };
        refund.failed = false;
        for line in &mut refund.lines {
            line.amount = Some(line.amount.unwrap_or_default());
        }
        let lines = refund.lines.iter();
        let lines: i64 = lines.map(|line| line.amount.unwrap_or_default().minor() + line.tax.minor()).sum();
        let named = lines + refund.shipping.minor() + refund.tax.minor();
        let due = (named - refund.withheld.minor()).max(0) + refund.unassigned.minor();

        let folded = fold(&[said(order), refund_fact(refund)]);
        let taken = &folded.order.as_ref().unwrap().refunds[0];
        let lines: i64 = taken.lines.iter().map(|line| line.amount.minor()).sum();
        let booked = lines + taken.shipping.minor() + taken.tax.minor();
        prop_assert!(booked <= due);
        if folded.flags.is_empty() {
            prop_assert_eq!(booked, due);
        }
    }

    /// In however many parts, and whatever each of them is rounded to.
    #[test]
    fn all_of_a_total_refunded_leaves_nothing(
        order in any_snapshot(), first in 0..8_000_i64, second in 0..8_000_i64,
    ) {
        let order = OrderSnapshot { currency: currency("USD"), notes: Default::default(), ..order };
        let lines: i64 = order.lines.iter().map(|line| line.amount.minor()).sum();
        let goods = (lines - order.discount.minor()).max(0);
        let (shipping, tax) = (order.shipping.minor(), order.tax.minor());
        let paid = goods + shipping + tax;
        let parts = [first.min(paid), second.min(paid - first.min(paid))];
        let parts = [parts[0], parts[1], paid - parts[0] - parts[1]];
        let mut facts = vec![said(order)];
        for (place, part) in parts.iter().enumerate() {
            facts.push(refund_fact(RefundFact {
                unassigned: Amount::from_minor(*part),
                gross: true,
                ..refund(&place.to_string(), 1)
            }));
            let folded = fold(&facts);
            prop_assert!(folded.flags.is_empty());
            let back = &folded.order.as_ref().unwrap().refunds;
            let sums = back.iter().fold((0, 0, 0), |(goods, shipping, tax), refund| {
                let lines: i64 = refund.lines.iter().map(|line| line.amount.minor()).sum();
                (goods + lines, shipping + refund.shipping.minor(), tax + refund.tax.minor())
            });
            let given: i64 = parts.iter().take(place + 1).sum();
            prop_assert_eq!(sums.0 + sums.1 + sums.2, given);
            if given == paid {
                prop_assert_eq!(sums, (goods, shipping, tax));
            }
        }
    }

    /// A payment's orders give back together what was given back of it, whatever each was paid with.
    #[test]
    fn what_goes_back_of_a_shared_payment_goes_back_once(
        paid in prop::collection::vec(1..2_000_i64, 1..4), part in 0..=100_i64,
    ) {
        let ids: Vec<String> = (0..paid.len()).map(|place| format!("in_{place}")).collect();
        let given = paid.iter().sum::<i64>() * part / 100;
        let mut shared = vec![refund_fact(RefundFact {
            unassigned: Amount::from_minor(given),
            gross: true,
            of: Some("p".to_owned()),
            ..refund("r", 1)
        })];
        for (id, minor) in ids.iter().zip(&paid) {
            shared.push(Fact::new(FactKind::PaymentPart(PaymentPartFact {
                payment: "p".to_owned(),
                order: id.clone(),
                at: at(0),
                amount: Amount::from_minor(*minor),
            })));
        }
        let mut back = 0;
        for (id, minor) in ids.iter().zip(&paid) {
            let goods = OrderLine {
                id: "a".to_owned(),
                sku: None,
                quantity: 1,
                amount: Amount::from_minor(*minor),
            };
            let order = OrderSnapshot {
                id: id.clone(),
                shipping: Amount::ZERO,
                tax: Amount::ZERO,
                discount: Amount::ZERO,
                ..snapshot(0, vec![goods])
            };
            let folded = fold(shared.iter().chain([&said(order)]));
            prop_assert!(folded.flags.is_empty());
            let refunds = folded.order.unwrap().refunds;
            back += refunds.iter().flat_map(|it| &it.lines).map(|it| it.amount.minor()).sum::<i64>();
        }
        prop_assert_eq!(back, given);
    }
}
