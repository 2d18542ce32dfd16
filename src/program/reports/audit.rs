//! What people did, and why: only added to, but that who is forgotten is so here too.

use waymark_ledger::Person;
use worker::Result;

use crate::platform::sql::{Database, Tx};
use crate::program::format::{LAST, time};
use crate::program::orders::rows::Key;
use crate::program::protocol::Page;
use crate::program::protocol::reports::AuditView;

/// Notes what a person did. To be called inside the transaction that does it.
pub fn note(
    tx: &Tx<'_>,
    actor: &str,
    action: &str,
    subject: &str,
    reason: &str,
    now: i64,
) -> Result<()> {
    tx.run(
        "INSERT INTO audit (at, actor, action, subject, reason) VALUES (?, ?, ?, ?, ?)",
        &[
            now.into(),
            actor.into(),
            action.into(),
            subject.into(),
            reason.into(),
        ],
    )
}

/// Notes what a person did to an order. To be called inside the transaction that does it.
pub fn note_of_order(
    tx: &Tx<'_>,
    key: Key<'_>,
    person: &Person,
    action: &str,
    now: i64,
) -> Result<()> {
    let subject = format!("order {}/{}", key.store, key.id);
    note(tx, person.name(), action, &subject, person.reason(), now)
}

/// Forgets a customer's key in what people did to customers. `a` is not the key of `ab`.
pub fn forget(tx: &Tx<'_>, key: &str) -> Result<()> {
    tx.run(
        "UPDATE audit SET subject = substr(replace(replace(', ' || subject,
           ', ' || ?1 || ', ', ', erased, '), ', ' || ?1 || ' to ', ', erased to '), 3)
         WHERE action = 'assign' AND instr(subject, ?1)",
        &[key.into()],
    )
}

/// What people did, the latest first.
pub fn list(database: &Database, after: Option<i64>, limit: u8) -> Result<Page<AuditView>> {
    let before = after.unwrap_or(LAST).clamp(0, LAST);
    let rows = database.query(
        "SELECT number, at, actor, action, subject, reason FROM audit
         WHERE number < ? ORDER BY number DESC LIMIT ?",
        &[before.into(), i64::from(limit).into()],
    )?;
    let items = rows
        .iter()
        .map(|row| {
            Ok(AuditView {
                number: row.integer(0)?,
                at: time(row.integer(1)?),
                by: row.text(2)?,
                action: row.text(3)?,
                subject: row.text(4)?,
                reason: row.text(5)?,
            })
        })
        .collect::<Result<_>>()?;
    Ok(Page::of(items, limit, |last| last.number.to_string()))
}
