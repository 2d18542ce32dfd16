//! What can be read of the ledger: the conversions of an order with their entries, and lists of them.

use waymark_ledger::Status;
use worker::Result;

use crate::platform::sql::{Database, Value};
use crate::program::format::{LAST, money, time};
use crate::program::protocol::Page;
use crate::program::protocol::ledger::{
    ConversionFilter, ConversionRow, ConversionView, EntryView,
};

/// The conversions of an order, by number, with their entries.
pub fn of_order(database: &Database, order: &[Value<'_>]) -> Result<Vec<ConversionView>> {
    database
        .query(
            "SELECT number, affiliate, method, evidence, status, reason, visible, review, share_bp,
               currency
             FROM conversions WHERE store = ? AND order_id = ? ORDER BY number",
            order,
        )?
        .iter()
        .map(|row| {
            let number = row.integer(0)?;
            let currency = row.text(9)?;
            let (balance, entries) = entries(database, number, &currency)?;
            Ok(ConversionView {
                number,
                affiliate: row.text(1)?,
                method: row.text(2)?,
                evidence: row.text(3)?,
                status: row.text(4)?,
                reason: row.optional_text(5)?,
                visible: row.integer(6)? != 0,
                review: row.integer(7)? != 0,
                share_bp: row.integer(8)?,
                balance,
                entries,
                currency,
            })
        })
        .collect()
}

/// The sum of a conversion's entries, and the entries.
fn entries(
    database: &Database,
    conversion: i64,
    currency: &str,
) -> Result<(String, Vec<EntryView>)> {
    let rows = database.query(
        "SELECT amount, reason, at, actor, note, payout FROM entries
         WHERE conversion = ? ORDER BY number",
        &[conversion.into()],
    )?;
    let mut balance: i64 = 0;
    let mut entries = Vec::with_capacity(rows.len());
    for row in &rows {
        let amount = row.integer(0)?;
        balance = balance.saturating_add(amount);
        entries.push(EntryView {
            amount: money(currency, amount)?,
            reason: row.text(1)?,
            at: time(row.integer(2)?),
            by: row.text(3)?,
            note: row.optional_text(4)?,
            payout: row.optional_integer(5)?,
        });
    }
    Ok((money(currency, balance)?, entries))
}

/// Conversions, the latest first.
pub fn conversions(
    database: &Database,
    of: &ConversionFilter,
    after: Option<i64>,
    limit: u8,
) -> Result<Page<ConversionRow>> {
    let only = match (&of.affiliate, &of.status) {
        (None, None) => "?1 IS NULL AND ?2 IS NULL AND ?5 IS NOT NULL",
        // Of every status the latest, since they stand by status.
        (Some(_), None) => {
            "?2 IS NULL AND number IN
             (SELECT found.number FROM json_each(?5) AS named JOIN conversions AS found
              ON found.number IN (SELECT number FROM conversions
                WHERE affiliate = ?1 AND status = named.value AND number < ?3
                ORDER BY number DESC LIMIT ?4))"
        }
        (None, Some(_)) => "?1 IS NULL AND status = ?2 AND ?5 IS NOT NULL",
        (Some(_), Some(_)) => "affiliate = ?1 AND status = ?2 AND ?5 IS NOT NULL",
    };
    let rows = database.query(
        &format!(
            "SELECT number, store, order_id, affiliate, method, evidence, status, reason, visible,
               review, share_bp, currency,
               (SELECT coalesce(sum(amount), 0) FROM entries WHERE conversion = conversions.number)
             FROM conversions WHERE {only} AND number < ?3 ORDER BY number DESC LIMIT ?4"
        ),
        &[
            of.affiliate.as_ref().into(),
            of.status.as_ref().into(),
            after.unwrap_or(LAST).clamp(0, LAST).into(),
            i64::from(limit).into(),
            (&serde_json::to_string(&Status::ALL)?).into(),
        ],
    )?;
    let items = rows
        .iter()
        .map(|row| {
            let currency = row.text(11)?;
            Ok(ConversionRow {
                number: row.integer(0)?,
                store: row.text(1)?,
                order: row.text(2)?,
                affiliate: row.text(3)?,
                method: row.text(4)?,
                evidence: row.text(5)?,
                status: row.text(6)?,
                reason: row.optional_text(7)?,
                visible: row.integer(8)? != 0,
                review: row.integer(9)? != 0,
                share_bp: row.integer(10)?,
                balance: money(&currency, row.integer(12)?)?,
                currency,
            })
        })
        .collect::<Result<Vec<ConversionRow>>>()?;
    Ok(Page::of(items, limit, |last| last.number.to_string()))
}
