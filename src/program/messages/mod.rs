//! Messages: what receivers are told, and whether they were reached.

pub mod events;
pub mod outbox;
pub mod receivers;
pub mod rows;
pub mod sending;
pub mod test_events;
