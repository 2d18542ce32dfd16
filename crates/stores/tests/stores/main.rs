//! The crate as its users see it: calls in, one order out.
#![allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]

#[cfg(test)]
mod bigcommerce_money;
#[cfg(test)]
mod bigcommerce_samples;
#[cfg(test)]
mod changing_store;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod generic_samples;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod shopify_fixtures;
#[cfg(test)]
mod shopify_lines;
#[cfg(test)]
mod shopify_money;
#[cfg(test)]
mod shopify_refunds;
#[cfg(test)]
mod shopify_samples;
#[cfg(test)]
mod stripe_events;
#[cfg(test)]
mod stripe_fixtures;
#[cfg(test)]
mod stripe_invoices;
#[cfg(test)]
mod stripe_payments;
#[cfg(test)]
mod stripe_refunds;
#[cfg(test)]
mod stripe_refusals;
#[cfg(test)]
mod stripe_samples;
#[cfg(test)]
mod sync;
#[cfg(test)]
mod woocommerce_plugins;
#[cfg(test)]
mod woocommerce_samples;
#[cfg(test)]
mod woocommerce_shop;
