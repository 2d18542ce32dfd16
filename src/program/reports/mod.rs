//! Reports: how often links were clicked, and what people did.

pub mod audit;
pub mod clicks;
