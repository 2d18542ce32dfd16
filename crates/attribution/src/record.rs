//! Step 7: what is written down: conversions for what is credited and for some that lost.

use crate::case::Case;
use crate::claim::{Claim, Claims, Objection};
use crate::commission::Earnings;
use crate::decision::{BasisPoints, Conversion, Outcome, Status, TracedClaim};
use crate::method::{ByMethod, Method};
use crate::money::{Amount, Currency};
use crate::pick::takes_last;
use crate::policy::{Losers, Policy};
use crate::split::{Credit, Shared};

/// The conversions: credited by rank, then additive, then unqualified; each in canonical order.
pub(crate) fn record<'c>(
    case: &Case<'_>,
    shared: &Shared<'c>,
    earnings: Vec<Earnings<'c>>,
) -> Vec<Conversion<'c>> {
    let Shared { claims, credits } = shared;
    let policy = &case.policy;
    let mut conversions = Vec::with_capacity(claims.0.len());
    conversions.extend(
        credits
            .iter()
            .zip(earnings)
            .filter_map(|(credit, earnings)| {
                let claim = claims.get(credit.claim)?;
                Some(pending(claim, credit, earnings))
            }),
    );
    if policy.losers == Losers::Unqualified {
        let stand_ins = stand_ins(policy, claims);
        conversions.extend(claims.0.iter().enumerate().filter_map(|(place, claim)| {
            let objection = claim.objection?;
            let recorded = match objection.outcome {
                Outcome::Outranked | Outcome::Duplicate => true,
                _ => stand_ins.contains(policy, claim, place),
            };
            recorded.then(|| unqualified(claim, objection, case.order.currency))
        }));
    }
    conversions
}

fn pending<'c>(claim: &Claim<'c>, credit: &Credit, earnings: Earnings<'c>) -> Conversion<'c> {
    Conversion {
        affiliate: claim.affiliate.into(),
        method: claim.method,
        evidence: claim.evidence.into(),
        status: Status::Pending,
        visible: true,
        review: credit.review,
        reason: None,
        by: None,
        share_bp: credit.share,
        commission: earnings.commission,
        lines: earnings.lines,
    }
}

fn unqualified<'c>(claim: &Claim<'c>, objection: Objection, currency: Currency) -> Conversion<'c> {
    Conversion {
        affiliate: claim.affiliate.into(),
        method: claim.method,
        evidence: claim.evidence.into(),
        status: Status::Unqualified,
        visible: false,
        review: false,
        reason: Some(objection.outcome),
        by: objection.by,
        share_bp: BasisPoints::NONE,
        commission: currency.money(Amount::ZERO),
        lines: Vec::new(),
    }
}

/// Of a group, what is recorded although it was screened out.
#[derive(Debug, Clone, Copy, Default)]
enum StandIn {
    /// Nothing yet.
    #[default]
    Missing,
    /// The claim that the group's pick would have been.
    Claim(usize),
    /// Nothing, because some claim of the group is eligible.
    NotNeeded,
}

struct StandIns(ByMethod<StandIn>);

/// Chooses, for each group without an eligible claim, the one that stands in for it.
fn stand_ins(policy: &Policy<'_>, claims: &Claims<'_>) -> StandIns {
    let mut stand_ins = ByMethod::<StandIn>::default();
    for (place, claim) in claims.0.iter().enumerate() {
        let group = policy.group(claim.method);
        let stand_in = stand_ins.get_mut(group);
        match (*stand_in, is_recordable(claim)) {
            _ if !is_screened_out(claim) => *stand_in = StandIn::NotNeeded,
            (StandIn::Missing, true) => *stand_in = StandIn::Claim(place),
            (StandIn::Claim(_), true) if takes_last(policy, group) => {
                *stand_in = StandIn::Claim(place)
            }
            _ => {}
        }
    }
    StandIns(stand_ins)
}

impl StandIns {
    fn contains(&self, policy: &Policy<'_>, claim: &Claim<'_>, place: usize) -> bool {
        match *self.0.get(policy.group(claim.method)) {
            // Every SKU stands for itself, so every one is recorded.
            StandIn::Claim(_) if claim.method == Method::Sku => is_recordable(claim),
            StandIn::Claim(stand_in) => stand_in == place,
            StandIn::Missing | StandIn::NotNeeded => false,
        }
    }
}

/// Whether step 2 found a reason against the claim, of those that an affiliate may ask about.
fn is_recordable(claim: &Claim<'_>) -> bool {
    claim.objection.is_some_and(|objection| {
        matches!(
            objection.outcome,
            Outcome::AffiliateInactive
                | Outcome::WindowExpired
                | Outcome::SelfReferral
                | Outcome::NoTouch
                | Outcome::StoodDown
        )
    })
}

/// Whether step 2 found any reason against the claim.
fn is_screened_out(claim: &Claim<'_>) -> bool {
    claim
        .objection
        .is_some_and(|objection| objection.outcome.is_screening())
}

/// The trace: every claim and what became of it.
pub(crate) fn trace<'c>(claims: Claims<'c>) -> Vec<TracedClaim<'c>> {
    claims
        .0
        .into_iter()
        .map(|claim| TracedClaim {
            affiliate: claim.affiliate.into(),
            method: claim.method,
            evidence: claim.evidence.into(),
            at: claim.at,
            outcome: claim
                .objection
                .map_or(Outcome::Credited, |objection| objection.outcome),
            by: claim.objection.and_then(|objection| objection.by),
        })
        .collect()
}
