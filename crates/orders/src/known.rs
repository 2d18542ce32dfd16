//! What is known of an order.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use waymark_attribution::money::Amount;
use waymark_attribution::time::Instant;
use waymark_facts::ruling::Ruling;
use waymark_facts::{Fact, FactKind, Folded, fold, is_restated};
use waymark_ledger::{Approval, Booked, Conditions};

/// What became of an order. Stored and shown as the name in lower case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// No version of the order itself was heard of yet; what was heard waits for it.
    #[default]
    Waiting,
    /// It was waited for so long that a person is told.
    Orphan,
    /// It cannot be decided; [`Row::problem`](crate::Row::problem) says why.
    Undecided,
    /// A test of the store's: decided, never booked. What was booked before the store called it
    /// one is taken back.
    Test,
    /// It is decided.
    Decided,
}

impl State {
    /// Every state.
    pub const ALL: [State; 5] = [
        State::Waiting,
        State::Orphan,
        State::Undecided,
        State::Test,
        State::Decided,
    ];

    /// The state as stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Orphan => "orphan",
            State::Undecided => "undecided",
            State::Test => "test",
            State::Decided => "decided",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// What was stored of an order when it was decided before; the default for one that is new.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stored {
    /// When it was first heard of; `None` if nothing is stored of it yet.
    pub first_seen_at: Option<Instant>,
    /// How far the order has come.
    pub state: State,
    /// Why it is undecided, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// Whether its commissions are open, approved or revoked.
    pub approval: Approval,
    /// The case as it was when the order was approved, or when its customer was forgotten.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frozen_case: Option<String>,
    /// Whether its customer was forgotten: then the case stays but for its amounts.
    pub erased: bool,
    /// Whether a person has to look at it already.
    pub review: bool,
    /// The flags that a person has seen, as they were shown.
    pub acknowledged: BTreeSet<String>,
    /// When it is approved by itself, if by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Instant>,
    /// When it was placed, by what was known; `None` as long as the order itself was not heard of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placed_at: Option<Instant>,
}

impl Stored {
    /// Whether the order was heard of before.
    #[must_use]
    pub fn was_heard_of(&self) -> bool {
        self.first_seen_at.is_some()
    }
}

/// All that is kept of one order: its facts, what became of it, and what is booked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// All facts of the order.
    pub facts: Vec<Fact>,
    /// Its row.
    #[serde(default)]
    pub stored: Stored,
    /// By number.
    #[serde(default)]
    pub booked: Vec<Booked>,
}

impl Kept {
    /// Those of the facts that are not known yet; of a forgotten customer, nothing of the person.
    #[must_use]
    pub fn news(&self, facts: &[Fact]) -> Vec<Fact> {
        let mut known: BTreeSet<&str> = self.facts.iter().map(|fact| fact.key.as_str()).collect();
        let mut news = Vec::new();
        for fact in facts {
            if known.insert(&fact.key) && !is_restated(fact, &self.facts) {
                news.extend(match self.stored.erased {
                    true => without_person(fact),
                    false => Some(fact.clone()),
                });
            }
        }
        news
    }

    /// What is known once these facts are, too.
    #[must_use]
    pub fn with(mut self, news: &[Fact]) -> Known {
        self.facts.extend_from_slice(news);
        self.into()
    }
}

/// A fact that is heard of a forgotten order, without its person; `None` if it is of nothing else.
fn without_person(fact: &Fact) -> Option<Fact> {
    if let FactKind::Visitor(_)
    | FactKind::Beacon(_)
    | FactKind::Touch(_)
    | FactKind::Customer { .. }
    | FactKind::Marked { .. } = fact.kind
    {
        return None;
    }
    let mut fact = fact.clone();
    if let FactKind::Snapshot(snapshot) = &mut fact.kind {
        snapshot.email = None;
        snapshot.customer_id = None;
    }
    Some(fact)
}

/// Everything that an order itself is decided from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub struct Known {
    /// All facts of the order.
    pub facts: Vec<Fact>,
    /// What the facts amount to.
    pub folded: Folded,
    /// Its row.
    pub stored: Stored,
    /// By number.
    pub booked: Vec<Booked>,
}

impl From<Kept> for Known {
    fn from(kept: Kept) -> Self {
        let Kept {
            facts,
            stored,
            booked,
        } = kept;
        Self {
            folded: fold(&facts),
            facts,
            stored,
            booked,
        }
    }
}

impl From<Known> for Kept {
    fn from(known: Known) -> Self {
        Self {
            facts: known.facts,
            stored: known.stored,
            booked: known.booked,
        }
    }
}

impl Known {
    /// What bears on the order's conversions besides the decision; `inherited` is what a person ruled
    /// on the order that this one renews. `None` if the order itself was not heard of yet.
    #[must_use]
    pub fn conditions(&self, inherited: Option<Ruling>) -> Option<Conditions> {
        let mut conditions = Conditions::of(&self.folded)?;
        conditions.inherited = inherited;
        Some(conditions)
    }

    /// What the order's lines come to; zero as long as it was not heard of.
    #[must_use]
    pub fn amount(&self) -> Amount {
        let order = self.folded.order.iter();
        let lines = order.flat_map(|order| &order.snapshot.lines);
        let sum = lines.fold(0, |sum: i64, line| sum.saturating_add(line.amount.minor()));
        Amount::from_minor(sum)
    }
}

/// One of two orders that turn out to be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The one whose id is from now on another name.
    Ends,
    /// The one under whose id both are kept.
    Stays,
}

/// What is to be stored of two orders that turn out to be one, before they are decided as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The approval that counts.
    pub approval: Approval,
    /// The frozen case of the order whose approval counts; if it has none, the other one's.
    pub frozen_case: Option<String>,
    /// When the first of it was heard.
    pub first_seen_at: Option<Instant>,
    /// Whether the customer of either was forgotten: then what the other knows of them goes, too.
    pub erased: bool,
    /// Of which of the two everything booked is to be withdrawn, since the other one is approved.
    pub withdrawn: Option<Side>,
}

/// Makes one of what is stored of two orders, of either of which there may be nothing yet.
#[must_use]
pub fn joined(ends: &Stored, stays: &Stored) -> Joined {
    let (counts, other, side) = match ends.approval.prevails_over(&stays.approval) {
        true => (ends, stays, Side::Stays),
        false => (stays, ends, Side::Ends),
    };
    let frozen = counts.frozen_case.as_ref().or(other.frozen_case.as_ref());
    let seen = [ends.first_seen_at, stays.first_seen_at];
    Joined {
        approval: counts.approval.clone(),
        frozen_case: frozen.cloned(),
        first_seen_at: seen.into_iter().flatten().min(),
        erased: ends.erased || stays.erased,
        withdrawn: counts.approval.is_approved().then_some(side),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_has_one_name_wherever_it_is_stored() {
        for state in State::ALL {
            assert_eq!(State::named(state.as_str()), Some(state));
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
        assert_eq!(State::named("Waiting"), None);
    }
}
