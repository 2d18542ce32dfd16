//! How values of the tables are written for people: times, amounts of money.

use waymark_attribution::money::Amount;
use waymark_attribution::time::Instant;
use worker::Result;

use crate::program::ledger::currencies::currency;

/// A number after every time and every row's number, and small enough for SQLite's JavaScript.
pub const LAST: i64 = 1 << 52;

/// A time in milliseconds, as RFC 3339.
pub fn time(milliseconds: i64) -> String {
    Instant::from_millis(milliseconds).to_string()
}

/// An amount of minor units as decimal text.
pub fn money(code: &str, minor: i64) -> Result<String> {
    Ok(currency(code)?.format(Amount::from_minor(minor)))
}
