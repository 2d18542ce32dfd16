//! The outbox: messages in SQLite, sent by alarm until they are received.

use serde_json::value::RawValue;
use waymark_outbox::delivery::Delivery;
use waymark_outbox::event::Event;
use worker::{Error, Result};

use crate::merchant::Merchant;
use crate::platform::durable_object;
use crate::platform::sql::{Database, Row, Tx};
use crate::program::format::{LAST, time};
use crate::program::jobs::{Job, Run};
use crate::program::messages::receivers::{self, health};
use crate::program::messages::rows;
use crate::program::messages::sending::send_due;
use crate::program::orders::rows::instant;
use crate::program::protocol::Page;
use crate::program::protocol::messages::{MessageFilter, MessageView};

/// How long a message stays in the log once it was delivered or given up, or waits for a receiver
/// that is paused, in milliseconds: 30 days.
const KEPT_MS: i64 = 30 * 86_400_000;
/// Messages that one alarm deletes.
const MAX_DELETED: i64 = 500;

/// Writes down an event for these receivers.
///
/// To be called inside the transaction of what it tells of.
pub fn put(
    tx: &Tx<'_>,
    event: &Event,
    receivers: &[&str],
    delivery: Delivery,
    now: i64,
) -> Result<()> {
    let number = tx.first(
        "INSERT INTO events (at, body) VALUES (?, ?) RETURNING number",
        &[
            event.at.as_millis().into(),
            (&serde_json::to_string(event)?).into(),
        ],
    )?;
    let number = number
        .ok_or_else(|| Error::RustError("events: no number".into()))?
        .integer(0)?;
    for receiver in receivers {
        let paused = health(tx, receiver)?.paused.is_some();
        rows::add(tx, number, receiver, delivery, paused, now)?;
    }
    Ok(())
}

pub const SEND: Job = Job {
    failure: "a message was not sent",
    since: "SELECT min(due) FROM messages INDEXED BY messages_due WHERE state = 'waiting'",
    after_ms: 0,
    run: Run::Later(|database, merchant| Box::pin(send(database, merchant))),
};

/// Sends what is due, a bounded number of messages.
async fn send(database: &Database, merchant: &Merchant) -> Result<()> {
    receivers::give_up(database, durable_object::now())?;
    send_due(database, merchant.env()).await
}

pub const SWEEP: Job = Job {
    failure: "messages were not deleted",
    since: "SELECT min(due) FROM messages INDEXED BY messages_at_rest WHERE state <> 'waiting'",
    after_ms: KEPT_MS,
    run: Run::Now(sweep),
};

/// Deletes messages that have been at rest for so long that nobody asks for them any more, a bounded
/// part of them, and events without a message. Nothing else is looked at.
pub fn sweep(database: &Database, now: i64) -> Result<()> {
    let old = database.query(
        "SELECT number, event FROM messages INDEXED BY messages_at_rest
         WHERE state <> 'waiting' AND due <= ? ORDER BY due LIMIT ?",
        &[now.saturating_sub(KEPT_MS).into(), MAX_DELETED.into()],
    )?;
    if old.is_empty() {
        return Ok(());
    }
    let list = |column| -> Result<String> {
        let numbers = old.iter().map(|row| row.integer(column));
        Ok(serde_json::to_string(
            &numbers.collect::<Result<Vec<_>>>()?,
        )?)
    };
    let (messages, events) = (list(0)?, list(1)?);
    database.transaction(|tx| {
        rows::delete(tx, &messages)?;
        tx.run(
            "DELETE FROM events WHERE number IN
               (SELECT named.value FROM json_each(?1) AS named
                WHERE NOT EXISTS (SELECT 1 FROM messages WHERE event = named.value))",
            &[(&events).into()],
        )
    })
}

/// Sends a message again because a person asks for it; whether there is one of that number.
pub fn replay(tx: &Tx<'_>, number: i64, now: i64) -> Result<bool> {
    let number = number.clamp(0, LAST);
    let Some(delivery) = rows::delivery(tx, number)? else {
        return Ok(false);
    };
    let receiver = tx.first(
        "SELECT receiver FROM messages WHERE number = ?",
        &[number.into()],
    )?;
    let receiver = receiver.map_or(Ok(String::new()), |row| row.text(0))?;
    let paused = health(tx, &receiver)?.paused.is_some();
    rows::keep_delivery(tx, number, delivery.replay(instant(now)), paused)?;
    Ok(true)
}

/// Messages, the latest first; of one receiver, or of all.
pub fn messages(
    database: &Database,
    of: &MessageFilter,
    after: Option<i64>,
    limit: u8,
) -> Result<Page<MessageView>> {
    let only = match (&of.receiver, &of.state) {
        (None, None) => "?1 IS NULL AND ?2 IS NULL",
        (Some(_), None) => "receiver = ?1 AND ?2 IS NULL",
        (None, Some(_)) => "?1 IS NULL AND state = ?2",
        (Some(_), Some(_)) => "receiver = ?1 AND state = ?2",
    };
    let rows = database.query(
        &format!(
            "SELECT messages.number, receiver, state, due, messages.body, events.body,
               (SELECT json_group_array(json(attempts.body)) FROM attempts
                WHERE message = messages.number)
             FROM messages JOIN events ON events.number = event
             WHERE {only} AND messages.number < ?3 ORDER BY messages.number DESC LIMIT ?4"
        ),
        &[
            of.receiver.as_ref().into(),
            of.state.as_ref().into(),
            after.unwrap_or(LAST).clamp(0, LAST).into(),
            i64::from(limit).into(),
        ],
    )?;
    let items = rows.iter().map(view).collect::<Result<Vec<_>>>()?;
    Ok(Page::of(items, limit, |last| last.number.to_string()))
}

fn view(row: &Row) -> Result<MessageView> {
    let event: Event = waymark_attribution::from_json(&row.text(5)?)?;
    Ok(MessageView {
        number: row.integer(0)?,
        receiver: row.text(1)?,
        state: row.text(2)?,
        due: time(row.integer(3)?),
        event: RawValue::from_string(event.payload()?)?,
        attempts: RawValue::from_string(row.text(6)?)?,
    })
}
