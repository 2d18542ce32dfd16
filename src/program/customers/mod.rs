//! Customers: whom they belong to, by what they are known, and how they are forgotten.

pub mod assignments;
pub mod erasures;
pub mod identities;
pub mod merges;
