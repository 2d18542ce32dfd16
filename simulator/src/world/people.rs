//! What people do: rule, approve, pay, reassign customers, pause receivers.

use std::rc::Rc;

use waymark_attribution::time::Instant;
use waymark_facts::ruling::{NamedClaim, Part, Ruling, RulingFact};
use waymark_ledger::PayoutState;

use super::receivers::MORTAL;
use super::{Await, SWEEP_MS, Task, World};
use crate::program::ida;
use crate::story::rules_on;

#[derive(Clone, Debug)]
pub(super) enum Action {
    Approve(String),
    Unapprove(String),
    Acknowledge(String),
    Rule(String, Rc<RulingFact>),
    /// A customer's key, and whom they are to belong to.
    Reassign(String, Option<String>),
    MakePayouts,
    EndPayout(i64, PayoutState),
    Pause(&'static str),
    Resume(&'static str),
    Replay(i64),
}

impl World<'_> {
    pub(super) fn act(&mut self, action: Action, at: Await) {
        let (rules, now, fate) = (self.rules, self.now, self.fate());
        if matches!(at, Await::Alarm) {
            self.wake(now + SWEEP_MS);
            return;
        }
        let done = self.database.transaction(fate, |tables| match &action {
            Action::Approve(order) => tables.approve(rules, order, &ida(), now),
            Action::Unapprove(order) => tables.unapprove(rules, order, &ida(), now),
            Action::Acknowledge(order) => tables.acknowledge(order),
            // What is refused changes nothing.
            Action::Rule(order, ruling) => drop(tables.rule(rules, order, ruling, now)),
            Action::Reassign(key, affiliate) => tables.reassign(key, affiliate.as_deref(), now),
            Action::MakePayouts => tables.make_payouts(rules),
            Action::EndPayout(number, end) => tables.end_payout(rules, *number, *end, now),
            Action::Pause(receiver) => tables.pause(receiver, now),
            Action::Resume(receiver) => tables.resume(receiver, now),
            Action::Replay(message) => tables.replay(*message, now),
        });
        self.count("acts of people");
        // Who is told that it failed may try again; the alarm is asked for all the same.
        let again = done.is_err() && self.random.chance(50);
        let at = match again {
            true => Await::Journeys,
            false => Await::Alarm,
        };
        self.tasks.push(Task::Act(action, at));
    }

    pub(super) fn a_person_acts(&mut self) {
        let orders = &self.database.tables().orders;
        if orders.is_empty() {
            return;
        }
        let place = self.random.below(orders.len());
        let order = orders.keys().nth(place).expect("an order").clone();
        let payouts = self.database.tables().payouts.len();
        let payout = self.random.below(payouts + 1) as i64;
        let messages = self.database.tables().messages.len();
        let message = self.random.below(messages + 1) as i64;
        let receiver = *self.random.pick(&["shop", MORTAL, "ana"]);
        let action = match self.random.below(24) {
            0..5 => Action::Approve(order),
            5..8 => Action::Unapprove(order),
            8..12 => Action::MakePayouts,
            12..15 => Action::EndPayout(payout, PayoutState::Paid),
            15..17 => Action::EndPayout(payout, PayoutState::Cancelled),
            17 => Action::Pause(receiver),
            18..20 => Action::Resume(receiver),
            20 => Action::Replay(message),
            21 => Action::Acknowledge(order),
            22 if self.random.chance(50) => match self.reassignment() {
                Some(action) => action,
                None => return,
            },
            _ => self.ruling(order),
        };
        self.tasks.push(Task::Act(action, Await::Journeys));
    }

    /// Somebody who ordered is to belong to somebody.
    fn reassignment(&mut self) -> Option<Action> {
        let orders = &self.database.tables().customer_orders;
        let place = self.random.below(orders.len().max(1));
        let (key, _, _) = orders.iter().nth(place)?;
        let (key, affiliates) = (key.clone(), self.rules.affiliates());
        let affiliate = self
            .random
            .chance(70)
            .then(|| *self.random.pick(&affiliates));
        Some(Action::Reassign(key, affiliate.map(str::to_owned)))
    }

    fn ruling(&mut self, order: String) -> Action {
        let known = &self.database.tables().orders[&order];
        let claims: Vec<NamedClaim> = known
            .conversions
            .iter()
            .map(|it| NamedClaim {
                affiliate: it.claim.affiliate.clone(),
                method: it.claim.method.clone(),
                evidence: it.claim.evidence.clone(),
            })
            .collect();
        self.rulings += 1;
        let ruling = match self.random.below(5) {
            0 => Ruling::Deny,
            1 => Ruling::Undo {
                id: format!("ruling-{}", self.random.below(self.rulings)),
            },
            _ if claims.is_empty() => Ruling::Deny,
            2..4 => Ruling::Accept {
                claim: self.random.pick(&claims).clone(),
            },
            _ => {
                let share_bp = u32::try_from(self.random.below(10_001)).expect("basis points");
                let parts = [share_bp, 10_000 - share_bp].map(|share_bp| Part {
                    claim: self.random.pick(&claims).clone(),
                    share_bp,
                });
                Ruling::Split {
                    parts: parts.into(),
                }
            }
        };
        let ruling = rules_on(self.rulings, Instant::from_millis(self.now), ruling);
        Action::Rule(order, Rc::new(ruling))
    }
}
