//! Orders in the tables: what is reported of them, what lies around them, and what follows is written.
//!
//! In the sequence of the Worker's `src/program/`: facts in, the fold, what is noted of it, what lies
//! around, `decide`, and everything written at once.

use std::rc::Rc;

use waymark_facts::ruling::RulingFact;
use waymark_facts::{Fact, FactKind, Order as Told};
use waymark_ledger::{Cause, Person, Posting, withdrawn};
use waymark_orders::acts::{self, Refusal, Ruleable};
use waymark_orders::assignment::Assignments;
use waymark_orders::case::Names;
use waymark_orders::known::joined;
use waymark_orders::{Around, Known, customer, decide};

use crate::order::Order;
use crate::program::{STORE, Tables, instant};
use crate::rules::Rules;
use crate::story::Call;

impl Order {
    /// The order by these facts alone, heard all at once by a program that knew nothing of it.
    pub fn at_once<'f>(rules: &Rules, facts: impl IntoIterator<Item = &'f Fact>) -> Self {
        let call = Call {
            order_id: "1".to_owned(),
            other_names: Vec::new(),
            facts: facts.into_iter().cloned().collect(),
        };
        let mut tables = Tables::default();
        tables.report(rules, &call, &[], 0);
        tables
            .orders
            .remove("1")
            .map_or_else(Order::default, |it| Order::clone(&it))
    }
}

impl Tables {
    /// The id under which an order is kept that somebody speaks of by any of its names.
    pub fn id(&self, name: &str) -> String {
        self.names.get(name).map_or(name, |id| id).to_owned()
    }

    /// Takes what a call says, and notes whose journeys were read for it; whether it was news.
    pub fn report(&mut self, rules: &Rules, call: &Call, read: &[String], now: i64) -> bool {
        let id = self.id(&call.order_id);
        let joined = self.note_names(rules, &id, &call.other_names, now);
        let kept = self.order(&id).kept();
        let news = kept.news(&call.facts);
        if news.is_empty() && !joined {
            return false;
        }
        let facts = news.iter().map(|fact| (fact.key.clone(), fact.clone()));
        self.order(&id).facts.extend(facts);
        let known = kept.with(&news);
        if let Some(order) = &known.folded.order {
            let keys = customer::named(STORE, &known.facts);
            self.note_customer(&id, &keys, order.snapshot.placed_at, joined);
            let journeys = &mut self.order(&id).journeys;
            for visitor in &known.folded.visitors {
                journeys.entry(visitor.id.clone()).or_insert(false);
            }
            for visitor in read {
                journeys.insert(visitor.clone(), true);
            }
        }
        let cause = Cause::of(&news, instant(now));
        self.decide(rules, &id, &known, &cause);
        true
    }

    /// Notes what a journey said that was read later.
    pub fn catch_up(&mut self, rules: &Rules, id: &str, visitor: &str, facts: &[Fact], now: i64) {
        let call = Call {
            order_id: id.to_owned(),
            other_names: Vec::new(),
            facts: facts.to_vec(),
        };
        self.report(rules, &call, &[], now);
        let id = self.id(id);
        self.order(&id).journeys.insert(visitor.to_owned(), true);
    }

    /// Decides an order by what is known of it, and writes all that follows.
    fn decide(&mut self, rules: &Rules, id: &str, known: &Known, cause: &Cause) {
        let around = match &known.folded.order {
            Some(order) => {
                self.note_places(id, order);
                self.around(rules, id, known, order)
            }
            None => Around::default(),
        };
        let decided = decide(known, &around, cause);
        let mut numbers = self.numbers.clone();
        let added = self.order(id).write(&decided, cause.at, &mut numbers);
        self.numbers = numbers;
        if decided.row.is_none() {
            self.unheard.insert(id.to_owned());
        } else {
            self.unheard.remove(id);
        }
        if let Some(assignments) = &around.assignments {
            self.change_assignments(id, assignments, &decided.assignments);
        }
        self.tell(rules, id, &added, cause.at.as_millis());
    }

    /// Decides an order again by what is known now.
    pub fn decide_again(&mut self, rules: &Rules, id: &str, now: i64) {
        let Some(order) = self.orders.get(id).filter(|it| !it.facts.is_empty()) else {
            return;
        };
        let known = order.known();
        self.decide(rules, id, &known, &Cause::again(instant(now)));
    }

    /// Decides an order again if something that bears on it became known with another one.
    pub fn decide_if_stale(&mut self, rules: &Rules, id: &str, now: i64) {
        if self.stale.remove(id) {
            self.decide_again(rules, id, now);
        }
    }

    /// Notes of whom and of which subscriptions an order is, without deciding it.
    pub fn note_all(&mut self, id: &str) {
        let known = self.order(id).known();
        if let Some(order) = &known.folded.order {
            let keys = customer::named(STORE, &known.facts);
            self.note_customer(id, &keys, order.snapshot.placed_at, false);
            self.note_places(id, order);
        }
    }

    fn around(&self, rules: &Rules, id: &str, known: &Known, order: &Told) -> Around {
        let mut around = Around {
            settings: Some(rules.order_settings()),
            renewed: self.renewed(id, order),
            ..Around::default()
        };
        if !around.has_case(known) {
            let assignments = self.assignments(id, &order.snapshot);
            let names = Names::of(order, &known.folded.touches, &assignments.in_force());
            around.directory = rules.directory(&names);
            around.assignments = Some(assignments);
        }
        around
    }

    pub fn approve_if_due(&mut self, rules: &Rules, id: &str, now: i64) {
        self.decide_if_stale(rules, id, now);
        let Some(order) = self.orders.get(id) else {
            return;
        };
        if order.due().is_none_or(|due| due.as_millis() > now) {
            return;
        }
        let known = order.known();
        let inherited = self.inherited(id, &known);
        match acts::approve_due(&known, inherited, instant(now)) {
            Some(moved) => self.moved(rules, id, &moved, now),
            None => self.order(id).stored.due_at = None,
        }
    }

    /// A person approves an order; what is in the way is for the book to say.
    pub fn approve(&mut self, rules: &Rules, id: &str, person: &Person, now: i64) {
        self.decide_if_stale(rules, id, now);
        let Some(order) = self.orders.get(id) else {
            return;
        };
        let known = order.known();
        let inherited = self.inherited(id, &known);
        if let Some(Ok(moved)) = acts::approve(&known, inherited, person, instant(now)) {
            self.moved(rules, id, &moved, now);
        }
    }

    /// A person takes an approval back; then the live decision counts.
    pub fn unapprove(&mut self, rules: &Rules, id: &str, person: &Person, now: i64) {
        let Some(order) = self.orders.get(id) else {
            return;
        };
        let entries = order.conversions.iter().flat_map(|it| &it.entries);
        let in_payout = entries.into_iter().any(|it| it.payout.is_some());
        let known = order.known();
        let Some(Ok(moved)) = acts::unapprove(&known, in_payout, person, instant(now)) else {
            return;
        };
        self.moved(rules, id, &moved, now);
        let known = known.unapproved(&moved);
        self.decide(rules, id, &known, &Cause::again(instant(now)));
    }

    fn moved(&mut self, rules: &Rules, id: &str, moved: &waymark_ledger::Moved, now: i64) {
        let mut numbers = self.numbers.clone();
        let added = self.order(id).write_moved(moved, &mut numbers);
        self.numbers = numbers;
        self.tell(rules, id, &added, now);
    }

    /// A person acknowledges an order's flags.
    pub fn acknowledge(&mut self, id: &str) {
        if let Some(order) = self.orders.get(id)
            && let Some(Ok(())) = acts::acknowledge(&order.known())
        {
            self.order(id).acknowledge();
        }
    }

    /// A person rules on an order.
    ///
    /// # Errors
    /// It is refused.
    pub fn rule(
        &mut self,
        rules: &Rules,
        id: &str,
        ruling: &RulingFact,
        now: i64,
    ) -> Result<(), Refusal> {
        let Some(order) = self.orders.get(id) else {
            return Ok(());
        };
        let known = order.known();
        let row = order.row.as_ref();
        let decision = row.and_then(|row| row.decision.as_deref());
        let currency = known.booked.last().map(|it| it.claim.currency);
        let on = decision.zip(currency);
        let on = on.map(|(decision, currency)| Ruleable { decision, currency });
        if let Some(Some(fact)) = acts::rule(&known, on, ruling).transpose()? {
            let call = Call {
                order_id: id.to_owned(),
                other_names: Vec::new(),
                facts: vec![fact],
            };
            self.report(rules, &call, &[], now);
        }
        Ok(())
    }

    /// Notes other names of an order, and takes to it what was heard under them; whether that was
    /// anything.
    fn note_names(&mut self, rules: &Rules, id: &str, names: &[String], now: i64) -> bool {
        let mut moved = false;
        for name in names {
            let holder = self.id(name);
            let is_held = holder != *name;
            for (name, comes) in [(holder, is_held), (name.clone(), false)] {
                if name == id {
                    continue;
                }
                self.names
                    .entry(name.clone())
                    .or_insert_with(|| id.to_owned());
                let has_facts = self
                    .orders
                    .get(&name)
                    .is_some_and(|it| !it.facts.is_empty());
                if comes || has_facts {
                    self.take_over(rules, &name, id, now);
                }
                moved |= has_facts;
            }
        }
        moved
    }

    /// Has an order be another one.
    fn take_over(&mut self, rules: &Rules, from: &str, to: &str, now: i64) {
        self.joins += 1;
        let stored = |id: &str| self.orders.get(id).map(|it| it.stored.clone());
        let (ends, stays) = (
            stored(from).unwrap_or_default(),
            stored(to).unwrap_or_default(),
        );
        let joined = joined(&ends, &stays);
        if let Some(other) = joined.withdrawn {
            let other = match other {
                waymark_orders::known::Side::Ends => from,
                waymark_orders::known::Side::Stays => to,
            };
            let cause = Cause {
                note: Some(format!("one order with {STORE}/{to}")),
                ..Cause::again(instant(now))
            };
            let postings = withdrawn(self.order(other).booked(), &cause).expect("storable sums");
            let mut numbers = self.numbers.clone();
            let added: Vec<(i64, Posting)> = self.order(other).post(&postings, &mut numbers);
            self.numbers = numbers;
            self.tell(rules, other, &added, now);
        }
        let ends = self.orders.remove(from).unwrap_or_default();
        let ends = Rc::unwrap_or_clone(ends);
        let was_heard_of = self
            .orders
            .get(to)
            .is_some_and(|it| it.stored.was_heard_of());
        let stays = self.order(to);
        for (key, fact) in ends.facts {
            stays.facts.entry(key).or_insert(fact);
        }
        for (visitor, read) in ends.journeys {
            stays.journeys.entry(visitor).or_insert(read);
        }
        stays.conversions.extend(ends.conversions);
        stays.conversions.sort_by_key(|it| it.number);
        if !was_heard_of {
            stays.stored = ends.stored;
            stays.row = ends.row;
            stays.customer = ends.customer;
        }
        stays.stored.approval = joined.approval;
        stays.stored.frozen_case = joined.frozen_case;
        stays.stored.first_seen_at = joined.first_seen_at;
        let rename = |id: &mut String| {
            if id == from {
                to.clone_into(id);
            }
        };
        self.names.values_mut().for_each(rename);
        self.places.iter_mut().for_each(|(_, id)| rename(id));
        self.note_joined(to);
        let orders = std::mem::take(&mut self.customer_orders).into_iter();
        let orders = orders.map(|(key, at, id)| match id == from {
            true => (key, at, to.to_owned()),
            false => (key, at, id),
        });
        self.customer_orders = orders.collect();
        for it in self.assignments.values_mut() {
            it.order.iter_mut().for_each(rename);
        }
        if self.stale.remove(from) {
            self.stale.insert(to.to_owned());
        }
    }

    /// The assignments of all that the customer of an order is known by.
    fn assignments(&self, id: &str, order: &waymark_facts::fact::OrderSnapshot) -> Assignments {
        self.assignments_of(id, customer::keys(STORE, order), order.placed_at)
    }
}

/// The visitors that facts name.
pub fn visitors<'f>(facts: impl IntoIterator<Item = &'f Fact>) -> Vec<String> {
    let visitors = facts.into_iter().filter_map(|fact| match &fact.kind {
        FactKind::Visitor(visitor) => Some(visitor.id.clone()),
        _ => None,
    });
    visitors.collect()
}
