//! Approval of orders: by time, by a person, and taken back.

use waymark_facts::ruling::Ruling;
use waymark_ledger::{Cause, Person};
use waymark_orders::{Known, acts};
use worker::Result;

use crate::platform::durable_object::Reply;
use crate::platform::sql::{Database, Tx};
use crate::program::jobs::{Job, Run};
use crate::program::orders::deciding::decide_known;
use crate::program::orders::rows::{self, Key, instant};
use crate::program::orders::{again, renewals, write};
use crate::program::protocol::refused;
use crate::program::reports::audit;

/// Orders that one alarm approves.
const MAX_PER_RUN: i64 = 100;

pub const APPROVE: Job = Job {
    failure: "an order was not approved",
    since: "SELECT min(due_at) FROM orders WHERE due_at IS NOT NULL",
    after_ms: 0,
    run: Run::Now(approve_those_due),
};

/// Approves orders whose hold period is over, a bounded number of them, each in a transaction of its
/// own. One that fails holds up no other.
pub fn approve_those_due(database: &Database, now: i64) -> Result<()> {
    let due = database.query(
        "SELECT store, id FROM orders WHERE due_at <= ? ORDER BY due_at LIMIT ?",
        &[now.into(), MAX_PER_RUN.into()],
    )?;
    let mut outcome = Ok(());
    for row in &due {
        let (store, id) = (row.text(0)?, row.text(1)?);
        let key = Key {
            store: &store,
            id: &id,
        };
        outcome = outcome.and(database.transaction(|tx| approve_if_due(tx, key, now)));
    }
    outcome
}

fn approve_if_due(tx: &Tx<'_>, key: Key<'_>, now: i64) -> Result<()> {
    again::decide_if_stale(tx, key, now)?;
    let known: Known = rows::read(tx, key)?.into();
    // Decided again, it may not be due any more: nor is what has become undecided.
    let due = known.stored.due_at;
    if due.is_none_or(|due| due > instant(now)) {
        return Ok(());
    }
    let inherited = inherited(tx, key, &known)?;
    match acts::approve_due(&known, inherited, instant(now)) {
        Some(moved) => write::moved(tx, key, &known, &moved, now),
        None => write::not_by_itself(tx, key),
    }
}

fn inherited(database: &Database, key: Key<'_>, known: &Known) -> Result<Option<Ruling>> {
    match &known.folded.order {
        Some(order) => renewals::inherited(database, key.store, order),
        None => Ok(None),
    }
}

/// Approves an order because a person says so; what is in the way of it, if anything is.
pub fn approve(tx: &Tx<'_>, key: Key<'_>, person: &Person, now: i64) -> Result<Reply<()>> {
    again::decide_if_stale(tx, key, now)?;
    let known: Known = rows::read(tx, key)?.into();
    let inherited = inherited(tx, key, &known)?;
    let moved = match acts::approve(&known, inherited, person, instant(now)) {
        None => return Ok(Reply::Missing),
        Some(Err(refusal)) => return Ok(refused(refusal)),
        Some(Ok(moved)) => moved,
    };
    write::moved(tx, key, &known, &moved, now)?;
    audit::note_of_order(tx, key, person, "approve", now)?;
    Ok(Reply::Done(()))
}

/// Takes an approval back, and has the live decision count again; why that is not possible, if it is
/// not.
pub fn unapprove(tx: &Tx<'_>, key: Key<'_>, person: &Person, now: i64) -> Result<Reply<()>> {
    let known: Known = rows::read(tx, key)?.into();
    let in_payout = tx.first(
        "SELECT 1 FROM conversions JOIN entries ON conversion = conversions.number
         WHERE store = ? AND order_id = ? AND payout IS NOT NULL LIMIT 1",
        &[key.store.into(), key.id.into()],
    )?;
    let moved = match acts::unapprove(&known, in_payout.is_some(), person, instant(now)) {
        None => return Ok(Reply::Missing),
        Some(Err(refusal)) => return Ok(refused(refusal)),
        Some(Ok(moved)) => moved,
    };
    write::moved(tx, key, &known, &moved, now)?;
    audit::note_of_order(tx, key, person, "unapprove", now)?;
    let cause = Cause::again(instant(now));
    decide_known(tx, key, &known.unapproved(&moved), &cause)?;
    Ok(Reply::Done(()))
}

/// A person has seen an order's flags, which ask for no review any more until one changes.
pub fn acknowledge(tx: &Tx<'_>, key: Key<'_>, person: &Person, now: i64) -> Result<Reply<()>> {
    match acts::acknowledge(&rows::read(tx, key)?.into()) {
        None => return Ok(Reply::Missing),
        Some(Err(refusal)) => return Ok(refused(refusal)),
        Some(Ok(())) => {}
    }
    write::acknowledged(tx, key, now)?;
    audit::note_of_order(tx, key, person, "acknowledge", now)?;
    Ok(Reply::Done(()))
}
