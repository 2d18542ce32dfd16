//! Step 8: whom the customer belongs to from now on.

use crate::case::Case;
use crate::decision::Assignment;
use crate::policy::AssignmentMode;
use crate::screen;
use crate::split::{Basis, Shared};

/// The assignment to make: of a customer who is free, to the only affiliate that rank credits,
/// unless a person still has to look at the order.
pub(crate) fn assign<'c>(case: &Case<'_>, shared: &Shared<'c>) -> Option<Assignment<'c>> {
    let Shared { claims, credits } = shared;
    if case.policy.assignment != AssignmentMode::Sticky
        || shared.needs_review()
        || standing_assignment(case).is_some()
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

/// The affiliate that the customer of a case belongs to, also where it earns nothing by that; `None`
/// if the customer is free.
///
/// An assignment frees the customer once it has expired, or where its affiliate is unknown or inactive,
/// whether the policy uses the method or not.
///
/// ```
/// use waymark_attribution::{Case, standing_assignment};
///
/// let json = |status: &str| format!(r#"{{
///   "policy": "refersion",
///   "directory": {{ "affiliates": {{ "A": {{ "status": "{status}" }} }} }},
///   "customer": {{ "assigned": {{ "affiliate": "A", "at": "2026-01-01T00:00:00Z" }} }},
///   "order": {{ "id": "1", "placed_at": "2026-01-04T12:00:00Z", "currency": "USD", "lines": [] }}
/// }}"#);
/// let (active, paused) = (json("active"), json("paused"));
/// assert_eq!(standing_assignment(&Case::from_json(&active)?), Some("A"));
/// assert_eq!(standing_assignment(&Case::from_json(&paused)?), None);
/// # Ok::<(), waymark_attribution::CaseError>(())
/// ```
pub fn standing_assignment<'c>(case: &'c Case<'_>) -> Option<&'c str> {
    let assigned = case.assigned.as_ref();
    let standing = assigned.filter(|assigned| screen::stands(case, assigned));
    standing.map(|assigned| &*assigned.affiliate.id)
}
