//! What stores say about orders, and what follows from it.
//!
//! A store calls; [`signature`] decides whether it is the store. [`shopify`] and [`generic`] read
//! the payload into a [`Delivery`]: an order's id and the [`Fact`]s said about it. Facts are kept
//! and never edited. [`fold`](fold()) makes one [`Order`] of all the facts of an order, the same
//! one in whatever sequence, and however often, they were heard.
#![forbid(unsafe_code)]

pub mod email;
pub mod fact;
mod fold;
pub mod generic;
mod order;
mod payload;
mod refunds;
pub mod shopify;
pub mod signature;

pub use fact::{Delivery, Fact, FactKind, Parsed, SealedDelivery};
pub use fold::{Flag, Folded, fold};
pub use order::Order;
pub use payload::Unusable;
pub use refunds::{Refund, RefundLine};
