//! Receivers of webhooks: what is sent to them, what they answer, and what they have received.

use std::collections::BTreeMap;
use std::rc::Rc;

use waymark_attribution::time::Instant;
use waymark_outbox::request::Request;
use waymark_outbox::step::{Answer, Step, Target, conclude, next};

use super::{Task, World};

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
/// A living receiver answers well in its sixth try of an event at the latest.
const MAX_TRIES: u32 = 5;
/// The receiver that may stay silent for days.
pub(super) const MORTAL: &str = "mortal";

#[derive(Clone, Copy, Debug)]
pub(super) enum Reply {
    Status(u16),
    TimedOut,
    NotReached,
}

/// What a receiver was told.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    /// How often it was called with each event.
    pub(super) tries: BTreeMap<String, u32>,
    /// By event: the body, the first time that it was received well.
    pub(super) received: BTreeMap<String, String>,
}

impl World<'_> {
    fn target<'a>(&'a self, receiver: &str) -> Target<'a> {
        Target {
            receiver: self.rules.receiver(receiver),
            hosts: &self.rules.hosts,
            secret: &|_| Some(SECRET.to_owned()),
        }
    }

    pub(super) fn send(&mut self) {
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
    pub(super) fn call_receiver(&mut self, number: i64, request: &Request) -> Reply {
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

    pub(super) fn conclude(&mut self, number: i64, request: &Request, reply: Reply) {
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
}
