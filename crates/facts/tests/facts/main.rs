//! The crate as its users see it: calls in, one order out.
#![allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]

#[cfg(test)]
mod beacons;
#[cfg(test)]
mod facts;
#[cfg(test)]
mod fold;
#[cfg(test)]
mod fold_laws;
#[cfg(test)]
mod overwritten;
#[cfg(test)]
mod refunds;
