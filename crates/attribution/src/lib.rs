#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::arithmetic_side_effects))]

mod decimal;
pub mod money;
pub mod text;
pub mod time;
