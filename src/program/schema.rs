//! The tables of a program object, and how an older object comes to have them.

use crate::sql::Database;
use worker::Result;

/// Each statement list brings the tables from one version to the next. A list that has been
/// released is never edited: a change is a new list at the end.
const MIGRATIONS: &[&str] = &[
    include_str!("schema.sql"),
    include_str!("clicks.sql"),
    include_str!("visitors.sql"),
    include_str!("limits.sql"),
    include_str!("beacons.sql"),
    include_str!("calls.sql"),
    include_str!("names.sql"),
    include_str!("assignments.sql"),
    include_str!("audit.sql"),
    include_str!("orphans.sql"),
    include_str!("lifecycle.sql"),
    include_str!("outbox.sql"),
    include_str!("erasures.sql"),
    include_str!("looks.sql"),
    include_str!("retention.sql"),
    include_str!("seen.sql"),
    include_str!("called_off.sql"),
    include_str!("merging.sql"),
    include_str!("credited.sql"),
    include_str!("message_lists.sql"),
    include_str!("succession.sql"),
    include_str!("forgotten.sql"),
    include_str!("turns.sql"),
];

/// Brings the tables of this object to the newest version. Cheap when they are.
pub fn migrate(database: &Database) -> Result<()> {
    database.run(
        "CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY) STRICT",
        &[],
    )?;
    let applied = match database.first("SELECT max(version) FROM migrations", &[])? {
        Some(row) => row.optional_integer(0)?.unwrap_or(0),
        None => 0,
    };
    for (version, statements) in (1_i64..).zip(MIGRATIONS) {
        if version > applied {
            database.transaction(|| {
                database.run(statements, &[])?;
                database.run(
                    "INSERT INTO migrations (version) VALUES (?)",
                    &[version.into()],
                )
            })?;
        }
    }
    Ok(())
}
