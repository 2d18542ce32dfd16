//! Whatever receivers answer: what holds from the first try to the last.

use proptest::prelude::*;
use waymark_attribution::time::Instant;
use waymark_outbox::delivery::{Delivery, State};
use waymark_outbox::event::Event;
use waymark_outbox::health::Health;
use waymark_outbox::receiver::{Postback, Receiver, Webhook};
use waymark_outbox::retry::{MAX_MS, TRIES, Verdict};
use waymark_outbox::step::{Answer, Concluded, Step, Target, conclude, next};

use crate::samples::{NOON_MS, event, hosts, noon, read, secret};

const DAY_MS: i64 = 86_400_000;

/// One answer of a receiver, or what hinders it.
#[derive(Clone, Debug)]
enum Reply {
    Status(u16, Option<String>),
    TimedOut,
    NotReached,
    /// The Worker's secret is not there.
    NoSecret,
}

impl Reply {
    fn answer(&self) -> Answer<'_> {
        match self {
            Reply::Status(status, retry_after) => Answer::Response {
                status: *status,
                retry_after: retry_after.as_deref(),
                body: b"thanks",
                duration_ms: Some(3),
            },
            Reply::TimedOut => Answer::TimedOut,
            Reply::NotReached | Reply::NoSecret => Answer::NotReached,
        }
    }

    fn is_delivered(&self) -> bool {
        matches!(self, Reply::Status(200..=299, _))
    }

    fn is_gone(&self) -> bool {
        matches!(self, Reply::Status(410, _))
    }
}

fn reply() -> impl Strategy<Value = Reply> {
    let status = prop_oneof![
        6 => prop::sample::select(vec![500_u16, 503, 429, 404, 302, 408, 100]),
        1 => prop::sample::select(vec![200_u16, 204, 410]),
        1 => 100_u16..600,
    ];
    let retry_after = prop_oneof![
        4 => Just(None),
        1 => (0_u32..200_000).prop_map(|seconds| Some(seconds.to_string())),
        1 => "\\PC{0,9}".prop_map(Some),
    ];
    prop_oneof![
        6 => (status, retry_after).prop_map(|(status, after)| Reply::Status(status, after)),
        1 => Just(Reply::TimedOut),
        1 => Just(Reply::NotReached),
        1 => Just(Reply::NoSecret),
    ]
}

/// A Worker that does what it is told: it keeps what is to be kept, and wakes when it is due.
struct Worker {
    event: Event,
    delivery: Delivery,
    health: Health,
    now: Instant,
    /// When each try was made.
    tries: Vec<Instant>,
    concluded: Vec<Concluded>,
}

impl Worker {
    fn new() -> Self {
        Self {
            event: event(),
            delivery: Delivery::new(noon()),
            health: Health::default(),
            now: noon(),
            tries: Vec::new(),
            concluded: Vec::new(),
        }
    }

    /// Tries once if the delivery is due, with that reply.
    fn step(&mut self, receiver: Receiver<'_>, reply: &Reply, random: u32) -> Step {
        let none = |_: &str| None;
        let hosts = hosts();
        let target = Target {
            receiver: Some(receiver),
            hosts: &hosts,
            secret: match reply {
                Reply::NoSecret => &none,
                _ => &secret,
            },
        };
        let step = next(
            &self.event,
            self.delivery,
            target,
            self.health,
            self.now,
            random,
        );
        let concluded = match &step {
            Step::Send(request) => conclude(
                request,
                self.delivery,
                self.health,
                reply.answer(),
                self.now,
                random,
            ),
            Step::Concluded(concluded) => concluded.clone(),
            Step::Over | Step::Paused | Step::Wait(_) => return step,
        };
        self.tries.push(self.now);
        (self.delivery, self.health) = (concluded.delivery, concluded.health);
        self.concluded.push(concluded);
        step
    }
}

fn webhook() -> Webhook {
    read("url = \"https://hooks.example/\"\nsecrets = [\"HOOKS\"]")
}

fn postback() -> Postback {
    read("url = \"https://hooks.example/?id={click_id}&t={secret}\"\nsecret = \"HOOKS\"")
}

proptest! {
    #[test]
    fn a_webhook_is_delivered_if_any_try_is_answered_well_and_else_given_up_after_three_days(
        replies in proptest::collection::vec((reply(), any::<u32>(), 0_i64..120_000), 30),
    ) {
        let webhook = webhook();
        let mut worker = Worker::new();
        let mut made = Vec::new();
        for (reply, random, late) in &replies {
            match worker.step(Receiver::Webhook(&webhook), reply, *random) {
                Step::Over | Step::Paused => break,
                Step::Wait(due) => prop_assert!(false, "woken at {}, due at {}", worker.now, due),
                Step::Send(_) | Step::Concluded(_) => made.push(reply.clone()),
            }
            // An alarm may come late; never early.
            if worker.delivery.state == State::Waiting && worker.health.paused.is_none() {
                prop_assert!(worker.delivery.due > worker.now);
                let due = worker.delivery.due.as_millis();
                worker.now = Instant::from_millis(due.saturating_add(*late));
            }
        }
        let delivered = made.iter().any(Reply::is_delivered);
        prop_assert_eq!(delivered, worker.delivery.state == State::Delivered);
        // After the good answer no other try is made.
        prop_assert!(made.iter().rev().skip(1).all(|reply| !reply.is_delivered()));
        if made.last().is_some_and(Reply::is_gone) {
            prop_assert!(worker.health.paused.is_some());
            prop_assert_eq!(worker.delivery.state, State::Waiting);
        } else if !delivered {
            prop_assert_eq!(worker.delivery.state, State::GivenUp);
        }
        prop_assert!(made.len() <= TRIES as usize);
        let last = worker.tries.last().unwrap().as_millis();
        prop_assert!(last - NOON_MS <= MAX_MS + 120_000);
        // The log tells all of it.
        let numbers: Vec<u32> = worker.concluded.iter().map(|it| it.attempt.number).collect();
        prop_assert_eq!(numbers, (1..=made.len() as u32).collect::<Vec<_>>());
        for (concluded, reply) in worker.concluded.iter().zip(&made) {
            let attempt = &concluded.attempt;
            prop_assert_eq!(attempt.status.is_some(), matches!(reply, Reply::Status(..)));
            prop_assert_eq!(attempt.error.is_some(), attempt.status.is_none());
        }
    }

    /// A receiver that is back at some time within three days, less the longest distance between
    /// tries and its tenth, gets what happened while it was away.
    #[test]
    fn what_happened_while_a_receiver_was_away_arrives_once_it_is_back(
        away_ms in 0_i64..3 * DAY_MS - 3 * DAY_MS / 10, randoms in proptest::collection::vec(any::<u32>(), 10),
    ) {
        let webhook = webhook();
        let mut worker = Worker::new();
        let back = NOON_MS + away_ms;
        for random in randoms {
            let reply = match worker.now.as_millis() >= back {
                true => Reply::Status(200, None),
                false => Reply::NotReached,
            };
            worker.step(Receiver::Webhook(&webhook), &reply, random);
            worker.now = worker.delivery.due;
        }
        prop_assert_eq!(worker.delivery.state, State::Delivered);
    }

    #[test]
    fn a_schedule_takes_ten_tries_and_three_days_give_or_take_a_tenth(
        randoms in proptest::collection::vec(any::<u32>(), 11),
    ) {
        let webhook = webhook();
        let mut worker = Worker::new();
        for random in randoms {
            worker.step(Receiver::Webhook(&webhook), &Reply::Status(500, None), random);
            worker.now = worker.delivery.due;
        }
        prop_assert_eq!(worker.delivery.state, State::GivenUp);
        prop_assert_eq!(worker.tries.len(), TRIES as usize);
        let total = worker.tries.last().unwrap().as_millis() - NOON_MS;
        prop_assert!((total - 3 * DAY_MS).abs() <= 3 * DAY_MS / 10, "{}", total);
    }

    /// Pauses and resumptions by hand at any time, an alarm at any time.
    #[test]
    fn nothing_is_sent_to_a_receiver_that_is_paused_or_before_it_is_due(
        moments in proptest::collection::vec((0_u8..6, 0_i64..DAY_MS, reply(), any::<u32>()), 0..60),
    ) {
        let webhook = webhook();
        let mut worker = Worker::new();
        let mut since_resumed = 0;
        for (what, after, reply, random) in moments {
            worker.now = Instant::from_millis(worker.now.as_millis() + after);
            match what {
                0 => worker.health = worker.health.pause(worker.now),
                1 => {
                    if worker.health.paused.is_some() {
                        since_resumed = 0;
                    }
                    worker.health = worker.health.resume(worker.now);
                }
                _ => {
                    let (delivery, health) = (worker.delivery, worker.health);
                    let step = worker.step(Receiver::Webhook(&webhook), &reply, random);
                    let is_due = delivery.state == State::Waiting && delivery.due <= worker.now;
                    let is_made = matches!(step, Step::Send(_) | Step::Concluded(_));
                    prop_assert_eq!(is_made, is_due && health.paused.is_none());
                    if is_made {
                        since_resumed += 1;
                    } else {
                        prop_assert_eq!((worker.delivery, worker.health), (delivery, health));
                    }
                }
            }
            prop_assert!(since_resumed <= TRIES);
        }
    }
}

#[test]
fn what_waited_is_sent_on_a_new_schedule_once_the_receiver_is_resumed() {
    let webhook = webhook();
    let receiver = Receiver::Webhook(&webhook);
    let mut worker = Worker::new();
    worker.step(receiver, &Reply::Status(500, None), 0);
    worker.now = worker.delivery.due;
    worker.step(receiver, &Reply::Status(410, None), 0);
    assert!(matches!(
        worker.step(receiver, &Reply::NotReached, 0),
        Step::Paused
    ));
    // A month later, which is longer than any schedule.
    worker.now = Instant::from_millis(NOON_MS + 30 * DAY_MS);
    worker.health = worker.health.resume(worker.now);
    worker.step(receiver, &Reply::Status(500, None), 0);
    assert_eq!(worker.delivery.state, State::Waiting);
    assert_eq!(worker.delivery.tries, 1);
    assert_eq!(
        worker.delivery.due.as_millis(),
        worker.now.as_millis() + 4_500
    );
    assert_eq!(worker.delivery.attempts, 3);
}

#[test]
fn what_was_given_up_or_delivered_can_be_replayed_by_hand() {
    let webhook = webhook();
    let receiver = Receiver::Webhook(&webhook);
    for reply in [Reply::Status(200, None), Reply::Status(500, None)] {
        let mut worker = Worker::new();
        while !matches!(worker.step(receiver, &reply, 7), Step::Over) {
            worker.now = worker.delivery.due;
        }
        let attempts = worker.delivery.attempts;
        worker.now = Instant::from_millis(NOON_MS + 9 * DAY_MS);
        worker.health = worker.health.resume(worker.now);
        worker.delivery = worker.delivery.replay(worker.now);
        worker.step(receiver, &Reply::Status(200, None), 7);
        assert_eq!(worker.delivery.state, State::Delivered);
        assert_eq!(
            worker.concluded.last().unwrap().attempt.number,
            attempts + 1
        );
    }
}

#[test]
fn a_postback_that_is_refused_is_not_tried_again_one_that_failed_is() {
    let postback = postback();
    for (reply, state, verdict) in [
        (
            Reply::Status(200, None),
            State::Delivered,
            Verdict::Delivered,
        ),
        (Reply::Status(404, None), State::GivenUp, Verdict::Refused),
        (Reply::Status(302, None), State::GivenUp, Verdict::Refused),
        (Reply::Status(429, None), State::Waiting, Verdict::Failed),
        (Reply::Status(503, None), State::Waiting, Verdict::Failed),
        (Reply::Status(410, None), State::Waiting, Verdict::Gone),
        (Reply::TimedOut, State::Waiting, Verdict::Failed),
        (Reply::NoSecret, State::Waiting, Verdict::Failed),
    ] {
        let mut worker = Worker::new();
        worker.step(Receiver::Postback(&postback), &reply, 0);
        assert_eq!(worker.delivery.state, state, "{reply:?}");
        assert_eq!(worker.concluded[0].attempt.verdict, verdict, "{reply:?}");
    }
}

#[test]
fn an_answer_that_comes_late_changes_neither_a_delivery_nor_a_pause() {
    let webhook = webhook();
    let hosts = hosts();
    let target = Target {
        receiver: Some(Receiver::Webhook(&webhook)),
        hosts: &hosts,
        secret: &secret,
    };
    let fresh = Delivery::new(noon());
    let Step::Send(request) = next(&event(), fresh, target, Health::default(), noon(), 0) else {
        panic!("nothing was sent");
    };
    // Two tries of one moment: the one succeeds, the other times out later.
    let good = Reply::Status(200, None);
    let first = conclude(&request, fresh, Health::default(), good.answer(), noon(), 0);
    let second = conclude(
        &request,
        first.delivery,
        first.health,
        Answer::TimedOut,
        noon(),
        0,
    );
    assert_eq!(second.delivery.state, State::Delivered);
    assert_eq!(second.attempt.number, 2);
    // Paused by hand while a try was under way.
    let paused = Health::default().pause(noon());
    let concluded = conclude(&request, fresh, paused, good.answer(), noon(), 0);
    assert_eq!(concluded.delivery.state, State::Delivered);
    assert_eq!(concluded.health.paused, paused.paused);
}
