//! Whose the customer of an order is, and what the order changes about that.
//!
//! In whichever sequence orders are heard of, customers end as if they had been heard of in the
//! sequence in which they were placed, with one exception: an assignment, once made, stays. An order
//! that was placed earlier and is heard of later takes the customer from nobody, and a person is told.

use std::collections::BTreeSet;

use waymark_attribution::Decision;
use waymark_attribution::time::Instant;

/// One of the affiliates that a customer belonged to when an order was placed, or later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Counts assignments as they were made.
    pub number: i64,
    /// Which of all that the customer is known by it is of.
    pub key: String,
    pub affiliate: String,
    pub begins: Instant,
    pub maker: Maker,
    /// Whether it has ended since.
    pub ended: bool,
}

impl Assignment {
    fn is_own(&self) -> bool {
        self.maker == Maker::ThisOrder
    }
}

/// Who made an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maker {
    /// The order that is being decided, when it was decided before.
    ThisOrder,
    AnotherOrder,
    Person,
}

/// A customer's affiliate, since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assigned {
    pub affiliate: String,
    pub at: Instant,
}

/// What an order's decision says of its customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// The customer is free, and is to belong to that affiliate.
    Assign(String),
    /// The customer belongs to that affiliate already.
    Stands(String),
    Nothing,
}

impl Wish {
    pub fn of(decision: &Decision<'_>) -> Self {
        if let Some(assign) = &decision.assign {
            return Self::Assign(assign.affiliate.to_string());
        }
        match decision.standing_assignment() {
            Some(claim) => Self::Stands(claim.affiliate.to_string()),
            None => Self::Nothing,
        }
    }
}

/// The assignments of all that the customer of an order is known by, which were in force when it was
/// placed or began later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignments {
    /// The keys that the order itself names, that which counts first first.
    pub named: Vec<String>,
    pub placed_at: Instant,
    /// In the sequence of their numbers.
    pub made: Vec<Assignment>,
}

/// What is to become of a customer's assignments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// They end when the order was placed: the customer was free by then.
    pub ended: Vec<i64>,
    /// They never were.
    pub removed: Vec<i64>,
    /// They are this order's from now on, and begin with it.
    pub moved: Vec<i64>,
    /// What this order assigns besides.
    pub keys: Vec<String>,
    /// To whom it assigns, if it does.
    pub affiliate: Option<String>,
    /// What a person should know.
    pub flags: Vec<String>,
}

impl Changes {
    pub fn are_none(&self) -> bool {
        self.removed.is_empty() && self.moved.is_empty() && self.keys.is_empty()
    }
}

impl Assignments {
    /// The assignment in force when the order was placed, but for one that the order itself made:
    /// decided again, it must be decided as it was. And what a person should know, if the customer
    /// belonged to several.
    ///
    /// That of a key that the order names counts first, an id before an e-mail. Of other keys, too,
    /// ids come before e-mails, and then what was made first.
    pub fn in_force(&self) -> (Option<Assigned>, Option<String>) {
        let mut found: Vec<&Assignment> = Vec::new();
        for it in self.made.iter().filter(|it| self.counts(it)) {
            // Of one key, the latest.
            match found.iter_mut().find(|other| other.key == it.key) {
                Some(other) if other.begins <= it.begins => *other = it,
                Some(_) => {}
                None => found.push(it),
            }
        }
        let named = |key: &str| self.named.iter().position(|named| named == key);
        found.sort_by_key(|it| {
            let place = named(&it.key).unwrap_or(self.named.len());
            (place, it.key.starts_with("email:"), it.begins, &*it.key)
        });
        let affiliates: BTreeSet<&str> = found.iter().map(|it| &*it.affiliate).collect();
        let flag = (affiliates.len() > 1).then(|| {
            let affiliates: Vec<&str> = affiliates.into_iter().collect();
            format!(
                "the customer is one person by now, and belongs to {}; the first that is found \
                 counts, by the store's id before the e-mail",
                affiliates.join(" and ")
            )
        });
        let first = found.first().map(|it| Assigned {
            affiliate: it.affiliate.clone(),
            at: it.begins,
        });
        (first, flag)
    }

    /// Whether an assignment that another made was in force when the order was placed.
    fn counts(&self, it: &Assignment) -> bool {
        it.begins <= self.placed_at && it.maker != Maker::ThisOrder
    }

    /// What the order changes, by its decision.
    pub fn changes(&self, wish: &Wish) -> Changes {
        match wish {
            Wish::Assign(affiliate) => self.assigning(affiliate),
            Wish::Stands(affiliate) => self.standing(affiliate),
            Wish::Nothing => self.nothing(),
        }
    }

    /// Nothing ever un-assigns.
    fn nothing(&self) -> Changes {
        let own = self.made.iter().filter(|it| it.is_own() && !it.ended);
        let affiliates: BTreeSet<&str> = own.map(|it| &*it.affiliate).collect();
        let flag = |affiliate| {
            format!(
                "this order has assigned the customer to {affiliate}, which stays, though it would \
                 not now"
            )
        };
        Changes {
            flags: affiliates.into_iter().map(flag).collect(),
            ..Changes::default()
        }
    }

    /// All keys are one person's. If any of them is another affiliate's, or a person has ended what
    /// was assigned, none is assigned: by another key, the customer would be another affiliate's. An
    /// assignment to the same affiliate that a later order made begins with this one. What the order
    /// itself made follows its decision.
    fn assigning(&self, affiliate: &str) -> Changes {
        // What counted and is no obstacle has expired, or its affiliate is not active any more.
        let lapsed = self.in_force().0.map(|it| it.affiliate);
        let (ends, stays): (Vec<&Assignment>, Vec<&Assignment>) = self
            .made
            .iter()
            .partition(|it| self.counts(it) && lapsed.as_deref() == Some(&*it.affiliate));
        let obstacle = |it: &Assignment| it.ended || (!it.is_own() && it.affiliate != affiliate);
        if stays.iter().any(|it| obstacle(it)) {
            return Changes {
                flags: Self::of_obstacles(&stays, affiliate),
                ..Changes::default()
            };
        }
        let is_right = |it: &Assignment| it.affiliate == affiliate && it.begins <= self.placed_at;
        let moves = |it: &Assignment| {
            let is_concerned = it.is_own() || self.named.contains(&it.key);
            is_concerned && it.maker != Maker::Person && !is_right(it)
        };
        let has_one = |key: &String| {
            stays
                .iter()
                .any(|it| it.key == *key && (is_right(it) || moves(it)))
        };
        let numbers = |of: &[&Assignment]| of.iter().map(|it| it.number).collect();
        let moved: Vec<&Assignment> = stays.iter().copied().filter(|it| moves(it)).collect();
        Changes {
            ended: numbers(&ends),
            moved: numbers(&moved),
            keys: self
                .named
                .iter()
                .filter(|key| !has_one(key))
                .cloned()
                .collect(),
            affiliate: Some(affiliate.to_owned()),
            ..Changes::default()
        }
    }

    /// Whom the customer belongs to, or belonged to later, instead. That a person ended what the
    /// order made is no news.
    fn of_obstacles(stays: &[&Assignment], affiliate: &str) -> Vec<String> {
        if stays.iter().any(|it| it.is_own() && it.ended) {
            return Vec::new();
        }
        let others = stays
            .iter()
            .filter(|it| !it.is_own() && it.affiliate != affiliate)
            .map(|it| (&*it.affiliate, it.ended));
        let others: BTreeSet<(&str, bool)> = others.collect();
        let flag = |(kept, ended)| {
            let belongs = if ended { "belonged" } else { "belongs" };
            format!(
                "the customer {belongs} to {kept} already, which stays; this order would have \
                 assigned {affiliate}"
            )
        };
        others.into_iter().map(flag).collect()
    }

    /// What the order made before it was heard that the customer belonged to an affiliate already
    /// never was, if it is the same affiliate's; another's stays.
    fn standing(&self, affiliate: &str) -> Changes {
        let counting = |it: &&Assignment| self.counts(it) && it.affiliate == affiliate;
        let is_over = self.made.iter().filter(counting).all(|it| it.ended);
        let by_later = |it: &Assignment| {
            it.maker == Maker::AnotherOrder && it.begins > self.placed_at && !is_over
        };
        let late = self
            .made
            .iter()
            .filter(|it| !it.ended && (it.is_own() || by_later(it)));
        let (same, others): (Vec<&Assignment>, Vec<&Assignment>) =
            late.partition(|it| it.affiliate == affiliate);
        let others: BTreeSet<&str> = others.iter().map(|it| &*it.affiliate).collect();
        let flag = |other| {
            format!(
                "the customer was assigned to {other} before it was known that they belonged to \
                 {affiliate} when this order was placed, which stays"
            )
        };
        Changes {
            removed: same
                .iter()
                .filter(|it| it.is_own())
                .map(|it| it.number)
                .collect(),
            flags: others.into_iter().map(flag).collect(),
            ..Changes::default()
        }
    }
}
