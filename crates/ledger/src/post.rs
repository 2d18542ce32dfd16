//! From what was booked and what is wanted to what has to be added.

use std::collections::{BTreeMap, BTreeSet};

use waymark_attribution::money::Amount;

use crate::conditions::{Approval, Conditions};
use crate::sum::difference;
use crate::{Booked, Cause, Entry, Flag, Posting, Reason, Ruled, Status, Terms, TooLarge, Wanted};

/// What the rules, and people, say about an order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decided {
    /// By everything that is known now.
    pub live: Ruled,
    /// For an approved order: by its case as it was when it was approved, with today's amounts, and
    /// the ruling of then. `None` for an open order, and where today's amounts cannot be put into
    /// that case because their currency is another one; then the amounts stay.
    pub frozen: Option<Ruled>,
}

/// What has to be added to the book, and shown to a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Posted {
    /// What has to be added to the ledger.
    pub postings: Vec<Posting>,
    /// What somebody should look at.
    pub flags: BTreeSet<Flag>,
}

/// What has to be added so that the book says what the decision says.
///
/// While nothing of the order is approved, that is the live decision: conversions begin, change and
/// end with it. Postings come in the sequence of what is wanted, then those of conversions that are
/// not wanted any more. Once the order is approved, who is credited stays: the frozen decision gives
/// the amounts of those who are, and a live decision that differs from it adds a flag and nothing
/// else.
///
/// A conversion about which nothing changes is not among the postings, so posting one decision
/// twice adds nothing the second time.
///
/// # Errors
/// [`TooLarge`], for sums that cannot be stored.
pub fn post(
    booked: Vec<Booked>,
    decided: Decided,
    order: &Conditions,
    approval: &Approval,
    cause: &Cause,
) -> Result<Posted, TooLarge> {
    let mut flags: BTreeSet<Flag> = decided.live.flag.iter().cloned().collect();
    let on = On {
        held: approval.hold(order).is_some(),
        refunded: order.refunded,
        cause,
    };
    let approved = approval.is_approved() || booked.iter().any(|it| it.terms.status.is_payable());
    let postings = if approved {
        flags.extend(would_move(&booked, &decided));
        amounts(booked, decided.frozen, &on)?
    } else {
        decision(booked, decided.live.wanted, &on)?
    };
    Ok(Posted { postings, flags })
}

/// On what occasion, and in what conditions, something is posted.
struct On<'a> {
    held: bool,
    refunded: bool,
    cause: &'a Cause,
}

impl On<'_> {
    fn entry(
        &self,
        balance: Amount,
        target: Amount,
        reason: Reason,
    ) -> Result<Option<Entry>, TooLarge> {
        let amount = difference(target, balance)?;
        Ok((amount != Amount::ZERO).then(|| Entry {
            amount,
            reason: match self.cause.reason {
                Reason::Ruled => Reason::Ruled,
                _ => reason,
            },
            at: self.cause.at,
            actor: self.cause.actor.clone(),
            note: self.cause.note.clone(),
        }))
    }
}

/// Makes the book of an order of which nothing is approved say what the decision says.
fn decision(
    mut booked: Vec<Booked>,
    wanted: Vec<Wanted>,
    on: &On<'_>,
) -> Result<Vec<Posting>, TooLarge> {
    let mut postings = Vec::with_capacity(wanted.len());
    for wanted in wanted {
        let terms = open_terms(&wanted, on);
        let Wanted {
            claim, commission, ..
        } = wanted;
        let known = booked.iter().position(|it| it.claim.is_same_as(&claim));
        match known.map(|place| booked.remove(place)) {
            None => postings.push(Posting {
                number: None,
                claim,
                was: None,
                terms,
                entry: on.entry(Amount::ZERO, commission, Reason::Credited)?,
                was_credited: false,
            }),
            Some(known) => {
                let reason = match known.is_credited() {
                    true => on.cause.reason,
                    false => Reason::Credited,
                };
                let entry = on.entry(known.balance, commission, reason)?;
                postings.extend(changed(known, terms, entry));
            }
        }
    }
    for known in booked {
        let entry = on.entry(known.balance, Amount::ZERO, Reason::Withdrawn)?;
        let terms = known.terms.withdrawn();
        postings.extend(changed(known, terms, entry));
    }
    Ok(postings)
}

/// The terms of a conversion of an order of which nothing is approved.
fn open_terms(wanted: &Wanted, on: &On<'_>) -> Terms {
    let mut terms = wanted.terms.clone();
    if wanted.is_credited() {
        if wanted.commission == Amount::ZERO && on.refunded {
            terms.status = Status::Reversed;
            terms.review = false;
        } else if on.held {
            terms.status = Status::Held;
        }
    }
    terms
}

/// Brings those who are credited for an approved order to their amounts of now.
fn amounts(
    booked: Vec<Booked>,
    frozen: Option<Ruled>,
    on: &On<'_>,
) -> Result<Vec<Posting>, TooLarge> {
    let mut postings = Vec::new();
    for known in booked.into_iter().filter(Booked::is_credited) {
        let (target, named) = match &frozen {
            None => (known.balance, true),
            Some(frozen) => {
                let mut wanted = frozen.wanted.iter().filter(|it| it.is_credited());
                let own = wanted.find(|it| it.claim.is_same_as(&known.claim));
                own.map_or((Amount::ZERO, false), |own| (own.commission, true))
            }
        };
        let status = match known.terms.status {
            Status::Paid => Status::Paid,
            _ if target == Amount::ZERO && (on.refunded || !named) => Status::Reversed,
            _ if on.held => Status::Held,
            _ => Status::Approved,
        };
        let reason = match named {
            true => on.cause.reason,
            false => Reason::Withdrawn,
        };
        let entry = on.entry(known.balance, target, reason)?;
        let terms = Terms {
            status,
            review: false,
            ..known.terms.clone()
        };
        postings.extend(changed(known, terms, entry));
    }
    Ok(postings)
}

/// A known conversion's posting, if anything about it changes.
pub(crate) fn changed(known: Booked, terms: Terms, entry: Option<Entry>) -> Option<Posting> {
    let was_credited = known.was_ever_credited();
    (entry.is_some() || terms != known.terms).then_some(Posting {
        was_credited,
        number: Some(known.number),
        claim: known.claim,
        was: Some(known.terms.status),
        terms,
        entry,
    })
}

/// Whether credit of an approved order would move, were it not approved: whether what is known now
/// gives other affiliates credit, or other shares of it, than what was known when it was approved.
/// By what method an affiliate is credited is no matter.
fn would_move(booked: &[Booked], decided: &Decided) -> Option<Flag> {
    let live = credits(&decided.live);
    let moved = match &decided.frozen {
        Some(frozen) => {
            let is_booked = |wanted: &Wanted| {
                let mut booked = booked.iter().filter(|it| it.is_credited());
                booked.any(|it| it.claim.is_same_as(&wanted.claim))
            };
            // A line that is gone may have decided: then others would be credited, and are not.
            let mut wanted = frozen.wanted.iter().filter(|it| it.is_credited());
            live != credits(frozen) || wanted.any(|it| !is_booked(it))
        }
        None => {
            let booked = booked.iter().filter(|it| it.is_credited());
            live != shares(booked.map(|it| (it.claim.affiliate.as_str(), it.terms.share_bp)))
        }
    };
    moved.then(|| Flag::WouldMoveCredit {
        to: live.into_keys().map(str::to_owned).collect(),
    })
}

/// Affiliate → basis points.
fn credits(ruled: &Ruled) -> BTreeMap<&str, i64> {
    let credited = ruled.wanted.iter().filter(|it| it.is_credited());
    shares(credited.map(|it| (it.claim.affiliate.as_str(), it.terms.share_bp)))
}

fn shares<'a>(credited: impl Iterator<Item = (&'a str, i64)>) -> BTreeMap<&'a str, i64> {
    let mut shares = BTreeMap::new();
    for (affiliate, share_bp) in credited {
        let share = shares.entry(affiliate).or_insert(0_i64);
        *share = share.saturating_add(share_bp);
    }
    shares
}
