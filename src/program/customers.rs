//! Customers and the affiliates they belong to. An assignment that an order made stays; a person
//! may make another, from then on.
//!
//! A customer is known by the store's id, which the store vouches for, or by an e-mail, which any
//! shopper can type. So the id's assignment counts before the e-mail's. Two that stand in one
//! order are one person, and have each other's assignments from that order on.

use waymark_attribution::time::Instant;
use waymark_checkout::fact::OrderSnapshot;
use waymark_program::case::Assigned;
use worker::{Error, Result};

use super::audit;
use super::commands::Reassign;
use super::orders::Key;
use super::reading::time;
use super::views::AssignmentView;
use crate::sql::Database;

/// Orders of a customer that are decided again once an assignment is known.
const MOST_ORDERS: i64 = 1_000;

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

    /// The customer's own keys, then those that an order placed until then names beside one of them.
    fn with_others(&self, database: &Database, until: Instant) -> Result<Vec<String>> {
        let others = database.query(
            "SELECT DISTINCT beside.customer FROM customer_orders AS own
             JOIN customer_orders AS beside USING (source, order_id)
             WHERE own.customer IN (SELECT value FROM json_each(?)) AND own.placed_at <= ?
             ORDER BY beside.customer",
            &[
                (&serde_json::to_string(&self.0)?).into(),
                until.as_millis().into(),
            ],
        )?;
        let mut keys = self.0.clone();
        for row in &others {
            let other = row.text(0)?;
            if !keys.contains(&other) {
                keys.push(other);
            }
        }
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
        // The customer's own keys, in their sequence, then those that an order placed until then
        // names beside one of them.
        let rows = database.query(
            "WITH known (customer, place) AS (
               SELECT value, key FROM json_each(?1)
               UNION ALL
               SELECT DISTINCT beside.customer, 2 FROM customer_orders AS own
               JOIN customer_orders AS beside USING (source, order_id)
               WHERE own.customer IN (SELECT value FROM json_each(?1)) AND own.placed_at <= ?2)
             SELECT affiliate, begins FROM known JOIN customer_affiliates ON number =
               (SELECT number FROM customer_affiliates AS his
                WHERE his.customer = known.customer AND begins <= ?2
                  AND (ends IS NULL OR ends > ?2) AND NOT (source IS ?3 AND order_id IS ?4)
                ORDER BY begins DESC, number DESC LIMIT 1)
             ORDER BY known.place, known.customer",
            &[
                (&serde_json::to_string(&self.0)?).into(),
                placed_at.as_millis().into(),
                order.source.into(),
                order.id.into(),
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

    /// Makes the assignment that a decision asks for. One that exists stays, even if this order
    /// was placed earlier and is only heard of later; then a person is told – unless it was this order
    /// that had made the one before.
    pub fn assign(
        &self,
        database: &Database,
        order: Key<'_>,
        affiliate: &str,
        since: Instant,
        flags: &mut Vec<String>,
    ) -> Result<()> {
        let customers = serde_json::to_string(&self.0)?;
        let made = database.first(
            "INSERT INTO customer_affiliates (customer, affiliate, begins, source, order_id)
             SELECT value, ?2, ?3, ?4, ?5 FROM json_each(?1) WHERE NOT EXISTS
               (SELECT 1 FROM customer_affiliates
                WHERE customer = value AND (ends IS NULL OR ends > ?3)) RETURNING 1",
            &[
                (&customers).into(),
                affiliate.into(),
                since.as_millis().into(),
                order.source.into(),
                order.id.into(),
            ],
        )?;
        let kept = database.query(
            "SELECT DISTINCT affiliate FROM customer_affiliates AS kept
             WHERE customer IN (SELECT value FROM json_each(?)) AND ends IS NULL
               AND affiliate <> ? AND NOT EXISTS
                 (SELECT 1 FROM customer_affiliates AS own
                  WHERE own.customer = kept.customer AND own.source = ? AND own.order_id = ?)",
            &[
                (&customers).into(),
                affiliate.into(),
                order.source.into(),
                order.id.into(),
            ],
        )?;
        for row in &kept {
            let kept = row.text(0)?;
            flags.push(format!(
                "the customer belongs to {kept} already, which stays; this order would have \
                 assigned {affiliate}"
            ));
        }
        if made.is_some() {
            self.unsettle(database, order, since)?;
        }
        Ok(())
    }

    /// Has the customer's orders decided again that were placed from then on.
    fn unsettle(&self, database: &Database, but: Key<'_>, since: Instant) -> Result<()> {
        let keys = self.with_others(database, since)?;
        database.run(
            "INSERT OR IGNORE INTO unsettled (source, order_id)
             SELECT source, order_id FROM customer_orders
             WHERE customer IN (SELECT value FROM json_each(?)) AND placed_at >= ?
               AND NOT (source = ? AND order_id = ?)
             ORDER BY placed_at LIMIT ?",
            &[
                (&serde_json::to_string(&keys)?).into(),
                since.as_millis().into(),
                but.source.into(),
                but.id.into(),
                MOST_ORDERS.into(),
            ],
        )
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
    for key in &customer.with_others(database, Instant::from_millis(now))? {
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
