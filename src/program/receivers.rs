//! Receivers: who is told of events, how each has been of late, and who is paused.

use waymark_outbox::health::Health;
use waymark_outbox::receiver::{Outbox, Postback, Receiver, Webhook};
use waymark_program::directory::Kind;
use worker::Result;

use super::orders::instant;
use super::views::ReceiverView;
use crate::sql::Database;

/// Everybody who is told, and where messages may go.
pub struct Receivers {
    webhooks: Vec<(String, Webhook)>,
    postbacks: Vec<(String, Postback)>,
    pub hosts: Vec<String>,
}

impl Receivers {
    /// Those that the program has now.
    pub fn in_force(database: &Database) -> Result<Self> {
        let mut receivers = Self {
            webhooks: Vec::new(),
            postbacks: Vec::new(),
            hosts: Vec::new(),
        };
        let rows = database.query(
            "SELECT kind, key, body FROM directory
             WHERE kind IN ('webhook', 'postback', 'outbox') AND ends IS NULL ORDER BY kind, key",
            &[],
        )?;
        for row in &rows {
            let (kind, body) = (row.text(0)?, row.text(2)?);
            let name = format!("{kind}/{}", row.text(1)?);
            match Kind::named(&kind) {
                Some(Kind::Webhook) => receivers
                    .webhooks
                    .push((name, waymark_attribution::from_json(&body)?)),
                Some(Kind::Postback) => receivers
                    .postbacks
                    .push((name, waymark_attribution::from_json(&body)?)),
                _ => receivers.hosts = waymark_attribution::from_json::<Outbox>(&body)?.hosts,
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

    pub fn named(&self, wanted: &str) -> Option<Receiver<'_>> {
        let found = self.all().find(|(name, _)| *name == wanted);
        found.map(|(_, receiver)| receiver)
    }
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

pub fn keep_health(database: &Database, receiver: &str, health: Health) -> Result<()> {
    database.run(
        "INSERT INTO receivers (name, health) VALUES (?, ?)
         ON CONFLICT DO UPDATE SET health = excluded.health",
        &[receiver.into(), (&serde_json::to_string(&health)?).into()],
    )
}

/// Sets aside what waits for a receiver, which is paused now.
pub fn set_aside(database: &Database, receiver: &str) -> Result<()> {
    database.run(
        "UPDATE messages SET state = 'paused' WHERE receiver = ? AND state = 'waiting'",
        &[receiver.into()],
    )
}

/// Pauses a receiver, or resumes it: what waited for it is due at once then. Whether the program
/// has such a receiver.
///
/// To be called inside a transaction.
pub fn pause(database: &Database, receiver: &str, paused: bool, now: i64) -> Result<bool> {
    if Receivers::in_force(database)?.named(receiver).is_none() {
        return Ok(false);
    }
    let health = health(database, receiver)?;
    if paused {
        keep_health(database, receiver, health.pause(instant(now)))?;
        set_aside(database, receiver)?;
    } else {
        keep_health(database, receiver, health.resume(instant(now)))?;
        database.run(
            "UPDATE messages SET state = 'waiting', due = ?1, body = json_set(body, '$.due', ?2)
             WHERE receiver = ?3 AND state = 'paused'",
            &[
                now.into(),
                (&instant(now).to_string()).into(),
                receiver.into(),
            ],
        )?;
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
