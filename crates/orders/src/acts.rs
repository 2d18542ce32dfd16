//! What time and people do to orders, save saying what is known: they approve, take that back, rule, and
//! acknowledge. Each is checked against what is known now, and gives what is to be written.

use waymark_attribution::Decision;
use waymark_attribution::money::Currency;
use waymark_attribution::time::Instant;
use waymark_facts::ruling::{Ruling, RulingFact};
use waymark_facts::{Fact, FactKind};
use waymark_ledger::{Moved, Person, Status, after, ruled};

use crate::{Known, Stored};

/// Why what a person wants is not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It would be as it is.
    #[error("{0}")]
    Conflict(String),
    /// The request itself cannot be followed.
    #[error("{0}")]
    Unprocessable(String),
}

fn conflict(why: impl ToString) -> Refusal {
    Refusal::Conflict(why.to_string())
}

/// Approves an order because a person says so. `inherited` is what a person ruled on the order that
/// this one renews. `None` if the order itself was not heard of.
///
/// # Errors
/// What is in the way of it.
pub fn approve(
    known: &Known,
    inherited: Option<Ruling>,
    person: &Person,
    now: Instant,
) -> Option<Result<Moved, Refusal>> {
    let conditions = known.conditions(inherited)?;
    let (booked, approval) = (&known.booked, &known.stored.approval);
    let moved = waymark_ledger::approve(booked, &conditions, approval, person, now);
    Some(match (moved, &known.stored.problem) {
        (Err(obstacle), _) => Err(conflict(obstacle)),
        // Without a case that was decided, nothing could be taken back later.
        (Ok(_), Some(problem)) => Err(conflict(format!("the order is undecided: {problem}"))),
        (Ok(moved), None) => Ok(moved),
    })
}

/// Approves an order whose hold period is over; `None` if anything is in the way, which goes away by
/// facts or by people, who have it looked at again.
#[must_use]
pub fn approve_due(known: &Known, inherited: Option<Ruling>, now: Instant) -> Option<Moved> {
    let conditions = known.conditions(inherited)?;
    let due = known.stored.due_at?;
    let (booked, approval) = (&known.booked, &known.stored.approval);
    waymark_ledger::approve_due(booked, &conditions, approval, due, now).ok()
}

/// Takes an approval back. The order is to be decided again afterwards, by what is
/// [known then](Known::unapproved). `None` if the order itself was not heard of.
///
/// `in_payout`: whether any entry of the order is in a payout that was not cancelled.
///
/// # Errors
/// Why that is not possible.
pub fn unapprove(
    known: &Known,
    in_payout: bool,
    person: &Person,
    now: Instant,
) -> Option<Result<Moved, Refusal>> {
    known.folded.order.as_ref()?;
    let (booked, approval) = (&known.booked, &known.stored.approval);
    let moved = waymark_ledger::unapprove(booked, approval, in_payout, person, now);
    Some(moved.map_err(conflict))
}

impl Known {
    /// What is known of the order once its approval was taken back.
    #[must_use]
    pub fn unapproved(self, moved: &Moved) -> Self {
        let stored = Stored {
            approval: moved.approval.clone(),
            frozen_case: self.stored.frozen_case.filter(|_| self.stored.erased),
            // A person just looked at it; what is held from now on is no news.
            review: true,
            due_at: None,
            ..self.stored
        };
        Self {
            booked: after(self.booked, &moved.postings),
            stored,
            ..self
        }
    }
}

/// A person acknowledges an order's flags, which ask for no review any more until one changes. `None`
/// if the order was not heard of.
///
/// # Errors
/// Something of it has to be decided, and not only seen.
#[must_use]
pub fn acknowledge(known: &Known) -> Option<Result<(), Refusal>> {
    if !known.stored.was_heard_of() {
        return None;
    }
    let mut booked = known.booked.iter();
    Some(match booked.any(|it| it.terms.status == Status::Held) {
        true => Err(conflict(
            "something of the order is held: rule on it, or approve it",
        )),
        false => Ok(()),
    })
}

/// A decision on which a person may rule: as it is stored, and the currency of its case.
#[derive(Clone, Copy, Debug)]
pub struct Ruleable<'d> {
    /// As JSON.
    pub decision: &'d str,
    /// What the order's amounts are in.
    pub currency: Currency,
}

/// Takes a person's ruling: the fact that it is, `None` inside if it was taken before. `None` if the
/// order was not heard of.
///
/// # Errors
/// It would change nothing though it says something new, or it names a claim which the rules do not
/// credit: it would only be held again.
pub fn rule(
    known: &Known,
    on: Option<Ruleable<'_>>,
    ruling: &RulingFact,
) -> Option<Result<Option<Fact>, Refusal>> {
    if !known.stored.was_heard_of() {
        return None;
    }
    let rulings = known.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Ruling(ruling) => Some(ruling),
        _ => None,
    });
    Some(match ruling.is_new_to(rulings) {
        Err(error) => Err(conflict(error)),
        Ok(false) => Ok(None),
        Ok(true) => can_be_followed(on, &ruling.ruling)
            .map(|()| Some(Fact::new(FactKind::Ruling(ruling.clone())))),
    })
}

fn can_be_followed(on: Option<Ruleable<'_>>, ruling: &Ruling) -> Result<(), Refusal> {
    let Some(Ruleable { decision, currency }) = on else {
        return Ok(());
    };
    let unprocessable = |why: String| Refusal::Unprocessable(why);
    let decision =
        Decision::from_json(decision).map_err(|error| unprocessable(error.to_string()))?;
    let ruled = ruled(&decision, currency, Some(ruling))
        .map_err(|error| unprocessable(error.to_string()))?;
    match ruled.flag {
        Some(flag) => Err(unprocessable(flag.to_string())),
        None => Ok(()),
    }
}
