//! Orders to be decided again, since something that bears on them became known with another order.

use worker::Result;

use super::orders::{self, Key};
use crate::sql::Database;

/// Orders that one alarm decides again.
const MOST: i64 = 50;

/// Decides them again, a bounded number of them, each in its own transaction. Whether there were any:
/// there may be more then, and those that were held may be due for their approval.
pub fn settle(database: &Database, now: i64) -> Result<bool> {
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
    Ok(!orders.is_empty())
}
