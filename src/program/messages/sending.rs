//! Sends messages by alarm: a few at once, and to each receiver in its turn.

use std::collections::BTreeSet;
use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{Either, select};
use futures_util::stream::FuturesUnordered;
use waymark_outbox::delivery::Delivery;
use waymark_outbox::event::Event;
use waymark_outbox::health::Health;
use waymark_outbox::request::{Request, TIMEOUT_MS};
use waymark_outbox::step::{Answer, Concluded, Step, Target, conclude, next};
use waymark_outbox::turns::{Candidate, Turns};
use worker::{Delay, Env, Error, Result};

use crate::platform::http_client::{self, Failure, Outgoing};
use crate::platform::sql::Database;
use crate::platform::{durable_object, secrets};
use crate::program::messages::receivers::{self, InForce, health, keep_health};
use crate::program::messages::rows;
use crate::program::orders::rows::instant;

/// The most that is read of an answer, in bytes: the log has its beginning.
const MAX_RESPONSE_BYTES: usize = 64 << 10;
/// For how long one alarm begins calls, in milliseconds. Its other work waits meanwhile.
const BEGINS_MS: i64 = 20_000;
/// How soon what became due is seen while an answer is waited for.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// A message that is due.
struct Message {
    number: i64,
    receiver: String,
    delivery: Delivery,
    event: Event,
}

/// Sends what is due, a bounded number of messages.
///
/// A receiver that does not answer has nobody else wait for it: what becomes due meanwhile is sent
/// beside it.
pub async fn send_due(database: &Database, env: &Env) -> Result<()> {
    let until = durable_object::now().saturating_add(BEGINS_MS);
    let mut turns = Turns::default();
    let mut numbers = BTreeSet::new();
    let mut calls = FuturesUnordered::new();
    let mut outcome = Ok(());
    loop {
        let now = durable_object::now();
        while outcome.is_ok() && now < until {
            match begin(database, &mut turns, &numbers, now) {
                Ok(Some(message)) => {
                    numbers.insert(message.number);
                    calls.push(async move {
                        let answered = try_once(database, env, &message, now).await;
                        (message, answered)
                    });
                }
                Ok(None) => break,
                Err(error) => outcome = Err(error),
            }
        }
        match select(calls.next(), pin!(Delay::from(LOOK_AGAIN))).await {
            Either::Left((None, _)) => return outcome,
            Either::Left((Some((message, answered)), _)) => {
                numbers.remove(&message.number);
                turns.end(&message.receiver, !matches!(answered, Ok(false)));
                outcome = outcome.and(answered.map(|_| ()));
            }
            Either::Right(_) => {}
        }
    }
}

/// The message whose turn it is, beside those under way.
fn begin(
    database: &Database,
    turns: &mut Turns,
    under_way: &BTreeSet<i64>,
    now: i64,
) -> Result<Option<Message>> {
    let mut candidates = candidates(database, now)?;
    // What is due for one may be under way already; then it is somebody else's turn.
    while let Some(candidate) = turns.next(&candidates).cloned() {
        if let Some(message) = earliest(database, &candidate.receiver, under_way, now)? {
            turns.begin(&candidate);
            return Ok(Some(message));
        }
        candidates.retain(|it| it.receiver != candidate.receiver);
    }
    Ok(None)
}

/// Everybody for whom a message is due. It takes a step for each, however much waits for them.
fn candidates(database: &Database, now: i64) -> Result<Vec<Candidate>> {
    let rows = database.query(
        "WITH RECURSIVE heads (receiver) AS (
           SELECT min(receiver) FROM messages INDEXED BY messages_due_of_receiver
           WHERE state = 'waiting'
           UNION ALL
           SELECT (SELECT min(receiver) FROM messages INDEXED BY messages_due_of_receiver
                   WHERE state = 'waiting' AND receiver > heads.receiver)
           FROM heads WHERE receiver IS NOT NULL)
         SELECT receiver,
           (SELECT min(due) FROM messages INDEXED BY messages_due_of_receiver
            WHERE state = 'waiting' AND messages.receiver = heads.receiver) AS earliest,
           (SELECT health ->> '$.failing_since' FROM receivers WHERE name = heads.receiver)
         FROM heads WHERE receiver IS NOT NULL AND earliest <= ?",
        &[now.into()],
    )?;
    rows.iter()
        .map(|row| {
            Ok(Candidate {
                receiver: row.text(0)?,
                due: instant(row.integer(1)?),
                failing: row.optional_text(2)?.is_some(),
            })
        })
        .collect()
}

/// A receiver's message that is due the longest, of those that are not under way.
fn earliest(
    database: &Database,
    receiver: &str,
    under_way: &BTreeSet<i64>,
    now: i64,
) -> Result<Option<Message>> {
    let row = database.first(
        "SELECT messages.number, messages.body, events.body
         FROM messages INDEXED BY messages_due_of_receiver
         JOIN events ON events.number = event
         WHERE receiver = ?2 AND state = 'waiting' AND due <= ?3
           AND messages.number NOT IN (SELECT named.value FROM json_each(?1) AS named)
         ORDER BY due LIMIT 1",
        &[
            (&serde_json::to_string(under_way)?).into(),
            receiver.into(),
            now.into(),
        ],
    )?;
    row.map(|row| {
        Ok(Message {
            number: row.integer(0)?,
            receiver: receiver.to_owned(),
            delivery: waymark_attribution::from_json(&row.text(1)?)?,
            event: waymark_attribution::from_json(&row.text(2)?)?,
        })
    })
    .transpose()
}

/// Whether the receiver answered, or did not have to.
async fn try_once(database: &Database, env: &Env, message: &Message, now: i64) -> Result<bool> {
    let random = random()?;
    let secret = |name: &str| secrets::secret(env, name).ok();
    let in_force = InForce::named(database, &message.receiver)?;
    let target = Target {
        receiver: in_force.receiver(),
        hosts: &in_force.hosts,
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
        Step::Concluded(concluded) => {
            return keep(database, message, health, &concluded).map(|()| true);
        }
        // Paused by an answer to another message a moment ago: it was set aside by that.
        Step::Paused | Step::Wait(_) | Step::Over => return Ok(true),
    };
    let began = durable_object::now();
    let answered = http_client::call(&outgoing(&request)).await;
    let ended = durable_object::now();
    let answer = match &answered {
        Ok(answered) => Answer::Response {
            status: answered.status,
            retry_after: answered.retry_after.as_deref(),
            body: &answered.body,
            duration_ms: u32::try_from(ended.saturating_sub(began)).ok(),
        },
        Err(Failure::TimedOut) => Answer::TimedOut,
        Err(Failure::NotReached) => Answer::NotReached,
    };
    let is_answered = answered.is_ok();
    // Others may have changed both meanwhile.
    let Some(delivery) = rows::delivery(database, message.number)? else {
        return Ok(is_answered);
    };
    let health = receivers::health(database, &message.receiver)?;
    let concluded = conclude(&request, delivery, health, answer, instant(ended), random);
    keep(database, message, health, &concluded)?;
    Ok(is_answered)
}

fn outgoing(request: &Request) -> Outgoing<'_> {
    Outgoing {
        method: request.method.as_str(),
        url: &request.url,
        headers: &request.headers,
        body: request.body.as_deref(),
        timeout: Duration::from_millis(TIMEOUT_MS.into()),
        largest: MAX_RESPONSE_BYTES,
    }
}

fn random() -> Result<u32> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).map_err(|error| Error::RustError(error.to_string()))?;
    Ok(u32::from_be_bytes(bytes))
}

/// Keeps what came of a try. `health` is the receiver's of before it.
fn keep(
    database: &Database,
    message: &Message,
    health: Health,
    concluded: &Concluded,
) -> Result<()> {
    database.transaction(|tx| {
        // Of one that ended during its call nothing is remembered: the name may come back.
        let in_force = receivers::is_in_force(tx, &message.receiver)?;
        let paused = in_force && concluded.health.paused.is_some();
        rows::keep_delivery(tx, message.number, concluded.delivery, paused)?;
        if in_force && concluded.health != health {
            keep_health(tx, &message.receiver, concluded.health)?;
        }
        if paused {
            rows::set_aside(tx, &message.receiver)?;
        }
        rows::log(tx, message.number, &concluded.attempt)
    })
}
