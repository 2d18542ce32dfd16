//! The outbox: messages in SQLite, sent by alarm until they are received.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::value::RawValue;
use waymark_outbox::delivery::{Delivery, State};
use waymark_outbox::event::Event;
use waymark_outbox::request::{Request, TIMEOUT_MS};
use waymark_outbox::step::{Answer, Settled, Step, Target, next, settle};
use worker::{Env, Error, Result};

use super::commands::MessageFilter;
use super::due::Job;
use super::orders::instant;
use super::reading::{LAST, time};
use super::receivers::{self, Receivers, health, keep_health, set_aside};
use super::views::{MessageView, Page};
use crate::outgoing::{self, Outgoing};
use crate::sql::{Database, Row};
use crate::{keys, object};

/// Messages that one alarm sends, all at once.
const MOST: i64 = 20;
/// The most that is read of an answer, in bytes: the log has its beginning.
const LARGEST_ANSWER: usize = 64 << 10;
/// How long an event that was delivered, or given up, stays in the log, in milliseconds: 30 days.
const KEPT_MS: i64 = 30 * 86_400_000;
/// Events that one alarm deletes.
const MOST_DELETED: i64 = 500;

/// Writes down an event for these receivers.
///
/// To be called inside the transaction of what it tells of.
pub fn put(
    database: &Database,
    event: &Event,
    receivers: &[&str],
    delivery: Delivery,
    now: i64,
) -> Result<()> {
    let number = database.first(
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
        let paused = health(database, receiver)?.paused.is_some();
        database.run(
            "INSERT INTO messages (event, receiver, state, due, body) VALUES (?, ?, ?, ?, ?)",
            &[
                number.into(),
                (*receiver).into(),
                stored_state(delivery, paused).into(),
                now.into(),
                (&serde_json::to_string(&delivery)?).into(),
            ],
        )?;
    }
    Ok(())
}

/// What waits for a receiver that is paused is not looked at before that is resumed.
fn stored_state(delivery: Delivery, paused: bool) -> &'static str {
    match delivery.state {
        State::Waiting if paused => "paused",
        state => state.as_str(),
    }
}

/// A message that is due.
struct Message {
    number: i64,
    receiver: String,
    delivery: Delivery,
    event: Event,
}

pub const SEND: Job = Job {
    failure: "a message was not sent",
    since: "SELECT min(due) FROM messages WHERE state = 'waiting'",
    after_ms: 0,
};

/// Sends what is due, a bounded number of messages.
pub async fn send(database: &Database, env: &Env, now: i64) -> Result<()> {
    let due = due(database, now)?;
    if !due.is_empty() {
        let receivers = Receivers::in_force(database)?;
        let sent = due
            .iter()
            .map(async |message| try_once(database, env, &receivers, message, now).await);
        for outcome in join_all(sent).await {
            outcome?;
        }
    }
    sweep(database, now)
}

fn due(database: &Database, now: i64) -> Result<Vec<Message>> {
    database
        .query(
            "SELECT messages.number, receiver, messages.body, events.body
             FROM messages JOIN events ON events.number = event
             WHERE state = 'waiting' AND due <= ? ORDER BY due LIMIT ?",
            &[now.into(), MOST.into()],
        )?
        .iter()
        .map(|row| {
            Ok(Message {
                number: row.integer(0)?,
                receiver: row.text(1)?,
                delivery: waymark_attribution::from_json(&row.text(2)?)?,
                event: waymark_attribution::from_json(&row.text(3)?)?,
            })
        })
        .collect()
}

async fn try_once(
    database: &Database,
    env: &Env,
    receivers: &Receivers,
    message: &Message,
    now: i64,
) -> Result<()> {
    let random = random()?;
    let secret = |name: &str| keys::secret(env, name).ok();
    let target = Target {
        receiver: receivers.named(&message.receiver),
        hosts: &receivers.hosts,
        secret: &secret,
    };
    let health = health(database, &message.receiver)?;
    let step = next(
        &message.event,
        message.delivery,
        target,
        health,
        instant(now),
        random,
    );
    let request = match step {
        Step::Send(request) => request,
        Step::Settled(settled) => return keep(database, message, &settled),
        // Paused by an answer to another message a moment ago: it was set aside by that.
        Step::Paused | Step::Wait(_) | Step::Over => return Ok(()),
    };
    let began = object::now();
    let answered = outgoing::call(&outgoing(&request)).await;
    let ended = object::now();
    let answer = match &answered {
        Ok(answered) => Answer::Response {
            status: answered.status,
            retry_after: answered.retry_after.as_deref(),
            body: &answered.body,
            duration_ms: u32::try_from(ended.saturating_sub(began)).ok(),
        },
        Err(outgoing::Failure::TimedOut) => Answer::TimedOut,
        Err(outgoing::Failure::NotReached) => Answer::NotReached,
    };
    // Others may have changed both meanwhile.
    let Some(delivery) = stored(database, message.number)? else {
        return Ok(());
    };
    let health = receivers::health(database, &message.receiver)?;
    let settled = settle(&request, delivery, health, answer, instant(ended), random);
    keep(database, message, &settled)
}

fn outgoing(request: &Request) -> Outgoing<'_> {
    Outgoing {
        method: request.method.as_str(),
        url: &request.url,
        headers: &request.headers,
        body: request.body.as_deref(),
        patience: Duration::from_millis(TIMEOUT_MS.into()),
        largest: LARGEST_ANSWER,
    }
}

fn stored(database: &Database, message: i64) -> Result<Option<Delivery>> {
    let row = database.first(
        "SELECT body FROM messages WHERE number = ?",
        &[message.into()],
    )?;
    row.map(|row| Ok(waymark_attribution::from_json(&row.text(0)?)?))
        .transpose()
}

fn random() -> Result<u32> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).map_err(|error| Error::RustError(error.to_string()))?;
    Ok(u32::from_be_bytes(bytes))
}

fn keep(database: &Database, message: &Message, settled: &Settled) -> Result<()> {
    database.transaction(|| {
        let paused = settled.health.paused.is_some();
        keep_delivery(database, message.number, settled.delivery, paused)?;
        keep_health(database, &message.receiver, settled.health)?;
        if paused {
            set_aside(database, &message.receiver)?;
        }
        database.run(
            "INSERT OR REPLACE INTO attempts (message, number, body) VALUES (?, ?, ?)",
            &[
                message.number.into(),
                i64::from(settled.attempt.number).into(),
                (&serde_json::to_string(&settled.attempt)?).into(),
            ],
        )
    })
}

fn keep_delivery(database: &Database, number: i64, delivery: Delivery, paused: bool) -> Result<()> {
    database.run(
        "UPDATE messages SET state = ?, due = ?, body = ? WHERE number = ?",
        &[
            stored_state(delivery, paused).into(),
            delivery.due.as_millis().into(),
            (&serde_json::to_string(&delivery)?).into(),
            number.into(),
        ],
    )
}

/// Deletes what was told so long ago that nobody asks for it any more, a bounded part of it.
fn sweep(database: &Database, now: i64) -> Result<()> {
    let too_old = now.saturating_sub(KEPT_MS);
    const OLD: &str = "SELECT number FROM events WHERE at < ?1 AND NOT EXISTS
         (SELECT 1 FROM messages WHERE event = events.number AND state IN ('waiting', 'paused'))
         ORDER BY at LIMIT ?2";
    let parameters = || [too_old.into(), MOST_DELETED.into()];
    for statement in [
        format!(
            "DELETE FROM attempts WHERE message IN
               (SELECT number FROM messages WHERE event IN ({OLD}))"
        ),
        format!("DELETE FROM messages WHERE event IN ({OLD})"),
        "DELETE FROM events WHERE at < ?1 AND number IN
           (SELECT number FROM events AS old WHERE at < ?1 AND NOT EXISTS
             (SELECT 1 FROM messages WHERE event = old.number) ORDER BY at LIMIT ?2)"
            .to_owned(),
    ] {
        database.run(&statement, &parameters())?;
    }
    Ok(())
}

/// Sends a message again because a person asks for it; whether there is one of that number.
///
/// To be called inside a transaction.
pub fn replay(database: &Database, number: i64, now: i64) -> Result<bool> {
    let number = number.clamp(0, LAST);
    let Some(delivery) = stored(database, number)? else {
        return Ok(false);
    };
    let receiver = database.first(
        "SELECT receiver FROM messages WHERE number = ?",
        &[number.into()],
    )?;
    let receiver = receiver.map_or(Ok(String::new()), |row| row.text(0))?;
    let paused = health(database, &receiver)?.paused.is_some();
    keep_delivery(database, number, delivery.replay(instant(now)), paused)?;
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
