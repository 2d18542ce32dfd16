//! The alarm of a program object: everything that it does, and when it comes next.

use worker::{Result, console_error};

use crate::merchant::Merchant;
use crate::platform::durable_object::now;
use crate::platform::sql::Database;
use crate::program::customers::erasures;
use crate::program::jobs::{self, Job, Run};
use crate::program::messages::outbox;
use crate::program::orders::{again, approvals, journeys, orphans};
use crate::program::stores::{beacons, calls, fetches, syncs};

/// When to go on with what one alarm did not finish, in milliseconds from now.
const GO_ON_MS: i64 = 100;
/// When to try again what failed, in milliseconds from now.
const TRY_AGAIN_MS: i64 = 30_000;

/// Everything that an alarm does, in its sequence. Syncs are last, since stores may take their time.
const JOBS: [&Job; 13] = [
    &calls::SWEEP,
    &beacons::SWEEP,
    &journeys::SWEEP,
    &outbox::SWEEP,
    &orphans::FIND,
    &again::DECIDE,
    &approvals::APPROVE,
    &erasures::ERASE,
    &erasures::FORGET,
    &fetches::FETCH,
    &outbox::SEND,
    &journeys::CATCH_UP,
    &syncs::SYNC,
];

/// When the alarm has to come, in milliseconds from now; `None` if there is nothing to do.
pub fn next(database: &Database) -> Result<Option<i64>> {
    let due = jobs::due(database, &JOBS, now())?;
    Ok(due.into_iter().flatten().min())
}

/// Does every job. What fails is tried again, and holds up nothing else. When the alarm has to come
/// again, in milliseconds from now.
pub async fn run(database: &Database, merchant: &Merchant) -> Result<Option<i64>> {
    let mut failed = [false; JOBS.len()];
    for (job, failed) in JOBS.iter().zip(&mut failed) {
        let outcome = match job.run {
            Run::Now(run) => run(database, now()),
            Run::Later(run) => run(database, merchant).await,
        };
        if let Err(error) = outcome {
            console_error!("program: {}: {error}", job.failure);
            *failed = true;
        }
    }
    // What is due is read now that all is done, since one job makes work for another.
    let due = jobs::due(database, &JOBS, now())?;
    let due = due.into_iter().zip(failed).filter_map(|(due, failed)| {
        if failed {
            return Some(TRY_AGAIN_MS);
        }
        due.map(|due| due.max(GO_ON_MS))
    });
    Ok(due.min())
}
