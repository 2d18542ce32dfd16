//! Calls to Durable Objects: one typed command, one typed answer, a bounded time.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::{Delay, Env, Error, Method, Request, RequestInit, Response, Result};

/// How long a caller usually waits for an object before it does without: a store gives up after
/// five seconds, and must be told 503 before that.
pub const PATIENCE: Duration = Duration::from_millis(3_500);
/// How long to wait for a program to be applied: a large one changes many rows.
pub const APPLY_PATIENCE: Duration = Duration::from_secs(60);

/// Sends `command` to the object of that name and reads its answer.
///
/// # Errors
/// The object could not be reached, answered with an error, or took longer than [`PATIENCE`].
pub async fn call<C: Serialize, A: DeserializeOwned>(
    env: &Env,
    namespace: &str,
    name: &str,
    command: &C,
) -> Result<A> {
    let answer = ask(env, namespace, name, command, PATIENCE).await?;
    Ok(waymark_attribution::from_json(&answer)?)
}

/// Like [`call`], with a patience of the caller's, for an answer that is passed on as it is: its
/// JSON.
pub async fn ask<C: Serialize>(
    env: &Env,
    namespace: &str,
    name: &str,
    command: &C,
    patience: Duration,
) -> Result<String> {
    let object = env.durable_object(namespace)?.get_by_name(name)?;
    let body = serde_json::to_string(command)?;
    let request = Request::new_with_init(
        "https://object/",
        RequestInit::new()
            .with_method(Method::Post)
            .with_body(Some(body.into())),
    )?;
    let answer = async {
        let mut response = object.fetch_with_request(request).await?;
        let text = response.text().await?;
        if response.status_code() == 200 {
            Ok(text)
        } else {
            Err(Error::RustError(format!("{namespace}: {text}")))
        }
    };
    within(patience, answer).await
}

/// Waits for `future`, at most for `patience`.
pub async fn within<T>(patience: Duration, future: impl Future<Output = Result<T>>) -> Result<T> {
    match select(pin!(future), pin!(Delay::from(patience))).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => Err(Error::RustError(format!(
            "no answer within {} ms",
            patience.as_millis()
        ))),
    }
}

/// An object's answer to its caller. What went wrong is told to the log and to the calling
/// Worker, which never shows it to anyone.
pub fn answer<A: Serialize>(outcome: Result<A>) -> Result<Response> {
    match outcome {
        Ok(value) => Response::ok(serde_json::to_string(&value)?),
        Err(error) => Response::error(error.to_string(), 500),
    }
}

/// The time, in milliseconds.
pub fn now() -> i64 {
    // Dates are far below 2^53 ms, and whole.
    js_sys::Date::now() as i64
}
