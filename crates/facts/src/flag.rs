//! What a person should look at, since the facts do not fit together.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Something in the facts that does not fit together, and was settled as the text says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "flag", rename_all = "snake_case")]
pub enum Flag {
    /// Snapshots disagree about the currency; the latest one counts.
    CurrencyChanged,
    /// A refund in another currency than the order's was left out.
    RefundInOtherCurrency {
        /// The refund's id.
        refund: String,
    },
    /// A refund of a line that the order does not have was left out.
    RefundOfUnknownLine {
        /// The refund's id.
        refund: String,
        /// The line that the order does not have.
        line: String,
    },
    /// More was refunded than was left of the order; what was too much was left out.
    RefundBeyondOrder {
        /// The refund's id.
        refund: String,
    },
    /// The store says no more of a refund than its sum; it was taken off the goods before the shipping.
    RefundGuessed {
        /// The refund's id.
        refund: String,
    },
    /// The store says that more was refunded of a payment than its refunds say: it counts as refunded.
    RefundNotHeardOf {
        /// The payment that was refunded.
        payment: String,
        /// The amount that no refund accounts for.
        missing: String,
    },
    /// Not all lines of the order are known.
    LinesLeftOut,
    /// A discount of the order is not known but by an id that means nothing.
    CouponsLeftOut,
    /// The order gets an invoice that is not named.
    InvoiceLeftOut,
    /// The store's own sum of the goods that are left is another than that of the lines and refunds, which
    /// counts.
    GoodsLeftDiffer {
        /// What is left by the store's sum.
        said: String,
        /// What is left by its lines and refunds.
        counted: String,
    },
    /// No token came with the order: its touches are those of the visitor who was shown the page
    /// that thanks for it.
    VisitorByBeacon,
    /// Several visitors were shown that page; the first one counts.
    SeveralVisitors,
    /// The store deleted its record of the order, and has not said that it restored it.
    Deleted,
    /// A dispute about the payment is undecided.
    DisputeOpen {
        /// The dispute's id.
        dispute: String,
    },
    /// A dispute about the payment was lost: what it took counts as refunded.
    DisputeLost {
        /// The dispute's id.
        dispute: String,
    },
    /// A dispute was lost in another currency than the order's: what it took was left out.
    DisputeInOtherCurrency {
        /// The dispute's id.
        dispute: String,
    },
}

impl Flag {
    /// Whether nothing of the order may be approved before a person has looked at it, or the store
    /// has said more.
    #[must_use]
    pub fn holds(&self) -> bool {
        matches!(
            self,
            Self::Deleted
                | Self::DisputeOpen { .. }
                | Self::DisputeInOtherCurrency { .. }
                | Self::RefundInOtherCurrency { .. }
        )
    }

    /// Whether a person has to look at the order, since money was settled by what was known and may be
    /// otherwise.
    #[must_use]
    pub fn asks(&self) -> bool {
        matches!(
            self,
            Self::RefundNotHeardOf { .. }
                | Self::RefundBeyondOrder { .. }
                | Self::RefundInOtherCurrency { .. }
                | Self::DisputeInOtherCurrency { .. }
                | Self::InvoiceLeftOut
        )
    }
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CurrencyChanged => {
                f.write_str("the order's currency changed; the latest one counts")
            }
            Self::RefundInOtherCurrency { refund } => write!(
                f,
                "refund {refund} is in another currency than the order and was left out"
            ),
            Self::RefundOfUnknownLine { refund, line } => write!(
                f,
                "refund {refund} names line {line}, which the order does not have; it was left out"
            ),
            Self::RefundBeyondOrder { refund } => write!(
                f,
                "refund {refund} gives back more than was left of the order; the rest was left out"
            ),
            Self::RefundGuessed { refund } => write!(
                f,
                "of refund {refund} the store says the sum alone; it was taken off the goods before the \
                 shipping, in proportion"
            ),
            Self::RefundNotHeardOf { payment, missing } => write!(
                f,
                "the store gave back {missing} more of payment {payment} than the refunds that were \
                 heard of, which counts as refunded: look there which one is missing"
            ),
            Self::LinesLeftOut => f.write_str(
                "the store's call does not list all lines of the order: of the rest neither SKUs nor \
                 pieces are known",
            ),
            Self::CouponsLeftOut => f.write_str(
                "the store's call has a discount of which it says no more than an id: which code was \
                 used is not known",
            ),
            Self::InvoiceLeftOut => f.write_str(
                "the order gets an invoice that the store's call does not name: look whether that was \
                 taken for another order",
            ),
            Self::GoodsLeftDiffer { said, counted } => write!(
                f,
                "by the store's own sum goods of {said} are left of the order, by its lines and refunds \
                 {counted}, which counts: look there what of it was given back or changed"
            ),
            Self::VisitorByBeacon => f.write_str(
                "the visitor is known by the page that thanks for the order alone, not by the \
                 order itself",
            ),
            Self::SeveralVisitors => f.write_str(
                "several visitors were shown the page that thanks for the order; the first one \
                 counts",
            ),
            Self::Deleted => f.write_str(
                "the store deleted its record of the order; decide whether it still counts",
            ),
            Self::DisputeOpen { dispute } => {
                write!(f, "dispute {dispute} about the payment is undecided")
            }
            Self::DisputeLost { dispute } => write!(
                f,
                "dispute {dispute} about the payment was lost; what it took counts as refunded"
            ),
            Self::DisputeInOtherCurrency { dispute } => write!(
                f,
                "dispute {dispute} about the payment was lost in another currency than the order's, \
                 and what it took was left out; decide what is still credited"
            ),
        }
    }
}
