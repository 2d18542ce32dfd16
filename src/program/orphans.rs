//! What was heard of orders that their stores have told nothing of yet.

use worker::Result;

use super::events;
use super::orders::Key;
use crate::sql::Database;

/// How long what was heard of an order waits for the order itself before a person is told, in
/// milliseconds: three days.
const ORPHAN_MS: i64 = 72 * 3_600_000;

/// Orders that one alarm finds to be orphans.
const MOST_ORPHANS: i64 = 100;

/// Calls those orders orphans that have been waited for too long, a bounded number of them. When
/// there may be another, in milliseconds from now.
pub fn find(database: &Database, now: i64) -> Result<Option<i64>> {
    database.transaction(|| {
        let orphans = database.query(
            "UPDATE orders SET state = 'orphan', changed_at = ?1 WHERE (source, id) IN
               (SELECT source, id FROM orders INDEXED BY orders_waiting
                WHERE state = 'waiting' AND heard_at <= ?2
                ORDER BY heard_at LIMIT ?3)
             RETURNING source, id",
            &[
                now.into(),
                now.saturating_sub(ORPHAN_MS).into(),
                MOST_ORPHANS.into(),
            ],
        )?;
        for row in &orphans {
            let (source, id) = (row.text(0)?, row.text(1)?);
            let key = Key {
                source: &source,
                id: &id,
            };
            events::of_orphan(database, key, now)?;
        }
        Ok(())
    })?;
    let oldest = database.first(
        "SELECT min(heard_at) FROM orders INDEXED BY orders_waiting WHERE state = 'waiting'",
        &[],
    )?;
    let oldest = oldest.map_or(Ok(None), |row| row.optional_integer(0))?;
    let due = oldest.map(|oldest| oldest.saturating_add(ORPHAN_MS).saturating_sub(now));
    Ok(due.map(|due| due.max(0)))
}
