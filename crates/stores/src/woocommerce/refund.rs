//! WooCommerce's refund, as an order has it: `{ "id", "reason", "total": "-8.10" }`. It is money for
//! nothing in particular, tax and shipping included, and without a time.

use crate::payload::{Object, Unusable};
use waymark_attribution::money::{Amount, Currency};
use waymark_facts::fact::RefundFact;

pub(super) fn fact(refund: &Object<'_, '_>, currency: Currency) -> Result<RefundFact, Unusable> {
    let total = refund.get("total");
    let paid = total.required(total.signed_amount(currency)?)?;
    Ok(RefundFact {
        id: refund.get("id").required_id()?,
        at: None,
        currency,
        lines: Vec::new(),
        shipping: Amount::ZERO,
        tax: Amount::ZERO,
        unassigned: Amount::from_minor(paid.minor().saturating_abs()),
        gross: true,
        withheld: Amount::ZERO,
        failed: false,
    })
}
