//! What a call is told that cannot be answered: `{"error": "<field>: <what is wrong>"}`.

use std::error::Error;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection, StringRejection};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use waymark_program::Problems;
use worker::console_error;

use super::Span;

/// An error of a call.
pub struct Refusal {
    status: StatusCode,
    error: String,
    problems: Vec<String>,
}

impl Refusal {
    pub fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self {
            status,
            error: error.into(),
            problems: Vec::new(),
        }
    }

    pub fn not_found(error: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, error)
    }

    pub fn unprocessable(error: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body {
            error: String,
            #[serde(skip_serializing_if = "Vec::is_empty")]
            problems: Vec<String>,
        }
        let Refusal {
            status,
            error,
            problems,
        } = self;
        (status, Json(Body { error, problems })).into_response()
    }
}

/// Storage could not be reached. The cause goes to the log, not to the caller.
impl From<worker::Error> for Refusal {
    fn from(error: worker::Error) -> Self {
        console_error!("api: {error}");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "storage did not answer; nothing was changed; try again",
        )
    }
}

/// Everything that is wrong with a program file: the first as `error`, all as `problems`.
impl From<Problems> for Refusal {
    fn from(problems: Problems) -> Self {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            error: problems.first().cloned().unwrap_or_default(),
            problems,
        }
    }
}

/// The path is not UTF-8.
impl From<PathRejection> for Refusal {
    fn from(rejection: PathRejection) -> Self {
        Self::new(
            rejection.status(),
            format!("path: {}", rejection.body_text()),
        )
    }
}

/// The query names something that the call does not have, or of another type.
impl From<QueryRejection> for Refusal {
    fn from(rejection: QueryRejection) -> Self {
        // Under axum's sentence stands the parameter, and what is wrong with it.
        let cause = rejection.source().and_then(Error::source);
        let told = cause.map_or_else(|| rejection.body_text(), ToString::to_string);
        match told.starts_with("limit:") {
            true => Self::unprocessable(Span::EXPECTED),
            false => Self::unprocessable(told),
        }
    }
}

/// The body is no text, or too large.
impl From<StringRejection> for Refusal {
    fn from(rejection: StringRejection) -> Self {
        Self::new(
            rejection.status(),
            format!("body: {}", rejection.body_text()),
        )
    }
}
