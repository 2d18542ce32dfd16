//! Stores, network, clock, crashes, receivers and people around a program, all from one seed.
//!
//! In each step one thing happens: a store calls, a packet arrives, is lost or repeated, a request
//! that is under way comes to its next await, an alarm rings, a person does something, time passes,
//! or the Worker is killed – which loses every request that is under way and nothing that was
//! committed. What must hold is checked after every step ([`World::check`]), and at the end, when
//! the network has become good and everybody has called again, that every order stands as a fold
//! done once has it ([`World::check_end`]).

mod alarm;
mod checks;
mod people;
mod receivers;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use waymark_attribution::time::Instant;
use waymark_outbox::delivery::State;
use waymark_outbox::request::Request;

use crate::customers::AssignmentRow;
use crate::intake::visitors;
use crate::program::{Database, Fate, Tables};
use crate::random::Random;
use crate::rules::Rules;
use crate::story::{PLACED_MS, Story, journey};
use alarm::Job;
use people::Action;
use receivers::{Inbox, Reply};

const ORDERS: usize = 5;
/// The Worker's daily alarm, in milliseconds.
const SWEEP_MS: i64 = 86_400_000;

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
        request: Rc<Request>,
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
