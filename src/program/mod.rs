//! Durable Object: one merchant's directory, policy, orders and book.
//!
//! Every command that writes does so in one transaction, and awaits nothing inside it. So two
//! commands never see each other half done, and one that fails has changed nothing. What lies
//! outside, the journeys of an order's visitors, is read before the order's transaction; what
//! could not be read then is read by alarm.

mod affiliates;
mod approvals;
mod audit;
mod beacons;
mod book;
mod calls;
mod clicks;
mod commands;
mod customers;
mod directory;
mod due;
mod erasures;
mod events;
mod live_case;
mod looks;
mod names;
mod orders;
mod orphans;
mod outbox;
mod payouts;
mod persons;
pub mod publish;
mod questions;
mod reading;
mod receivers;
mod renewals;
mod reports;
mod schema;
mod sending;
mod settling;
mod trials;
mod unsettled;
mod views;
mod visitors;

pub use commands::*;
pub use views::*;

use std::cell::{Cell, OnceCell};

use waymark_attribution::time::Instant;
use waymark_ledger::{PayoutState, Person};
use worker::{
    DurableObject, Env, Error, Request, Response, Result, State, console_error, durable_object,
};

use self::due::JOBS;
use self::orders::Key;
use self::reports::to_its_order;
use crate::PROGRAM;
use crate::object::{self, now};
use crate::sql::Database;

/// The binding of this class.
pub const NAMESPACE: &str = "PROGRAM";

/// When to send what is left after a batch, in milliseconds from now.
const PUBLISH_MORE_MS: i64 = 200;
/// When to send again what KV did not take, in milliseconds from now.
const PUBLISH_AGAIN_MS: i64 = 5_000;
/// When to go on with what one alarm did not finish, in milliseconds from now.
const GO_ON_MS: i64 = 100;
/// When to try again what failed, in milliseconds from now.
const TRY_AGAIN_MS: i64 = 30_000;

#[durable_object(alarm)]
pub struct Program {
    state: State,
    env: Env,
    database: OnceCell<Database>,
    /// The earliest time for which an alarm was asked since the last one, in milliseconds.
    wanted: Cell<Option<i64>>,
}

impl DurableObject for Program {
    fn new(state: State, env: Env) -> Self {
        Self {
            state,
            env,
            database: OnceCell::new(),
            wanted: Cell::new(None),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let command: Command = waymark_attribution::from_json(&request.text().await?)?;
        let db = self.database()?;
        match command {
            Command::Link { code } => object::answer(publish::link(db, &code)),
            Command::Published => object::answer(publish::program(db)),
            Command::Codes { links } => object::answer(directory::codes(db, &links)),
            Command::Endpoint { id } => {
                object::answer(reading::endpoint(db, &id, Instant::from_millis(now())))
            }
            Command::Apply(file) => {
                let applied = apply(db, file);
                self.publish(db).await?;
                // The alarm gives up the rest of what waited for receivers that ended.
                self.wake_within(GO_ON_MS).await?;
                object::answer(applied)
            }
            Command::Directory => object::answer(reading::directory(db)),
            Command::Report(report) => object::answer(self.report(db, report).await),
            Command::Changed {
                source,
                order_id,
                call,
            } => {
                let key = Key {
                    source: &source,
                    id: &order_id,
                };
                let noted = db.transaction(|| questions::note(db, key, &call, now()));
                self.wake_within(0).await?;
                object::answer(noted)
            }
            Command::Privacy { what, who, orders } => {
                let done = db.transaction(|| erasures::of_store(db, what, &who, &orders, now()));
                self.wake_within(GO_ON_MS).await?;
                object::answer(done)
            }
            Command::Erase { who, signed } => {
                let person = person(&signed)?;
                let erased = db.transaction(|| {
                    let erased = erasures::erase(db, &who, &[])?;
                    let subject = format!("{} orders of a customer", erased.orders);
                    audit::note(db, person.name(), "erase", &subject, person.reason(), now())?;
                    Ok(erased)
                });
                self.wake_within(GO_ON_MS).await?;
                object::answer(erased)
            }
            Command::Beacon(mut report) => {
                to_its_order(db, &mut report)?;
                let news = db.transaction(|| beacons::take(db, &report, now()));
                self.wake_for_what_is_due(db).await?;
                object::answer(news)
            }
            Command::DeadLetter(letter) => {
                let kept = db.transaction(|| calls::bury(db, &letter, now()));
                self.wake_for_what_is_due(db).await?;
                object::answer(kept)
            }
            Command::ReadDeadLetter { number } => object::answer(calls::dead_letter(db, number)),
            Command::ForgetDeadLetter { number } => object::answer(calls::forget(db, number)),
            Command::Customer { who, after, limit } => {
                object::answer(customers::lookup(db, &who, after, limit))
            }
            Command::Reassign(wanted) => {
                object::answer(db.transaction(|| customers::reassign(db, &wanted, now())))
            }
            Command::Receivers => object::answer(receivers::list(db)),
            Command::Pause { receiver, paused } => {
                let found = db.transaction(|| receivers::pause(db, &receiver, paused, now()));
                self.wake_within(GO_ON_MS).await?;
                object::answer(found)
            }
            Command::Messages { of, after, limit } => {
                object::answer(outbox::messages(db, &of, after, limit))
            }
            Command::ReplayMessage { number } => {
                let found = db.transaction(|| outbox::replay(db, number, now()));
                self.wake_within(GO_ON_MS).await?;
                object::answer(found)
            }
            Command::TestReceiver { kind, name } => {
                let sent = db.transaction(|| trials::send(db, &kind, &name, now()));
                self.wake_within(GO_ON_MS).await?;
                object::answer(sent)
            }
            Command::Stores => object::answer(looks::stores(db)),
            Command::Look { source } => {
                let found = db.transaction(|| looks::look_now(db, &source, now()));
                self.wake_for_what_is_due(db).await?;
                object::answer(found)
            }
            Command::Audit { after, limit } => object::answer(audit::list(db, after, limit)),
            Command::Decide { source, id } => {
                let id = names::id(db, &source, id)?;
                let key = Key {
                    source: &source,
                    id: &id,
                };
                let decided = db.transaction(|| orders::decide(db, key, now()));
                self.wake_for_what_is_due(db).await?;
                object::answer(decided)
            }
            Command::Order { source, id } => {
                let id = names::id(db, &source, id)?;
                object::answer(reading::order(db, &source, &id))
            }
            Command::Orders { only, after, limit } => {
                object::answer(reading::orders(db, only, after, limit))
            }
            Command::Export { after, limit } => object::answer(reading::export(db, after, limit)),
            Command::Rule { source, id, ruling } => {
                let id = names::id(db, &source, id)?;
                let key = Key {
                    source: &source,
                    id: &id,
                };
                let acted = db.transaction(|| orders::rule(db, key, ruling, now()));
                self.wake_for_what_is_due(db).await?;
                object::answer(acted)
            }
            Command::See(of) => object::answer(by_person(db, of, orders::see)),
            Command::Approve(of) => {
                let acted = by_person(db, of, approvals::approve);
                self.wake_for_what_is_due(db).await?;
                object::answer(acted)
            }
            Command::Unapprove(of) => {
                let acted = by_person(db, of, approvals::unapprove);
                self.wake_for_what_is_due(db).await?;
                object::answer(acted)
            }
            Command::Conversions { of, after, limit } => {
                object::answer(reading::conversions_of(db, &of, after, limit))
            }
            Command::MakePayouts { affiliate, signed } => {
                let person = person(&signed)?;
                let affiliate = affiliate.as_deref();
                object::answer(db.transaction(|| payouts::make(db, affiliate, &person, now())))
            }
            Command::EndPayout {
                number,
                paid,
                signed,
            } => {
                let person = person(&signed)?;
                let end = match paid {
                    true => PayoutState::Paid,
                    false => PayoutState::Cancelled,
                };
                let ended = db.transaction(|| payouts::end(db, number, end, &person, now()));
                self.wake_for_what_is_due(db).await?;
                object::answer(ended)
            }
            Command::Payout { number } => object::answer(payouts::one(db, number)),
            Command::Payouts {
                affiliate,
                after,
                limit,
            } => object::answer(payouts::list(db, affiliate.as_deref(), after, limit)),
            Command::PayoutEntries {
                number,
                after,
                limit,
            } => object::answer(payouts::entries(db, number, after, limit)),
            Command::Affiliate { id } => object::answer(affiliates::one(db, &id)),
            Command::Affiliates { after, limit } => {
                object::answer(affiliates::list(db, &after, limit))
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
                object::answer(calls::dead_letters(db, after, limit))
            }
        }
    }

    /// Does everything that is due, and asks to be woken when something will be. What fails is
    /// tried again, and holds up nothing else.
    async fn alarm(&self) -> Result<Response> {
        self.wanted.set(None);
        let db = self.database()?;
        let outcomes: [Result<()>; JOBS.len()] = [
            calls::sweep(db, now()),
            beacons::sweep(db, now()),
            visitors::sweep(db, now()),
            outbox::sweep(db, now()),
            orphans::find(db, now()),
            unsettled::settle(db, now()),
            approvals::approve_those_due(db, now()),
            erasures::go_on(db),
            erasures::forget_visitors(db, &self.env).await,
            self.ask(db).await,
            outbox::send(db, &self.env).await,
            visitors::catch_up(db, &self.env, now()).await,
            self.look(db).await,
        ];
        // What is due is read now that all is done, since one job makes work for another.
        let due = due::next(db, now())?;
        let mut first = None;
        for ((job, outcome), due) in JOBS.iter().zip(outcomes).zip(due) {
            let due = match outcome {
                Ok(()) => due.map(|due| due.max(GO_ON_MS)),
                Err(error) => {
                    console_error!("program: {}: {error}", job.failure);
                    Some(TRY_AGAIN_MS)
                }
            };
            first = first.into_iter().chain(due).min();
        }
        if let Some(first) = first {
            self.wake_within(first).await?;
        }
        self.publish(db).await?;
        Response::empty()
    }
}

impl Program {
    /// The database, its tables brought up to date once in the life of this instance.
    fn database(&self) -> Result<&Database> {
        if let Some(database) = self.database.get() {
            return Ok(database);
        }
        let database = Database::of(&self.state)?;
        schema::migrate(&database)?;
        // An object of before there were looks. Without them, it does all the rest.
        if let Err(error) = database.transaction(|| looks::begin_all(&database, now())) {
            console_error!("program: looks were not begun: {error}");
        }
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

    /// Sees to it that an alarm comes when anything is due.
    async fn wake_for_what_is_due(&self, database: &Database) -> Result<()> {
        match due::next(database, now())?.into_iter().flatten().min() {
            Some(due) => self.wake_within(due).await,
            None => Ok(()),
        }
    }

    /// Sees to it that an alarm comes within that time.
    async fn wake_within(&self, milliseconds: i64) -> Result<()> {
        let wanted = now().saturating_add(milliseconds);
        self.wanted
            .set(self.wanted.get().into_iter().chain([wanted]).min());
        let storage = self.state.storage();
        let set = storage.get_alarm().await?;
        // What others have wanted meanwhile counts, too: theirs may be set already, and be earlier.
        let wanted = self.wanted.get().unwrap_or(wanted);
        if set.is_none_or(|set| set > wanted) {
            let milliseconds = wanted.saturating_sub(now()).max(0);
            storage.set_alarm(milliseconds).await?;
        }
        Ok(())
    }
}

/// Who does something; checked before it came here.
fn person(signed: &Signed) -> Result<Person> {
    Person::new(&signed.by, &signed.reason).map_err(|error| Error::RustError(error.to_string()))
}

/// Does what a person wants done to an order, in one transaction.
fn by_person(
    database: &Database,
    of: OfOrder,
    act: impl FnOnce(&Database, Key<'_>, &Person, i64) -> Result<Option<Acted>>,
) -> Result<Option<Acted>> {
    let OfOrder { source, id, signed } = of;
    let person = person(&signed)?;
    let id = names::id(database, &source, id)?;
    let key = Key {
        source: &source,
        id: &id,
    };
    database.transaction(|| act(database, key, &person, now()))
}

fn apply(database: &Database, file: Apply) -> Result<Applied> {
    let since = file.effective_at.map(Instant::from_millis);
    let changes = directory::compare(database, file.rows, since)?;
    if !file.dry_run {
        let effective_at = since.unwrap_or_else(|| Instant::from_millis(now()));
        database.transaction(|| {
            directory::apply(database, &changes, effective_at)?;
            receivers::follow(database, now())?;
            looks::follow(database, now())
        })?;
    }
    Ok(Applied {
        dry_run: file.dry_run,
        changes,
    })
}
