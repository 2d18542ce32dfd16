//! Work that an alarm does. Each job stands beside its table, and runs itself.

use futures_util::future::LocalBoxFuture;
use worker::Result;

use crate::merchant::Merchant;
use crate::platform::sql::Database;

/// Work that an alarm does.
pub struct Job {
    /// What the log says where it fails.
    pub failure: &'static str,
    /// Since when there is any of it, in milliseconds: a statement of one value, null for none. It may
    /// name the time as `?1`.
    pub since: &'static str,
    /// How long after that it is due, in milliseconds.
    pub after_ms: i64,
    pub run: Run,
}

/// How a job does its work, a bounded part of it.
pub enum Run {
    /// At once; given the time, in milliseconds.
    Now(fn(&Database, i64) -> Result<()>),
    /// With what lies outside, which is waited for.
    Later(for<'a> fn(&'a Database, &'a Merchant) -> LocalBoxFuture<'a, Result<()>>),
}

/// When each of the jobs is due next, in milliseconds from now, 0 for what is due already; none for what
/// there is nothing of.
pub fn due(database: &Database, jobs: &[&Job], now: i64) -> Result<Vec<Option<i64>>> {
    let columns = jobs.iter();
    let columns = columns.map(|job| format!("({}) + {}", job.since, job.after_ms));
    let columns: Vec<String> = columns.collect();
    let row = database.first(&format!("SELECT {}", columns.join(", ")), &[now.into()])?;
    let Some(row) = row else {
        return Ok(Vec::new());
    };
    (0..)
        .zip(jobs)
        .map(|(column, _)| {
            let due = row.optional_integer(column)?;
            Ok(due.map(|due| due.saturating_sub(now).max(0)))
        })
        .collect()
}
