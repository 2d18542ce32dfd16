//! Payments that have a life of their own: Stripe's, which several invoices may share.

use crate::minor;
use serde::{Deserialize, Serialize};
use waymark_attribution::money::Amount;
use waymark_attribution::time::Instant;

/// What became of a payment. It is no order, but whether one that waits for its payment was paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentFact {
    /// The store's id of the payment.
    pub payment: String,
    /// When it came to that.
    pub at: Instant,
    /// What became of it.
    pub state: PaymentState,
}

/// Where a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentState {
    /// It was given up: nothing will come of it.
    Cancelled,
    /// The money came.
    Received,
}

/// What of a payment an order was paid with, where one payment may pay several. Of two facts on one
/// part the later one counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentPartFact {
    /// The store's id of the payment.
    pub payment: String,
    /// The store's id of the order that was paid.
    pub order: String,
    /// The store's own version of it.
    pub at: Instant,
    /// How much; nothing if the payment was taken off the order again.
    #[serde(with = "minor")]
    pub amount: Amount,
}
