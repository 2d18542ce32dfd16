//! Renewals of subscriptions in SQLite: which order is which of its subscription.
//!
//! Whichever is heard of first, they end up alike: an order of a subscription that becomes known, or
//! changes, has those decided again that depend on it.

use waymark_attribution::time::Instant;
use waymark_facts::ruling::Ruling;
use waymark_facts::{Fact, Order, fold};
use waymark_ledger::Approval;
use waymark_orders::Stored;
use waymark_orders::places::{Place, PlaceChanges};
use waymark_orders::renewal::{self, First, Renewed};
use worker::Result;

use crate::platform::sql::{Database, Row, Tx, Value};
use crate::program::ledger::currencies;
use crate::program::orders::rows::{Key, OwnedKey};
use crate::program::orders::stale;

/// What `subscription_orders.renewal` says of an order: that it is the subscription's first one, ...
const FIRST: i64 = 0;
/// ... a renewal, ...
const COUNTED: i64 = 1;
/// ... or a renewal that costs nothing, which is not counted.
const FREE: i64 = 2;

/// Notes an order's places in its subscriptions, and has the orders decided again that depend on
/// them.
pub fn note(tx: &Tx<'_>, key: Key<'_>, order: &Order, stored: &Stored) -> Result<()> {
    let before = match stored.was_heard_of() {
        true => places_of(tx, key)?,
        false => Vec::new(),
    };
    let PlaceChanges { gone, new, concern } = PlaceChanges::of(order, before);
    for place in &gone {
        tx.run(
            "DELETE FROM subscription_orders WHERE store = ? AND subscription = ? AND renewal = ?
               AND placed_at = ? AND order_id = ?",
            &values(key, place),
        )?;
    }
    for place in &new {
        tx.run(
            "INSERT OR IGNORE INTO subscription_orders
               (store, subscription, renewal, placed_at, order_id) VALUES (?, ?, ?, ?, ?)",
            &values(key, place),
        )?;
    }
    for place in &concern {
        mark_stale(tx, key, place)?;
    }
    Ok(())
}

/// What is known of the subscription that an order renews, if it renews one. Its places are noted.
pub fn renewed(database: &Database, key: Key<'_>, order: &Order) -> Result<Option<Renewed>> {
    let Some(id) = renewal::renewed(order) else {
        return Ok(None);
    };
    Ok(Some(Renewed {
        number: number(database, key, id, order.snapshot.placed_at)?,
        first: first(database, key.store, id)?,
    }))
}

/// What a person ruled on the order that this one renews, if it renews one and goes by it.
pub fn inherited(database: &Database, store: &str, order: &Order) -> Result<Option<Ruling>> {
    let Some(id) = renewal::renewed(order) else {
        return Ok(None);
    };
    let first = first(database, store, id)?;
    let first = first.filter(|first| first.currency == order.snapshot.currency);
    Ok(first.and_then(|first| first.ruling))
}

/// Has the orders decided again that depend on an order that was two: there is one less before them,
/// and it has another id.
pub fn note_joined(tx: &Tx<'_>, key: Key<'_>) -> Result<()> {
    for place in places_of(tx, key)? {
        mark_stale(tx, key, &place)?;
    }
    Ok(())
}

/// Where the order stood when it was last decided.
fn places_of(database: &Database, key: Key<'_>) -> Result<Vec<Place>> {
    let rows = database.query(
        "SELECT subscription, renewal, placed_at FROM subscription_orders
         WHERE store = ? AND order_id = ?",
        &[key.store.into(), key.id.into()],
    )?;
    let place = |row: &Row| {
        Ok(Place {
            subscription: row.text(0)?,
            renewal: row.integer(1)? != FIRST,
            counted: row.integer(1)? == COUNTED,
            placed_at: Instant::from_millis(row.integer(2)?),
        })
    };
    rows.iter().map(place).collect()
}

/// Has the orders decided again that depend on an order's place. On that of a renewal, those after it
/// depend: their number does. On that of the first order, all.
fn mark_stale(tx: &Tx<'_>, key: Key<'_>, place: &Place) -> Result<()> {
    let depend = tx.query(
        "SELECT store, order_id FROM subscription_orders
         WHERE store = ?1 AND subscription = ?2 AND renewal IN (1, 2) AND (?3 = 0 OR placed_at >= ?4)
           AND order_id <> ?5",
        &values(key, place),
    )?;
    let depend = depend.iter().map(OwnedKey::read);
    stale::add(tx, &depend.collect::<Result<Vec<_>>>()?)
}

/// An order's place, for a statement about it.
fn values<'a>(key: Key<'a>, place: &'a Place) -> [Value<'a>; 5] {
    [
        key.store.into(),
        (&place.subscription).into(),
        (match (place.renewal, place.counted) {
            (false, _) => FIRST,
            (true, true) => COUNTED,
            (true, false) => FREE,
        })
        .into(),
        place.placed_at.as_millis().into(),
        key.id.into(),
    ]
}

fn number(
    database: &Database,
    key: Key<'_>,
    subscription: &str,
    placed_at: Instant,
) -> Result<u32> {
    let before = database.first(
        "SELECT count(DISTINCT order_id) FROM subscription_orders
         WHERE store = ? AND subscription = ? AND renewal = 1 AND (placed_at, order_id) <= (?, ?)",
        &[
            key.store.into(),
            subscription.into(),
            placed_at.as_millis().into(),
            key.id.into(),
        ],
    )?;
    let before = before.map_or(Ok(0), |row| row.integer(0))?;
    Ok(u32::try_from(before).unwrap_or(u32::MAX))
}

fn first(database: &Database, store: &str, subscription: &str) -> Result<Option<First>> {
    let row = database.first(
        "SELECT first.order_id, approval, coalesce(frozen_case, the_case),
           coalesce(frozen_case, the_case) ->> '$.order.currency'
         FROM subscription_orders AS first
         JOIN orders ON orders.store = first.store AND orders.id = first.order_id
         WHERE first.store = ? AND subscription = ? AND renewal = 0
         ORDER BY first.placed_at, first.order_id LIMIT 1",
        &[store.into(), subscription.into()],
    )?;
    let Some(row) = row else {
        return Ok(None);
    };
    let Some(case) = row.optional_text(2)? else {
        return Ok(None);
    };
    let ruling = match waymark_attribution::from_json(&row.text(1)?)? {
        Approval::Approved(approved) => approved.ruling,
        Approval::Open | Approval::Revoked(_) => in_force(database, store, &row.text(0)?)?,
    };
    Ok(Some(First {
        case,
        currency: currencies::currency(&row.text(3)?)?,
        ruling,
    }))
}

/// The ruling on an order that counts.
fn in_force(database: &Database, store: &str, order_id: &str) -> Result<Option<Ruling>> {
    let rulings = database.query(
        "SELECT body FROM facts
         WHERE store = ? AND order_id = ? AND key >= 'ruling:' AND key < 'ruling;'",
        &[store.into(), order_id.into()],
    )?;
    let rulings = rulings
        .iter()
        .map(|row| Ok(waymark_attribution::from_json(&row.text(0)?)?))
        .collect::<Result<Vec<Fact>>>()?;
    Ok(fold(&rulings).ruling.map(|fact| fact.ruling))
}
