//! What a program object can be asked, and what it answers.

pub mod commands;
pub mod views;
