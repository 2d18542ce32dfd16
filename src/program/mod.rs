//! Durable Object: one merchant's directory, policy, orders and book.
//!
//! Every command that writes does so in one transaction, and awaits nothing inside it. So two
//! commands never see each other half done, and one that fails has changed nothing. What lies
//! outside, the journeys of an order's visitors, is read before the order's transaction; what
//! could not be read then is read by alarm.

mod beacons;
mod clicks;
mod commands;
mod customers;
mod directory;
mod orders;
pub mod publish;
mod reading;
mod schema;
mod visitors;

pub use commands::*;

use std::cell::OnceCell;

use waymark_attribution::time::Instant;
use worker::{DurableObject, Env, Request, Response, Result, State, console_error, durable_object};

use crate::PROGRAM;
use crate::object::{self, now};
use crate::sql::Database;

/// The binding of this class.
pub const NAMESPACE: &str = "PROGRAM";

/// How long a dead letter is kept, in milliseconds: 30 days, since it may hold personal data. So
/// long, too, a beacon waits for its order.
const DEAD_LETTERS_KEPT_MS: i64 = 30 * 86_400_000;
/// When to send what is left after a batch, in milliseconds from now.
const PUBLISH_MORE_MS: i64 = 200;
/// When to send again what KV did not take, in milliseconds from now.
const PUBLISH_AGAIN_MS: i64 = 5_000;
/// When to read journeys that were not read with an order, in milliseconds from now.
const READ_MORE_MS: i64 = 100;
/// When to read again a journey that could not be read, in milliseconds from now.
const READ_AGAIN_MS: i64 = 30_000;
/// When to look for dead letters and beacons that are too old, in milliseconds from now.
const SWEEP_MS: i64 = 86_400_000;

#[durable_object(alarm)]
pub struct Program {
    state: State,
    env: Env,
    database: OnceCell<Database>,
}

impl DurableObject for Program {
    fn new(state: State, env: Env) -> Self {
        Self {
            state,
            env,
            database: OnceCell::new(),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let command: Command = serde_json::from_str(&request.text().await?)?;
        let db = self.database()?;
        match command {
            Command::Link { code } => object::answer(publish::link(db, &code)),
            Command::Published => object::answer(publish::program(db)),
            Command::Codes { links } => object::answer(directory::codes(db, &links)),
            Command::Endpoint { id } => object::answer(reading::endpoint(db, &id)),
            Command::Apply(file) => {
                let applied = apply(db, file);
                self.publish(db).await?;
                object::answer(applied)
            }
            Command::Directory => object::answer(reading::directory(db)),
            Command::Report(report) => object::answer(self.report(db, report).await),
            Command::Beacon(report) => {
                let news = db.transaction(|| beacons::take(db, &report, now()));
                self.wake_within(SWEEP_MS).await?;
                object::answer(news)
            }
            Command::DeadLetter(letter) => {
                let kept = orders::keep_dead_letter(db, &letter, now());
                self.wake_within(SWEEP_MS).await?;
                object::answer(kept)
            }
            Command::Decide { source, id } => {
                object::answer(db.transaction(|| orders::decide(db, &source, &id, now())))
            }
            Command::Order { source, id } => object::answer(reading::order(db, &source, &id)),
            Command::Orders { after, limit } => object::answer(reading::orders(db, after, limit)),
            Command::Affiliate { id } => object::answer(reading::affiliate(db, &id)),
            Command::Affiliates { after, limit } => {
                object::answer(reading::affiliates(db, &after, limit))
            }
            Command::LinkRow { code } => object::answer(reading::link(db, &code)),
            Command::Links { after, limit } => object::answer(reading::links(db, &after, limit)),
            Command::Count {
                shard,
                number,
                counts,
            } => {
                let new = db.transaction(|| clicks::count(db, &shard, number, counts.get()));
                // What was counted may have used a link up.
                if publish::pending(db)? {
                    self.publish(db).await?;
                }
                object::answer(new)
            }
            Command::Clicks(query) => object::answer(clicks::report(db, query)),
            Command::DeadLetters { after, limit } => {
                object::answer(reading::dead_letters(db, after, limit))
            }
        }
    }

    async fn alarm(&self) -> Result<Response> {
        let database = self.database()?;
        let too_old = now().saturating_sub(DEAD_LETTERS_KEPT_MS);
        database.run(
            "DELETE FROM dead_letters WHERE received_at < ?",
            &[too_old.into()],
        )?;
        beacons::sweep(database, too_old)?;
        let letters = database.first("SELECT 1 FROM dead_letters LIMIT 1", &[])?;
        if letters.is_some() || beacons::waiting(database)? {
            self.wake_within(SWEEP_MS).await?;
        }
        match visitors::catch_up(database, &self.env, now()).await {
            Ok(false) => {}
            Ok(true) => self.wake_within(READ_MORE_MS).await?,
            Err(error) => {
                console_error!("program: a journey was not read for an order: {error}");
                self.wake_within(READ_AGAIN_MS).await?;
            }
        }
        self.publish(database).await?;
        Response::empty()
    }
}

impl Program {
    /// Takes the facts of a report, and what the journeys of the order's visitors know.
    async fn report(&self, database: &Database, mut report: Report) -> Result<Recorded> {
        let journeys = {
            let key = orders::Key::of(&report);
            let mut facts = orders::facts(database, key)?;
            facts.extend(report.facts.iter().cloned());
            visitors::of_order(database, key, &facts)?
        };
        let mut read = Vec::new();
        if let Some(journeys) = journeys {
            for (visitor, touches) in journeys.read(&self.env).await {
                read.push(visitor);
                report.facts.extend(touches);
            }
        }
        let recorded = database.transaction(|| {
            let recorded = orders::report(database, &report, now())?;
            if recorded.status != Outcome::Duplicate {
                visitors::note(database, orders::Key::of(&report), &read)?;
            }
            Ok(recorded)
        })?;
        if visitors::waiting(database)? {
            self.wake_within(READ_MORE_MS).await?;
        }
        Ok(recorded)
    }

    /// The database, its tables brought up to date once in the life of this instance.
    fn database(&self) -> Result<&Database> {
        if let Some(database) = self.database.get() {
            return Ok(database);
        }
        let database = Database::of(&self.state)?;
        schema::migrate(&database)?;
        Ok(self.database.get_or_init(|| database))
    }

    /// Sends what is noted for KV. What KV does not take now is sent again by alarm: a click
    /// finds it here until then.
    async fn publish(&self, database: &Database) -> Result<()> {
        let again = match publish::send(database, &self.env, PROGRAM).await {
            Ok(()) => PUBLISH_MORE_MS,
            Err(error) => {
                console_error!("program: KV did not take a link: {error}");
                PUBLISH_AGAIN_MS
            }
        };
        if publish::pending(database)? {
            self.wake_within(again).await?;
        }
        Ok(())
    }

    /// Sees to it that an alarm comes within that time.
    async fn wake_within(&self, milliseconds: i64) -> Result<()> {
        let storage = self.state.storage();
        let due = now().saturating_add(milliseconds);
        if storage.get_alarm().await?.is_none_or(|set| set > due) {
            storage.set_alarm(milliseconds).await?;
        }
        Ok(())
    }
}

fn apply(database: &Database, file: Apply) -> Result<Applied> {
    let since = file.effective_at.map(Instant::from_millis);
    let changes = directory::compare(database, file.rows, since)?;
    if !file.dry_run {
        let effective_at = since.unwrap_or_else(|| Instant::from_millis(now()));
        database.transaction(|| directory::apply(database, &changes, effective_at))?;
    }
    Ok(Applied {
        dry_run: file.dry_run,
        changes,
    })
}
