//! What an alarm does, and when each of it is due.

use worker::Result;

use crate::platform::sql::Database;
use crate::program::customers::erasures;
use crate::program::messages::outbox;
use crate::program::orders::{approvals, journeys, orphans, stale};
use crate::program::stores::{beacons, calls, fetches, syncs};

/// Work that an alarm does.
pub struct Job {
    /// What the log says where it fails.
    pub failure: &'static str,
    /// Since when there is any of it, in milliseconds: a statement of one value, null for none. It may
    /// name the time as `?1`.
    pub since: &'static str,
    /// How long after that it is due, in milliseconds.
    pub after_ms: i64,
}

/// Everything that an alarm does, in its sequence. Looks are last, since stores may take their time.
pub const JOBS: [Job; 13] = [
    calls::SWEEP,
    beacons::SWEEP,
    journeys::SWEEP,
    outbox::SWEEP,
    orphans::FIND,
    stale::SETTLE,
    approvals::APPROVE,
    erasures::ERASE,
    erasures::FORGET,
    fetches::ASK,
    outbox::SEND,
    journeys::CATCH_UP,
    syncs::LOOK,
];

/// When each is due next, in milliseconds from now, 0 for what is due already; none for what there
/// is nothing of.
pub fn next(database: &Database, now: i64) -> Result<Vec<Option<i64>>> {
    let columns = JOBS.map(|job| format!("({}) + {}", job.since, job.after_ms));
    let row = database.first(&format!("SELECT {}", columns.join(", ")), &[now.into()])?;
    let Some(row) = row else {
        return Ok(Vec::new());
    };
    (0..)
        .zip(JOBS)
        .map(|(column, _)| {
            let due = row.optional_integer(column)?;
            Ok(due.map(|due| due.saturating_sub(now).max(0)))
        })
        .collect()
}
