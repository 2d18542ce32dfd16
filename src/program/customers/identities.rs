//! Which customers are one person: the keys that stand in one order are, from that order on. So
//! are those that stand beside one of them in another, from both on, and so forth.
//!
//! An order that is heard of late may tell that of orders which were decided before: they are
//! decided again, so that it makes no difference in which sequence orders are heard.

use std::collections::BTreeSet;

use waymark_attribution::time::Instant;
use worker::Result;

use crate::platform::sql::{Database, Tx};
use crate::program::format::LAST;
use crate::program::orders::rows::{Key, OwnedKey};
use crate::program::orders::stale;

/// After every order.
pub fn always() -> Instant {
    Instant::from_millis(LAST)
}

/// What the person with the keys `?1` is known by, as orders placed until `?2` tell. An e-mail that
/// a whole shop gives would make all of its customers one: so at most 50 keys, and of each key its
/// first 1 000 orders.
pub const KNOWN: &str = "WITH RECURSIVE known (customer) AS (
       SELECT value FROM json_each(?1)
       UNION
       SELECT beside.value FROM known
       JOIN orders AS told ON (told.store, told.id) IN
         (SELECT store, order_id FROM customer_orders
          WHERE customer = known.customer AND placed_at <= ?2
          ORDER BY placed_at, store, order_id LIMIT 1000)
       JOIN json_each(told.customers) AS beside
       LIMIT 50)";

/// Orders of a person that are decided again at once.
const MAX_ORDERS: i64 = 1_000;

/// A person's own keys in their sequence, then those that orders placed until then tell of.
pub fn keys(database: &Database, own: &[String], until: Instant) -> Result<Vec<String>> {
    let known = database.query(
        &format!("{KNOWN} SELECT customer FROM known ORDER BY customer"),
        &[
            (&serde_json::to_string(own)?).into(),
            until.as_millis().into(),
        ],
    )?;
    let mut keys = own.to_vec();
    for row in &known {
        let key = row.text(0)?;
        if !own.contains(&key) {
            keys.push(key);
        }
    }
    Ok(keys)
}

/// An order's customer, as all of its versions name them.
pub struct Named {
    /// The keys of every customer that a version of the order names.
    pub keys: BTreeSet<String>,
    pub placed_at: Instant,
    /// Whether no other order names any of the keys: most orders are a customer's first, and need not
    /// be asked what the customer is known by besides.
    pub alone: bool,
}

/// Notes the keys that an order names, and has the orders decided again for which they are one
/// person only now. `joined`: the order was known by several names, and as several.
///
/// To be called before the order is decided.
pub fn note(
    tx: &Tx<'_>,
    order: Key<'_>,
    named: &Named,
    placed_before: Option<Instant>,
    joined: bool,
) -> Result<()> {
    let Named {
        keys,
        placed_at,
        alone,
    } = named;
    // An id stands in fewer orders than an e-mail may, and comes after it.
    let Some(last) = keys.last() else {
        return Ok(());
    };
    let list = serde_json::to_string(keys)?;
    // Of an order that turns out to have been placed earlier, what was noted before.
    if placed_before.is_some_and(|before| before != *placed_at) {
        forget_order(tx, order)?;
    }
    let news = tx.first(
        "INSERT OR IGNORE INTO customer_orders (customer, placed_at, store, order_id)
         SELECT value, ?, ?, ? FROM json_each(?) RETURNING 1",
        &[
            placed_at.as_millis().into(),
            order.store.into(),
            order.id.into(),
            (&list).into(),
        ],
    )?;
    if keys.len() < 2 || (news.is_none() && !joined) || *alone {
        return Ok(());
    }
    // From the first other order on that names them all, they were one person before.
    let before = tx.first(
        "SELECT placed_at FROM customer_orders AS told
         WHERE customer = ?1 AND NOT (store = ?2 AND order_id = ?3) AND
           (SELECT count(*) FROM orders JOIN json_each(orders.customers) AS beside
            WHERE orders.store = told.store AND orders.id = told.order_id
              AND beside.value IN (SELECT value FROM json_each(?4))) = json_array_length(?4)
         ORDER BY placed_at LIMIT 1",
        &[
            last.into(),
            order.store.into(),
            order.id.into(),
            (&list).into(),
        ],
    )?;
    let before = before.map(|row| row.integer(0)).transpose()?;
    let before = before.map_or_else(always, Instant::from_millis);
    if before <= *placed_at {
        return Ok(());
    }
    let keys: Vec<String> = keys.iter().cloned().collect();
    mark_stale(tx, order, &keys, *placed_at, before)
}

/// The keys of every customer that an order names, as it was last decided.
pub fn of_order(database: &Database, order: Key<'_>) -> Result<Vec<String>> {
    let rows = database.query(
        "SELECT beside.value FROM orders JOIN json_each(orders.customers) AS beside
         WHERE orders.store = ? AND orders.id = ?",
        &[order.store.into(), order.id.into()],
    )?;
    rows.iter().map(|row| row.text(0)).collect()
}

/// Has no customer have an order that was decided, until its customers are noted again.
pub fn forget_order(tx: &Tx<'_>, order: Key<'_>) -> Result<()> {
    tx.run(
        "DELETE FROM customer_orders WHERE (customer, placed_at, store, order_id) IN
           (SELECT beside.value, orders.placed_at, orders.store, orders.id
            FROM orders JOIN json_each(orders.customers) AS beside
            WHERE orders.store = ? AND orders.id = ?)",
        &[order.store.into(), order.id.into()],
    )
}

/// Has a person's orders decided again, save one, that were placed from a time on and before another.
///
/// They are found by all that is known by now: to each of them, it matters what was told until it
/// was placed.
pub fn mark_stale(
    tx: &Tx<'_>,
    but: Key<'_>,
    own: &[String],
    since: Instant,
    before: Instant,
) -> Result<()> {
    let orders = tx.query(
        &format!(
            "{KNOWN}
             SELECT store, order_id FROM customer_orders
             WHERE customer IN (SELECT customer FROM known) AND placed_at >= ?3 AND placed_at < ?4
               AND NOT (store = ?5 AND order_id = ?6)
             ORDER BY placed_at LIMIT ?7"
        ),
        &[
            (&serde_json::to_string(own)?).into(),
            always().as_millis().into(),
            since.as_millis().into(),
            before.as_millis().into(),
            but.store.into(),
            but.id.into(),
            MAX_ORDERS.into(),
        ],
    )?;
    let orders = orders.iter().map(OwnedKey::read);
    stale::add(tx, &orders.collect::<Result<Vec<_>>>()?)
}
