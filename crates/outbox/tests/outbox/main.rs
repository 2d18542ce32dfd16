//! The crate as its users see it: an event in, requests out, answers in.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

#[cfg(test)]
mod addresses;
mod changes;
#[cfg(test)]
mod ended;
#[cfg(test)]
mod events;
#[cfg(test)]
mod file;
#[cfg(test)]
mod hostile_values;
#[cfg(test)]
mod macros;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod simulation;
