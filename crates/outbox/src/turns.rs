//! Whose message is sent next, so that no receiver has the others wait for it.
//!
//! A receiver that does not answer holds a call for 15 s, and may have a backlog of thousands of
//! messages that are due before anybody else's. So each has a few calls at once and a share of all;
//! those that fail share two calls among them and come last; and one that gave no answer is not
//! called again before the next round.

use std::collections::BTreeMap;

use waymark_attribution::time::Instant;

/// Calls under way at once: Cloudflare opens six connections for one invocation, and has further
/// calls wait while their time runs.
const AT_ONCE: usize = 6;
/// Calls under way at once to one receiver.
const AT_ONCE_EACH: usize = 2;
/// Calls under way at once to all receivers together of which the last call failed.
const AT_ONCE_FAILING: usize = 2;
/// Calls of one round, as many as Cloudflare's free plan allows with some left for other hosts.
const MAX_PER_RUN: u32 = 40;
/// Calls of one round to one receiver.
const MAX_EACH: u32 = 20;

/// A receiver for which a message is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The receiver's name.
    pub receiver: String,
    /// When its earliest message was due.
    pub due: Instant,
    /// Whether its last call failed.
    pub failing: bool,
}

/// The calls of one round: those under way, and how many there were.
#[derive(Clone, Debug, Default)]
pub struct Turns {
    receivers: BTreeMap<String, Calls>,
    made: u32,
}

/// The calls to one receiver.
#[derive(Clone, Copy, Debug, Default)]
struct Calls {
    under_way: usize,
    made: u32,
    failing: bool,
    /// It gave no answer: neither will it to the next call.
    silent: bool,
}

impl Turns {
    /// Who is called next, of those for whom something is due that is not under way; `None`: nobody
    /// now.
    ///
    /// Those that answer come first; of them, those that are called least at this moment, and of
    /// these whose message is due the longest.
    #[must_use]
    pub fn next<'a>(&self, candidates: &'a [Candidate]) -> Option<&'a Candidate> {
        if self.made >= MAX_PER_RUN || self.under_way(|_| true) >= AT_ONCE {
            return None;
        }
        let failing_may = self.under_way(|it| it.failing) < AT_ONCE_FAILING;
        let may = candidates.iter().filter(|candidate| {
            let calls = self.calls(&candidate.receiver);
            let at_once = if candidate.failing { 1 } else { AT_ONCE_EACH };
            !calls.silent
                && calls.made < MAX_EACH
                && calls.under_way < at_once
                && (failing_may || !candidate.failing)
        });
        may.min_by_key(|candidate| {
            let under_way = self.calls(&candidate.receiver).under_way;
            (candidate.failing, under_way, candidate.due)
        })
    }

    /// A call to it begins.
    pub fn begin(&mut self, candidate: &Candidate) {
        self.made = self.made.saturating_add(1);
        let calls = self
            .receivers
            .entry(candidate.receiver.clone())
            .or_default();
        calls.made = calls.made.saturating_add(1);
        calls.under_way = calls.under_way.saturating_add(1);
        calls.failing = candidate.failing;
    }

    /// A call to it is over; whether there was an answer, whatever it was.
    pub fn end(&mut self, receiver: &str, answered: bool) {
        if let Some(calls) = self.receivers.get_mut(receiver) {
            calls.under_way = calls.under_way.saturating_sub(1);
            calls.silent |= !answered;
        }
    }

    fn calls(&self, receiver: &str) -> Calls {
        self.receivers.get(receiver).copied().unwrap_or_default()
    }

    fn under_way(&self, which: impl Fn(&Calls) -> bool) -> usize {
        let calls = self.receivers.values().filter(|it| which(it));
        calls.fold(0, |sum, it| sum.saturating_add(it.under_way))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(receiver: &str, due: i64, failing: bool) -> Candidate {
        Candidate {
            receiver: receiver.to_owned(),
            due: Instant::from_millis(due),
            failing,
        }
    }

    /// Begins calls until nobody may be called, as if everybody had a backlog.
    fn begun(turns: &mut Turns, candidates: &[Candidate]) -> Vec<String> {
        let mut begun = Vec::new();
        while let Some(next) = turns.next(candidates) {
            turns.begin(next);
            begun.push(next.receiver.clone());
        }
        begun
    }

    #[test]
    fn a_backlog_takes_two_calls_and_leaves_the_others() {
        let mut turns = Turns::default();
        assert_eq!(begun(&mut turns, &[candidate("a", 1, false)]), ["a", "a"]);
        let all = [
            candidate("a", 1, false),
            candidate("b", 8, false),
            candidate("c", 7, false),
        ];
        assert_eq!(begun(&mut turns, &all), ["c", "b", "c", "b"]);
        assert_eq!(turns.next(&[candidate("d", 0, false)]), None, "six at once");
        turns.end("a", true);
        assert_eq!(begun(&mut turns, &all), ["a"]);
    }

    #[test]
    fn those_that_fail_come_last_and_share_two_calls() {
        let mut turns = Turns::default();
        let mut all: Vec<Candidate> = ('p'..='z')
            .map(|name| candidate(&name.to_string(), 1, true))
            .collect();
        assert_eq!(begun(&mut turns, &all), ["p", "q"]);
        all.push(candidate("a", 9, false));
        assert_eq!(begun(&mut turns, &all), ["a", "a"]);
        turns.end("p", true);
        assert_eq!(begun(&mut turns, &all), ["p"]);
    }

    #[test]
    fn who_gave_no_answer_is_not_called_again_in_this_round() {
        let mut turns = Turns::default();
        let all = [candidate("a", 1, false)];
        assert_eq!(begun(&mut turns, &all).len(), 2);
        turns.end("a", false);
        turns.end("a", true);
        assert_eq!(turns.next(&all), None);
        assert_eq!(Turns::default().next(&all), all.first());
    }

    #[test]
    fn a_round_comes_to_an_end() {
        let mut turns = Turns::default();
        let all = ["a", "b", "c"].map(|name| candidate(name, 1, false));
        let mut calls: BTreeMap<String, u32> = BTreeMap::new();
        while let Some(next) = turns.next(&all) {
            *calls.entry(next.receiver.clone()).or_default() += 1;
            turns.begin(next);
            turns.end(&next.receiver, true);
        }
        assert_eq!(calls.values().sum::<u32>(), MAX_PER_RUN);
        assert!(calls.values().all(|calls| *calls <= MAX_EACH));
    }
}
