//! The directory: the program file as rows that begin and end, and what is published of it.

pub mod in_force;
pub mod lists;
pub mod publish;
pub mod unpublished;
