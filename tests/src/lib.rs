//! The Worker as a black box.
//!
//! Every test starts its own `workerd`, the runtime that Cloudflare runs, on a free port with an
//! empty store, and talks to it as shoppers, stores and merchants do: over HTTP.
//!
//! ```no_run
//! use waymark_tests::{Options, Workerd};
//!
//! let workerd = Workerd::start(Options::default());
//! assert_eq!(workerd.get("/r/NOBODY").status(), 302);
//! ```

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "this library is test code: a broken set-up has to end the test"
)]

mod answer;
mod config;
mod workerd;

pub use answer::Answer;
pub use config::{API_TOKEN, Kv, Options, STORE_SECRET};
pub use workerd::Workerd;
