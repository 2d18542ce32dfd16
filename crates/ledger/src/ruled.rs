//! A decision, and what a person ruled about it.

use waymark_attribution::Decision;
use waymark_attribution::money::{Amount, Currency};
use waymark_facts::ruling::{NamedClaim, Ruling};

use crate::wanted::wanted;
use crate::{Flag, Status, TooLarge, Wanted};

/// What the book should hold of an order.
///
/// The default is nothing at all: of a test order, or of a renewal that earns nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ruled {
    /// As the decision lists them.
    pub wanted: Vec<Wanted>,
    /// Why the ruling could not be followed. Then the decision stands, held for review.
    pub flag: Option<Flag>,
}

/// A share of all, in basis points.
const WHOLE: u64 = 10_000;

/// The conversions of a decision on an order in that currency, as a person ruled on them.
///
/// * Without a ruling they are the decision's, held if it asks for review.
/// * `accept` credits one claim with what the rules give it and denies all others; `split` credits
///   its parts, each with its basis points of what the rules give that claim; `deny` credits nobody.
///   All lift the review. Who is not credited by the rules stays unqualified.
/// * The parts' commissions are exact shares, rounded together: their sum is the exact sum rounded
///   half to even, and a minor unit that is left by rounding down goes to the largest remainder, of
///   equals to the earlier conversion. So two claims of 0.05 each, split evenly, are 0.03 and 0.02.
/// * A ruling that names a claim which the decision does not credit, or whose parts are not the
///   whole, changes nothing and holds the order again, with a flag. Ask this function before a
///   ruling is kept, and refuse one that is flagged.
///
/// # Errors
/// [`TooLarge`], for a commission that no ledger can hold.
pub fn ruled(
    decision: &Decision<'_>,
    currency: Currency,
    ruling: Option<&Ruling>,
) -> Result<Ruled, TooLarge> {
    let wanted = wanted(decision, currency)?;
    let parts: Vec<(&NamedClaim, u64)> = match ruling {
        None | Some(Ruling::Undo { .. }) => return Ok(Ruled { wanted, flag: None }),
        Some(Ruling::Deny) => return Ok(divided(wanted, &[])),
        Some(Ruling::Accept { claim }) => vec![(claim, WHOLE)],
        Some(Ruling::Split { parts }) => parts
            .iter()
            .map(|part| (&part.claim, u64::from(part.share_bp)))
            .collect(),
    };
    Ok(match shares(&wanted, &parts) {
        Ok(shares) => divided(wanted, &shares),
        Err(flag) => held(wanted, flag),
    })
}

/// The basis points of each conversion.
fn shares(wanted: &[Wanted], parts: &[(&NamedClaim, u64)]) -> Result<Vec<u64>, Flag> {
    let sum_bp = parts
        .iter()
        .fold(0_u64, |sum, (_, bp)| sum.saturating_add(*bp));
    if sum_bp != WHOLE {
        return Err(Flag::RulingIsNotWhole { sum_bp });
    }
    let mut shares = vec![0_u64; wanted.len()];
    for (claim, bp) in parts {
        let place = wanted
            .iter()
            .position(|it| it.is_credited() && it.claim.is_meant_by(claim));
        let share = place.and_then(|place| shares.get_mut(place));
        let share = share.ok_or_else(|| Flag::RulingNamesNoCreditedClaim {
            claim: (*claim).clone(),
        })?;
        *share = share.saturating_add(*bp);
    }
    Ok(shares)
}

/// Gives every credited conversion its basis points, and denies those that have none.
fn divided(wanted: Vec<Wanted>, shares: &[u64]) -> Ruled {
    let share = |place: usize| shares.get(place).copied().unwrap_or(0);
    let exact: Vec<u128> = wanted
        .iter()
        .enumerate()
        .map(|(place, it)| {
            let commission = u128::try_from(it.commission.minor()).unwrap_or(0);
            commission.saturating_mul(u128::from(share(place)))
        })
        .collect();
    let commissions = rounded_together(&exact);
    let conversions = wanted.into_iter().zip(commissions).enumerate();
    let wanted = conversions
        .map(|(place, (mut it, commission))| {
            if !it.is_credited() {
                return it;
            }
            it.terms.review = false;
            it.terms.status = match share(place) {
                0 => Status::Denied,
                _ => Status::Pending,
            };
            let whole = u128::try_from(it.terms.share_bp).unwrap_or(0);
            let own = whole.saturating_mul(u128::from(share(place)));
            it.terms.share_bp = i64::try_from(half_even(own)).unwrap_or(i64::MAX);
            it.commission = Amount::from_minor(i64::try_from(commission).unwrap_or(i64::MAX));
            it
        })
        .collect();
    Ruled { wanted, flag: None }
}

/// Leaves everything to a person.
fn held(mut wanted: Vec<Wanted>, flag: Flag) -> Ruled {
    for it in wanted.iter_mut().filter(|it| it.is_credited()) {
        it.terms.status = Status::Held;
        it.terms.review = true;
    }
    Ruled {
        wanted,
        flag: Some(flag),
    }
}

/// Ten-thousandths rounded to whole numbers that sum to the rounded sum.
fn rounded_together(exact: &[u128]) -> Vec<u128> {
    let whole = u128::from(WHOLE);
    let sum = exact.iter().copied().fold(0, u128::saturating_add);
    let mut parts: Vec<u128> = exact.iter().map(|it| it.div_euclid(whole)).collect();
    let given = parts.iter().copied().fold(0, u128::saturating_add);
    let left = half_even(sum).saturating_sub(given);
    let mut places: Vec<usize> = (0..exact.len()).collect();
    let remainder = |place: &usize| exact.get(*place).map_or(0, |it| it.rem_euclid(whole));
    // Stable: of equal remainders the earlier comes first.
    places.sort_by_key(|place| std::cmp::Reverse(remainder(place)));
    for place in places.into_iter().take(usize::try_from(left).unwrap_or(0)) {
        if let Some(part) = parts.get_mut(place) {
            *part = part.saturating_add(1);
        }
    }
    parts
}

/// Ten-thousandths rounded to the nearest whole number, and to the even one of two.
fn half_even(exact: u128) -> u128 {
    let whole = u128::from(WHOLE);
    let (quotient, twice) = (
        exact.div_euclid(whole),
        exact.rem_euclid(whole).saturating_mul(2),
    );
    let odd = quotient.rem_euclid(2) == 1;
    let up = twice > whole || (twice == whole && odd);
    quotient.saturating_add(u128::from(up))
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;
    use waymark_facts::ruling::Part;

    /// A decision that credits these affiliates by link, and leaves `zoe` unqualified.
    fn decision(credited: &[(&str, &str)], review: bool) -> String {
        let conversion = |affiliate: &str, status: &str, share: u32, commission: &str| {
            json!({
                "affiliate": affiliate, "method": "coupon", "evidence": "Code", "status": status,
                "visible": true, "review": review && share > 0, "share_bp": share,
                "commission": commission, "lines": [],
            })
        };
        let conversions = credited.iter();
        let mut conversions: Vec<_> = conversions
            .map(|(affiliate, commission)| conversion(affiliate, "pending", 10_000, commission))
            .collect();
        conversions.push(conversion("zoe", "unqualified", 0, "0.00"));
        json!({
            "policy": { "name": "p", "version": 1 }, "order": "1", "review": review,
            "conversions": conversions, "assign": null, "trace": [],
        })
        .to_string()
    }

    fn claim(affiliate: &str) -> NamedClaim {
        NamedClaim {
            affiliate: affiliate.to_owned(),
            method: "coupon".to_owned(),
            evidence: " CODE".to_owned(),
        }
    }

    fn split(parts: &[(&str, u32)]) -> Ruling {
        let parts = parts.iter().map(|(affiliate, share_bp)| Part {
            claim: claim(affiliate),
            share_bp: *share_bp,
        });
        Ruling::Split {
            parts: parts.collect(),
        }
    }

    fn rule(decision: &str, ruling: Option<&Ruling>) -> Ruled {
        let decision = Decision::from_json(decision).unwrap();
        ruled(&decision, "USD".parse().unwrap(), ruling).unwrap()
    }

    /// Status, basis points and cents of each.
    fn outcome(ruled: &Ruled) -> Vec<(Status, i64, i64)> {
        let wanted = ruled.wanted.iter();
        wanted
            .map(|it| (it.terms.status, it.terms.share_bp, it.commission.minor()))
            .collect()
    }

    const UNQUALIFIED: (Status, i64, i64) = (Status::Unqualified, 0, 0);

    #[test]
    fn what_has_to_be_reviewed_is_held_and_the_rest_of_the_order_with_it() {
        let tied = decision(&[("ana", "8.00"), ("ben", "5.00")], true);
        let held = [
            (Status::Held, 10_000, 800),
            (Status::Held, 10_000, 500),
            UNQUALIFIED,
        ];
        assert_eq!(outcome(&rule(&tied, None)), held);
        // Ben's alone, then neither, but the decision as a whole.
        for fewer in [1, 2] {
            let fewer = tied.replacen(r#""review":true"#, r#""review":false"#, fewer);
            assert!(fewer.ends_with(r#""review":true,"trace":[]}"#), "{fewer}");
            assert_eq!(outcome(&rule(&fewer, None)), held);
        }
    }

    #[test]
    fn one_is_accepted_and_the_others_are_denied() {
        let tied = decision(&[("ana", "8.00"), ("ben", "5.00")], true);
        let accepted = rule(
            &tied,
            Some(&Ruling::Accept {
                claim: claim("ben"),
            }),
        );
        assert_eq!(accepted.flag, None);
        let expected = [
            (Status::Denied, 0, 0),
            (Status::Pending, 10_000, 500),
            UNQUALIFIED,
        ];
        assert_eq!(outcome(&accepted), expected);
        assert!(accepted.wanted.iter().all(|it| !it.terms.review));
    }

    #[test]
    fn nobody_is_credited_where_a_person_denies() {
        let tied = decision(&[("ana", "8.00"), ("ben", "5.00")], true);
        let denied = (Status::Denied, 0, 0);
        assert_eq!(
            outcome(&rule(&tied, Some(&Ruling::Deny))),
            [denied, denied, UNQUALIFIED]
        );
    }

    #[test]
    fn a_ruling_that_is_undone_leaves_the_decision_as_it_was() {
        let tied = decision(&[("ana", "8.00"), ("ben", "5.00")], true);
        let undo = Ruling::Undo { id: "r".to_owned() };
        assert_eq!(rule(&tied, Some(&undo)), rule(&tied, None));
    }

    #[test]
    fn each_part_of_a_split_is_of_what_the_rules_give_it() {
        let tied = decision(&[("ana", "8.00"), ("ben", "5.00")], true);
        let expected = [
            (Status::Pending, 6_000, 480),
            (Status::Pending, 4_000, 200),
            UNQUALIFIED,
        ];
        let split = split(&[("ben", 4_000), ("ana", 6_000)]);
        assert_eq!(outcome(&rule(&tied, Some(&split))), expected);
    }

    #[test]
    fn a_claim_that_is_named_twice_gets_both_parts() {
        let tied = decision(&[("ana", "8.00"), ("ben", "5.00")], true);
        let parts = split(&[("ana", 2_500), ("ben", 5_000), ("ana", 2_500)]);
        let expected = [
            (Status::Pending, 5_000, 400),
            (Status::Pending, 5_000, 250),
            UNQUALIFIED,
        ];
        assert_eq!(outcome(&rule(&tied, Some(&parts))), expected);
    }

    #[test]
    fn a_cent_that_is_left_by_rounding_goes_to_the_largest_remainder() {
        for (commission, ana, expected) in [
            ("0.05", 5_000, [3, 2]),
            ("0.01", 2_000, [0, 1]),
            ("0.01", 5_000, [1, 0]),
        ] {
            let tied = decision(&[("ana", commission), ("ben", commission)], true);
            let parts = split(&[("ana", ana), ("ben", 10_000 - ana)]);
            let cents = outcome(&rule(&tied, Some(&parts)));
            assert_eq!([cents[0].2, cents[1].2], expected);
        }
    }

    #[test]
    fn a_ruling_on_a_claim_that_is_not_credited_holds_the_order_again() {
        let alone = decision(&[("ana", "8.00")], false);
        for (ruling, flag) in [
            (
                Ruling::Accept {
                    claim: claim("zoe"),
                },
                Flag::RulingNamesNoCreditedClaim {
                    claim: claim("zoe"),
                },
            ),
            (
                split(&[("ana", 5_000), ("ben", 5_000)]),
                Flag::RulingNamesNoCreditedClaim {
                    claim: claim("ben"),
                },
            ),
            (
                split(&[("ana", 9_999)]),
                Flag::RulingIsNotWhole { sum_bp: 9_999 },
            ),
            (split(&[]), Flag::RulingIsNotWhole { sum_bp: 0 }),
        ] {
            let ruled = rule(&alone, Some(&ruling));
            assert_eq!(ruled.flag, Some(flag));
            assert_eq!(outcome(&ruled), [(Status::Held, 10_000, 800), UNQUALIFIED]);
            assert!(ruled.wanted[0].terms.review);
        }
    }

    proptest! {
        #[test]
        fn the_parts_of_a_split_sum_to_the_exact_sum_rounded(
            cents in prop::collection::vec(0_u64..1_000_000_000_000_000, 1..6),
            cuts in prop::collection::vec(0_u64..=10_000, 5),
        ) {
            // The cuts divide 10 000 into as many shares as there are commissions.
            let mut cuts: Vec<u64> = cuts.into_iter().take(cents.len() - 1).collect();
            cuts.extend([0, 10_000]);
            cuts.sort_unstable();
            let exact: Vec<u128> = cents
                .iter()
                .zip(cuts.windows(2))
                .map(|(cents, cut)| u128::from(*cents) * u128::from(cut[1] - cut[0]))
                .collect();
            let parts = rounded_together(&exact);
            prop_assert_eq!(parts.iter().sum::<u128>(), half_even(exact.iter().sum()));
            for (part, exact) in parts.iter().zip(&exact) {
                prop_assert!((part * 10_000).abs_diff(*exact) < 10_000);
            }
        }
    }
}
