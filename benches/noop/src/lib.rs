//! The least that a Rust Worker can do, written as the `worker` crate's documentation has it: it
//! redirects everybody to one place.

use worker::{Context, Env, Headers, Request, Response, Result, event};

#[event(fetch)]
async fn fetch(_request: Request, _env: Env, _context: Context) -> Result<Response> {
    let headers = Headers::new();
    headers.set("location", "https://shop.example/")?;
    Ok(Response::empty()?.with_status(302).with_headers(headers))
}
