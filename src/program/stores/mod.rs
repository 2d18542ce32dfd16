//! Stores: what they sent, what they are asked for, what their pages said.

pub mod beacons;
pub mod calls;
pub mod delivery;
pub mod fetches;
pub mod syncs;
pub mod tokens;
