//! What pages of the shop say of orders, before and after the store itself does.
//!
//! A beacon becomes a fact of its order. One for an order that was not heard of yet waits for it,
//! unseen in any list: anyone may make one up.

use waymark_ledger::Cause;
use waymark_program::directory::Kind;
use waymark_program::document::Endpoint;
use worker::Result;

use crate::platform::sql::{Database, Tx};
use crate::program::jobs::{Job, Run};
use crate::program::orders::aliases;
use crate::program::orders::deciding::decide_known;
use crate::program::orders::rows::{self, Key, instant};
use crate::program::protocol::orders::Report;

/// Orders that one visitor may be tied to.
const MAX_ORDERS: i64 = 50;
/// How long a beacon waits for an order that was not heard of, in milliseconds: 30 days.
const WAIT_MS: i64 = 30 * 86_400_000;
/// Orders whose beacons one alarm deletes.
const MAX_DELETED: i64 = 500;

/// Takes a beacon, if the store has allowed it; whether it was news. An order that is known is
/// decided anew.
pub fn take(tx: &Tx<'_>, report: Report, now: i64) -> Result<bool> {
    let id = aliases::id(tx, &report.store, report.order_id)?;
    let key = Key {
        store: &report.store,
        id: &id,
    };
    if !allowed(tx, key.store)? {
        return Ok(false);
    }
    let kept = rows::read(tx, key)?;
    let mut news = Vec::new();
    for fact in kept.news(&report.facts) {
        if orders_of(tx, &fact.key)? < MAX_ORDERS {
            news.push(fact);
        }
    }
    if news.is_empty() {
        return Ok(false);
    }
    rows::add_facts(tx, key, &news, now)?;
    if kept.stored.was_heard_of() {
        let cause = Cause::of(&news, instant(now));
        decide_known(tx, key, &kept.with(&news), &cause)?;
    } else {
        tx.run(
            "INSERT INTO waiting_beacons (store, order_id, since) VALUES (?, ?, ?)
             ON CONFLICT DO NOTHING",
            &[key.store.into(), key.id.into(), now.into()],
        )?;
    }
    Ok(true)
}

fn allowed(database: &Database, store: &str) -> Result<bool> {
    let endpoints = database.query(
        "SELECT body FROM directory WHERE kind = ? AND valid_to IS NULL",
        &[Kind::Endpoint.as_str().into()],
    )?;
    for row in &endpoints {
        let endpoint: Endpoint = waymark_attribution::from_json(&row.text(0)?)?;
        if endpoint.store == store && endpoint.beacon {
            return Ok(true);
        }
    }
    Ok(false)
}

/// How many orders the visitor of this key is tied to.
fn orders_of(database: &Database, key: &str) -> Result<i64> {
    let counted = database.first(
        "SELECT count(*) FROM facts WHERE key = ? AND key >= 'beacon:' AND key < 'beacon;'",
        &[key.into()],
    )?;
    counted.map_or(Ok(0), |row| row.integer(0))
}

pub const SWEEP: Job = Job {
    failure: "beacons were not deleted",
    since: "SELECT min(since) FROM waiting_beacons",
    after_ms: WAIT_MS,
    run: Run::Now(sweep),
};

/// Deletes the beacons that have waited too long for their orders, of a bounded number of orders.
pub fn sweep(database: &Database, now: i64) -> Result<()> {
    database.transaction(|tx| {
        let waited = tx.query(
            "DELETE FROM waiting_beacons WHERE (store, order_id) IN
               (SELECT store, order_id FROM waiting_beacons WHERE since <= ?
                ORDER BY since LIMIT ?)
             RETURNING store, order_id",
            &[now.saturating_sub(WAIT_MS).into(), MAX_DELETED.into()],
        )?;
        for row in &waited {
            let (store, id) = (row.text(0)?, row.text(1)?);
            let key = Key {
                store: &store,
                id: &id,
            };
            rows::forget_beacons(tx, key)?;
        }
        Ok(())
    })
}
