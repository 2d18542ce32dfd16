//! What stores sent: kept for a while as they sent it, and the dead letters among it.

use waymark_attribution::time::Duration;
use waymark_stores::kept;
use worker::Result;

use crate::platform::sql::{Database, Row, Tx};
use crate::program::directory::in_force;
use crate::program::format::{LAST, time};
use crate::program::jobs::{Job, Run};
use crate::program::orders::rows::{Key, instant};
use crate::program::protocol::Page;
use crate::program::protocol::orders::Call;
use crate::program::protocol::stores::{BuryCall, DeadLetterView};

/// Keeps a call from which facts of an order came, if the program keeps such calls; nothing if it is
/// kept already. One that could not be used before is no dead letter any more.
pub fn keep(tx: &Tx<'_>, key: Key<'_>, call: &Call, now: i64) -> Result<()> {
    no_dead_letter(tx, call)?;
    // What is in force now has no end: nothing is applied for later.
    let kept = tx.first(
        "INSERT INTO calls (endpoint, topic, digest, body, store, order_id, received_at)
         SELECT ?, ?, ?, ?, ?, ?, ? WHERE coalesce((SELECT body ->> '$.settings.keep_payloads'
           FROM directory WHERE kind = 'program' AND key = 'program' AND valid_to IS NULL), '') <> ?
         ON CONFLICT DO UPDATE SET reason = NULL WHERE reason IS NOT NULL
         RETURNING number",
        &[
            (&call.endpoint).into(),
            (&call.topic).into(),
            (&call.digest).into(),
            (&*kept::packed(&call.body)).into(),
            key.store.into(),
            key.id.into(),
            now.into(),
            (&Duration::ZERO.to_string()).into(),
        ],
    )?;
    if kept.is_none() && kept_ms(tx, now)? == 0 {
        tx.run(
            "DELETE FROM calls WHERE store = ? AND order_id = ? AND digest = ? AND endpoint = ?
               AND topic = ?",
            &[
                key.store.into(),
                key.id.into(),
                (&call.digest).into(),
                (&call.endpoint).into(),
                (&call.topic).into(),
            ],
        )?;
    }
    Ok(())
}

/// A call of which it was not known of which order it is can be used after all.
fn no_dead_letter(tx: &Tx<'_>, call: &Call) -> Result<()> {
    tx.run(
        "DELETE FROM calls WHERE digest = ? AND endpoint = ? AND topic = ? AND store IS NULL",
        &[
            (&call.digest).into(),
            (&call.endpoint).into(),
            (&call.topic).into(),
        ],
    )
}

/// Keeps a call after which its order is asked for, whatever the program says of calls: until the
/// store has answered it is all that is known of the order.
pub fn hold(tx: &Tx<'_>, key: Key<'_>, call: &Call, now: i64) -> Result<()> {
    no_dead_letter(tx, call)?;
    tx.run(
        "INSERT INTO calls (endpoint, topic, digest, body, store, order_id, received_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET reason = NULL WHERE reason IS NOT NULL",
        &[
            (&call.endpoint).into(),
            (&call.topic).into(),
            (&call.digest).into(),
            (&*kept::packed(&call.body)).into(),
            key.store.into(),
            key.id.into(),
            now.into(),
        ],
    )
}

/// The order of these calls was asked for and taken: none of them is a dead letter any more, and none
/// is kept if the program keeps no calls, unless the order is to be asked for again.
pub fn answered(tx: &Tx<'_>, key: Key<'_>, now: i64) -> Result<()> {
    tx.run(
        "UPDATE calls SET reason = NULL WHERE store = ? AND order_id = ? AND reason IS NOT NULL",
        &[key.store.into(), key.id.into()],
    )?;
    if kept_ms(tx, now)? > 0 {
        return Ok(());
    }
    tx.run(
        "DELETE FROM calls WHERE store = ?1 AND order_id = ?2 AND NOT EXISTS
           (SELECT 1 FROM order_fetches WHERE store = ?1 AND order_id = ?2)",
        &[key.store.into(), key.id.into()],
    )
}

/// The latest call of an order that was asked for in vain becomes a dead letter: taken again, it has
/// the store asked again.
pub fn bury_last(tx: &Tx<'_>, key: Key<'_>, why: &str) -> Result<()> {
    tx.run(
        "UPDATE calls SET reason = ?1 WHERE number =
           (SELECT max(number) FROM calls WHERE store = ?2 AND order_id = ?3)",
        &[why.into(), key.store.into(), key.id.into()],
    )
}

/// Keeps a call that cannot be used; whether it was not kept already.
pub fn bury(tx: &Tx<'_>, letter: &BuryCall, now: i64) -> Result<bool> {
    let BuryCall { call, reason } = letter;
    let kept = tx.first(
        "INSERT INTO calls (endpoint, topic, digest, body, reason, received_at)
         VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET reason = excluded.reason WHERE reason <> excluded.reason
         RETURNING number",
        &[
            (&call.endpoint).into(),
            (&call.topic).into(),
            (&call.digest).into(),
            (&*kept::packed(&call.body)).into(),
            reason.into(),
            now.into(),
        ],
    )?;
    Ok(kept.is_some())
}

/// The calls that were kept but could not be used, the latest first, large ones in part.
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
    let items = rows.iter().map(|row| view(row, kept::preview));
    let items = items.collect::<Result<Vec<_>>>()?;
    Ok(Page::of(items, limit, |last| last.number.to_string()))
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
        .map(|row| view(row, kept::unpacked))
        .transpose()
}

fn view(row: &Row, read: impl Fn(String) -> String) -> Result<DeadLetterView> {
    Ok(DeadLetterView {
        number: row.integer(0)?,
        endpoint: row.text(1)?,
        topic: row.text(2)?,
        reason: row.text(3)?,
        received_at: time(row.integer(4)?),
        body: read(row.text(5)?),
    })
}

/// Settles a dead letter that turned out to be of no concern, or to be about something else than
/// an order. The digest tells it from another that was given its number once it was settled before.
pub fn forget(tx: &Tx<'_>, number: i64, digest: &str) -> Result<()> {
    tx.run(
        "DELETE FROM calls WHERE number = ? AND digest = ?",
        &[number.into(), digest.into()],
    )
}

/// Forgets what was sent about an order.
pub fn forget_order(tx: &Tx<'_>, key: Key<'_>) -> Result<()> {
    tx.run(
        "DELETE FROM calls WHERE store = ? AND order_id = ?",
        &[key.store.into(), key.id.into()],
    )
}

/// How long calls that could be used are kept, in milliseconds.
fn kept_ms(database: &Database, now: i64) -> Result<i64> {
    let settings = in_force::settings(database, instant(now))?;
    let kept = settings.map(|settings| settings.keep_payloads.as_millis());
    Ok(kept.unwrap_or(DEAD_LETTERS_KEPT_MS))
}

/// How long a dead letter is kept, in milliseconds: 30 days.
const DEAD_LETTERS_KEPT_MS: i64 = 30 * 86_400_000;
/// Calls that one alarm deletes: more than a shop without any other alarm of a day is sent in one.
const MAX_DELETED: i64 = 10_000;

/// Once a day as long as any is kept: how long that is, the program says, and may say anew.
pub const SWEEP: Job = Job {
    failure: "calls were not deleted",
    since: "SELECT ?1 WHERE EXISTS (SELECT 1 FROM calls)",
    after_ms: 86_400_000,
    run: Run::Now(|database, now| database.transaction(|tx| sweep(tx, now))),
};

/// Deletes the calls that are too old, a bounded number of them, but for those whose order is still to
/// be asked for.
pub fn sweep(tx: &Tx<'_>, now: i64) -> Result<()> {
    let kept = kept_ms(tx, now)?;
    tx.run(
        "DELETE FROM calls WHERE number IN
           (SELECT number FROM (SELECT number, store, order_id, received_at FROM calls
              WHERE reason IS NULL ORDER BY number LIMIT ?3) AS oldest
            WHERE received_at < ?1 AND NOT EXISTS (SELECT 1 FROM order_fetches AS open
              WHERE open.store = oldest.store AND open.order_id = oldest.order_id)
            UNION ALL SELECT number FROM calls WHERE received_at < ?2 AND reason IS NOT NULL
            LIMIT ?3)",
        &[
            now.saturating_sub(kept).into(),
            now.saturating_sub(DEAD_LETTERS_KEPT_MS).into(),
            MAX_DELETED.into(),
        ],
    )
}
