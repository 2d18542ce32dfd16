//! Receivers: who is told of events, how each has been of late, and who is paused.

use serde::de::IgnoredAny;
use waymark_outbox::health::Health;
use waymark_outbox::receiver::{Outbox, Postback, Receiver, Webhook};
use waymark_outbox::step::without_receiver;
use waymark_program::directory::Kind;
use worker::Result;

use crate::platform::sql::{Database, Tx};
use crate::program::directory::in_force::current;
use crate::program::messages::rows;
use crate::program::orders::rows::instant;
use crate::program::protocol::messages::ReceiverView;

/// Messages to one receiver that has ended that are given up at once.
const MAX_GIVEN_UP: i64 = 2_000;

/// Everybody who is told.
pub struct Receivers {
    webhooks: Vec<(String, Webhook)>,
    postbacks: Vec<(String, Postback)>,
}

impl Receivers {
    /// Those that the program has now.
    pub fn in_force(database: &Database) -> Result<Self> {
        let mut receivers = Self {
            webhooks: Vec::new(),
            postbacks: Vec::new(),
        };
        let rows = database.query(
            "SELECT kind, key, body FROM directory
             WHERE kind IN ('webhook', 'postback') AND valid_to IS NULL ORDER BY kind, key",
            &[],
        )?;
        for row in &rows {
            let (kind, body) = (row.text(0)?, row.text(2)?);
            let name = format!("{kind}/{}", row.text(1)?);
            match Kind::named(&kind) {
                Some(Kind::Webhook) => receivers
                    .webhooks
                    .push((name, waymark_attribution::from_json(&body)?)),
                _ => receivers
                    .postbacks
                    .push((name, waymark_attribution::from_json(&body)?)),
            }
        }
        Ok(receivers)
    }

    pub fn is_empty(&self) -> bool {
        self.webhooks.is_empty() && self.postbacks.is_empty()
    }

    fn all(&self) -> impl Iterator<Item = (&str, Receiver<'_>)> {
        let webhooks = self.webhooks.iter();
        let postbacks = self.postbacks.iter();
        webhooks
            .map(|(name, it)| (name.as_str(), Receiver::Webhook(it)))
            .chain(postbacks.map(|(name, it)| (name.as_str(), Receiver::Postback(it))))
    }

    /// The names of some of them.
    pub fn names(&self, which: impl Fn(&Receiver<'_>) -> bool) -> impl Iterator<Item = &str> {
        let chosen = self.all().filter(move |(_, receiver)| which(receiver));
        chosen.map(|(name, _)| name)
    }
}

/// One receiver as the program has it now, and where messages may go.
pub struct InForce {
    webhook: Option<Webhook>,
    postback: Option<Postback>,
    pub hosts: Vec<String>,
}

impl InForce {
    /// That of `webhook/NAME` or `postback/NAME`.
    pub fn named(database: &Database, receiver: &str) -> Result<Self> {
        let (kind, name) = parts(receiver);
        let mut found = Self {
            webhook: None,
            postback: None,
            hosts: Vec::new(),
        };
        match kind {
            Some(kind @ Kind::Webhook) => {
                found.webhook = current(database, kind, name)?.map(|it| it.body);
            }
            Some(kind) => found.postback = current(database, kind, name)?.map(|it| it.body),
            None => {}
        }
        let outbox = current::<Outbox>(database, Kind::Outbox, Kind::Outbox.as_str())?;
        found.hosts = outbox.map_or_else(Vec::new, |it| it.body.hosts);
        Ok(found)
    }

    pub fn receiver(&self) -> Option<Receiver<'_>> {
        let webhook = self.webhook.as_ref().map(Receiver::Webhook);
        webhook.or(self.postback.as_ref().map(Receiver::Postback))
    }
}

/// The kind, if receivers are of it, and the name in it.
fn parts(receiver: &str) -> (Option<Kind>, &str) {
    let (kind, name) = receiver.split_once('/').unwrap_or_default();
    let kind = Kind::named(kind).filter(|it| matches!(it, Kind::Webhook | Kind::Postback));
    (kind, name)
}

/// Whether the program has a receiver of that name now.
pub fn is_in_force(database: &Database, receiver: &str) -> Result<bool> {
    let (Some(kind), name) = parts(receiver) else {
        return Ok(false);
    };
    Ok(current::<IgnoredAny>(database, kind, name)?.is_some())
}

/// Gives up what waits for receivers that the program has no more: up to some 20 000 messages, what
/// is left at the next alarm.
pub fn give_up(database: &Database, now: i64) -> Result<()> {
    for _ in 0..10 {
        if !database.transaction(|tx| follow(tx, now))? {
            break;
        }
    }
    Ok(())
}

/// Gives up what waits for receivers that the program has no more, a bounded part of it, and forgets
/// how they were: what comes back by such a name is another one. Each of the messages can be
/// replayed by hand then. Whether more may be left.
pub fn follow(tx: &Tx<'_>, now: i64) -> Result<bool> {
    let names = tx.query(
        "WITH RECURSIVE heads (receiver) AS (
           SELECT min(receiver) FROM messages
           UNION ALL
           SELECT (SELECT min(receiver) FROM messages WHERE receiver > heads.receiver)
           FROM heads WHERE receiver IS NOT NULL)
         SELECT receiver FROM heads WHERE receiver IS NOT NULL
         UNION SELECT name FROM receivers",
        &[],
    )?;
    let mut more = false;
    for row in &names {
        let name = row.text(0)?;
        if !is_in_force(tx, &name)? {
            more |= give_up_some(tx, &name, now)?;
            tx.run("DELETE FROM receivers WHERE name = ?", &[(&name).into()])?;
        }
    }
    Ok(more)
}

/// Gives up, with a line in the log, some of what waits for a receiver that the program has no more;
/// whether more may be left.
fn give_up_some(tx: &Tx<'_>, receiver: &str, now: i64) -> Result<bool> {
    let waiting = tx.query(
        "SELECT number FROM messages WHERE receiver = ? AND state IN ('waiting', 'paused') LIMIT ?",
        &[receiver.into(), MAX_GIVEN_UP.into()],
    )?;
    if waiting.is_empty() {
        return Ok(false);
    }
    let numbers = waiting.iter().map(|row| row.integer(0));
    let numbers = serde_json::to_string(&numbers.collect::<Result<Vec<_>>>()?)?;
    rows::give_up(tx, &numbers, &without_receiver(0, instant(now)), now)?;
    Ok(i64::try_from(waiting.len()).is_ok_and(|given_up| given_up >= MAX_GIVEN_UP))
}

/// How a receiver has been of late.
pub fn health(database: &Database, receiver: &str) -> Result<Health> {
    let row = database.first(
        "SELECT health FROM receivers WHERE name = ?",
        &[receiver.into()],
    )?;
    row.map_or(Ok(Health::default()), |row| {
        Ok(waymark_attribution::from_json(&row.text(0)?)?)
    })
}

pub fn keep_health(tx: &Tx<'_>, receiver: &str, health: Health) -> Result<()> {
    tx.run(
        "INSERT INTO receivers (name, health) VALUES (?, ?)
         ON CONFLICT DO UPDATE SET health = excluded.health",
        &[receiver.into(), (&serde_json::to_string(&health)?).into()],
    )
}

/// Pauses a receiver, or resumes it: what waited for it is due at once then. Whether the program
/// has such a receiver.
pub fn pause(tx: &Tx<'_>, receiver: &str, paused: bool, now: i64) -> Result<bool> {
    if !is_in_force(tx, receiver)? {
        return Ok(false);
    }
    let health = health(tx, receiver)?;
    if paused {
        keep_health(tx, receiver, health.pause(instant(now)))?;
        rows::set_aside(tx, receiver)?;
    } else {
        keep_health(tx, receiver, health.resume(instant(now)))?;
        rows::take_up(tx, receiver, now)?;
    }
    Ok(true)
}

/// Everybody who is told, and how they are.
pub fn list(database: &Database) -> Result<Vec<ReceiverView>> {
    let receivers = Receivers::in_force(database)?;
    receivers
        .all()
        .map(|(name, _)| {
            let waiting = database.first(
                "SELECT count(*) FROM messages
                 WHERE receiver = ? AND state IN ('waiting', 'paused')",
                &[name.into()],
            )?;
            Ok(ReceiverView {
                name: name.to_owned(),
                health: health(database, name)?,
                waiting: waiting.map_or(Ok(0), |row| row.integer(0))?,
            })
        })
        .collect()
}
