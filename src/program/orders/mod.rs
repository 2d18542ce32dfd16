//! Orders: what is known of each, and how it is decided.

pub mod aliases;
pub mod approvals;
pub mod around;
pub mod deciding;
pub mod intake;
pub mod journeys;
pub mod orphans;
pub mod renewals;
pub mod rows;
pub mod stale;
pub mod write;
