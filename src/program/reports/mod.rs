//! Reports: lists for `/v1`, clicks, what people did.

pub mod audit;
pub mod clicks;
pub mod lists;
