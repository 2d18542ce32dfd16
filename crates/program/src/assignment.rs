//! Whether an order assigns its customer to an affiliate: an assignment, once made, stays, also if
//! an order that was placed before it is heard of after it.

use std::collections::BTreeSet;

/// An assignment that one of the customer's keys has in force, or had after the order was placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub key: String,
    pub affiliate: String,
    /// Whether the order itself made it, when it was decided before.
    pub own: bool,
    /// Whether a person has ended it.
    pub ended: bool,
}

/// What becomes of an assignment that an order's decision asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assigning {
    /// The keys that are assigned.
    pub keys: Vec<String>,
    /// What a person should know.
    pub flags: Vec<String>,
}

impl Assigning {
    /// To that affiliate, the keys that the order names; `kept` are the assignments of all that the
    /// customer is known by.
    ///
    /// All keys are one person's. If any of them has an assignment, none is assigned: by another
    /// key, the customer would be another affiliate's. Only what this very order made is carried on
    /// to a key that it did not name before.
    pub fn new(named: &[String], affiliate: &str, kept: &[Kept]) -> Self {
        let carries_on = |it: &Kept| it.own && !it.ended && it.affiliate == affiliate;
        let keys = match kept.iter().all(carries_on) {
            true => {
                let has_one = |key: &String| kept.iter().any(|it| it.key == *key);
                named.iter().filter(|key| !has_one(key)).cloned().collect()
            }
            false => Vec::new(),
        };
        // What this order made was ended by a person, or stands: neither is news.
        let is_known = |of: &Kept| {
            kept.iter()
                .any(|it| it.own && (it.ended || it.key == of.key))
        };
        let other = |it: &&Kept| !it.ended && it.affiliate != affiliate && !is_known(it);
        let others: BTreeSet<&str> = kept.iter().filter(other).map(|it| &*it.affiliate).collect();
        let flag = |kept| {
            format!(
                "the customer belongs to {kept} already, which stays; this order would have \
                 assigned {affiliate}"
            )
        };
        Self {
            keys,
            flags: others.into_iter().map(flag).collect(),
        }
    }
}
