//! Something twice: as it stands, and under the new policy.

use serde::Serialize;

/// Something as it stands, and under the new policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Both<T> {
    pub before: T,
    pub after: T,
}
