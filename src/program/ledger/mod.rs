//! The ledger: conversions and their entries, payouts, what affiliates are owed.

pub mod affiliates;
pub mod conversions;
pub mod currencies;
pub mod lists;
pub mod payouts;
