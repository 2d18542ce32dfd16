//! Orders: what is known of each, and what their stores report.
//!
//! Whatever a store says becomes a fact first, then the order is settled, in one transaction.
//! Nothing here awaits.

use std::collections::BTreeSet;

use waymark_attribution::time::Instant;
use waymark_facts::ruling::RulingFact;
use waymark_facts::{Fact, FactKind};
use waymark_ledger::{Booked, Cause, Person, Standing, Status};
use worker::Result;

use crate::platform::sql::{Database, Tx};
use crate::program::customers::erasures;
use crate::program::ledger::conversions;
use crate::program::orders::aliases;
use crate::program::orders::deciding::settle;
use crate::program::protocol::commands::Report;
use crate::program::protocol::views::{Acted, Outcome, Recorded};
use crate::program::reports::audit;
use crate::program::stores::calls;

/// An order's place in every table.
#[derive(Clone, Copy)]
pub struct Key<'a> {
    pub source: &'a str,
    pub id: &'a str,
}

impl<'a> Key<'a> {
    pub fn of(report: &'a Report) -> Self {
        Self {
            source: &report.source,
            id: &report.order_id,
        }
    }
}

/// What is known of an order, and what is stored of it.
pub struct Known {
    pub facts: Vec<Fact>,
    pub stored: Stored,
}

impl Known {
    pub fn read(database: &Database, key: Key<'_>) -> Result<Self> {
        Ok(Self {
            facts: facts(database, key)?,
            stored: stored(database, key)?,
        })
    }

    /// Those of the facts that are not known yet; of a forgotten customer, nothing of the person.
    pub fn news(&self, facts: &[Fact]) -> Vec<Fact> {
        let mut known: BTreeSet<&str> = self.facts.iter().map(|fact| fact.key.as_str()).collect();
        let mut news = Vec::new();
        for fact in facts {
            if known.insert(&fact.key) {
                news.extend(match self.stored.erased {
                    true => erasures::without_person(fact),
                    false => Some(fact.clone()),
                });
            }
        }
        news
    }
}

/// What became of a report.
pub struct Taken {
    pub recorded: Recorded,
    /// Whether it had facts that were heard under another name before.
    pub joined: bool,
}

/// Takes the facts of a report on an order of which so much is `known`, and decides the order anew
/// if any of them is news.
pub fn report(tx: &Tx<'_>, report: &Report, known: Known, now: i64) -> Result<Taken> {
    let key = Key::of(report);
    let news = known.news(&report.facts);
    add_facts(tx, key, &news, now)?;
    // Before other names: one of them may be of an order whose customer was forgotten.
    if let Some(call) = report.call.as_ref().filter(|_| !known.stored.erased) {
        calls::keep(tx, key, call, now)?;
    }
    let joined = aliases::note(tx, key, &report.other_names, now)?;
    let recorded = if news.is_empty() && !joined {
        Recorded {
            status: Outcome::Duplicate,
            reason: None,
        }
    } else if joined {
        let cause = Cause::of(&news, instant(now));
        settle(tx, key, &Known::read(tx, key)?, &cause, now)?
    } else {
        follow(tx, key, known, news, now)?
    };
    Ok(Taken { recorded, joined })
}

/// Decides an order anew by facts that were just added to it.
pub fn follow(
    tx: &Tx<'_>,
    key: Key<'_>,
    mut known: Known,
    news: Vec<Fact>,
    now: i64,
) -> Result<Recorded> {
    let cause = Cause::of(&news, instant(now));
    known.facts.extend(news);
    settle(tx, key, &known, &cause, now)
}

/// Decides an order again, with the directory as it is now known. `None` without any facts.
pub fn decide(tx: &Tx<'_>, key: Key<'_>, now: i64) -> Result<Option<Recorded>> {
    let known = Known::read(tx, key)?;
    if known.facts.is_empty() {
        return Ok(None);
    }
    settle(tx, key, &known, &Cause::again(instant(now)), now).map(Some)
}

/// Takes a person's ruling, a fact of the order like any other; what is in the way, if anything is.
/// `None` if the order was not heard of.
pub fn rule(tx: &Tx<'_>, key: Key<'_>, ruling: RulingFact, now: i64) -> Result<Option<Acted>> {
    let known = Known::read(tx, key)?;
    if !known.stored.was_heard_of() {
        return Ok(None);
    }
    let rulings = known.facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Ruling(ruling) => Some(ruling),
        _ => None,
    });
    match ruling.is_new_to(rulings) {
        Err(error) => Ok(Some(Acted::Refused(error.to_string()))),
        Ok(false) => Ok(Some(Acted::Done)),
        Ok(true) => {
            let news = vec![Fact::new(FactKind::Ruling(ruling))];
            add_facts(tx, key, &news, now)?;
            follow(tx, key, known, news, now)?;
            Ok(Some(Acted::Done))
        }
    }
}

/// A person has seen an order's flags, which ask for no review any more until one changes; what is in
/// the way, if anything is. `None` if the order was not heard of.
pub fn see(tx: &Tx<'_>, key: Key<'_>, person: &Person, now: i64) -> Result<Option<Acted>> {
    if !stored(tx, key)?.was_heard_of() {
        return Ok(None);
    }
    let held = |it: &Booked| it.terms.status == Status::Held;
    if conversions::booked(tx, key)?.iter().any(held) {
        let why = "something of the order is held: rule on it, or approve it";
        return Ok(Some(Acted::Refused(why.to_owned())));
    }
    tx.run(
        "UPDATE orders SET seen = flags, review = 0, changed_at = ? WHERE source = ? AND id = ?",
        &[now.into(), key.source.into(), key.id.into()],
    )?;
    audit::note_of_order(tx, key, person, "seen", now)?;
    Ok(Some(Acted::Done))
}

/// Adds facts to an order; nothing of those that are there already.
pub fn add_facts(tx: &Tx<'_>, key: Key<'_>, facts: &[Fact], now: i64) -> Result<()> {
    if facts.is_empty() {
        return Ok(());
    }
    let rows = facts
        .iter()
        .map(|fact| Ok((&fact.key, serde_json::to_string(fact)?)))
        .collect::<Result<Vec<_>>>()?;
    tx.run(
        "INSERT INTO facts (source, order_id, key, body, received_at)
         SELECT ?, ?, value ->> 0, value ->> 1, ? FROM json_each(?) WHERE true
         ON CONFLICT DO NOTHING",
        &[
            key.source.into(),
            key.id.into(),
            now.into(),
            (&serde_json::to_string(&rows)?).into(),
        ],
    )
}

/// The facts of an order.
pub fn facts(database: &Database, key: Key<'_>) -> Result<Vec<Fact>> {
    database
        .query(
            "SELECT body FROM facts WHERE source = ? AND order_id = ? ORDER BY key",
            &[key.source.into(), key.id.into()],
        )?
        .iter()
        .map(|row| Ok(waymark_attribution::from_json(&row.text(0)?)?))
        .collect()
}

/// A time of this object's.
pub fn instant(milliseconds: i64) -> Instant {
    Instant::from_millis(milliseconds)
}

/// What was stored of an order before.
#[derive(Default)]
pub struct Stored {
    pub standing: Standing,
    /// The case as it was when the order was approved, or when its customer was forgotten.
    pub frozen_case: Option<String>,
    /// Whether its customer was forgotten: then the case stays but for its amounts.
    pub erased: bool,
    /// When it was first heard of, in milliseconds.
    pub heard_at: Option<i64>,
    /// Whether a person has to look at it already.
    pub review: bool,
    /// The flags that a person has seen, as they were shown.
    pub seen: BTreeSet<String>,
}

impl Stored {
    pub fn was_heard_of(&self) -> bool {
        self.heard_at.is_some()
    }
}

/// What is stored of an order; nothing yet for one that is new.
pub fn stored(database: &Database, key: Key<'_>) -> Result<Stored> {
    let row = database.first(
        "SELECT standing, frozen_case, erased_at, heard_at, review, seen FROM orders
         WHERE source = ? AND id = ?",
        &[key.source.into(), key.id.into()],
    )?;
    let Some(row) = row else {
        return Ok(Stored::default());
    };
    Ok(Stored {
        standing: waymark_attribution::from_json(&row.text(0)?)?,
        frozen_case: row.optional_text(1)?,
        erased: row.optional_integer(2)?.is_some(),
        heard_at: Some(row.integer(3)?),
        review: row.integer(4)? != 0,
        seen: waymark_attribution::from_json(&row.text(5)?)?,
    })
}
