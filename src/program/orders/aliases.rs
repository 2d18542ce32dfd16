//! Other names of orders. A store's calls may speak of one order by several: Stripe's refund names
//! the payment, and its checkout session says which payment that is. Whichever is heard first, all
//! of it comes to stand with the order.
//!
//! A payment may be shared by orders that are not one, such as two invoices: then what is heard of it is
//! about each of them.

use std::collections::BTreeSet;

use waymark_facts::Fact;
use waymark_ledger::{Cause, withdrawn};
use waymark_orders::Known;
use waymark_orders::known::{Side, joined};
use waymark_stores::stripe;
use worker::{Error, Result};

use crate::platform::sql::{Database, Tx};
use crate::program::customers::{erasures, identities};
use crate::program::ledger::conversions;
use crate::program::messages::events;
use crate::program::orders::rows::{self, Key, instant};
use crate::program::orders::write;
use crate::program::orders::{deciding, renewals};

/// The id under which an order is kept that somebody speaks of by any of its names.
pub fn id(database: &Database, store: &str, name: String) -> Result<String> {
    let found = database.first(
        "SELECT order_id FROM order_aliases WHERE store = ? AND name = ?",
        &[store.into(), (&name).into()],
    )?;
    found.map_or(Ok(name), |row| row.text(0))
}

/// Notes other names of an order, and takes to it what was heard under them: of the names, or of
/// another order that has one of them, as a session and an invoice that were paid by one payment.
/// Whether that was anything.
pub fn note(tx: &Tx<'_>, key: Key<'_>, names: &[String], now: i64) -> Result<bool> {
    let mut moved = false;
    for name in names {
        let holder = id(tx, key.store, name.clone())?;
        // Of a holder its other names come along, whether anything was heard of it or not.
        let is_held = holder != *name;
        if is_held && holder != key.id && are_two(tx, key, &holder)? {
            moved |= share(tx, key, name, &holder, now)?;
            continue;
        }
        for (name, comes) in [(holder, is_held), (name.clone(), false)] {
            if name == key.id {
                continue;
            }
            tx.run(
                "INSERT INTO order_aliases (store, name, order_id) VALUES (?, ?, ?)
                 ON CONFLICT DO NOTHING",
                &[key.store.into(), (&name).into(), key.id.into()],
            )?;
            let heard = Key {
                store: key.store,
                id: &name,
            };
            let has_facts = has_facts(tx, heard)?;
            if comes || has_facts {
                take_over(tx, heard, key, now)?;
            }
            moved |= has_facts;
        }
    }
    Ok(moved)
}

/// Whether an order and the holder of a name are not one, though both have that name.
fn are_two(tx: &Tx<'_>, key: Key<'_>, holder: &str) -> Result<bool> {
    let names = |id: &str| {
        let names = tx.query(
            "SELECT ?2 UNION SELECT name FROM order_aliases WHERE store = ?1 AND order_id = ?2",
            &[key.store.into(), id.into()],
        )?;
        names
            .iter()
            .map(|row| row.text(0))
            .collect::<Result<Vec<_>>>()
    };
    let (own, others) = (names(key.id)?, names(holder)?);
    let is_another = |name: &String| own.iter().any(|own| stripe::are_two(own, name));
    Ok(others.iter().any(is_another))
}

/// Notes that two orders share a payment, and has each know what the others know of it. Whether that is
/// news.
fn share(tx: &Tx<'_>, key: Key<'_>, payment: &str, holder: &str, now: i64) -> Result<bool> {
    let mut is_news = false;
    for order in [holder, key.id] {
        let new = tx.first(
            "INSERT OR IGNORE INTO shared_payments (store, payment, order_id) VALUES (?, ?, ?)
             RETURNING 1",
            &[key.store.into(), payment.into(), order.into()],
        )?;
        is_news |= new.is_some();
    }
    if !is_news {
        return Ok(false);
    }
    let mut orders = sharing(tx, key, payment)?;
    orders.push(key.id.to_owned());
    let mut facts: Vec<Fact> = Vec::new();
    for id in &orders {
        let key = Key {
            store: key.store,
            id,
        };
        facts.extend(rows::read(tx, key)?.facts);
    }
    facts.retain(|fact| fact.payment() == Some(payment));
    for id in &orders {
        let key = Key {
            store: key.store,
            id,
        };
        deciding::hear(tx, key, &facts, now)?;
    }
    Ok(true)
}

/// Tells what was said of payments to the other orders that were paid by them.
pub fn pass_on(tx: &Tx<'_>, key: Key<'_>, facts: &[Fact], now: i64) -> Result<()> {
    let payments: BTreeSet<&str> = facts.iter().filter_map(Fact::payment).collect();
    for payment in payments {
        let orders = sharing(tx, key, payment)?;
        if orders.is_empty() {
            continue;
        }
        let of_it = facts.iter().filter(|fact| fact.payment() == Some(payment));
        let of_it: Vec<Fact> = of_it.cloned().collect();
        for id in &orders {
            let key = Key {
                store: key.store,
                id,
            };
            deciding::hear(tx, key, &of_it, now)?;
        }
    }
    Ok(())
}

/// The other orders that were paid by a payment, which several share.
fn sharing(tx: &Tx<'_>, key: Key<'_>, payment: &str) -> Result<Vec<String>> {
    let orders = tx.query(
        "SELECT order_id FROM shared_payments WHERE store = ? AND payment = ? AND order_id <> ?",
        &[key.store.into(), payment.into(), key.id.into()],
    )?;
    orders.iter().map(|row| row.text(0)).collect()
}

/// All tables that name an order by `store` and `order_id`. Events that were told stay as they were:
/// what is told later of the conversions names the order that they belong to then.
const PLACES: [&str; 11] = [
    "order_aliases",
    "shared_payments",
    "facts",
    "order_journeys",
    "customer_affiliates",
    "subscription_orders",
    "conversions",
    "calls",
    "order_fetches",
    "stale_orders",
    "erasures",
];

/// Has an order be another one. It is to be decided anew afterwards: that settles what was booked
/// twice, where nothing was approved.
fn take_over(tx: &Tx<'_>, from: Key<'_>, to: Key<'_>, now: i64) -> Result<()> {
    let erased = join(tx, from, to, now)?;
    for table in PLACES {
        tx.run(
            &format!("UPDATE OR IGNORE {table} SET order_id = ? WHERE store = ? AND order_id = ?"),
            &[to.id.into(), from.store.into(), from.id.into()],
        )?;
        // What is left is there already.
        tx.run(
            &format!("DELETE FROM {table} WHERE store = ? AND order_id = ?"),
            &[from.store.into(), from.id.into()],
        )?;
    }
    renewals::note_joined(tx, to)?;
    if erased {
        // What only the other one had heard of the customer.
        erasures::erase_order(tx, to)?;
    }
    Ok(())
}

/// Makes one of what is stored of two orders, of either of which there may be nothing yet. Where one
/// is approved, what the other one has booked is taken back. Whether the customer of either was
/// forgotten.
fn join(tx: &Tx<'_>, from: Key<'_>, to: Key<'_>, now: i64) -> Result<bool> {
    // Their customers are noted again before the two are decided as one.
    let mut customers: BTreeSet<String> = BTreeSet::new();
    for order in [from, to] {
        customers.extend(identities::of_order(tx, order)?);
        identities::forget_order(tx, order)?;
    }
    let (ends, stays) = (rows::read(tx, from)?, rows::read(tx, to)?);
    let joined = joined(&ends.stored, &stays.stored);
    match joined.withdrawn {
        Some(Side::Ends) => withdraw(tx, from, &ends.into(), to, now)?,
        Some(Side::Stays) => withdraw(tx, to, &stays.into(), to, now)?,
        None => {}
    }
    write::joined(tx, from, to, &joined, &customers)?;
    Ok(joined.erased)
}

/// Takes back what is booked of an order, whose approval does not count.
fn withdraw(tx: &Tx<'_>, from: Key<'_>, known: &Known, to: Key<'_>, now: i64) -> Result<()> {
    let cause = Cause {
        note: Some(format!("one order with {}/{}", to.store, to.id)),
        ..Cause::again(instant(now))
    };
    let postings = withdrawn(known.booked.clone(), &cause)
        .map_err(|error| Error::RustError(error.to_string()))?;
    let numbers = conversions::add(tx, from, &postings)?;
    events::of_postings(tx, to, &postings, &numbers, known.amount(), now)
}

fn has_facts(database: &Database, key: Key<'_>) -> Result<bool> {
    let any = database.first(
        "SELECT 1 FROM facts WHERE store = ? AND order_id = ? LIMIT 1",
        &[key.store.into(), key.id.into()],
    )?;
    Ok(any.is_some())
}
