//! What must hold, after every step and at the end.

use std::collections::BTreeMap;

use waymark_attribution::money::Currency;
use waymark_attribution::time::Instant;
use waymark_book::{Cause, PayoutState, Standing, Status};
use waymark_checkout::{Fact, fold};
use waymark_outbox::delivery::State;

use super::{MORTAL, World};
use crate::order::{Found, Numbers, Order};
use crate::program::{Balance, visitors};
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
            credit_stays(&mut self.promises.credited, *number, order);
        }
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
        for (order, call) in &self.promises.acknowledged {
            let facts = &self.stories[*order].calls[*call];
            let known = &tables.orders[order].facts;
            let kept = facts.iter().all(|fact| known.contains_key(&fact.key));
            assert!(
                kept,
                "call {call} about order {order} was acknowledged, and is lost"
            );
        }
    }

    /// What holds once everything has been heard, and all that waited is done.
    pub fn check_end(&mut self) {
        for order in self.database.tables().orders.values() {
            if order.standing.is_settled() {
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
            let order = &tables.orders[&number];
            for fact in story.facts() {
                assert!(order.facts.contains_key(&fact.key), "order {number}");
            }
            for visitor in visitors(story.facts()) {
                for fact in journey(&visitor) {
                    assert!(
                        order.facts.contains_key(&fact.key),
                        "order {number}: {visitor}"
                    );
                }
            }
            self.is_as_folded_once(order);
        }
        self.events_were_received();
    }

    fn is_as_folded_once(&self, order: &Order) {
        // Decided again, nothing is added.
        let mut again = order.clone();
        let cause = Cause::again(Instant::from_millis(self.now));
        assert_eq!(
            again.settle(self.rules, &cause, &mut Numbers::default()),
            []
        );
        let (mut end, mut again) = (order.end_state(), again.end_state());
        if order.standing.is_settled() {
            // With other amounts, a case of then is written without its empty parts.
            (end.case, again.case) = (None, None);
        }
        assert_eq!(again, end);

        let folded = fold(order.facts.values());
        match &order.standing {
            Standing::Settled(_) => {
                let case = order.frozen_case.as_deref();
                let found = Found::of(self.rules, &folded, &order.standing, case);
                let Some(frozen) = found.frozen() else {
                    return;
                };
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
            standing => {
                let mut once = Order {
                    standing: standing.clone(),
                    ..Order::default()
                };
                let facts: Vec<Fact> = order.facts.values().cloned().collect();
                let cause = Cause::of(&once.hear(&facts), Instant::from_millis(self.now));
                once.settle(self.rules, &cause, &mut Numbers::default());
                assert_eq!(order.end_state(), once.end_state());
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
                State::Delivered => assert!(received, "{message:?}"),
                State::Waiting => panic!("still waiting: {message:?}"),
                State::GivenUp => assert_eq!(message.receiver, MORTAL, "{message:?}"),
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

/// Once an order is approved, who is credited stays until the approval is taken back.
fn credit_stays(credited: &mut BTreeMap<usize, Vec<(i64, i64)>>, number: usize, order: &Order) {
    let conversions = order.conversions.iter();
    let now: Vec<(i64, i64)> = conversions
        .map(|it| (it.number, it.terms.share_bp))
        .collect();
    match order.standing {
        Standing::Settled(_) => {
            let before = credited.entry(number).or_insert_with(|| now.clone());
            assert_eq!(*before, now, "credit of order {number} moved");
        }
        _ => {
            let paid = order
                .conversions
                .iter()
                .find(|it| it.terms.status.is_payable());
            assert!(paid.is_none(), "payable, and not approved: {paid:?}");
            credited.remove(&number);
        }
    }
}
