//! What is booked of an order once postings are stored.

use waymark_attribution::money::Amount;

use crate::{Booked, Posting};

/// What is booked of an order once these postings are stored, by number; conversions that are new come
/// last and have the number 0, since storage has not given them one yet.
///
/// So what follows from postings is known before they are written, and nothing has to be read again.
#[must_use]
pub fn after(mut booked: Vec<Booked>, postings: &[Posting]) -> Vec<Booked> {
    for posting in postings {
        let amount = posting.entry.as_ref().map_or(0, |it| it.amount.minor());
        let was_credited = posting.is_ever_credited();
        let known = posting.number.and_then(|number| {
            let mut booked = booked.iter_mut();
            booked.find(|it| it.number == number)
        });
        match known {
            Some(known) => {
                known.terms = posting.terms.clone();
                // A sum that could not be stored is never posted.
                known.balance = Amount::from_minor(known.balance.minor().saturating_add(amount));
                known.was_credited = was_credited;
            }
            None => booked.push(Booked {
                number: posting.number.unwrap_or_default(),
                claim: posting.claim.clone(),
                terms: posting.terms.clone(),
                balance: Amount::from_minor(amount),
                was_credited,
            }),
        }
    }
    booked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Actor, Claim, Entry, Reason, Status, Terms};
    use waymark_attribution::time::Instant;

    fn posting(number: Option<i64>, status: Status, cents: i64) -> Posting {
        Posting {
            number,
            claim: Claim {
                affiliate: "ana".to_owned(),
                method: "coupon".to_owned(),
                evidence: "SAVE10".to_owned(),
                currency: "USD".parse().unwrap(),
            },
            was: number.map(|_| Status::Pending),
            terms: Terms {
                status,
                reason: None,
                visible: true,
                review: false,
                share_bp: 10_000,
            },
            entry: (cents != 0).then(|| Entry {
                amount: Amount::from_minor(cents),
                reason: Reason::Credited,
                at: Instant::from_millis(0),
                actor: Actor::Store,
                note: None,
            }),
            was_credited: false,
        }
    }

    #[test]
    fn a_new_conversion_comes_last_and_a_known_one_has_its_new_terms_and_balance() {
        let first = posting(None, Status::Pending, 800);
        let mut booked = after(Vec::new(), &[first]);
        assert_eq!((booked[0].number, booked[0].balance.minor()), (0, 800));
        booked[0].number = 7;

        let refund = posting(Some(7), Status::Held, -300);
        let other = posting(None, Status::Unqualified, 0);
        let booked = after(booked, &[refund, other]);
        let of = |it: &Booked| {
            (
                it.number,
                it.terms.status,
                it.balance.minor(),
                it.was_credited,
            )
        };
        assert_eq!(of(&booked[0]), (7, Status::Held, 500, true));
        assert_eq!(of(&booked[1]), (0, Status::Unqualified, 0, false));
        assert_eq!(after(booked.clone(), &[]), booked);
    }
}
