//! What to do with a delivery now, and what becomes of it after the answer.

use waymark_attribution::time::Instant;

use crate::attempt::{Attempt, excerpt};
use crate::delivery::{Delivery, State};
use crate::event::Event;
use crate::health::Health;
use crate::receiver::Receiver;
use crate::request::{Request, RequestError, request};
use crate::retry::Verdict;

/// Whom an event goes to, as the program says now.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    /// The receiver of the delivery's name; `None`, if the program has none any more.
    pub receiver: Option<Receiver<'a>>,
    /// The confirmed hosts.
    pub hosts: &'a [String],
    /// The value of a secret of the Worker, by its name.
    pub secret: &'a dyn Fn(&str) -> Option<String>,
}

/// What to do with a delivery now.
#[derive(Debug)]
pub enum Step {
    /// Nothing, ever: it is delivered or given up.
    Over,
    /// Nothing, until a person resumes the receiver.
    Paused,
    /// Nothing before then.
    Wait(Instant),
    /// Make the request, and hand the answer to [`conclude`].
    Send(Request),
    /// No request can be made; this is to be stored.
    Concluded(Concluded),
}

/// What came of a request.
#[derive(Clone, Copy, Debug)]
pub enum Answer<'a> {
    /// It answered.
    Response {
        /// The status code.
        status: u16,
        /// The header `Retry-After`.
        retry_after: Option<&'a str>,
        /// The beginning of the body; a few KiB suffice.
        body: &'a [u8],
        /// How long it took, if that was measured.
        duration_ms: Option<u32>,
    },
    /// None within [`TIMEOUT_MS`](crate::request::TIMEOUT_MS).
    TimedOut,
    /// The receiver was not reached, or broke off.
    NotReached,
}

/// What is to be stored after a try, in one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concluded {
    /// The delivery as it stands now.
    pub delivery: Delivery,
    /// The receiver's health as it stands now.
    pub health: Health,
    /// To be added to the log.
    pub attempt: Attempt,
}

/// What to do with the delivery of an event at `now`. `random` is any number.
pub fn next(
    event: &Event,
    delivery: Delivery,
    target: Target<'_>,
    health: Health,
    now: Instant,
    random: u32,
) -> Step {
    if delivery.state != State::Waiting {
        return Step::Over;
    }
    let made = match target.receiver {
        None => Err(RequestError::NoReceiver),
        Some(_) if health.paused.is_some() => return Step::Paused,
        Some(_) if now < delivery.due => return Step::Wait(delivery.due),
        Some(receiver) => request(event, receiver, target.hosts, target.secret, now),
    };
    let error = match made {
        Ok(request) => return Step::Send(request),
        Err(error) => error,
    };
    let verdict = match error {
        // Nobody is left whose mistake could be put right.
        RequestError::NoReceiver | RequestError::NoConversion => Verdict::Refused,
        _ => Verdict::Failed,
    };
    let is_nobody = matches!(error, RequestError::NoReceiver);
    let outcome = Outcome {
        error: Some(error.to_string()),
        ..Outcome::default()
    };
    let mut concluded = concluded(delivery, health, verdict, None, now, random, outcome);
    if is_nobody {
        // Nobody failed: a receiver that comes back by that name begins with a clean slate.
        concluded.health = health;
    }
    Step::Concluded(concluded)
}

/// What the log says of a message that is given up because the program has its receiver no more:
/// the try of that number, which was none.
pub fn without_receiver(number: u32, now: Instant) -> Attempt {
    Attempt {
        number,
        at: now,
        duration_ms: None,
        verdict: Verdict::Refused,
        status: None,
        error: Some(RequestError::NoReceiver.to_string()),
        answer: String::new(),
    }
}

/// What becomes of a delivery by the answer to its request, at `now`.
///
/// Delivery and health are to be those stored now, not those of before the request: others may
/// have changed them meanwhile.
pub fn conclude(
    request: &Request,
    delivery: Delivery,
    health: Health,
    answer: Answer<'_>,
    now: Instant,
    random: u32,
) -> Concluded {
    let error = |text: &str| Outcome {
        error: Some(text.to_owned()),
        ..Outcome::default()
    };
    let (verdict, retry_after, outcome) = match answer {
        Answer::TimedOut => (Verdict::Failed, None, error("timed out")),
        Answer::NotReached => (Verdict::Failed, None, error("not reached")),
        Answer::Response {
            status,
            retry_after,
            body,
            duration_ms,
        } => {
            let outcome = Outcome {
                status: Some(status),
                duration_ms,
                answer: excerpt(body, &request.hidden),
                error: None,
            };
            (request.rule.verdict(status), retry_after, outcome)
        }
    };
    concluded(delivery, health, verdict, retry_after, now, random, outcome)
}

#[derive(Default)]
struct Outcome {
    status: Option<u16>,
    error: Option<String>,
    answer: String,
    duration_ms: Option<u32>,
}

fn concluded(
    delivery: Delivery,
    health: Health,
    verdict: Verdict,
    retry_after: Option<&str>,
    now: Instant,
    random: u32,
    outcome: Outcome,
) -> Concluded {
    let delivery = delivery.after(verdict, &health, retry_after, now, random);
    Concluded {
        delivery,
        health: health.after(verdict, now),
        attempt: Attempt {
            number: delivery.attempts,
            at: now,
            duration_ms: outcome.duration_ms,
            verdict,
            status: outcome.status,
            error: outcome.error,
            answer: outcome.answer,
        },
    }
}
