//! Durable Object: the touches of the visitors of one shard, and how often its links were clicked.
//!
//! A visitor's id names its shard. A touch is appended once, however often it is sent, and is
//! deleted by alarm after no policy can count it any more. Clicks are counted in the transaction
//! that keeps their touches, and handed over to the program by alarm.

mod batch;
mod counts;
mod touches;

pub use batch::{record, shard_of_new};

use std::cell::{Cell, OnceCell};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use waymark_click::{NewTouch, VisitorId};
use worker::{DurableObject, Env, Request, Response, Result, State, console_error, durable_object};

use crate::platform::durable_object::{self, now};
use crate::platform::sql::Database;

const NAMESPACE: &str = "JOURNEYS";

/// How long clicks are counted before the program is told, in milliseconds: reports lag by as much.
const TELL_AFTER_MS: i64 = 5_000;
/// When to go on with what one alarm did not finish, in milliseconds.
const GO_ON_AFTER_MS: i64 = 100;
/// When to try again what failed, in milliseconds.
const TRY_AGAIN_AFTER_MS: i64 = 10_000;
/// The least time between two looks for touches that are too old, in milliseconds.
const SWEEP_EVERY_MS: i64 = 3_600_000;

#[derive(Serialize, Deserialize)]
enum Command {
    /// Keep these touches, count those that are new, and count other clicks: `()`.
    Append {
        /// A list of [`waymark_click::RecordedTouch`].
        touches: Box<RawValue>,
        /// A list of pairs: a [`waymark_click::Group`], and how many clicks.
        others: Box<RawValue>,
    },
    /// The latest touches that a visitor made up to then (milliseconds): `Vec<NewTouch>`.
    Read { visitor: VisitorId, until: i64 },
    /// Delete every touch of a visitor: `()`.
    Forget { visitor: VisitorId },
}

/// Reads the latest touches that a visitor made up to `until` (milliseconds), latest first.
pub async fn read(
    env: &Env,
    program: &str,
    visitor: VisitorId,
    until: i64,
) -> Result<Vec<NewTouch>> {
    let shard = shard_name(program, visitor.shard());
    durable_object::call(env, NAMESPACE, &shard, &Command::Read { visitor, until }).await
}

/// Deletes the journey of a visitor, for good. Clicks stay counted: counts name nobody.
pub async fn forget(env: &Env, program: &str, visitor: VisitorId) -> Result<()> {
    let shard = shard_name(program, visitor.shard());
    durable_object::call(env, NAMESPACE, &shard, &Command::Forget { visitor }).await
}

fn shard_name(program: &str, shard: u16) -> String {
    format!("{program}/{shard}")
}

#[durable_object(alarm)]
pub struct Journeys {
    state: State,
    env: Env,
    database: OnceCell<Database>,
    /// When the alarm is due, as far as this instance knows.
    alarm: Cell<Option<i64>>,
}

impl DurableObject for Journeys {
    fn new(state: State, env: Env) -> Self {
        Self {
            state,
            env,
            database: OnceCell::new(),
            alarm: Cell::new(None),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let command = waymark_attribution::from_json(&request.text().await?)?;
        let database = self.database()?;
        match command {
            Command::Append { touches, others } => {
                let appended = database.transaction(|tx| {
                    touches::append(tx, touches.get())?;
                    counts::add(tx, others.get())
                });
                self.wake_by(now().saturating_add(TELL_AFTER_MS)).await?;
                durable_object::answer(appended)
            }
            Command::Read { visitor, until } => {
                durable_object::answer(touches::read(database, visitor, until))
            }
            Command::Forget { visitor } => {
                durable_object::answer(database.transaction(|tx| touches::forget(tx, visitor)))
            }
        }
    }

    /// Tells the program what was counted, and deletes touches that are too old. What fails is
    /// tried again, and does not hold up the other.
    async fn alarm(&self) -> Result<Response> {
        self.alarm.set(None);
        let database = self.database()?;
        let shard = self.state.id().to_string();
        let told = counts::tell(database, &self.env, &shard).await;
        let swept = database.transaction(|tx| touches::sweep(tx, now()));
        let due = [
            next("the program was not told of clicks", told, || {
                let waiting = counts::waiting(database)?;
                Ok(waiting.then(|| now().saturating_add(TELL_AFTER_MS)))
            }),
            next("touches were not deleted", swept, || {
                let earliest = now().saturating_add(SWEEP_EVERY_MS);
                Ok(touches::next_to_go(database)?.map(|due| due.max(earliest)))
            }),
        ];
        if let Some(due) = due.into_iter().flatten().min() {
            self.wake_by(due).await?;
        }
        Response::empty()
    }
}

/// When (milliseconds) an alarm has to see to something again. `outcome` says whether there was
/// more of it than one alarm does; if there was not, `later` knows when there will be.
fn next(
    failure: &str,
    outcome: Result<bool>,
    later: impl FnOnce() -> Result<Option<i64>>,
) -> Option<i64> {
    let due = match outcome {
        Ok(true) => Ok(Some(now().saturating_add(GO_ON_AFTER_MS))),
        Ok(false) => later(),
        Err(error) => Err(error),
    };
    due.unwrap_or_else(|error| {
        console_error!("journeys: {failure}: {error}");
        Some(now().saturating_add(TRY_AGAIN_AFTER_MS))
    })
}

impl Journeys {
    /// The database, its tables made once in the life of this instance.
    fn database(&self) -> Result<&Database> {
        if let Some(database) = self.database.get() {
            return Ok(database);
        }
        let database = Database::of(&self.state)?;
        database.transaction(|tx| tx.run(include_str!("schema.sql"), &[]))?;
        Ok(self.database.get_or_init(|| database))
    }

    /// Sees to it that an alarm comes at `due` (milliseconds), or before.
    async fn wake_by(&self, due: i64) -> Result<()> {
        if self.alarm.get().is_some_and(|set| set <= due) {
            return Ok(());
        }
        let storage = self.state.storage();
        let mut alarm = storage.get_alarm().await?;
        if alarm.is_none_or(|set| set > due) {
            storage.set_alarm(due.saturating_sub(now()).max(0)).await?;
            alarm = Some(due);
        }
        self.alarm.set(alarm);
        Ok(())
    }
}
