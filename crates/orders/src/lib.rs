//! What is known of an order, and all that follows from it: one pure decision.
//!
//! ```text
//! facts ─fold─▶ Known ┐
//! what lies around ───┼─ decide ─▶ Decided: the row, postings, the customer's assignments, an answer
//! why it is decided ──┘
//! ```
//!
//! Whoever keeps orders reads first, all of it, then calls [`decide`], then writes, all of it. Nothing
//! here reads, writes, or asks for the time. The Worker keeps orders in SQLite, the simulator in memory:
//! both call the same functions.
//!
//! * [`known`] – what is kept of an order, and its facts, folded once.
//! * [`around`] – what lies around it: settings, subscription, customer, directory.
//! * [`decide`](mod@decide) – what follows.
//! * [`acts`] – what people do to orders, and time: rule, approve, take back, acknowledge.
//! * [`case`] – what an order sees of the rows in force when it was placed.
//! * [`assignment`] – whether an order assigns its customer to an affiliate.
//! * [`renewal`] – orders of a subscription after its first.
//! * [`places`] – where an order stands in its subscriptions, and whom that concerns.
//! * [`customer`] – the keys by which an order's customer is known.
//! * [`what_if`] – what another policy would have done with a case.
//! * [`touches`] – what a visitor's token and journey say about an order, as facts of it.

#![forbid(unsafe_code)]

pub mod acts;
pub mod around;
pub mod assignment;
pub mod case;
pub mod customer;
pub mod decide;
pub mod known;
pub mod places;
pub mod renewal;
pub mod touches;
pub mod what_if;

pub use around::{Around, OrderSettings};
pub use decide::{Decided, Row, decide};
pub use known::{Kept, Known, State, Stored};
