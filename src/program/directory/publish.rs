//! The program's published copy in KV: what clicks read, close to the shopper.
//!
//! A change is first committed here, with a note of each key that has to be sent. A note goes
//! once KV has taken the key; what KV did not take is sent again by alarm. Until then, and
//! whenever KV has nothing, a click asks this object.

use waymark_click::PublishedLink;
use waymark_program::directory::Kind;
use waymark_program::edge::{PublishedProgram, published_link};
use waymark_program::link::Link;
use worker::Result;

use crate::merchant::Merchant;
use crate::platform::sql::Database;
use crate::program::directory::{in_force, unpublished};
use crate::program::reports::clicks;

/// Keys sent in one go. Some plans allow 50 calls in a request.
const BATCH: i64 = 40;

/// The KV key of a row that clicks read; none for other kinds.
pub fn key(merchant: &Merchant, kind: Kind, key: &str) -> Option<String> {
    match kind {
        Kind::Link | Kind::Program => Some(format!("{}/{kind}/{key}", merchant.program())),
        _ => None,
    }
}

/// The link of a code that is in force.
pub fn link(database: &Database, code: &str) -> Result<Option<PublishedLink>> {
    let Some(row) = in_force::current::<Link>(database, Kind::Link, code)? else {
        return Ok(None);
    };
    // All clicks of a link are many rows: they are added up only where it matters.
    let clicks = match row.body.limit {
        Some(_) => clicks::by_people(database, code)?,
        None => 0,
    };
    Ok(Some(published_link(row.number, row.body, clicks)?))
}

/// What every click needs to know of the program, once a file has been applied.
pub fn program(database: &Database) -> Result<Option<PublishedProgram>> {
    let row = in_force::current(database, Kind::Program, Kind::Program.as_str())?;
    Ok(row.map(|row| row.body))
}

/// Sends a batch of what is noted.
pub async fn send(database: &Database, merchant: &Merchant) -> Result<()> {
    let kv = merchant.env().kv("LINKS")?;
    let notes = database.query(
        "SELECT number, kind, key FROM unpublished ORDER BY number LIMIT ?",
        &[BATCH.into()],
    )?;
    for note in notes {
        let number = note.integer(0)?;
        let row_key = note.text(2)?;
        let (kind, value) = if note.text(1)? == Kind::Program.as_str() {
            let value = program(database)?;
            (
                Kind::Program,
                value.map(|value| serde_json::to_string(&value)),
            )
        } else {
            let value = link(database, &row_key)?;
            (Kind::Link, value.map(|value| serde_json::to_string(&value)))
        };
        let Some(key) = key(merchant, kind, &row_key) else {
            continue;
        };
        match value.transpose()? {
            Some(value) => kv.put(&key, value)?.execute().await?,
            None => kv.delete(&key).await?,
        }
        database.transaction(|tx| unpublished::sent(tx, number))?;
    }
    Ok(())
}
