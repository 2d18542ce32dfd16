//! Whose journeys bear on an order: its own visitors', and those of the customer's other visitors.
//!
//! A token in an order says which visitor placed it, and the order which customer. So a customer's
//! orders tell of visitors who are one person: on a phone, at home, at work. What any of them had
//! clicked when an order was placed is a fact of that order – if the customer was known by then to
//! be that visitor, that is, from an order placed before it or with it. When orders become known
//! makes no difference: an earlier order that is heard of later brings its visitor to the later
//! ones, and they are decided again.
//!
//! A customer is known by the store's id or by e-mail. Shoppers may give anyone's e-mail, so what
//! this can bring an order is bounded ([`MAX_VISITORS`], [`MAX_ORDERS`]), and test orders tell
//! nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use waymark_attribution::time::Instant;
use waymark_click::{NewTouch, VisitorId};
use waymark_facts::Fact;
use waymark_orders::touches::touch_fact;
use waymark_orders::{Known, customer};
use worker::{Error, Result, console_error};

use crate::journeys;
use crate::merchant::Merchant;
use crate::platform::durable_object::{now, within};
use crate::platform::sql::{Database, Row, Tx};
use crate::program::customers::identities::Named;
use crate::program::jobs::{Job, Run};
use crate::program::orders::deciding;
use crate::program::orders::rows::Key;

/// Visitors whose journeys are read for an order, its own first, then those who ordered last.
const MAX_VISITORS: usize = 8;
/// Orders of a customer, before and after one, that are looked at.
const MAX_ORDERS: i64 = 20;
/// How long the sub values of an order's touches are kept for those who are told of it, in
/// milliseconds: 400 days, as long as the longest window.
const DETAILS_KEPT_MS: i64 = 400 * 86_400_000;
/// Touches whose sub values one alarm deletes.
const MAX_DELETED: i64 = 1_000;
/// Journeys that one alarm reads.
const MAX_READ: i64 = 20;
/// How long a journey is waited for. An order does not fail for one: an alarm reads it later.
const TIMEOUT: Duration = Duration::from_millis(1_500);

/// Journeys that bear on an order, up to when it was placed.
pub struct Journeys {
    /// Whose: the order's own visitors, then those of its customers' other orders.
    visitors: Vec<VisitorId>,
    own: Vec<String>,
    pub customer: Named,
}

/// The visitors of an order of which so much is known, and of its customer. `None` as long as the order
/// itself was not heard of.
pub fn of_order(database: &Database, key: Key<'_>, known: &Known) -> Result<Option<Journeys>> {
    let Some(order) = &known.folded.order else {
        return Ok(None);
    };
    let until = order.snapshot.placed_at;
    let visitors = known.folded.visitors.iter();
    let own: Vec<String> = visitors.map(|it| it.id.clone()).collect();
    let keys = customer::named(key.store, &known.facts);
    let alone = is_alone(database, key, &keys)?;
    let others = match alone {
        true => Vec::new(),
        false => others(database, &keys, until)?,
    };
    let others = others.into_iter().filter(|other| !own.contains(other));
    let visitors = own.iter().cloned().chain(others).take(MAX_VISITORS);
    let visitors = visitors
        .map(|visitor| parse(&visitor))
        .collect::<Result<_>>()?;
    Ok(Some(Journeys {
        visitors,
        own,
        customer: Named {
            keys,
            placed_at: until,
            alone,
        },
    }))
}

fn parse(visitor: &str) -> Result<VisitorId> {
    visitor
        .parse()
        .map_err(|error: waymark_click::VisitorIdError| Error::RustError(error.to_string()))
}

/// Whether no other order names any of these customers.
fn is_alone(database: &Database, order: Key<'_>, customers: &BTreeSet<String>) -> Result<bool> {
    if customers.is_empty() {
        return Ok(true);
    }
    let other = database.first(
        "SELECT 1 FROM json_each(?) AS named CROSS JOIN customer_orders
           ON customer = named.value AND NOT (store = ? AND order_id = ?) LIMIT 1",
        &[
            (&serde_json::to_string(customers)?).into(),
            order.store.into(),
            order.id.into(),
        ],
    )?;
    Ok(other.is_none())
}

/// The visitors who placed these customers' orders up to then, the latest first.
fn others(
    database: &Database,
    customers: &BTreeSet<String>,
    until: Instant,
) -> Result<Vec<String>> {
    let customers = serde_json::to_string(customers)?;
    let most = i64::try_from(MAX_VISITORS).unwrap_or(i64::MAX);
    database
        .query(
            "SELECT substr(facts.key, 1 + length('visitor:')) AS visitor
             FROM (SELECT DISTINCT store, order_id, placed_at FROM customer_orders
                   WHERE customer IN (SELECT value FROM json_each(?)) AND placed_at <= ?
                   ORDER BY placed_at DESC, store, order_id LIMIT ?) AS earlier
             JOIN facts ON facts.store = earlier.store AND facts.order_id = earlier.order_id
               AND facts.key BETWEEN 'visitor:' AND 'visitor:~'
             GROUP BY visitor ORDER BY max(earlier.placed_at) DESC, visitor LIMIT ?",
            &[
                (&customers).into(),
                until.as_millis().into(),
                MAX_ORDERS.into(),
                most.into(),
            ],
        )?
        .iter()
        .map(|row| row.text(0))
        .collect()
}

impl Journeys {
    pub fn is_empty(&self) -> bool {
        self.visitors.is_empty()
    }

    /// Reads the journeys. One that cannot be read is left out.
    pub async fn read(&self, merchant: &Merchant) -> Vec<(VisitorId, Vec<NewTouch>)> {
        let read = self.visitors.iter().map(async |visitor| {
            match touches(merchant, *visitor, self.customer.placed_at).await {
                Ok(touches) => Some((*visitor, touches)),
                Err(error) => {
                    console_error!("program: a journey was not read for an order: {error}");
                    None
                }
            }
        });
        join_all(read).await.into_iter().flatten().collect()
    }
}

async fn touches(merchant: &Merchant, visitor: VisitorId, until: Instant) -> Result<Vec<NewTouch>> {
    let read = journeys::read(merchant, visitor, until.as_millis());
    within(TIMEOUT, read).await
}

/// The facts that touches are.
pub fn facts_of(touches: &[NewTouch]) -> impl Iterator<Item = Fact> {
    touches.iter().map(|it| touch_fact(it.visitor, it.mark))
}

/// Keeps what came with touches for those who are told of orders.
pub fn keep_details(tx: &Tx<'_>, touches: &[NewTouch], now: i64) -> Result<()> {
    if touches.is_empty() {
        return Ok(());
    }
    let details = touches.iter();
    let details: Vec<_> = details
        .map(|touch| (&touch.id, &touch.subs, i64::from(touch.opted_out)))
        .collect();
    tx.run(
        "INSERT OR IGNORE INTO touch_details (touch, subs, opted_out, kept_since)
         SELECT value ->> 0, value -> 1, value ->> 2, ? FROM json_each(?)",
        &[now.into(), (&serde_json::to_string(&details)?).into()],
    )
}

pub const SWEEP: Job = Job {
    failure: "sub values were not deleted",
    since: "SELECT min(kept_since) FROM touch_details",
    after_ms: DETAILS_KEPT_MS,
    run: Run::Now(|database, now| database.transaction(|tx| sweep(tx, now))),
};

/// Deletes what came with touches so long ago that no conversion of theirs is told of any more, a
/// bounded part of it.
pub fn sweep(tx: &Tx<'_>, now: i64) -> Result<()> {
    tx.run(
        "DELETE FROM touch_details WHERE touch IN
           (SELECT touch FROM touch_details WHERE kept_since <= ? ORDER BY kept_since LIMIT ?)",
        &[
            now.saturating_sub(DETAILS_KEPT_MS).into(),
            MAX_DELETED.into(),
        ],
    )
}

/// Notes whose journeys were read for an order, and whose have still to be: of its own visitors and
/// its customer's, and of its own for the customer's orders placed after it.
///
/// To be called inside the transaction that keeps the order's facts.
pub fn note(tx: &Tx<'_>, key: Key<'_>, journeys: &Journeys, read: &[VisitorId]) -> Result<()> {
    let Journeys {
        visitors,
        own,
        customer,
    } = journeys;
    let read = read.iter().map(|visitor| (visitor.to_string(), 1));
    let unread = visitors.iter().map(|visitor| (visitor.to_string(), 0));
    let both: Vec<(String, i64)> = read.chain(unread).collect();
    if !both.is_empty() {
        tx.run(
            "INSERT INTO order_journeys (store, order_id, visitor, read)
             SELECT ?, ?, value ->> 0, value ->> 1 FROM json_each(?) WHERE true
             ON CONFLICT DO UPDATE SET read = max(read, excluded.read)",
            &[
                key.store.into(),
                key.id.into(),
                (&serde_json::to_string(&both)?).into(),
            ],
        )?;
    }
    if customer.alone || own.is_empty() {
        return Ok(());
    }
    tx.run(
        "INSERT OR IGNORE INTO order_journeys (store, order_id, visitor, read)
         SELECT later.store, later.order_id, own.value, 0
         FROM (SELECT DISTINCT store, order_id, placed_at FROM customer_orders
               WHERE customer IN (SELECT value FROM json_each(?1)) AND placed_at >= ?2
                 AND NOT (store = ?3 AND order_id = ?4)
               ORDER BY placed_at, store, order_id LIMIT ?5) AS later
         JOIN json_each(?6) AS own
         WHERE (SELECT count(*) FROM order_journeys AS known
                WHERE known.store = later.store AND known.order_id = later.order_id) < ?7",
        &[
            (&serde_json::to_string(&customer.keys)?).into(),
            customer.placed_at.as_millis().into(),
            key.store.into(),
            key.id.into(),
            MAX_ORDERS.into(),
            (&serde_json::to_string(own)?).into(),
            i64::try_from(MAX_VISITORS).unwrap_or(i64::MAX).into(),
        ],
    )
}

/// Forgets which visitors' journeys belong to an order, and what came with their touches.
pub fn forget(tx: &Tx<'_>, key: Key<'_>) -> Result<()> {
    for statement in [
        "DELETE FROM touch_details WHERE touch IN
           (SELECT substr(key, 1 + length('touch:')) FROM facts
            WHERE store = ? AND order_id = ? AND key >= 'touch:' AND key < 'touch;')",
        "DELETE FROM order_journeys WHERE store = ? AND order_id = ?",
    ] {
        tx.run(statement, &[key.store.into(), key.id.into()])?;
    }
    Ok(())
}

pub const CATCH_UP: Job = Job {
    failure: "a journey was not read for an order",
    since: "SELECT ?1 WHERE EXISTS (SELECT 1 FROM order_journeys WHERE read = 0)",
    after_ms: 0,
    run: Run::Later(|database, merchant| Box::pin(catch_up(database, merchant))),
};

/// Reads journeys that have still to be read, a bounded number of them, and decides their orders
/// again if they tell anything new.
///
/// # Errors
/// A journey could not be read; those after it were.
async fn catch_up(database: &Database, merchant: &Merchant) -> Result<()> {
    let unread = database.query(
        "SELECT store, order_id, visitor, orders.placed_at FROM order_journeys
         JOIN orders USING (store) WHERE orders.id = order_id AND read = 0 LIMIT ?",
        &[MAX_READ.into()],
    )?;
    let mut outcome = Ok(());
    for row in unread {
        outcome = outcome.and(catch_up_with(database, merchant, &row).await);
    }
    outcome
}

async fn catch_up_with(database: &Database, merchant: &Merchant, unread: &Row) -> Result<()> {
    let (store, order_id) = (unread.text(0)?, unread.text(1)?);
    let visitor = unread.text(2)?;
    let until = Instant::from_millis(unread.integer(3)?);
    let touches = touches(merchant, parse(&visitor)?, until).await?;
    database.transaction(|tx| {
        let now = now();
        let read = tx.query(
            "UPDATE order_journeys SET read = 1
             WHERE store = ? AND order_id = ? AND visitor = ? AND read = 0 RETURNING 1",
            &[(&store).into(), (&order_id).into(), (&visitor).into()],
        )?;
        if read.is_empty() {
            // Forgotten meanwhile, or heard of under another name, where it is still to be read.
            return Ok(());
        }
        keep_details(tx, &touches, now)?;
        let key = Key {
            store: &store,
            id: &order_id,
        };
        let facts: Vec<Fact> = facts_of(&touches).collect();
        deciding::hear(tx, key, &facts, now)
    })
}
