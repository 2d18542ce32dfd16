//! Two orders that turn out to be one: whose approval counts, and what was booked twice.

use std::cmp::Reverse;

use waymark_attribution::money::Amount;
use waymark_attribution::time::Instant;

use crate::post::changed;
use crate::sum::difference;
use crate::{Approval, Booked, Cause, Entry, Posting, Reason, TooLarge};

impl Approval {
    /// Whether this is where the order stands that the two are, and not the other: an approval
    /// before one that was taken back, that before none. Of two approvals the earlier, since it may
    /// be paid; of two that were taken back the later, since what a person said then is newer.
    #[must_use]
    pub fn prevails_over(&self, other: &Approval) -> bool {
        self.weight() > other.weight()
    }

    fn weight(&self) -> (u8, Option<Reverse<Instant>>, Option<Instant>) {
        match self {
            Approval::Open => (0, None, None),
            Approval::Revoked(revoked) => (1, None, Some(revoked.at)),
            Approval::Approved(approved) => (2, Some(Reverse(approved.at)), None),
        }
    }
}

/// What takes everything back that was booked of an order whose approval, if it had any, does not
/// count. What is paid stays paid: the next payout takes it back.
///
/// # Errors
/// [`TooLarge`], for sums that cannot be stored.
pub fn withdrawn(booked: Vec<Booked>, cause: &Cause) -> Result<Vec<Posting>, TooLarge> {
    let mut postings = Vec::with_capacity(booked.len());
    for known in booked {
        let amount = difference(Amount::ZERO, known.balance)?;
        let entry = (amount != Amount::ZERO).then(|| Entry {
            amount,
            reason: Reason::Withdrawn,
            at: cause.at,
            actor: cause.actor.clone(),
            note: cause.note.clone(),
        });
        let terms = known.terms.withdrawn();
        postings.extend(changed(known, terms, entry));
    }
    Ok(postings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Actor, Approved, Claim, Revoked, Status, Terms};

    fn approved(at: i64) -> Approval {
        Approval::Approved(Approved {
            at: Instant::from_millis(at),
            by: Actor::Waymark,
            note: None,
            ruling: None,
            despite: [].into(),
        })
    }

    fn stopped(at: i64) -> Approval {
        Approval::Revoked(Revoked {
            at: Instant::from_millis(at),
            by: Actor::Waymark,
            note: String::new(),
        })
    }

    #[test]
    fn of_two_standings_one_prevails_and_none_over_itself() {
        let by_weight = [
            Approval::Open,
            stopped(1),
            stopped(2),
            approved(4),
            approved(3),
        ];
        for (place, approval) in by_weight.iter().enumerate() {
            for (other_place, other) in by_weight.iter().enumerate() {
                assert_eq!(approval.prevails_over(other), place > other_place);
            }
        }
    }

    #[test]
    fn what_is_withdrawn_sums_to_nothing_and_is_no_share_of_the_order_even_if_it_was_paid() {
        let booked = |status, cents| Booked {
            number: 1,
            claim: Claim {
                affiliate: "ana".to_owned(),
                method: "coupon".to_owned(),
                evidence: "SAVE10".to_owned(),
                currency: "USD".parse().unwrap(),
            },
            terms: Terms {
                status,
                reason: None,
                visible: true,
                review: false,
                share_bp: 10_000,
            },
            balance: Amount::from_minor(cents),
            was_credited: true,
        };
        let cause = Cause::again(Instant::from_millis(0));
        for (was, becomes) in [
            (Status::Pending, Status::Reversed),
            (Status::Approved, Status::Reversed),
            (Status::Paid, Status::Paid),
        ] {
            let known = booked(was, 800);
            let postings = withdrawn(vec![known.clone()], &cause).unwrap();
            let [posting] = postings.as_slice() else {
                panic!("{postings:?}");
            };
            let entry = posting.entry.as_ref().unwrap();
            assert_eq!(entry.amount.minor(), -800);
            assert_eq!(entry.reason, Reason::Withdrawn);
            assert_eq!((posting.was, posting.terms.status), (Some(was), becomes));
            let now = Booked {
                terms: posting.terms.clone(),
                balance: Amount::ZERO,
                ..known
            };
            assert!(!now.is_credited());
            assert_eq!(withdrawn(vec![now], &cause), Ok(vec![]));
        }
    }
}
