//! Customers in the tables: which orders name them, which of their keys are one person's, and to which
//! affiliates they belong.

use std::collections::BTreeSet;

use waymark_attribution::time::Instant;
use waymark_orders::assignment::{Assignment, Assignments, Changes, Placed};

use crate::program::{STORE, Tables, instant};

/// After every order.
fn always() -> Instant {
    instant(1 << 52)
}

/// An assignment of one of a customer's keys, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssignmentRow {
    pub key: String,
    pub affiliate: String,
    pub valid_from: Instant,
    pub valid_to: Option<Instant>,
    /// The order that made it; `None`: a person did.
    pub order: Option<String>,
}

impl Tables {
    /// What the person with these keys is known by, as orders placed until then tell.
    fn known_keys(&self, own: &[String], until: Instant) -> Vec<String> {
        let mut keys: Vec<String> = own.to_vec();
        let mut next = 0;
        while next < keys.len() {
            let key = keys[next].clone();
            next += 1;
            let orders = self.customer_orders.iter();
            let orders = orders.filter(|(of, at, _)| *of == key && *at <= until);
            let orders: BTreeSet<&String> = orders.map(|(_, _, id)| id).collect();
            let beside = self.customer_orders.iter();
            let beside = beside.filter(|(_, _, id)| orders.contains(id));
            for (key, _, _) in beside {
                if !keys.contains(key) {
                    keys.push(key.clone());
                }
            }
        }
        keys
    }

    /// Notes the keys that an order names, and has the orders decided again for which they are one
    /// person only now.
    pub(crate) fn note_customer(
        &mut self,
        id: &str,
        keys: &BTreeSet<String>,
        placed_at: Instant,
        joined: bool,
    ) {
        let Some(last) = keys.last() else {
            return;
        };
        self.customer_orders
            .retain(|(_, at, of)| of != id || *at == placed_at);
        let mut news = false;
        for key in keys {
            news |= self
                .customer_orders
                .insert((key.clone(), placed_at, id.to_owned()));
        }
        if keys.len() < 2 || !(news || joined) {
            return;
        }
        // From the first other order on that names them all, they were one person before.
        let tells_all = |order: &str| {
            keys.iter().all(|key| {
                let mut orders = self.customer_orders.iter();
                orders.any(|(of, _, other)| of == key && other == order)
            })
        };
        let others = self.customer_orders.iter();
        let others = others.filter(|(key, _, of)| key == last && of != id && tells_all(of));
        let before = others.map(|(_, at, _)| *at).min().unwrap_or_else(always);
        if before > placed_at {
            let keys: Vec<String> = keys.iter().cloned().collect();
            self.mark_stale(id, &keys, placed_at, before);
        }
    }

    /// Has a person's orders decided again, save one, that were placed from a time on and before
    /// another.
    fn mark_stale(&mut self, but: &str, own: &[String], since: Instant, before: Instant) {
        let keys = self.known_keys(own, always());
        let orders = self.customer_orders.iter();
        let stale = orders.filter(|(key, at, id)| {
            keys.contains(key) && *at >= since && *at < before && id != but
        });
        self.stale.extend(stale.map(|(_, _, id)| id.clone()));
    }

    pub(crate) fn assignments_of(
        &self,
        id: &str,
        named: Vec<String>,
        placed_at: Instant,
    ) -> Assignments {
        let keys = self.known_keys(&named, placed_at);
        let made = self.assignments.iter();
        let made = made.filter(|(_, it)| {
            keys.contains(&it.key) && it.valid_to.is_none_or(|end| end > placed_at)
        });
        let made = made.map(|(number, it)| Assignment {
            number: *number,
            key: it.key.clone(),
            affiliate: it.affiliate.clone(),
            valid_from: Placed {
                at: it.valid_from,
                store: it.order.as_ref().map_or("", |_| STORE).to_owned(),
                order: it.order.clone().unwrap_or_default(),
            },
            own: it.order.as_deref() == Some(id),
            valid_to: it.valid_to,
        });
        Assignments {
            made: made.collect(),
            placed: Placed {
                at: placed_at,
                store: STORE.to_owned(),
                order: id.to_owned(),
            },
            named,
        }
    }

    pub(crate) fn change_assignments(
        &mut self,
        id: &str,
        assignments: &Assignments,
        changes: &Changes,
    ) {
        let since = assignments.placed.at;
        for number in &changes.removed {
            self.assignments.remove(number);
        }
        if let Some(assign) = &changes.assign {
            for number in &assign.changed {
                let row = self.assignments.get_mut(number).expect("an assignment");
                row.affiliate.clone_from(&assign.affiliate);
                row.valid_from = since;
            }
            for key in &assign.keys {
                self.numbers.assignment += 1;
                let row = AssignmentRow {
                    key: key.clone(),
                    affiliate: assign.affiliate.clone(),
                    valid_from: since,
                    valid_to: assign.valid_to,
                    order: Some(id.to_owned()),
                };
                self.assignments.insert(self.numbers.assignment, row);
            }
        } else if changes.removed.is_empty() {
            return;
        }
        // An order that was placed earlier may have been in the way of what is taken back.
        let since = match changes.takes_back() {
            true => Instant::from_millis(0),
            false => since,
        };
        self.mark_stale(id, &assignments.named, since, always());
    }

    /// Assigns a customer to another affiliate, or to none, from now on.
    pub fn reassign(&mut self, key: &str, affiliate: Option<&str>, now: i64) {
        let now = instant(now);
        let keys = self.known_keys(&[key.to_owned()], now);
        // By the store's clock, some may have been placed later, and were heard of already.
        self.mark_stale("", &keys, now, always());
        for key in keys {
            for it in self.assignments.values_mut() {
                if it.key == key && it.valid_to.is_none() {
                    it.valid_to = Some(now);
                }
            }
            if let Some(affiliate) = affiliate {
                self.numbers.assignment += 1;
                let row = AssignmentRow {
                    key,
                    affiliate: affiliate.to_owned(),
                    valid_from: now,
                    valid_to: None,
                    order: None,
                };
                self.assignments.insert(self.numbers.assignment, row);
            }
        }
    }
}
