//! The book, kept in memory by what the crate says and nothing else.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on has failed"
)]

mod approval;
mod histories;
mod payouts;
mod posting;
mod shop;
