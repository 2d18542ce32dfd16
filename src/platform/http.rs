//! HTTP as the Worker speaks it: bodies of a bounded size, responses with headers, tags.

use futures_util::StreamExt;
use web_sys::{Headers, Request, Response, ResponseInit};
use worker::Result;

/// Reads a body; `None` if it is larger than `most` bytes, whatever length was declared.
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

/// A header of a request.
pub fn header(request: &Request, name: &str) -> Option<String> {
    request.headers().get(name).ok().flatten()
}

/// What a response says besides its body.
pub fn init(status: u16, headers: &[(&str, &str)]) -> Result<ResponseInit> {
    let fields = Headers::new()?;
    for (name, value) in headers {
        fields.set(name, value)?;
    }
    let init = ResponseInit::new();
    init.set_status(status);
    init.set_headers(&fields);
    Ok(init)
}

/// A response; without a body where there is none to have.
pub fn respond(status: u16, headers: &[(&str, &str)], body: Option<&str>) -> Result<Response> {
    let init = init(status, headers)?;
    Ok(Response::new_with_opt_str_and_init(body, &init)?)
}

/// A response in JSON.
pub fn respond_json(status: u16, headers: &[(&str, &str)], json: &str) -> Result<Response> {
    let mut all = vec![("content-type", "application/json")];
    all.extend_from_slice(headers);
    respond(status, &all, Some(json))
}

/// Whether the caller has the content of this tag already. A weak tag, which proxies make of ours, names
/// the same content.
pub fn has(request: &Request, tag: &str) -> bool {
    header(request, "if-none-match").is_some_and(|known| {
        let mut known = known.split(',').map(str::trim);
        known.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
    })
}
