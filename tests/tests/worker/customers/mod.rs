//! Whom a customer belongs to, and who turns out to be one person.

mod assignments;
mod devices;
mod expiring;
mod identities;
mod late_orders;
mod sticky;
