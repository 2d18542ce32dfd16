//! From what was booked and what is wanted to what has to be added.

use waymark_attribution::money::Amount;

use crate::{Booked, Cause, Claim, Entry, Posting, Reason, Status, Terms, TooLarge, Wanted};

/// What has to be added so that the book says what the decision says.
///
/// Postings come in the sequence of `wanted`, then those of conversions that are not wanted any
/// more. A conversion about which nothing changes is not among them, so posting one decision
/// twice adds nothing the second time.
///
/// # Errors
/// [`TooLarge`], for sums that no order can have.
pub fn post(
    mut booked: Vec<Booked>,
    wanted: Vec<Wanted>,
    cause: Cause,
) -> Result<Vec<Posting>, TooLarge> {
    let mut postings = Vec::with_capacity(wanted.len());
    for Wanted {
        claim,
        terms,
        commission,
    } in wanted
    {
        let known = booked.iter().position(|known| same(&known.claim, &claim));
        let posting = match known.map(|place| booked.remove(place)) {
            None => Posting {
                number: None,
                claim,
                terms,
                entry: entry(Amount::ZERO, commission, Reason::Credited)?,
            },
            Some(known) => {
                let reason = reason(&known, cause);
                let entry = entry(known.balance, commission, reason)?;
                if entry.is_none() && known.terms == terms {
                    continue;
                }
                Posting {
                    number: Some(known.number),
                    claim: known.claim,
                    terms,
                    entry,
                }
            }
        };
        postings.push(posting);
    }
    for known in booked {
        let entry = entry(known.balance, Amount::ZERO, Reason::Withdrawn)?;
        let terms = Terms {
            status: Status::Reversed,
            reason: None,
            review: false,
            ..known.terms.clone()
        };
        if entry.is_some() || terms != known.terms {
            postings.push(Posting {
                number: Some(known.number),
                claim: known.claim,
                terms,
                entry,
            });
        }
    }
    Ok(postings)
}

/// Whether two claims are one conversion. Codes and tags are compared as the rules compare them:
/// a store that spells one differently in a later call does not start a new conversion.
fn same(one: &Claim, other: &Claim) -> bool {
    let evidence = match one.method.as_str() {
        "coupon" | "tag" => one
            .evidence
            .trim()
            .eq_ignore_ascii_case(other.evidence.trim()),
        _ => one.evidence == other.evidence,
    };
    evidence
        && one.affiliate == other.affiliate
        && one.method == other.method
        && one.currency == other.currency
}

fn reason(known: &Booked, cause: Cause) -> Reason {
    match (known.terms.status, cause) {
        (Status::Reversed | Status::Unqualified, _) => Reason::Credited,
        (Status::Pending, Cause::Order) => Reason::Changed,
        (Status::Pending, Cause::Refund) => Reason::Refunded,
        (Status::Pending, Cause::Cancellation) => Reason::Cancelled,
    }
}

fn entry(balance: Amount, target: Amount, reason: Reason) -> Result<Option<Entry>, TooLarge> {
    let amount = target.checked_sub(balance).ok_or(TooLarge)?;
    Ok((amount != Amount::ZERO).then_some(Entry { amount, reason }))
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn claim(affiliate: &str, method: &str, evidence: &str) -> Claim {
        Claim {
            affiliate: affiliate.to_owned(),
            method: method.to_owned(),
            evidence: evidence.to_owned(),
            currency: "USD".parse().unwrap(),
        }
    }

    fn pending() -> Terms {
        Terms {
            status: Status::Pending,
            reason: None,
            visible: true,
            review: false,
            share_bp: 10_000,
        }
    }

    fn wanted(affiliate: &str, cents: i64) -> Wanted {
        Wanted {
            claim: claim(affiliate, "link", "t1"),
            terms: pending(),
            commission: Amount::from_minor(cents),
        }
    }

    /// A book in memory, kept by postings alone.
    #[derive(Default)]
    struct Ledger {
        conversions: Vec<(Claim, Terms)>,
        entries: Vec<(usize, Entry)>,
    }

    impl Ledger {
        fn balance(&self, conversion: usize) -> Amount {
            let own = self
                .entries
                .iter()
                .filter(|(owner, _)| *owner == conversion);
            Amount::from_minor(own.map(|(_, entry)| entry.amount.minor()).sum())
        }

        fn booked(&self) -> Vec<Booked> {
            let conversions = self.conversions.iter().enumerate();
            conversions
                .map(|(number, (claim, terms))| Booked {
                    number: number as i64,
                    claim: claim.clone(),
                    terms: terms.clone(),
                    balance: self.balance(number),
                })
                .collect()
        }

        fn post(&mut self, wanted: Vec<Wanted>, cause: Cause) -> usize {
            let postings = post(self.booked(), wanted, cause).unwrap();
            let count = postings.len();
            for Posting {
                number,
                claim,
                terms,
                entry,
            } in postings
            {
                let number = match number {
                    Some(number) => number as usize,
                    None => {
                        self.conversions.push((claim, terms.clone()));
                        self.conversions.len() - 1
                    }
                };
                self.conversions[number].1 = terms;
                self.entries.extend(entry.map(|entry| (number, entry)));
            }
            count
        }

        /// What is owed, by claim, leaving out what is settled at nothing.
        fn owed(&self) -> BTreeMap<(String, String), i64> {
            let booked = self.booked().into_iter();
            booked
                .filter(|booked| booked.balance != Amount::ZERO)
                .map(|booked| {
                    let Claim {
                        affiliate,
                        evidence,
                        ..
                    } = booked.claim;
                    ((affiliate, evidence), booked.balance.minor())
                })
                .collect()
        }
    }

    #[test]
    fn a_new_conversion_is_credited_with_its_commission() {
        let postings = post(vec![], vec![wanted("ana", 800)], Cause::Order).unwrap();
        assert_eq!(postings[0].number, None);
        let entry = postings[0].entry.unwrap();
        assert_eq!(
            (entry.amount.minor(), entry.reason),
            (800, Reason::Credited)
        );
    }

    #[test]
    fn a_refund_takes_back_the_difference_and_says_so() {
        let mut ledger = Ledger::default();
        ledger.post(vec![wanted("ana", 800)], Cause::Order);
        ledger.post(vec![wanted("ana", 300)], Cause::Refund);
        let (_, entry) = ledger.entries[1];
        assert_eq!(
            (entry.amount.minor(), entry.reason),
            (-500, Reason::Refunded)
        );
        assert_eq!(ledger.balance(0).minor(), 300);
    }

    #[test]
    fn a_conversion_that_the_decision_drops_is_reversed_and_may_come_back() {
        let mut ledger = Ledger::default();
        ledger.post(vec![wanted("ana", 800)], Cause::Order);
        ledger.post(vec![wanted("ben", 800)], Cause::Order);
        assert_eq!(ledger.conversions[0].1.status, Status::Reversed);
        assert_eq!(ledger.balance(0).minor(), 0);
        ledger.post(vec![wanted("ana", 800)], Cause::Order);
        assert_eq!(ledger.conversions.len(), 2);
        assert_eq!(ledger.conversions[0].1.status, Status::Pending);
        let reasons: Vec<Reason> = ledger
            .entries
            .iter()
            .map(|(_, entry)| entry.reason)
            .collect();
        assert_eq!(
            reasons,
            [
                Reason::Credited,
                Reason::Credited,
                Reason::Withdrawn,
                Reason::Credited,
                Reason::Withdrawn,
            ]
        );
    }

    #[test]
    fn a_code_spelt_otherwise_is_the_same_conversion_a_touch_id_is_not() {
        assert!(same(
            &claim("a", "coupon", " Save10"),
            &claim("a", "coupon", "SAVE10")
        ));
        assert!(!same(
            &claim("a", "link", "abc"),
            &claim("a", "link", "ABC")
        ));
        assert!(!same(&claim("a", "coupon", "x"), &claim("a", "tag", "x")));
    }

    #[test]
    fn an_order_that_changes_its_currency_starts_anew_in_the_other() {
        let mut ledger = Ledger::default();
        ledger.post(vec![wanted("ana", 800)], Cause::Order);
        let mut euros = wanted("ana", 700);
        euros.claim.currency = "EUR".parse().unwrap();
        ledger.post(vec![euros], Cause::Order);
        assert_eq!(ledger.balance(0).minor(), 0);
        assert_eq!(ledger.balance(1).minor(), 700);
    }

    #[test]
    fn what_is_only_a_change_of_terms_is_posted_without_an_entry() {
        let mut ledger = Ledger::default();
        ledger.post(vec![wanted("ana", 800)], Cause::Order);
        let mut reviewed = wanted("ana", 800);
        reviewed.terms.review = true;
        assert_eq!(ledger.post(vec![reviewed], Cause::Order), 1);
        assert!(ledger.conversions[0].1.review);
        assert_eq!(ledger.entries.len(), 1);
    }

    fn decisions() -> impl Strategy<Value = Vec<Wanted>> {
        proptest::collection::btree_map("[abc]", 0_i64..10_000, 0..3).prop_map(|amounts| {
            let amounts = amounts.into_iter();
            amounts
                .map(|(affiliate, cents)| wanted(&affiliate, cents))
                .collect()
        })
    }

    fn cause() -> impl Strategy<Value = Cause> {
        prop_oneof![
            Just(Cause::Order),
            Just(Cause::Refund),
            Just(Cause::Cancellation)
        ]
    }

    proptest! {
        #[test]
        fn after_any_history_the_balances_are_those_of_the_last_decision(
            history in proptest::collection::vec((decisions(), cause()), 1..12),
        ) {
            let mut ledger = Ledger::default();
            for (decision, cause) in &history {
                ledger.post(decision.clone(), *cause);
            }
            let (last, _) = history.last().unwrap();
            let expected: BTreeMap<_, _> = last
                .iter()
                .filter(|wanted| wanted.commission != Amount::ZERO)
                .map(|Wanted { claim, commission, .. }| {
                    let key = (claim.affiliate.clone(), claim.evidence.clone());
                    (key, commission.minor())
                })
                .collect();
            prop_assert_eq!(ledger.owed(), expected);
        }

        #[test]
        fn a_decision_posted_twice_adds_nothing_the_second_time(
            before in decisions(), decision in decisions(), cause in cause(),
        ) {
            let mut ledger = Ledger::default();
            ledger.post(before, Cause::Order);
            ledger.post(decision.clone(), cause);
            prop_assert_eq!(ledger.post(decision, cause), 0);
        }
    }
}
