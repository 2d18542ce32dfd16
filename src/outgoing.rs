//! Calls to other hosts: bounded in time and size, and no redirect is followed.

use std::time::Duration;

use futures_util::StreamExt;
use worker::{Fetch, Headers, Method, Request, RequestInit, RequestRedirect, Response, Result};

use crate::object::within;

/// The most that is read of an answer, in bytes.
const LARGEST_ANSWER: usize = 1 << 20;

/// A call to make.
pub struct Outgoing<'a> {
    pub method: &'a str,
    pub url: &'a str,
    /// Names in lower case.
    pub headers: &'a [(&'static str, String)],
    pub body: Option<&'a str>,
    pub patience: Duration,
}

/// An answer, whatever its status.
pub struct Answered {
    pub status: u16,
    pub retry_after: Option<String>,
    /// Its beginning.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    TimedOut,
    NotReached,
}

/// Makes a call.
///
/// # Errors
/// There was no answer in time, or none at all. What a runtime says about it may hold the address,
/// and so a secret: it is not repeated.
pub async fn call(outgoing: &Outgoing<'_>) -> std::result::Result<Answered, Failure> {
    // An error of the call itself becomes a value, so that what is left is the lack of time.
    let answered = within(outgoing.patience, async {
        Ok(match request(outgoing) {
            Ok(request) => match Fetch::Request(request).send().await {
                Ok(mut response) => read(&mut response).await.ok(),
                Err(_) => None,
            },
            Err(_) => None,
        })
    });
    match answered.await {
        Ok(Some(answered)) => Ok(answered),
        Ok(None) => Err(Failure::NotReached),
        Err(_) => Err(Failure::TimedOut),
    }
}

fn request(outgoing: &Outgoing<'_>) -> Result<Request> {
    let headers = Headers::new();
    for (name, value) in outgoing.headers {
        headers.set(name, value)?;
    }
    let mut init = RequestInit::new();
    init.with_method(Method::from(outgoing.method.to_owned()))
        .with_headers(headers)
        .with_redirect(RequestRedirect::Manual)
        .with_body(outgoing.body.map(Into::into));
    Request::new_with_init(outgoing.url, &init)
}

async fn read(response: &mut Response) -> Result<Answered> {
    let header = |name| response.headers().get(name).ok().flatten();
    let retry_after = header("retry-after");
    let status = response.status_code();
    let mut body = Vec::new();
    let mut chunks = response.stream()?;
    while let Some(chunk) = chunks.next().await {
        body.extend_from_slice(&chunk?);
        if body.len() >= LARGEST_ANSWER {
            body.truncate(LARGEST_ANSWER);
            break;
        }
    }
    Ok(Answered {
        status,
        retry_after,
        body,
    })
}
