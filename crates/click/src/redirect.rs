//! Where one request goes: the destination, with what the request may add to it.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use url::{Url, form_urlencoded};

use crate::destination::Destination;
use crate::subs::is_sub;

/// Longest `Location`, in bytes: common servers refuse a longer request line with 414.
const LOCATION_MAX_LEN: usize = 8_000;

/// Whose query value stays where the destination and the request have one of the same name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precedence {
    /// The destination's, as the merchant wrote it.
    #[default]
    Merchant,
    /// The request's.
    Request,
}

/// The `Location` for a request with this query: always on the scheme, host and port of
/// `destination`.
///
/// `to` may choose another path there (with query and fragment); one that is not plainly a path is
/// ignored. Other query values are passed on as they were written, after the destination's own,
/// except Waymark's: `to` and the [sub values](crate::Subs). A result that grew too long for
/// servers to accept becomes the plain destination.
pub fn redirect(destination: &Destination, query: &str, precedence: Precedence) -> String {
    if query.is_empty() {
        return destination.as_str().to_owned();
    }
    let url = with_request(destination.url(), query, precedence);
    if url.as_str().len() <= LOCATION_MAX_LEN && is_on_origin_of(&url, destination.url()) {
        url.into()
    } else {
        destination.as_str().to_owned()
    }
}

fn with_request(destination: &Url, query: &str, precedence: Precedence) -> Url {
    let to = pairs(query)
        .find(|pair| pair.key == "to")
        .map(|pair| pair.value);
    let landing = to
        .filter(|to| is_path(to))
        .and_then(|to| destination.join(&to).ok());

    // What `to` brings in its own query was chosen by the request, too.
    let landing_query = landing
        .as_ref()
        .and_then(Url::query)
        .unwrap_or_default()
        .to_owned();
    let requested: Vec<Pair> = pairs(&landing_query)
        .chain(pairs(query))
        .filter(|pair| pair.key != "to" && !is_sub(&pair.key))
        .collect();
    let merchants: Vec<Pair> = pairs(destination.query().unwrap_or_default()).collect();

    let mut url = landing.unwrap_or_else(|| destination.clone());
    url.set_query(merged(&merchants, &requested, precedence).as_deref());
    url
}

fn merged(merchants: &[Pair], requested: &[Pair], precedence: Precedence) -> Option<String> {
    let has = |pairs: &[Pair], key: &str| pairs.iter().any(|pair| pair.key == key);
    let kept = merchants
        .iter()
        .filter(|pair| precedence == Precedence::Merchant || !has(requested, &pair.key));
    let added = requested
        .iter()
        .filter(|pair| precedence == Precedence::Request || !has(merchants, &pair.key));
    let raw: Vec<&str> = kept.chain(added).map(|pair| pair.raw).collect();
    (!raw.is_empty()).then(|| raw.join("&"))
}

/// One value of a query: as written, and what it means.
struct Pair<'a> {
    raw: &'a str,
    key: Cow<'a, str>,
    value: Cow<'a, str>,
}

fn pairs(query: &str) -> impl Iterator<Item = Pair<'_>> {
    query.split('&').filter_map(|raw| {
        let (key, value) = form_urlencoded::parse(raw.as_bytes()).next()?;
        Some(Pair { raw, key, value })
    })
}

/// Whether `to` is plainly a path, both as it stands and once decoded, so that neither the parser
/// here nor a lenient server behind reads a host in it.
fn is_path(to: &str) -> bool {
    let plain = |bytes: &[u8]| {
        bytes.starts_with(b"/")
            && !bytes.starts_with(b"//")
            && !bytes
                .iter()
                .any(|byte| byte.is_ascii_control() || *byte == b'\\')
    };
    let decoded: Cow<[u8]> = percent_decode_str(to).into();
    plain(to.as_bytes()) && plain(&decoded)
}

fn is_on_origin_of(url: &Url, destination: &Url) -> bool {
    url.scheme() == destination.scheme()
        && url.host() == destination.host()
        && url.port() == destination.port()
        && url.username().is_empty()
        && url.password().is_none()
}
