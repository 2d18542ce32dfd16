//! The book: what is owed, as an append-only ledger.
//!
//! An order's decision says what should be owed now; the book knows what was booked before.
//! [`post`] gives what has to be added so that the two agree: conversions that are new, what
//! changes about known ones, and one ledger entry for each amount that differs. Nothing is
//! edited, so the entries of a conversion tell its whole history, and their sum is its balance.
//!
//! ```text
//! booked: link ana +8.00 (credited)
//! decision now: link ana 4.00            ──post──▶   entry: link ana −4.00 (refunded)
//! ```

#![forbid(unsafe_code)]

mod post;
mod wanted;

pub use post::post;
pub use wanted::wanted;

use serde::{Deserialize, Serialize};
use waymark_attribution::money::{Amount, Currency};

/// Whose conversion by what: the identity of a conversion within its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub affiliate: String,
    /// `link`, `qr`, `coupon`, `email`, `sku`, `tag` or `assigned`.
    pub method: String,
    /// The touch id, the code, the SKU …, as the decision names it.
    pub evidence: String,
    /// An order whose currency changed starts its conversions anew: sums have one currency.
    pub currency: Currency,
}

/// What a conversion is worth, and whether it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    pub status: Status,
    /// Why nothing is owed for an unqualified conversion, as the decision names it.
    pub reason: Option<String>,
    /// Whether the affiliate sees it.
    pub visible: bool,
    /// Whether a person has to look at it.
    pub review: bool,
    /// The share of the order, in basis points.
    pub share_bp: i64,
}

/// Where a conversion stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Owed, unless something else becomes known.
    Pending,
    /// Recorded, nothing owed.
    Unqualified,
    /// The decision does not name it any more; what was booked for it was taken back.
    Reversed,
}

impl Status {
    /// The status as stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Pending => "pending",
            Status::Unqualified => "unqualified",
            Status::Reversed => "reversed",
        }
    }

    /// The status of that name.
    pub fn named(name: &str) -> Option<Status> {
        [Status::Pending, Status::Unqualified, Status::Reversed]
            .into_iter()
            .find(|status| status.as_str() == name)
    }
}

/// A conversion as it stands in the book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booked {
    /// The book's number of the conversion.
    pub number: i64,
    pub claim: Claim,
    pub terms: Terms,
    /// The sum of its entries.
    pub balance: Amount,
}

/// A conversion as a decision wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub claim: Claim,
    pub terms: Terms,
    pub commission: Amount,
}

/// What made an order be decided again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The order itself, its first or a later version, or what is known of its shopper.
    Order,
    Refund,
    Cancellation,
}

/// Why an entry was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The conversion's first amount.
    Credited,
    /// The order or its decision changed.
    Changed,
    Refunded,
    Cancelled,
    /// The decision does not name the conversion any more.
    Withdrawn,
}

impl Reason {
    /// The reason as stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Credited => "credited",
            Reason::Changed => "changed",
            Reason::Refunded => "refunded",
            Reason::Cancelled => "cancelled",
            Reason::Withdrawn => "withdrawn",
        }
    }
}

/// What is to be added to the book for one conversion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// The conversion's number; `None` for a new one.
    pub number: Option<i64>,
    pub claim: Claim,
    /// The terms from now on.
    pub terms: Terms,
    /// The entry to append, if the amount differs.
    pub entry: Option<Entry>,
}

/// One entry of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What is added to the balance; negative takes back.
    pub amount: Amount,
    pub reason: Reason,
}

/// A commission that cannot be booked: more than 10^15 minor units, the most that RULES.md lets
/// any amount be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("commission: more than 10^15 minor units; correct the order's amounts or the rate")]
pub struct TooLarge;
