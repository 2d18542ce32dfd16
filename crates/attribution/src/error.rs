//! What is wrong with a case, and where.

use std::fmt::{self, Write as _};

use crate::money::{AmountError, CurrencyError, FurtherCurrencyError};

/// A case, or a policy, that breaks a rule of RULES.md, section 2 or 3.
///
/// Prints as `order.lines[2].amount: more than 2 decimals for USD`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseError {
    path: String,
    message: String,
}

impl CaseError {
    pub(crate) fn new(message: impl Into<String>) -> CaseError {
        CaseError {
            path: String::new(),
            message: message.into(),
        }
    }

    /// Where in the JSON the fault lies, such as `order.lines[2].amount`; empty for the whole.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong there.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Names the whole where no part of it is at fault, such as JSON that breaks off.
    pub(crate) fn of(self, whole: &str) -> CaseError {
        match self.path.as_str() {
            "" => self.within(format_args!("{whole}")),
            _ => self,
        }
    }

    pub(crate) fn within(mut self, segment: fmt::Arguments<'_>) -> CaseError {
        let mut path = String::new();
        // Writing to a `String` cannot fail.
        let _ = path.write_fmt(segment);
        if !self.path.is_empty() && !self.path.starts_with('[') {
            path.push('.');
        }
        path.push_str(&self.path);
        self.path = path;
        self
    }
}

impl fmt::Display for CaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => f.write_str(&self.message),
            path => write!(f, "{path}: {}", self.message),
        }
    }
}

impl std::error::Error for CaseError {}

impl From<AmountError> for CaseError {
    fn from(error: AmountError) -> Self {
        CaseError::new(error.to_string())
    }
}

impl From<CurrencyError> for CaseError {
    fn from(error: CurrencyError) -> Self {
        CaseError::new(error.to_string())
    }
}

impl From<FurtherCurrencyError> for CaseError {
    fn from(error: FurtherCurrencyError) -> Self {
        CaseError::new(error.to_string())
    }
}

/// Says, on the way out of a check, in which part of the JSON it was made.
pub(crate) trait Locate<T> {
    /// The fault lies in this member of an object.
    fn field(self, name: &str) -> Result<T, CaseError>;
    /// The fault lies at this place of a list.
    fn index(self, index: usize) -> Result<T, CaseError>;
}

impl<T, E: Into<CaseError>> Locate<T> for Result<T, E> {
    fn field(self, name: &str) -> Result<T, CaseError> {
        self.map_err(|error| error.into().within(format_args!("{name}")))
    }

    fn index(self, index: usize) -> Result<T, CaseError> {
        self.map_err(|error| error.into().within(format_args!("[{index}]")))
    }
}
