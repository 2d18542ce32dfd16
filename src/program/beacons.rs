//! What pages of the shop say of orders, before and after the store itself does.
//!
//! A beacon becomes a fact of its order. One for an order that was not heard of yet waits for it,
//! unseen in any list: anyone may make one up.

use waymark_checkout::fact::BeaconFact;
use waymark_program::directory::Kind;
use waymark_program::document::Endpoint;
use worker::Result;

use super::commands::Report;
use super::orders::{self, Key, Known};
use crate::sql::Database;

/// Orders that one visitor may be tied to.
const MOST_ORDERS: i64 = 50;

/// Takes a beacon, if the store has allowed it; whether it was news. An order that is known is
/// decided anew.
///
/// To be called inside a transaction.
pub fn take(database: &Database, report: &Report, now: i64) -> Result<bool> {
    let key = Key {
        source: &report.source,
        id: &report.order_id,
    };
    if !allowed(database, key.source)? {
        return Ok(false);
    }
    let known = Known::read(database, key)?;
    let mut news = Vec::new();
    for fact in known.news(&report.facts) {
        if orders_of(database, &fact.key)? < MOST_ORDERS {
            news.push(fact);
        }
    }
    if news.is_empty() {
        return Ok(false);
    }
    orders::add_facts(database, key, &news, now)?;
    if known.stored.was_heard_of() {
        orders::follow(database, key, known, news, now)?;
    }
    Ok(true)
}

fn allowed(database: &Database, source: &str) -> Result<bool> {
    let endpoints = database.query(
        "SELECT body FROM directory WHERE kind = ? AND ends IS NULL",
        &[Kind::Endpoint.as_str().into()],
    )?;
    for row in &endpoints {
        let endpoint: Endpoint = waymark_attribution::from_json(&row.text(0)?)?;
        if endpoint.source == source && endpoint.beacon {
            return Ok(true);
        }
    }
    Ok(false)
}

/// How many orders the visitor of this key is tied to.
fn orders_of(database: &Database, key: &str) -> Result<i64> {
    let counted = database.first(
        "SELECT count(*) FROM facts WHERE key = ? AND key >= 'beacon:' AND key < 'beacon;'",
        &[key.into()],
    )?;
    counted.map_or(Ok(0), |row| row.integer(0))
}

/// Beacons that wait for an order.
const WAITING: &str = "FROM facts WHERE key >= 'beacon:' AND key < 'beacon;' AND NOT EXISTS
    (SELECT 1 FROM orders WHERE orders.source = facts.source AND orders.id = facts.order_id)";

/// Deletes the beacons that have waited since before then (milliseconds).
pub fn sweep(database: &Database, too_old: i64) -> Result<()> {
    database.run(
        &format!("DELETE {WAITING} AND received_at < ?"),
        &[too_old.into()],
    )
}

/// Whether any beacon waits for its order.
pub fn waiting(database: &Database) -> Result<bool> {
    let first = database.first(&format!("SELECT 1 {WAITING} LIMIT 1"), &[])?;
    Ok(first.is_some())
}

const _: () = assert!(
    matches!(BeaconFact::KEYS.as_bytes(), b"beacon:"),
    "the statements above and their index name these keys"
);
