//! Other names of orders. A store's calls may speak of one order by several: Stripe's refund names
//! the payment, and its checkout session says which payment that is. Whichever is heard first, all
//! of it comes to stand with the order.

use worker::Result;

use super::orders::{self, Key};
use crate::sql::Database;

/// The id under which an order is kept that a call speaks of by this name.
pub fn resolve(database: &Database, source: &str, name: &str) -> Result<Option<String>> {
    let found = database.first(
        "SELECT order_id FROM order_names WHERE source = ? AND name = ?",
        &[source.into(), name.into()],
    )?;
    found.map(|row| row.text(0)).transpose()
}

/// Notes other names of an order, and takes what was heard under them to it; whether that was
/// anything.
///
/// To be called inside a transaction.
pub fn note(database: &Database, key: Key<'_>, names: &[String]) -> Result<bool> {
    let mut moved = false;
    for name in names.iter().filter(|name| *name != key.id) {
        database.run(
            "INSERT INTO order_names (source, name, order_id) VALUES (?, ?, ?)
             ON CONFLICT DO NOTHING",
            &[key.source.into(), name.into(), key.id.into()],
        )?;
        let heard = Key {
            source: key.source,
            id: name,
        };
        if !orders::facts(database, heard)?.is_empty() {
            take_over(database, heard, key)?;
            moved = true;
        }
    }
    Ok(moved)
}

/// Everything that is kept of an order under another name. What is booked goes along: to post the
/// order's decision then settles what was booked twice.
const PLACES: [(&str, &str); 5] = [
    ("facts", "order_id"),
    ("order_journeys", "order_id"),
    ("customer_orders", "order_id"),
    ("conversions", "order_id"),
    ("calls", "order_id"),
];

fn take_over(database: &Database, from: Key<'_>, to: Key<'_>) -> Result<()> {
    for (table, column) in PLACES {
        let place = [to.id.into(), from.source.into(), from.id.into()];
        database.run(
            &format!("UPDATE OR IGNORE {table} SET {column} = ? WHERE source = ? AND {column} = ?"),
            &place,
        )?;
        // What is left is there already.
        database.run(
            &format!("DELETE FROM {table} WHERE source = ? AND {column} = ?"),
            &[from.source.into(), from.id.into()],
        )?;
    }
    database.run(
        "DELETE FROM orders WHERE source = ? AND id = ?",
        &[from.source.into(), from.id.into()],
    )
}
