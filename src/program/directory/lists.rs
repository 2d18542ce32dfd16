//! What can be read of the directory: the rows in force, endpoints, links.

use waymark_attribution::time::Instant;
use waymark_program::directory::Kind;
use worker::Result;

use crate::platform::sql::Database;
use crate::program::directory::in_force;
use crate::program::protocol::Page;
use crate::program::protocol::directory::{LinkView, Reached, Rows};

/// The rows in force.
pub fn directory(database: &Database) -> Result<Rows> {
    let rows = in_force::in_force(database)?.into_iter();
    Ok(Rows {
        rows: rows.map(|(row, _)| row).collect(),
    })
}

/// The endpoint of that id that is in force.
pub fn endpoint(database: &Database, id: &str, now: Instant) -> Result<Option<Reached>> {
    let Some(row) = in_force::current(database, Kind::Endpoint, id)? else {
        return Ok(None);
    };
    Ok(Some(Reached {
        endpoint: row.body,
        token_parameter: token_parameter(database, now)?,
    }))
}

/// The query parameter in which visitors' tokens stand in addresses.
pub fn token_parameter(database: &Database, now: Instant) -> Result<String> {
    let settings = in_force::settings(database, now)?;
    Ok(settings.unwrap_or_default().token_parameter)
}

/// The link of that code that is in force.
pub fn link(database: &Database, code: &str) -> Result<Option<LinkView>> {
    let row = in_force::current(database, Kind::Link, code)?;
    Ok(row.map(|row| LinkView {
        code: code.to_owned(),
        link: row.body,
    }))
}

/// The links that are in force, by code.
pub fn links(database: &Database, after: &str, limit: u8) -> Result<Page<LinkView>> {
    let rows = database.query(
        "SELECT key, body FROM directory
         WHERE kind = 'link' AND valid_to IS NULL AND key > ? ORDER BY key LIMIT ?",
        &[after.into(), i64::from(limit).into()],
    )?;
    let items: Vec<LinkView> = rows
        .iter()
        .map(|row| {
            Ok(LinkView {
                code: row.text(0)?,
                link: waymark_attribution::from_json(&row.text(1)?)?,
            })
        })
        .collect::<Result<_>>()?;
    Ok(Page::of(items, limit, |last| last.code.clone()))
}
