//! From a store's call to a decision: what an order is, and who is credited with it.

mod aliases;
mod cost;
mod deliveries;
mod jobs;
mod review;
mod subscriptions;
