//! What has to be sent to KV: noted in the transaction that changes it.

use waymark_program::directory::Kind;
use worker::Result;

use crate::platform::sql::{Database, Tx};

/// Notes that the published copy of a row is to be sent.
pub fn note(tx: &Tx<'_>, kind: Kind, key: &str) -> Result<()> {
    match kind {
        // Replacing gives the note a new number, so that sending an older state does not settle it.
        Kind::Link | Kind::Program => tx.run(
            "INSERT OR REPLACE INTO unpublished (kind, key) VALUES (?, ?)",
            &[kind.as_str().into(), key.into()],
        ),
        _ => Ok(()),
    }
}

/// Whether anything is noted.
pub fn pending(database: &Database) -> Result<bool> {
    Ok(database
        .first("SELECT 1 FROM unpublished LIMIT 1", &[])?
        .is_some())
}

/// KV has taken it.
pub fn sent(tx: &Tx<'_>, number: i64) -> Result<()> {
    tx.run("DELETE FROM unpublished WHERE number = ?", &[number.into()])
}
