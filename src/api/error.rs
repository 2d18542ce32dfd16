//! What a call is told that cannot be answered: `{"error": "<field>: <what is wrong>"}`.

use serde::Serialize;
use waymark_program::Problems;
use worker::console_error;

/// An error of a call.
#[derive(Serialize)]
pub struct ApiError {
    #[serde(skip)]
    pub status: u16,
    /// The methods that the path has, if the call's is none of them.
    #[serde(skip)]
    pub allow: Option<String>,
    error: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<String>,
}

impl ApiError {
    pub fn new(status: u16, error: impl Into<String>) -> Self {
        Self {
            status,
            allow: None,
            error: error.into(),
            problems: Vec::new(),
        }
    }

    pub fn bad_request(error: impl Into<String>) -> Self {
        Self::new(400, error)
    }

    pub fn not_found(error: impl Into<String>) -> Self {
        Self::new(404, error)
    }

    /// The path has these methods only.
    pub fn method(allowed: &[&str]) -> Self {
        let error = format!("method: expected {}", allowed.join(" or "));
        Self {
            allow: Some(allowed.join(", ")),
            ..Self::new(405, error)
        }
    }

    pub fn unprocessable(error: impl Into<String>) -> Self {
        Self::new(422, error)
    }

    pub fn json(&self) -> worker::Result<String> {
        Ok(serde_json::to_string(self)?)
    }
}

/// Storage could not be reached. The cause goes to the log, not to the caller.
impl From<worker::Error> for ApiError {
    fn from(error: worker::Error) -> Self {
        console_error!("api: {error}");
        Self::new(
            503,
            "storage did not answer in time; if something was to change, it may have been changed all the same: \
             look before you try again",
        )
    }
}

/// Everything that is wrong with a program file: the first as `error`, all as `problems`.
impl From<Problems> for ApiError {
    fn from(problems: Problems) -> Self {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let error = problems.first().cloned().unwrap_or_default();
        Self {
            problems,
            ..Self::unprocessable(error)
        }
    }
}
