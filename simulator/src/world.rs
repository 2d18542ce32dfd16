//! Stores, network, clock, crashes, receivers and people around a program, all from one seed.
//!
//! In each step one thing happens: a store calls, a packet arrives, is lost or repeated, a request
//! that is under way comes to its next await, an alarm rings, a person does something, time passes,
//! or the Worker is killed – which loses every request that is under way and nothing that was
//! committed. What must hold is checked after every step ([`World::check`]), and at the end, when
//! the network has become good and everybody has called again, that every order stands as a fold
//! done once has it ([`World::check_end`]).

mod checks;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use waymark_attribution::time::Instant;
use waymark_facts::ruling::{NamedClaim, Part, Ruling, RulingFact};
use waymark_ledger::PayoutState;
use waymark_outbox::delivery::State;
use waymark_outbox::step::{Answer, Step, Target, conclude, next};

use crate::customers::AssignmentRow;
use crate::intake::visitors;
use crate::program::{Database, Fate, Tables, ida};
use crate::random::Random;
use crate::rules::Rules;
use crate::story::{PLACED_MS, Story, journey, rules_on};

const ORDERS: usize = 5;
const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
/// The Worker's daily alarm, in milliseconds.
const SWEEP_MS: i64 = 86_400_000;
/// When an alarm tries again what failed, in milliseconds.
const TRY_AGAIN_MS: i64 = 30_000;
/// A living receiver answers well in its sixth try of an event at the latest.
const MAX_TRIES: u32 = 5;
/// The receiver that may stay silent for days.
const MORTAL: &str = "mortal";

/// What travels between a store and the Worker.
#[derive(Clone, Debug)]
enum Packet {
    Call {
        story: usize,
        call: usize,
    },
    Answer {
        story: usize,
        call: usize,
        taken: bool,
    },
}

/// A request or an alarm that is under way: lost when the Worker is killed.
#[derive(Clone, Debug)]
enum Task {
    /// A store's call, between two awaits: of which story, which.
    Report {
        story: usize,
        call: usize,
        at: Await,
    },
    Act(Action, Await),
    /// The next thing that the alarm does.
    Alarm(Job),
    /// A message whose request is on its way; the answer, once there is one.
    Send {
        message: i64,
        request: Rc<waymark_outbox::request::Request>,
        answer: Option<Reply>,
    },
}

/// Where a request is.
#[derive(Clone, Debug)]
enum Await {
    Journeys,
    Storage { read: Vec<String> },
    Alarm,
    Answer { taken: bool },
}

#[derive(Clone, Debug)]
enum Action {
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

#[derive(Clone, Debug)]
enum Job {
    Stale(Vec<String>),
    Approve(Vec<String>),
    CatchUp(Vec<(String, String)>),
    Send,
    Sleep { failed: bool },
}

#[derive(Clone, Copy, Debug)]
enum Reply {
    Status(u16),
    TimedOut,
    NotReached,
}

/// What a receiver was told.
#[derive(Debug, Default)]
struct Inbox {
    /// How often it was called with each event.
    tries: BTreeMap<String, u32>,
    /// By event: the body, the first time that it was received well.
    received: BTreeMap<String, String>,
}

/// What must not change any more.
#[derive(Debug, Default)]
struct Promises {
    /// Calls that were answered with 200, by story.
    acknowledged: BTreeSet<(usize, usize)>,
    /// Who is credited, of each order that is approved.
    credited: BTreeMap<String, Credited>,
    /// How often an order had turned out to be another one.
    joins: u64,
    /// Customers' affiliates.
    assignments: BTreeMap<i64, AssignmentRow>,
    /// Entries that were paid, and their payouts.
    paid: BTreeMap<i64, i64>,
    /// Entries: number → conversion and amount.
    entries: BTreeMap<i64, (i64, i64)>,
}

/// Who is credited for an approved order.
#[derive(Clone, Debug, PartialEq)]
struct Credited {
    /// The approval.
    at: Instant,
    /// Conversion → its share, in basis points.
    shares: BTreeMap<i64, i64>,
}

/// The whole world of one seed.
#[derive(Debug)]
pub struct World<'r> {
    rules: &'r Rules,
    random: Random,
    database: Database,
    now: i64,
    /// Whether anything fails.
    rough: bool,
    stories: Vec<Story>,
    network: Vec<Packet>,
    tasks: Vec<Task>,
    alarm_is_running: bool,
    inboxes: BTreeMap<String, Inbox>,
    mortal_is_silent: bool,
    promises: Promises,
    rulings: usize,
    /// Up to where [`World::check`] has looked: transactions and acknowledgements.
    checked: (u64, usize),
    /// What happened, for the figures.
    pub happened: BTreeMap<&'static str, u64>,
}

impl<'r> World<'r> {
    pub fn new(seed: u64, rules: &'r Rules) -> Self {
        let mut random = Random::new(seed);
        let stories = Story::of_a_world(&mut random, ORDERS);
        Self {
            rules,
            random,
            database: Database::default(),
            now: PLACED_MS,
            rough: true,
            stories,
            network: Vec::new(),
            tasks: Vec::new(),
            alarm_is_running: false,
            inboxes: BTreeMap::new(),
            mortal_is_silent: false,
            promises: Promises::default(),
            rulings: 0,
            checked: (0, 0),
            happened: BTreeMap::new(),
        }
    }

    fn count(&mut self, what: &'static str) {
        *self.happened.entry(what).or_default() += 1;
    }

    /// One thing happens.
    pub fn step(&mut self) {
        self.now += 1;
        match self.random.below(100) {
            0..14 => self.a_store_calls(),
            14..38 => self.a_packet_moves(),
            38..78 => self.a_task_goes_on(),
            78..87 => self.a_person_acts(),
            87..98 => self.time_passes(),
            _ => self.kill(),
        }
        self.alarm_rings();
        self.check();
    }

    /// How the next transaction ends.
    fn fate(&mut self) -> Fate {
        match self.random.below(100) {
            _ if !self.rough => Fate::Kept,
            0..4 => Fate::Lost,
            4..8 => Fate::KeptUnheard,
            _ => Fate::Kept,
        }
    }

    fn a_store_calls(&mut self) {
        let story = self.random.below(ORDERS);
        let call = self.random.below(self.stories[story].calls.len());
        // Stores call again until they are answered well, and sometimes after it.
        if !self.promises.acknowledged.contains(&(story, call)) || self.random.chance(10) {
            self.network.push(Packet::Call { story, call });
        }
    }

    fn a_packet_moves(&mut self) {
        if self.network.is_empty() {
            return;
        }
        // Any of them: what is late is overtaken.
        let place = self.random.below(self.network.len());
        let packet = match self.random.below(100) {
            0..12 if self.rough => {
                self.count("packets lost");
                self.network.swap_remove(place);
                return;
            }
            12..20 if self.rough => {
                self.count("packets repeated");
                self.network[place].clone()
            }
            _ => self.network.swap_remove(place),
        };
        match packet {
            Packet::Call { story, call } => self.tasks.push(Task::Report {
                story,
                call,
                at: Await::Journeys,
            }),
            Packet::Answer { story, call, taken } => {
                if taken {
                    self.promises.acknowledged.insert((story, call));
                }
            }
        }
    }

    fn a_task_goes_on(&mut self) {
        if self.tasks.is_empty() {
            return;
        }
        let place = self.random.below(self.tasks.len());
        let task = self.tasks.swap_remove(place);
        self.go_on(task);
    }

    fn go_on(&mut self, task: Task) {
        match task {
            Task::Report { story, call, at } => self.report(story, call, at),
            Task::Act(action, at) => self.act(action, at),
            Task::Alarm(job) => self.alarm(job),
            Task::Send {
                message,
                request,
                answer: None,
            } => {
                let answer = Some(self.call_receiver(message, &request));
                self.tasks.push(Task::Send {
                    message,
                    request,
                    answer,
                });
            }
            Task::Send {
                message,
                request,
                answer: Some(reply),
            } => self.conclude(message, &request, reply),
        }
    }

    /// As `Program::report` of the Worker: journeys, one transaction, an alarm, the answer.
    fn report(&mut self, story: usize, call: usize, at: Await) {
        let at = match at {
            Await::Journeys => {
                let said = &self.stories[story].calls[call];
                let tables = self.database.tables();
                let known = tables.orders.get(&tables.id(&said.order_id));
                let known = known.iter().flat_map(|order| order.facts.values());
                let mut named = visitors(known.chain(&said.facts));
                named.retain(|_| !self.rough || self.random.chance(80));
                Await::Storage { read: named }
            }
            Await::Storage { read } => {
                let mut said = self.stories[story].calls[call].clone();
                let journeys = read.iter().flat_map(|visitor| journey(visitor));
                said.facts.extend(journeys);
                let (rules, now, fate) = (self.rules, self.now, self.fate());
                let kept = self
                    .database
                    .transaction(fate, |it| it.report(rules, &said, &read, now));
                self.count("reports");
                match kept {
                    Ok(_) => Await::Alarm,
                    Err(_) => Await::Answer { taken: false },
                }
            }
            Await::Alarm => Await::Answer {
                taken: self.wake(self.now + SWEEP_MS),
            },
            Await::Answer { taken } => {
                self.network.push(Packet::Answer { story, call, taken });
                return;
            }
        };
        self.tasks.push(Task::Report { story, call, at });
    }

    /// Sees to it that an alarm comes for what is due, at that time at the latest; whether storage
    /// took it.
    fn wake(&mut self, latest: i64) -> bool {
        let fate = self.fate();
        let woken = self.database.transaction(fate, |tables| {
            let due = tables.next_due().unwrap_or(latest).min(latest);
            tables.wake_at(due);
        });
        woken.is_ok()
    }

    fn act(&mut self, action: Action, at: Await) {
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

    fn a_person_acts(&mut self) {
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

    fn time_passes(&mut self) {
        const MINUTE: i64 = 60_000;
        if self.random.chance(10) {
            self.count("clocks set back");
            self.now -= self.random.between(1, 5 * MINUTE);
            return;
        }
        let longest = match self.random.below(40) {
            _ if !self.tasks.is_empty() => MINUTE,
            0..20 => MINUTE,
            20..34 => 60 * MINUTE,
            34..39 => 12 * 60 * MINUTE,
            _ => 4 * 24 * 60 * MINUTE,
        };
        let then = self.now + self.random.between(1, longest);
        // An alarm comes late, but not by days.
        let late = self.random.between(0, MINUTE);
        let alarm = self
            .database
            .tables()
            .alarm
            .map(|at| at.max(self.now) + late);
        self.now = alarm.map_or(then, |at| at.min(then));
        if self.random.chance(4) {
            self.mortal_is_silent = !self.mortal_is_silent;
        }
    }

    /// What is under way is lost, and what was not committed.
    fn kill(&mut self) {
        self.count("kills");
        self.tasks.clear();
        self.alarm_is_running = false;
    }

    fn alarm_rings(&mut self) {
        let due = self
            .database
            .tables()
            .alarm
            .is_some_and(|at| at <= self.now);
        if due && !self.alarm_is_running {
            self.count("alarms");
            self.alarm_is_running = true;
            let stale = self.database.tables().stale.iter().cloned().collect();
            self.tasks.push(Task::Alarm(Job::Stale(stale)));
        }
    }

    /// As `Program::alarm` of the Worker: one job after the other, then sleep until the next is due.
    fn alarm(&mut self, job: Job) {
        let (rules, now, fate) = (self.rules, self.now, self.fate());
        let due = |tables: &Tables| Job::Approve(tables.due_orders(now));
        let next = match job {
            Job::Stale(mut orders) => match orders.pop() {
                None => due(self.database.tables()),
                Some(order) => {
                    let kept = self
                        .database
                        .transaction(fate, |it| it.decide_if_stale(rules, &order, now));
                    match kept {
                        Ok(()) => Job::Stale(orders),
                        Err(_) => due(self.database.tables()),
                    }
                }
            },
            Job::Approve(mut orders) => match orders.pop() {
                None => Job::CatchUp(self.database.tables().unread()),
                Some(order) => {
                    let kept = self
                        .database
                        .transaction(fate, |it| it.approve_if_due(rules, &order, now));
                    match kept {
                        Ok(()) => Job::Approve(orders),
                        Err(_) => Job::CatchUp(self.database.tables().unread()),
                    }
                }
            },
            Job::CatchUp(mut unread) => match unread.pop() {
                None => Job::Send,
                Some((order, visitor)) => {
                    let facts = journey(&visitor);
                    let kept = self.database.transaction(fate, |it| {
                        it.catch_up(rules, &order, &visitor, &facts, now);
                    });
                    match kept {
                        Ok(()) => Job::CatchUp(unread),
                        Err(_) => Job::Send,
                    }
                }
            },
            Job::Send => {
                self.send();
                Job::Sleep { failed: false }
            }
            Job::Sleep { failed } => {
                // All that is under way has to come back first.
                if self.tasks.iter().any(|it| matches!(it, Task::Send { .. })) {
                    Job::Sleep { failed }
                } else {
                    return self.sleep(fate, failed);
                }
            }
        };
        self.tasks.push(Task::Alarm(next));
    }

    fn sleep(&mut self, fate: Fate, failed: bool) {
        let now = self.now;
        let kept = self.database.transaction(fate, |tables| {
            let soon = failed.then_some(now + TRY_AGAIN_MS);
            let due = tables.next_due().into_iter().chain(soon).min();
            tables.alarm = Some(
                due.unwrap_or(now + SWEEP_MS)
                    .min(now + SWEEP_MS)
                    .max(now + 100),
            );
        });
        match kept {
            Ok(()) => self.alarm_is_running = false,
            Err(_) => self.tasks.push(Task::Alarm(Job::Sleep { failed: true })),
        }
    }

    fn target<'a>(&'a self, receiver: &str) -> Target<'a> {
        Target {
            receiver: self.rules.receiver(receiver),
            hosts: &self.rules.hosts,
            secret: &|_| Some(SECRET.to_owned()),
        }
    }

    fn send(&mut self) {
        for number in self.database.tables().due_messages(self.now) {
            let message = Rc::clone(&self.database.tables().messages[&number]);
            let health = self.database.tables().health_of(&message.receiver);
            let random = self.random.number() as u32;
            let step = next(
                &message.event,
                message.delivery,
                self.target(&message.receiver),
                health,
                Instant::from_millis(self.now),
                random,
            );
            match step {
                Step::Send(request) => self.tasks.push(Task::Send {
                    message: number,
                    request: Rc::new(request),
                    answer: None,
                }),
                Step::Concluded(concluded) => panic!("no request can be made: {concluded:?}"),
                Step::Paused | Step::Wait(_) | Step::Over => {}
            }
        }
    }

    /// The request travels, is received or not, and so does the answer.
    fn call_receiver(&mut self, number: i64, request: &waymark_outbox::request::Request) -> Reply {
        let message = Rc::clone(&self.database.tables().messages[&number]);
        let id = message.event.id.as_str().to_owned();
        let silent = self.mortal_is_silent && message.receiver == MORTAL;
        let luck = self.random.below(100);
        let rough = self.rough;
        let inbox = self.inboxes.entry(message.receiver.clone()).or_default();
        let tries = inbox.tries.entry(id.clone()).or_default();
        *tries += 1;
        let patient = *tries > MAX_TRIES || !rough;
        let body = request.body.clone().unwrap_or_else(|| request.url.clone());
        let reply = match luck {
            _ if silent && rough => Reply::NotReached,
            0..15 if !patient => Reply::NotReached,
            15..35 if !patient => Reply::Status(500),
            // Received, and nobody hears of it.
            35..45 if !patient => {
                inbox.received.entry(id).or_insert(body);
                Reply::TimedOut
            }
            45..47 if rough && message.receiver == MORTAL => Reply::Status(410),
            _ => {
                let before = inbox.received.entry(id).or_insert_with(|| body.clone());
                assert_eq!(*before, body, "an event changed between two tries");
                Reply::Status(200)
            }
        };
        self.count("calls of receivers");
        reply
    }

    fn conclude(&mut self, number: i64, request: &waymark_outbox::request::Request, reply: Reply) {
        let answer = match reply {
            Reply::Status(status) => Answer::Response {
                status,
                retry_after: None,
                body: b"",
                duration_ms: None,
            },
            Reply::TimedOut => Answer::TimedOut,
            Reply::NotReached => Answer::NotReached,
        };
        let tables = self.database.tables();
        let message = &tables.messages[&number];
        let concluded = conclude(
            request,
            message.delivery,
            tables.health_of(&message.receiver),
            answer,
            Instant::from_millis(self.now),
            self.random.number() as u32,
        );
        let fate = self.fate();
        // What is not kept is sent again.
        let _ = self
            .database
            .transaction(fate, |tables| tables.keep(number, &concluded));
    }

    /// The network becomes good, everybody calls again, and all that waits is done.
    pub fn calm_down(&mut self) {
        self.rough = false;
        self.mortal_is_silent = false;
        for story in 0..ORDERS {
            for call in 0..self.stories[story].calls.len() {
                self.network.push(Packet::Call { story, call });
            }
        }
        for _ in 0..100_000 {
            self.now += 1;
            if !self.network.is_empty() {
                self.a_packet_moves();
            } else if !self.tasks.is_empty() {
                self.a_task_goes_on();
            } else if !self.what_waits_is_woken_for() {
                return;
            }
            self.alarm_rings();
            // Here too after every step: an approval may be taken back and given again.
            self.check();
        }
        panic!("it does not come to rest: {:?}", self.tasks);
    }

    /// Goes to the time of the next alarm, if a message or a journey waits; whether any does.
    fn what_waits_is_woken_for(&mut self) -> bool {
        let receivers: Vec<String> = self.rules.receivers().map(|it| it.0.to_owned()).collect();
        let (tables, now) = (self.database.tables(), self.now);
        let waits = |it: &Tables| {
            let mut messages = it.messages.values();
            messages.any(|it| it.delivery.state == State::Waiting)
                || !it.unread().is_empty()
                || !it.stale.is_empty()
        };
        if !waits(tables) {
            return false;
        }
        let woken = self.database.transaction(Fate::Kept, |tables| {
            for receiver in receivers {
                tables.resume(&receiver, now);
            }
            tables.alarm
        });
        // A crash between a commit and its alarm leaves the one of the day before at the latest.
        let alarm = woken
            .expect("calm")
            .expect("something waits, and nothing is to wake it");
        self.now = self.now.max(alarm);
        true
    }
}
