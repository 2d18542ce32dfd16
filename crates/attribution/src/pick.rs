//! Step 3: reduce the eligible claims of each group to the one that counts.

use crate::claim::Claims;
use crate::decision::Outcome;
use crate::method::{ByMethod, Method};
use crate::policy::{CouponChoice, Policy, Standing, TouchModel};

/// The claims, and those among them that go on to the ranking.
pub(crate) struct Picked<'c> {
    pub(crate) claims: Claims<'c>,
    pub(crate) picks: Vec<Pick>,
}

/// What one group, or one SKU, sends to the ranking.
#[derive(Debug, Clone)]
pub(crate) struct Pick {
    pub(crate) standing: Standing,
    pub(crate) members: Members,
}

/// A single claim, or the touches that share one credit.
#[derive(Debug, Clone)]
pub(crate) enum Members {
    Claim(usize),
    /// In canonical order, at least one.
    Touches(Vec<usize>),
}

impl Members {
    pub(crate) fn first(&self) -> Option<usize> {
        match self {
            Members::Claim(place) => Some(*place),
            Members::Touches(touches) => touches.first().copied(),
        }
    }

    pub(crate) fn last(&self) -> Option<usize> {
        match self {
            Members::Claim(place) => Some(*place),
            Members::Touches(touches) => touches.last().copied(),
        }
    }
}

/// Picks by the policy's rule for each group; the others of the group are superseded.
pub(crate) fn pick<'c>(policy: &Policy<'_>, mut claims: Claims<'c>) -> Picked<'c> {
    let mut picks = Vec::new();
    let mut chosen = ByMethod::<Option<usize>>::default();
    let mut sharing = ByMethod::<Vec<usize>>::default();
    for (place, claim) in claims.eligible() {
        let group = policy.group(claim.method);
        if claim.method == Method::Sku {
            picks.push(Pick {
                standing: policy.standing(group),
                members: Members::Claim(place),
            });
        } else if claim.method.is_touch() && policy.touch.splits() {
            sharing.get_mut(group).push(place);
        } else {
            let chosen = chosen.get_mut(group);
            if chosen.is_none() || takes_last(policy, group) {
                *chosen = Some(place);
            }
        }
    }
    supersede(policy, &mut claims, &chosen);
    for group in Method::ALL {
        let members = match (*chosen.get(group), std::mem::take(sharing.get_mut(group))) {
            (Some(place), _) => Members::Claim(place),
            (None, touches) if touches.is_empty() => continue,
            (None, touches) => Members::Touches(touches),
        };
        picks.push(Pick {
            standing: policy.group_standing(group),
            members,
        });
    }
    Picked { claims, picks }
}

/// Whether a group's pick is its last claim rather than its first.
///
/// Splitting models pick nothing; where a single touch must speak for all, it is the last.
pub(crate) fn takes_last(policy: &Policy<'_>, group: Method) -> bool {
    match group {
        Method::Link | Method::Qr => policy.touch != TouchModel::First,
        Method::Coupon => policy.coupon == CouponChoice::Last,
        Method::Email | Method::Sku | Method::Tag | Method::Assigned => false,
    }
}

fn supersede(policy: &Policy<'_>, claims: &mut Claims<'_>, chosen: &ByMethod<Option<usize>>) {
    let superseded: Vec<(usize, usize)> = claims
        .eligible()
        .filter_map(|(place, claim)| {
            let chosen = (*chosen.get(policy.group(claim.method)))?;
            (chosen != place).then_some((place, chosen))
        })
        .collect();
    for (place, chosen) in superseded {
        claims.beat(place, Outcome::Superseded, chosen);
    }
}
