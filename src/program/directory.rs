//! The directory's rows in SQLite: read as of an instant, changed by a new program file.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use waymark_attribution::time::Instant;
use waymark_program::case::Directory;
use waymark_program::directory::{Change, Kind, Row, difference};
use waymark_program::edge::PublishedProgram;
use waymark_program::settings::Settings;
use worker::{Error, Result};

use super::publish;
use crate::sql::{self, Database};

/// A row with the number that it keeps for ever.
pub struct Numbered {
    pub number: i64,
    pub body: Json,
}

fn numbered(row: &sql::Row) -> Result<Numbered> {
    Ok(Numbered {
        number: row.integer(0)?,
        body: serde_json::from_str(&row.text(1)?)?,
    })
}

/// Every row that is in force now, and since when.
pub fn in_force(database: &Database) -> Result<Vec<(Row, Instant)>> {
    database
        .query(
            "SELECT kind, key, body, begins FROM directory WHERE ends IS NULL ORDER BY kind, key",
            &[],
        )?
        .iter()
        .map(|row| {
            let kind = row.text(0)?;
            let kind = Kind::named(&kind)
                .ok_or_else(|| Error::RustError(format!("directory: unknown kind {kind}")))?;
            let (key, body) = (row.text(1)?, serde_json::from_str(&row.text(2)?)?);
            let begins = Instant::from_millis(row.integer(3)?);
            Ok((Row { kind, key, body }, begins))
        })
        .collect()
}

/// The row of that kind and key that is in force now.
pub fn current(database: &Database, kind: Kind, key: &str) -> Result<Option<Numbered>> {
    database
        .first(
            "SELECT number, body FROM directory WHERE kind = ? AND key = ? AND ends IS NULL",
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
            "SELECT number, body FROM directory
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
            "SELECT number, body FROM directory WHERE number = ? AND kind = ?",
            &[i64::from(number).into(), kind.as_str().into()],
        )?
        .as_ref()
        .map(numbered)
        .transpose()
}

/// The codes of the links with these numbers, in force or not.
pub fn codes(database: &Database, links: &[u32]) -> Result<BTreeMap<u32, String>> {
    let mut codes = BTreeMap::new();
    for link in links {
        let row = database.first(
            "SELECT key FROM directory WHERE number = ? AND kind = 'link'",
            &[i64::from(*link).into()],
        )?;
        if let Some(row) = row {
            codes.insert(*link, row.text(0)?);
        }
    }
    Ok(codes)
}

/// What the wanted rows would change, if they count since then at the latest.
pub fn compare(
    database: &Database,
    wanted: Vec<Row>,
    since: Option<Instant>,
) -> Result<Vec<Change>> {
    Ok(difference(in_force(database)?, wanted, since))
}

/// Makes the changes, as of `effective_at`, and notes what is to be published.
///
/// To be called inside a transaction.
pub fn apply(database: &Database, changes: &[Change], effective_at: Instant) -> Result<()> {
    let at = effective_at.as_millis();
    for change in changes {
        let (kind, key) = change.of();
        let row = [at.into(), kind.as_str().into(), key.into()];
        // Whatever counted after that time and has ended since: from then on, this change counts.
        database.run(
            "UPDATE directory SET ends = ? WHERE kind = ? AND key = ? AND ends > ?1",
            &row,
        )?;
        match change {
            Change::Begins { to, .. } => begin(database, kind, key, to, at)?,
            Change::Ends { .. } => database.run(END, &row)?,
            Change::Changes { to, .. } => {
                database.run(END, &row)?;
                begin(database, kind, key, to, at)?;
            }
            // The same row, so that a link keeps the number that stands in shoppers' tokens.
            Change::Earlier { .. } => database.run(
                "UPDATE directory SET begins = ? WHERE kind = ? AND key = ? AND ends IS NULL",
                &row,
            )?,
        }
        publish::note(database, kind, key)?;
    }
    Ok(())
}

const END: &str = "UPDATE directory SET ends = ? WHERE kind = ? AND key = ? AND ends IS NULL";

fn begin(database: &Database, kind: Kind, key: &str, body: &Json, at: i64) -> Result<()> {
    database.run(
        "INSERT INTO directory (kind, key, body, begins) VALUES (?, ?, ?, ?)",
        &[
            kind.as_str().into(),
            key.into(),
            (&body.to_string()).into(),
            at.into(),
        ],
    )
}

/// How many rows of a kind there have been up to that one: 1 for the first.
pub fn version(database: &Database, kind: Kind, number: i64) -> Result<i64> {
    let counted = database.first(
        "SELECT count(*) FROM directory WHERE kind = ? AND number <= ?",
        &[kind.as_str().into(), number.into()],
    )?;
    counted.map_or(Ok(0), |row| row.integer(0))
}

/// The program's settings as they were at that time; `None` before the program was first applied.
pub fn settings(database: &Database, at: Instant) -> Result<Option<Settings>> {
    let kind = Kind::Program;
    let row = as_of(database, kind, kind.as_str(), at)?;
    let program = row.map(|row| serde_json::from_value::<PublishedProgram>(row.body));
    Ok(program.transpose()?.map(|program| program.settings))
}

/// The directory's rows, read as of any time.
pub struct AsOf<'d>(pub &'d Database);

impl Directory for AsOf<'_> {
    type Error = Error;

    fn in_force(&self, kind: Kind, key: &str, at: Instant) -> Result<Option<Json>> {
        Ok(as_of(self.0, kind, key, at)?.map(|row| row.body))
    }

    fn policy(&self, at: Instant) -> Result<Option<(i64, Json)>> {
        let kind = Kind::Policy;
        let Some(row) = as_of(self.0, kind, kind.as_str(), at)? else {
            return Ok(None);
        };
        let version = version(self.0, kind, row.number)?;
        Ok(Some((version, row.body)))
    }

    fn affiliate_of_link(&self, number: u32) -> Result<Option<String>> {
        let row = numbered_row(self.0, Kind::Link, number)?;
        let affiliate = row.and_then(|row| Some(row.body.get("affiliate")?.as_str()?.to_owned()));
        Ok(affiliate)
    }
}
