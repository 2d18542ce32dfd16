//! Forgetting customers. What identifies a person goes: the keyed hash of the e-mail, the store's id,
//! the visitor, what the store sent. Amounts and who was credited stay, since they are the book's;
//! the order's case is frozen, so that it is decided as before. Who is forgotten is so by every key
//! that orders tell to be theirs: by one that were left, an order would be decided anew without what
//! the others had told.
//!
//! What is heard later of a forgotten order is kept without its person.

use waymark_stores::delivery::PrivacyRequestKind;
use worker::{Error, Result};

use crate::journeys;
use crate::merchant::Merchant;
use crate::platform::sql::{Database, Tx};
use crate::program::customers::{assignments, identities};
use crate::program::jobs::{Job, Run};
use crate::program::orders::rows::{self, Key};
use crate::program::orders::{self, write};
use crate::program::protocol::customers::{Erased, Who};
use crate::program::protocol::orders::{Outcome, Recorded};
use crate::program::reports::audit;
use crate::program::stores::calls;

/// Orders of one customer that are forgotten at once; those beyond by alarm.
const MAX_AT_ONCE: i64 = 200;
/// Orders that one alarm forgets.
const MAX_PER_RUN: i64 = 50;

/// Does what a store passes on of a customer who asks.
pub fn of_store(
    tx: &Tx<'_>,
    what: PrivacyRequestKind,
    who: &Who,
    orders: &[String],
    now: i64,
) -> Result<Recorded> {
    let subject = match &who.customer_id {
        Some(id) => format!("customer {}/{id}", who.store),
        None => format!("a customer of {}", who.store),
    };
    let reason = match what {
        PrivacyRequestKind::Disclose => {
            let reason = "the customer asks what is known: answer by POST /v1/customers/lookup";
            audit::note(tx, "store", "disclosure asked", &subject, reason, now)?;
            reason.to_owned()
        }
        PrivacyRequestKind::EraseCustomer => {
            let erased = erase(tx, who, orders)?;
            let reason = "the customer asks to be forgotten";
            audit::note(tx, "store", "erase", &subject, reason, now)?;
            format!("{} orders forgot their customer", erased.orders)
        }
        PrivacyRequestKind::EraseShop => {
            tx.run(
                "INSERT OR IGNORE INTO erasures (store, order_id)
                 SELECT store, id FROM orders WHERE store = ? AND erased_at IS NULL",
                &[(&who.store).into()],
            )?;
            let reason = "the shop has left";
            audit::note(tx, "store", "erase", &who.store, reason, now)?;
            "all orders of the shop will forget their customers".to_owned()
        }
    };
    Ok(Recorded {
        status: Outcome::Applied,
        reason: Some(reason),
    })
}

/// Forgets a customer, in all orders by any key of theirs and in those named besides.
pub fn erase(tx: &Tx<'_>, who: &Who, named: &[String]) -> Result<Erased> {
    let named = serde_json::to_string(named)?;
    let places = || [(&who.store).into(), (&named).into()];
    let told = tx.query(
        "SELECT DISTINCT beside.value FROM orders JOIN json_each(orders.customers) AS beside
         WHERE orders.store = ? AND orders.id IN (SELECT value FROM json_each(?))",
        &places(),
    )?;
    let mut own = who.customer().into_keys();
    for row in &told {
        own.push(row.text(0)?);
    }
    let keys = identities::keys(tx, &own, identities::always())?;
    tx.run(
        "INSERT OR IGNORE INTO erasures (store, order_id)
         SELECT store, order_id FROM customer_orders
         WHERE customer IN (SELECT value FROM json_each(?))",
        &[(&serde_json::to_string(&keys)?).into()],
    )?;
    // Test orders tell nothing of customers, and are found by their facts.
    tx.run(
        "INSERT OR IGNORE INTO erasures (store, order_id)
         SELECT store, order_id FROM facts
         WHERE key >= 'snapshot:' AND key < 'snapshot;' AND body ->> '$.test'
           AND 'email:' || (body ->> '$.email') IN (SELECT value FROM json_each(?1))
         UNION SELECT store, order_id FROM facts
         WHERE key >= 'snapshot:' AND key < 'snapshot;' AND body ->> '$.test'
           AND 'id:' || store || ':' || (body ->> '$.customer_id')
             IN (SELECT value FROM json_each(?1))",
        &[(&serde_json::to_string(&keys)?).into()],
    )?;
    tx.run(
        "INSERT OR IGNORE INTO erasures (store, order_id)
         SELECT store, id FROM orders WHERE store = ? AND id IN (SELECT value FROM json_each(?))",
        &places(),
    )?;
    let erased = erase_some(tx, MAX_AT_ONCE)?;
    forget_keys(tx, &keys)?;
    Ok(erased)
}

pub const ERASE: Job = Job {
    failure: "a customer was not forgotten",
    since: "SELECT ?1 WHERE EXISTS (SELECT 1 FROM erasures)",
    after_ms: 0,
    run: Run::Now(|database, _| go_on(database)),
};

/// Forgets the customers of a bounded number of orders that wait for it, in one transaction.
pub fn go_on(database: &Database) -> Result<()> {
    database.transaction(|tx| erase_some(tx, MAX_PER_RUN).map(|_| ()))
}

fn erase_some(tx: &Tx<'_>, most: i64) -> Result<Erased> {
    let orders = tx.query(
        "SELECT store, order_id FROM erasures LIMIT ?",
        &[most.into()],
    )?;
    let mut visitors = 0;
    for row in &orders {
        let (store, id) = (row.text(0)?, row.text(1)?);
        let key = Key {
            store: &store,
            id: &id,
        };
        visitors = usize::saturating_add(visitors, erase_order(tx, key)?);
        tx.run(
            "DELETE FROM erasures WHERE store = ? AND order_id = ?",
            &[key.store.into(), key.id.into()],
        )?;
    }
    Ok(Erased {
        orders: orders.len(),
        visitors,
    })
}

/// Forgets the customer of one order; how many visitors its facts named.
pub fn erase_order(tx: &Tx<'_>, key: Key<'_>) -> Result<usize> {
    let place = || [key.store.into(), key.id.into()];
    let emails = tx.query(
        "SELECT email FROM (
           SELECT body ->> '$.email' AS email FROM facts
           WHERE store = ?1 AND order_id = ?2 AND key >= 'snapshot:' AND key < 'snapshot;'
           UNION SELECT the_case ->> '$.order.email' FROM orders WHERE store = ?1 AND id = ?2
           UNION SELECT frozen_case ->> '$.order.email' FROM orders WHERE store = ?1 AND id = ?2)
         WHERE email IS NOT NULL",
        &place(),
    )?;
    let visitors = tx.query(
        "INSERT OR IGNORE INTO forgotten_visitors (visitor)
         SELECT substr(key, 1 + length('visitor:')) FROM facts
         WHERE store = ? AND order_id = ? AND key >= 'visitor:' AND key < 'visitor;'
         RETURNING 1",
        &place(),
    )?;
    let keys = identities::of_order(tx, key)?;
    orders::journeys::forget(tx, key)?;
    rows::forget_customer(tx, key)?;
    calls::forget_order(tx, key)?;
    identities::forget_order(tx, key)?;
    let emails = emails.iter().map(|row| row.text(0));
    write::forgotten(tx, key, &emails.collect::<Result<Vec<_>>>()?)?;
    forget_keys(tx, &keys)?;
    Ok(visitors.len())
}

/// Deletes what is kept by those of a customer's keys that no order has any more. One that does is
/// decided by it: it waits to be forgotten, or is of a shop that has not left.
fn forget_keys(tx: &Tx<'_>, keys: &[String]) -> Result<()> {
    let left = tx.query(
        "SELECT DISTINCT named.value FROM json_each(?) AS named
         WHERE NOT EXISTS (SELECT 1 FROM customer_orders WHERE customer = named.value)",
        &[(&serde_json::to_string(keys)?).into()],
    )?;
    for row in &left {
        let key = row.text(0)?;
        assignments::forget(tx, &key)?;
        audit::forget(tx, &key)?;
    }
    Ok(())
}

pub const FORGET: Job = Job {
    failure: "a journey was not forgotten",
    since: "SELECT ?1 WHERE EXISTS (SELECT 1 FROM forgotten_visitors)",
    after_ms: 0,
    run: Run::Later(|database, merchant| Box::pin(forget_visitors(database, merchant))),
};

/// Deletes the journeys of visitors who are to be forgotten, a bounded number of them.
///
/// # Errors
/// A shard could not be reached: the visitor waits.
async fn forget_visitors(database: &Database, merchant: &Merchant) -> Result<()> {
    let visitors = database.query(
        "SELECT visitor FROM forgotten_visitors LIMIT ?",
        &[MAX_PER_RUN.into()],
    )?;
    for row in &visitors {
        let text = row.text(0)?;
        let visitor = text.parse();
        let visitor = visitor
            .map_err(|error: waymark_click::VisitorIdError| Error::RustError(error.to_string()))?;
        journeys::forget(merchant, visitor).await?;
        database.transaction(|tx| forgotten(tx, &text))?;
    }
    Ok(())
}

fn forgotten(tx: &Tx<'_>, visitor: &str) -> Result<()> {
    tx.run(
        "DELETE FROM forgotten_visitors WHERE visitor = ?",
        &[visitor.into()],
    )
}
