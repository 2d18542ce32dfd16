//! The directory's rows in SQLite: read as of an instant, changed by a new program file.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use waymark_attribution::time::Instant;
use waymark_program::directory::{Change, Kind, Row, difference};
use waymark_program::edge::PublishedProgram;
use waymark_program::settings::Settings;
use worker::{Error, Result};

use crate::platform::sql::{self, Database, Tx};
use crate::program::directory::unpublished;

/// A row with the number that it keeps for ever.
pub struct Numbered<T> {
    pub number: i64,
    pub body: T,
}

fn numbered<T: DeserializeOwned>(row: &sql::Row) -> Result<Numbered<T>> {
    Ok(Numbered {
        number: row.integer(0)?,
        body: waymark_attribution::from_json(&row.text(1)?)?,
    })
}

/// Every row that is in force now, and since when.
pub fn in_force(database: &Database) -> Result<Vec<(Row, Instant)>> {
    database
        .query(
            "SELECT kind, key, body, valid_from FROM directory WHERE valid_to IS NULL ORDER BY kind, key",
            &[],
        )?
        .iter()
        .map(|row| {
            let kind = row.text(0)?;
            let kind = Kind::named(&kind)
                .ok_or_else(|| Error::RustError(format!("directory: unknown kind {kind}")))?;
            let (key, body) = (row.text(1)?, waymark_attribution::from_json(&row.text(2)?)?);
            let valid_from = Instant::from_millis(row.integer(3)?);
            Ok((Row { kind, key, body }, valid_from))
        })
        .collect()
}

/// The row of that kind and key that is in force now.
pub fn current<T: DeserializeOwned>(
    database: &Database,
    kind: Kind,
    key: &str,
) -> Result<Option<Numbered<T>>> {
    database
        .first(
            "SELECT number, body FROM directory WHERE kind = ? AND key = ? AND valid_to IS NULL",
            &[kind.as_str().into(), key.into()],
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
pub fn apply(tx: &Tx<'_>, changes: &[Change], effective_at: Instant) -> Result<()> {
    let at = effective_at.as_millis();
    for change in changes {
        let (kind, key) = change.of();
        let row = [at.into(), kind.as_str().into(), key.into()];
        // Whatever counted after that time and has ended since: from then on, this change counts.
        tx.run(
            "UPDATE directory SET valid_to = ? WHERE kind = ? AND key = ? AND valid_to > ?1",
            &row,
        )?;
        match change {
            Change::Begins { to, .. } => begin(tx, kind, key, to, at)?,
            Change::Ends { .. } => tx.run(END, &row)?,
            Change::Changes { to, .. } => {
                tx.run(END, &row)?;
                begin(tx, kind, key, to, at)?;
            }
            // The same row, so that a link keeps the number that stands in shoppers' tokens.
            Change::Earlier { .. } => tx.run(
                "UPDATE directory SET valid_from = ? WHERE kind = ? AND key = ? AND valid_to IS NULL",
                &row,
            )?,
        }
        unpublished::note(tx, kind, key)?;
    }
    Ok(())
}

const END: &str =
    "UPDATE directory SET valid_to = ? WHERE kind = ? AND key = ? AND valid_to IS NULL";

fn begin(tx: &Tx<'_>, kind: Kind, key: &str, body: &Json, at: i64) -> Result<()> {
    tx.run(
        "INSERT INTO directory (kind, key, body, begins) VALUES (?, ?, ?, ?)",
        &[
            kind.as_str().into(),
            key.into(),
            (&body.to_string()).into(),
            at.into(),
        ],
    )
}

/// The program's settings as they were at that time; `None` before the program was first applied.
pub fn settings(database: &Database, at: Instant) -> Result<Option<Settings>> {
    let row = database.first(
        "SELECT body FROM directory
         WHERE kind = 'program' AND key = 'program' AND valid_from <= ?1
           AND (valid_to IS NULL OR valid_to > ?1)
         ORDER BY valid_from DESC, number DESC LIMIT 1",
        &[at.as_millis().into()],
    )?;
    row.map(|row| {
        let program: PublishedProgram = waymark_attribution::from_json(&row.text(0)?)?;
        Ok(program.settings)
    })
    .transpose()
}
