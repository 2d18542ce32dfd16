//! The Worker as a black box: real workerd, real SQLite, a store and a shopper on the other side.
//!
//! One binary, so that what one test waits for another test uses, and it is linked once.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test ends where an answer has not its shape"
)]

mod api;
mod clicks;
mod customers;
mod demo;
mod faults;
mod messages;
mod money;
mod old_store;
mod orders;
mod privacy;
mod query_plans;
mod schema;
mod starts;
mod stores;
