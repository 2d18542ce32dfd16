//! A merchant's program: one file that says who may be credited, by what, and how much.
//!
//! * [`document`] – the file, `program.toml`, as it is written.
//! * [`link`] – its part about links: where they lead, when, and whom.
//! * [`store_api`] – its part about stores: how to ask them for their orders.
//! * [`settings`] – its part about visitors: cookie, consent, the shop's own pages; and when
//!   affiliates are paid.
//! * [`validate`] – what must hold before a file is taken; every problem names its field.
//! * [`ProgramDocument::warnings`] – what is not wrong, and yet does not do what it seems to.
//! * [`directory`] – the file as rows that begin and end, and what a new file changes.
//! * [`edge`] – what is published for clicks to read.
//!
//! The file is the whole truth about a program, so applying one makes a running program match
//! it: what is new begins, what is gone ends, what is different ends and begins again. Nothing
//! is overwritten, so an order of last month still finds last month's directory.

#![forbid(unsafe_code)]

pub mod directory;
pub mod document;
pub mod edge;
mod hosts;
pub mod link;
mod never_sent;
mod problem;
pub mod settings;
pub mod store_api;
pub mod validate;
mod warnings;

pub use document::{ProgramDocument, json_from_toml};
pub use hosts::looks_like_public_suffix;
pub use problem::{Problem, Problems};
pub use validate::Program;
