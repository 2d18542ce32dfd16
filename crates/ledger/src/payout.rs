//! What is paid out: entries of what is approved or paid, each once.
//!
//! A payout takes every entry of an affiliate in one currency that is in no payout yet. So a refund
//! after payment, which is a negative entry, lowers the next payout.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use waymark_attribution::money::{Amount, Currency};

use crate::sum::add;
use crate::{Booked, Posting, Status, Step, TooLarge};

/// An entry that is in no payout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpaid {
    /// The book's number of the entry.
    pub entry: i64,
    /// The affiliate's id.
    pub affiliate: String,
    /// What the amount is in.
    pub currency: Currency,
    /// Where its conversion stands.
    pub status: Status,
    /// What is owed and in no payout.
    pub amount: Amount,
}

/// A payout to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The affiliate's id.
    pub affiliate: String,
    /// What the amount is in.
    pub currency: Currency,
    /// The sum of its entries, always above zero.
    pub amount: Amount,
    /// Their numbers, in the sequence in which they were given.
    pub entries: Vec<i64>,
}

/// The payouts that are due, by affiliate, then by currency code.
///
/// An affiliate whose sum is not above zero, or below the `minimum` of its currency, gets none:
/// its entries wait for the next time.
///
/// # Errors
/// [`TooLarge`], for sums that cannot be stored.
pub fn draft(
    unpaid: impl IntoIterator<Item = Unpaid>,
    minimum: impl Fn(Currency) -> Amount,
) -> Result<Vec<Draft>, TooLarge> {
    let mut drafts: BTreeMap<(String, Currency), Draft> = BTreeMap::new();
    for Unpaid {
        entry,
        affiliate,
        currency,
        status,
        amount,
    } in unpaid
    {
        if !status.is_payable() {
            continue;
        }
        let draft = drafts
            .entry((affiliate.clone(), currency))
            .or_insert_with(|| Draft {
                affiliate,
                currency,
                amount: Amount::ZERO,
                entries: Vec::new(),
            });
        draft.amount = add(draft.amount, amount)?;
        draft.entries.push(entry);
    }
    let is_due =
        |draft: &Draft| draft.amount > Amount::ZERO && draft.amount >= minimum(draft.currency);
    Ok(drafts.into_values().filter(is_due).collect())
}

/// Where a payout stands.
///
/// ```text
/// open ── paid by hand or bank ──▶ paid
///   └──── called off ──▶ cancelled: its entries are free for the next one, those too whose
///                        conversion another payout has made paid meanwhile
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PayoutState {
    /// Drafted: its entries are in no other payout, and nothing was paid.
    Open,
    /// Final.
    Paid,
    /// Final.
    Cancelled,
}

/// A payout that was paid, or cancelled, before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the payout is {}, which is final", .0.as_str())]
pub struct PayoutOver(pub PayoutState);

impl PayoutState {
    /// The state as stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            PayoutState::Open => "open",
            PayoutState::Paid => "paid",
            PayoutState::Cancelled => "cancelled",
        }
    }

    /// The state of that name.
    pub fn named(name: &str) -> Option<PayoutState> {
        [PayoutState::Open, PayoutState::Paid, PayoutState::Cancelled]
            .into_iter()
            .find(|state| state.as_str() == name)
    }

    /// The payout was paid: see [`paid_out`] for its conversions.
    ///
    /// # Errors
    /// It was paid or cancelled before.
    pub fn pay(self) -> Result<PayoutState, PayoutOver> {
        self.end(PayoutState::Paid)
    }

    /// The payout will not be paid: its entries belong to no payout any more.
    ///
    /// # Errors
    /// It was paid or cancelled before.
    pub fn cancel(self) -> Result<PayoutState, PayoutOver> {
        self.end(PayoutState::Cancelled)
    }

    fn end(self, state: PayoutState) -> Result<PayoutState, PayoutOver> {
        match self {
            PayoutState::Open => Ok(state),
            over => Err(PayoutOver(over)),
        }
    }
}

/// The changes of status of the conversions, each given once, that have entries in a payout which
/// was paid. One that was reversed or held while the payout was open is paid as well: what was
/// booked since is for the next payout.
#[must_use]
pub fn paid_out(booked: &[Booked]) -> Vec<Posting> {
    let may = |it: &&Booked| it.terms.status.may_become(Status::Paid, Step::Payout);
    let booked = booked.iter().filter(may);
    booked.map(|it| it.becoming(Status::Paid)).collect()
}
