//! All tables of a program, in memory: what the Worker's `src/program/` keeps in SQLite.
//!
//! Transactions are kept or lost as a whole, and may fail in both ways: with an error though
//! everything was kept, and with one because nothing was.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use waymark_attribution::Method;
use waymark_attribution::money::{Amount, Currency};
use waymark_attribution::time::Instant;
use waymark_ledger::{PayoutState, Person, Posting, Status, Unpaid, draft, paid_out};
use waymark_orders::places::Place;
use waymark_outbox::delivery::{Delivery, State};
use waymark_outbox::event::{
    Click, Conversion, ConversionChange, Event, EventId, OrderRef, Reason, Subject,
};
use waymark_outbox::health::Health;
use waymark_outbox::step::Concluded;

use crate::customers::AssignmentRow;
use crate::order::{Numbers, Order, Written};
use crate::rules::Rules;

/// How a transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Kept,
    /// An error, and nothing is kept.
    Lost,
    /// An error, and everything is kept.
    KeptUnheard,
}

/// What the caller of a transaction hears that failed, in whichever way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StorageFailed;

/// Storage that fails when it is told to.
#[derive(Debug, Default)]
pub struct Database {
    tables: Tables,
    /// How many transactions were kept.
    kept: u64,
}

impl Database {
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// How many transactions were kept: while it is the same, so are the tables.
    pub fn kept(&self) -> u64 {
        self.kept
    }

    /// Runs `body` as one transaction with that end.
    ///
    /// # Errors
    /// As `fate` says.
    pub fn transaction<T>(
        &mut self,
        fate: Fate,
        body: impl FnOnce(&mut Tables) -> T,
    ) -> Result<T, StorageFailed> {
        let before = (fate == Fate::Lost).then(|| self.tables.clone());
        let value = body(&mut self.tables);
        match before {
            Some(before) => self.tables = before,
            None => self.kept += 1,
        }
        match fate {
            Fate::Kept => Ok(value),
            Fate::Lost | Fate::KeptUnheard => Err(StorageFailed),
        }
    }
}

/// A payout, as it is stored.
#[derive(Clone, Debug)]
pub struct Payout {
    pub affiliate: String,
    pub currency: Currency,
    pub amount: i64,
    pub state: PayoutState,
}

/// An event on its way to one receiver.
#[derive(Clone, Debug)]
pub struct Message {
    pub event: Rc<Event>,
    pub receiver: String,
    pub delivery: Delivery,
}

/// What is owed to an affiliate in a currency, and what was paid of it, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    pub amount: i64,
    pub paid: i64,
}

#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// By id.
    pub orders: BTreeMap<String, Rc<Order>>,
    /// Of which only facts are kept, since they may be older than the program.
    pub unheard: BTreeSet<String>,
    /// Other names of orders → the id under which each is kept.
    pub names: BTreeMap<String, String>,
    /// Orders' places in subscriptions.
    pub places: Vec<(Place, String)>,
    /// Which orders name a customer: key, when the order was placed, its id.
    pub customer_orders: BTreeSet<(String, Instant, String)>,
    /// Customers' affiliates, by number.
    pub assignments: BTreeMap<i64, AssignmentRow>,
    /// Orders to be decided again, since something that bears on them became known with another one.
    pub stale: BTreeSet<String>,
    /// How often an order turned out to be another one.
    pub joins: u64,
    pub payouts: BTreeMap<i64, Payout>,
    pub messages: BTreeMap<i64, Rc<Message>>,
    pub health: BTreeMap<String, Health>,
    pub balances: BTreeMap<(String, Currency), Balance>,
    /// When the object is woken, in milliseconds.
    pub alarm: Option<i64>,
    pub(crate) numbers: Numbers,
    pub(crate) last_event: u64,
    pub(crate) last_event_at: i64,
}

/// The store of all orders.
pub const STORE: &str = "store";

pub(crate) fn instant(milliseconds: i64) -> Instant {
    Instant::from_millis(milliseconds)
}

/// A person who decides.
#[must_use]
pub fn ida() -> Person {
    Person::new("Ida", "she looked at it").expect("a person")
}

impl Tables {
    pub fn order(&mut self, id: &str) -> &mut Order {
        Rc::make_mut(self.orders.entry(id.to_owned()).or_default())
    }

    /// Orders whose hold period is over.
    pub fn due_orders(&self, now: i64) -> Vec<String> {
        let due = |order: &Order| order.due().is_some_and(|due| due.as_millis() <= now);
        let orders = self.orders.iter().filter(|(_, order)| due(order));
        orders.map(|(id, _)| id.clone()).collect()
    }

    /// Makes the payouts that are due.
    pub fn make_payouts(&mut self, rules: &Rules) {
        let drafts = draft(self.unpaid(), |currency| rules.payout_minimum(currency));
        for draft in drafts.expect("sums that can be stored") {
            let number = self.payouts.len() as i64 + 1;
            self.each_entry(|_, kept| {
                if draft.entries.contains(&kept.number) {
                    assert_eq!(kept.payout, None, "an entry is in two payouts");
                    kept.payout = Some(number);
                }
            });
            self.payouts.insert(
                number,
                Payout {
                    affiliate: draft.affiliate,
                    currency: draft.currency,
                    amount: draft.amount.minor(),
                    state: PayoutState::Open,
                },
            );
        }
    }

    /// The entries of what is approved, and those booked after payment, that are in no payout.
    fn unpaid(&self) -> Vec<Unpaid> {
        let mut unpaid = Vec::new();
        for conversion in self.orders.values().flat_map(|it| &it.conversions) {
            let status = conversion.terms.status;
            for kept in &conversion.entries {
                if kept.payout.is_none() && (status == Status::Approved || kept.late) {
                    unpaid.push(Unpaid {
                        entry: kept.number,
                        affiliate: conversion.claim.affiliate.clone(),
                        currency: conversion.claim.currency,
                        status,
                        amount: kept.entry.amount,
                    });
                }
            }
        }
        unpaid.sort_by_key(|it| it.entry);
        unpaid
    }

    /// A payout was paid, or is called off. One that is over stays as it is.
    pub fn end_payout(&mut self, rules: &Rules, number: i64, end: PayoutState, now: i64) {
        let Some(payout) = self.payouts.get_mut(&number) else {
            return;
        };
        let ended = match end {
            PayoutState::Paid => payout.state.pay(),
            _ => payout.state.cancel(),
        };
        let Ok(ended) = ended else {
            return;
        };
        payout.state = ended;
        let payout = payout.clone();
        if ended == PayoutState::Cancelled {
            self.each_entry(|status, kept| {
                if kept.payout == Some(number) {
                    kept.payout = None;
                    // Another payout may have been paid meanwhile.
                    kept.late |= status == Status::Paid;
                }
            });
            return;
        }
        let orders: Vec<String> = self.orders.keys().cloned().collect();
        for place in orders {
            let mut numbers = self.numbers.clone();
            let order = self.order(&place);
            let mut paid = Vec::new();
            for conversion in &mut order.conversions {
                if conversion
                    .entries
                    .iter()
                    .any(|it| it.payout == Some(number))
                {
                    paid.push(conversion.booked());
                    for kept in &mut conversion.entries {
                        kept.late |= kept.payout.is_none();
                    }
                }
            }
            let added = order.post(&paid_out(&paid), &mut numbers);
            self.tell(rules, &place, &added, now);
        }
        let key = (payout.affiliate, payout.currency);
        self.balances.entry(key).or_default().paid += payout.amount;
    }

    /// Changes entries, each with where its conversion stands.
    fn each_entry(&mut self, mut change: impl FnMut(Status, &mut Written)) {
        for order in self.orders.values_mut() {
            for conversion in &mut Rc::make_mut(order).conversions {
                let status = conversion.terms.status;
                for kept in &mut conversion.entries {
                    change(status, kept);
                }
            }
        }
    }

    /// Adds postings to the balances, and tells receivers of them.
    pub(crate) fn tell(&mut self, rules: &Rules, id: &str, added: &[(i64, Posting)], now: i64) {
        if added.is_empty() {
            return;
        }
        let amount = self.order(id).known().amount();
        for (conversion, posting) in added {
            if let Some(entry) = &posting.entry {
                let key = (posting.claim.affiliate.clone(), posting.claim.currency);
                self.balances.entry(key).or_default().amount += entry.amount.minor();
            }
            if let Some(change) = ConversionChange::of(posting) {
                let subject = self.subject(id, *conversion, posting, amount);
                let reason = posting.entry.as_ref().map(|entry| entry.reason.as_str());
                let reason = reason.map(|it| Reason::try_from(it.to_owned()).expect("a word"));
                self.put(rules, id, Subject::Conversion(change, subject), reason, now);
            }
        }
    }

    fn subject(
        &mut self,
        order: &str,
        number: i64,
        posting: &Posting,
        amount: Amount,
    ) -> Conversion {
        let mut conversions = self.order(order).conversions.iter();
        let stored = conversions.find(|it| it.number == number);
        let commission = stored.expect("a conversion").balance();
        let claim = &posting.claim;
        let method = serde_json::from_value(claim.method.as_str().into()).expect("a method");
        Conversion {
            number,
            affiliate: claim.affiliate.clone(),
            method,
            status: posting.terms.status,
            visible: posting.terms.visible,
            currency: claim.currency,
            amount,
            commission: Amount::from_minor(commission),
            previous_commission: None,
            coupon: (method == Method::Coupon).then(|| claim.evidence.clone()),
            click: matches!(method, Method::Link | Method::Qr).then(|| Click {
                id: claim.evidence.clone(),
                subs: Default::default(),
                opted_out: false,
            }),
        }
    }

    fn put(
        &mut self,
        rules: &Rules,
        order: &str,
        subject: Subject,
        reason: Option<Reason>,
        now: i64,
    ) {
        self.last_event += 1;
        self.last_event_at = now.max(self.last_event_at + 1);
        let event = Rc::new(Event {
            id: EventId::new(u128::from(self.last_event).to_be_bytes()),
            at: instant(self.last_event_at),
            order: OrderRef {
                store: STORE.to_owned(),
                id: order.to_owned(),
            },
            subject,
            reason,
        });
        let wanting = rules.receivers().filter(|(_, it)| it.wants(&event));
        let names: Vec<String> = wanting.map(|(name, _)| name.to_owned()).collect();
        for receiver in names {
            let message = Message {
                event: Rc::clone(&event),
                receiver,
                delivery: Delivery::new(instant(now)),
            };
            let number = self.messages.len() as i64 + 1;
            self.messages.insert(number, Rc::new(message));
        }
    }

    pub fn health_of(&self, receiver: &str) -> Health {
        self.health.get(receiver).copied().unwrap_or_default()
    }

    /// Messages that are to be sent.
    pub fn due_messages(&self, now: i64) -> Vec<i64> {
        let due = |it: &Message| self.is_waiting(it) && it.delivery.due.as_millis() <= now;
        let messages = self.messages.iter().filter(|(_, it)| due(it));
        messages.map(|(number, _)| *number).take(20).collect()
    }

    pub fn is_waiting(&self, message: &Message) -> bool {
        message.delivery.state == State::Waiting
            && self.health_of(&message.receiver).paused.is_none()
    }

    /// Stores what came of a try.
    pub fn keep(&mut self, number: i64, concluded: &Concluded) {
        let message = self.messages.get_mut(&number).expect("a message");
        let message = Rc::make_mut(message);
        message.delivery = concluded.delivery;
        self.health
            .insert(message.receiver.clone(), concluded.health);
    }

    pub fn replay(&mut self, number: i64, now: i64) {
        if let Some(message) = self.messages.get_mut(&number) {
            let message = Rc::make_mut(message);
            message.delivery = message.delivery.replay(instant(now));
        }
    }

    pub fn pause(&mut self, receiver: &str, now: i64) {
        let health = self.health_of(receiver).pause(instant(now));
        self.health.insert(receiver.to_owned(), health);
    }

    /// Resumes a receiver: what waited for it is due at once.
    pub fn resume(&mut self, receiver: &str, now: i64) {
        let health = self.health_of(receiver);
        if health.paused.is_none() {
            return;
        }
        self.health
            .insert(receiver.to_owned(), health.resume(instant(now)));
        for message in self.messages.values_mut() {
            if message.receiver == receiver && message.delivery.state == State::Waiting {
                Rc::make_mut(message).delivery.due = instant(now);
            }
        }
    }

    /// When there is something to do without being called, in milliseconds.
    pub fn next_due(&self) -> Option<i64> {
        let orders = self.orders.values();
        let orders = orders.filter_map(|order| order.due().map(Instant::as_millis));
        let unread = self
            .orders
            .values()
            .any(|it| it.row.is_some() && it.journeys.values().any(|read| !read));
        let unread = unread || !self.stale.is_empty();
        let messages = self.messages.values().filter(|it| self.is_waiting(it));
        let messages = messages.map(|it| it.delivery.due.as_millis());
        orders.chain(messages).chain(unread.then_some(0)).min()
    }

    /// Asks to be woken at that time, unless it is earlier anyway.
    pub fn wake_at(&mut self, due: i64) {
        if self.alarm.is_none_or(|set| set > due) {
            self.alarm = Some(due);
        }
    }

    /// Visitors whose journeys have still to be read, by order.
    pub fn unread(&self) -> Vec<(String, String)> {
        let orders = self.orders.iter();
        orders
            .flat_map(|(id, order)| {
                let unread = order.journeys.iter().filter(|(_, read)| !**read);
                unread.map(|(visitor, _)| (id.clone(), visitor.clone()))
            })
            .collect()
    }
}
