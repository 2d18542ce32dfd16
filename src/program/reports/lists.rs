//! What can be read of a program: orders with their reasons, affiliates, dead letters, endpoints.

use std::iter;

use serde_json::value::RawValue;
use waymark_attribution::explain::Message;
use waymark_attribution::money::{Amount, Currency};
use waymark_attribution::time::Instant;
use waymark_attribution::{Decision, explain};
use waymark_program::directory::Kind;
use worker::{Error, Result};

use crate::platform::sql::{Database, Row, Value};
use crate::program::directory::in_force;
use crate::program::protocol::commands::{ConversionFilter, OrderFilter, OrderPlace};
use crate::program::protocol::views::{
    ConversionRow, ConversionView, EntryView, FactView, LinkView, OrderSummary, OrderView, Page,
    Reached, Rows,
};

/// The rows in force.
pub fn directory(database: &Database) -> Result<Rows> {
    let rows = in_force::in_force(database)?.into_iter();
    Ok(Rows {
        rows: rows.map(|(row, _)| row).collect(),
    })
}

/// The endpoint of that id that is in force.
pub fn endpoint(database: &Database, id: &str, now: Instant) -> Result<Option<Reached>> {
    let Some(row) = in_force::current(database, Kind::Endpoint, id)? else {
        return Ok(None);
    };
    Ok(Some(Reached {
        endpoint: row.body,
        token_parameter: token_parameter(database, now)?,
    }))
}

/// The query parameter in which visitors' tokens stand in addresses.
pub fn token_parameter(database: &Database, now: Instant) -> Result<String> {
    let settings = in_force::settings(database, now)?;
    Ok(settings.unwrap_or_default().token_parameter)
}

const SUMMARY: &str = "source, id, state, problem, flags, review, placed_at, changed_at,
    standing ->> 'standing', due_at";

fn summary(row: &Row) -> Result<OrderSummary> {
    Ok(OrderSummary {
        source: row.text(0)?,
        id: row.text(1)?,
        state: row.text(2)?,
        problem: row.optional_text(3)?,
        flags: waymark_attribution::from_json(&row.text(4)?)?,
        review: row.integer(5)? != 0,
        placed_at: row.optional_integer(6)?.map(time),
        changed_at: time(row.integer(7)?),
        standing: row.text(8)?,
        approved_at: row.optional_integer(9)?.map(time),
    })
}

pub fn time(milliseconds: i64) -> String {
    Instant::from_millis(milliseconds).to_string()
}

/// An amount of minor units as decimal text.
pub fn money(currency: &str, minor: i64) -> Result<String> {
    let currency: Currency = currency
        .parse()
        .map_err(|_| Error::RustError(format!("book: unknown currency {currency}")))?;
    Ok(currency.format(Amount::from_minor(minor)))
}

/// All that is known of one order.
pub fn order(database: &Database, source: &str, id: &str) -> Result<Option<OrderView>> {
    let found = database.first(
        &format!("SELECT {WHOLE} FROM orders WHERE source = ? AND id = ?"),
        &[source.into(), id.into()],
    )?;
    found.map(|row| whole(database, &row)).transpose()
}

/// Orders with all that is known of them, by source and id: a sequence that stays as it is while
/// orders change, so that page after page has them all.
pub fn export(
    database: &Database,
    after: Option<(String, String)>,
    limit: u8,
) -> Result<Page<OrderView>> {
    let (source, id) = after.unwrap_or_default();
    let rows = database.query(
        &format!(
            "SELECT {WHOLE} FROM orders WHERE (source, id) > (?, ?) ORDER BY source, id LIMIT ?"
        ),
        &[(&source).into(), (&id).into(), i64::from(limit).into()],
    )?;
    let items = rows.iter().map(|row| whole(database, row));
    let items = items.collect::<Result<Vec<_>>>()?;
    let place = |last: &OrderView| (last.summary.source.clone(), last.summary.id.clone());
    let next = items.last().map(|last| serde_json::to_string(&place(last)));
    let next = next.transpose()?.unwrap_or_default();
    Ok(Page::of(items, limit, |_| next))
}

const WHOLE: &str = "source, id, state, problem, flags, review, placed_at, changed_at,
    standing ->> 'standing', due_at, the_case, decision";

/// An order, of a row of [`WHOLE`].
fn whole(database: &Database, row: &Row) -> Result<OrderView> {
    let summary = summary(row)?;
    let key = [(&summary.source).into(), (&summary.id).into()];
    let raw = |text: Option<String>| text.map(RawValue::from_string).transpose();
    let decision = row.optional_text(11)?;
    let explanation = match &decision {
        Some(json) => sentences(json)?,
        None => Vec::new(),
    };
    Ok(OrderView {
        facts: facts(database, &key)?,
        case: raw(row.optional_text(10)?)?,
        decision: raw(decision)?,
        explanation,
        book: conversions(database, &key)?,
        summary,
    })
}

fn sentences(decision: &str) -> Result<Vec<String>> {
    let decision =
        Decision::from_json(decision).map_err(|error| Error::RustError(error.to_string()))?;
    let explanation = explain(&decision);
    let messages = iter::once(&explanation.headline).chain(&explanation.claims);
    Ok(messages.map(Message::english).collect())
}

fn facts(database: &Database, order: &[Value<'_>]) -> Result<Vec<FactView>> {
    database
        .query(
            "SELECT received_at, body FROM facts WHERE source = ? AND order_id = ?
             ORDER BY received_at, key",
            order,
        )?
        .iter()
        .map(|row| {
            Ok(FactView {
                received_at: time(row.integer(0)?),
                fact: RawValue::from_string(row.text(1)?)?,
            })
        })
        .collect()
}

fn conversions(database: &Database, order: &[Value<'_>]) -> Result<Vec<ConversionView>> {
    database
        .query(
            "SELECT number, affiliate, method, evidence, status, reason, visible, review, share_bp,
               currency
             FROM conversions WHERE source = ? AND order_id = ? ORDER BY number",
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

/// A number after every time and every row's number, and small enough for SQLite's JavaScript.
pub const LAST: i64 = 1 << 52;

fn place(row: &Row) -> Result<OrderPlace> {
    Ok((row.integer(7)?, row.text(0)?, row.text(1)?))
}

/// Orders, those that changed last first.
pub fn orders(
    database: &Database,
    only: OrderFilter,
    after: Option<OrderPlace>,
    limit: u8,
) -> Result<Page<OrderSummary>> {
    let only = match only {
        OrderFilter::All => "",
        OrderFilter::Review => "review = 1 AND",
        OrderFilter::Waiting => "state = 'waiting' AND",
        OrderFilter::Orphan => "state = 'orphan' AND",
        OrderFilter::Undecided => "state = 'undecided' AND",
        OrderFilter::Test => "state = 'test' AND",
        OrderFilter::Decided => "state = 'decided' AND",
    };
    let (changed_at, source, id) = after.unwrap_or((LAST, String::new(), String::new()));
    let rows = database.query(
        &format!(
            "SELECT {SUMMARY} FROM orders WHERE {only} (changed_at, source, id) < (?, ?, ?)
             ORDER BY changed_at DESC, source DESC, id DESC LIMIT ?"
        ),
        &[
            changed_at.clamp(0, LAST).into(),
            (&source).into(),
            (&id).into(),
            i64::from(limit).into(),
        ],
    )?;
    let next = rows.last().map(place).transpose()?;
    let next = serde_json::to_string(&next)?;
    let items = rows.iter().map(summary).collect::<Result<_>>()?;
    Ok(Page::of(items, limit, |_| next))
}

/// Conversions, the latest first.
pub fn conversions_of(
    database: &Database,
    of: &ConversionFilter,
    after: Option<i64>,
    limit: u8,
) -> Result<Page<ConversionRow>> {
    let only = match (&of.affiliate, &of.status) {
        (None, None) => "?1 IS NULL AND ?2 IS NULL",
        (Some(_), None) => "affiliate = ?1 AND ?2 IS NULL",
        (None, Some(_)) => "?1 IS NULL AND status = ?2",
        (Some(_), Some(_)) => "affiliate = ?1 AND status = ?2",
    };
    let rows = database.query(
        &format!(
            "SELECT number, source, order_id, affiliate, method, evidence, status, reason, visible,
               review, share_bp, currency,
               (SELECT coalesce(sum(amount), 0) FROM entries WHERE conversion = conversions.number)
             FROM conversions WHERE {only} AND number < ?3 ORDER BY number DESC LIMIT ?4"
        ),
        &[
            of.affiliate.as_ref().into(),
            of.status.as_ref().into(),
            after.unwrap_or(LAST).clamp(0, LAST).into(),
            i64::from(limit).into(),
        ],
    )?;
    let items = rows
        .iter()
        .map(|row| {
            let currency = row.text(11)?;
            Ok(ConversionRow {
                number: row.integer(0)?,
                source: row.text(1)?,
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

/// The link of that code that is in force.
pub fn link(database: &Database, code: &str) -> Result<Option<LinkView>> {
    let row = in_force::current(database, Kind::Link, code)?;
    Ok(row.map(|row| LinkView {
        code: code.to_owned(),
        link: row.body,
    }))
}

/// The links that are in force, by code.
pub fn links(database: &Database, after: &str, limit: u8) -> Result<Page<LinkView>> {
    let rows = database.query(
        "SELECT key, body FROM directory
         WHERE kind = 'link' AND ends IS NULL AND key > ? ORDER BY key LIMIT ?",
        &[after.into(), i64::from(limit).into()],
    )?;
    let items: Vec<LinkView> = rows
        .iter()
        .map(|row| {
            Ok(LinkView {
                code: row.text(0)?,
                link: waymark_attribution::from_json(&row.text(1)?)?,
            })
        })
        .collect::<Result<_>>()?;
    Ok(Page::of(items, limit, |last| last.code.clone()))
}
