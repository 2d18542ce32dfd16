//! Step 2: give each claim the first reason for which it cannot count, or leave it eligible.

use std::collections::BTreeSet;

use crate::case::{Assigned, Case};
use crate::claim::{Claim, Claims, Objection};
use crate::decision::Outcome;
use crate::directory::{Affiliate, AffiliateIndex};
use crate::document::AffiliateClass;
use crate::method::Method;
use crate::policy::{SelfReferral, Standing};
use crate::time::{Duration, Instant};

/// Screens every claim: first the seven reasons that lie in the claim itself, then the two that
/// depend on which touches passed those seven.
pub(crate) fn screen<'c>(case: &'c Case<'c>, mut claims: Claims<'c>) -> Claims<'c> {
    for claim in &mut claims.0 {
        claim.objection = own_reason(case, claim).map(unbeaten);
    }
    // In this order: a coupon's touch need only pass the seven, so it may be one that stands down.
    if case.policy.coupon_requires_touch {
        refuse_coupons_without_touch(&mut claims);
    }
    if case.policy.stand_down > Duration::ZERO {
        stand_down(case, &mut claims);
    }
    claims
}

/// An objection that no other claim brought about.
fn unbeaten(outcome: Outcome) -> Objection {
    Objection { outcome, by: None }
}

/// Reasons 1 to 7.
fn own_reason(case: &Case<'_>, claim: &Claim<'_>) -> Option<Outcome> {
    let policy = &case.policy;
    let placed_at = case.order.placed_at;
    if policy.standing(claim.method) == Standing::Disabled {
        return Some(Outcome::MethodDisabled);
    }
    let affiliate = match active(case, claim.known) {
        Ok(affiliate) => affiliate,
        Err(reason) => return Some(reason),
    };
    if claim.method.is_touch() {
        if claim.at > placed_at {
            return Some(Outcome::AfterOrder);
        }
        if is_older(
            claim.at,
            placed_at,
            affiliate.window.unwrap_or(policy.window),
        ) {
            return Some(Outcome::WindowExpired);
        }
    }
    if claim.method == Method::Assigned && has_expired(case, claim.at) {
        return Some(Outcome::AssignmentExpired);
    }
    if policy.self_referral == SelfReferral::Unqualified && affiliate.is_buyer {
        return Some(Outcome::SelfReferral);
    }
    None
}

/// The affiliate of a claim, or why it may not be credited at all.
fn active<'c>(
    case: &'c Case<'_>,
    known: Option<AffiliateIndex>,
) -> Result<&'c Affiliate<'c>, Outcome> {
    let affiliate = case.affiliate(known).ok_or(Outcome::AffiliateUnknown)?;
    match affiliate.active {
        true => Ok(affiliate),
        false => Err(Outcome::AffiliateInactive),
    }
}

/// Whether an assignment of then is too old.
fn has_expired(case: &Case<'_>, at: Instant) -> bool {
    let expires = case.policy.expires;
    expires.is_some_and(|expires| is_older(at, case.order.placed_at, expires))
}

/// Whether an assignment stands: it has not expired, and its affiliate may be credited. It stands also
/// where it earns nothing, because the policy does not use the method or the agent bought through itself.
pub(crate) fn stands(case: &Case<'_>, assigned: &Assigned<'_>) -> bool {
    active(case, assigned.affiliate.known).is_ok() && !has_expired(case, assigned.at)
}

/// Whether more than `limit` passed from `at` to `now`; exactly the limit is not more.
fn is_older(at: Instant, now: Instant, limit: Duration) -> bool {
    now.since(at).is_some_and(|age| age > limit)
}

/// Reason 8.
fn refuse_coupons_without_touch(claims: &mut Claims<'_>) {
    let touched: BTreeSet<_> = claims
        .eligible()
        .filter(|(_, claim)| claim.method.is_touch())
        .map(|(_, claim)| claim.known)
        .collect();
    for claim in &mut claims.0 {
        if claim.method == Method::Coupon
            && claim.objection.is_none()
            && !touched.contains(&claim.known)
        {
            claim.objection = Some(unbeaten(Outcome::NoTouch));
        }
    }
}

/// Reason 9. Touches stand in the order of time, so of all content before a touch the nearest is
/// the one met last; and it is another affiliate's, because an affiliate has one class.
fn stand_down(case: &Case<'_>, claims: &mut Claims<'_>) {
    let mut content: Option<Instant> = None;
    for claim in &mut claims.0 {
        if !claim.method.is_touch() || claim.objection.is_some() {
            continue;
        }
        match case.affiliate(claim.known).map(|affiliate| affiliate.class) {
            Some(AffiliateClass::Content) => content = Some(claim.at),
            _ => {
                if content
                    .is_some_and(|content| !is_older(content, claim.at, case.policy.stand_down))
                {
                    claim.objection = Some(unbeaten(Outcome::StoodDown));
                }
            }
        }
    }
}
