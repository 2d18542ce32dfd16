//! Renewals of subscriptions in SQLite: which order is which of its subscription.
//!
//! Whichever is heard of first, they end up alike: an order of a subscription that becomes known, or
//! changes, has those decided again that depend on it.

use waymark_book::Standing;
use waymark_checkout::fact::Subscription;
use waymark_checkout::ruling::Ruling;
use waymark_checkout::{Fact, Order, fold};
use waymark_program::renewal::{First, Renewal};
use waymark_program::settings::Settings;
use worker::Result;

use super::orders::Key;
use crate::sql::Database;

/// Notes an order's place in its subscriptions, and has the orders decided again that depend on it.
/// What it is itself, if it is a renewal; `settings` are those of when it was placed.
///
/// To be called inside a transaction.
pub fn note(
    database: &Database,
    key: Key<'_>,
    order: &Order,
    settings: Option<&Settings>,
) -> Result<Option<Renewal>> {
    for subscription in &order.subscriptions {
        note_one(database, key, order, subscription)?;
    }
    let Some(id) = renewed(order) else {
        return Ok(None);
    };
    let number = number(database, key, id, order.snapshot.placed_at.as_millis())?;
    let first = first(database, key.source, id)?;
    Ok(Some(Renewal::new(number, first, settings)))
}

/// What a person ruled on the order that this one renews, if it renews one.
pub fn inherited(database: &Database, source: &str, order: &Order) -> Result<Option<Ruling>> {
    let Some(id) = renewed(order) else {
        return Ok(None);
    };
    Ok(first(database, source, id)?.and_then(|first| first.ruling))
}

/// The subscription that an order renews.
fn renewed(order: &Order) -> Option<&str> {
    let mut subscriptions = order.subscriptions.iter();
    let last = subscriptions.rfind(|it| it.renewal);
    last.map(|it| it.id.as_str())
}

fn note_one(
    database: &Database,
    key: Key<'_>,
    order: &Order,
    Subscription { id, renewal }: &Subscription,
) -> Result<()> {
    let placed_at = order.snapshot.placed_at;
    database.run(
        "INSERT OR IGNORE INTO subscription_orders (source, subscription, renewal, placed_at, order_id)
         VALUES (?, ?, ?, ?, ?)",
        &[
            key.source.into(),
            id.into(),
            i64::from(*renewal).into(),
            placed_at.as_millis().into(),
            key.id.into(),
        ],
    )?;
    // Of a renewal, those after it depend on it: their number does. On the first order, all.
    database.run(
        "INSERT OR IGNORE INTO unsettled (source, order_id)
         SELECT source, order_id FROM subscription_orders
         WHERE source = ?1 AND subscription = ?2 AND renewal = 1 AND (?3 = 0 OR placed_at > ?4)
           AND order_id <> ?5
           AND (?3 = 0 OR NOT EXISTS (SELECT 1 FROM orders WHERE source = ?1 AND id = ?5))",
        &[
            key.source.into(),
            id.into(),
            i64::from(*renewal).into(),
            placed_at.as_millis().into(),
            key.id.into(),
        ],
    )
}

fn number(database: &Database, key: Key<'_>, subscription: &str, placed_at: i64) -> Result<u32> {
    let before = database.first(
        "SELECT count(DISTINCT order_id) FROM subscription_orders
         WHERE source = ? AND subscription = ? AND renewal = 1 AND (placed_at, order_id) <= (?, ?)",
        &[
            key.source.into(),
            subscription.into(),
            placed_at.into(),
            key.id.into(),
        ],
    )?;
    let before = before.map_or(Ok(0), |row| row.integer(0))?;
    Ok(u32::try_from(before).unwrap_or(u32::MAX))
}

fn first(database: &Database, source: &str, subscription: &str) -> Result<Option<First>> {
    let row = database.first(
        "SELECT first.order_id, standing, coalesce(frozen_case, the_case)
         FROM subscription_orders AS first
         JOIN orders ON orders.source = first.source AND orders.id = first.order_id
         WHERE first.source = ? AND subscription = ? AND renewal = 0
         ORDER BY first.placed_at, first.order_id LIMIT 1",
        &[source.into(), subscription.into()],
    )?;
    let Some(row) = row else {
        return Ok(None);
    };
    let Some(case) = row.optional_text(2)? else {
        return Ok(None);
    };
    let ruling = match waymark_attribution::from_json(&row.text(1)?)? {
        Standing::Settled(settled) => settled.ruling,
        Standing::Open | Standing::Stopped(_) => in_force(database, source, &row.text(0)?)?,
    };
    Ok(Some(First { case, ruling }))
}

/// The ruling on an order that counts.
fn in_force(database: &Database, source: &str, order_id: &str) -> Result<Option<Ruling>> {
    let rulings = database.query(
        "SELECT body FROM facts
         WHERE source = ? AND order_id = ? AND key >= 'ruling:' AND key < 'ruling;'",
        &[source.into(), order_id.into()],
    )?;
    let rulings = rulings
        .iter()
        .map(|row| Ok(waymark_attribution::from_json(&row.text(0)?)?))
        .collect::<Result<Vec<Fact>>>()?;
    Ok(fold(&rulings).ruling.map(|fact| fact.ruling))
}
