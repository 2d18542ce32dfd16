//! How much a case may hold: the limits of RULES.md, section 2.

use crate::error::CaseError;
use crate::text::Text;

pub(crate) const LINES: usize = 1_000;
pub(crate) const TOUCHES: usize = 10_000;
pub(crate) const REFUNDS: usize = 1_000;
/// Codes, or tags, in one list.
pub(crate) const TRIGGERS: usize = 256;
/// Items of one line, ordered or refunded.
pub(crate) const QUANTITY: u32 = 1_000_000;
/// Bytes in one text.
const TEXT: usize = 1_024;

/// Refuses a text that is too long.
pub(crate) fn text(text: &str) -> Result<(), CaseError> {
    match text.len() <= TEXT {
        true => Ok(()),
        false => Err(CaseError::new(format!("longer than {TEXT} bytes"))),
    }
}

/// Refuses a list that is too long.
pub(crate) fn list<T>(list: &[T], most: usize) -> Result<(), CaseError> {
    match list.len() <= most {
        true => Ok(()),
        false => Err(CaseError::new(format!("more than {most} entries"))),
    }
}

/// Refuses an id that is too long, or holds nothing but white space.
pub(crate) fn id(id: &Text<'_>) -> Result<(), CaseError> {
    text(id)?;
    match id.trim().is_empty() {
        true => Err(CaseError::new("empty; an id is needed")),
        false => Ok(()),
    }
}
