//! Stripe's amounts: integers of minor units, by Stripe's own table of currencies.
//!
//! Stripe's minor unit is that of ISO 4217, with three exceptions (docs.stripe.com/currencies): the
//! ariary is written in whole ones, where ISO has hundredths; the Icelandic króna and the Ugandan
//! shilling are written in hundredths, where ISO has none. Only whole ones of these two can be
//! charged, but parts of an invoice may be fractions: they are rounded.

use crate::payload::{Object, Unusable, Value};
use waymark_attribution::money::{Amount, Currency};

/// A currency, and how Stripe writes amounts in it.
#[derive(Clone, Copy)]
pub(super) struct Money {
    pub(super) currency: Currency,
    written: Written,
}

#[derive(Clone, Copy)]
enum Written {
    MinorUnits,
    /// In units a hundred times the currency's.
    Hundreds,
    /// In hundredths of the currency's unit.
    Hundredths,
}

impl Money {
    /// By the member `currency`, which Stripe writes in lower case.
    pub(super) fn of(object: &Object<'_, '_>) -> Result<Self, Unusable> {
        let code = object.get("currency");
        let text = code.required(code.text()?)?;
        let currency: Currency = text
            .to_ascii_uppercase()
            .parse()
            .map_err(|error| code.error(format!("{error}")))?;
        let written = match currency.code() {
            "MGA" => Written::Hundreds,
            "ISK" | "UGX" => Written::Hundredths,
            _ => Written::MinorUnits,
        };
        Ok(Self { currency, written })
    }

    /// An amount in the currency's minor units, zero or more.
    pub(super) fn amount(self, value: &Value<'_, '_>) -> Result<Option<i64>, Unusable> {
        match self.signed(value)? {
            Some(amount) if amount < 0 => Err(value.error("must not be negative")),
            amount => Ok(amount),
        }
    }

    /// An amount in the currency's minor units, which may be negative.
    pub(super) fn signed(self, value: &Value<'_, '_>) -> Result<Option<i64>, Unusable> {
        let Some(written) = value.whole_number()? else {
            return Ok(None);
        };
        let minor = match self.written {
            Written::MinorUnits => written,
            Written::Hundreds => written.saturating_mul(100),
            Written::Hundredths => hundredth(written),
        };
        if minor.unsigned_abs() > Amount::MAX.minor().unsigned_abs() {
            return Err(value.error("more than 10^15 minor units"));
        }
        Ok(Some(minor))
    }

    /// The sum of a member of a list's items.
    pub(super) fn sum(self, list: &Value<'_, '_>, member: &str) -> Result<i64, Unusable> {
        let mut sum = 0_i64;
        for item in list.items()? {
            let amount = self.signed(&item.required_object()?.get(member))?;
            sum = sum.saturating_add(amount.unwrap_or_default());
        }
        Ok(sum)
    }
}

/// To the nearest whole, halves away from zero.
fn hundredth(amount: i64) -> i64 {
    let half = if amount < 0 { -50 } else { 50 };
    amount.saturating_add(half) / 100
}
