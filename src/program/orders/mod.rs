//! Orders: what is known of each, how it is decided, what people do to it.

pub mod again;
pub mod aliases;
pub mod approvals;
mod around;
pub mod deciding;
pub mod intake;
pub mod journeys;
pub mod lists;
pub mod orphans;
mod renewals;
pub mod rows;
pub mod rulings;
pub mod stale;
pub mod write;
