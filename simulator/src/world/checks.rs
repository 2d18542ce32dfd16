//! What must hold, after every step and at the end.

use std::collections::{BTreeMap, BTreeSet};

use waymark_attribution::money::Currency;
use waymark_attribution::{Case, resolve};
use waymark_ledger::{Approval, PayoutState, Status, ruled};
use waymark_orders::State;
use waymark_orders::assignment::Changes;
use waymark_orders::case::with_amounts_of;
use waymark_outbox::delivery::State as Sent;

use super::receivers::MORTAL;
use super::{Credited, Promises, World};
use crate::intake::visitors;
use crate::order::{EndState, Order};
use crate::program::{Balance, Tables};
use crate::story::journey;

impl World<'_> {
    /// What holds after every step.
    pub fn check(&mut self) {
        let now = (self.database.kept(), self.promises.acknowledged.len());
        if now == self.checked {
            return;
        }
        self.checked = now;
        let tables = self.database.tables();
        let mut balances: BTreeMap<(&str, Currency), Balance> = BTreeMap::new();
        let mut payouts: BTreeMap<i64, i64> = BTreeMap::new();
        let mut entries = 0;
        for (number, order) in &tables.orders {
            for conversion in &order.conversions {
                let claim = &conversion.claim;
                let key = (claim.affiliate.as_str(), claim.currency);
                let own = balances.entry(key).or_default();
                for kept in &conversion.entries {
                    let amount = kept.entry.amount.minor();
                    own.amount += amount;
                    entries += 1;
                    let said = (conversion.number, amount);
                    let before = *self.promises.entries.entry(kept.number).or_insert(said);
                    assert_eq!(before, said, "entry {} was edited", kept.number);
                    if let Some(payout) = kept.payout {
                        *payouts.entry(payout).or_default() += amount;
                        if tables.payouts[&payout].state == PayoutState::Paid {
                            let first = *self.promises.paid.entry(kept.number).or_insert(payout);
                            assert_eq!(first, payout, "entry {} is paid twice", kept.number);
                        }
                    } else {
                        let paid = self.promises.paid.contains_key(&kept.number);
                        assert!(!paid, "entry {} was paid, and is open again", kept.number);
                        // The next payout takes it up.
                        let lost = conversion.terms.status == Status::Paid && !kept.late;
                        assert!(!lost, "entry {} is in no payout for good", kept.number);
                    }
                }
            }
            asks_for_review(number, order);
        }
        credit_stays(&mut self.promises, tables);
        assignments_stay(&mut self.promises, tables);
        // An entry that was never committed may give its number to another one.
        assert!(self.promises.entries.len() >= entries);
        for (number, payout) in &tables.payouts {
            let key = (payout.affiliate.as_str(), payout.currency);
            let sum = payouts.get(number).copied().unwrap_or(0);
            match payout.state {
                PayoutState::Cancelled => assert_eq!(sum, 0),
                PayoutState::Open => assert_eq!(payout.amount, sum, "payout {number}"),
                PayoutState::Paid => {
                    assert_eq!(payout.amount, sum, "payout {number}");
                    balances.entry(key).or_default().paid += sum;
                }
            }
        }
        for ((affiliate, currency), balance) in &tables.balances {
            let sum = balances.get(&(affiliate.as_str(), *currency));
            assert_eq!(Some(balance), sum, "{affiliate}, {currency}");
        }
        for (story, call) in &self.promises.acknowledged {
            let said = &self.stories[*story].calls[*call];
            let known = &tables.orders[&tables.id(&said.order_id)].facts;
            let mut facts = said.facts.iter();
            let kept = facts.all(|fact| known.contains_key(&fact.key));
            assert!(
                kept,
                "call {call} of story {story} was acknowledged, and is lost"
            );
        }
    }

    /// What holds once everything has been heard, and all that waited is done.
    pub fn check_end(&mut self) {
        for order in self.database.tables().orders.values() {
            if order.stored.approval.is_approved() {
                *self.happened.entry("orders approved").or_default() += 1;
            }
        }
        for payout in self.database.tables().payouts.values() {
            if payout.state == PayoutState::Paid {
                *self.happened.entry("payouts paid").or_default() += 1;
            }
        }
        let tables = self.database.tables();
        for (number, story) in self.stories.iter().enumerate() {
            let ids: BTreeSet<String> = story
                .calls
                .iter()
                .map(|it| tables.id(&it.order_id))
                .collect();
            assert_eq!(ids.len(), 1, "story {number} is of one order: {ids:?}");
            let order = ids.first().and_then(|id| tables.orders.get(id));
            let order = order.expect("an order");
            for fact in story.facts() {
                assert!(order.facts.contains_key(&fact.key), "story {number}");
            }
            for visitor in visitors(story.facts()) {
                for fact in journey(&visitor) {
                    assert!(
                        order.facts.contains_key(&fact.key),
                        "story {number}: {visitor}"
                    );
                }
            }
        }
        *self.happened.entry("orders joined").or_default() += tables.joins;
        let assigned = u64::try_from(tables.assignments.len()).expect("a few");
        *self.happened.entry("assignments").or_default() += assigned;
        self.deciding_again_changes_nothing();
        self.all_are_as_decided_once();
        self.events_were_received();
    }

    /// Once it has come to rest, nothing is added and nobody is assigned by deciding all again.
    fn deciding_again_changes_nothing(&self) {
        let before = self.database.tables();
        let mut again = before.clone();
        for id in before.orders.keys() {
            again.decide_again(self.rules, id, self.now);
        }
        assert_eq!(again.assignments, before.assignments);
        for (id, order) in &before.orders {
            let decided = &again.orders[id];
            let Changes {
                removed, assign, ..
            } = &decided.customer;
            assert!(
                removed.is_empty() && assign.is_none(),
                "{id} changes its customer's"
            );
            let entries = |it: &Order| -> Vec<usize> {
                it.conversions.iter().map(|it| it.entries.len()).collect()
            };
            assert_eq!(end_state(decided), end_state(order), "{id}");
            assert_eq!(entries(decided), entries(order), "{id}");
            // What was held is paid meanwhile, if its payout was open: then a person was asked in vain.
            let asked = order.stored.review || !decided.stored.review;
            assert!(asked, "{id} is to be looked at, and nobody was asked");
        }
    }

    /// Every order stands as it would had all facts been heard before any was decided.
    fn all_are_as_decided_once(&self) {
        let tables = self.database.tables();
        let mut once = Tables {
            assignments: tables.assignments.clone(),
            ..Tables::default()
        };
        for (id, order) in &tables.orders {
            let fresh = once.order(id);
            fresh.facts.clone_from(&order.facts);
            fresh.stored.first_seen_at = order.stored.first_seen_at;
            if !order.stored.approval.is_approved() {
                fresh.stored.approval = order.stored.approval.clone();
            }
        }
        let ids: Vec<String> = tables.orders.keys().cloned().collect();
        // Some are approved, by which the others' renewals go.
        for id in &ids {
            let approved = &tables.orders[id];
            if approved.stored.approval.is_approved() {
                *once.order(id) = Order::clone(approved);
            }
        }
        for id in &ids {
            once.note_all(id);
        }
        for id in &ids {
            once.decide_again(self.rules, id, self.now);
        }
        let mut decided = 0;
        while let Some(id) = once.stale.first().cloned() {
            once.decide_if_stale(self.rules, &id, self.now);
            decided += 1;
            assert!(
                decided < 1_000,
                "orders have each other decided again for ever"
            );
        }
        for (id, order) in &tables.orders {
            assert_eq!(end_state(&once.orders[id]), end_state(order), "{id}");
            if let Approval::Approved(_) = order.stored.approval {
                amounts_are_of_the_frozen_case(order);
            }
        }
    }

    /// Every message came to an end, living receivers have them all, and who goes by the latest
    /// event about a conversion knows the book.
    fn events_were_received(&self) {
        let tables = self.database.tables();
        for message in tables.messages.values() {
            let id = message.event.id.as_str();
            let inbox = self.inboxes.get(&message.receiver);
            let received = inbox.is_some_and(|it| it.received.contains_key(id));
            match message.delivery.state {
                Sent::Delivered => assert!(received, "{message:?}"),
                Sent::Waiting => panic!("still waiting: {message:?}"),
                Sent::GivenUp => assert_eq!(message.receiver, MORTAL, "{message:?}"),
            }
        }
        let mut latest: BTreeMap<i64, (String, serde_json::Value)> = BTreeMap::new();
        let mut created: BTreeMap<i64, u32> = BTreeMap::new();
        for body in self
            .inboxes
            .get("shop")
            .iter()
            .flat_map(|it| it.received.values())
        {
            let event: serde_json::Value = serde_json::from_str(body).expect("JSON");
            let conversion = &event["data"]["conversion"];
            let number = conversion["number"].as_i64().expect("a number");
            if event["type"] == "conversion.created" {
                *created.entry(number).or_default() += 1;
            }
            let at = event["timestamp"].as_str().expect("a time").to_owned();
            let known = latest.get(&number).map(|it| &it.0);
            assert_ne!(
                known,
                Some(&at),
                "two events of one time about conversion {number}"
            );
            if known.is_none_or(|known| *known < at) {
                latest.insert(number, (at, conversion.clone()));
            }
        }
        for conversion in tables.orders.values().flat_map(|it| &it.conversions) {
            let told = latest.get(&conversion.number);
            let was_credited = !conversion.entries.is_empty();
            // Who counts what is created counts each conversion that was ever credited, once.
            let times = created.get(&conversion.number).copied().unwrap_or(0);
            assert_eq!(times, u32::from(conversion.was_credited), "{conversion:?}");
            assert!(
                told.is_some() || !was_credited,
                "nobody heard of {conversion:?}"
            );
            let Some((_, told)) = told else {
                continue;
            };
            let balance = waymark_attribution::money::Amount::from_minor(conversion.balance());
            let balance = conversion.claim.currency.format(balance);
            assert_eq!(told["commission"], balance, "{told}");
            assert_eq!(told["status"], conversion.terms.status.as_str(), "{told}");
        }
    }
}

/// With other amounts, a case of then is written without its empty parts.
fn end_state(order: &Order) -> EndState {
    let mut end = order.end_state();
    if end.state == State::Test {
        // It tells nothing of its customer, so nothing has it decided again for them, and it never pays.
        (end.case, end.decision) = (None, None);
        end.flags.clear();
    }
    if order.stored.approval.is_approved() || order.known().folded.order.is_some_and(is_renewal) {
        end.case = None;
    }
    end
}

fn is_renewal(order: waymark_facts::Order) -> bool {
    order.subscriptions.iter().any(|it| it.renewal)
}

/// What an approved order's conversions are worth is what the case of then gives today's amounts.
fn amounts_are_of_the_frozen_case(order: &Order) {
    let (Approval::Approved(approved), Some(case)) =
        (&order.stored.approval, &order.stored.frozen_case)
    else {
        return;
    };
    let told = order.known().folded.order.expect("an order");
    let Ok(case) = with_amounts_of(case, &told) else {
        return;
    };
    let parsed = Case::from_json(&case).expect("a case");
    let frozen = ruled(
        &resolve(&parsed),
        told.snapshot.currency,
        approved.ruling.as_ref(),
    );
    let frozen = frozen.expect("amounts that can be booked");
    for conversion in &order.conversions {
        let booked = conversion.booked();
        let wanted = frozen.wanted.iter().find(|it| {
            it.claim == booked.claim
                && !matches!(it.terms.status, Status::Denied | Status::Unqualified)
        });
        let owed = wanted.map_or(0, |it| it.commission.minor());
        let credited = conversion.terms.share_bp > 0;
        let owed = if credited { owed } else { 0 };
        assert_eq!(conversion.balance(), owed, "{booked:?}");
    }
}

/// Nobody has to look at what was acknowledged, and somebody at what is held.
fn asks_for_review(id: &str, order: &Order) {
    let held = order
        .conversions
        .iter()
        .any(|it| it.terms.status == Status::Held);
    if held && order.state() == State::Decided {
        assert!(order.stored.review, "{id} is held, and nobody is asked");
    }
    let flags = order.row.iter().flat_map(|row| &row.flags);
    let mut news = flags.filter(|flag| !order.stored.acknowledged.contains(*flag));
    if !held && news.next().is_none() && !matches!(order.stored.approval, Approval::Revoked(_)) {
        assert!(!order.stored.review, "{id} has nothing to look at");
    }
}

/// Once an order is approved, who is credited stays until the approval is taken back. If it turns out
/// to be one with another, one approval of the two counts, and the other's conversions have no share.
fn credit_stays(promises: &mut Promises, tables: &Tables) {
    let joined = promises.joins != tables.joins;
    promises.joins = tables.joins;
    promises
        .credited
        .retain(|id, _| tables.orders.contains_key(id));
    for (id, order) in &tables.orders {
        let conversions = order.conversions.iter();
        let shares = conversions
            .map(|it| (it.number, it.terms.share_bp))
            .collect();
        let Approval::Approved(approved) = &order.stored.approval else {
            let mut conversions = order.conversions.iter();
            let paid = conversions.find(|it| it.terms.status.is_payable());
            assert!(paid.is_none(), "payable, and not approved: {paid:?}");
            promises.credited.remove(id);
            continue;
        };
        let now = Credited {
            at: approved.at,
            shares,
        };
        let before = promises
            .credited
            .entry(id.clone())
            .or_insert_with(|| now.clone());
        if joined && before.at != now.at {
            *before = now;
            continue;
        }
        assert_eq!(before.at, now.at, "the approval of {id} changed");
        for (number, share) in &now.shares {
            let promised = before.shares.get(number).copied();
            let promised = match promised {
                None if joined => 0,
                promised => promised.expect("a conversion of an approved order"),
            };
            assert_eq!(
                *share, promised,
                "credit of {id} moved: conversion {number}"
            );
        }
        before.shares = now.shares;
    }
}

/// Nothing un-assigns a customer but the order that assigned them, and people, who end it.
fn assignments_stay(promises: &mut Promises, tables: &Tables) {
    for (number, before) in &promises.assignments {
        match tables.assignments.get(number) {
            Some(now) => {
                assert_eq!(now.key, before.key);
                assert!(before.valid_to.is_none() || now.valid_to == before.valid_to);
                assert_eq!(now.order.is_some(), before.order.is_some());
                if now.order.is_none() {
                    assert_eq!(now.affiliate, before.affiliate);
                }
            }
            None => assert!(before.order.is_some(), "a word is gone: {before:?}"),
        }
    }
    promises.assignments.clone_from(&tables.assignments);
}
