//! Where one event stands with one receiver.

use serde::{Deserialize, Serialize};
use waymark_attribution::time::Instant;

use crate::health::Health;
use crate::retry::{self, Verdict};

/// One event on its way to one receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// How far it has come.
    pub state: State,
    /// When to try next, while it is waiting; else, when it was delivered or given up.
    pub due: Instant,
    /// The first try of the schedule that runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began: Option<Instant>,
    /// Tries on the schedule that runs.
    pub tries: u32,
    /// Tries ever: the number of the last one in the log.
    pub attempts: u32,
}

/// Whether a delivery goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is tried when it is due and the receiver is not paused.
    Waiting,
    /// The receiver has it.
    Delivered,
    /// It is not tried any more, unless a person replays it.
    GivenUp,
}

impl State {
    /// The state as stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Delivered => "delivered",
            State::GivenUp => "given_up",
        }
    }
}

impl Delivery {
    /// A delivery that has not been tried, due at once.
    pub fn new(now: Instant) -> Self {
        Self {
            state: State::Waiting,
            due: now,
            began: None,
            tries: 0,
            attempts: 0,
        }
    }

    /// The delivery once a person asked for it again, whether it was delivered or not: due at once,
    /// on a schedule of its own. The receiver knows the event by its id.
    #[must_use]
    pub fn replay(self, now: Instant) -> Self {
        Self {
            attempts: self.attempts,
            ..Self::new(now)
        }
    }

    /// The delivery after a try, with the health that the receiver had before it.
    pub(crate) fn after(
        self,
        verdict: Verdict,
        health: &Health,
        retry_after: Option<&str>,
        now: Instant,
        random: u32,
    ) -> Self {
        let runs = self
            .began
            .filter(|began| health.resumed.is_none_or(|at| *began >= at));
        let (began, tries) = match runs {
            Some(began) => (began, self.tries.saturating_add(1)),
            None => (now, 1),
        };
        let next = retry::next_try(tries, began, now, retry_after, random);
        let (state, due) = match (verdict, next) {
            (Verdict::Delivered, _) => (State::Delivered, now),
            // What was delivered once stays so, though a second try of the same moment fails; and
            // so does what was given up while the try was under way.
            _ if self.state != State::Waiting => (self.state, self.due),
            (Verdict::Gone, _) => (State::Waiting, now),
            (Verdict::Failed, Some(next)) => (State::Waiting, next),
            (Verdict::Failed, None) | (Verdict::Refused, _) => (State::GivenUp, now),
        };
        Self {
            state,
            due,
            began: Some(began),
            tries,
            attempts: self.attempts.saturating_add(1),
        }
    }
}
