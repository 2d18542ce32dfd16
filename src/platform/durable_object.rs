//! Calls to Durable Objects: one typed request, the type of answer that it has, a bounded time.

use std::marker::PhantomData;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::{Delay, Env, Error, Method, Request, RequestInit, Response, Result};

/// How long a caller usually waits for an object before it does without: a store gives up after
/// five seconds, and must be told 503 before that.
pub const TIMEOUT: Duration = Duration::from_millis(3_500);

/// A request to an object, and the type of what it answers.
pub trait Ask {
    type Answer;
}

/// Gives each request the type of its answer, and makes of all of them the one that crosses to the
/// object.
macro_rules! requests {
    ($($name:ident -> $answer:ty),* $(,)?) => {
        /// A request on its way to the object.
        #[derive(serde::Serialize, serde::Deserialize)]
        pub enum Command {
            $($name($name)),*
        }

        $(
            impl $crate::platform::durable_object::Ask for $name {
                type Answer = $answer;
            }

            impl From<$name> for Command {
                fn from(request: $name) -> Self {
                    Self::$name(request)
                }
            }
        )*
    };
}
pub(crate) use requests;

/// What an object answers to a request.
pub enum Reply<T> {
    Done(T),
    /// There is nothing of that name.
    Missing,
    /// What is in the way of what was asked for.
    Conflict(String),
    /// Why the request itself cannot be followed.
    Unprocessable(String),
}

impl<T> From<T> for Reply<T> {
    fn from(answer: T) -> Self {
        Self::Done(answer)
    }
}

impl<T> From<Option<T>> for Reply<T> {
    fn from(found: Option<T>) -> Self {
        found.map_or(Self::Missing, Self::Done)
    }
}

impl<T> Reply<T> {
    /// What is to be answered once that was done.
    ///
    /// # Errors
    /// Those of `then`.
    pub fn then<U>(self, then: impl FnOnce(T) -> Result<Option<U>>) -> Result<Reply<U>> {
        Ok(match self {
            Self::Done(done) => then(done)?.into(),
            Self::Missing => Reply::Missing,
            Self::Conflict(why) => Reply::Conflict(why),
            Self::Unprocessable(why) => Reply::Unprocessable(why),
        })
    }
}

/// The JSON of an answer of type `T`, as the object wrote it.
pub struct Json<T> {
    text: String,
    of: PhantomData<T>,
}

impl<T> Json<T> {
    fn new(text: String) -> Self {
        Self {
            text,
            of: PhantomData,
        }
    }

    pub fn into_text(self) -> String {
        self.text
    }
}

impl<T: DeserializeOwned> Json<T> {
    pub fn read(&self) -> Result<T> {
        Ok(waymark_attribution::from_json(&self.text)?)
    }
}

const DONE: u16 = 200;
const MISSING: u16 = 404;
const CONFLICT: u16 = 409;
const UNPROCESSABLE: u16 = 422;

/// Sends `command` to the object of that name and reads its answer, whose type the command says.
///
/// # Errors
/// The object could not be reached, answered with an error, or took longer than `timeout`.
pub async fn request<T>(
    env: &Env,
    namespace: &str,
    name: &str,
    command: &impl Serialize,
    timeout: Duration,
) -> Result<Reply<Json<T>>> {
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
        match response.status_code() {
            DONE => Ok(Reply::Done(Json::new(text))),
            MISSING => Ok(Reply::Missing),
            CONFLICT => Ok(Reply::Conflict(text)),
            UNPROCESSABLE => Ok(Reply::Unprocessable(text)),
            _ => Err(Error::RustError(format!("{namespace}: {text}"))),
        }
    };
    within(timeout, answer).await
}

/// Waits for `future`, at most for `timeout`.
pub async fn within<T>(timeout: Duration, future: impl Future<Output = Result<T>>) -> Result<T> {
    match select(pin!(future), pin!(Delay::from(timeout))).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => Err(Error::RustError(format!(
            "no answer within {} ms",
            timeout.as_millis()
        ))),
    }
}

/// An object's answer to a request of type `R`. What went wrong is told to the log and to the calling
/// Worker, which never shows it to anyone.
pub fn reply<R: Ask>(outcome: Result<impl Into<Reply<R::Answer>>>) -> Result<Response>
where
    R::Answer: Serialize,
{
    match outcome.map(Into::into) {
        Ok(Reply::Done(answer)) => Response::ok(serde_json::to_string(&answer)?),
        Ok(Reply::Missing) => Response::error("", MISSING),
        Ok(Reply::Conflict(why)) => Response::error(why, CONFLICT),
        Ok(Reply::Unprocessable(why)) => Response::error(why, UNPROCESSABLE),
        Err(error) => Response::error(error.to_string(), 500),
    }
}

/// The time, in milliseconds.
pub fn now() -> i64 {
    // Dates are far below 2^53 ms, and whole.
    js_sys::Date::now() as i64
}
