//! Step 8: whom the customer belongs to from now on.

use crate::case::Case;
use crate::claim::Claim;
use crate::decision::Assignment;
use crate::method::Method;
use crate::policy::AssignmentMode;
use crate::split::{Basis, Shared};

/// The assignment to make: of a customer who is free, to the only affiliate that rank credits,
/// unless a person still has to look at the order.
pub(crate) fn assign<'c>(case: &Case<'_>, shared: &Shared<'c>) -> Option<Assignment<'c>> {
    let Shared { claims, credits } = shared;
    if case.policy.assignment != AssignmentMode::Sticky
        || shared.needs_review()
        || claims.0.iter().any(is_standing_assignment)
    {
        return None;
    }
    let mut ranked = credits
        .iter()
        .filter(|credit| credit.basis == Basis::Rank)
        .filter_map(|credit| claims.get(credit.claim));
    let first = ranked.next()?;
    ranked
        .all(|claim| claim.known == first.known)
        .then(|| Assignment {
            affiliate: first.affiliate.into(),
            at: case.order.placed_at,
        })
}

/// Whether the customer belongs to someone already.
fn is_standing_assignment(claim: &Claim<'_>) -> bool {
    let is_free = claim
        .objection
        .is_some_and(|objection| objection.outcome.frees_the_customer());
    claim.method == Method::Assigned && !is_free
}
