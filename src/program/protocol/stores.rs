//! What is asked about stores: what they sent that could not be used, and how far they were synced.

use serde::{Deserialize, Serialize};
use waymark_stores::Platform;

use crate::program::protocol::orders::Call;

/// A dead letter.
#[derive(Serialize, Deserialize)]
pub struct ShowDeadLetter {
    pub number: i64,
}

/// A dead letter was replayed, and nothing of it has to be kept.
#[derive(Serialize, Deserialize)]
pub struct ForgetDeadLetter {
    pub number: i64,
    /// SHA-256 of its body, as calls have it.
    pub digest: String,
}

/// Dead letters, the latest first; `after` is the number of the last one of the page before.
#[derive(Serialize, Deserialize)]
pub struct ListDeadLetters {
    pub after: Option<i64>,
    pub limit: u8,
}

/// The stores that are synced.
#[derive(Serialize, Deserialize)]
pub struct ListStores;

/// Sync a store now.
#[derive(Serialize, Deserialize)]
pub struct SyncStore {
    pub store: String,
}

/// A verified call that cannot be used.
#[derive(Serialize, Deserialize)]
pub struct BuryCall {
    pub call: Call,
    pub reason: String,
}

/// A dead letter, with the body as the store sent it.
#[derive(Serialize, Deserialize)]
pub struct DeadLetterView {
    pub number: i64,
    pub endpoint: String,
    pub topic: String,
    pub reason: String,
    pub received_at: String,
    pub body: String,
}

/// A store that is looked at for orders that no call told of.
#[derive(Serialize)]
pub struct StoreView {
    pub store: String,
    pub endpoint: String,
    pub kind: Platform,
    /// The time, by the store's clock, up to which all changes were read.
    pub cursor: Option<String>,
    /// When a look last came to its end.
    pub last_sync: Option<String>,
    /// When it is looked at next, if by itself.
    pub next_sync: Option<String>,
    /// In a row, of the last look.
    pub failures: i64,
    /// Why the last one failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}
