//! Approval of orders: by time, by a person, and taken back.

use waymark_attribution::money::Amount;
use waymark_facts::{Folded, fold};
use waymark_ledger::{Circumstances, Moved, Person, Standing, approve_due};
use worker::Result;

use crate::platform::sql::{Database, Tx};
use crate::program::jobs::Job;
use crate::program::ledger::conversions;
use crate::program::messages::events;
use crate::program::orders::rows::{self, Key, Known, instant};
use crate::program::orders::{renewals, stale};
use crate::program::protocol::views::Acted;
use crate::program::reports::audit;

/// Orders that one alarm approves.
const MOST: i64 = 100;

pub const APPROVE: Job = Job {
    failure: "an order was not approved",
    since: "SELECT min(due_at) FROM orders WHERE due_at IS NOT NULL",
    after_ms: 0,
};

/// Approves orders whose hold period is over, a bounded number of them, each in a transaction of its
/// own. One that fails holds up no other.
pub fn approve_those_due(database: &Database, now: i64) -> Result<()> {
    let due = database.query(
        "SELECT source, id FROM orders WHERE due_at <= ? ORDER BY due_at LIMIT ?",
        &[now.into(), MOST.into()],
    )?;
    let mut outcome = Ok(());
    for row in &due {
        let (source, id) = (row.text(0)?, row.text(1)?);
        let key = Key {
            source: &source,
            id: &id,
        };
        outcome = outcome.and(database.transaction(|tx| approve_if_due(tx, key, now)));
    }
    outcome
}

fn approve_if_due(tx: &Tx<'_>, key: Key<'_>, now: i64) -> Result<()> {
    stale::settle_one(tx, key, now)?;
    // Decided again, it may not be due any more: nor is what has become undecided.
    let due = tx.first(
        "SELECT due_at FROM orders WHERE source = ? AND id = ? AND due_at <= ?",
        &[key.source.into(), key.id.into(), now.into()],
    )?;
    let Some(due) = due else {
        return Ok(());
    };
    let due_at = due.integer(0)?;
    let Some(order) = Approvable::read(tx, key)? else {
        return not_by_itself(tx, key);
    };
    let booked = conversions::booked(tx, key)?;
    let Approvable {
        amount,
        circumstances,
        standing,
    } = &order;
    match approve_due(
        &booked,
        circumstances,
        standing,
        instant(due_at),
        instant(now),
    ) {
        Ok(moved) => keep(tx, key, &moved, *amount, now),
        // What is in the way goes away by facts or by people, who have it looked at again.
        Err(_) => not_by_itself(tx, key),
    }
}

fn not_by_itself(tx: &Tx<'_>, key: Key<'_>) -> Result<()> {
    tx.run(
        "UPDATE orders SET due_at = NULL WHERE source = ? AND id = ?",
        &[key.source.into(), key.id.into()],
    )
}

/// What an approval has to know of an order.
struct Approvable {
    /// What its lines come to.
    amount: Amount,
    circumstances: Circumstances,
    standing: Standing,
}

impl Approvable {
    fn read(database: &Database, key: Key<'_>) -> Result<Option<Self>> {
        let known = Known::read(database, key)?;
        let folded: Folded = fold(&known.facts);
        let (Some(order), Some(mut circumstances)) = (&folded.order, Circumstances::of(&folded))
        else {
            return Ok(None);
        };
        circumstances.inherited = renewals::inherited(database, key.source, order)?;
        Ok(Some(Self {
            amount: events::amount(order),
            circumstances,
            standing: known.stored.standing,
        }))
    }
}

/// Approves an order because a person says so; what is in the way of it, if anything is. `None` if
/// the order itself was not heard of.
pub fn approve(tx: &Tx<'_>, key: Key<'_>, person: &Person, now: i64) -> Result<Option<Acted>> {
    stale::settle_one(tx, key, now)?;
    let Some(order) = Approvable::read(tx, key)? else {
        return Ok(None);
    };
    let booked = conversions::booked(tx, key)?;
    let Approvable {
        amount,
        circumstances,
        standing,
    } = &order;
    match waymark_ledger::approve(&booked, circumstances, standing, person, instant(now)) {
        Err(obstacle) => Ok(Some(Acted::Refused(obstacle.to_string()))),
        Ok(moved) => {
            // Without a case that was decided, nothing could be taken back later.
            if let Some(problem) = problem(tx, key)? {
                return Ok(Some(Acted::Refused(format!(
                    "the order is undecided: {problem}"
                ))));
            }
            keep(tx, key, &moved, *amount, now)?;
            audit::note_of_order(tx, key, person, "approve", now)?;
            Ok(Some(Acted::Done))
        }
    }
}

/// Why an order is undecided; `None` if it is not.
fn problem(database: &Database, key: Key<'_>) -> Result<Option<String>> {
    let row = database.first(
        "SELECT problem FROM orders WHERE source = ? AND id = ?",
        &[key.source.into(), key.id.into()],
    )?;
    row.map_or(Ok(None), |row| row.optional_text(0))
}

/// Takes an approval back; why that is not possible, if it is not. `None` if the order itself was
/// not heard of.
pub fn unapprove(tx: &Tx<'_>, key: Key<'_>, person: &Person, now: i64) -> Result<Option<Acted>> {
    let Some(order) = Approvable::read(tx, key)? else {
        return Ok(None);
    };
    let booked = conversions::booked(tx, key)?;
    let in_payout = tx.first(
        "SELECT 1 FROM conversions JOIN entries ON conversion = conversions.number
         WHERE source = ? AND order_id = ? AND payout IS NOT NULL LIMIT 1",
        &[key.source.into(), key.id.into()],
    )?;
    let in_payout = in_payout.is_some();
    match waymark_ledger::unapprove(&booked, &order.standing, in_payout, person, instant(now)) {
        Err(is_final) => Ok(Some(Acted::Refused(is_final.to_string()))),
        Ok(moved) => {
            keep(tx, key, &moved, order.amount, now)?;
            audit::note_of_order(tx, key, person, "unapprove", now)?;
            // The live decision counts again.
            rows::decide(tx, key, now)?;
            Ok(Some(Acted::Done))
        }
    }
}

/// Stores what an approval, or taking it back, changes. The case is kept as it is at that time.
fn keep(tx: &Tx<'_>, key: Key<'_>, moved: &Moved, amount: Amount, now: i64) -> Result<()> {
    let numbers = conversions::add(tx, key, &moved.postings)?;
    events::of_postings(tx, key, &moved.postings, &numbers, amount, now)?;
    let settled = moved.standing.is_settled();
    tx.run(
        "UPDATE orders SET standing = ?1, due_at = NULL, changed_at = ?2,
           review = CASE WHEN ?3 THEN 0 ELSE 1 END, seen = CASE WHEN ?3 THEN flags ELSE seen END,
           frozen_case = CASE WHEN ?3 OR erased_at IS NOT NULL THEN coalesce(frozen_case, the_case) END
         WHERE source = ?4 AND id = ?5",
        &[
            (&serde_json::to_string(&moved.standing)?).into(),
            now.into(),
            i64::from(settled).into(),
            key.source.into(),
            key.id.into(),
        ],
    )
}
