//! Whose the customer of an order is, and what the order changes about that.
//!
//! In whichever sequence orders are heard of, customers end as if they had been heard of in the
//! sequence in which they were placed, with one exception: an assignment, once made, stays. An order
//! that was placed earlier and is heard of later takes the customer from nobody, and a person is told.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use waymark_attribution::time::Instant;
use waymark_attribution::{Case, Decision, standing_assignment};

/// When an order was placed. Stores count seconds: of two orders of one time, the one whose name is
/// smaller was placed first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Placed {
    /// When the order was placed.
    pub at: Instant,
    /// The store that it was placed at.
    pub store: String,
    /// The order's id.
    pub order: String,
}

/// One of the affiliates that a customer belonged to when an order was placed, or later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// By which the program keeps it.
    pub number: i64,
    /// Which of all that the customer is known by it is of.
    pub key: String,
    /// The affiliate's id.
    pub affiliate: String,
    /// With the order that made it; one that a person made names no store and no order.
    pub valid_from: Placed,
    /// Whether the order that is being decided made it, when it was decided before.
    pub own: bool,
    /// When a person ended it. It also ends where the next one of its key begins.
    pub valid_to: Option<Instant>,
}

/// A customer's affiliate, since when.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Assigned {
    /// The affiliate's id.
    pub affiliate: String,
    /// Since when the customer is assigned.
    pub at: Instant,
}

/// What an order's decision says of its customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// The customer is free, and is to belong to that affiliate.
    Assign(String),
    /// The customer belongs to that affiliate already.
    Stands(String),
    /// The customer stays as they are.
    Nothing,
}

impl Intent {
    /// What a decision on a case asks for.
    pub fn of(case: &Case<'_>, decision: &Decision<'_>) -> Self {
        if let Some(assign) = &decision.assign {
            return Self::Assign(assign.affiliate.to_string());
        }
        match standing_assignment(case) {
            Some(affiliate) => Self::Stands(affiliate.to_owned()),
            None => Self::Nothing,
        }
    }
}

/// The assignments of all that the customer of an order is known by, which were in force when it was
/// placed or began later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignments {
    /// The keys that the order itself names, that which counts first first.
    pub named: Vec<String>,
    /// Where the order stands among the customer's others.
    pub placed: Placed,
    /// The customer's assignments, as they were made.
    pub made: Vec<Assignment>,
}

/// What is to become of a customer's assignments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// They never were.
    pub removed: Vec<i64>,
    /// What the order assigns now.
    pub assign: Option<Assign>,
    /// What a person should know.
    pub flags: Vec<String>,
}

/// What an order assigns, since it was placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assign {
    /// The affiliate's id.
    pub affiliate: String,
    /// Assignments that the order made otherwise before, and that are so from now on.
    pub changed: Vec<i64>,
    /// The customer's keys to be assigned besides.
    pub keys: Vec<String>,
    /// Until when, if a person ended what the customer had.
    pub valid_to: Option<Instant>,
}

impl Changes {
    /// Whether anything that the order made before is otherwise now. An order that was placed earlier
    /// may have left the customer to it, and has to be decided again.
    #[must_use]
    pub fn takes_back(&self) -> bool {
        let changes = self
            .assign
            .as_ref()
            .is_some_and(|it| !it.changed.is_empty());
        changes || !self.removed.is_empty()
    }

    fn told(flags: Vec<String>) -> Self {
        Self {
            flags,
            ..Self::default()
        }
    }
}

impl Assignments {
    /// The assignments that were in force when the order was placed, but for what the order itself
    /// made: decided again, it must be decided as it was. The first that has not lapsed counts.
    ///
    /// Those of keys that the order names come first, an id before an e-mail. Of other keys, too,
    /// ids come before e-mails, and then what was made first.
    pub fn in_force(&self) -> Vec<Assigned> {
        let mut found: Vec<&Assignment> = Vec::new();
        for it in self.made.iter().filter(|it| self.is_before(it)) {
            // Of one key, the latest.
            match found.iter_mut().find(|other| other.key == it.key) {
                Some(other) if other.valid_from <= it.valid_from => *other = it,
                Some(_) => {}
                None => found.push(it),
            }
        }
        let place = |key: &str| {
            let named = self.named.iter().position(|named| named == key);
            named.unwrap_or(self.named.len())
        };
        found.sort_by_key(|it| {
            let is_email = it.key.starts_with("email:");
            (place(&it.key), is_email, &it.valid_from, &*it.key)
        });
        let mut seen = BTreeSet::new();
        let assigned = found.into_iter().map(|it| Assigned {
            affiliate: it.affiliate.clone(),
            at: it.valid_from.at,
        });
        assigned.filter(|it| seen.insert(it.clone())).collect()
    }

    /// What a person should know, if the customer belonged to several.
    pub fn flag(in_force: &[Assigned]) -> Option<String> {
        let affiliates: BTreeSet<&str> = in_force.iter().map(|it| &*it.affiliate).collect();
        (affiliates.len() > 1).then(|| {
            let affiliates: Vec<&str> = affiliates.into_iter().collect();
            format!(
                "the customer is one person by now, and belongs to {}; the first that is found \
                 counts, by the store's id before the e-mail",
                affiliates.join(" and ")
            )
        })
    }

    /// Whether another made it before the order was placed.
    fn is_before(&self, it: &Assignment) -> bool {
        !it.own && it.valid_from <= self.placed
    }

    /// What the order changes, by its decision.
    pub fn changes(&self, intent: &Intent) -> Changes {
        match intent {
            Intent::Assign(affiliate) => self.assigning(affiliate),
            Intent::Stands(affiliate) => self.approval(affiliate),
            Intent::Nothing => Changes::told(self.kept()),
        }
    }

    /// What the order made is to be as if it had never been.
    pub fn taken_back(&self) -> Changes {
        Changes {
            removed: self.own().map(|it| it.number).collect(),
            ..Changes::default()
        }
    }

    fn own(&self) -> impl Iterator<Item = &Assignment> {
        self.made.iter().filter(|it| it.own)
    }

    /// All keys are one person's. If any of them is another affiliate's from a later order on, none is
    /// assigned: by another key, the customer would be another affiliate's. What was in force when the
    /// order was placed has lapsed, or the customer would not be free. What the order itself made
    /// follows its decision, also if others came after it.
    fn assigning(&self, affiliate: &str) -> Changes {
        let others = self.later_others(affiliate);
        let has_own = self.own().next().is_some();
        let is_right =
            |it: &Assignment| it.affiliate == affiliate && it.valid_from.at == self.placed.at;
        let changed: Vec<i64> = self
            .own()
            .filter(|it| !is_right(it))
            .map(|it| it.number)
            .collect();
        let is_to_be_made =
            |key: &&String| others.is_empty() && self.own().all(|it| it.key != **key);
        let keys: Vec<String> = self.named.iter().filter(is_to_be_made).cloned().collect();
        let flag = |(kept, ended)| {
            let belongs = if ended { "belonged" } else { "belongs" };
            format!(
                "the customer {belongs} to {kept} already, which stays; this order would have \
                 assigned {affiliate}"
            )
        };
        let changes_anything = !changed.is_empty() || !keys.is_empty();
        Changes {
            assign: changes_anything.then(|| Assign {
                affiliate: affiliate.to_owned(),
                changed,
                keys,
                valid_to: self.made.iter().filter_map(|it| it.valid_to).min(),
            }),
            // Who came after what this order made is no news.
            flags: match has_own {
                true => Vec::new(),
                false => others.into_iter().map(flag).collect(),
            },
            ..Changes::default()
        }
    }

    /// Other affiliates that the customer belongs to by later orders, and whether that has ended.
    fn later_others(&self, affiliate: &str) -> BTreeSet<(&str, bool)> {
        let later = self.made.iter().filter(|it| !it.own && !self.is_before(it));
        let others = later.filter(|it| it.affiliate != affiliate);
        others
            .map(|it| (&*it.affiliate, it.valid_to.is_some()))
            .collect()
    }

    /// What the order made before it was heard that the customer belonged to an affiliate already
    /// never was, if it is the same affiliate's; another's stays.
    fn approval(&self, affiliate: &str) -> Changes {
        let (same, others): (Vec<&Assignment>, Vec<&Assignment>) = self
            .own()
            .filter(|it| it.valid_to.is_none())
            .partition(|it| it.affiliate == affiliate);
        let others: BTreeSet<&str> = others.iter().map(|it| &*it.affiliate).collect();
        let flag = |other| {
            format!(
                "this order assigned the customer to {other} before it was known that they belonged \
                 to {affiliate}, which stays"
            )
        };
        Changes {
            removed: same.iter().map(|it| it.number).collect(),
            flags: others.into_iter().map(flag).collect(),
            ..Changes::default()
        }
    }

    /// Nothing ever un-assigns.
    fn kept(&self) -> Vec<String> {
        let own = self.own().filter(|it| it.valid_to.is_none());
        let affiliates: BTreeSet<&str> = own.map(|it| &*it.affiliate).collect();
        let flag = |affiliate| {
            format!(
                "this order has assigned the customer to {affiliate}, which stays, though it would \
                 not now"
            )
        };
        affiliates.into_iter().map(flag).collect()
    }
}
