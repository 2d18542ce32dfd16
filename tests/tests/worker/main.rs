//! The Worker as a black box: real workerd, real SQLite, a store and a shopper on the other side.
//!
//! One binary, so that what one test waits for another test uses, and it is linked once.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test ends where an answer has not its shape"
)]

mod addresses;
mod api;
mod applying;
mod approvals;
mod bad_input;
mod clicks;
mod command_line;
mod conformance;
mod consent;
mod counts;
mod customers;
mod dead_letters;
mod deliveries;
mod demo;
mod devices;
mod due;
mod event_times;
mod expiring;
mod faults;
mod forgeries;
mod forgotten;
mod journeys;
mod journeys_of_visitors;
mod late_orders;
mod lifecycle;
mod links;
mod messages;
mod messages_of_conversions;
mod messages_of_receivers;
mod old_store;
mod one_order;
mod operating;
mod persons;
mod pictures;
mod privacy;
mod promises;
mod query_plans;
mod questions;
mod reconciliation;
mod recovery;
mod refusals;
mod review;
mod schema;
mod shop_pages;
mod shopify_samples;
mod starts;
mod sticky;
mod storefront;
mod sub_values;
mod subscriptions;
