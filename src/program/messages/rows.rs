//! Messages and the tries to deliver them, in SQLite: everything that is written of them.

use waymark_outbox::attempt::Attempt;
use waymark_outbox::delivery::{Delivery, State};
use worker::Result;

use crate::platform::sql::{Database, Tx};
use crate::program::orders::rows::instant;

/// Writes down a message about an event for a receiver.
pub fn add(
    tx: &Tx<'_>,
    event: i64,
    receiver: &str,
    delivery: Delivery,
    paused: bool,
    now: i64,
) -> Result<()> {
    tx.run(
        "INSERT INTO messages (event, receiver, state, due, body) VALUES (?, ?, ?, ?, ?)",
        &[
            event.into(),
            receiver.into(),
            stored_state(delivery, paused).into(),
            now.into(),
            (&serde_json::to_string(&delivery)?).into(),
        ],
    )
}

/// What waits for a receiver that is paused is not looked at before that is resumed.
fn stored_state(delivery: Delivery, paused: bool) -> &'static str {
    match delivery.state {
        State::Waiting if paused => "paused",
        state => state.as_str(),
    }
}

/// Where a message stands; `None` if there is none of that number.
pub fn delivery(database: &Database, message: i64) -> Result<Option<Delivery>> {
    let row = database.first(
        "SELECT body FROM messages WHERE number = ?",
        &[message.into()],
    )?;
    row.map(|row| Ok(waymark_attribution::from_json(&row.text(0)?)?))
        .transpose()
}

/// Keeps where a message stands. `paused`: its receiver is.
pub fn keep_delivery(tx: &Tx<'_>, number: i64, delivery: Delivery, paused: bool) -> Result<()> {
    tx.run(
        "UPDATE messages SET state = ?, due = ?, body = ? WHERE number = ?",
        &[
            stored_state(delivery, paused).into(),
            delivery.due.as_millis().into(),
            (&serde_json::to_string(&delivery)?).into(),
            number.into(),
        ],
    )
}

/// Keeps what came of a try.
pub fn log(tx: &Tx<'_>, message: i64, attempt: &Attempt) -> Result<()> {
    tx.run(
        "INSERT OR REPLACE INTO attempts (message, number, body) VALUES (?, ?, ?)",
        &[
            message.into(),
            i64::from(attempt.number).into(),
            (&serde_json::to_string(attempt)?).into(),
        ],
    )
}

/// Sets aside what waits for a receiver, which is paused now.
pub fn set_aside(tx: &Tx<'_>, receiver: &str) -> Result<()> {
    tx.run(
        "UPDATE messages SET state = 'paused' WHERE receiver = ? AND state = 'waiting'",
        &[receiver.into()],
    )
}

/// Has what was set aside for a receiver be due at once.
pub fn take_up(tx: &Tx<'_>, receiver: &str, now: i64) -> Result<()> {
    tx.run(
        "UPDATE messages SET state = 'waiting', due = ?1, body = json_set(body, '$.due', ?2)
         WHERE receiver = ?3 AND state = 'paused'",
        &[
            now.into(),
            (&instant(now).to_string()).into(),
            receiver.into(),
        ],
    )
}

/// Gives up messages after one more try, which says why. `numbers` is a JSON list; the number of the
/// try is that of each message.
pub fn give_up(tx: &Tx<'_>, numbers: &str, attempt: &Attempt, now: i64) -> Result<()> {
    tx.run(
        "INSERT OR REPLACE INTO attempts (message, number, body)
         SELECT number, (body ->> '$.attempts') + 1,
           json_set(?2, '$.number', (body ->> '$.attempts') + 1)
         FROM messages WHERE number IN (SELECT named.value FROM json_each(?1) AS named)",
        &[numbers.into(), (&serde_json::to_string(attempt)?).into()],
    )?;
    tx.run(
        "UPDATE messages SET state = ?2, due = ?3, body = json_set(body, '$.state', ?2,
           '$.due', ?4, '$.attempts', (body ->> '$.attempts') + 1)
         WHERE number IN (SELECT named.value FROM json_each(?1) AS named)",
        &[
            numbers.into(),
            State::GivenUp.as_str().into(),
            now.into(),
            (&instant(now).to_string()).into(),
        ],
    )
}

/// Deletes messages and what is logged of them. `numbers` is a JSON list.
pub fn delete(tx: &Tx<'_>, numbers: &str) -> Result<()> {
    tx.run(
        "DELETE FROM attempts WHERE message IN (SELECT named.value FROM json_each(?1) AS named)",
        &[numbers.into()],
    )?;
    tx.run(
        "DELETE FROM messages WHERE number IN (SELECT named.value FROM json_each(?1) AS named)",
        &[numbers.into()],
    )
}
