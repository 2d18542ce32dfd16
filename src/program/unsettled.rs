//! Orders to be decided again, since something that bears on them became known with another order.

use worker::Result;

use super::due::Job;
use super::orders::{self, Key};
use crate::sql::Database;

/// Orders that one alarm decides again.
const MOST: i64 = 50;

pub const SETTLE: Job = Job {
    failure: "an order was not decided again",
    since: "SELECT ?1 WHERE EXISTS (SELECT 1 FROM unsettled)",
    after_ms: 0,
};

/// Decides them again, a bounded number of them, each in its own transaction.
pub fn settle(database: &Database, now: i64) -> Result<()> {
    let orders = database.query(
        "SELECT source, order_id FROM unsettled LIMIT ?",
        &[MOST.into()],
    )?;
    for row in &orders {
        let (source, id) = (row.text(0)?, row.text(1)?);
        database.transaction(|| {
            let key = Key {
                source: &source,
                id: &id,
            };
            database.run(
                "DELETE FROM unsettled WHERE source = ? AND order_id = ?",
                &[key.source.into(), key.id.into()],
            )?;
            orders::decide(database, key, now)
        })?;
    }
    Ok(())
}
