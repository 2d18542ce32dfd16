//! What stores send, what they are asked for, and what they are told.

mod dead_letters;
mod order_fetches;
mod refusals;
mod shopify_samples;
mod sync;
