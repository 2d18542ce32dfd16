//! What a person decided about an order that the rules left open, or decided otherwise.

use serde::{Deserialize, Serialize};
use waymark_attribution::time::Instant;

/// A person's decision. It is a fact like any other: kept, never edited, and undone by another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulingFact {
    /// A name of its own; the same ruling sent again has the same.
    pub id: String,
    /// When it was ruled.
    pub at: Instant,
    /// Who decided.
    pub by: String,
    /// Why.
    pub reason: String,
    /// What was ruled.
    pub ruling: Ruling,
}

/// What was decided. The latest ruling that was not undone counts, instead of all before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ruling", rename_all = "snake_case")]
pub enum Ruling {
    /// This claim alone is credited; it earns what the rules give it.
    Accept {
        /// The claim that is credited alone.
        claim: NamedClaim,
    },
    /// These claims are credited, each with a part of what the rules give it.
    Split {
        /// Who is credited with how much of the order.
        parts: Vec<Part>,
    },
    /// Nobody is credited.
    Deny,
    /// An earlier ruling does not count any more.
    Undo {
        /// The ruling that is undone.
        id: String,
    },
}

/// A claim as the decision's trace names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NamedClaim {
    /// The affiliate's id.
    pub affiliate: String,
    /// `link`, `qr`, `coupon`, `email`, `sku`, `tag` or `assigned`.
    pub method: String,
    /// The touch id, the code, the SKU …
    pub evidence: String,
}

/// A claim's part of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Whose part it is.
    #[serde(flatten)]
    pub claim: NamedClaim,
    /// In basis points. Those of one ruling sum to 10 000.
    pub share_bp: u32,
}

/// Why a ruling is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the message of each says what it means")]
pub enum RulingError {
    #[error("id: {0} names another ruling of this order; give this one a name of its own")]
    NameTaken(String),
    #[error("undo: this order has no ruling {0}; the order's facts name those that it has")]
    Unknown(String),
    #[error("undo: {0} undoes another ruling itself, and is not undone; rule again")]
    Undoing(String),
}

impl RulingFact {
    /// Whether this ruling is new to an order with these. It is not if it is sent again: by the same
    /// person, with the same name and reason.
    ///
    /// # Errors
    /// It would change nothing, though it says something new.
    pub fn is_new_to<'f>(
        &self,
        known: impl Iterator<Item = &'f RulingFact> + Clone,
    ) -> Result<bool, RulingError> {
        if let Some(same) = known.clone().find(|it| it.id == self.id) {
            let says = |it: &RulingFact| (it.by.clone(), it.reason.clone(), it.ruling.clone());
            return match says(same) == says(self) {
                true => Ok(false),
                false => Err(RulingError::NameTaken(self.id.clone())),
            };
        }
        if let Ruling::Undo { id } = &self.ruling {
            let undone = known.clone().find(|it| it.id == *id);
            return match undone.map(|it| &it.ruling) {
                None => Err(RulingError::Unknown(id.clone())),
                Some(Ruling::Undo { .. }) => Err(RulingError::Undoing(id.clone())),
                Some(_) => Ok(true),
            };
        }
        Ok(true)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn ruling(id: &str, at: i64, ruling: Ruling) -> RulingFact {
        RulingFact {
            id: id.to_owned(),
            at: Instant::from_millis(at),
            by: "Mo".to_owned(),
            reason: "not a sale".to_owned(),
            ruling,
        }
    }

    fn undo(id: &str) -> Ruling {
        Ruling::Undo { id: id.to_owned() }
    }

    #[test]
    fn a_ruling_that_is_sent_again_is_not_new_and_another_of_its_name_is_refused() {
        let known = [ruling("r1", 1, Ruling::Deny), ruling("r2", 2, undo("r1"))];
        let is_new = |it: &RulingFact| it.is_new_to(known.iter());
        assert_eq!(is_new(&ruling("r1", 9, Ruling::Deny)), Ok(false));
        assert_eq!(is_new(&ruling("r2", 9, undo("r1"))), Ok(false));
        assert_eq!(is_new(&ruling("r3", 9, Ruling::Deny)), Ok(true));
        let taken = Err(RulingError::NameTaken("r1".to_owned()));
        let mut other = ruling("r1", 9, Ruling::Deny);
        other.reason = "fraud".to_owned();
        assert_eq!(is_new(&other), taken);
        assert_eq!(is_new(&ruling("r1", 9, undo("r1"))), taken);
    }

    #[test]
    fn only_a_ruling_that_there_is_can_be_undone() {
        let known = [ruling("r1", 1, Ruling::Deny), ruling("r2", 2, undo("r1"))];
        let undone = |id: &str| ruling("r3", 3, undo(id)).is_new_to(known.iter());
        assert_eq!(undone("r1"), Ok(true));
        assert_eq!(undone("r2"), Err(RulingError::Undoing("r2".to_owned())));
        assert_eq!(undone("r9"), Err(RulingError::Unknown("r9".to_owned())));
        assert_eq!(undone("r3"), Err(RulingError::Unknown("r3".to_owned())));
    }
}
