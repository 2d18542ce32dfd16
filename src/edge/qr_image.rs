//! `/q/CODE.svg` and `/q/CODE.png`: a link's QR picture, for merchants and affiliates to print.
//!
//! No shopper asks for a picture, so whoever does is told what is wrong: a picture of a link that
//! does not exist would be printed, and lead nobody anywhere.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use percent_encoding::percent_decode_str;
use sha2::{Digest, Sha256};
use waymark_click::{Addresses, Code};
use waymark_qr::{Format, Style, draw};
use web_sys::{Request, Response};
use worker::{Result, console_error};

use crate::merchant::Merchant;
use crate::platform::http;
use crate::text;

/// A picture changes with its address only: browsers and caches may keep it for a day, and then
/// ask by its tag. (A link that ended is printed for a day longer at most.)
const CACHE_CONTROL: &str = "public, max-age=86400";
/// Bytes of the content's SHA-256 that make its tag: enough that no two pictures share one.
const TAG_LEN: usize = 16;

/// Answers with the picture that this query describes.
pub async fn handle(
    request: &Request,
    merchant: &Merchant,
    code: &str,
    format: Format,
    query: &str,
) -> Result<Response> {
    if !matches!(request.method().as_str(), "GET" | "HEAD") {
        return text(405, "method: a picture is read by GET.\n");
    }
    let style: Style = match query.parse() {
        Ok(style) => style,
        Err(error) => return text(400, &format!("{error}\n")),
    };
    // A picture is printed: its code is taken as it is written.
    let Ok(code) = percent_decode_str(code).decode_utf8_lossy().parse::<Code>() else {
        return text(404, "code: no link can have this one.\n");
    };
    match merchant.published_link(code.as_str()).await {
        Ok(Some(_)) => {}
        Ok(None) => return text(404, &format!("code: the program has no link {code}.\n")),
        Err(error) => {
            console_error!("picture: a link could not be read: {error}");
            return text(503, "Storage did not answer; try again.\n");
        }
    }
    let address = Addresses::on_host_of(&request.url(), &code).qr;
    match draw(&address, &style, format) {
        Ok(picture) => respond(request, format, picture),
        Err(error) => text(400, &format!("{error}\n")),
    }
}

fn respond(request: &Request, format: Format, mut picture: Vec<u8>) -> Result<Response> {
    let digest = Sha256::digest(&picture);
    let tag = digest.get(..TAG_LEN).unwrap_or_default();
    let tag = format!("\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(tag));
    let headers = [("cache-control", CACHE_CONTROL), ("etag", &tag)];
    if http::has(request, &tag) {
        return http::respond(304, &headers, None);
    }
    let [caching, etag] = headers;
    let kind = ("content-type", format.media_type());
    let init = http::init(
        200,
        &[caching, etag, kind, ("x-content-type-options", "nosniff")],
    )?;
    let picture = Some(picture.as_mut_slice());
    Ok(Response::new_with_opt_u8_array_and_init(picture, &init)?)
}
