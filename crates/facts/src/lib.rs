//! What was said of an order, and the one order that follows from it.
//!
//! A [`Fact`] is one verified thing that a store, a visitor's token, a page of the shop or a person said
//! about an order; facts are kept and never edited. [`fold`](fold()) makes one [`Order`] of all the facts
//! of an order, the same one in whatever sequence, and however often, they were heard.
//!
//! * [`fact`] – the kinds of facts, and how they are stored.
//! * [`email`] – e-mails, which are compared and never kept.
//! * [`payment`] – payments, which several orders may share.
//! * [`ruling`] – what a person decided about an order: a fact like any other.
//!
//! ```
//! use waymark_facts::fact::Fact;
//! use waymark_facts::fold;
//!
//! // Before the order itself was heard of, there is none.
//! assert_eq!(fold(&Vec::<Fact>::new()).order, None);
//! ```
#![forbid(unsafe_code)]

mod beacon;
pub mod email;
pub mod fact;
mod flag;
mod fold;
mod goods_left;
mod minor;
mod order;
pub mod payment;
mod refund_fact;
mod refunds;
mod restated;
mod returned;
pub mod ruling;
mod seal;
mod shares;
mod version;

pub use fact::{Fact, FactKind};
pub use flag::Flag;
pub use fold::{Folded, fold};
pub use order::Order;
pub use refunds::{Refund, RefundLine, has_refund_to_ask_for, spread};
pub use restated::is_restated;

/// Codes or tags of one list that a case can hold; RULES.md, section 2.
pub const MAX_TEXTS: usize = 256;
