//! Touches in SQLite: appended once, read for an order, deleted when they are too old.

use waymark_click::{NewTouch, VisitorId};
use worker::Result;

use crate::platform::sql::{Database, Row, Tx};

/// Touches read for one order. A person makes a handful; a script that makes more must not make
/// every order of its visitor slow. The first touch of all stands in the visitor's token.
const MAX_TOUCHES: i64 = 1_000;
/// Touches that are deleted in one go.
const MAX_DELETED: i64 = 1_000;

/// Appends touches none of which is there yet: the usual case, and half the work of
/// [`append_new`]. `batch` is a JSON list of [`waymark_click::RecordedTouch`].
///
/// # Errors
/// One of them is there already, or twice in the batch; then nothing was appended.
pub fn append(tx: &Tx<'_>, batch: &str) -> Result<()> {
    tx.run(&format!("INSERT INTO touches {ROWS}"), &[batch.into()])
}

/// Appends those of the touches that are not there yet.
pub fn append_new(tx: &Tx<'_>, batch: &str) -> Result<()> {
    tx.run(
        &format!("INSERT OR IGNORE INTO touches {ROWS}"),
        &[batch.into()],
    )
}

const ROWS: &str = "(visitor, at, id, keep_until, body)
    SELECT value ->> '$.touch.visitor', value ->> '$.touch.at', value ->> '$.touch.id',
      value ->> '$.keep_until', value -> '$.touch'
    FROM json_each(?)";

/// The latest touches that a visitor made up to `until` (milliseconds), latest first.
pub fn read(database: &Database, visitor: VisitorId, until: i64) -> Result<Vec<NewTouch>> {
    database
        .query(
            "SELECT body FROM touches WHERE visitor = ? AND at <= ? ORDER BY at DESC, id LIMIT ?",
            &[
                (&visitor.to_string()).into(),
                until.into(),
                MAX_TOUCHES.into(),
            ],
        )?
        .iter()
        .map(|row: &Row| Ok(waymark_attribution::from_json(&row.text(0)?)?))
        .collect()
}

/// Deletes every touch of a visitor.
pub fn forget(tx: &Tx<'_>, visitor: VisitorId) -> Result<()> {
    tx.run(
        "DELETE FROM touches WHERE visitor = ?",
        &[(&visitor.to_string()).into()],
    )
}

/// Deletes touches that were to be kept until before `now` (milliseconds), a bounded number of
/// them; whether there may be more.
pub fn sweep(tx: &Tx<'_>, now: i64) -> Result<bool> {
    let deleted = tx.query(
        "DELETE FROM touches WHERE (visitor, at, id) IN
           (SELECT visitor, at, id FROM touches WHERE keep_until < ? ORDER BY keep_until LIMIT ?)
         RETURNING 1",
        &[now.into(), MAX_DELETED.into()],
    )?;
    Ok(i64::try_from(deleted.len()).is_ok_and(|deleted| deleted >= MAX_DELETED))
}

/// Until when (milliseconds) the touch is kept that goes first.
pub fn next_to_go(database: &Database) -> Result<Option<i64>> {
    let row = database.first("SELECT min(keep_until) FROM touches", &[])?;
    row.map_or(Ok(None), |row| row.optional_integer(0))
}
