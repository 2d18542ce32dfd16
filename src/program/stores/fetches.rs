//! Orders that a store is asked for, since its call said only that they changed, as BigCommerce's do, or no
//! more of their refunds than the sums, as WooCommerce's.

use std::fmt;
use std::time::Duration;

use waymark_attribution::time::Instant;
use waymark_program::directory::Kind;
use waymark_program::document::Endpoint;
use waymark_stores::sync::Request;
use waymark_stores::{Unusable, backoff};
use worker::{Error, Result, console_error};

use crate::merchant::Merchant;
use crate::platform::durable_object::now;
use crate::platform::http_client::{self, Outgoing};
use crate::platform::secrets;
use crate::platform::sql::{Database, Tx};
use crate::program::directory::lists;
use crate::program::jobs::{Job, Run};
use crate::program::orders::intake;
use crate::program::orders::rows::Key;
use crate::program::protocol::orders::{Call, Outcome, Recorded, Report};
use crate::program::stores::{calls, delivery};

/// Orders that one alarm asks for.
const MAX_PER_RUN: i64 = 10;
/// The most that is read of an answer, in bytes: an order has some 10 KiB, and each of 250 lines some 4.
const MAX_RESPONSE_BYTES: usize = 4 << 20;
/// How long one answer is waited for.
const TIMEOUT: Duration = Duration::from_secs(10);
const USER_AGENT: &str = concat!("Waymark/", env!("CARGO_PKG_VERSION"));

pub const FETCH: Job = Job {
    failure: "a store was not asked",
    since: "SELECT min(due) FROM order_fetches",
    after_ms: 0,
    run: Run::Later(|database, merchant| Box::pin(fetch_those_due(database, merchant))),
};

/// Notes that the store is to be asked for an order.
pub fn note(tx: &Tx<'_>, key: Key<'_>, call: &Call, now: i64) -> Result<Recorded> {
    calls::hold(tx, key, call, now)?;
    ask_for(tx, key, now)?;
    Ok(Recorded {
        status: Outcome::Applied,
        reason: Some("the store is asked for the order".to_owned()),
    })
}

/// Notes that the store is to be asked what an order's refunds were for, if it says that when it is asked.
pub fn note_refunds(tx: &Tx<'_>, key: Key<'_>, now: i64) -> Result<()> {
    match endpoint(tx, key.store)? {
        Some(endpoint) if endpoint.kind.details_refunds() => ask_for(tx, key, now),
        _ => Ok(()),
    }
}

fn ask_for(tx: &Tx<'_>, key: Key<'_>, now: i64) -> Result<()> {
    tx.run(
        "INSERT INTO order_fetches (store, order_id, due, tries) VALUES (?, ?, ?, 0)
         ON CONFLICT DO UPDATE SET due = excluded.due, tries = 0",
        &[key.store.into(), key.id.into(), now.into()],
    )
}

/// Why an order was not taken from its store, for the log and the merchant.
enum Failure {
    /// The store may say it later: it did not answer, or what opens its API is not set.
    NotAnswered(String),
    /// It would say the same again: a person has to mend what is wrong first.
    Unusable(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnswered(why) | Self::Unusable(why) => f.write_str(why),
        }
    }
}

impl From<Unusable> for Failure {
    fn from(unusable: Unusable) -> Self {
        Self::Unusable(unusable.to_string())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::NotAnswered(error.to_string())
    }
}

impl From<&str> for Failure {
    fn from(why: &str) -> Self {
        Self::NotAnswered(why.to_owned())
    }
}

/// An order to ask for.
struct Question {
    store: String,
    order_id: String,
    due: i64,
    tries: i64,
}

/// The orders that are to be asked for now.
fn due(database: &Database, now: i64) -> Result<Vec<Question>> {
    database
        .query(
            "SELECT store, order_id, due, tries FROM order_fetches
             WHERE due <= ? ORDER BY due LIMIT ?",
            &[now.into(), MAX_PER_RUN.into()],
        )?
        .iter()
        .map(|row| {
            Ok(Question {
                store: row.text(0)?,
                order_id: row.text(1)?,
                due: row.integer(2)?,
                tries: row.integer(3)?,
            })
        })
        .collect()
}

/// Asks stores for orders of which they said only that they changed, a bounded number of them.
async fn fetch_those_due(database: &Database, merchant: &Merchant) -> Result<()> {
    for question in due(database, now())? {
        match question.ask(database, merchant).await {
            Ok(report) => {
                intake::take(database, merchant, report).await?;
                database.transaction(|tx| question.answered(tx, now()))?;
            }
            Err(why) => {
                console_error!("program: a store was not asked for an order: {why}");
                database.transaction(|tx| question.failed(tx, &why, now()))?;
            }
        }
    }
    Ok(())
}

impl Question {
    /// Asks the store, and gives what it says of the order.
    ///
    /// # Errors
    /// Why there is no answer that can be used.
    async fn ask(
        &self,
        database: &Database,
        merchant: &Merchant,
    ) -> std::result::Result<Report, Failure> {
        let endpoint = endpoint(database, &self.store)?.ok_or("its endpoint has ended")?;
        let api = endpoint.api.ok_or("its endpoint has no api")?;
        let access = secrets::store_access(merchant.env(), endpoint.kind, &api);
        let access = access.map_err(Failure::NotAnswered)?;
        let requests = endpoint.kind.fetch_requests(&access, &self.order_id)?;
        let mut bodies = Vec::with_capacity(requests.len());
        for request in &requests {
            bodies.push(get(request).await.map_err(Failure::NotAnswered)?);
        }
        while let Some(request) = endpoint
            .kind
            .fetch_further(&access, &self.order_id, &bodies)?
        {
            bodies.push(get(&request).await.map_err(Failure::NotAnswered)?);
        }
        let said = endpoint.kind.fetched(&bodies)?;
        let parameter = lists::token_parameter(database, Instant::from_millis(now()))?;
        let store = &self.store;
        Ok(delivery::report(merchant, store, &parameter, said, None)?)
    }

    fn key(&self) -> Key<'_> {
        Key {
            store: &self.store,
            id: &self.order_id,
        }
    }

    /// The order was taken.
    fn answered(&self, tx: &Tx<'_>, now: i64) -> Result<()> {
        self.close(tx)?;
        calls::answered(tx, self.key(), now)
    }

    /// Ends the question. Where the store has said meanwhile that the order changed again, which has
    /// made it due anew, it is asked for once more.
    fn close(&self, tx: &Tx<'_>) -> Result<()> {
        tx.run(
            "DELETE FROM order_fetches WHERE store = ? AND order_id = ? AND due = ?",
            &[
                (&self.store).into(),
                (&self.order_id).into(),
                self.due.into(),
            ],
        )
    }

    /// The question failed: it is asked again later for three days, as long as the store may say
    /// something else. Then the store's call becomes a dead letter.
    fn failed(&self, tx: &Tx<'_>, why: &Failure, now: i64) -> Result<()> {
        let failures = usize::try_from(self.tries).unwrap_or(usize::MAX);
        let why = match (why, backoff::before_fetch(failures)) {
            (Failure::NotAnswered(_), Some(wait)) => {
                return tx.run(
                    "UPDATE order_fetches SET due = ?, tries = tries + 1
                     WHERE store = ? AND order_id = ? AND due = ?",
                    &[
                        now.saturating_add(wait).into(),
                        (&self.store).into(),
                        (&self.order_id).into(),
                        self.due.into(),
                    ],
                );
            }
            (Failure::NotAnswered(why), None) => {
                format!("the store was asked for three days: {why}")
            }
            (Failure::Unusable(why), _) => why.clone(),
        };
        let endpoint = endpoint(tx, &self.store)?;
        let why = match endpoint.is_some_and(|it| it.kind.details_refunds()) {
            true => format!("the order was taken, but for what its refunds were for: {why}"),
            false => why,
        };
        calls::bury_last(tx, self.key(), &why)?;
        self.close(tx)
    }
}

/// An endpoint of the store of that name.
fn endpoint(database: &Database, store: &str) -> Result<Option<Endpoint>> {
    let rows = database.query(
        "SELECT body FROM directory WHERE kind = ? AND valid_to IS NULL",
        &[Kind::Endpoint.as_str().into()],
    )?;
    for row in &rows {
        let endpoint: Endpoint =
            waymark_attribution::from_json(&row.text(0)?).map_err(Error::from)?;
        if endpoint.store == store && endpoint.api.is_some() {
            return Ok(Some(endpoint));
        }
    }
    Ok(None)
}

async fn get(request: &Request) -> std::result::Result<Vec<u8>, String> {
    // Shops turn away who does not say what they are.
    let mut headers = request.headers.clone();
    headers.push(("user-agent", USER_AGENT.to_owned()));
    let call = Outgoing {
        method: "GET",
        url: &request.url,
        headers: &headers,
        body: None,
        timeout: TIMEOUT,
        largest: MAX_RESPONSE_BYTES,
    };
    let url = &request.url;
    match http_client::call(&call).await {
        Ok(answered) if answered.status == 204 => Ok(Vec::new()),
        Ok(answered) if answered.cut => Err(format!(
            "{url} answered more than {} MiB",
            MAX_RESPONSE_BYTES >> 20
        )),
        Ok(answered) if answered.status == 200 => Ok(answered.body),
        Ok(answered) => Err(format!("{url} answered {}", answered.status)),
        Err(_) => Err(format!("{url} did not answer")),
    }
}
