//! Customers and the affiliates they belong to. An assignment, once made, stays.

use waymark_attribution::Decision;
use waymark_attribution::time::Instant;
use waymark_checkout::fact::OrderSnapshot;
use waymark_program::case::Assigned;
use worker::Result;

use super::orders::Key;
use crate::sql::Database;

/// The keys by which an order's customer may be known.
pub struct Customer(Vec<String>);

impl Customer {
    /// The customer that a version of an order names; `source` is the store.
    pub fn of(source: &str, order: &OrderSnapshot) -> Self {
        let id = order.customer_id.as_ref();
        let email = order.email.as_ref();
        let id = id.map(|id| format!("id:{source}:{id}"));
        let email = email.map(|email| format!("email:{}", email.as_str()));
        Self(id.into_iter().chain(email).collect())
    }

    pub fn into_keys(self) -> Vec<String> {
        self.0
    }

    /// The assignment in force when the order was placed, but for one that the order itself made:
    /// folded again, it must be decided as it was.
    pub fn assigned(
        &self,
        database: &Database,
        order: Key<'_>,
        placed_at: Instant,
    ) -> Result<Option<Assigned>> {
        for customer in &self.0 {
            let row = database.first(
                "SELECT affiliate, at FROM assignments
                 WHERE customer = ? AND at <= ? AND NOT (source = ? AND order_id = ?)",
                &[
                    customer.into(),
                    placed_at.as_millis().into(),
                    order.source.into(),
                    order.id.into(),
                ],
            )?;
            if let Some(row) = row {
                return Ok(Some(Assigned {
                    affiliate: row.text(0)?,
                    at: Instant::from_millis(row.integer(1)?),
                }));
            }
        }
        Ok(None)
    }

    /// Makes the assignment that a decision asks for. One that exists stays, even if this order
    /// was placed earlier and is only heard of later; then a person is told.
    pub fn assign(
        &self,
        database: &Database,
        order: Key<'_>,
        decision: &Decision,
        flags: &mut Vec<String>,
    ) -> Result<()> {
        let Some(assign) = &decision.assign else {
            return Ok(());
        };
        let affiliate: &str = &assign.affiliate;
        for customer in &self.0 {
            database.run(
                "INSERT OR IGNORE INTO assignments (customer, affiliate, at, source, order_id)
                 VALUES (?, ?, ?, ?, ?)",
                &[
                    customer.into(),
                    affiliate.into(),
                    assign.at.as_millis().into(),
                    order.source.into(),
                    order.id.into(),
                ],
            )?;
            let kept = database.first(
                "SELECT affiliate FROM assignments WHERE customer = ?",
                &[customer.into()],
            )?;
            let kept = kept.map(|row| row.text(0)).transpose()?;
            if let Some(kept) = kept.filter(|kept| kept != affiliate) {
                let flag = format!(
                    "the customer belongs to {kept} already, which stays; this order would have \
                     assigned {affiliate}"
                );
                if !flags.contains(&flag) {
                    flags.push(flag);
                }
            }
        }
        Ok(())
    }
}
