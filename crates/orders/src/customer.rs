//! The keys by which an order's customer is known.
//!
//! A customer is known by the store's id, which the store vouches for, or by an e-mail, which any
//! shopper can type. So the id's assignment counts before the e-mail's.

use std::collections::BTreeSet;

use waymark_facts::fact::OrderSnapshot;
use waymark_facts::{Fact, FactKind};

/// The keys of the customer that a version of an order names, that which counts first first.
#[must_use]
pub fn keys(store: &str, order: &OrderSnapshot) -> Vec<String> {
    let email = order.email.as_ref().map(|email| email.as_str());
    known_by(store, order.customer_id.as_deref(), email)
}

/// The keys of the customer of that store's id, or of that e-mail's keyed hash, or of both.
#[must_use]
pub fn known_by(store: &str, id: Option<&str>, email: Option<&str>) -> Vec<String> {
    let id = id.map(|id| format!("id:{store}:{id}"));
    let email = email.map(|email| format!("email:{email}"));
    id.into_iter().chain(email).collect()
}

/// The keys of every customer that a version of the order names. Test orders tell nothing of
/// customers.
#[must_use]
pub fn named<'f>(store: &str, facts: impl IntoIterator<Item = &'f Fact>) -> BTreeSet<String> {
    let snapshots = facts.into_iter().filter_map(|fact| match &fact.kind {
        FactKind::Snapshot(snapshot) if !snapshot.test => Some(snapshot),
        _ => None,
    });
    snapshots
        .flat_map(|snapshot| keys(store, snapshot))
        .collect()
}
