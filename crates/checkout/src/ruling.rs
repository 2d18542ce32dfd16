//! What a person decided about an order that the rules left open, or decided otherwise.

use serde::{Deserialize, Serialize};
use waymark_attribution::time::Instant;

/// A person's decision. It is a fact like any other: kept, never edited, and undone by another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulingFact {
    /// A name of its own; the same ruling sent again has the same.
    pub id: String,
    pub at: Instant,
    /// Who decided.
    pub by: String,
    /// Why.
    pub reason: String,
    pub ruling: Ruling,
}

/// What was decided. The latest ruling that was not undone counts, instead of all before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ruling", rename_all = "snake_case")]
pub enum Ruling {
    /// This claim alone is credited; it earns what the rules give it.
    Accept { claim: NamedClaim },
    /// These claims are credited, each with a part of what the rules give it.
    Split { parts: Vec<Part> },
    /// Nobody is credited.
    Deny,
    /// An earlier ruling does not count any more.
    Undo { id: String },
}

/// A claim as the decision's trace names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NamedClaim {
    pub affiliate: String,
    /// `link`, `qr`, `coupon`, `email`, `sku`, `tag` or `assigned`.
    pub method: String,
    /// The touch id, the code, the SKU …
    pub evidence: String,
}

/// A claim's part of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    #[serde(flatten)]
    pub claim: NamedClaim,
    /// In basis points. Those of one ruling sum to 10 000.
    pub share_bp: u32,
}

/// The ruling that counts: of those that were not undone the latest, by time, then by id.
pub(crate) fn in_force<'f>(
    rulings: impl Iterator<Item = &'f RulingFact> + Clone,
) -> Option<&'f RulingFact> {
    let undone = |id: &str| {
        let mut undoing = rulings.clone();
        undoing.any(|other| matches!(&other.ruling, Ruling::Undo { id: undone } if undone == id))
    };
    rulings
        .clone()
        .filter(|it| !matches!(it.ruling, Ruling::Undo { .. }) && !undone(&it.id))
        .max_by_key(|it| (it.at, &it.id))
}
