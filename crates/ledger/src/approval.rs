//! When what is credited becomes owed, and how a person has it otherwise.
//!
//! An order is approved as a whole: a person who splits it, or accepts one of two claims, must not
//! find the other one approved already.

use waymark_attribution::time::{Duration, Instant};
use waymark_facts::Flag;

use crate::actor::{Actor, Person};
use crate::conditions::{Approval, Approved, Conditions, Hold, Revoked};
use crate::{Booked, Posting, Status};

/// What an approval, or taking it back, changes. Both parts are to be stored at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Where the order stands afterwards.
    pub approval: Approval,
    /// Changes of status, without entries: no amount changes.
    pub postings: Vec<Posting>,
}

/// Why an order is not approved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the message of each says what it means")]
pub enum Obstacle {
    #[error("a test order is never approved")]
    TestOrder,
    #[error("the order is approved already")]
    Approved,
    #[error("nobody is credited for the order, or nothing of it is left")]
    Nothing,
    #[error("{0}")]
    Flagged(Flag),
    #[error("its approval was taken back; rule on the order, or approve it")]
    Revoked,
    #[error("a person has to review the order")]
    Review,
    #[error("the shopper has not paid yet")]
    NotPaidFor,
    #[error("the hold period ends at {0}")]
    NotDue(Instant),
}

/// Why an approval cannot be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the message of each says what it means")]
pub enum Final {
    #[error("the order is not approved")]
    NotApproved,
    #[error("a payout contains entries of the order; cancel it first")]
    InPayout,
    #[error("a conversion of the order is paid; what is wrong about it is for the next payout")]
    Paid,
}

/// How long an order that is heard of late is waited with, in milliseconds: for three days stores
/// call again, and so what belongs to it may still come, in any sequence.
const LATE_MS: i64 = 3 * 86_400_000;

/// When the hold period of an order ends that was first heard of then. `hold` is the program's as it
/// was when the order was placed.
///
/// An order that is heard of after its hold period is held all the same, for three days at most: what
/// else its store has to say may be on its way.
#[must_use]
pub fn due(placed_at: Instant, first_seen_at: Instant, hold: Duration) -> Instant {
    let hold = hold.as_millis();
    let by_order = placed_at.as_millis().saturating_add(hold);
    let by_hearing = first_seen_at.as_millis().saturating_add(hold.min(LATE_MS));
    Instant::from_millis(by_order.max(by_hearing))
}

/// Whether an order is approved by itself now.
///
/// # Errors
/// The first thing that is in the way. All but [`Obstacle::NotDue`] go away by facts or by people
/// only.
pub fn approvable(
    booked: &[Booked],
    order: &Conditions,
    approval: &Approval,
    due: Instant,
    now: Instant,
) -> Result<(), Obstacle> {
    open_to_approval(booked, order, approval)?;
    match approval.hold(order) {
        Some(Hold::Flag(flag)) => return Err(Obstacle::Flagged(flag.clone())),
        Some(Hold::Revoked) => return Err(Obstacle::Revoked),
        None => {}
    }
    if booked.iter().any(|it| it.terms.status == Status::Held) {
        return Err(Obstacle::Review);
    }
    if !order.paid_for {
        return Err(Obstacle::NotPaidFor);
    }
    if now < due {
        return Err(Obstacle::NotDue(due));
    }
    Ok(())
}

/// Approves an order whose hold period is over.
///
/// # Errors
/// As [`approvable`].
pub fn approve_due(
    booked: &[Booked],
    order: &Conditions,
    approval: &Approval,
    due: Instant,
    now: Instant,
) -> Result<Moved, Obstacle> {
    approvable(booked, order, approval, due, now)?;
    Ok(approved(booked, order, Actor::Waymark, None, now))
}

/// Approves an order because a person says so: before its time, though the store does not say that
/// it was paid, or though something holds it. All that is credited is approved; where only one of
/// several claims should be, rule on the order first.
///
/// # Errors
/// It is a test order, approved already, or there is nothing to approve.
pub fn approve(
    booked: &[Booked],
    order: &Conditions,
    approval: &Approval,
    person: &Person,
    now: Instant,
) -> Result<Moved, Obstacle> {
    open_to_approval(booked, order, approval)?;
    let note = Some(person.reason().to_owned());
    Ok(approved(booked, order, person.actor(), note, now))
}

/// Takes an approval back, so that the decision counts again, live and not frozen. Nothing is
/// approved by itself any more before a person rules on the order or approves it again.
///
/// No amount changes by that: [`post`](crate::post()) the order afterwards, as an open one, for what
/// the live decision says.
///
/// `in_payout`: whether any entry of the order is in a payout that was not cancelled.
///
/// # Errors
/// Nothing is approved, or it is paid, or about to be.
pub fn unapprove(
    booked: &[Booked],
    approval: &Approval,
    in_payout: bool,
    person: &Person,
    now: Instant,
) -> Result<Moved, Final> {
    let any = |status| booked.iter().any(|it| it.terms.status == status);
    if any(Status::Paid) {
        return Err(Final::Paid);
    }
    if !approval.is_approved() {
        return Err(Final::NotApproved);
    }
    if in_payout {
        return Err(Final::InPayout);
    }
    let approved = booked
        .iter()
        .filter(|it| it.terms.status == Status::Approved);
    Ok(Moved {
        approval: Approval::Revoked(Revoked {
            at: now,
            by: person.actor(),
            note: person.reason().to_owned(),
        }),
        postings: approved.map(|it| it.becoming(Status::Held)).collect(),
    })
}

/// What time and people alike cannot pass over.
fn open_to_approval(
    booked: &[Booked],
    order: &Conditions,
    approval: &Approval,
) -> Result<(), Obstacle> {
    if order.test {
        Err(Obstacle::TestOrder)
    } else if approval.is_approved() || booked.iter().any(|it| it.terms.status.is_payable()) {
        Err(Obstacle::Approved)
    } else if !booked.iter().any(is_open) {
        Err(Obstacle::Nothing)
    } else {
        Ok(())
    }
}

fn is_open(booked: &Booked) -> bool {
    matches!(booked.terms.status, Status::Pending | Status::Held)
}

fn approved(
    booked: &[Booked],
    order: &Conditions,
    by: Actor,
    note: Option<String>,
    at: Instant,
) -> Moved {
    let postings = booked.iter().filter(|it| is_open(it)).map(|it| {
        let mut posting = it.becoming(Status::Approved);
        posting.terms.review = false;
        posting
    });
    Moved {
        postings: postings.collect(),
        approval: Approval::Approved(Approved {
            at,
            by,
            note,
            ruling: order.ruling().cloned(),
            despite: order.holding.clone(),
        }),
    }
}
