//! What holds for the book after any history of facts, time and people.

use std::collections::BTreeMap;

use proptest::prelude::*;
use waymark_facts::ruling::{Part, Ruling};
use waymark_ledger::*;

use crate::shop::{DAY, Kept, Known, Order, Shop, claim, rule};

const ORDERS: usize = 3;
const AFFILIATES: [&str; 3] = ["ana", "ben", "cleo"];

/// One thing that happens, to the order of that number or to payouts.
#[derive(Clone, Debug)]
enum Event {
    Heard(usize, News),
    Days(i64),
    Approve(usize),
    Unapprove(usize),
    Draft(i64),
    Pay(usize),
    Cancel(usize),
}

/// What is heard about an order.
#[derive(Clone, Debug)]
enum News {
    Links(Vec<(&'static str, i64)>),
    CleosLine(bool),
    Review(bool),
    Price(i64),
    /// So much more is refunded; negative if a refund failed.
    Refund(i64),
    RefundAll,
    Cancelled,
    Currency(&'static str),
    Dispute(bool),
    Deleted,
    PaidFor(bool),
    Test(bool),
    Ruling(Option<Ruling>),
}

fn ruling() -> impl Strategy<Value = Option<Ruling>> {
    let affiliate = || prop::sample::select(&AFFILIATES[..]);
    let split = (affiliate(), affiliate(), 0_u32..=10_500).prop_map(|(one, other, bp)| {
        let part = |affiliate, share_bp| Part {
            claim: claim(affiliate),
            share_bp,
        };
        // Some of them are not the whole.
        let parts = vec![part(one, bp), part(other, 10_000_u32.saturating_sub(bp))];
        Some(Ruling::Split { parts })
    });
    prop_oneof![
        affiliate().prop_map(|it| Some(Ruling::Accept { claim: claim(it) })),
        split,
        Just(Some(Ruling::Deny)),
        Just(None),
    ]
}

fn links() -> impl Strategy<Value = Vec<(&'static str, i64)>> {
    let percents =
        prop::collection::btree_map(prop::sample::select(&AFFILIATES[..2]), 0_i64..40, 0..3);
    percents.prop_map(|it| it.into_iter().collect())
}

fn news() -> impl Strategy<Value = News> {
    prop_oneof![
        4 => links().prop_map(News::Links),
        2 => any::<bool>().prop_map(News::CleosLine),
        1 => any::<bool>().prop_map(News::Review),
        2 => (0_i64..50_000).prop_map(News::Price),
        3 => (-2_000_i64..9_000).prop_map(News::Refund),
        2 => Just(News::RefundAll),
        1 => Just(News::Cancelled),
        1 => prop::sample::select(&["EUR", "USD"][..]).prop_map(News::Currency),
        2 => any::<bool>().prop_map(News::Dispute),
        1 => Just(News::Deleted),
        1 => any::<bool>().prop_map(News::PaidFor),
        1 => prop::bool::weighted(0.3).prop_map(News::Test),
        3 => ruling().prop_map(News::Ruling),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        12 => (0..ORDERS, news()).prop_map(|(order, news)| Event::Heard(order, news)),
        3 => (1_i64..40).prop_map(Event::Days),
        5 => (0..ORDERS).prop_map(Event::Approve),
        2 => (0..ORDERS).prop_map(Event::Unapprove),
        4 => prop::sample::select(&[0_i64, 1_000][..]).prop_map(Event::Draft),
        3 => (0_usize..8).prop_map(Event::Pay),
        1 => (0_usize..8).prop_map(Event::Cancel),
    ]
}

impl News {
    /// Changes what is known of an order; why its amounts change then.
    fn tell(&self, known: &mut Known, now: i64) -> Reason {
        let mut reason = Reason::Changed;
        let conditions = &mut known.conditions;
        match self {
            News::Links(links) => known.links.clone_from(links),
            News::CleosLine(is) => known.cleos_line = *is,
            News::Review(is) => known.review = *is,
            News::Price(cents) => known.price = *cents,
            News::Refund(cents) => {
                known.refunded += cents;
                reason = Reason::Refunded;
            }
            News::RefundAll => {
                known.refunded = known.price;
                reason = Reason::Refunded;
            }
            News::Cancelled => {
                known.cancelled = true;
                reason = Reason::Cancelled;
            }
            News::Currency(currency) => known.currency = currency,
            News::Dispute(is) => {
                let dispute = waymark_facts::Flag::DisputeOpen {
                    dispute: "d".to_owned(),
                };
                conditions.holding.retain(|it| *it != dispute);
                conditions.holding.extend(is.then_some(dispute));
                reason = Reason::Disputed;
            }
            News::Deleted => {
                conditions.holding.insert(waymark_facts::Flag::Deleted);
            }
            News::PaidFor(is) => conditions.paid_for = *is,
            News::Test(is) => conditions.test = *is,
            News::Ruling(ruling) => {
                conditions.ruling = ruling.clone().and_then(|it| rule(now, it));
                reason = Reason::Ruled;
            }
        }
        known.refunded = known.refunded.clamp(0, known.price);
        conditions.refunded = known.cancelled || known.refunded > 0;
        reason
    }
}

impl Event {
    fn happen(&self, shop: &mut Shop) {
        shop.now += 1;
        // Whether something is allowed is for the book to say; what is refused changes nothing.
        let _ = match self {
            Event::Heard(order, news) => {
                let reason = news.tell(&mut shop.orders[*order].known, shop.now);
                let cause = shop.cause(reason);
                shop.post(*order, &cause);
                assert_eq!(shop.post(*order, &cause), 0, "it adds something twice");
                a_person_hears_of_credit_that_stays(shop, *order);
                true
            }
            Event::Days(days) => {
                shop.now += days * DAY;
                (0..ORDERS).for_each(|order| drop(shop.approve_due(order)));
                true
            }
            Event::Approve(order) => shop.approve(*order).is_ok(),
            Event::Unapprove(order) => shop.unapprove(*order).is_ok(),
            Event::Draft(minimum) => {
                shop.draft(*minimum);
                true
            }
            Event::Pay(payout) if *payout < shop.payouts.len() => shop.pay(*payout).is_ok(),
            Event::Cancel(payout) if *payout < shop.payouts.len() => shop.cancel(*payout).is_ok(),
            _ => false,
        };
    }
}

/// The balances of an order are those of the decision that counts for it.
fn amounts_are_as_decided(shop: &Shop, number: usize) {
    let order = &shop.orders[number];
    let Decided { live, frozen } = shop.decided(number);
    let approved = order.approval.is_approved();
    let ruled = match (approved, frozen) {
        (false, _) => live,
        (true, Some(frozen)) => frozen,
        // In another currency than it was approved in: the amounts stay.
        (true, None) => return,
    };
    for booked in shop.booked(number) {
        let mut wanted = ruled.wanted.iter();
        let wanted = wanted.find(|it| it.claim == booked.claim);
        let commission = wanted.map_or(0, |it| it.commission.minor());
        let never_credited = matches!(
            booked.terms.status,
            Status::Denied | Status::Unqualified | Status::Reversed
        );
        let expected = if never_credited { 0 } else { commission };
        assert_eq!(booked.balance.minor(), expected, "{booked:?}");
        if !approved && wanted.is_some_and(|it| it.commission.minor() != 0) {
            assert!(!never_credited, "{booked:?}");
        }
    }
}

/// A person hears of everybody who would be credited for an approved order and is not.
fn a_person_hears_of_credit_that_stays(shop: &Shop, number: usize) {
    let order = &shop.orders[number];
    if !order.approval.is_approved() {
        return;
    }
    let booked = shop.booked(number);
    for wanted in shop.decided(number).live.wanted {
        let would_be = matches!(wanted.terms.status, Status::Pending | Status::Held);
        let mut own = booked
            .iter()
            .filter(|it| it.claim.affiliate == wanted.claim.affiliate);
        let is = own.any(|it| it.terms.share_bp > 0);
        let mut flags = order.flags.iter();
        let told = flags.any(|it| matches!(it, Flag::WouldMoveCredit { .. }));
        assert!(!would_be || is || told, "{wanted:?}");
    }
}

/// Statuses fit to the approval of the order.
fn statuses_fit(shop: &Shop, number: usize) {
    let Order {
        known, approval, ..
    } = &shop.orders[number];
    for booked in shop.booked(number) {
        let status = booked.terms.status;
        match approval {
            Approval::Approved(_) => assert_ne!(status, Status::Pending),
            _ => assert!(!status.is_payable(), "{booked:?}"),
        }
        let disputed = known
            .conditions
            .holding
            .iter()
            .any(|it| matches!(it, waymark_facts::Flag::DisputeOpen { .. }));
        if !approval.is_approved() && disputed {
            assert_ne!(status, Status::Pending);
        }
        if known.refunded == known.price && known.price > 0 || known.cancelled {
            // An approved order that is in another currency now keeps its amounts, unless it is
            // cancelled.
            let is_comparable = booked.claim.currency.code() == known.currency || known.cancelled;
            assert!(
                booked.balance.minor() == 0 || !is_comparable,
                "refunded, and still owed: {booked:?}"
            );
        }
    }
}

/// Nothing is paid twice, and what is paid is accounted for.
fn payouts_add_up(shop: &Shop) {
    let of = |state: PayoutState| {
        let payouts = shop.payouts.iter().filter(move |it| it.1 == state);
        payouts.map(|it| it.0.amount.minor()).sum::<i64>()
    };
    for (number, (draft, state)) in shop.payouts.iter().enumerate() {
        let own = shop.entries.iter().filter(|it| it.payout == Some(number));
        let sum: i64 = own.clone().map(|it| it.entry.amount.minor()).sum();
        match state {
            PayoutState::Cancelled => assert_eq!(own.count(), 0),
            _ => assert_eq!(draft.amount.minor(), sum),
        }
        assert!(draft.amount.minor() > 0);
    }
    let is_paid = |kept: &Kept| {
        let payout = kept.payout.map(|payout| shop.payouts[payout].1);
        payout == Some(PayoutState::Paid)
    };
    let payable = |kept: &&Kept| shop.conversions[kept.conversion].terms.status.is_payable();
    let all = shop.entries.iter().filter(payable);
    let open = all.clone().filter(|it| !is_paid(it));
    let sum = |entries: &mut dyn Iterator<Item = &Kept>| {
        entries.map(|it| it.entry.amount.minor()).sum::<i64>()
    };
    let (mut all, mut open) = (all, open);
    assert_eq!(of(PayoutState::Paid) + sum(&mut open), sum(&mut all));
}

/// Who is credited, of eachn approved order.
fn credited(shop: &Shop) -> BTreeMap<usize, Vec<(usize, i64)>> {
    let approved = (0..ORDERS).filter(|order| shop.orders[*order].approval.is_approved());
    approved
        .map(|order| {
            let conversions = shop.conversions.iter().enumerate();
            let own = conversions.filter(|(_, it)| it.order == order);
            let shares = own.map(|(number, it)| (number, it.terms.share_bp));
            (order, shares.collect())
        })
        .collect()
}

/// How often the law is tried: 500 times, or as often as `PROPTEST_CASES` says.
fn laws() -> ProptestConfig {
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => ProptestConfig::default(),
        None => ProptestConfig::with_cases(500),
    }
}

proptest! {
    #![proptest_config(laws())]

    #[test]
    fn the_book_holds_whatever_happens(history in prop::collection::vec(event(), 1..60)) {
        let mut shop = Shop::default();
        for _ in 0..ORDERS {
            shop.add(Known::plain(&[("ana", 10)], 10_000));
        }
        for event in history {
            let (before, entries) = (credited(&shop), shop.entries.clone());
            event.happen(&mut shop);
            for order in 0..ORDERS {
                amounts_are_as_decided(&shop, order);
                statuses_fit(&shop, order);
            }
            payouts_add_up(&shop);
            // What was said stays said: entries are added, and only their payout may change.
            let said = |kept: &Kept| (kept.conversion, kept.entry.clone());
            let kept = shop.entries.iter().take(entries.len());
            prop_assert!(kept.map(said).eq(entries.iter().map(said)));
            // Credit does not move, nor does any begin, from approval on.
            for (order, after) in credited(&shop) {
                if let Some(before) = before.get(&order) {
                    prop_assert_eq!(before, &after, "{:?}", event);
                }
            }
        }
    }
}
