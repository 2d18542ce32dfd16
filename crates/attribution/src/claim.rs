//! A claim on its way through the steps.

use crate::decision::Outcome;
use crate::directory::AffiliateIndex;
use crate::method::Method;
use crate::time::Instant;

/// One affiliate's call on the order through one method, with its evidence.
#[derive(Debug, Clone)]
pub(crate) struct Claim<'c> {
    pub(crate) affiliate: &'c str,
    /// Set where the directory knows the affiliate, and so for every eligible claim.
    pub(crate) known: Option<AffiliateIndex>,
    pub(crate) method: Method,
    pub(crate) evidence: &'c str,
    pub(crate) at: Instant,
    /// What speaks against it. A claim that has none after all the steps is credited.
    pub(crate) objection: Option<Objection>,
}

/// What was found against a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Objection {
    pub(crate) outcome: Outcome,
    /// The claim that beat it, if one did.
    pub(crate) by: Option<usize>,
}

/// All claims in canonical order. A claim is known by its place among them, as in the trace.
#[derive(Debug, Clone)]
pub(crate) struct Claims<'c>(pub(crate) Vec<Claim<'c>>);

impl<'c> Claims<'c> {
    pub(crate) fn get(&self, place: usize) -> Option<&Claim<'c>> {
        self.0.get(place)
    }

    /// The claims that nothing speaks against so far, with their places.
    pub(crate) fn eligible(&self) -> impl DoubleEndedIterator<Item = (usize, &Claim<'c>)> {
        self.0
            .iter()
            .enumerate()
            .filter(|(_, claim)| claim.objection.is_none())
    }

    /// The affiliate of the claim at a place; `None` if it is unknown.
    pub(crate) fn affiliate(&self, place: usize) -> Option<AffiliateIndex> {
        self.get(place).and_then(|claim| claim.known)
    }

    /// Holds against a claim that another one beat it.
    pub(crate) fn beat(&mut self, place: usize, outcome: Outcome, by: usize) {
        if let Some(claim) = self.0.get_mut(place) {
            claim.objection = Some(Objection {
                outcome,
                by: Some(by),
            });
        }
    }
}
