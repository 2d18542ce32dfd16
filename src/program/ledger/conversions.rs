//! The book in SQLite: conversions, their entries, and what is owed to whom.

use waymark_attribution::money::Amount;
use waymark_ledger::{Booked, Claim, MAX_SUM, Posting, Status, Terms};
use worker::{Error, Result};

use crate::platform::sql::{Database, Row, Tx};
use crate::program::ledger::currencies;
use crate::program::orders::rows::{Key, OwnedKey};

const BOOKED: &str =
    "SELECT number, affiliate, method, evidence, currency, status, reason, visible,
       review, share_bp,
       (SELECT coalesce(sum(amount), 0) FROM entries WHERE conversion = conversions.number),
       credited OR EXISTS (SELECT 1 FROM entries WHERE conversion = conversions.number)
     FROM conversions";

/// The conversions that have entries in a payout, by order.
pub fn in_payout(database: &Database, payout: i64) -> Result<Vec<(OwnedKey, Vec<Booked>)>> {
    let orders = database.query(
        "SELECT DISTINCT store, order_id FROM entries
         JOIN conversions ON conversions.number = conversion WHERE payout = ?",
        &[payout.into()],
    )?;
    orders
        .iter()
        .map(|row| {
            let order = OwnedKey {
                store: row.text(0)?,
                id: row.text(1)?,
            };
            let rows = database.query(
                &format!(
                    "{BOOKED} WHERE store = ? AND order_id = ? AND number IN
                       (SELECT conversion FROM entries WHERE payout = ?) ORDER BY number"
                ),
                &[(&order.store).into(), (&order.id).into(), payout.into()],
            )?;
            let booked = rows.iter().map(booked_row).collect::<Result<_>>()?;
            Ok((order, booked))
        })
        .collect()
}

fn booked_row(row: &Row) -> Result<Booked> {
    Ok(Booked {
        number: row.integer(0)?,
        claim: Claim {
            affiliate: row.text(1)?,
            method: row.text(2)?,
            evidence: row.text(3)?,
            currency: currencies::currency(&row.text(4)?)?,
        },
        terms: Terms {
            status: status(&row.text(5)?)?,
            reason: row.optional_text(6)?,
            visible: row.integer(7)? != 0,
            review: row.integer(8)? != 0,
            share_bp: row.integer(9)?,
        },
        balance: Amount::from_minor(row.integer(10)?),
        was_credited: row.integer(11)? != 0,
    })
}

/// A status that the book has written down.
pub fn status(name: &str) -> Result<Status> {
    Status::named(name).ok_or_else(|| Error::RustError(format!("book: unknown status {name}")))
}

/// Adds to the book what is missing there; the numbers of the conversions, in the same sequence.
pub fn add(tx: &Tx<'_>, key: Key<'_>, postings: &[Posting]) -> Result<Vec<i64>> {
    let mut numbers = Vec::with_capacity(postings.len());
    for posting in postings {
        let number = match posting.number {
            Some(number) => {
                change(tx, number, posting)?;
                number
            }
            None => begin(tx, key, posting)?,
        };
        enter(tx, number, posting)?;
        numbers.push(number);
    }
    Ok(numbers)
}

fn enter(tx: &Tx<'_>, number: i64, posting: &Posting) -> Result<()> {
    let Some(entry) = &posting.entry else {
        return Ok(());
    };
    tx.run(
        "INSERT INTO entries (conversion, amount, reason, at, actor, note, late)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
        &[
            number.into(),
            entry.amount.minor().into(),
            entry.reason.as_str().into(),
            entry.at.as_millis().into(),
            entry.actor.as_str().into(),
            entry.note.as_deref().into(),
            i64::from(posting.was == Some(Status::Paid)).into(),
        ],
    )?;
    let balance = tx.first(
        "INSERT INTO balances (affiliate, currency, amount) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET amount = amount + excluded.amount RETURNING amount",
        &[
            (&posting.claim.affiliate).into(),
            posting.claim.currency.code().into(),
            entry.amount.minor().into(),
        ],
    )?;
    let balance = balance.map_or(Ok(0), |row| row.integer(0))?;
    if balance.unsigned_abs() > MAX_SUM.minor().unsigned_abs() {
        return Err(Error::RustError(format!(
            "book: the balance of {} would be more than can be stored",
            posting.claim.affiliate
        )));
    }
    Ok(())
}

/// Has a payout hold these entries.
pub fn hold(tx: &Tx<'_>, payout: i64, entries: &[i64]) -> Result<()> {
    tx.run(
        "UPDATE entries SET payout = ? WHERE number IN (SELECT value FROM json_each(?))",
        &[payout.into(), (&serde_json::to_string(entries)?).into()],
    )
}

/// Lets go of the entries of a payout that was called off. Another payout may have been paid meanwhile
/// that had the conversion's other entries: then these are late, or no payout would ever take them up.
pub fn let_go(tx: &Tx<'_>, payout: i64) -> Result<()> {
    tx.run(
        "UPDATE entries SET payout = NULL, late = max(late,
           (SELECT status = 'paid' FROM conversions WHERE number = conversion))
         WHERE payout = ?",
        &[payout.into()],
    )
}

/// Counts as paid what a payout was of. What was booked while it was open is for the next one.
pub fn paid(
    tx: &Tx<'_>,
    payout: i64,
    affiliate: &str,
    currency: &str,
    amount: Amount,
) -> Result<()> {
    tx.run(
        "UPDATE entries SET late = 1 WHERE payout IS NULL AND conversion IN
           (SELECT conversion FROM entries AS paid WHERE paid.payout = ?)",
        &[payout.into()],
    )?;
    tx.run(
        "UPDATE balances SET paid = paid + ? WHERE affiliate = ? AND currency = ?",
        &[amount.minor().into(), affiliate.into(), currency.into()],
    )
}

fn begin(tx: &Tx<'_>, key: Key<'_>, posting: &Posting) -> Result<i64> {
    let Posting { claim, terms, .. } = posting;
    let added = tx.first(
        "INSERT INTO conversions (store, order_id, affiliate, method, evidence, currency, status,
           reason, visible, review, share_bp, credited)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number",
        &[
            key.store.into(),
            key.id.into(),
            (&claim.affiliate).into(),
            (&claim.method).into(),
            (&claim.evidence).into(),
            claim.currency.code().into(),
            terms.status.as_str().into(),
            terms.reason.as_deref().into(),
            i64::from(terms.visible).into(),
            i64::from(terms.review).into(),
            terms.share_bp.into(),
            i64::from(posting.is_ever_credited()).into(),
        ],
    )?;
    added
        .ok_or_else(|| Error::RustError("conversions: no number".into()))?
        .integer(0)
}

fn change(tx: &Tx<'_>, number: i64, posting: &Posting) -> Result<()> {
    let terms = &posting.terms;
    tx.run(
        "UPDATE conversions SET status = ?, reason = ?, visible = ?, review = ?, share_bp = ?,
           credited = ?
         WHERE number = ?",
        &[
            terms.status.as_str().into(),
            terms.reason.as_deref().into(),
            i64::from(terms.visible).into(),
            i64::from(terms.review).into(),
            terms.share_bp.into(),
            i64::from(posting.is_ever_credited()).into(),
            number.into(),
        ],
    )
}
