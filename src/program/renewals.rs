//! Renewals of subscriptions in SQLite: which order is which of its subscription.
//!
//! Whichever is heard of first, they end up alike: an order of a subscription that becomes known, or
//! changes, has those decided again that depend on it.

use waymark_checkout::Order;
use waymark_checkout::fact::Subscription;
use waymark_program::renewal::Renewal;
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
    let mut renewed = None;
    for subscription in &order.subscriptions {
        note_one(database, key, order, subscription)?;
        if subscription.renewal {
            renewed = Some(&subscription.id);
        }
    }
    let Some(id) = renewed else {
        return Ok(None);
    };
    let number = number(database, key, id, order.snapshot.placed_at.as_millis())?;
    let first_case = first_case(database, key.source, id)?;
    Ok(Some(Renewal::new(number, first_case, settings)))
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
        "SELECT count(*) FROM subscription_orders
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

fn first_case(database: &Database, source: &str, subscription: &str) -> Result<Option<String>> {
    let first = database.first(
        "SELECT coalesce(frozen_case, the_case) FROM subscription_orders AS first
         JOIN orders ON orders.source = first.source AND orders.id = first.order_id
         WHERE first.source = ? AND subscription = ? AND renewal = 0
         ORDER BY first.placed_at, first.order_id LIMIT 1",
        &[source.into(), subscription.into()],
    )?;
    first.map_or(Ok(None), |row| row.optional_text(0))
}
