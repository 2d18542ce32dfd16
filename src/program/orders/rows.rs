//! What is kept of orders: read all at once, and the facts that are added.

use std::collections::BTreeSet;

use waymark_attribution::money::Amount;
use waymark_attribution::time::Instant;
use waymark_facts::Fact;
use waymark_facts::fact::BeaconFact;
use waymark_ledger::{Approval, Booked, Claim, Terms};
use waymark_orders::{Kept, State, Stored};
use worker::{Error, Result};

use crate::platform::sql::{Database, Row, Tx};
use crate::program::ledger::{conversions, currencies};

/// An order's place in every table.
#[derive(Clone, Copy)]
pub struct Key<'a> {
    pub store: &'a str,
    pub id: &'a str,
}

/// An order's place, owned.
pub struct OwnedKey {
    pub store: String,
    pub id: String,
}

impl OwnedKey {
    /// Reads a row of store and id.
    pub fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            store: row.text(0)?,
            id: row.text(1)?,
        })
    }

    pub fn key(&self) -> Key<'_> {
        Key {
            store: &self.store,
            id: &self.id,
        }
    }
}

/// All that is kept of the order `named.id` of the store `?1`. As JSON, since each value that crosses
/// out of SQLite costs as much as a short text.
const KEPT: &str = "(SELECT json_group_array(json(body)) FROM facts
        WHERE store = ?1 AND order_id = named.id),
       (SELECT json_array(json(approval), frozen_case, erased_at, first_seen_at, review, json(acknowledged),
          state, problem, due_at, placed_at) FROM orders
        WHERE store = ?1 AND id = named.id),
       (SELECT json_group_array(json_array(number, affiliate, method, evidence, currency,
          status, reason, visible, review, share_bp,
          (SELECT coalesce(sum(amount), 0) FROM entries WHERE conversion = conversions.number),
          credited OR EXISTS (SELECT 1 FROM entries WHERE conversion = conversions.number)))
        FROM conversions WHERE store = ?1 AND order_id = named.id)";

/// What is kept of an order that somebody speaks of by any of its names, and the id under which it is
/// kept.
pub fn find(database: &Database, store: &str, name: &str) -> Result<(String, Kept)> {
    let row = database.first(
        &format!(
            "SELECT named.id, {KEPT} FROM (SELECT coalesce((SELECT order_id FROM order_aliases
               WHERE store = ?1 AND name = ?2), ?2) AS id) AS named"
        ),
        &[store.into(), name.into()],
    )?;
    let row = row.ok_or_else(|| Error::RustError("orders: no row".into()))?;
    Ok((row.text(0)?, kept(&row)?))
}

/// What is kept of an order; nothing yet of one that is new.
pub fn read(database: &Database, key: Key<'_>) -> Result<Kept> {
    let row = database.first(
        &format!("SELECT named.id, {KEPT} FROM (SELECT ?2 AS id) AS named"),
        &[key.store.into(), key.id.into()],
    )?;
    row.map_or_else(|| Ok(Kept::default()), |row| kept(&row))
}

fn kept(row: &Row) -> Result<Kept> {
    let stored = row.optional_text(2)?;
    let booked: Vec<BookedRow> = waymark_attribution::from_json(&row.text(3)?)?;
    let booked = booked.into_iter().map(BookedRow::booked);
    let mut booked = booked.collect::<Result<Vec<_>>>()?;
    booked.sort_by_key(|it| it.number);
    Ok(Kept {
        facts: waymark_attribution::from_json(&row.text(1)?)?,
        stored: stored.map_or_else(|| Ok(Stored::default()), |row| stored_row(&row))?,
        booked,
    })
}

fn stored_row(row: &str) -> Result<Stored> {
    type StoredRow = (
        Approval,
        Option<String>,
        Option<i64>,
        i64,
        i64,
        BTreeSet<String>,
        String,
        Option<String>,
        Option<i64>,
        Option<i64>,
    );
    let (
        approval,
        frozen_case,
        erased_at,
        first_seen_at,
        review,
        acknowledged,
        state,
        problem,
        due_at,
        placed_at,
    ): StoredRow = waymark_attribution::from_json(row)?;
    let state = State::named(&state)
        .ok_or_else(|| Error::RustError(format!("orders: unknown state {state}")))?;
    Ok(Stored {
        first_seen_at: Some(instant(first_seen_at)),
        state,
        problem,
        approval,
        frozen_case,
        erased: erased_at.is_some(),
        review: review != 0,
        acknowledged,
        due_at: due_at.map(instant),
        placed_at: placed_at.map(instant),
    })
}

/// A conversion as [`find`] has SQLite write it.
#[derive(serde::Deserialize)]
struct BookedRow(
    i64,
    String,
    String,
    String,
    String,
    String,
    Option<String>,
    i64,
    i64,
    i64,
    i64,
    i64,
);

impl BookedRow {
    fn booked(self) -> Result<Booked> {
        let Self(
            number,
            affiliate,
            method,
            evidence,
            currency,
            status,
            reason,
            visible,
            review,
            share_bp,
            balance,
            was_credited,
        ) = self;
        Ok(Booked {
            number,
            claim: Claim {
                affiliate,
                method,
                evidence,
                currency: currencies::currency(&currency)?,
            },
            terms: Terms {
                status: conversions::status(&status)?,
                reason,
                visible: visible != 0,
                review: review != 0,
                share_bp,
            },
            balance: Amount::from_minor(balance),
            was_credited: was_credited != 0,
        })
    }
}

/// Adds facts to an order; nothing of those that are there already.
pub fn add_facts(tx: &Tx<'_>, key: Key<'_>, facts: &[Fact], now: i64) -> Result<()> {
    if facts.is_empty() {
        return Ok(());
    }
    let rows = facts
        .iter()
        .map(|fact| Ok((&fact.key, serde_json::to_string(fact)?)))
        .collect::<Result<Vec<_>>>()?;
    tx.run(
        "INSERT INTO facts (store, order_id, key, body, received_at)
         SELECT ?, ?, value ->> 0, value ->> 1, ? FROM json_each(?) WHERE true
         ON CONFLICT DO NOTHING",
        &[
            key.store.into(),
            key.id.into(),
            now.into(),
            (&serde_json::to_string(&rows)?).into(),
        ],
    )
}

/// Deletes what beacons told of an order of which nothing else was heard.
pub fn forget_beacons(tx: &Tx<'_>, key: Key<'_>) -> Result<()> {
    tx.run(
        "DELETE FROM facts WHERE store = ?1 AND order_id = ?2
           AND key >= 'beacon:' AND key < 'beacon;' AND NOT EXISTS
           (SELECT 1 FROM orders WHERE orders.store = ?1 AND orders.id = ?2)",
        &[key.store.into(), key.id.into()],
    )
}

/// Takes out of an order's facts who its customer is and which visitors brought it.
pub fn forget_customer(tx: &Tx<'_>, key: Key<'_>) -> Result<()> {
    for statement in [
        "UPDATE facts SET body = json_remove(body, '$.email', '$.customer_id')
         WHERE store = ? AND order_id = ? AND key >= 'snapshot:' AND key < 'snapshot;'",
        "DELETE FROM facts WHERE store = ? AND order_id = ? AND key >= 'customer:' AND key < 'customer;'",
        "DELETE FROM facts WHERE store = ? AND order_id = ? AND key >= 'visitor:' AND key < 'visitor;'",
        "DELETE FROM facts WHERE store = ? AND order_id = ? AND key >= 'beacon:' AND key < 'beacon;'",
    ] {
        tx.run(statement, &[key.store.into(), key.id.into()])?;
    }
    Ok(())
}

/// A time of this object's.
pub fn instant(milliseconds: i64) -> Instant {
    Instant::from_millis(milliseconds)
}

const _: () = assert!(
    matches!(BeaconFact::KEYS.as_bytes(), b"beacon:"),
    "statements about facts, and an index, name these keys"
);
