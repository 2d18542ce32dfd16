//! What is to be known of one version of an order among others.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What is to be known of a version of an order itself, where a store's versions know different things.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct VersionNotes {
    /// Whether the e-mail is that which the shopper gave with this order. It counts before one that the
    /// store has on record.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub typed_email: bool,
    /// What the store left out of it, though there is some.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub left_out: BTreeSet<LeftOut>,
}

/// What a version of an order leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOut {
    /// Lines: what was bought is not known, or not all of it, nor in how many pieces.
    Lines,
    /// Codes: something was taken off, by a discount of which no more than its id is known.
    Coupons,
    /// The invoice that the order gets. As long as that is not named, an invoice of the same purchase is an
    /// order of its own.
    Invoice,
}

impl VersionNotes {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
