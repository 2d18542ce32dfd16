//! The body of a request, of a bounded size: a declared length may lie.

use futures_util::StreamExt;
use web_sys::Request;
use worker::Result;

/// Reads a body; `None` if it is larger than `most` bytes.
pub async fn read(request: &Request, most: usize) -> Result<Option<Vec<u8>>> {
    let declared = request.headers().get("content-length").ok().flatten();
    let declared = declared.and_then(|length| length.parse().ok());
    if declared.is_some_and(|length: usize| length > most) {
        return Ok(None);
    }
    let mut body = Vec::new();
    if request.body().is_none() {
        return Ok(Some(body));
    }
    let mut chunks = worker::Request::from(Clone::clone(request)).stream()?;
    while let Some(chunk) = chunks.next().await {
        body.extend_from_slice(&chunk?);
        if body.len() > most {
            return Ok(None);
        }
    }
    Ok(Some(body))
}
