//! Versions of an order that are known already, though the store writes them otherwise by now.

use crate::fact::{Fact, FactKind, OrderSnapshot};

/// Whether a fact is a version of an order that is known, but for the SKUs, which the store writes as they
/// are today. Of two such versions nothing but the sequence in which they were heard tells which was first,
/// and that is not in facts: so the later one is not taken in.
#[must_use]
pub fn is_restated(fact: &Fact, known: &[Fact]) -> bool {
    let FactKind::Snapshot(version) = &fact.kind else {
        return false;
    };
    let is_same = |known: &Fact| match &known.kind {
        FactKind::Snapshot(known) => {
            known.updated_at == version.updated_at && without_skus(known) == without_skus(version)
        }
        _ => false,
    };
    version.restates && known.iter().any(is_same)
}

fn without_skus(version: &OrderSnapshot) -> OrderSnapshot {
    let mut version = version.clone();
    for line in &mut version.lines {
        line.sku = None;
    }
    version
}
