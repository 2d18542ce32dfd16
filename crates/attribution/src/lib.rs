#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::arithmetic_side_effects))]

mod decimal;
pub mod document;
mod entries;
mod error;
mod key;
mod limits;
mod method;
pub mod money;
pub mod policy;
mod policy_document;
mod preset;
pub mod rate;
mod sorted;
mod terms;
pub mod text;
pub mod time;

pub use entries::Entries;
pub use error::CaseError;
pub use method::{Method, TouchMethod};
pub use policy::Policy;
pub use policy_document::{AssignmentDocument, PolicyDocument};
pub use preset::PRESETS;
pub use text::Text;
