//! What was heard of orders that their stores have told nothing of yet.

use worker::Result;

use crate::platform::sql::Database;
use crate::program::jobs::{Job, Run};
use crate::program::messages::events;
use crate::program::orders::write;

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
        for order in write::orphans(tx, now.saturating_sub(ORPHAN_MS), MAX_ORPHANS, now)? {
            events::of_orphan(tx, order.key(), now)?;
        }
        Ok(())
    })
}
