//! Durable Object: the touches of the visitors of one shard.
//!
//! A visitor's id names its shard. A touch is appended once, however often it is sent, and is
//! deleted by alarm after no policy can count it any more.
//!
//! Atomicity: every command is one statement, so the implicit transaction of the storage is
//! enough.

use std::cell::OnceCell;

use serde::{Deserialize, Serialize};
use waymark_click::{NewTouch, VisitorId};
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use crate::object::{self, now};
use crate::sql::{Database, Row};

const NAMESPACE: &str = "JOURNEYS";

/// Rows that one alarm deletes; a larger rest waits for the next.
const SWEEP: i64 = 1_000;
/// Time between two alarms, in milliseconds.
const SWEEP_EVERY_MS: i64 = 3_600_000;

#[derive(Serialize, Deserialize)]
enum Command {
    /// Append a touch, to be kept until then (milliseconds).
    Append { touch: NewTouch, keep_until: i64 },
    /// Read the latest [`MOST_TOUCHES`] that a visitor made up to then (milliseconds).
    Read { visitor: VisitorId, until: i64 },
}

/// Touches read for one order. A person makes a handful; a script that makes more must not make
/// every order of its visitor slow. The first touch of all stands in the visitor's token.
const MOST_TOUCHES: i64 = 1_000;

/// Appends a touch to the journey of its visitor.
pub async fn append(env: &Env, program: &str, touch: NewTouch, keep_until: i64) -> Result<()> {
    let shard = shard_name(program, touch.visitor);
    object::call(
        env,
        NAMESPACE,
        &shard,
        &Command::Append { touch, keep_until },
    )
    .await
}

/// Reads the touches that a visitor made up to `until` (milliseconds), latest first.
pub async fn read(
    env: &Env,
    program: &str,
    visitor: VisitorId,
    until: i64,
) -> Result<Vec<NewTouch>> {
    let shard = shard_name(program, visitor);
    object::call(env, NAMESPACE, &shard, &Command::Read { visitor, until }).await
}

fn shard_name(program: &str, visitor: VisitorId) -> String {
    format!("{program}/{}", visitor.shard())
}

#[durable_object(alarm)]
pub struct Journeys {
    state: State,
    database: OnceCell<Database>,
}

impl DurableObject for Journeys {
    fn new(state: State, _env: Env) -> Self {
        Self {
            state,
            database: OnceCell::new(),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let command = serde_json::from_str(&request.text().await?)?;
        let database = self.database()?;
        match command {
            Command::Append { touch, keep_until } => {
                let appended = append_row(database, &touch, keep_until);
                self.ensure_sweep().await?;
                object::answer(appended)
            }
            Command::Read { visitor, until } => object::answer(read_rows(database, visitor, until)),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        let database = self.database()?;
        database.run(
            "DELETE FROM touches WHERE (visitor, id) IN
               (SELECT visitor, id FROM touches WHERE keep_until < ? LIMIT ?)",
            &[now().into(), SWEEP.into()],
        )?;
        if database
            .first("SELECT 1 FROM touches LIMIT 1", &[])?
            .is_some()
        {
            self.ensure_sweep().await?;
        }
        Response::empty()
    }
}

impl Journeys {
    /// The database, its table made once in the life of this instance.
    fn database(&self) -> Result<&Database> {
        if let Some(database) = self.database.get() {
            return Ok(database);
        }
        let database = Database::of(&self.state)?;
        database.run(include_str!("journeys.sql"), &[])?;
        Ok(self.database.get_or_init(|| database))
    }

    async fn ensure_sweep(&self) -> Result<()> {
        let storage = self.state.storage();
        if storage.get_alarm().await?.is_none() {
            storage.set_alarm(SWEEP_EVERY_MS).await?;
        }
        Ok(())
    }
}

fn append_row(database: &Database, touch: &NewTouch, keep_until: i64) -> Result<()> {
    let body = serde_json::to_string(touch)?;
    database.run(
        "INSERT OR IGNORE INTO touches (visitor, id, at, keep_until, body) VALUES (?, ?, ?, ?, ?)",
        &[
            (&touch.visitor.to_string()).into(),
            (&touch.id).into(),
            touch.mark.at.into(),
            keep_until.into(),
            (&body).into(),
        ],
    )
}

fn read_rows(database: &Database, visitor: VisitorId, until: i64) -> Result<Vec<NewTouch>> {
    database
        .query(
            "SELECT body FROM touches WHERE visitor = ? AND at <= ? ORDER BY at DESC, id LIMIT ?",
            &[
                (&visitor.to_string()).into(),
                until.into(),
                MOST_TOUCHES.into(),
            ],
        )?
        .iter()
        .map(|row: &Row| Ok(serde_json::from_str(&row.text(0)?)?))
        .collect()
}
