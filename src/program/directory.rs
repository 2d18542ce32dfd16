//! The directory's rows in SQLite: read as of an instant, changed by a new program file.

use serde_json::Value as Json;
use waymark_attribution::time::Instant;
use waymark_program::directory::{Change, Kind, Row, difference};
use worker::{Error, Result};

use super::publish;
use crate::sql::{self, Database};

/// A row with the number that it keeps for ever.
pub struct Numbered {
    pub number: i64,
    pub key: String,
    pub body: Json,
}

fn numbered(row: &sql::Row) -> Result<Numbered> {
    Ok(Numbered {
        number: row.integer(0)?,
        key: row.text(1)?,
        body: serde_json::from_str(&row.text(2)?)?,
    })
}

/// Every row that is in force now.
pub fn in_force(database: &Database) -> Result<Vec<Row>> {
    database
        .query(
            "SELECT kind, key, body FROM directory WHERE ends IS NULL ORDER BY kind, key",
            &[],
        )?
        .iter()
        .map(|row| {
            let kind = row.text(0)?;
            Ok(Row {
                kind: Kind::named(&kind)
                    .ok_or_else(|| Error::RustError(format!("directory: unknown kind {kind}")))?,
                key: row.text(1)?,
                body: serde_json::from_str(&row.text(2)?)?,
            })
        })
        .collect()
}

/// The row of that kind and key that is in force now.
pub fn current(database: &Database, kind: Kind, key: &str) -> Result<Option<Numbered>> {
    database
        .first(
            "SELECT number, key, body FROM directory WHERE kind = ? AND key = ? AND ends IS NULL",
            &[kind.as_str().into(), key.into()],
        )?
        .as_ref()
        .map(numbered)
        .transpose()
}

/// The row of that kind and key that was in force at that instant.
pub fn as_of(database: &Database, kind: Kind, key: &str, at: Instant) -> Result<Option<Numbered>> {
    database
        .first(
            "SELECT number, key, body FROM directory
             WHERE kind = ?1 AND key = ?2 AND begins <= ?3 AND (ends IS NULL OR ends > ?3)
             ORDER BY begins DESC, number DESC LIMIT 1",
            &[kind.as_str().into(), key.into(), at.as_millis().into()],
        )?
        .as_ref()
        .map(numbered)
        .transpose()
}

/// The row with that number, in force or not.
pub fn numbered_row(database: &Database, kind: Kind, number: u32) -> Result<Option<Numbered>> {
    database
        .first(
            "SELECT number, key, body FROM directory WHERE number = ? AND kind = ?",
            &[i64::from(number).into(), kind.as_str().into()],
        )?
        .as_ref()
        .map(numbered)
        .transpose()
}

/// The rows of one kind that are in force now, by key, after `after`.
pub fn page(database: &Database, kind: Kind, after: &str, limit: i64) -> Result<Vec<Numbered>> {
    database
        .query(
            "SELECT number, key, body FROM directory
             WHERE kind = ? AND key > ? AND ends IS NULL ORDER BY key LIMIT ?",
            &[kind.as_str().into(), after.into(), limit.into()],
        )?
        .iter()
        .map(numbered)
        .collect()
}

/// What the wanted rows would change.
pub fn compare(database: &Database, wanted: Vec<Row>) -> Result<Vec<Change>> {
    Ok(difference(in_force(database)?, wanted))
}

/// Makes the changes, as of `effective_at`, and notes what is to be published.
///
/// To be called inside a transaction.
pub fn apply(database: &Database, changes: &[Change], effective_at: Instant) -> Result<()> {
    for change in changes {
        if let Some((kind, key)) = change.ends() {
            database.run(
                "UPDATE directory SET ends = ? WHERE kind = ? AND key = ? AND ends IS NULL",
                &[
                    effective_at.as_millis().into(),
                    kind.as_str().into(),
                    key.into(),
                ],
            )?;
            publish::note(database, kind, key)?;
        }
        if let Some((kind, key, body)) = change.begins() {
            database.run(
                "INSERT INTO directory (kind, key, body, begins) VALUES (?, ?, ?, ?)",
                &[
                    kind.as_str().into(),
                    key.into(),
                    (&body.to_string()).into(),
                    effective_at.as_millis().into(),
                ],
            )?;
            publish::note(database, kind, key)?;
        }
    }
    Ok(())
}

/// How many rows of a kind there have been up to that one: 1 for the first.
pub fn version(database: &Database, kind: Kind, number: i64) -> Result<i64> {
    let counted = database.first(
        "SELECT count(*) FROM directory WHERE kind = ? AND number <= ?",
        &[kind.as_str().into(), number.into()],
    )?;
    counted.map_or(Ok(0), |row| row.integer(0))
}
