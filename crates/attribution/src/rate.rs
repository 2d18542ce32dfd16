//! Rates: what a conversion earns on a line, and how a case writes it down.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use crate::decimal::{self, DecimalError};
use crate::entries::Entries;
use crate::method::Method;
use crate::text::{self, Text};

/// A percentage from 0 to 100 with at most four decimals, written as `"8.5"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "string"))]
pub struct Percent(u32);

/// A text that is no percentage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PercentError {
    /// A sign, an exponent, white space, or no number at all.
    #[error("not a decimal percentage such as \"8.5\"")]
    Malformed,
    /// More than four digits after the point.
    #[error("more than 4 decimals for a percentage")]
    TooManyDecimals,
    /// More than a hundred.
    #[error("more than 100 percent")]
    TooLarge,
}

impl Percent {
    const DECIMALS: u32 = 4;

    /// The percentage in millionths of the whole: 8.5 % is 85 000.
    pub fn millionths(self) -> u32 {
        self.0
    }
}

impl FromStr for Percent {
    type Err = PercentError;

    fn from_str(text: &str) -> Result<Self, PercentError> {
        decimal::parse(text, Percent::DECIMALS, 1_000_000)
            .map_err(|error| match error {
                DecimalError::Malformed => PercentError::Malformed,
                DecimalError::TooManyDecimals => PercentError::TooManyDecimals,
                DecimalError::TooLarge => PercentError::TooLarge,
            })
            .and_then(|millionths| u32::try_from(millionths).map_err(|_| PercentError::TooLarge))
            .map(Percent)
    }
}

impl fmt::Display for Percent {
    /// Writes the percentage without trailing zeros: `8`, `8.5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, mut fraction) = (self.0 / 10_000, self.0 % 10_000);
        write!(f, "{whole}")?;
        if fraction == 0 {
            return Ok(());
        }
        let mut digits = 4;
        while fraction % 10 == 0 {
            fraction /= 10;
            digits = usize::saturating_sub(digits, 1);
        }
        write!(f, ".{fraction:0digits$}")
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text::parsed(deserializer, "a percentage as text, such as \"8.5\"")
    }
}

/// A rate; its money is text in a document, an amount in a case, and prints itself in a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Rate<M> {
    /// A share of what was paid.
    Percent(Percent),
    /// A flat amount once for each conversion.
    PerOrder(M),
    /// A flat amount for each item that was not sent back.
    PerItem(M),
}

impl<M> Rate<M> {
    /// The same rate with its money turned into something else.
    pub(crate) fn map<N>(self, turn: impl FnOnce(M) -> N) -> Rate<N> {
        match self {
            Rate::Percent(percent) => Rate::Percent(percent),
            Rate::PerOrder(money) => Rate::PerOrder(turn(money)),
            Rate::PerItem(money) => Rate::PerItem(turn(money)),
        }
    }

    /// The same rate with its money turned into something else, if that is possible.
    pub(crate) fn try_map<N, E>(self, turn: impl FnOnce(M) -> Result<N, E>) -> Result<Rate<N>, E> {
        Ok(match self {
            Rate::Percent(percent) => Rate::Percent(percent),
            Rate::PerOrder(money) => Rate::PerOrder(turn(money)?),
            Rate::PerItem(money) => Rate::PerItem(turn(money)?),
        })
    }

    /// The member that holds the rate in JSON.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Rate::Percent(_) => "percent",
            Rate::PerOrder(_) => "per_order",
            Rate::PerItem(_) => "per_item",
        }
    }
}

/// A rate as a case writes it: `{"percent": "8.5"}`, `{"per_order": "5.00"}` or `{"per_item": "1.50"}`.
pub type RateDocument<'a> = Rate<Text<'a>>;

/// Rates per method, and the one for every other method.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct RatesDocument<'a> {
    /// Where the method has no rate of its own.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub default: Option<RateDocument<'a>>,
    /// For [`Method::Link`], and for [`Method::Qr`] where that has none.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub link: Option<RateDocument<'a>>,
    /// For [`Method::Qr`].
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub qr: Option<RateDocument<'a>>,
    /// For [`Method::Coupon`].
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub coupon: Option<RateDocument<'a>>,
    /// For [`Method::Email`].
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub email: Option<RateDocument<'a>>,
    /// For [`Method::Sku`].
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<RateDocument<'a>>,
    /// For [`Method::Tag`].
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<RateDocument<'a>>,
    /// For [`Method::Assigned`].
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub assigned: Option<RateDocument<'a>>,
}

impl<'a> RatesDocument<'a> {
    /// Whether there is no rate at all.
    pub fn is_empty(&self) -> bool {
        *self == RatesDocument::default()
    }

    /// The rate of each method, then the default (as `None`), where there is one.
    pub(crate) fn into_entries(self) -> impl Iterator<Item = (Option<Method>, RateDocument<'a>)> {
        [
            (Some(Method::Link), self.link),
            (Some(Method::Qr), self.qr),
            (Some(Method::Coupon), self.coupon),
            (Some(Method::Email), self.email),
            (Some(Method::Sku), self.sku),
            (Some(Method::Tag), self.tag),
            (Some(Method::Assigned), self.assigned),
            (None, self.default),
        ]
        .into_iter()
        .filter_map(|(method, rate)| Some((method, rate?)))
    }
}

/// What a policy or an affiliate says about single SKUs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct SkuDocument<'a> {
    /// SKUs that earn nothing.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub disabled: Vec<Text<'a>>,
    /// If not empty, the only SKUs that earn.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<Text<'a>>,
    /// Rates of single SKUs, which come before every other rate; none may be `per_order`.
    #[serde(borrow, default, skip_serializing_if = "Entries::is_empty")]
    pub rates: Entries<'a, RateDocument<'a>>,
}

impl SkuDocument<'_> {
    /// Whether nothing is said about any SKU.
    pub fn is_empty(&self) -> bool {
        self.disabled.is_empty() && self.allowed.is_empty() && self.rates.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_prints_without_trailing_zeros() {
        for (text, printed) in [
            ("0", "0"),
            ("100.0000", "100"),
            ("8.50", "8.5"),
            ("0.0001", "0.0001"),
            ("10.05", "10.05"),
            ("12.3400", "12.34"),
        ] {
            assert_eq!(text.parse::<Percent>().unwrap().to_string(), printed);
        }
    }

    #[test]
    fn a_percentage_lies_between_0_and_100_with_four_decimals() {
        assert_eq!("100.0001".parse::<Percent>(), Err(PercentError::TooLarge));
        assert_eq!(
            "1.00000".parse::<Percent>(),
            Err(PercentError::TooManyDecimals)
        );
        assert_eq!("-1".parse::<Percent>(), Err(PercentError::Malformed));
        assert_eq!("8.5".parse::<Percent>().unwrap().millionths(), 85_000);
    }

    #[test]
    fn a_rate_has_exactly_one_member() {
        let read = |json| serde_json::from_str::<RateDocument>(json);
        assert!(matches!(
            read(r#"{"per_item": "1.50"}"#),
            Ok(Rate::PerItem(_))
        ));
        for json in [
            r#"{}"#,
            r#"{"percent": "1", "per_item": "1"}"#,
            r#"{"percent": 8}"#,
            r#"{"per_order": 5}"#,
            r#"{"percent": "8", "percent": "9"}"#,
            r#""8""#,
        ] {
            assert!(read(json).is_err(), "{json}");
        }
    }
}
