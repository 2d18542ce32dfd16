//! Calls to other hosts: bounded in time and size, and no redirect is followed.

use std::time::Duration;

use futures_util::StreamExt;
use worker::{
    AbortController, Fetch, Headers, Method, Request, RequestInit, RequestRedirect, Response,
    ResponseBody, Result,
};

use crate::platform::durable_object::within;

/// A call to make.
pub struct Outgoing<'a> {
    pub method: &'a str,
    pub url: &'a str,
    /// Names in lower case.
    pub headers: &'a [(&'static str, String)],
    pub body: Option<&'a str>,
    pub timeout: Duration,
    /// The most that is read of the answer, in bytes.
    pub largest: usize,
}

/// An answer, whatever its status.
pub struct Answered {
    pub status: u16,
    pub retry_after: Option<String>,
    pub link: Option<String>,
    /// Its beginning.
    pub body: Vec<u8>,
    /// Whether there was more of it.
    pub cut: bool,
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
    let controller = AbortController::default();
    let signal = controller.signal();
    let answered = within(outgoing.timeout, async {
        Ok(match request(outgoing) {
            Ok(request) => match Fetch::Request(request).send_with_signal(&signal).await {
                Ok(mut response) => read(&mut response, outgoing.largest).await.ok(),
                Err(_) => None,
            },
            Err(_) => None,
        })
    });
    let answered = match answered.await {
        Ok(Some(answered)) => Ok(answered),
        Ok(None) => Err(Failure::NotReached),
        Err(_) => Err(Failure::TimedOut),
    };
    // What nobody reads to its end would keep one of the invocation's few connections.
    if !matches!(&answered, Ok(answered) if !answered.cut) {
        controller.abort();
    }
    answered
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

async fn read(response: &mut Response, largest: usize) -> Result<Answered> {
    let header = |name| response.headers().get(name).ok().flatten();
    let retry_after = header("retry-after");
    let link = header("link");
    let status = response.status_code();
    let mut body = Vec::new();
    let mut cut = false;
    // An answer such as 204 has no body at all, and none that could be read.
    if !matches!(response.body(), ResponseBody::Empty) {
        let mut chunks = response.stream()?;
        while let Some(chunk) = chunks.next().await {
            body.extend_from_slice(&chunk?);
            if body.len() > largest {
                body.truncate(largest);
                cut = true;
                break;
            }
        }
    }
    Ok(Answered {
        status,
        retry_after,
        link,
        body,
        cut,
    })
}
