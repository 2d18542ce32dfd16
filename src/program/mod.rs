//! Durable Object: one merchant's directory, policy, orders and ledger.
//!
//! Every request that writes does so in one transaction, and awaits nothing inside it. So two
//! requests never see each other half done, and one that fails has changed nothing. What lies
//! outside, the journeys of an order's visitors, is read before the order's transaction; what
//! could not be read then is read by alarm.

mod alarm;
pub mod customers;
pub mod directory;
pub mod format;
mod jobs;
pub mod ledger;
pub mod messages;
pub mod orders;
pub mod protocol;
pub mod reports;
mod schema;
pub mod stores;

use std::cell::{Cell, OnceCell};

use waymark_attribution::time::Instant;
use waymark_ledger::{PayoutState, Person};
use worker::{
    DurableObject, Env, Error, Request, Response, Result, State, console_error, durable_object,
};

use crate::merchant::Merchant;
use crate::platform::durable_object::{now, reply};
use crate::platform::sql::{Database, Tx};
use crate::program::customers::{assignments, erasures, merges};
use crate::program::directory::{in_force, publish, unpublished};
use crate::program::ledger::{affiliates, payouts};
use crate::program::messages::{outbox, receivers, test_events};
use crate::program::orders::rows::Key;
use crate::program::orders::{aliases, approvals, deciding, intake, rulings};
use crate::program::protocol::customers::*;
use crate::program::protocol::directory::*;
use crate::program::protocol::ledger::*;
use crate::program::protocol::messages::*;
use crate::program::protocol::orders::*;
use crate::program::protocol::reports::*;
use crate::program::protocol::stores::*;
use crate::program::protocol::{Command, Signed};
use crate::program::reports::{audit, clicks};
use crate::program::stores::{beacons, calls, fetches, syncs};

/// When to send what is left after a batch, in milliseconds from now.
const PUBLISH_MORE_MS: i64 = 200;
/// When to send again what KV did not take, in milliseconds from now.
const PUBLISH_AGAIN_MS: i64 = 5_000;

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

    /// Answers a request, and sees to it that an alarm comes for what it has made due.
    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let command: Command = waymark_attribution::from_json(&request.text().await?)?;
        let database = self.database()?;
        let (makes_due, publishes) = (command.makes_due(), command.publishes());
        database.take_spent();
        let response = self.answer(database, command).await;
        if publishes && unpublished::pending(database)? {
            self.publish(database).await?;
        }
        if makes_due && let Some(due) = alarm::next(database)? {
            self.wake_within(due).await?;
        }
        if makes_due {
            let spent = format!("program: {}", database.take_spent());
            web_sys::console::debug_1(&spent.into());
        }
        response
    }

    async fn alarm(&self) -> Result<Response> {
        self.wanted.set(None);
        let database = self.database()?;
        if let Some(due) = alarm::run(database, &self.merchant()).await? {
            self.wake_within(due).await?;
        }
        self.publish(database).await?;
        Response::empty()
    }
}

impl Program {
    fn merchant(&self) -> Merchant {
        Merchant::of_object(&self.state, &self.env)
    }

    /// The database, its tables brought up to date once in the life of this instance.
    fn database(&self) -> Result<&Database> {
        if let Some(database) = self.database.get() {
            return Ok(database);
        }
        let database = Database::of(&self.state)?;
        schema::migrate(&database)?;
        // An object of before there were syncs. Without them, it does all the rest.
        if let Err(error) = database.transaction(|tx| syncs::begin_all(tx, now())) {
            console_error!("program: syncs were not begun: {error}");
        }
        Ok(self.database.get_or_init(|| database))
    }

    /// Answers a request: everything that a program object can be asked is on this page.
    async fn answer(&self, db: &Database, command: Command) -> Result<Response> {
        match command {
            Command::FindLink(it) => reply::<FindLink>(publish::link(db, &it.code)),
            Command::FindProgram(_) => reply::<FindProgram>(publish::program(db)),
            Command::FindCodes(it) => reply::<FindCodes>(in_force::codes(db, &it.links)),
            Command::FindEndpoint(it) => {
                let now = Instant::from_millis(now());
                reply::<FindEndpoint>(directory::lists::endpoint(db, &it.id, now))
            }
            Command::ApplyProgram(it) => reply::<ApplyProgram>(apply(db, it)),
            Command::ShowProgram(_) => reply::<ShowProgram>(directory::lists::directory(db)),
            Command::ShowLink(it) => reply::<ShowLink>(directory::lists::link(db, &it.code)),
            Command::ListLinks(it) => {
                reply::<ListLinks>(directory::lists::links(db, &it.after, it.limit))
            }

            Command::TakeReport(it) => {
                let merchant = self.merchant();
                reply::<TakeReport>(intake::take(db, &merchant, it.report).await)
            }
            Command::NoteChange(it) => {
                let noted = db.transaction(|tx| {
                    let key = Key {
                        store: &it.store,
                        id: &it.order_id,
                    };
                    fetches::note(tx, key, &it.call, now())
                });
                reply::<NoteChange>(noted)
            }
            Command::TakeBeacon(it) => {
                reply::<TakeBeacon>(db.transaction(|tx| beacons::take(tx, it.report, now())))
            }
            Command::DecideOrder(it) => {
                let decided = on_order(db, &it.store, it.id, |tx, key| {
                    deciding::decide_again(tx, key, now())
                });
                reply::<DecideOrder>(decided)
            }
            Command::RuleOnOrder(it) => {
                let ruled = on_order(db, &it.store, it.id, |tx, key| {
                    rulings::rule(tx, key, &it.ruling, now())?
                        .then(|()| orders::lists::order(tx, key.store, key.id))
                });
                reply::<RuleOnOrder>(ruled)
            }
            Command::ActOnOrder(it) => {
                let person = person(&it.signed)?;
                let act = match it.act {
                    Act::Acknowledge => approvals::acknowledge,
                    Act::Approve => approvals::approve,
                    Act::Unapprove => approvals::unapprove,
                };
                let acted = on_order(db, &it.store, it.id, |tx, key| {
                    act(tx, key, &person, now())?
                        .then(|()| orders::lists::order(tx, key.store, key.id))
                });
                reply::<ActOnOrder>(acted)
            }
            Command::ShowOrder(it) => {
                let id = aliases::id(db, &it.store, it.id)?;
                reply::<ShowOrder>(orders::lists::order(db, &it.store, &id))
            }
            Command::ListOrders(it) => {
                reply::<ListOrders>(orders::lists::orders(db, it.only, it.after, it.limit))
            }
            Command::ExportOrders(it) => {
                reply::<ExportOrders>(orders::lists::export(db, it.after, it.limit))
            }

            Command::ShowCustomer(it) => {
                let shown = assignments::lookup(db, &it.who, it.after, it.limit);
                reply::<ShowCustomer>(shown)
            }
            Command::AssignCustomer(it) => {
                let assigned = db.transaction(|tx| assignments::reassign(tx, &it, now()));
                reply::<AssignCustomer>(assigned)
            }
            Command::EraseCustomer(it) => reply::<EraseCustomer>(erase(db, &it)),
            Command::TakePrivacyRequest(it) => {
                let done = db
                    .transaction(|tx| erasures::of_store(tx, it.what, &it.who, &it.orders, now()));
                reply::<TakePrivacyRequest>(done)
            }
            Command::MergeCustomers(it) => {
                let merchant = self.merchant();
                reply::<MergeCustomers>(merges::take(db, &merchant, it).await)
            }

            Command::ListConversions(it) => {
                let listed = ledger::lists::conversions(db, &it.of, it.after, it.limit);
                reply::<ListConversions>(listed)
            }
            Command::MakePayouts(it) => {
                let person = person(&it.signed)?;
                let affiliate = it.affiliate.as_deref();
                let made = db.transaction(|tx| payouts::make(tx, affiliate, &person, now()));
                reply::<MakePayouts>(made)
            }
            Command::EndPayout(it) => {
                let person = person(&it.signed)?;
                let end = match it.paid {
                    true => PayoutState::Paid,
                    false => PayoutState::Cancelled,
                };
                let ended = db.transaction(|tx| {
                    payouts::end(tx, it.number, end, &person, now())?
                        .then(|()| payouts::one(tx, it.number))
                });
                reply::<EndPayout>(ended)
            }
            Command::ShowPayout(it) => reply::<ShowPayout>(payouts::one(db, it.number)),
            Command::ListPayouts(it) => {
                let affiliate = it.affiliate.as_deref();
                reply::<ListPayouts>(payouts::list(db, affiliate, it.after, it.limit))
            }
            Command::ListPayoutEntries(it) => {
                let entries = payouts::entries(db, it.number, it.after, it.limit);
                reply::<ListPayoutEntries>(entries)
            }
            Command::ShowAffiliate(it) => reply::<ShowAffiliate>(affiliates::one(db, &it.id)),
            Command::ListAffiliates(it) => {
                reply::<ListAffiliates>(affiliates::list(db, &it.after, it.limit))
            }

            Command::ListReceivers(_) => reply::<ListReceivers>(receivers::list(db)),
            Command::PauseReceiver(it) => {
                let paused = db.transaction(|tx| {
                    let known = receivers::pause(tx, &it.receiver, it.paused, now())?;
                    known.then(|| receivers::list(tx)).transpose()
                });
                reply::<PauseReceiver>(paused)
            }
            Command::TestReceiver(it) => {
                let sent = db.transaction(|tx| test_events::send(tx, &it.kind, &it.name, now()));
                reply::<TestReceiver>(sent)
            }
            Command::ListMessages(it) => {
                reply::<ListMessages>(outbox::messages(db, &it.of, it.after, it.limit))
            }
            Command::ReplayMessage(it) => {
                let found = db.transaction(|tx| outbox::replay(tx, it.number, now()));
                reply::<ReplayMessage>(found.map(|found| found.then_some(true)))
            }

            Command::BuryCall(it) => {
                reply::<BuryCall>(db.transaction(|tx| calls::bury(tx, &it, now())))
            }
            Command::ShowDeadLetter(it) => {
                reply::<ShowDeadLetter>(calls::dead_letter(db, it.number))
            }
            Command::ForgetDeadLetter(it) => {
                let forgotten = db.transaction(|tx| calls::forget(tx, it.number, &it.digest));
                reply::<ForgetDeadLetter>(forgotten)
            }
            Command::ListDeadLetters(it) => {
                reply::<ListDeadLetters>(calls::dead_letters(db, it.after, it.limit))
            }
            Command::ListStores(_) => reply::<ListStores>(syncs::stores(db)),
            Command::SyncStore(it) => {
                let found = db.transaction(|tx| syncs::sync_now(tx, &it.store, now()));
                reply::<SyncStore>(found)
            }

            Command::CountClicks(it) => {
                let counted =
                    db.transaction(|tx| clicks::count(tx, &it.shard, it.number, it.counts.get()));
                reply::<CountClicks>(counted)
            }
            Command::ReportClicks(it) => reply::<ReportClicks>(clicks::report(db, it)),
            Command::ListAudit(it) => reply::<ListAudit>(audit::list(db, it.after, it.limit)),
        }
    }

    /// Sends what is noted for KV. What KV does not take now is sent again by alarm: a click
    /// finds it here until then.
    async fn publish(&self, database: &Database) -> Result<()> {
        let again = match publish::send(database, &self.merchant()).await {
            Ok(()) => PUBLISH_MORE_MS,
            Err(error) => {
                console_error!("program: KV did not take a link: {error}");
                PUBLISH_AGAIN_MS
            }
        };
        if unpublished::pending(database)? {
            self.wake_within(again).await?;
        }
        Ok(())
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

/// Does something to an order, whichever of its names it is called by, in one transaction.
fn on_order<T>(
    database: &Database,
    store: &str,
    name: String,
    act: impl FnOnce(&Tx<'_>, Key<'_>) -> Result<T>,
) -> Result<T> {
    database.transaction(|tx| {
        let id = aliases::id(tx, store, name)?;
        act(tx, Key { store, id: &id })
    })
}

fn erase(database: &Database, wanted: &EraseCustomer) -> Result<Erased> {
    let person = person(&wanted.signed)?;
    database.transaction(|tx| {
        let erased = erasures::erase(tx, &wanted.who, &[])?;
        let subject = format!("{} orders of a customer", erased.orders);
        audit::note(tx, person.name(), "erase", &subject, person.reason(), now())?;
        Ok(erased)
    })
}

fn apply(database: &Database, file: ApplyProgram) -> Result<Applied> {
    let since = file.effective_at.map(Instant::from_millis);
    let changes = in_force::compare(database, file.rows, since)?;
    if !file.dry_run {
        let effective_at = since.unwrap_or_else(|| Instant::from_millis(now()));
        database.transaction(|tx| {
            in_force::apply(tx, &changes, effective_at)?;
            receivers::follow(tx, now())?;
            syncs::follow(tx, now())
        })?;
        // What is paused is not due, so no alarm would come for what is left.
        receivers::give_up(database, now())?;
    }
    Ok(Applied {
        dry_run: file.dry_run,
        changes,
        warnings: file.warnings,
    })
}
