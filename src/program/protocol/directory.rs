//! What is asked of a program's directory: the file, and what clicks and stores' calls read of it.

use serde::{Deserialize, Serialize};
use waymark_program::directory::{Change, Row};
use waymark_program::document::Endpoint;
use waymark_program::link::Link;

/// The link of a code that is in force.
#[derive(Serialize, Deserialize)]
pub struct FindLink {
    pub code: String,
}

/// What every click needs, once a file has been applied.
#[derive(Serialize, Deserialize)]
pub struct FindProgram;

/// The codes of the links with these numbers, in force or not.
#[derive(Serialize, Deserialize)]
pub struct FindCodes {
    pub links: Vec<u32>,
}

/// An endpoint that is in force.
#[derive(Serialize, Deserialize)]
pub struct FindEndpoint {
    pub id: String,
}

/// The rows in force.
#[derive(Serialize, Deserialize)]
pub struct ShowProgram;

/// A link that is in force, as the program file has it.
#[derive(Serialize, Deserialize)]
pub struct ShowLink {
    pub code: String,
}

/// The links in force, by code.
#[derive(Serialize, Deserialize)]
pub struct ListLinks {
    pub after: String,
    pub limit: u8,
}

/// The rows of a program file, and from when they count.
#[derive(Serialize, Deserialize)]
pub struct ApplyProgram {
    pub rows: Vec<Row>,
    /// Milliseconds, not later than now. `None`: now.
    pub effective_at: Option<i64>,
    pub dry_run: bool,
    /// What the file does not do though it seems to, for the answer.
    pub warnings: Vec<String>,
}

/// The rows in force.
#[derive(Serialize)]
pub struct Rows {
    pub rows: Vec<Row>,
}

/// What applying a program file changed, or would.
#[derive(Serialize)]
pub struct Applied {
    pub dry_run: bool,
    pub changes: Vec<Change>,
    /// What the file does not do though it seems to.
    pub warnings: Vec<String>,
}

/// An endpoint, and what its calls are read by.
#[derive(Clone, Serialize, Deserialize)]
pub struct Reached {
    pub endpoint: Endpoint,
    /// The program's `settings.token_parameter`.
    pub token_parameter: String,
}

/// A link, as the program file has it.
#[derive(Serialize, Deserialize)]
pub struct LinkView {
    pub code: String,
    #[serde(flatten)]
    pub link: Link,
}
