//! Step 4: let the strongest tier win, and settle what remains within it.

use std::collections::{BTreeMap, BTreeSet};

use crate::claim::Claims;
use crate::decision::Outcome;
use crate::directory::AffiliateIndex;
use crate::pick::{Members, Pick, Picked};
use crate::policy::{Policy, Standing, TieRule};
use crate::time::Instant;

/// The claims, and those among them that are credited.
pub(crate) struct Ranked<'c> {
    pub(crate) claims: Claims<'c>,
    /// By rank, in the order in which the tier lists their methods.
    pub(crate) by_rank: Vec<Members>,
    /// Additive ones, in canonical order.
    pub(crate) additive: Vec<usize>,
    /// Whether several were credited by rank because a person has to choose.
    pub(crate) tied: bool,
}

/// Ranks the picks; additive ones are credited whoever wins.
pub(crate) fn rank<'c>(policy: &Policy<'_>, picked: Picked<'c>) -> Ranked<'c> {
    let Picked {
        mut claims,
        mut picks,
    } = picked;
    picks.sort_by_key(|pick| (pick.standing, pick.members.first()));
    let winning = picks.iter().find_map(|pick| tier(pick.standing));
    let (mut entrants, mut lower, mut additive) = (Vec::new(), Vec::new(), Vec::new());
    for Pick { standing, members } in picks {
        match (tier(standing), members) {
            (None, members) => additive.extend(members.first()),
            (tier, members) if tier == winning => entrants.push(members),
            (_, members) => lower.push(members),
        }
    }

    let Entrants {
        standing,
        duplicates,
    } = Entrants::new(&claims, entrants);
    let winner = winner(policy.tie, &claims, &standing);
    let tied = winner.is_none() && standing.len() > 1;
    let is_credited = |entrant: usize| winner.is_none_or(|winner| winner == entrant);
    let spokesmen: Vec<Option<usize>> = standing
        .iter()
        .enumerate()
        .map(|(entrant, members)| spokesman(&claims, members, is_credited(entrant)))
        .collect();
    let spokesman = |entrant: usize| spokesmen.get(entrant).copied().flatten();

    for (members, of) in &duplicates {
        beat_all(&mut claims, members, Outcome::Duplicate, spokesman(*of));
    }
    let mut by_rank = Vec::with_capacity(1);
    for (entrant, members) in standing.into_iter().enumerate() {
        match winner {
            Some(winner) if winner != entrant => {
                beat_all(&mut claims, &members, Outcome::Outranked, spokesman(winner));
            }
            _ => by_rank.push(members),
        }
    }
    let first_credited = match winner {
        Some(winner) => spokesman(winner),
        None => spokesmen.iter().copied().flatten().min(),
    };
    for members in &lower {
        beat_all(&mut claims, members, Outcome::Outranked, first_credited);
    }
    additive.sort_unstable();
    Ranked {
        claims,
        by_rank,
        additive,
        tied,
    }
}

fn tier(standing: Standing) -> Option<usize> {
    match standing {
        Standing::Ranked { tier, .. } => Some(tier),
        Standing::Additive | Standing::Disabled => None,
    }
}

/// What enters the winning tier, once each affiliate stands there only once.
struct Entrants {
    standing: Vec<Members>,
    /// With the place, in `standing`, of the entrant that each repeats.
    duplicates: Vec<(Members, usize)>,
}

impl Entrants {
    fn new(claims: &Claims<'_>, entrants: Vec<Members>) -> Entrants {
        let mut standing = Vec::with_capacity(entrants.len());
        let mut duplicates = Vec::new();
        let mut places = BTreeMap::<AffiliateIndex, usize>::new();
        for members in entrants {
            match sole_affiliate(claims, &members) {
                Some(affiliate) => match places.get(&affiliate) {
                    Some(of) => duplicates.push((members, *of)),
                    None => {
                        places.insert(affiliate, standing.len());
                        standing.push(members);
                    }
                },
                None => standing.push(members),
            }
        }
        Entrants {
            standing,
            duplicates,
        }
    }
}

/// The affiliate of an entrant; `None` if it is a group of several.
fn sole_affiliate(claims: &Claims<'_>, members: &Members) -> Option<AffiliateIndex> {
    match members {
        Members::Claim(place) => claims.affiliate(*place),
        Members::Touches(touches) => {
            let affiliate = claims.affiliate(*touches.first()?)?;
            touches
                .iter()
                .all(|place| claims.affiliate(*place) == Some(affiliate))
                .then_some(affiliate)
        }
    }
}

/// The entrant that `tie` credits; `None` if it credits all.
fn winner(tie: TieRule, claims: &Claims<'_>, standing: &[Members]) -> Option<usize> {
    let at = |members: &Members| {
        members
            .last()
            .and_then(|place| claims.get(place))
            .map(|claim| claim.at)
    };
    let times = || standing.iter().map(at).enumerate();
    let better: fn(Option<Instant>, Option<Instant>) -> bool = match tie {
        TieRule::Review => return None,
        TieRule::FirstListed => |_, _| false,
        TieRule::Earliest => |at, best| at < best,
        TieRule::Latest => |at, best| at > best,
    };
    // Of equals the first stays, whichever way times are compared.
    times()
        .reduce(|best, entrant| {
            if better(entrant.1, best.1) {
                entrant
            } else {
                best
            }
        })
        .map(|(entrant, _)| entrant)
}

/// The claim that a `by` names for an entrant: of a splitting group its first credited touch, or
/// its last touch if it is not credited.
fn spokesman(claims: &Claims<'_>, members: &Members, credited: bool) -> Option<usize> {
    match members {
        Members::Claim(place) => Some(*place),
        Members::Touches(touches) if !credited => touches.last().copied(),
        Members::Touches(touches) => {
            // Credited is the last touch of each affiliate (step 5); the first of these speaks.
            let mut seen = BTreeSet::new();
            touches
                .iter()
                .rev()
                .filter(|place| seen.insert(claims.affiliate(**place)))
                .last()
                .copied()
        }
    }
}

fn beat_all(claims: &mut Claims<'_>, members: &Members, outcome: Outcome, by: Option<usize>) {
    let Some(by) = by else { return };
    match members {
        Members::Claim(place) => claims.beat(*place, outcome, by),
        Members::Touches(touches) => touches
            .iter()
            .for_each(|place| claims.beat(*place, outcome, by)),
    }
}
