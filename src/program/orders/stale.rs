//! Orders to be decided again, since something that bears on them became known with another order.

use worker::Result;

use crate::platform::sql::{Database, Tx};
use crate::program::jobs::{Job, Run};
use crate::program::orders::deciding::decide_again;
use crate::program::orders::rows::Key;

/// Orders that one alarm decides again.
const MAX_PER_RUN: i64 = 50;

pub const DECIDE: Job = Job {
    failure: "an order was not decided again",
    since: "SELECT ?1 WHERE EXISTS (SELECT 1 FROM stale_orders)",
    after_ms: 0,
    run: Run::Now(decide_those_stale),
};

/// Decides them again, a bounded number of them, each in its own transaction. One that fails holds up
/// no other: it comes after all that did not.
fn decide_those_stale(database: &Database, now: i64) -> Result<()> {
    let orders = database.query(
        "SELECT store, order_id FROM stale_orders ORDER BY failed LIMIT ?",
        &[MAX_PER_RUN.into()],
    )?;
    let mut outcome = Ok(());
    for row in &orders {
        let (store, id) = (row.text(0)?, row.text(1)?);
        let key = Key {
            store: &store,
            id: &id,
        };
        if let Err(error) = database.transaction(|tx| decide_if_stale(tx, key, now)) {
            database.transaction(|tx| put_last(tx, key))?;
            outcome = Err(error);
        }
    }
    outcome
}

/// An order that failed comes after all that did not.
fn put_last(tx: &Tx<'_>, key: Key<'_>) -> Result<()> {
    tx.run(
        "UPDATE stale_orders SET failed = failed + 1 WHERE store = ? AND order_id = ?",
        &[key.store.into(), key.id.into()],
    )
}

/// Decides an order again, if it is one of them: whatever is done about an order goes by what is known
/// now.
pub fn decide_if_stale(tx: &Tx<'_>, key: Key<'_>, now: i64) -> Result<()> {
    let waited = tx.first(
        "DELETE FROM stale_orders WHERE store = ? AND order_id = ? RETURNING 1",
        &[key.store.into(), key.id.into()],
    )?;
    if waited.is_some() {
        decide_again(tx, key, now)?;
    }
    Ok(())
}
