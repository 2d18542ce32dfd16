//! Payouts: what is owed for good, gathered by affiliate and currency, and paid.

use waymark_attribution::money::Amount;
use waymark_ledger::{PayoutState, Person, Unpaid, draft, paid_out};
use waymark_orders::Known;
use worker::{Error, Result};

use crate::platform::durable_object::Reply;
use crate::platform::sql::{Database, Row, Tx, Value};
use crate::program::directory::in_force;
use crate::program::format::{LAST, money, time};
use crate::program::ledger::{conversions, currencies};
use crate::program::messages::events;
use crate::program::orders::rows::{self, instant};
use crate::program::protocol::Page;
use crate::program::protocol::ledger::{PayoutEntry, PayoutView};
use crate::program::reports::audit;

/// Makes a payout for each affiliate and currency in which something is owed, or for one affiliate
/// alone: its entries are in no other then. The payouts that were made.
pub fn make(
    tx: &Tx<'_>,
    affiliate: Option<&str>,
    person: &Person,
    now: i64,
) -> Result<Vec<PayoutView>> {
    let settings = in_force::settings(tx, instant(now))?;
    let minimum = |currency| {
        settings
            .as_ref()
            .map_or(Amount::ZERO, |settings| settings.payout_minimum(currency))
    };
    let drafts = draft(unpaid(tx, affiliate)?, minimum)
        .map_err(|error| Error::RustError(error.to_string()))?;
    let mut made = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let number = tx.first(
            "INSERT INTO payouts (affiliate, currency, amount, state, made_at)
             VALUES (?, ?, ?, ?, ?) RETURNING number",
            &[
                (&draft.affiliate).into(),
                draft.currency.code().into(),
                draft.amount.minor().into(),
                PayoutState::Open.as_str().into(),
                now.into(),
            ],
        )?;
        let number = number
            .ok_or_else(|| Error::RustError("payouts: no number".into()))?
            .integer(0)?;
        conversions::hold(tx, number, &draft.entries)?;
        let subject = format!("payout {number}");
        audit::note(
            tx,
            person.name(),
            "make payout",
            &subject,
            person.reason(),
            now,
        )?;
        made.extend(one(tx, number)?);
    }
    Ok(made)
}

/// The entries of what is approved, and those booked after payment, that are in no payout.
const UNPAID: &str = "
    SELECT entries.number, affiliate, currency, status, amount
    FROM conversions JOIN entries ON conversion = conversions.number
    WHERE status = 'approved' AND payout IS NULL
    UNION ALL
    SELECT entries.number, affiliate, currency, status, amount
    FROM entries JOIN conversions ON conversions.number = conversion
    WHERE late = 1 AND payout IS NULL";

fn unpaid(database: &Database, affiliate: Option<&str>) -> Result<Vec<Unpaid>> {
    let rows = match affiliate {
        None => database.query(&format!("{UNPAID} ORDER BY 1"), &[])?,
        Some(affiliate) => database.query(
            &format!("SELECT * FROM ({UNPAID}) WHERE affiliate = ? ORDER BY 1"),
            &[affiliate.into()],
        )?,
    };
    rows.iter()
        .map(|row| {
            Ok(Unpaid {
                entry: row.integer(0)?,
                affiliate: row.text(1)?,
                currency: currencies::currency(&row.text(2)?)?,
                status: conversions::status(&row.text(3)?)?,
                amount: Amount::from_minor(row.integer(4)?),
            })
        })
        .collect()
}

/// Notes that a payout was paid, or calls it off.
pub fn end(
    tx: &Tx<'_>,
    number: i64,
    end: PayoutState,
    person: &Person,
    now: i64,
) -> Result<Reply<()>> {
    let Some(row) = tx.first(
        "SELECT state, affiliate, currency, amount FROM payouts WHERE number = ?",
        &[number.clamp(0, LAST).into()],
    )?
    else {
        return Ok(Reply::Missing);
    };
    let state = row.text(0)?;
    let state = PayoutState::named(&state)
        .ok_or_else(|| Error::RustError(format!("payouts: unknown state {state}")))?;
    let ended = match end {
        PayoutState::Paid => state.pay(),
        _ => state.cancel(),
    };
    let ended = match ended {
        Ok(ended) => ended,
        Err(over) => return Ok(Reply::Conflict(over.to_string())),
    };
    tx.run(
        "UPDATE payouts SET state = ?, ended_at = ? WHERE number = ?",
        &[ended.as_str().into(), now.into(), number.into()],
    )?;
    if ended == PayoutState::Paid {
        for (order, booked) in conversions::in_payout(tx, number)? {
            let key = order.key();
            let postings = paid_out(&booked);
            let numbers = conversions::add(tx, key, &postings)?;
            let amount = Known::from(rows::read(tx, key)?).amount();
            events::of_postings(tx, key, &postings, &numbers, amount, now)?;
        }
        let amount = Amount::from_minor(row.integer(3)?);
        conversions::paid(tx, number, &row.text(1)?, &row.text(2)?, amount)?;
    } else {
        conversions::let_go(tx, number)?;
    }
    let action = match ended {
        PayoutState::Paid => "pay payout",
        _ => "cancel payout",
    };
    let subject = format!("payout {number}");
    audit::note(tx, person.name(), action, &subject, person.reason(), now)?;
    Ok(Reply::Done(()))
}

const PAYOUT: &str =
    "SELECT number, affiliate, currency, amount, state, made_at, ended_at FROM payouts";

fn view(row: &Row) -> Result<PayoutView> {
    let currency = row.text(2)?;
    Ok(PayoutView {
        number: row.integer(0)?,
        affiliate: row.text(1)?,
        amount: money(&currency, row.integer(3)?)?,
        currency,
        state: row.text(4)?,
        made_at: time(row.integer(5)?),
        ended_at: row.optional_integer(6)?.map(time),
    })
}

/// The payout of that number.
pub fn one(database: &Database, number: i64) -> Result<Option<PayoutView>> {
    database
        .first(
            &format!("{PAYOUT} WHERE number = ?"),
            &[number.clamp(0, LAST).into()],
        )?
        .as_ref()
        .map(view)
        .transpose()
}

/// Payouts, the latest first; of one affiliate, or of all.
pub fn list(
    database: &Database,
    affiliate: Option<&str>,
    after: Option<i64>,
    limit: u8,
) -> Result<Page<PayoutView>> {
    let before = Value::from(after.unwrap_or(LAST).clamp(0, LAST));
    let limit_value = Value::from(i64::from(limit));
    let rows = match affiliate {
        None => database.query(
            &format!("{PAYOUT} WHERE number < ? ORDER BY number DESC LIMIT ?"),
            &[before, limit_value],
        )?,
        Some(affiliate) => database.query(
            &format!("{PAYOUT} WHERE affiliate = ? AND number < ? ORDER BY number DESC LIMIT ?"),
            &[affiliate.into(), before, limit_value],
        )?,
    };
    let items = rows.iter().map(view).collect::<Result<Vec<_>>>()?;
    Ok(Page::of(items, limit, |last| last.number.to_string()))
}

/// What a payout is made of: its entries, by number.
pub fn entries(
    database: &Database,
    number: i64,
    after: i64,
    limit: u8,
) -> Result<Page<PayoutEntry>> {
    let rows = database.query(
        "SELECT entries.number, conversion, store, order_id, method, evidence, currency, amount,
           entries.reason, at
         FROM entries JOIN conversions ON conversions.number = conversion
         WHERE payout = ? AND entries.number > ? ORDER BY entries.number LIMIT ?",
        &[
            number.clamp(0, LAST).into(),
            after.clamp(0, LAST).into(),
            i64::from(limit).into(),
        ],
    )?;
    let items = rows
        .iter()
        .map(|row| {
            Ok(PayoutEntry {
                number: row.integer(0)?,
                conversion: row.integer(1)?,
                store: row.text(2)?,
                order: row.text(3)?,
                method: row.text(4)?,
                evidence: row.text(5)?,
                amount: money(&row.text(6)?, row.integer(7)?)?,
                reason: row.text(8)?,
                at: time(row.integer(9)?),
            })
        })
        .collect::<Result<_>>()?;
    Ok(Page::of(items, limit, |last| last.number.to_string()))
}
