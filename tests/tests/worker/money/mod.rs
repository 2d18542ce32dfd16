//! What is owed: approved, paid, and taken back.

mod approvals;
mod lifecycle;
