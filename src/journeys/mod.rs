//! Durable Object: the touches of the visitors of one shard, and how often its links were clicked.
//!
//! A visitor's id names its shard. A touch is appended once, however often it is sent, and is
//! deleted by alarm after no policy can count it any more. Clicks are counted in the transaction
//! that keeps their touches, and handed over to the program by alarm.

mod batch;
mod counts;
mod protocol;
mod touches;

pub use batch::{record, shard_of_new};

use std::cell::{Cell, OnceCell};

use protocol::{AppendClicks, Command, ForgetJourney, ReadJourney, ask};
use waymark_click::{NewTouch, VisitorId};
use worker::{DurableObject, Env, Request, Response, Result, State, console_error, durable_object};

use crate::merchant::Merchant;
use crate::platform::durable_object::{now, reply};
use crate::platform::sql::Database;

/// How long clicks are counted before the program is told, in milliseconds: reports lag by as much.
const TELL_AFTER_MS: i64 = 5_000;
/// When to go on with what one alarm did not finish, in milliseconds.
const GO_ON_AFTER_MS: i64 = 100;
/// When to try again what failed, in milliseconds.
const TRY_AGAIN_AFTER_MS: i64 = 10_000;
/// The least time between two looks for touches that are too old, in milliseconds.
const SWEEP_EVERY_MS: i64 = 3_600_000;

/// Reads the latest touches that a visitor made up to `until` (milliseconds), latest first.
pub async fn read(merchant: &Merchant, visitor: VisitorId, until: i64) -> Result<Vec<NewTouch>> {
    ask(merchant, visitor.shard(), ReadJourney { visitor, until }).await
}

/// Deletes the journey of a visitor, for good. Clicks stay counted: counts name nobody.
pub async fn forget(merchant: &Merchant, visitor: VisitorId) -> Result<()> {
    ask(merchant, visitor.shard(), ForgetJourney { visitor }).await
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
        let command: Command = waymark_attribution::from_json(&request.text().await?)?;
        let database = self.database()?;
        match command {
            Command::AppendClicks(of) => {
                let appended = database.transaction(|tx| {
                    if touches::append(tx, of.touches.get()).is_ok() {
                        counts::add(tx, of.people.get())?;
                    } else {
                        counts::add_new(tx, of.touches.get())?;
                        touches::append_new(tx, of.touches.get())?;
                    }
                    counts::add(tx, of.others.get())
                });
                self.wake_by(now().saturating_add(TELL_AFTER_MS)).await?;
                reply::<AppendClicks>(appended)
            }
            Command::ReadJourney(of) => {
                reply::<ReadJourney>(touches::read(database, of.visitor, of.until))
            }
            Command::ForgetJourney(of) => {
                let forgotten = database.transaction(|tx| touches::forget(tx, of.visitor));
                reply::<ForgetJourney>(forgotten)
            }
        }
    }

    /// Tells the program what was counted, and deletes touches that are too old. What fails is
    /// tried again, and does not hold up the other.
    async fn alarm(&self) -> Result<Response> {
        self.alarm.set(None);
        let database = self.database()?;
        let shard = self.state.id().to_string();
        let merchant = Merchant::of_object(&self.state, &self.env);
        let told = counts::tell(database, &merchant, &shard).await;
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
