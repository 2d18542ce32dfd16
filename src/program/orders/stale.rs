//! Which orders are to be decided again, since something that bears on them became known with another
//! order.

use worker::Result;

use crate::platform::sql::{Database, Tx};
use crate::program::orders::rows::{Key, OwnedKey};

/// Has orders be decided again.
pub fn add(tx: &Tx<'_>, orders: &[OwnedKey]) -> Result<()> {
    if orders.is_empty() {
        return Ok(());
    }
    let orders: Vec<_> = orders.iter().map(|it| (&it.store, &it.id)).collect();
    tx.run(
        "INSERT OR IGNORE INTO stale_orders (store, order_id)
         SELECT value ->> 0, value ->> 1 FROM json_each(?)",
        &[(&serde_json::to_string(&orders)?).into()],
    )
}

/// Some of them, those that failed the least first.
pub fn some(database: &Database, most: i64) -> Result<Vec<OwnedKey>> {
    let orders = database.query(
        "SELECT store, order_id FROM stale_orders ORDER BY failed LIMIT ?",
        &[most.into()],
    )?;
    orders.iter().map(OwnedKey::read).collect()
}

/// Takes an order out; whether it was one of them.
pub fn take(tx: &Tx<'_>, key: Key<'_>) -> Result<bool> {
    let waited = tx.first(
        "DELETE FROM stale_orders WHERE store = ? AND order_id = ? RETURNING 1",
        &[key.store.into(), key.id.into()],
    )?;
    Ok(waited.is_some())
}

/// An order that failed comes after all that did not.
pub fn put_last(tx: &Tx<'_>, key: Key<'_>) -> Result<()> {
    tx.run(
        "UPDATE stale_orders SET failed = failed + 1 WHERE store = ? AND order_id = ?",
        &[key.store.into(), key.id.into()],
    )
}
