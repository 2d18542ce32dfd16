//! Customers and the affiliates they belong to. An assignment that an order made stays; a person
//! may make another, from then on.
//!
//! A customer is known by the store's id, which the store vouches for, or by an e-mail, which any
//! shopper can type. So the id's assignment counts before the e-mail's. Those that orders tell to be
//! one person have each other's assignments from then on.

use std::collections::BTreeSet;

use waymark_attribution::time::Instant;
use waymark_facts::fact::OrderSnapshot;
use waymark_orders::assignment::{Assignment, Assignments, Changes, Placed};
use waymark_orders::customer;
use worker::{Error, Result};

use crate::platform::sql::{Database, Tx};
use crate::program::customers::identities::{self, KNOWN};
use crate::program::format::{LAST, time};
use crate::program::orders::rows::Key;
use crate::program::protocol::Page;
use crate::program::protocol::customers::{
    AssignCustomer, AssignmentView, CustomerOrder, CustomerView, Who,
};
use crate::program::protocol::orders::OrderPlace;
use crate::program::reports::audit;

/// The keys by which an order's customer may be known, that which counts first first.
pub struct Customer(Vec<String>);

impl Customer {
    /// The customer that a version of an order names; `store` is the store.
    pub fn of(store: &str, order: &OrderSnapshot) -> Self {
        Self(customer::keys(store, order))
    }

    /// The customer of that store's id, or of that e-mail's hash, or of both.
    pub fn known_by(store: &str, id: Option<&str>, email: Option<&str>) -> Self {
        Self(customer::known_by(store, id, email))
    }

    pub fn into_keys(self) -> Vec<String> {
        self.0
    }

    /// The assignments of all that the customer of an order was known by when it was placed, which
    /// were in force then or began later. `named` are the keys that all versions of the order name.
    pub fn assignments_since(
        &self,
        database: &Database,
        order: Key<'_>,
        placed_at: Instant,
        named: &BTreeSet<String>,
    ) -> Result<Assignments> {
        let made = match self.0.is_empty() {
            true => Vec::new(),
            false => self.made(database, order, placed_at, named)?,
        };
        Ok(Assignments {
            named: self.0.clone(),
            placed: Placed {
                at: placed_at,
                store: order.store.to_owned(),
                order: order.id.to_owned(),
            },
            made,
        })
    }

    fn made(
        &self,
        database: &Database,
        order: Key<'_>,
        placed_at: Instant,
        named: &BTreeSet<String>,
    ) -> Result<Vec<Assignment>> {
        // Whom an earlier version named is not told by the order as it was last decided.
        let own: BTreeSet<&String> = self.0.iter().chain(named).collect();
        database
            .query(
                &format!(
                    "{KNOWN}
                     SELECT number, customer, affiliate, valid_from, valid_to, coalesce(store, ''),
                       coalesce(order_id, ''), store IS ?3 AND order_id IS ?4
                     FROM customer_affiliates WHERE customer IN (SELECT customer FROM known)
                       AND (valid_to IS NULL OR valid_to > ?2) ORDER BY number"
                ),
                &[
                    (&serde_json::to_string(&own)?).into(),
                    placed_at.as_millis().into(),
                    order.store.into(),
                    order.id.into(),
                ],
            )?
            .iter()
            .map(|row| {
                Ok(Assignment {
                    number: row.integer(0)?,
                    key: row.text(1)?,
                    affiliate: row.text(2)?,
                    valid_from: Placed {
                        at: Instant::from_millis(row.integer(3)?),
                        store: row.text(5)?,
                        order: row.text(6)?,
                    },
                    own: row.integer(7)? != 0,
                    valid_to: row.optional_integer(4)?.map(Instant::from_millis),
                })
            })
            .collect()
    }

    /// The orders of all that the customer is known by, the latest first.
    pub fn orders(
        &self,
        database: &Database,
        after: Option<OrderPlace>,
        limit: u8,
    ) -> Result<Page<CustomerOrder>> {
        let keys = identities::keys(database, &self.0, identities::always())?;
        let (placed_at, store, id) = after.unwrap_or((LAST, String::new(), String::new()));
        let rows = database.query(
            "SELECT DISTINCT placed_at, store, order_id FROM customer_orders
             WHERE customer IN (SELECT value FROM json_each(?))
               AND (placed_at, store, order_id) < (?, ?, ?)
             ORDER BY placed_at DESC, store DESC, order_id DESC LIMIT ?",
            &[
                (&serde_json::to_string(&keys)?).into(),
                placed_at.clamp(0, LAST).into(),
                (&store).into(),
                (&id).into(),
                i64::from(limit).into(),
            ],
        )?;
        let places = rows
            .iter()
            .map(|row| Ok((row.integer(0)?, row.text(1)?, row.text(2)?)));
        let places = places.collect::<Result<Vec<OrderPlace>>>()?;
        let next = serde_json::to_string(&places.last())?;
        let orders = places
            .into_iter()
            .map(|(placed_at, store, id)| CustomerOrder {
                store,
                id,
                placed_at: time(placed_at),
            });
        Ok(Page::of(orders.collect(), limit, |_| next))
    }

    /// Every assignment that the customer ever had, the latest first.
    pub fn assignments(&self, database: &Database) -> Result<Vec<AssignmentView>> {
        database
            .query(
                // It ends where the next one of its key begins, if nobody has ended it before.
                "SELECT affiliate, valid_from, coalesce(min(valid_to, next), valid_to, next), store, order_id,
                   actor, reason
                 FROM (SELECT *, lead(valid_from) OVER
                         (PARTITION BY customer ORDER BY valid_from, store, order_id) AS next
                       FROM customer_affiliates
                       WHERE customer IN (SELECT value FROM json_each(?)))
                 ORDER BY valid_from DESC, number DESC",
                &[(&serde_json::to_string(&self.0)?).into()],
            )?
            .iter()
            .map(|row| {
                Ok(AssignmentView {
                    affiliate: row.text(0)?,
                    valid_from: time(row.integer(1)?),
                    valid_to: row.optional_integer(2)?.map(time),
                    store: row.optional_text(3)?,
                    order: row.optional_text(4)?,
                    by: row.optional_text(5)?,
                    reason: row.optional_text(6)?,
                })
            })
            .collect()
    }
}

/// Makes what an order changes about its customer's assignments so, and has the person's later
/// orders decided again.
pub fn change(
    tx: &Tx<'_>,
    order: Key<'_>,
    assignments: &Assignments,
    changes: &Changes,
) -> Result<()> {
    let since = assignments.placed.at;
    if !changes.removed.is_empty() {
        tx.run(
            "DELETE FROM customer_affiliates WHERE number IN (SELECT value FROM json_each(?))",
            &[(&serde_json::to_string(&changes.removed)?).into()],
        )?;
    }
    if let Some(assign) = &changes.assign {
        tx.run(
            "UPDATE customer_affiliates SET affiliate = ?, valid_from = ?
             WHERE number IN (SELECT value FROM json_each(?))",
            &[
                (&assign.affiliate).into(),
                since.as_millis().into(),
                (&serde_json::to_string(&assign.changed)?).into(),
            ],
        )?;
        tx.run(
            "INSERT INTO customer_affiliates (customer, affiliate, valid_from, valid_to, store, order_id)
             SELECT value, ?, ?, ?, ?, ? FROM json_each(?)",
            &[
                (&assign.affiliate).into(),
                since.as_millis().into(),
                assign.valid_to.map(|end| end.as_millis()).into(),
                order.store.into(),
                order.id.into(),
                (&serde_json::to_string(&assign.keys)?).into(),
            ],
        )?;
    } else if changes.removed.is_empty() {
        return Ok(());
    }
    // An order that was placed earlier may have left the customer to what is taken back.
    let since = match changes.takes_back() {
        true => Instant::from_millis(0),
        false => since,
    };
    identities::mark_stale(tx, order, &assignments.named, since, identities::always())
}

/// What is kept of a customer, with a page of the orders.
pub fn lookup(
    database: &Database,
    who: &Who,
    after: Option<OrderPlace>,
    limit: u8,
) -> Result<CustomerView> {
    let customer = who.customer();
    let Page { items, next } = customer.orders(database, after, limit)?;
    Ok(CustomerView {
        assignments: customer.assignments(database)?,
        orders: items,
        next,
    })
}

/// Assigns a customer to another affiliate, or to none, from now on. Orders placed before stay as
/// they are. `None` if the program has no such affiliate in force.
pub fn reassign(
    tx: &Tx<'_>,
    wanted: &AssignCustomer,
    now: i64,
) -> Result<Option<Vec<AssignmentView>>> {
    if let Some(affiliate) = &wanted.affiliate {
        let known = tx.first(
            "SELECT 1 FROM directory WHERE kind = 'affiliate' AND key = ? AND valid_to IS NULL",
            &[affiliate.into()],
        )?;
        if known.is_none() {
            return Ok(None);
        }
    }
    let customer = wanted.who.customer();
    if customer.0.is_empty() {
        return Err(Error::RustError("customers: named by nothing".into()));
    }
    // All that the customer is known by, or an order would find another assignment by another key.
    let since = Instant::from_millis(now);
    let keys = identities::keys(tx, &customer.0, since)?;
    // By the store's clock, an order that was heard of already may be placed later than that.
    let no_order = Key { store: "", id: "" };
    identities::mark_stale(tx, no_order, &keys, since, identities::always())?;
    for key in &keys {
        tx.run(
            "UPDATE customer_affiliates SET valid_to = ? WHERE customer = ? AND valid_to IS NULL",
            &[now.into(), key.into()],
        )?;
        if let Some(affiliate) = &wanted.affiliate {
            tx.run(
                "INSERT INTO customer_affiliates (customer, affiliate, valid_from, actor, reason)
                 VALUES (?, ?, ?, ?, ?)",
                &[
                    key.into(),
                    affiliate.into(),
                    now.into(),
                    (&wanted.by).into(),
                    (&wanted.reason).into(),
                ],
            )?;
        }
    }
    let to = wanted.affiliate.as_deref().unwrap_or("nobody");
    let subject = format!("{} to {to}", customer.0.join(", "));
    audit::note(tx, &wanted.by, "assign", &subject, &wanted.reason, now)?;
    customer.assignments(tx).map(Some)
}

/// Forgets whose a customer was.
pub fn forget(tx: &Tx<'_>, customer: &str) -> Result<()> {
    tx.run(
        "DELETE FROM customer_affiliates WHERE customer = ?",
        &[customer.into()],
    )
}
