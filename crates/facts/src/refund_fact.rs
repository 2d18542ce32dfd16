//! What a store says was refunded, in the form in which it is stored for years.

use crate::minor::{self, optional as optional_minor};
use serde::{Deserialize, Serialize};
use waymark_attribution::money::{Amount, Currency};
use waymark_attribution::time::Instant;

/// Money or goods refunded, named by the store's refund id.
///
/// All amounts are what the shopper got back, zero or more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundFact {
    /// The refund's id, as the store gives it.
    pub id: String,
    /// The store's own version of the refund, if it gives one: of two facts on one refund the
    /// later one counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Instant>,
    /// What its amounts are in.
    pub currency: Currency,
    /// What was refunded of each line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<RefundedLine>,
    /// What was refunded of the shipping.
    #[serde(with = "minor")]
    pub shipping: Amount,
    /// Tax refunded, except that of the lines.
    #[serde(with = "minor")]
    pub tax: Amount,
    /// Money refunded without saying for what. The fold spreads it over the order.
    #[serde(with = "minor")]
    pub unassigned: Amount,
    /// Whether `unassigned` is a total of which shipping and tax are parts. If not, it is before tax.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gross: bool,
    /// What the store kept of the above, such as a restocking fee.
    #[serde(with = "minor")]
    pub withheld: Amount,
    /// Whether the payment of it failed or was called off: then nothing was refunded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub failed: bool,
    /// Whether the store says the sum alone, and what it was for had to be guessed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub guessed: bool,
    /// How much the store has said of what it was for.
    #[serde(default, skip_serializing_if = "RefundDetail::is_usual")]
    pub detail: RefundDetail,
    /// The payment that it is of, by the name by which the store speaks of that elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
}

/// How much a store has said of what a refund was for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundDetail {
    /// What the refund's other members say: as the store's calls have it, or as it follows from them.
    #[default]
    Usual,
    /// It gave back all that was left of the order, whatever that was.
    Rest,
    /// The store was asked, and said all that it knows: this stands against whatever follows from the
    /// sums in its calls, whichever was heard later.
    Asked,
}

impl RefundDetail {
    fn is_usual(&self) -> bool {
        *self == Self::Usual
    }
}

/// What a store says was refunded of a payment so far, with every refund of it. Of two facts on one
/// payment the later one counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundTotalFact {
    /// The store's id of the payment.
    pub payment: String,
    /// When the sum was this.
    pub at: Instant,
    /// What the amount is in.
    pub currency: Currency,
    /// All that was refunded until then.
    #[serde(with = "minor")]
    pub amount: Amount,
    /// What of that was never taken, since no more of the payment was captured: no refund tells of it.
    #[serde(
        with = "optional_minor",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub released: Option<Amount>,
    /// The payment that it is of, by the name by which the store speaks of that elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
}

/// A refund's part of one order line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundedLine {
    /// The order line's id.
    pub line: String,
    /// How many pieces came back; zero for an allowance on pieces that were kept.
    pub quantity: u32,
    /// After discounts; with `tax` in it if the order's prices have it. Absent where the store
    /// names pieces only: then it is their part of the line's amount.
    #[serde(
        with = "optional_minor",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub amount: Option<Amount>,
    /// The tax that was refunded with it.
    #[serde(with = "minor")]
    pub tax: Amount,
}

impl RefundTotalFact {
    /// The name of the payment by which its refunds speak of it.
    pub(crate) fn name(&self) -> &str {
        self.of.as_deref().unwrap_or(&self.payment)
    }
}
