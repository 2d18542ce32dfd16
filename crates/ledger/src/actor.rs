//! Who did something: the store, Waymark itself, or a person who gives a name and a reason.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who made an entry, or approved an order. Stored and shown as a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Actor {
    /// The store, by what it said about the order.
    Store,
    /// Waymark: by the time that passed, or by what it found out about the shopper.
    Waymark,
    /// A person, by name.
    Person(String),
}

impl Actor {
    /// The actor as stored and shown: `store`, `waymark`, or the person's name.
    pub fn as_str(&self) -> &str {
        match self {
            Actor::Store => "store",
            Actor::Waymark => "waymark",
            Actor::Person(name) => name,
        }
    }
}

impl From<String> for Actor {
    fn from(text: String) -> Self {
        match text.as_str() {
            "store" => Actor::Store,
            "waymark" => Actor::Waymark,
            _ => Actor::Person(text),
        }
    }
}

impl From<Actor> for String {
    fn from(actor: Actor) -> Self {
        match actor {
            Actor::Person(name) => name,
            other => other.as_str().to_owned(),
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A person who decides, and why.
///
/// ```
/// use waymark_ledger::Person;
///
/// assert!(Person::new("Ida", "she called; it was a gift").is_ok());
/// let error = Person::new("Ida", " ").unwrap_err();
/// assert_eq!(error.to_string(), "reason: is empty; say why");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    name: String,
    reason: String,
}

/// The most bytes of a name or reason, as of any text in a case.
const MAX_BYTES: usize = 1_024;

impl Person {
    /// A person of that name who decides for that reason. White space around both is cut.
    ///
    /// # Errors
    /// Either is empty or too long, or the name is not a person's.
    pub fn new(name: &str, reason: &str) -> Result<Self, PersonError> {
        let (name, reason) = (name.trim(), reason.trim());
        if name.is_empty() {
            Err(PersonError::Nameless)
        } else if name.eq_ignore_ascii_case("store") || name.eq_ignore_ascii_case("waymark") {
            Err(PersonError::Taken)
        } else if reason.is_empty() {
            Err(PersonError::Reasonless)
        } else if name.len() > MAX_BYTES {
            Err(PersonError::TooLong("by"))
        } else if reason.len() > MAX_BYTES {
            Err(PersonError::TooLong("reason"))
        } else {
            Ok(Self {
                name: name.to_owned(),
                reason: reason.to_owned(),
            })
        }
    }

    /// Who it is.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Why they did it.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    pub(crate) fn actor(&self) -> Actor {
        Actor::Person(self.name.clone())
    }
}

/// Why somebody cannot decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the message of each says what it means")]
pub enum PersonError {
    #[error("by: is empty; give the name of the person who decides")]
    Nameless,
    #[error("by: \"store\" and \"waymark\" are no people; give the name of the person who decides")]
    Taken,
    #[error("reason: is empty; say why")]
    Reasonless,
    #[error("{0}: is longer than 1024 bytes")]
    TooLong(&'static str),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_reads_back_from_the_text_that_is_stored() {
        for actor in [
            Actor::Store,
            Actor::Waymark,
            Actor::Person("Ida".to_owned()),
        ] {
            assert_eq!(Actor::from(actor.as_str().to_owned()), actor);
            let json = serde_json::to_string(&actor).unwrap();
            assert_eq!(serde_json::from_str::<Actor>(&json).unwrap(), actor);
        }
    }

    #[test]
    fn nobody_decides_without_a_name_of_their_own_and_a_reason() {
        let refused = |name: &str, reason: &str| Person::new(name, reason).unwrap_err();
        assert_eq!(refused(" \u{a0}", "x"), PersonError::Nameless);
        assert_eq!(refused("Waymark ", "x"), PersonError::Taken);
        assert_eq!(refused("store", "x"), PersonError::Taken);
        assert_eq!(refused("Ida", "\n"), PersonError::Reasonless);
        let long = "x".repeat(1_025);
        assert_eq!(refused(&long, "x"), PersonError::TooLong("by"));
        assert_eq!(refused("Ida", &long), PersonError::TooLong("reason"));
        let ida = Person::new(" Ida ", &long[1..]).unwrap();
        assert_eq!(ida.name(), "Ida");
    }
}
