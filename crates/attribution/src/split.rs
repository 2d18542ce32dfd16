//! Step 5: divide the credit of touches that share it, and give everyone else the whole.

use std::collections::BTreeMap;

use crate::apportion::apportion;
use crate::case::Case;
use crate::claim::Claims;
use crate::decision::{BasisPoints, Outcome};
use crate::directory::AffiliateIndex;
use crate::method::Method;
use crate::pick::Members;
use crate::policy::{Policy, SelfReferral, TouchModel};
use crate::rank::Ranked;
use crate::time::Instant;

/// The claims, and what is credited: by rank, then additive, each in canonical order.
pub(crate) struct Shared<'c> {
    pub(crate) claims: Claims<'c>,
    pub(crate) credits: Vec<Credit>,
}

impl Shared<'_> {
    /// Whether a person has to look at the order before anything is paid.
    pub(crate) fn needs_review(&self) -> bool {
        self.credits.iter().any(|credit| credit.review)
    }
}

/// A credited claim.
pub(crate) struct Credit {
    pub(crate) claim: usize,
    pub(crate) basis: Basis,
    pub(crate) share: BasisPoints,
    pub(crate) review: bool,
}

impl Credit {
    /// The SKU on whose lines alone this credit earns: an additive SKU claim's. A ranked one earns on the whole order.
    pub(crate) fn only_sku<'c>(&self, claims: &Claims<'c>) -> Option<&'c str> {
        let claim = claims.get(self.claim)?;
        (self.basis == Basis::Additive && claim.method == Method::Sku).then_some(claim.evidence)
    }
}

/// On what ground a claim is credited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Basis {
    Rank,
    Additive,
}

/// Shares out the credit, and flags what a person has to look at.
pub(crate) fn split<'c>(case: &'c Case<'c>, ranked: Ranked<'c>) -> Shared<'c> {
    let Ranked {
        mut claims,
        by_rank,
        additive,
        tied,
    } = ranked;
    let mut shares = Vec::with_capacity(by_rank.len());
    for members in by_rank {
        match members {
            Members::Claim(place) => shares.push((place, BasisPoints::WHOLE)),
            Members::Touches(touches) => {
                shares.extend(share(
                    &case.policy,
                    case.order.placed_at,
                    &mut claims,
                    &touches,
                ));
            }
        }
    }
    shares.sort_unstable_by_key(|(place, _)| *place);

    let reviews_buyers = case.policy.self_referral == SelfReferral::Review;
    let credit = |claim, basis, share, tied| Credit {
        claim,
        basis,
        share,
        review: tied
            || (reviews_buyers
                && case
                    .affiliate(claims.affiliate(claim))
                    .is_some_and(|affiliate| affiliate.is_buyer)),
    };
    let mut credits = Vec::with_capacity(shares.len().saturating_add(additive.len()));
    credits.extend(
        shares
            .into_iter()
            .map(|(claim, share)| credit(claim, Basis::Rank, share, tied)),
    );
    credits.extend(
        additive
            .into_iter()
            .map(|claim| credit(claim, Basis::Additive, BasisPoints::WHOLE, false)),
    );
    Shared { claims, credits }
}

/// Divides the whole among touches: the last touch of each affiliate gets what all of its touches
/// earned together, and the others are merged by it.
fn share(
    policy: &Policy<'_>,
    placed_at: Instant,
    claims: &mut Claims<'_>,
    touches: &[usize],
) -> Vec<(usize, BasisPoints)> {
    let stayed = compress(claims, touches);
    let ages: Vec<u32> = stayed
        .iter()
        .map(|place| half_lives(policy, placed_at, claims, *place))
        .collect();
    let parts = apportion(
        u128::from(BasisPoints::WHOLE.get()),
        &weights(policy.touch, &ages),
    );

    let mut shares = BTreeMap::<Option<AffiliateIndex>, (usize, u128)>::new();
    for (place, part) in stayed.into_iter().zip(parts) {
        let (last, share) = shares.entry(claims.affiliate(place)).or_default();
        *last = place;
        *share = share.saturating_add(part);
    }
    for place in touches {
        if let Some((last, _)) = shares.get(&claims.affiliate(*place))
            && last != place
        {
            claims.beat(*place, Outcome::Merged, *last);
        }
    }
    shares
        .into_values()
        .map(|(last, share)| (last, BasisPoints(u32::try_from(share).unwrap_or_default())))
        .collect()
}

/// Of neighbours by the same affiliate only the last stays.
fn compress(claims: &Claims<'_>, touches: &[usize]) -> Vec<usize> {
    let mut stayed = Vec::with_capacity(touches.len());
    let mut previous = None;
    for place in touches {
        let affiliate = Some(claims.affiliate(*place));
        if affiliate == previous {
            stayed.pop();
        }
        stayed.push(*place);
        previous = affiliate;
    }
    stayed
}

/// How many whole half-lives before the order a touch happened; more than 40 count as 40, where
/// a touch weighs a millionth of a millionth.
fn half_lives(policy: &Policy<'_>, placed_at: Instant, claims: &Claims<'_>, place: usize) -> u32 {
    claims
        .get(place)
        .and_then(|claim| placed_at.since(claim.at))
        .and_then(|age| age.as_millis().checked_div(policy.half_life.as_millis()))
        .map_or(0, |lives| u32::try_from(lives.min(40)).unwrap_or(40))
}

/// The weight of each touch, given the ages of all in half-lives.
fn weights(model: TouchModel, ages: &[u32]) -> Vec<u128> {
    let count = ages.len();
    match model {
        TouchModel::Position if count > 2 => {
            let outer = u128::try_from(count)
                .unwrap_or(u128::MAX)
                .saturating_sub(2)
                .saturating_mul(2);
            let mut weights = vec![1; count];
            if let [first, .., last] = weights.as_mut_slice() {
                *first = outer;
                *last = outer;
            }
            weights
        }
        TouchModel::TimeDecay => {
            let oldest = ages.iter().copied().max().unwrap_or_default();
            ages.iter()
                .map(|age| 1_u128.wrapping_shl(oldest.saturating_sub(*age)))
                .collect()
        }
        // The models that pick a single touch never share.
        _ => vec![1; count],
    }
}
