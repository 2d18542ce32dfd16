//! `/v1`, and the command line that is made of it.

mod command_line;
mod conformance;
mod links;
mod operating;
mod operating_orders;
mod program_refusals;
mod programs;
mod requests;
