//! Customers and the affiliates they belong to. An assignment that an order made stays; a person
//! may make another, from then on.
//!
//! A customer is known by the store's id, which the store vouches for, or by an e-mail, which any
//! shopper can type. So the id's assignment counts before the e-mail's. Those that orders tell to be
//! one person have each other's assignments from then on.

use waymark_attribution::time::Instant;
use waymark_checkout::fact::OrderSnapshot;
use waymark_program::assignment::{Assigning, Kept};
use waymark_program::case::Assigned;
use worker::{Error, Result};

use super::commands::{OrderPlace, Reassign, Who};
use super::orders::Key;
use super::reading::{LAST, time};
use super::views::{AssignmentView, CustomerOrder, CustomerView, Page};
use super::{audit, persons};
use crate::sql::Database;

/// The keys by which an order's customer may be known, that which counts first first.
pub struct Customer(Vec<String>);

impl Customer {
    /// The customer that a version of an order names; `source` is the store.
    pub fn of(source: &str, order: &OrderSnapshot) -> Self {
        let email = order.email.as_ref().map(|email| email.as_str());
        Self::known_by(source, order.customer_id.as_deref(), email)
    }

    /// The customer of that store's id, or of that e-mail's hash, or of both.
    pub fn known_by(source: &str, id: Option<&str>, email: Option<&str>) -> Self {
        let id = id.map(|id| format!("id:{source}:{id}"));
        let email = email.map(|email| format!("email:{email}"));
        Self(id.into_iter().chain(email).collect())
    }

    pub fn into_keys(self) -> Vec<String> {
        self.0
    }

    /// All that the customer of an order is known by, as orders placed until then tell: the own keys
    /// first.
    fn known_until(
        &self,
        database: &Database,
        order: Key<'_>,
        until: Instant,
    ) -> Result<Vec<String>> {
        let Some(others) = persons::of_first_order(database, order)? else {
            return persons::keys(database, &self.0, until);
        };
        let mut keys = self.0.clone();
        keys.extend(others.into_iter().filter(|key| !self.0.contains(key)));
        Ok(keys)
    }

    /// The assignment in force when the order was placed, but for one that the order itself made:
    /// folded again, it must be decided as it was.
    pub fn assigned(
        &self,
        database: &Database,
        order: Key<'_>,
        placed_at: Instant,
        flags: &mut Vec<String>,
    ) -> Result<Option<Assigned>> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let keys = self.known_until(database, order, placed_at)?;
        // Of the other keys, too, ids come before e-mails; of several, the first assignment counts.
        let rows = database.query(
            "SELECT affiliate, begins FROM json_each(?1) AS named
             JOIN customer_affiliates ON number =
               (SELECT number FROM customer_affiliates AS his
                WHERE his.customer = named.value AND begins <= ?2
                  AND (ends IS NULL OR ends > ?2) AND NOT (source IS ?3 AND order_id IS ?4)
                ORDER BY begins DESC, number DESC LIMIT 1)
             ORDER BY min(named.key, ?5), named.value LIKE 'email:%', begins, named.value",
            &[
                (&serde_json::to_string(&keys)?).into(),
                placed_at.as_millis().into(),
                order.source.into(),
                order.id.into(),
                i64::try_from(self.0.len()).unwrap_or(i64::MAX).into(),
            ],
        )?;
        let found = rows.iter().map(|row| {
            Ok(Assigned {
                affiliate: row.text(0)?,
                at: Instant::from_millis(row.integer(1)?),
            })
        });
        let (counts, flag) = Assigned::of_one_person(found.collect::<Result<_>>()?);
        flags.extend(flag);
        Ok(counts)
    }

    /// Makes the assignment that a decision asks for, if it may.
    pub fn assign(
        &self,
        database: &Database,
        order: Key<'_>,
        affiliate: &str,
        since: Instant,
        flags: &mut Vec<String>,
    ) -> Result<()> {
        let kept = self.kept(database, order, since)?;
        let assigning = Assigning::new(&self.0, affiliate, &kept);
        flags.extend(assigning.flags);
        if assigning.keys.is_empty() {
            return Ok(());
        }
        database.run(
            "INSERT INTO customer_affiliates (customer, affiliate, begins, source, order_id)
             SELECT value, ?, ?, ?, ? FROM json_each(?)",
            &[
                affiliate.into(),
                since.as_millis().into(),
                order.source.into(),
                order.id.into(),
                (&serde_json::to_string(&assigning.keys)?).into(),
            ],
        )?;
        persons::unsettle(database, order, &self.0, since, persons::always())
    }

    /// The assignments of all that the customer was known by at a time which were in force then or
    /// began later.
    fn kept(&self, database: &Database, order: Key<'_>, since: Instant) -> Result<Vec<Kept>> {
        let keys = self.known_until(database, order, since)?;
        database
            .query(
                "SELECT customer, affiliate, source IS ? AND order_id IS ?, ends IS NOT NULL
                 FROM customer_affiliates WHERE customer IN (SELECT value FROM json_each(?))
                   AND (ends IS NULL OR ends > ?)",
                &[
                    order.source.into(),
                    order.id.into(),
                    (&serde_json::to_string(&keys)?).into(),
                    since.as_millis().into(),
                ],
            )?
            .iter()
            .map(|row| {
                Ok(Kept {
                    key: row.text(0)?,
                    affiliate: row.text(1)?,
                    own: row.integer(2)? != 0,
                    ended: row.integer(3)? != 0,
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
        let keys = persons::keys(database, &self.0, persons::always())?;
        let (placed_at, source, id) = after.unwrap_or((LAST, String::new(), String::new()));
        let rows = database.query(
            "SELECT DISTINCT placed_at, source, order_id FROM customer_orders
             WHERE customer IN (SELECT value FROM json_each(?))
               AND (placed_at, source, order_id) < (?, ?, ?)
             ORDER BY placed_at DESC, source DESC, order_id DESC LIMIT ?",
            &[
                (&serde_json::to_string(&keys)?).into(),
                placed_at.clamp(0, LAST).into(),
                (&source).into(),
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
            .map(|(placed_at, source, id)| CustomerOrder {
                source,
                id,
                placed_at: time(placed_at),
            });
        Ok(Page::of(orders.collect(), limit, |_| next))
    }

    /// Every assignment that the customer ever had, the latest first.
    pub fn assignments(&self, database: &Database) -> Result<Vec<AssignmentView>> {
        database
            .query(
                "SELECT affiliate, begins, ends, source, order_id, actor, reason
                 FROM customer_affiliates WHERE customer IN (SELECT value FROM json_each(?))
                 ORDER BY begins DESC, number DESC",
                &[(&serde_json::to_string(&self.0)?).into()],
            )?
            .iter()
            .map(|row| {
                Ok(AssignmentView {
                    affiliate: row.text(0)?,
                    begins: time(row.integer(1)?),
                    ends: row.optional_integer(2)?.map(time),
                    source: row.optional_text(3)?,
                    order: row.optional_text(4)?,
                    by: row.optional_text(5)?,
                    reason: row.optional_text(6)?,
                })
            })
            .collect()
    }
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
///
/// To be called inside a transaction.
pub fn reassign(
    database: &Database,
    wanted: &Reassign,
    now: i64,
) -> Result<Option<Vec<AssignmentView>>> {
    if let Some(affiliate) = &wanted.affiliate {
        let known = database.first(
            "SELECT 1 FROM directory WHERE kind = 'affiliate' AND key = ? AND ends IS NULL",
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
    for key in &persons::keys(database, &customer.0, Instant::from_millis(now))? {
        database.run(
            "UPDATE customer_affiliates SET ends = ? WHERE customer = ? AND ends IS NULL",
            &[now.into(), key.into()],
        )?;
        if let Some(affiliate) = &wanted.affiliate {
            database.run(
                "INSERT INTO customer_affiliates (customer, affiliate, begins, actor, reason)
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
    audit::note(
        database,
        &wanted.by,
        "assign",
        &subject,
        &wanted.reason,
        now,
    )?;
    customer.assignments(database).map(Some)
}
