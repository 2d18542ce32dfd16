//! Affiliates: what each is owed, and was paid.

use waymark_program::document::Affiliate;
use worker::Result;

use crate::platform::sql::{Database, Row};
use crate::program::format::money;
use crate::program::protocol::Page;
use crate::program::protocol::ledger::{AffiliateView, Balance};

/// The latest row of an affiliate, and whether it has ended: what is owed to an affiliate stays
/// owed when the program's file drops it.
const AFFILIATE: &str = "SELECT key, body, valid_to IS NOT NULL FROM directory AS row
    WHERE kind = 'affiliate' AND number =
      (SELECT max(number) FROM directory WHERE kind = row.kind AND key = row.key)";

/// One affiliate that the program has or had.
pub fn one(database: &Database, id: &str) -> Result<Option<AffiliateView>> {
    database
        .first(&format!("{AFFILIATE} AND key = ?"), &[id.into()])?
        .map(|row| view(database, &row))
        .transpose()
}

/// The affiliates that the program has or had, by id.
pub fn list(database: &Database, after: &str, limit: u8) -> Result<Page<AffiliateView>> {
    let rows = database.query(
        &format!("{AFFILIATE} AND key > ? ORDER BY key LIMIT ?"),
        &[after.into(), i64::from(limit).into()],
    )?;
    let items: Vec<AffiliateView> = rows
        .iter()
        .map(|row| view(database, row))
        .collect::<Result<_>>()?;
    Ok(Page::of(items, limit, |last| last.id.clone()))
}

fn view(database: &Database, row: &Row) -> Result<AffiliateView> {
    let id = row.text(0)?;
    let affiliate: Affiliate = waymark_attribution::from_json(&row.text(1)?)?;
    let ended = row.integer(2)? != 0;
    let balances = database
        .query(
            "SELECT currency, amount - paid, paid FROM balances WHERE affiliate = ? ORDER BY currency",
            &[(&id).into()],
        )?
        .iter()
        .map(|row| {
            let currency = row.text(0)?;
            let amount = money(&currency, row.integer(1)?)?;
            let paid = money(&currency, row.integer(2)?)?;
            Ok(Balance {
                currency,
                amount,
                paid,
            })
        })
        .collect::<Result<_>>()?;
    let status = if ended {
        Some("ended".to_owned())
    } else {
        affiliate.status
    };
    Ok(AffiliateView {
        id,
        name: affiliate.name,
        status: status.unwrap_or_else(|| "active".to_owned()),
        balances,
    })
}
