//! What can be read of orders: one with all that is known of it, lists, the export.

use std::iter;

use serde_json::value::RawValue;
use waymark_attribution::explain::Message;
use waymark_attribution::{Decision, explain};
use worker::{Error, Result};

use crate::platform::sql::{Database, Row, Value};
use crate::program::format::{LAST, time};
use crate::program::ledger;
use crate::program::protocol::Page;
use crate::program::protocol::orders::{
    FactView, OrderFilter, OrderPlace, OrderSummary, OrderView,
};

const SUMMARY: &str = "store, id, state, problem, flags, review, placed_at, changed_at,
    approval ->> 'approval', due_at";

fn summary(row: &Row) -> Result<OrderSummary> {
    Ok(OrderSummary {
        store: row.text(0)?,
        id: row.text(1)?,
        state: row.text(2)?,
        problem: row.optional_text(3)?,
        flags: waymark_attribution::from_json(&row.text(4)?)?,
        review: row.integer(5)? != 0,
        placed_at: row.optional_integer(6)?.map(time),
        changed_at: time(row.integer(7)?),
        approval: row.text(8)?,
        due_at: row.optional_integer(9)?.map(time),
    })
}

/// All that is known of one order.
pub fn order(database: &Database, store: &str, id: &str) -> Result<Option<OrderView>> {
    let found = database.first(
        &format!("SELECT {WHOLE} FROM orders WHERE store = ? AND id = ?"),
        &[store.into(), id.into()],
    )?;
    found.map(|row| whole(database, &row)).transpose()
}

/// Orders with all that is known of them, by store and id: a sequence that stays as it is while
/// orders change, so that page after page has them all.
pub fn export(
    database: &Database,
    after: Option<(String, String)>,
    limit: u8,
) -> Result<Page<OrderView>> {
    let (store, id) = after.unwrap_or_default();
    let rows = database.query(
        &format!(
            "SELECT {WHOLE} FROM orders WHERE (store, id) > (?, ?) ORDER BY store, id LIMIT ?"
        ),
        &[(&store).into(), (&id).into(), i64::from(limit).into()],
    )?;
    let items = rows.iter().map(|row| whole(database, row));
    let items = items.collect::<Result<Vec<_>>>()?;
    let place = |last: &OrderView| (last.summary.store.clone(), last.summary.id.clone());
    let next = items.last().map(|last| serde_json::to_string(&place(last)));
    let next = next.transpose()?.unwrap_or_default();
    Ok(Page::of(items, limit, |_| next))
}

const WHOLE: &str = "store, id, state, problem, flags, review, placed_at, changed_at,
    approval ->> 'approval', due_at, the_case, decision";

/// An order, of a row of [`WHOLE`].
fn whole(database: &Database, row: &Row) -> Result<OrderView> {
    let summary = summary(row)?;
    let key = [(&summary.store).into(), (&summary.id).into()];
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
        conversions: ledger::lists::of_order(database, &key)?,
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
            "SELECT received_at, body FROM facts WHERE store = ? AND order_id = ?
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
    let (changed_at, store, id) = after.unwrap_or((LAST, String::new(), String::new()));
    let rows = database.query(
        &format!(
            "SELECT {SUMMARY} FROM orders WHERE {only} (changed_at, store, id) < (?, ?, ?)
             ORDER BY changed_at DESC, store DESC, id DESC LIMIT ?"
        ),
        &[
            changed_at.clamp(0, LAST).into(),
            (&store).into(),
            (&id).into(),
            i64::from(limit).into(),
        ],
    )?;
    let next = rows.last().map(place).transpose()?;
    let next = serde_json::to_string(&next)?;
    let items = rows.iter().map(summary).collect::<Result<_>>()?;
    Ok(Page::of(items, limit, |_| next))
}
