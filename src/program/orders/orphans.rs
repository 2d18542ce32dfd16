//! What was heard of orders that their stores have told nothing of yet.

use worker::Result;

use crate::platform::sql::Database;
use crate::program::jobs::{Job, Run};
use crate::program::messages::events;
use crate::program::orders::rows::Key;

/// How long what was heard of an order waits for the order itself before a person is told, in
/// milliseconds: three days.
const ORPHAN_MS: i64 = 72 * 3_600_000;

/// Orders that one alarm finds to be orphans.
const MAX_ORPHANS: i64 = 100;

pub const FIND: Job = Job {
    failure: "orphans were not found",
    since: "SELECT min(first_seen_at) FROM orders INDEXED BY orders_waiting WHERE state = 'waiting'",
    after_ms: ORPHAN_MS,
    run: Run::Now(find),
};

/// Calls those orders orphans that have been waited for too long, a bounded number of them.
pub fn find(database: &Database, now: i64) -> Result<()> {
    database.transaction(|tx| {
        let orphans = tx.query(
            "UPDATE orders SET state = 'orphan', changed_at = ?1 WHERE (store, id) IN
               (SELECT store, id FROM orders INDEXED BY orders_waiting
                WHERE state = 'waiting' AND first_seen_at <= ?2
                ORDER BY first_seen_at LIMIT ?3)
             RETURNING store, id",
            &[
                now.into(),
                now.saturating_sub(ORPHAN_MS).into(),
                MAX_ORPHANS.into(),
            ],
        )?;
        for row in &orphans {
            let (store, id) = (row.text(0)?, row.text(1)?);
            let key = Key {
                store: &store,
                id: &id,
            };
            events::of_orphan(tx, key, now)?;
        }
        Ok(())
    })
}
