//! Looks at stores for orders that changed: what a call that was lost would have said.
//!
//! One alarm asks each store that is due for one page, and goes on at once if there are more. What a
//! page says goes the way of the store's calls, so an order that came by both is the same order.

use std::time::Duration;

use waymark_attribution::time::Instant;
use waymark_program::directory::Kind;
use waymark_program::document::Endpoint;
use waymark_program::store_api::StoreApi;
use waymark_stores::backoff;
use waymark_stores::sync::{Change, Cursor, Failure, MAX_RESPONSE_BYTES, Response, SyncPage};
use waymark_stores::{Access, Parsed};
use worker::{Result, console_error};

use crate::merchant::Merchant;
use crate::platform::durable_object::now;
use crate::platform::http_client::{self, Answered, Outgoing};
use crate::platform::sql::{Database, Tx};
use crate::program::directory::{in_force, lists};
use crate::program::format::time;
use crate::program::jobs::{Job, Run};
use crate::program::orders::intake;
use crate::program::protocol::stores::{BuryCall, StoreView};
use crate::program::stores::{calls, delivery, tokens};

/// Stores that one alarm asks.
const MAX_PER_RUN: i64 = 5;
/// How long an answer is waited for: a page of orders takes a small shop's server some seconds.
const TIMEOUT: Duration = Duration::from_secs(20);
/// How far the first look goes back before the endpoint began, in milliseconds: three days.
const BEFORE_MS: i64 = 3 * 86_400_000;
/// How far it goes back at most, in milliseconds: 30 days, as far as Stripe keeps its events.
const MAX_BACK_MS: i64 = 30 * 86_400_000;
const USER_AGENT: &str = concat!("Waymark/", env!("CARGO_PKG_VERSION"));

/// A store of the program that can be looked at.
struct Known {
    /// The id of its endpoint.
    id: String,
    begins: i64,
    endpoint: Endpoint,
    api: StoreApi,
}

/// The stores that can be looked at now.
fn known(database: &Database) -> Result<Vec<Known>> {
    let rows = database.query(
        "SELECT key, valid_from, body FROM directory WHERE kind = ? AND valid_to IS NULL ORDER BY key",
        &[Kind::Endpoint.as_str().into()],
    )?;
    let mut stores: Vec<Known> = Vec::new();
    for row in &rows {
        let endpoint: Endpoint = waymark_attribution::from_json(&row.text(2)?)?;
        let Some(api) = endpoint.api.clone() else {
            continue;
        };
        let shows_changes = endpoint.kind.can_sync();
        // Two endpoints may be of one store.
        let again = stores.iter().any(|it| it.endpoint.store == endpoint.store);
        if shows_changes && !again {
            stores.push(Known {
                id: row.text(0)?,
                begins: row.integer(1)?,
                endpoint,
                api,
            });
        }
    }
    Ok(stores)
}

/// How often stores are looked at, in milliseconds; `None`: never.
fn interval(database: &Database, now: i64) -> Result<Option<i64>> {
    let settings = in_force::settings(database, Instant::from_millis(now))?;
    let every = settings.map(|settings| settings.reconcile.as_millis());
    Ok(every.filter(|every| *every > 0))
}

fn begin(tx: &Tx<'_>, store: &Known, now: i64) -> Result<()> {
    let since = store.begins.saturating_sub(BEFORE_MS);
    let since = since.max(now.saturating_sub(MAX_BACK_MS));
    let cursor = Cursor::from(Instant::from_millis(since));
    tx.run(
        "INSERT INTO syncs (store, cursor, due) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        &[
            (&store.endpoint.store).into(),
            (&serde_json::to_string(&cursor)?).into(),
            now.into(),
        ],
    )
}

/// Begins to look at the stores that were not looked at yet.
pub fn begin_all(tx: &Tx<'_>, now: i64) -> Result<()> {
    if interval(tx, now)?.is_some() {
        for store in known(tx)? {
            begin(tx, &store, now)?;
        }
    }
    Ok(())
}

/// Follows a program that was applied: which stores are looked at, and how often. What failed may be
/// mended by it, and is tried at once.
pub fn follow(tx: &Tx<'_>, now: i64) -> Result<()> {
    let every = interval(tx, now)?;
    let stores = known(tx)?;
    for row in &tx.query("SELECT store FROM syncs WHERE due IS NOT NULL", &[])? {
        let store = row.text(0)?;
        if every.is_none() || !stores.iter().any(|it| it.endpoint.store == store) {
            let ended = [(&store).into()];
            tx.run("UPDATE syncs SET due = NULL WHERE store = ?", &ended)?;
        }
    }
    let Some(every) = every else {
        return Ok(());
    };
    for store in &stores {
        begin(tx, store, now)?;
        tx.run(
            "UPDATE syncs SET due = CASE WHEN due IS NULL OR failures > 0 THEN ?1
               ELSE min(due, ?1 + ?2) END WHERE store = ?3",
            &[now.into(), every.into(), (&store.endpoint.store).into()],
        )?;
    }
    Ok(())
}

/// Has a store looked at now. `None` if there is none of that name that can be.
pub fn sync_now(tx: &Tx<'_>, store: &str, now: i64) -> Result<Option<StoreView>> {
    let stores = known(tx)?;
    let Some(store) = stores.iter().find(|it| it.endpoint.store == store) else {
        return Ok(None);
    };
    begin(tx, store, now)?;
    tx.run(
        "UPDATE syncs SET due = ? WHERE store = ?",
        &[now.into(), (&store.endpoint.store).into()],
    )?;
    view(tx, store).map(Some)
}

/// The stores that can be looked at, and what came of it.
pub fn stores(database: &Database) -> Result<Vec<StoreView>> {
    let stores = known(database)?;
    stores.iter().map(|store| view(database, store)).collect()
}

fn view(database: &Database, store: &Known) -> Result<StoreView> {
    let row = database.first(
        "SELECT cursor, synced_at, due, failures, problem FROM syncs WHERE store = ?",
        &[(&store.endpoint.store).into()],
    )?;
    let mut view = StoreView {
        store: store.endpoint.store.clone(),
        endpoint: store.id.clone(),
        kind: store.endpoint.kind,
        cursor: None,
        last_sync: None,
        next_sync: None,
        failures: 0,
        problem: None,
    };
    if let Some(row) = row {
        let cursor: Cursor = waymark_attribution::from_json(&row.text(0)?)?;
        view.cursor = Some(cursor.since().to_string());
        view.last_sync = row.optional_integer(1)?.map(time);
        view.next_sync = row.optional_integer(2)?.map(time);
        view.failures = row.integer(3)?;
        view.problem = row.optional_text(4)?;
    }
    Ok(view)
}

pub const SYNC: Job = Job {
    failure: "a store was not looked at",
    since: "SELECT min(due) FROM syncs WHERE due IS NOT NULL",
    after_ms: 0,
    run: Run::Later(|database, merchant| Box::pin(sync_those_due(database, merchant))),
};

/// A look that is due.
struct Due {
    store: Known,
    cursor: Cursor,
    failures: i64,
}

/// The looks that are due now.
fn those_due(database: &Database, now: i64) -> Result<Vec<Due>> {
    let rows = database.query(
        "SELECT store, cursor, failures FROM syncs
         WHERE due IS NOT NULL AND due <= ? ORDER BY due LIMIT ?",
        &[now.into(), MAX_PER_RUN.into()],
    )?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut stores = known(database)?;
    let mut due = Vec::new();
    for row in &rows {
        let store = row.text(0)?;
        let of_source = |it: &Known| it.endpoint.store == store;
        if let Some(place) = stores.iter().position(of_source) {
            due.push(Due {
                store: stores.swap_remove(place),
                cursor: waymark_attribution::from_json(&row.text(1)?)?,
                failures: row.integer(2)?,
            });
        }
    }
    Ok(due)
}

/// Asks the stores that are due for a page of what changed.
async fn sync_those_due(database: &Database, merchant: &Merchant) -> Result<()> {
    for due in those_due(database, now())? {
        let outcome = match due.ask(merchant).await {
            Ok(page) => take_page(database, merchant, &due, page).await,
            Err(failure) => Err(failure),
        };
        if let Err(failure) = outcome {
            console_error!("program: a store was not synced: {}", failure.problem);
            database.transaction(|tx| due.failed(tx, &failure, now()))?;
        }
    }
    Ok(())
}

/// Takes what a page says, as if the store had called for each of its orders.
///
/// # Errors
/// Something of it was not kept: the page is asked for again.
async fn take_page(
    database: &Database,
    merchant: &Merchant,
    due: &Due,
    page: SyncPage,
) -> std::result::Result<(), Failure> {
    for change in page.changes {
        take_change(database, merchant, due, change)
            .await
            .map_err(|error| due.failure(format!("an order was not kept: {error}")))?;
    }
    database
        .transaction(|tx| due.went_on(tx, &page.cursor, page.more, now()))
        .map_err(|error| due.failure(error.to_string()))
}

async fn take_change(
    database: &Database,
    merchant: &Merchant,
    due: &Due,
    change: Change,
) -> Result<()> {
    match change.parsed {
        Ok(Parsed::Delivery(said)) => {
            let parameter = lists::token_parameter(database, Instant::from_millis(now()))?;
            let store = due.store();
            let report = delivery::report(merchant, store, &parameter, said, None)?;
            intake::take(database, merchant, report).await?;
        }
        // Of no concern, and nothing else is listed.
        Ok(_) => {}
        Err(unusable) => {
            let letter = BuryCall {
                call: delivery::call(due.endpoint(), change.topic, change.body),
                reason: unusable.to_string(),
            };
            database.transaction(|tx| calls::bury(tx, &letter, now()))?;
        }
    }
    Ok(())
}

impl Due {
    fn store(&self) -> &str {
        &self.store.endpoint.store
    }

    /// The id of the store's endpoint.
    fn endpoint(&self) -> &str {
        &self.store.id
    }

    /// Asks the store for the next page.
    ///
    /// # Errors
    /// Why there is none, and how to go on.
    async fn ask(&self, merchant: &Merchant) -> std::result::Result<SyncPage, Failure> {
        let kind = self.store.endpoint.kind;
        let mut anew = false;
        loop {
            let opened = tokens::open(merchant, &self.store.endpoint, &self.store.api, anew);
            let access = opened.await.map_err(|problem| self.failure(problem))?;
            let answered = self.get(&access).await?;
            // A token may end before its time, where a shop takes an app's rights back and gives them anew.
            if answered.status == 401 && self.store.api.is_by_grant() && !anew {
                anew = true;
                continue;
            }
            let response = Response {
                status: answered.status,
                link: answered.link.as_deref(),
                retry_after: answered.retry_after.as_deref(),
                body: &answered.body,
                cut: answered.cut,
            };
            let now = Instant::from_millis(now());
            return kind.sync_page(&access, &self.cursor, &response, now);
        }
    }

    /// # Errors
    /// There is no answer.
    async fn get(&self, access: &Access) -> std::result::Result<Answered, Failure> {
        let kind = self.store.endpoint.kind;
        let request = kind.sync_request(access, &self.cursor);
        let mut request =
            request.ok_or_else(|| self.failure("there is no list of what changed".to_owned()))?;
        request.headers.push(("user-agent", USER_AGENT.to_owned()));
        let call = Outgoing {
            method: "GET",
            url: &request.url,
            headers: &request.headers,
            body: None,
            timeout: TIMEOUT,
            largest: MAX_RESPONSE_BYTES,
        };
        http_client::call(&call).await.map_err(|failure| {
            self.failure(match failure {
                http_client::Failure::TimedOut => {
                    format!("the store did not answer within {} s", TIMEOUT.as_secs())
                }
                http_client::Failure::NotReached => "the store was not reached".to_owned(),
            })
        })
    }

    /// The same place, asked for again later.
    fn failure(&self, problem: String) -> Failure {
        self.cursor.failure(problem)
    }

    /// All that the page says was taken. A program that was applied meanwhile may have ended the
    /// looks at this store: then they stay ended.
    fn went_on(&self, tx: &Tx<'_>, cursor: &Cursor, more: bool, now: i64) -> Result<()> {
        let (synced_at, due) = match (more, interval(tx, now)?) {
            (true, _) => (None, Some(now)),
            (false, every) => (Some(now), every.map(|every| now.saturating_add(every))),
        };
        tx.run(
            "UPDATE syncs SET cursor = ?, synced_at = coalesce(?, synced_at), due = ?, failures = 0,
               problem = NULL WHERE store = ? AND due IS NOT NULL",
            &[
                (&serde_json::to_string(cursor)?).into(),
                synced_at.into(),
                due.into(),
                self.store().into(),
            ],
        )
    }

    /// It is tried again: when the store says, or ever later, up to a day.
    fn failed(&self, tx: &Tx<'_>, failure: &Failure, now: i64) -> Result<()> {
        let failures = usize::try_from(self.failures).unwrap_or(usize::MAX);
        let wait = backoff::before_sync(failures, failure.wait_ms);
        tx.run(
            "UPDATE syncs SET cursor = ?, due = ?, failures = failures + 1, problem = ?
             WHERE store = ? AND due IS NOT NULL",
            &[
                (&serde_json::to_string(&failure.cursor)?).into(),
                now.saturating_add(wait).into(),
                (&failure.problem).into(),
                self.store().into(),
            ],
        )
    }
}
