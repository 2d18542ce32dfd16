//! Everything that is decided of an order is written here, and nowhere else.

use std::collections::BTreeSet;
use waymark_attribution::money::Currency;

use waymark_attribution::time::Instant;
use waymark_ledger::{Approval, Moved};
use waymark_orders::known::Joined;
use waymark_orders::{Around, Decided, Known, Row, customer};
use worker::Result;

use crate::platform::sql::Tx;
use crate::program::customers::assignments;
use crate::program::ledger::conversions;
use crate::program::messages::events;
use crate::program::orders::rows::{Key, OwnedKey};

/// Writes what was decided.
pub fn decided(
    tx: &Tx<'_>,
    key: Key<'_>,
    known: &Known,
    around: &Around,
    decided: &Decided,
    at: Instant,
) -> Result<()> {
    let Some(row) = &decided.row else {
        return Ok(());
    };
    let now = at.as_millis();
    let postings = &decided.postings;
    if !postings.is_empty() {
        let numbers = conversions::add(tx, key, postings)?;
        events::of_postings(tx, key, postings, &numbers, known.amount(), now)?;
    }
    if let Some(assignments) = &around.assignments {
        assignments::change(tx, key, assignments, &decided.assignments)?;
    }
    if decided.review_is_news {
        events::of_review(tx, key, now)?;
    }
    let customers = customer::named(key.store, &known.facts);
    order(tx, key, row, &customers, now)
}

fn order(
    tx: &Tx<'_>,
    key: Key<'_>,
    row: &Row,
    customers: &BTreeSet<String>,
    now: i64,
) -> Result<()> {
    tx.run(
        "INSERT INTO orders (store, id, state, problem, flags, placed_at, currency, review, the_case,
           decision, due_at, changed_at, first_seen_at, customers, approval)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12, ?13, ?14)
         ON CONFLICT DO UPDATE SET state = excluded.state, problem = excluded.problem,
           flags = excluded.flags, placed_at = excluded.placed_at, currency = excluded.currency,
           review = excluded.review, the_case = excluded.the_case, decision = excluded.decision,
           due_at = excluded.due_at, changed_at = excluded.changed_at,
           customers = excluded.customers",
        &[
            key.store.into(),
            key.id.into(),
            row.state.as_str().into(),
            row.problem.as_deref().into(),
            (&serde_json::to_string(&row.flags)?).into(),
            row.placed_at.map(Instant::as_millis).into(),
            row.currency.as_ref().map(Currency::code).into(),
            i64::from(row.review).into(),
            row.case.as_deref().into(),
            row.decision.as_deref().into(),
            row.due_at.map(Instant::as_millis).into(),
            now.into(),
            (&serde_json::to_string(customers)?).into(),
            (&serde_json::to_string(&Approval::Open)?).into(),
        ],
    )
}

/// Writes what an approval, or taking it back, changes. The case is kept as it is at that time.
pub fn moved(tx: &Tx<'_>, key: Key<'_>, known: &Known, moved: &Moved, now: i64) -> Result<()> {
    let numbers = conversions::add(tx, key, &moved.postings)?;
    let amount = known.amount();
    events::of_postings(tx, key, &moved.postings, &numbers, amount, now)?;
    let approved = moved.approval.is_approved();
    tx.run(
        "UPDATE orders SET approval = ?1, due_at = NULL, changed_at = ?2,
           review = CASE WHEN ?3 THEN 0 ELSE 1 END, acknowledged = CASE WHEN ?3 THEN flags ELSE acknowledged END,
           frozen_case = CASE WHEN ?3 OR erased_at IS NOT NULL THEN coalesce(frozen_case, the_case) END
         WHERE store = ?4 AND id = ?5",
        &[
            (&serde_json::to_string(&moved.approval)?).into(),
            now.into(),
            i64::from(approved).into(),
            key.store.into(),
            key.id.into(),
        ],
    )
}

/// Writes that a person has seen an order's flags.
pub fn acknowledged(tx: &Tx<'_>, key: Key<'_>, now: i64) -> Result<()> {
    tx.run(
        "UPDATE orders SET acknowledged = flags, review = 0, changed_at = ? WHERE store = ? AND id = ?",
        &[now.into(), key.store.into(), key.id.into()],
    )
}

/// Writes that an order is not approved by itself.
pub fn not_by_itself(tx: &Tx<'_>, key: Key<'_>) -> Result<()> {
    tx.run(
        "UPDATE orders SET due_at = NULL WHERE store = ? AND id = ?",
        &[key.store.into(), key.id.into()],
    )
}

/// Calls those orders orphans of which nothing but what bears on them was heard up to then
/// (milliseconds), a bounded number of them: store and id.
pub fn orphans(tx: &Tx<'_>, until: i64, most: i64, now: i64) -> Result<Vec<OwnedKey>> {
    let orphans = tx.query(
        "UPDATE orders SET state = 'orphan', changed_at = ?1 WHERE (store, id) IN
           (SELECT store, id FROM orders INDEXED BY orders_waiting
            WHERE state = 'waiting' AND first_seen_at <= ?2
            ORDER BY first_seen_at LIMIT ?3)
         RETURNING store, id",
        &[now.into(), until.into(), most.into()],
    )?;
    orphans.iter().map(OwnedKey::read).collect()
}

/// Makes one row of those of two orders that turned out to be one, of either of which there may be
/// none yet. `customers`: the keys that either names.
pub fn joined(
    tx: &Tx<'_>,
    from: Key<'_>,
    to: Key<'_>,
    joined: &Joined,
    customers: &BTreeSet<String>,
) -> Result<()> {
    tx.run(
        "UPDATE OR IGNORE orders SET id = ? WHERE store = ? AND id = ?",
        &[to.id.into(), from.store.into(), from.id.into()],
    )?;
    tx.run(
        "DELETE FROM orders WHERE store = ? AND id = ?",
        &[from.store.into(), from.id.into()],
    )?;
    tx.run(
        "UPDATE orders SET approval = ?, frozen_case = ?, first_seen_at = coalesce(?, first_seen_at),
           customers = ?
         WHERE store = ? AND id = ?",
        &[
            (&serde_json::to_string(&joined.approval)?).into(),
            joined.frozen_case.as_deref().into(),
            joined.first_seen_at.map(Instant::as_millis).into(),
            (&serde_json::to_string(customers)?).into(),
            to.store.into(),
            to.id.into(),
        ],
    )
}

/// Takes the customer out of an order's row. Its case stays what it is, and is decided as before: one
/// text stands for each of the `emails` on both of its sides. It is that of the orders which renew this
/// one, too.
pub fn forgotten(tx: &Tx<'_>, key: Key<'_>, emails: &[String]) -> Result<()> {
    tx.run(
        "UPDATE orders SET frozen_case = coalesce(frozen_case, the_case), customers = '[]',
           erased_at = changed_at
         WHERE store = ? AND id = ?",
        &[key.store.into(), key.id.into()],
    )?;
    for email in emails {
        tx.run(
            "UPDATE orders SET the_case = replace(the_case, ?1, 'erased'),
               frozen_case = replace(frozen_case, ?1, 'erased')
             WHERE store = ?2 AND id IN (
               SELECT ?3
               UNION SELECT renewal.order_id FROM subscription_orders AS own
               CROSS JOIN subscription_orders AS renewal USING (store, subscription)
               WHERE own.store = ?2 AND own.order_id = ?3 AND own.renewal = 0
                 AND renewal.renewal IN (1, 2))",
            &[email.into(), key.store.into(), key.id.into()],
        )?;
    }
    Ok(())
}
