//! Currencies as the ledger has written them down.

use waymark_attribution::money::Currency;
use worker::{Error, Result};

/// A currency that the ledger has written down.
pub fn currency(code: &str) -> Result<Currency> {
    let unknown = |_| Error::RustError(format!("ledger: unknown currency {code}"));
    code.parse().map_err(unknown)
}
