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

/// The keys of every customer that a version of the order names, or that the store says is the same one.
/// Test orders tell nothing of customers.
#[must_use]
pub fn named<'f>(store: &str, facts: impl IntoIterator<Item = &'f Fact>) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    let mut same = Vec::new();
    for fact in facts {
        match &fact.kind {
            FactKind::Snapshot(snapshot) if !snapshot.test => named.extend(keys(store, snapshot)),
            FactKind::Customer { id } => same.extend(known_by(store, Some(id), None)),
            _ => {}
        }
    }
    if !named.is_empty() {
        named.extend(same);
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_names_the_other_id_of_its_customer_and_none_of_nobody() {
        let snapshot = |customer: &str| -> Fact {
            let json = format!(
                r#"{{"key":"k","kind":"snapshot","id":"1","placed_at":"2026-01-04T12:00:00Z",
                    "updated_at":"2026-01-04T12:00:00Z","currency":"USD","lines":[],"discount":0,
                    "shipping":0,"tax":0{customer}}}"#
            );
            serde_json::from_str(&json).unwrap()
        };
        let same = Fact::new(FactKind::Customer {
            id: "7002".to_owned(),
        });
        let named = |facts: [Fact; 2]| named("shop", &facts).into_iter().collect::<Vec<_>>();
        assert_eq!(
            named([snapshot(r#","customer_id":"7001""#), same.clone()]),
            ["id:shop:7001", "id:shop:7002"]
        );
        assert_eq!(named([snapshot(""), same]), [""; 0]);
    }
}
