//! A check on lines and refunds: the store's own sum of the goods that are left of an order.

use crate::fact::{OrderSnapshot, RefundFact};
use crate::flag::Flag;
use crate::refunds::{self, Refund};
use std::collections::BTreeSet;
use waymark_attribution::money::Amount;

/// Whether the lines and refunds of an order leave other goods than its store says, by more than a
/// minor unit for each line: stores round each of them.
///
/// Nothing is compared where a refund is newer than the sum, or in another currency. Stores differ in
/// whether money that was given back without saying for what, or kept when pieces came back, is in
/// their sum: whichever agrees is taken for right. But where all of the money was kept nothing was given
/// back, and the sum should say so.
pub(crate) fn differ(order: &OrderSnapshot, refunds: &[&RefundFact]) -> Option<Flag> {
    let said = order.goods_left?;
    let is_in_it = |refund: &&RefundFact| {
        refund.at <= Some(order.updated_at) && refund.currency == order.currency
    };
    if !refunds.iter().all(is_in_it) {
        return None;
    }
    let mut sequence = refunds.to_vec();
    sequence.sort_by_key(|refund| (refund.at, &refund.id));
    let mut apart = BTreeSet::new();
    let counted = left(order, &refunds::apportion(order, &sequence, &mut apart));
    let tolerance = i64::try_from(order.lines.len()).unwrap_or(i64::MAX);
    let is_between = |least: i64, most: i64| {
        let range = least.saturating_sub(tolerance)..=most.saturating_add(tolerance);
        range.contains(&said.minor())
    };
    if is_between(counted, counted) {
        return None;
    }
    let mut after = |change: fn(&mut RefundFact)| {
        let changed: Vec<RefundFact> = sequence
            .iter()
            .map(|refund| {
                let mut refund = (*refund).clone();
                if refunds::whole(&refund) > 0 {
                    refund.withheld = Amount::ZERO;
                }
                change(&mut refund);
                refund
            })
            .collect();
        let changed: Vec<&RefundFact> = changed.iter().collect();
        left(order, &refunds::apportion(order, &changed, &mut apart))
    };
    let least = after(|_| {});
    let most = after(|refund| refund.unassigned = Amount::ZERO);
    let text = |minor: i64| {
        let amount = order.currency.format(Amount::from_minor(minor));
        format!("{amount} {}", order.currency.code())
    };
    (!is_between(least, most)).then(|| Flag::GoodsLeftDiffer {
        said: text(said.minor()),
        counted: text(counted),
    })
}

/// What is left of the lines, in minor units.
fn left(order: &OrderSnapshot, refunds: &[Refund]) -> i64 {
    let amounts = order.lines.iter().map(|line| line.amount);
    let goods = amounts.fold(0_i64, |sum, amount| sum.saturating_add(amount.minor()));
    let back = refunds.iter().flat_map(|refund| &refund.lines);
    let back = back.fold(0_i64, |sum, line| sum.saturating_add(line.amount.minor()));
    goods
        .saturating_sub(order.discount.minor())
        .saturating_sub(back)
}
