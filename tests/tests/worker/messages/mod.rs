//! What Waymark tells others: webhooks and postbacks.

mod conversions;
mod event_times;
mod receivers;
mod sending;
mod sub_values;
