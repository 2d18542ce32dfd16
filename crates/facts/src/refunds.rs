//! What was refunded, line by line, never more than there was.
//!
//! Stores say it in three ways: money for pieces, pieces without money, and money without saying
//! for what. The rules want a plain amount for each line, so the last two are worked out here.
//!
//! Money without saying for what is of two kinds. Where a store names shipping and tax beside it, it
//! is for goods, and takes shipping and tax only once nothing is left of them. Where it is no more
//! than the sum that was paid back, it is for lines, shipping and tax in proportion to what is left of
//! each: half of an order refunded is half of its goods, and all of it leaves nothing.

use crate::fact::{
    Fact, FactKind, OrderSnapshot, RefundDetail, RefundFact, RefundTotalFact, RefundedLine,
};
use crate::flag::Flag;
use std::collections::{BTreeMap, BTreeSet};
use waymark_attribution::money::Amount;

/// A refund as the rules are to see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// The refund's id.
    pub id: String,
    /// Each line at most once, in the order's sequence, before tax.
    pub lines: Vec<RefundLine>,
    /// What was refunded of the shipping.
    pub shipping: Amount,
    /// All tax that was refunded.
    pub tax: Amount,
}

/// A refund's part of one order line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundLine {
    /// The line's id in its order.
    pub line: String,
    /// How many pieces came back.
    pub quantity: u32,
    /// What was refunded for them.
    pub amount: Amount,
}

/// What is left of the order after the refunds so far, in minor units.
struct Left {
    lines: Vec<Part>,
    shipping: i64,
    tax: i64,
}

/// A part of a line: how many pieces, and what they are worth before tax.
#[derive(Clone, Copy, Default)]
struct Part {
    quantity: u32,
    amount: i64,
}

/// Takes the refunds from the order one after the other, in the sequence given.
pub(crate) fn apportion(
    order: &OrderSnapshot,
    refunds: &[&RefundFact],
    flags: &mut BTreeSet<Flag>,
) -> Vec<Refund> {
    let whole = worth(order);
    let places: BTreeMap<&str, usize> = order
        .lines
        .iter()
        .enumerate()
        .map(|(place, line)| (line.id.as_str(), place))
        .collect();
    let mut left = Left {
        lines: whole.clone(),
        shipping: order.shipping.minor(),
        tax: order.tax.minor(),
    };
    let mut taken = Vec::new();
    for refund in refunds {
        if refund.guessed {
            flags.insert(Flag::RefundGuessed {
                refund: refund.id.clone(),
            });
        }
        if refund.currency == order.currency {
            let asked = match refund.detail {
                RefundDetail::Rest => left.all(),
                _ => ask(order, refund, &whole, &left, &places, flags),
            };
            taken.push(left.take(order, refund, asked, flags));
        } else {
            flags.insert(Flag::RefundInOtherCurrency {
                refund: refund.id.clone(),
            });
        }
    }
    taken
}

/// What the store says was refunded of a payment beyond the refunds of it that were heard of. One that
/// failed since is among them: the sum is from before it did.
pub(crate) fn not_heard_of<'f>(
    total: &RefundTotalFact,
    refunds: impl Iterator<Item = &'f RefundFact>,
) -> Amount {
    let is_of_it = |refund: &&RefundFact| {
        refund.currency == total.currency
            && (refund.of.is_none()
                || total.of.is_none()
                || refund.of == total.of
                || refund.of.as_ref() == Some(&total.payment))
    };
    let is_in_it =
        |refund: &&RefundFact| !refund.failed || refund.at.is_none_or(|at| at >= total.at);
    let known = refunds.filter(is_of_it).filter(is_in_it);
    let known = known.fold(0_i64, |sum, refund| sum.saturating_add(whole(refund)));
    Amount::from_minor(total.amount.minor().saturating_sub(known).max(0))
}

/// Whether one of the refunds among these facts is known by its sum alone, though the store would say more
/// of it if it were asked, as it has not been so far as is `known`.
#[must_use]
pub fn has_refund_to_ask_for(facts: &[Fact], known: &[Fact]) -> bool {
    let was_asked = |id: &str| {
        let mut known = known.iter().filter_map(refund_of);
        known.any(|it| it.id == id && it.detail == RefundDetail::Asked)
    };
    let mut refunds = facts.iter().filter_map(refund_of);
    refunds.any(|it| it.detail == RefundDetail::Usual && whole(it) > 0 && !was_asked(&it.id))
}

fn refund_of(fact: &Fact) -> Option<&RefundFact> {
    match &fact.kind {
        FactKind::Refund(refund) => Some(refund),
        _ => None,
    }
}

/// What a refund gave back in all, in minor units.
pub(crate) fn whole(refund: &RefundFact) -> i64 {
    let lines = refund.lines.iter();
    let lines = lines.flat_map(|line| [line.amount.unwrap_or_default(), line.tax]);
    let parts = lines.chain([refund.shipping, refund.tax, refund.unassigned]);
    let sum = parts.fold(0_i64, |sum, part| sum.saturating_add(part.minor()));
    sum.saturating_sub(refund.withheld.minor())
}

/// What each line can give back: its amount less its part of the order's discount.
fn worth(order: &OrderSnapshot) -> Vec<Part> {
    let amounts: Vec<i64> = order.lines.iter().map(|line| line.amount.minor()).collect();
    let discounts = spread(order.discount.minor(), &amounts);
    let lines = order.lines.iter().zip(discounts);
    lines
        .map(|(line, discount)| Part {
            quantity: line.quantity,
            amount: line.amount.minor().saturating_sub(discount),
        })
        .collect()
}

/// What a refund wants from each part of the order, before it is known whether that is there.
struct Asked {
    lines: BTreeMap<usize, Part>,
    shipping: i64,
    tax: i64,
}

fn ask(
    order: &OrderSnapshot,
    refund: &RefundFact,
    whole: &[Part],
    left: &Left,
    places: &BTreeMap<&str, usize>,
    flags: &mut BTreeSet<Flag>,
) -> Asked {
    let mut asked = Asked {
        lines: BTreeMap::new(),
        shipping: refund.shipping.minor(),
        tax: refund.tax.minor(),
    };
    for refunded in &refund.lines {
        let place = places.get(refunded.line.as_str()).copied();
        let known =
            place.and_then(|place| Some((place, whole.get(place)?, left.lines.get(place)?)));
        let Some((place, whole, left)) = known else {
            flags.insert(Flag::RefundOfUnknownLine {
                refund: refund.id.clone(),
                line: refunded.line.clone(),
            });
            continue;
        };
        let amount = value(refunded, order.taxes_included, *whole, *left);
        let part = asked.lines.entry(place).or_default();
        part.quantity = part.quantity.saturating_add(refunded.quantity);
        part.amount = part.amount.saturating_add(amount);
        asked.tax = asked.tax.saturating_add(refunded.tax.minor());
    }
    // Where prices include tax, what is more than shipping's part of them is the tax in it.
    if order.taxes_included {
        let contained = asked.shipping.saturating_sub(left.shipping).max(0);
        asked.shipping = asked.shipping.saturating_sub(contained);
        asked.tax = asked.tax.saturating_add(contained);
    }
    asked.withhold(refund.withheld.minor());
    asked
}

/// What a refunded line is worth before tax. Pieces without money take their part of the line, and
/// the last of them all that is left of it.
fn value(refunded: &RefundedLine, taxes_included: bool, whole: Part, left: Part) -> i64 {
    match refunded.amount {
        Some(amount) if taxes_included => {
            let net = amount.minor().saturating_sub(refunded.tax.minor());
            net.max(0)
        }
        Some(amount) => amount.minor(),
        None if refunded.quantity > 0 && refunded.quantity >= left.quantity => left.amount,
        None => {
            let part = i128::from(whole.amount)
                .saturating_mul(i128::from(refunded.quantity))
                .checked_div(i128::from(whole.quantity));
            part.and_then(|part| i64::try_from(part).ok()).unwrap_or(0)
        }
    }
}

impl Asked {
    /// What the store kept comes off the lines in proportion, then off shipping, then off tax. The
    /// pieces are back all the same.
    fn withhold(&mut self, amount: i64) {
        let amounts: Vec<i64> = self.lines.values().map(|part| part.amount).collect();
        let mut rest = amount;
        for (part, kept) in self.lines.values_mut().zip(spread(amount, &amounts)) {
            part.amount = part.amount.saturating_sub(kept);
            rest = rest.saturating_sub(kept);
        }
        rest = rest.saturating_sub(take(&mut self.shipping, rest));
        take(&mut self.tax, rest);
    }
}

impl Left {
    fn all(&self) -> Asked {
        Asked {
            lines: self.lines.iter().copied().enumerate().collect(),
            shipping: self.shipping,
            tax: self.tax,
        }
    }

    /// How an amount goes over what is left.
    fn parts(&self, amount: i64, gross: bool) -> Parts {
        let lines = self.lines.iter().map(|left| left.amount);
        if !gross {
            return Parts {
                lines: spread(amount, &lines.collect::<Vec<_>>()),
                shipping: None,
                tax: None,
            };
        }
        let left: Vec<i64> = lines.chain([self.shipping, self.tax]).collect();
        let mut parts = spread(amount, &left);
        let tax = parts.pop();
        let shipping = parts.pop();
        Parts {
            lines: parts,
            shipping,
            tax,
        }
    }

    fn take(
        &mut self,
        order: &OrderSnapshot,
        refund: &RefundFact,
        asked: Asked,
        flags: &mut BTreeSet<Flag>,
    ) -> Refund {
        let mut beyond = false;
        let mut lines = asked.lines;
        for (place, part) in &mut lines {
            if let Some(left) = self.lines.get_mut(*place) {
                let quantity = part.quantity.min(left.quantity);
                left.quantity = left.quantity.saturating_sub(quantity);
                let amount = take(&mut left.amount, part.amount);
                beyond |= quantity < part.quantity || amount < part.amount;
                *part = Part { quantity, amount };
            }
        }
        let mut shipping = take(&mut self.shipping, asked.shipping);
        let mut tax = take(&mut self.tax, asked.tax);
        beyond |= shipping < asked.shipping || tax < asked.tax;

        // Money refunded for nothing in particular: its parts, and then what none of them could take.
        let mut rest = match refund.detail {
            RefundDetail::Rest => 0,
            _ => refund.unassigned.minor(),
        };
        // Prices with tax are paid back with tax.
        let parts = self.parts(rest, refund.gross || order.taxes_included);
        for (place, (left, part)) in self.lines.iter_mut().zip(parts.lines).enumerate() {
            let amount = take(&mut left.amount, part);
            if amount > 0 {
                let part = lines.entry(place).or_default();
                part.amount = part.amount.saturating_add(amount);
                rest = rest.saturating_sub(amount);
            }
        }
        for (total, left, part) in [
            (&mut shipping, &mut self.shipping, parts.shipping),
            (&mut tax, &mut self.tax, parts.tax),
        ] {
            let amount = take(left, part.unwrap_or(rest));
            *total = total.saturating_add(amount);
            rest = rest.saturating_sub(amount);
        }
        if beyond || rest > 0 {
            flags.insert(Flag::RefundBeyondOrder {
                refund: refund.id.clone(),
            });
        }
        Refund {
            id: refund.id.clone(),
            lines: lines
                .into_iter()
                .filter(|(_, part)| part.quantity > 0 || part.amount > 0)
                .filter_map(|(place, part)| {
                    Some(RefundLine {
                        line: order.lines.get(place)?.id.clone(),
                        quantity: part.quantity,
                        amount: Amount::from_minor(part.amount),
                    })
                })
                .collect(),
            shipping: Amount::from_minor(shipping),
            tax: Amount::from_minor(tax),
        }
    }
}

/// The parts of an amount that is for nothing in particular. Shipping and tax have none of one that is
/// for goods: they take what goods do not.
struct Parts {
    lines: Vec<i64>,
    shipping: Option<i64>,
    tax: Option<i64>,
}

/// Takes at most `amount` from what is left, and says how much that was.
fn take(left: &mut i64, amount: i64) -> i64 {
    let taken = amount.min(*left);
    *left = left.saturating_sub(taken);
    taken
}

/// Parts of `total` in proportion to the weights, by largest remainder, the earlier first among
/// equals. A total above the weights' sum counts as that sum, so no part exceeds its weight.
#[must_use]
pub fn spread(total: i64, weights: &[i64]) -> Vec<i64> {
    let sum: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    let total = i128::from(total).min(sum);
    let mut rest = total;
    let mut remainders = Vec::with_capacity(weights.len());
    let mut parts = Vec::with_capacity(weights.len());
    for (place, weight) in weights.iter().enumerate() {
        let product = total.saturating_mul(i128::from(*weight));
        let part = product.checked_div(sum).unwrap_or(0);
        let remainder = product.checked_rem(sum).unwrap_or(0);
        rest = rest.saturating_sub(part);
        remainders.push((std::cmp::Reverse(remainder), place));
        parts.push(i64::try_from(part).unwrap_or(0));
    }
    remainders.sort_unstable();
    for ((_, place), _) in remainders.iter().zip(0..rest) {
        if let Some(part) = parts.get_mut(*place) {
            *part = part.saturating_add(1);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_spread_gives_out_all_of_it_and_no_part_exceeds_its_weight(
            total in 0..10_000_i64, weights in prop::collection::vec(0..1_000_i64, 0..12),
        ) {
            let parts = spread(total, &weights);
            prop_assert_eq!(parts.len(), weights.len());
            prop_assert_eq!(parts.iter().sum::<i64>(), total.min(weights.iter().sum()));
            for (part, weight) in parts.iter().zip(&weights) {
                prop_assert!((0..=*weight).contains(part), "{:?} of {:?}", parts, weights);
            }
        }
    }

    #[test]
    fn equal_remainders_go_to_the_earlier_part() {
        assert_eq!(spread(100, &[100, 100, 100]), [34, 33, 33]);
        assert_eq!(spread(5, &[0, 0]), [0, 0]);
    }
}
