//! The tables of a program object, and how an older object comes to have them.

use crate::platform::sql::{Database, Tx};
use worker::Result;

/// Each statement list brings the tables from one version to the next. A list that has been
/// released is never edited: a change is a new list at the end.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_program.sql"),
    include_str!("migrations/0002_clicks.sql"),
    include_str!("migrations/0003_visitors.sql"),
    include_str!("migrations/0004_limits.sql"),
    include_str!("migrations/0005_beacons.sql"),
    include_str!("migrations/0006_calls.sql"),
    include_str!("migrations/0007_names.sql"),
    include_str!("migrations/0008_assignments.sql"),
    include_str!("migrations/0009_audit.sql"),
    include_str!("migrations/0010_orphans.sql"),
    include_str!("migrations/0011_lifecycle.sql"),
    include_str!("migrations/0012_outbox.sql"),
    include_str!("migrations/0013_erasures.sql"),
    include_str!("migrations/0014_looks.sql"),
    include_str!("migrations/0015_retention.sql"),
    include_str!("migrations/0016_seen.sql"),
    include_str!("migrations/0017_called_off.sql"),
    include_str!("migrations/0018_merging.sql"),
    include_str!("migrations/0019_credited.sql"),
    include_str!("migrations/0020_message_lists.sql"),
    include_str!("migrations/0021_succession.sql"),
    include_str!("migrations/0022_forgotten.sql"),
    include_str!("migrations/0023_turns.sql"),
    include_str!("migrations/0024_words.sql"),
    include_str!("migrations/0025_fewer_rows.sql"),
    include_str!("migrations/0026_shared_payments.sql"),
];

/// Brings the tables of this object to the newest version. Cheap when they are.
pub fn migrate(database: &Database) -> Result<()> {
    let applied = database.transaction(applied)?;
    for (version, statements) in (1_i64..).zip(MIGRATIONS) {
        if version > applied {
            database.transaction(|tx| apply(tx, version, statements))?;
        }
    }
    Ok(())
}

/// The version that the tables have; 0 where there are none.
fn applied(tx: &Tx<'_>) -> Result<i64> {
    tx.run(
        "CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY) STRICT",
        &[],
    )?;
    let last = tx.first("SELECT max(version) FROM migrations", &[])?;
    let last = last.map_or(Ok(None), |row| row.optional_integer(0))?;
    Ok(last.unwrap_or(0))
}

fn apply(tx: &Tx<'_>, version: i64, statements: &str) -> Result<()> {
    tx.run(statements, &[])?;
    tx.run(
        "INSERT INTO migrations (version) VALUES (?)",
        &[version.into()],
    )
}
