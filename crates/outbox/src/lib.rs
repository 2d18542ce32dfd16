#![forbid(unsafe_code)]

pub mod address;
pub mod attempt;
mod check;
pub mod delivery;
pub mod event;
pub mod health;
pub mod macros;
pub mod receiver;
pub mod request;
pub mod retry;
pub mod step;
pub mod template;

pub use check::check;
