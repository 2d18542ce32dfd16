//! What is kept of a person, who may see it, and what goes when they ask.

mod consent;
mod erasure;
mod personal_data;
mod visitors;
