//! The command line as people and scripts meet it: the real binary, its output and exit codes.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that panics has failed"
)]

mod cases;
mod explain;
mod messages;
mod policy;
mod replay;
mod resolve;
mod running;
