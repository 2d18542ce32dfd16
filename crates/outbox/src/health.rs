//! Whether a receiver is alive, and when to stop calling one that is not.
//!
//! A receiver is paused when it answers 410, when for three days it gave nothing but failures (ten
//! at least), and by hand. While it is paused its messages wait; only a person resumes it. Then
//! what waited is sent, on a schedule that begins anew.

use serde::{Deserialize, Serialize};
use waymark_attribution::time::Instant;

use crate::retry::{TRIES, Verdict};

/// For how long there has to be nothing but failures, in milliseconds: three days.
const FAILING_MS: i64 = 3 * 86_400_000;

/// How many failures these have to be at least: as many as one message's tries.
const FAILURES: u32 = TRIES;

/// What is known of a receiver from the answers to all its messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Health {
    /// Failures since the last success, and the time of the first of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Instant>,
    /// How many attempts have failed since the last that did not.
    pub failures: u32,
    /// Since when and why nothing is sent to it, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<Pause>,
    /// When it was last resumed: schedules that began before then begin anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resumed: Option<Instant>,
}

/// That a receiver is not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Since when.
    pub at: Instant,
    /// Why.
    pub why: PauseReason,
}

/// Why a receiver is not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseReason {
    /// It answered 410.
    Gone,
    /// Nothing but failures for three days.
    Failing,
    /// A person paused it.
    ByHand,
}

impl Health {
    /// The health after an answer, or none, at `now`.
    ///
    /// A pause stays, whatever a message that was under way brings.
    #[must_use]
    pub fn after(self, verdict: Verdict, now: Instant) -> Self {
        if verdict == Verdict::Delivered {
            return Self {
                failing_since: None,
                failures: 0,
                ..self
            };
        }
        let since = self.failing_since.unwrap_or(now);
        let failures = self.failures.saturating_add(1);
        let failing = now.as_millis().saturating_sub(since.as_millis());
        let why = if verdict == Verdict::Gone {
            Some(PauseReason::Gone)
        } else if failing >= FAILING_MS && failures >= FAILURES {
            Some(PauseReason::Failing)
        } else {
            None
        };
        Self {
            failing_since: Some(since),
            failures,
            paused: self.paused.or(why.map(|why| Pause { at: now, why })),
            ..self
        }
    }

    /// The health once a person paused the receiver.
    #[must_use]
    pub fn pause(self, now: Instant) -> Self {
        let pause = Pause {
            at: now,
            why: PauseReason::ByHand,
        };
        Self {
            paused: self.paused.or(Some(pause)),
            ..self
        }
    }

    /// The health once a person resumed the receiver: as good as new.
    #[must_use]
    pub fn resume(self, now: Instant) -> Self {
        match self.paused {
            None => self,
            Some(_) => Self {
                resumed: Some(now),
                ..Self::default()
            },
        }
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(ms: i64) -> Instant {
        Instant::from_millis(ms)
    }

    fn failed(times: u32, from: i64, step: i64) -> Health {
        (0..i64::from(times)).fold(Health::default(), |health, number| {
            health.after(Verdict::Failed, at(from + number * step))
        })
    }

    #[test]
    fn a_receiver_is_paused_by_three_days_of_nothing_but_failures() {
        let day = FAILING_MS / 3;
        let why = |health: Health| health.paused.map(|pause| pause.why);
        // Often, but not for long; for long, but not often; both.
        assert_eq!(why(failed(1_000, 0, 1_000)), None);
        assert_eq!(why(failed(4, 0, day)), None);
        assert_eq!(why(failed(10, 0, day / 3)), Some(PauseReason::Failing));
        // Exactly three days after the first failure, not before.
        assert_eq!(why(failed(10, 0, day / 3 - 1)), None);
        let almost = failed(10, 0, day / 3 - 1);
        assert_eq!(
            why(almost.after(Verdict::Refused, at(FAILING_MS))),
            Some(PauseReason::Failing)
        );
    }

    #[test]
    fn one_success_in_between_counts_as_life() {
        let alive = failed(10, 0, FAILING_MS / 10).after(Verdict::Delivered, at(FAILING_MS - 1));
        let later = alive.after(Verdict::Failed, at(FAILING_MS));
        assert_eq!((later.paused, later.failures), (None, 1));
        assert_eq!(later.failing_since, Some(at(FAILING_MS)));
    }

    #[test]
    fn gone_pauses_at_once_and_resuming_makes_new() {
        let gone = Health::default().after(Verdict::Gone, at(5));
        let pause = Pause {
            at: at(5),
            why: PauseReason::Gone,
        };
        assert_eq!(gone.paused, Some(pause));
        assert_eq!(gone.pause(at(6)).paused, Some(pause));
        let resumed = gone.resume(at(7));
        let expected = Health {
            resumed: Some(at(7)),
            ..Health::default()
        };
        assert_eq!(resumed, expected);
        assert_eq!(resumed.resume(at(8)), resumed);
        let by_hand = resumed.pause(at(9)).paused.unwrap();
        assert_eq!(by_hand.why, PauseReason::ByHand);
    }

    #[test]
    fn health_is_kept_as_it_is_written() {
        let health = failed(10, 0, FAILING_MS / 9).resume(at(3));
        let text = serde_json::to_string(&health).unwrap();
        assert_eq!(serde_json::from_str::<Health>(&text).unwrap(), health);
        assert_eq!(
            serde_json::from_str::<Health>("{}").unwrap(),
            Health::default()
        );
    }

    proptest! {
        #[test]
        fn only_a_person_ends_a_pause(
            verdicts in proptest::collection::vec(0_u8..4, 0..40), times in 0_i64..FAILING_MS,
        ) {
            let paused = Health::default().pause(at(0));
            let all = [Verdict::Delivered, Verdict::Failed, Verdict::Refused, Verdict::Gone];
            let end = verdicts.iter().zip(1_i64..).fold(paused, |health, (verdict, number)| {
                health.after(all[usize::from(*verdict)], at(number * times))
            });
            prop_assert_eq!(end.paused, paused.paused);
        }
    }
}
