//! A program in memory, over the crates that the Worker is made of, and histories to try it with.
//!
//! The Worker adds storage and network to the crates, and no rule. What is tried here at full speed
//! is therefore what decides and books orders in the Worker: both read what is known of an order and
//! lies around it, call `waymark_orders::decide`, and write what follows; here, into tables that can
//! fail.
//!
//! * [`story`] – what a store says of one order, made up from random numbers.
//! * [`order`] – one order, as it is stored, and what is written of a decision.
//! * [`intake`] – from a call to the decision: what is read, noted and written around it.
//! * [`customers`] – which keys are one person's, and to whom they belong.
//! * [`program`] – all tables of a program, with their transactions and the outbox.
//! * [`world`] – stores, network, clocks, crashes, receivers and people around it.
//! * [`seeds`] – a run for each seed; a run that fails prints its seed, and is repeated by it.

#![forbid(unsafe_code)]
#![allow(
    missing_docs,
    reason = "it is read beside its tests, and by nobody else"
)]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "this library is test code: what does not hold has to end the test"
)]

pub mod customers;
pub mod intake;
pub mod order;
pub mod program;
pub mod random;
mod renewals;
pub mod rules;
pub mod seeds;
pub mod story;
pub mod world;
