//! Durable Object: one merchant's directory, policy, orders and book.
//!
//! Every command that writes does so in one transaction, and awaits nothing inside it. So two
//! commands never see each other half done, and one that fails has changed nothing. What lies
//! outside, the journeys of an order's visitors, is read before the order's transaction; what
//! could not be read then is read by alarm.

pub mod customers;
pub mod directory;
mod jobs;
pub mod ledger;
pub mod messages;
pub mod orders;
pub mod protocol;
pub mod reports;
mod schema;
pub mod stores;

pub use protocol::commands::*;
pub use protocol::views::*;

use std::cell::{Cell, OnceCell};

use waymark_attribution::time::Instant;
use waymark_ledger::{PayoutState, Person};
use worker::{
    DurableObject, Env, Error, Request, Response, Result, State, console_error, durable_object,
};

use crate::PROGRAM;
use crate::platform::durable_object::{self, now};
use crate::platform::sql::{Database, Tx};
use crate::program::customers::{assignments, erasures};
use crate::program::directory::{in_force, publish};
use crate::program::jobs::JOBS;
use crate::program::ledger::{affiliates, payouts};
use crate::program::messages::{outbox, receivers, test_events};
use crate::program::orders::intake::{self, to_its_order};
use crate::program::orders::rows::Key;
use crate::program::orders::{aliases, approvals, deciding, journeys, orphans, stale};
use crate::program::reports::{audit, clicks, lists};
use crate::program::stores::{beacons, calls, fetches, syncs};

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
            Command::Link { code } => durable_object::answer(publish::link(db, &code)),
            Command::Published => durable_object::answer(publish::program(db)),
            Command::Codes { links } => durable_object::answer(in_force::codes(db, &links)),
            Command::Endpoint { id } => {
                durable_object::answer(lists::endpoint(db, &id, Instant::from_millis(now())))
            }
            Command::Apply(file) => {
                let applied = apply(db, file);
                self.publish(db).await?;
                // The alarm gives up the rest of what waited for receivers that ended.
                self.wake_within(GO_ON_MS).await?;
                durable_object::answer(applied)
            }
            Command::Directory => durable_object::answer(lists::directory(db)),
            Command::Report(report) => durable_object::answer(self.report(db, report).await),
            Command::Changed {
                source,
                order_id,
                call,
            } => {
                let key = Key {
                    source: &source,
                    id: &order_id,
                };
                let noted = db.transaction(|tx| fetches::note(tx, key, &call, now()));
                self.wake_within(0).await?;
                durable_object::answer(noted)
            }
            Command::Privacy { what, who, orders } => {
                let done = db.transaction(|tx| erasures::of_store(tx, what, &who, &orders, now()));
                self.wake_within(GO_ON_MS).await?;
                durable_object::answer(done)
            }
            Command::Erase { who, signed } => {
                let person = person(&signed)?;
                let erased = db.transaction(|tx| {
                    let erased = erasures::erase(tx, &who, &[])?;
                    let subject = format!("{} orders of a customer", erased.orders);
                    audit::note(tx, person.name(), "erase", &subject, person.reason(), now())?;
                    Ok(erased)
                });
                self.wake_within(GO_ON_MS).await?;
                durable_object::answer(erased)
            }
            Command::Beacon(mut report) => {
                to_its_order(db, &mut report)?;
                let news = db.transaction(|tx| beacons::take(tx, &report, now()));
                self.wake_for_what_is_due(db).await?;
                durable_object::answer(news)
            }
            Command::DeadLetter(letter) => {
                let kept = db.transaction(|tx| calls::bury(tx, &letter, now()));
                self.wake_for_what_is_due(db).await?;
                durable_object::answer(kept)
            }
            Command::ReadDeadLetter { number } => {
                durable_object::answer(calls::dead_letter(db, number))
            }
            Command::ForgetDeadLetter { number } => {
                durable_object::answer(db.transaction(|tx| calls::forget(tx, number)))
            }
            Command::Customer { who, after, limit } => {
                durable_object::answer(assignments::lookup(db, &who, after, limit))
            }
            Command::Reassign(wanted) => durable_object::answer(
                db.transaction(|tx| assignments::reassign(tx, &wanted, now())),
            ),
            Command::Receivers => durable_object::answer(receivers::list(db)),
            Command::Pause { receiver, paused } => {
                let found = db.transaction(|tx| receivers::pause(tx, &receiver, paused, now()));
                self.wake_within(GO_ON_MS).await?;
                durable_object::answer(found)
            }
            Command::Messages { of, after, limit } => {
                durable_object::answer(outbox::messages(db, &of, after, limit))
            }
            Command::ReplayMessage { number } => {
                let found = db.transaction(|tx| outbox::replay(tx, number, now()));
                self.wake_within(GO_ON_MS).await?;
                durable_object::answer(found)
            }
            Command::TestReceiver { kind, name } => {
                let sent = db.transaction(|tx| test_events::send(tx, &kind, &name, now()));
                self.wake_within(GO_ON_MS).await?;
                durable_object::answer(sent)
            }
            Command::Stores => durable_object::answer(syncs::stores(db)),
            Command::Look { source } => {
                let found = db.transaction(|tx| syncs::look_now(tx, &source, now()));
                self.wake_for_what_is_due(db).await?;
                durable_object::answer(found)
            }
            Command::Audit { after, limit } => {
                durable_object::answer(audit::list(db, after, limit))
            }
            Command::Decide { source, id } => {
                let id = aliases::id(db, &source, id)?;
                let key = Key {
                    source: &source,
                    id: &id,
                };
                let decided = db.transaction(|tx| deciding::decide_again(tx, key, now()));
                self.wake_for_what_is_due(db).await?;
                durable_object::answer(decided)
            }
            Command::Order { source, id } => {
                let id = aliases::id(db, &source, id)?;
                durable_object::answer(lists::order(db, &source, &id))
            }
            Command::Orders { only, after, limit } => {
                durable_object::answer(lists::orders(db, only, after, limit))
            }
            Command::Export { after, limit } => {
                durable_object::answer(lists::export(db, after, limit))
            }
            Command::Rule { source, id, ruling } => {
                let id = aliases::id(db, &source, id)?;
                let key = Key {
                    source: &source,
                    id: &id,
                };
                let acted = db.transaction(|tx| intake::rule(tx, key, &ruling, now()));
                self.wake_for_what_is_due(db).await?;
                durable_object::answer(acted)
            }
            Command::See(of) => durable_object::answer(by_person(db, of, approvals::acknowledge)),
            Command::Approve(of) => {
                let acted = by_person(db, of, approvals::approve);
                self.wake_for_what_is_due(db).await?;
                durable_object::answer(acted)
            }
            Command::Unapprove(of) => {
                let acted = by_person(db, of, approvals::unapprove);
                self.wake_for_what_is_due(db).await?;
                durable_object::answer(acted)
            }
            Command::Conversions { of, after, limit } => {
                durable_object::answer(lists::conversions_of(db, &of, after, limit))
            }
            Command::MakePayouts { affiliate, signed } => {
                let person = person(&signed)?;
                let affiliate = affiliate.as_deref();
                durable_object::answer(
                    db.transaction(|tx| payouts::make(tx, affiliate, &person, now())),
                )
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
                let ended = db.transaction(|tx| payouts::end(tx, number, end, &person, now()));
                self.wake_for_what_is_due(db).await?;
                durable_object::answer(ended)
            }
            Command::Payout { number } => durable_object::answer(payouts::one(db, number)),
            Command::Payouts {
                affiliate,
                after,
                limit,
            } => durable_object::answer(payouts::list(db, affiliate.as_deref(), after, limit)),
            Command::PayoutEntries {
                number,
                after,
                limit,
            } => durable_object::answer(payouts::entries(db, number, after, limit)),
            Command::Affiliate { id } => durable_object::answer(affiliates::one(db, &id)),
            Command::Affiliates { after, limit } => {
                durable_object::answer(affiliates::list(db, &after, limit))
            }
            Command::LinkRow { code } => durable_object::answer(lists::link(db, &code)),
            Command::Links { after, limit } => {
                durable_object::answer(lists::links(db, &after, limit))
            }
            Command::Count {
                shard,
                number,
                counts,
            } => {
                let new = db.transaction(|tx| clicks::count(tx, &shard, number, counts.get()));
                // What was counted may have used a link up.
                if publish::pending(db)? {
                    self.publish(db).await?;
                }
                durable_object::answer(new)
            }
            Command::Clicks(query) => durable_object::answer(clicks::report(db, query)),
            Command::DeadLetters { after, limit } => {
                durable_object::answer(calls::dead_letters(db, after, limit))
            }
        }
    }

    /// Does everything that is due, and asks to be woken when something will be. What fails is
    /// tried again, and holds up nothing else.
    async fn alarm(&self) -> Result<Response> {
        self.wanted.set(None);
        let db = self.database()?;
        let outcomes: [Result<()>; JOBS.len()] = [
            db.transaction(|tx| calls::sweep(tx, now())),
            beacons::sweep(db, now()),
            db.transaction(|tx| journeys::sweep(tx, now())),
            outbox::sweep(db, now()),
            orphans::find(db, now()),
            stale::settle(db, now()),
            approvals::approve_those_due(db, now()),
            erasures::go_on(db),
            erasures::forget_visitors(db, &self.env).await,
            self.ask(db).await,
            outbox::send(db, &self.env).await,
            journeys::catch_up(db, &self.env, now()).await,
            self.look(db).await,
        ];
        // What is due is read now that all is done, since one job makes work for another.
        let due = jobs::next(db, now())?;
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
        if let Err(error) = database.transaction(|tx| syncs::begin_all(tx, now())) {
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
        match jobs::next(database, now())?.into_iter().flatten().min() {
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
    act: impl FnOnce(&Tx<'_>, Key<'_>, &Person, i64) -> Result<Option<Acted>>,
) -> Result<Option<Acted>> {
    let OfOrder { source, id, signed } = of;
    let person = person(&signed)?;
    let id = aliases::id(database, &source, id)?;
    let key = Key {
        source: &source,
        id: &id,
    };
    database.transaction(|tx| act(tx, key, &person, now()))
}

fn apply(database: &Database, file: Apply) -> Result<Applied> {
    let since = file.effective_at.map(Instant::from_millis);
    let changes = in_force::compare(database, file.rows, since)?;
    if !file.dry_run {
        let effective_at = since.unwrap_or_else(|| Instant::from_millis(now()));
        database.transaction(|tx| {
            in_force::apply(tx, &changes, effective_at)?;
            receivers::follow(tx, now())?;
            syncs::follow(tx, now())
        })?;
    }
    Ok(Applied {
        dry_run: file.dry_run,
        changes,
    })
}
