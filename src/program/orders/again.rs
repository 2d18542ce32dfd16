//! Decides those orders again on which something bears that became known with another order.

use worker::Result;

use crate::platform::sql::{Database, Tx};
use crate::program::jobs::{Job, Run};
use crate::program::orders::deciding::decide_again;
use crate::program::orders::rows::Key;
use crate::program::orders::stale;

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
    let mut outcome = Ok(());
    for order in stale::some(database, MAX_PER_RUN)? {
        if let Err(error) = database.transaction(|tx| decide_if_stale(tx, order.key(), now)) {
            database.transaction(|tx| stale::put_last(tx, order.key()))?;
            outcome = Err(error);
        }
    }
    outcome
}

/// Decides an order again, if it is one of them: whatever is done about an order goes by what is known
/// now.
pub fn decide_if_stale(tx: &Tx<'_>, key: Key<'_>, now: i64) -> Result<()> {
    if stale::take(tx, key)? {
        decide_again(tx, key, now)?;
    }
    Ok(())
}
