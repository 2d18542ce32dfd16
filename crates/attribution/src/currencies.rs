//! Which currencies there are: those of ISO 4217, and those that a case or a program adds.

use std::collections::BTreeMap;

use crate::error::{CaseError, Locate};
use crate::money::{Currency, CurrencyError};

/// The currencies of ISO 4217 and further ones, to be found by their codes.
///
/// ```
/// use waymark_attribution::Currencies;
///
/// let currencies = Currencies::with([("IRT", 0)])?;
/// assert_eq!(currencies.find("IRT")?.digits(), 0);
/// assert_eq!(currencies.find("USD")?.digits(), 2);
/// assert!(Currencies::default().find("IRT").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Currencies {
    /// By code.
    further: BTreeMap<String, Currency>,
}

impl Currencies {
    /// Those of ISO 4217 and these, each with its digits.
    ///
    /// # Errors
    /// Names a code that is not three capital letters, that ISO 4217 lists, that has more than four
    /// digits, or that stands twice.
    pub fn with<'c>(
        further: impl IntoIterator<Item = (&'c str, u8)>,
    ) -> Result<Currencies, CaseError> {
        let mut currencies = Currencies::default();
        for (code, digits) in further {
            let currency = Currency::further(code, digits).field(code)?;
            let earlier = currencies.further.insert(code.to_owned(), currency);
            if earlier.is_some() {
                return Err(CaseError::new("this key stands twice")).field(code);
            }
        }
        Ok(currencies)
    }

    /// The currency of that code.
    ///
    /// # Errors
    /// If there is none, or ISO 4217 gives it no minor unit.
    pub fn find(&self, code: &str) -> Result<Currency, CurrencyError> {
        match code.parse() {
            Err(CurrencyError::Unknown) => self
                .further
                .get(code)
                .copied()
                .ok_or(CurrencyError::Unlisted),
            known => known,
        }
    }
}
