//! Orders: what is known of each, and how it is decided.

pub mod aliases;
pub mod approvals;
pub mod deciding;
pub mod intake;
pub mod journeys;
pub mod live_case;
pub mod orphans;
pub mod renewals;
pub mod rows;
pub mod stale;
