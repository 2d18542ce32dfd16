//! The Worker as a black box.
//!
//! Every test starts its own `workerd`, the runtime that Cloudflare runs, on a free port with an
//! empty store, and talks to it as shoppers, stores and merchants do: over HTTP.
//!
//! ```no_run
//! use waymark_tests::{Options, demo, shopper};
//!
//! let workerd = demo::start(Options::default());
//! assert_eq!(shopper::click(&workerd, "/r/ANA").status(), 302);
//! ```

#![allow(
    missing_docs,
    reason = "it is read beside its tests, and by nobody else"
)]
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "this library is test code: a broken set-up has to end the test"
)]

pub mod agents;
mod answer;
mod at_once;
pub mod cli;
pub mod clock;
mod config;
mod database;
pub mod demo;
mod eventually;
pub mod faults;
pub mod internet;
pub mod json;
pub mod merchant;
pub mod old_store;
pub mod person;
pub mod receivers;
mod sequences;
pub mod shop;
pub mod shopper;
pub mod statements;
pub mod store;
mod workerd;

pub use answer::Answer;
pub use at_once::at_once;
pub use config::{API_TOKEN, Kv, Options, SHOPIFY_SECRET, STORE_SECRET, TOKEN_KEYS};
pub use eventually::{becomes, eventually};
pub use sequences::sequences;
pub use workerd::Workerd;
