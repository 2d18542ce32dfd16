//! Payments that several orders share, and what of a payment falls to each.

use crate::fact::{Fact, FactKind};
use crate::payment::PaymentPartFact;
use crate::refunds::spread;
use std::collections::BTreeMap;
use waymark_attribution::money::Amount;
use waymark_attribution::time::Instant;

impl Fact {
    /// The payment that all of it is about, where the store tells by which name it speaks of that: then
    /// it is a fact of each order that was paid by it.
    #[must_use]
    pub fn payment(&self) -> Option<&str> {
        match &self.kind {
            FactKind::Payment(fact) => Some(&fact.payment),
            FactKind::PaymentPart(fact) => Some(&fact.payment),
            FactKind::Refund(fact) => fact.of.as_deref(),
            FactKind::RefundTotal(fact) => fact.of.as_deref(),
            FactKind::Dispute(fact) => fact.of.as_deref(),
            _ => None,
        }
    }
}

/// A part's time, then the larger of two that have one time, then its key.
type PartVersion<'f> = (Instant, Amount, &'f str);

/// How payments are shared among orders.
#[derive(Default)]
pub(crate) struct Shares<'f> {
    /// By payment, then by order.
    parts: BTreeMap<&'f str, BTreeMap<&'f str, (PartVersion<'f>, i64)>>,
}

impl<'f> Shares<'f> {
    pub(crate) fn add(&mut self, key: &'f str, part: &'f PaymentPartFact) {
        let version = (part.at, part.amount, key);
        let amount = part.amount.minor().max(0);
        let orders = self.parts.entry(&part.payment).or_default();
        let entry = orders.entry(&part.order).or_insert((version, amount));
        if entry.0 < version {
            *entry = (version, amount);
        }
    }

    /// Of an amount that was given back of a payment, what falls to one of the orders that were paid by
    /// it: in proportion to what each was paid with. All of it where no more than one is known.
    pub(crate) fn of(&self, payment: Option<&str>, order: Option<&str>, amount: Amount) -> Amount {
        let (Some(payment), Some(order)) = (payment, order) else {
            return amount;
        };
        let Some(orders) = self.parts.get(payment) else {
            return amount;
        };
        let Some(place) = orders.keys().position(|id| *id == order) else {
            return amount;
        };
        let weights: Vec<i64> = orders.values().map(|(_, amount)| *amount).collect();
        if weights.iter().all(|weight| *weight == 0) {
            return amount;
        }
        // More than all of the parts went back: what is too much is flagged where the order ends.
        let sum = weights
            .iter()
            .fold(0_i64, |sum, it| sum.saturating_add(*it));
        let beyond = amount.minor().saturating_sub(sum).max(0);
        let shares = spread(amount.minor(), &weights);
        let is_largest = weights
            .iter()
            .enumerate()
            .max_by_key(|(at, it)| (**it, std::cmp::Reverse(*at)));
        let beyond = match is_largest {
            Some((largest, _)) if largest == place => beyond,
            _ => 0,
        };
        let share = shares.get(place).copied().unwrap_or_default();
        Amount::from_minor(share.saturating_add(beyond))
    }
}
