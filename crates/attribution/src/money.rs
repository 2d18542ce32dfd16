//! Money: integers of minor units, and the currencies that say how many there are to a unit.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use crate::decimal::{self, DecimalError};
use crate::text;

/// A currency of ISO 4217 (`"USD"`) that has a minor unit, so that amounts in it can be whole numbers;
/// or a further one, of which a case says how many digits it has.
///
/// ```
/// use waymark_attribution::money::{Amount, Currency};
///
/// let usd: Currency = "USD".parse()?;
/// let price = usd.parse("19.90")?;
/// assert_eq!(price, Amount::from_minor(1990));
/// assert_eq!(usd.format(price), "19.90");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "string"))]
pub struct Currency {
    /// Three capital letters.
    code: [u8; 3],
    digits: u8,
}

/// The most digits that any currency has.
const MOST_DIGITS: u8 = 4;

/// A text that names no currency in which amounts can be given.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CurrencyError {
    /// No code of ISO 4217 is written so; codes are three capital letters.
    #[error("not an ISO 4217 currency code such as USD")]
    Unknown,
    /// ISO 4217 gives no minor unit, as for gold (XAU) or "no currency" (XXX).
    #[error("{0} has no minor unit, so no order can be paid in it")]
    WithoutMinorUnit(&'static str),
    /// Neither ISO 4217 nor whoever uses it knows the code.
    #[error(
        "not an ISO 4217 currency code such as USD; list any other under currencies, with its digits"
    )]
    Unlisted,
}

/// What makes a further currency none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FurtherCurrencyError {
    /// The code has another length, or other letters than A to Z.
    #[error("not three capital letters such as IRT")]
    Malformed,
    /// ISO 4217 lists the code, and says itself how many digits it has.
    #[error("a currency of ISO 4217, whose digits are known; leave it out")]
    Iso,
    /// More than four digits.
    #[error("more than 4 digits")]
    TooManyDigits,
}

/// An amount of money in minor units (cents of a dollar, whole yen) of a currency known from the context.
///
/// It may be negative: the ledger takes back what it gave. Amounts in a case never are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Amount(i64);

/// A text that is no amount of its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AmountError {
    /// A sign, an exponent, white space, grouping, or no number at all.
    #[error("not a decimal amount such as \"12.50\"")]
    Malformed,
    /// More digits after the point than the currency has, even if they are zeros.
    #[error("more than {digits} decimals for {0}", digits = .0.digits())]
    TooManyDecimals(Currency),
    /// More than [`Amount::MAX`].
    #[error("more than 10^15 minor units")]
    TooLarge,
}

impl Currency {
    /// A currency with four decimals, the most that any has.
    pub(crate) const FINEST: Currency = Currency {
        code: *b"CLF",
        digits: MOST_DIGITS,
    };

    /// A currency that ISO 4217 does not list, with 0 to 4 digits, such as the Iranian toman (`"IRT"`).
    ///
    /// ```
    /// use waymark_attribution::money::{Amount, Currency};
    ///
    /// let toman = Currency::further("IRT", 0)?;
    /// assert_eq!(toman.format(toman.parse("1250000")?), "1250000");
    /// assert!(Currency::further("USD", 2).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn further(code: &str, digits: u8) -> Result<Currency, FurtherCurrencyError> {
        let letters = <[u8; 3]>::try_from(code.as_bytes())
            .ok()
            .filter(|letters| letters.iter().all(u8::is_ascii_uppercase))
            .ok_or(FurtherCurrencyError::Malformed)?;
        if iso_currency::Currency::from_code(code).is_some() {
            return Err(FurtherCurrencyError::Iso);
        }
        if digits > MOST_DIGITS {
            return Err(FurtherCurrencyError::TooManyDigits);
        }
        Ok(Currency {
            code: letters,
            digits,
        })
    }

    /// Whether ISO 4217 lists it; a case has to name any other under `currencies`.
    pub fn is_iso(&self) -> bool {
        iso_currency::Currency::from_code(self.code()).is_some()
    }

    /// Its three letters.
    pub fn code(&self) -> &str {
        // Letters of ASCII are text.
        std::str::from_utf8(&self.code).unwrap_or_default()
    }

    /// How many decimals an amount has: 0 for JPY, 2 for USD, 3 for KWD.
    pub fn digits(self) -> u32 {
        u32::from(self.digits)
    }

    /// Reads an amount as it stands in a case: a decimal string without sign or exponent, with at
    /// most the currency's digits and at most [`Amount::MAX`].
    pub fn parse(self, text: &str) -> Result<Amount, AmountError> {
        decimal::parse(text, self.digits(), Amount::MAX.0)
            .map(Amount)
            .map_err(|error| match error {
                DecimalError::Malformed => AmountError::Malformed,
                DecimalError::TooManyDecimals => AmountError::TooManyDecimals(self),
                DecimalError::TooLarge => AmountError::TooLarge,
            })
    }

    /// Writes an amount with exactly the currency's digits; a negative one gets a leading `-`.
    pub fn format(self, amount: Amount) -> String {
        self.money(amount).to_string()
    }

    /// The amount together with the currency's digits, so that it can print itself.
    pub fn money(self, amount: Amount) -> Money {
        Money {
            minor: i128::from(amount.0),
            digits: self.digits,
        }
    }

    /// Money that may exceed what an [`Amount`] holds, such as a million items at a high flat rate.
    pub(crate) fn exact(self, minor: i128) -> Money {
        Money {
            minor,
            digits: self.digits,
        }
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;

    /// Finds a currency of ISO 4217 by its code.
    fn from_str(code: &str) -> Result<Self, CurrencyError> {
        let iso = iso_currency::Currency::from_code(code).ok_or(CurrencyError::Unknown)?;
        let digits = iso
            .exponent()
            .and_then(|digits| u8::try_from(digits).ok())
            .ok_or(CurrencyError::WithoutMinorUnit(iso.code()))?;
        let letters = <[u8; 3]>::try_from(code.as_bytes()).map_err(|_| CurrencyError::Unknown)?;
        Ok(Currency {
            code: letters,
            digits,
        })
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// Reads the code of a currency of ISO 4217. A further one is more than its code: where one may stand,
/// the code is read as text, and looked up among [`Currencies`](crate::Currencies).
impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text::parsed(deserializer, "an ISO 4217 currency code")
    }
}

impl Amount {
    /// Nothing.
    pub const ZERO: Amount = Amount(0);

    /// The largest amount a case may hold: 10^15 minor units.
    pub const MAX: Amount = Amount(1_000_000_000_000_000);

    /// An amount of so many minor units.
    pub const fn from_minor(minor: i64) -> Amount {
        Amount(minor)
    }

    /// The number of minor units.
    pub const fn minor(self) -> i64 {
        self.0
    }

    /// The sum, unless it overflows.
    pub fn checked_add(self, other: Amount) -> Option<Amount> {
        self.0.checked_add(other.0).map(Amount)
    }

    /// The difference, unless it overflows.
    pub fn checked_sub(self, other: Amount) -> Option<Amount> {
        self.0.checked_sub(other.0).map(Amount)
    }
}

/// Money as a decision states it (`"8.00"`): minor units that know the digits of their currency.
///
/// It prints with exactly these digits, and reads back from such a text without being told the
/// currency. It is wider than [`Amount`], because a flat rate per item may be owed a million times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "string"))]
pub struct Money {
    minor: i128,
    digits: u8,
}

impl Money {
    /// The number of minor units.
    pub fn minor(self) -> i128 {
        self.minor
    }

    /// The amount for the ledger, unless it exceeds 64 bits.
    pub fn amount(self) -> Result<Amount, AmountError> {
        i64::try_from(self.minor)
            .map(Amount)
            .map_err(|_| AmountError::TooLarge)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.minor < 0 {
            f.write_str("-")?;
        }
        let minor = self.minor.unsigned_abs();
        let unit = 10_u128.saturating_pow(u32::from(self.digits));
        write!(f, "{}", minor.checked_div(unit).unwrap_or_default())?;
        match usize::from(self.digits) {
            0 => Ok(()),
            digits => write!(
                f,
                ".{:0digits$}",
                minor.checked_rem(unit).unwrap_or_default()
            ),
        }
    }
}

impl FromStr for Money {
    type Err = AmountError;

    /// Reads back what [`Display`](fmt::Display) wrote; the digits are those of the text.
    fn from_str(text: &str) -> Result<Self, AmountError> {
        let (whole, fraction) = match text.split_once('.') {
            None => (text, ""),
            Some(("" | "-", _) | (_, "")) => return Err(AmountError::Malformed),
            Some(parts) => parts,
        };
        let digits = u8::try_from(fraction.len())
            .ok()
            .filter(|digits| *digits <= MOST_DIGITS)
            .ok_or(AmountError::Malformed)?;
        // `parse` takes a sign and digits and nothing else, which is what `Display` writes.
        let minor = format!("{whole}{fraction}")
            .parse::<i128>()
            .map_err(|_| AmountError::Malformed)?;
        Ok(Money { minor, digits })
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text::parsed(deserializer, "a decimal amount as text")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    #[test]
    fn amounts_have_exactly_the_digits_of_their_currency() {
        for (code, text, minor) in [
            ("JPY", "1200", 1200),
            ("USD", "12.00", 1200),
            ("KWD", "1.200", 1200),
            ("CLF", "0.1200", 1200),
        ] {
            assert_eq!(currency(code).parse(text), Ok(Amount::from_minor(minor)));
            assert_eq!(currency(code).format(Amount::from_minor(minor)), text);
        }
        assert_eq!(currency("USD").format(Amount::from_minor(-5)), "-0.05");
    }

    #[test]
    fn amounts_add_up_unless_the_ledger_cannot_hold_the_sum() {
        let (three, five) = (Amount::from_minor(3), Amount::from_minor(5));
        assert_eq!(three.checked_add(five), Some(Amount::from_minor(8)));
        assert_eq!(three.checked_sub(five), Some(Amount::from_minor(-2)));
        let most = Amount::from_minor(i64::MAX);
        assert_eq!(most.checked_add(three), None);
        assert_eq!(Amount::from_minor(-5).checked_sub(most), None);
    }

    #[test]
    fn money_goes_to_the_ledger_unless_it_exceeds_64_bits() {
        let money: Money = "-3.50".parse().unwrap();
        assert_eq!(money.minor(), -350);
        let owed = |text: &str| text.parse::<Money>().unwrap().amount();
        assert_eq!(owed("-3.50"), Ok(Amount::from_minor(-350)));
        assert_eq!(
            owed("92233720368547758.07"),
            Ok(Amount::from_minor(i64::MAX))
        );
        assert_eq!(owed("92233720368547758.08"), Err(AmountError::TooLarge));
    }

    #[test]
    fn a_currency_prints_as_its_code() {
        let usd = currency("USD");
        assert_eq!(format!("{usd} {usd:?}"), "USD USD");
    }

    #[test]
    fn an_error_names_the_currency() {
        let error = currency("USD").parse("1.005").unwrap_err();
        assert_eq!(error.to_string(), "more than 2 decimals for USD");
        assert_eq!(
            currency("JPY").parse("1.0").unwrap_err().to_string(),
            "more than 0 decimals for JPY"
        );
    }

    #[test]
    fn the_largest_amount_is_the_limit() {
        assert_eq!(currency("JPY").parse("1000000000000000"), Ok(Amount::MAX));
        assert_eq!(
            currency("JPY").parse("1000000000000001"),
            Err(AmountError::TooLarge)
        );
    }

    #[test]
    fn a_code_is_three_capitals_of_a_currency_with_a_minor_unit() {
        assert_eq!("usd".parse::<Currency>(), Err(CurrencyError::Unknown));
        assert_eq!("".parse::<Currency>(), Err(CurrencyError::Unknown));
        assert_eq!(
            "XAU".parse::<Currency>(),
            Err(CurrencyError::WithoutMinorUnit("XAU"))
        );
        assert_eq!(serde_json::to_string(&currency("EUR")).unwrap(), "\"EUR\"");
    }

    #[test]
    fn a_further_currency_is_three_capitals_with_up_to_four_digits_that_iso_does_not_list() {
        for digits in 0..=4 {
            let further = Currency::further("IRT", digits).unwrap();
            assert_eq!(further.digits(), u32::from(digits));
            assert_eq!((further.code(), further.is_iso()), ("IRT", false));
        }
        for (code, digits, error) in [
            ("IRT", 5, FurtherCurrencyError::TooManyDigits),
            ("irt", 0, FurtherCurrencyError::Malformed),
            ("IR", 0, FurtherCurrencyError::Malformed),
            ("IRTT", 0, FurtherCurrencyError::Malformed),
            ("I T", 0, FurtherCurrencyError::Malformed),
            ("É7", 0, FurtherCurrencyError::Malformed),
            ("USD", 2, FurtherCurrencyError::Iso),
            // ISO lists gold as well, though without a minor unit.
            ("XAU", 2, FurtherCurrencyError::Iso),
        ] {
            assert_eq!(Currency::further(code, digits), Err(error), "{code}");
        }
        assert!(currency("USD").is_iso());
    }

    #[test]
    fn money_reads_back_what_it_wrote() {
        for text in [
            "0",
            "12",
            "0.05",
            "-3.50",
            "1.2345",
            "1000000000000000000000000.00",
        ] {
            assert_eq!(text.parse::<Money>().unwrap().to_string(), text);
        }
        for text in ["", "-", "1.", ".5", "1.23456", "1.2.3", "x"] {
            assert!(text.parse::<Money>().is_err(), "{text:?}");
        }
    }
}
