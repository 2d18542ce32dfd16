//! What stores sent: kept for a while as they sent it, and the dead letters among it.

use worker::Result;

use super::commands::{Call, DeadLetter, DeadLetterView, Page};
use super::orders::Key;
use super::reading::{LAST, time};
use crate::sql::{Database, Row};

/// Keeps a call from which facts of an order came; nothing if it is kept already.
pub fn keep(database: &Database, key: Key<'_>, call: &Call, now: i64) -> Result<()> {
    database.run(
        "INSERT INTO calls (endpoint, topic, digest, body, source, order_id, received_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET reason = NULL, source = excluded.source,
           order_id = excluded.order_id WHERE reason IS NOT NULL",
        &[
            (&call.endpoint).into(),
            (&call.topic).into(),
            (&call.digest).into(),
            (&call.body).into(),
            key.source.into(),
            key.id.into(),
            now.into(),
        ],
    )
}

/// Keeps a call that cannot be used; whether it was not kept already.
pub fn bury(database: &Database, letter: &DeadLetter, now: i64) -> Result<bool> {
    let DeadLetter { call, reason } = letter;
    let kept = database.first(
        "INSERT INTO calls (endpoint, topic, digest, body, reason, received_at)
         VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET reason = excluded.reason WHERE reason <> excluded.reason
         RETURNING number",
        &[
            (&call.endpoint).into(),
            (&call.topic).into(),
            (&call.digest).into(),
            (&call.body).into(),
            reason.into(),
            now.into(),
        ],
    )?;
    Ok(kept.is_some())
}

/// The calls that were kept but could not be used, the latest first.
pub fn dead_letters(
    database: &Database,
    after: Option<i64>,
    limit: u8,
) -> Result<Page<DeadLetterView>> {
    let before = after.unwrap_or(LAST).clamp(0, LAST);
    let rows = database.query(
        "SELECT number, endpoint, topic, reason, received_at, body FROM calls
         WHERE reason IS NOT NULL AND number < ? ORDER BY number DESC LIMIT ?",
        &[before.into(), i64::from(limit).into()],
    )?;
    let items: Vec<DeadLetterView> = rows.iter().map(view).collect::<Result<_>>()?;
    let full = items.len() == usize::from(limit);
    let next = items.last().filter(|_| full);
    let next = next.map(|last| last.number.to_string());
    Ok(Page { items, next })
}

/// The dead letter of that number.
pub fn dead_letter(database: &Database, number: i64) -> Result<Option<DeadLetterView>> {
    database
        .first(
            "SELECT number, endpoint, topic, reason, received_at, body FROM calls
             WHERE reason IS NOT NULL AND number = ?",
            &[number.clamp(0, LAST).into()],
        )?
        .as_ref()
        .map(view)
        .transpose()
}

fn view(row: &Row) -> Result<DeadLetterView> {
    Ok(DeadLetterView {
        number: row.integer(0)?,
        endpoint: row.text(1)?,
        topic: row.text(2)?,
        reason: row.text(3)?,
        received_at: time(row.integer(4)?),
        body: row.text(5)?,
    })
}

/// Settles a dead letter that turned out to be of no concern, or to be about something else than
/// an order.
pub fn forget(database: &Database, number: i64) -> Result<()> {
    database.run("DELETE FROM calls WHERE number = ?", &[number.into()])
}

/// Deletes the calls that were received before then (milliseconds).
pub fn sweep(database: &Database, too_old: i64) -> Result<()> {
    database.run("DELETE FROM calls WHERE received_at < ?", &[too_old.into()])
}

/// When (milliseconds) the oldest call was received.
pub fn oldest(database: &Database) -> Result<Option<i64>> {
    let row = database.first("SELECT min(received_at) FROM calls", &[])?;
    row.map_or(Ok(None), |row| row.optional_integer(0))
}
