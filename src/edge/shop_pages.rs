//! What the shop's own pages load and call: `/waymark.js`, `/wm/token` and `/wm/order`.
//!
//! The cookie stays out of reach of scripts, so a page asks for the token. Only pages of the shop
//! are told it, and only they may tie an order to their visitor.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use waymark_attribution::time::Instant;
use waymark_click::{PageRequest, Sender, Settings, Token, page_token, page_visitor};
use waymark_facts::fact::{BeaconFact, Fact, FactKind};
use waymark_orders::touches::touch_of;
use web_sys::{Request, Response};
use worker::{Result, console_error};

use crate::edge::click::new_visitor;
use crate::journeys;
use crate::merchant::Merchant;
use crate::platform::durable_object::now;
use crate::platform::http;
use crate::program::protocol::orders::{Report, TakeBeacon};

/// The script's source. Its comments are for people who read it here.
const SOURCE: &str = include_str!("../../web/snippet/waymark.js");
/// How long a browser uses the script without asking again: a day; and for a week while it asks.
const SCRIPT_CACHING: &str = "public, max-age=86400, stale-while-revalidate=604800";
/// The largest report of an order, in bytes.
const MAX_REPORT_BYTES: usize = 4 << 10;
/// The longest name of a store and id of an order, in bytes.
const MAX_ID_BYTES: usize = 255;
/// The most touches kept with an order that a page reports: anyone may report one.
const MAX_TOUCHES: usize = 50;

/// Answers `/waymark.js`.
pub fn script(request: &Request) -> Result<Response> {
    let lines = SOURCE.lines().map(str::trim);
    let code: Vec<&str> = lines
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .collect();
    let code = code.join("\n");
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(Sha256::digest(&code)));
    let headers = [
        ("cache-control", SCRIPT_CACHING),
        ("content-type", "text/javascript; charset=utf-8"),
        ("etag", &tag),
        ("x-content-type-options", "nosniff"),
    ];
    match http::has(request, &tag) {
        true => http::respond(304, &headers, None),
        false => http::respond(200, &headers, Some(&code)),
    }
}

/// Answers `GET /wm/token`: the token of the page's visitor, from the cookie or, without one, from
/// the page's query, which the script passes on as it is.
pub async fn token(request: &Request, merchant: &Merchant, query: &str) -> Result<Response> {
    let caller = Caller::of(request);
    let Some(settings) = merchant.settings(now()).await.ok().flatten() else {
        return refuse(503, "storage: did not answer, or no program was applied");
    };
    if request.method() != "GET" {
        return refuse(405, "method: use GET");
    }
    // Without a word of where it comes from, no other site could read the answer.
    if caller.is_shop(&settings) == Some(false) {
        return refuse(403, "origin: not a page of this shop");
    }
    let (random, _shard) = new_visitor(merchant, settings.shards)?;
    let found = page_token(&caller.request(query), &settings, now(), random);
    let (token, in_cookie) = match &found {
        Some(found) => (Some(&found.signed), found.in_cookie),
        None => (None, false),
    };
    let body = serde_json::json!({
        "token": token,
        "parameter": settings.consent.token_parameter,
        "cookie": in_cookie,
    });
    let response = respond(200, Some(&body.to_string()), caller.origin.as_deref())?;
    if let Some(set_cookie) = found.and_then(|found| found.set_cookie) {
        response.headers().set("set-cookie", &set_cookie)?;
    }
    Ok(response)
}

/// What the page that thanks for an order says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Thanked {
    /// The store, as orders name it: the `store` of its endpoint.
    store: String,
    order: String,
    /// The visitor's token, where no cookie carries it.
    #[serde(default)]
    token: Option<String>,
}

/// Answers `POST /wm/order`: 204 whatever becomes of it, so that nobody learns of orders here.
pub async fn order(request: Request, merchant: &Merchant) -> Result<Response> {
    let caller = Caller::of(&request);
    let settings = match merchant.settings(now()).await {
        Ok(Some(settings)) => settings,
        Ok(None) => return refuse(404, "program: none was applied"),
        Err(_) => return refuse(503, "storage: did not answer; nothing was kept"),
    };
    if request.method() != "POST" {
        return refuse(405, "method: use POST");
    }
    if caller.is_shop(&settings) != Some(true) {
        return refuse(403, "origin: not a page of this shop");
    }
    let Some(body) = http::read(&request, MAX_REPORT_BYTES).await? else {
        return refuse(413, "body: larger than 4 KiB");
    };
    let Ok(thanked) = serde_json::from_slice::<Thanked>(&body) else {
        return refuse(
            400,
            "body: expected {\"store\", \"order\", \"token\"}, all of them text",
        );
    };
    let is_id = |text: &str| (1..=MAX_ID_BYTES).contains(&text.len());
    if !is_id(&thanked.store) || !is_id(&thanked.order) {
        return refuse(400, "store, order: expected 1 to 255 bytes");
    }
    if let Some(visitor) = visitor(&caller, &thanked, &settings)
        && let Err(error) = tie(merchant, visitor, thanked).await
    {
        console_error!("page: an order was not tied to its visitor: {error}");
        return refuse(503, "storage: did not answer; nothing was kept");
    }
    respond(204, None, caller.origin.as_deref())
}

fn visitor(caller: &Caller, thanked: &Thanked, settings: &Settings) -> Option<Token> {
    let token = thanked.token.as_deref().unwrap_or_default();
    let query = format!("{}={token}", settings.consent.token_parameter);
    page_visitor(&caller.request(&query), settings, now())
}

/// Makes the visitor known to the order, which may not be known itself.
async fn tie(merchant: &Merchant, token: Token, thanked: Thanked) -> Result<()> {
    let at = Instant::from_millis(now());
    let journey = journeys::read(merchant, token.visitor, at.as_millis()).await?;
    let marks = journey.iter().map(|touch| touch.mark);
    let touches = [token.last, token.first]
        .into_iter()
        .chain(marks)
        .take(MAX_TOUCHES)
        .map(|mark| touch_of(token.visitor, mark))
        .collect();
    let beacon = FactKind::Beacon(BeaconFact {
        visitor: token.visitor.pseudonym(),
        at,
        touches,
    });
    let report = Report {
        store: thanked.store,
        order_id: thanked.order,
        other_names: Vec::new(),
        facts: vec![Fact::new(beacon)],
        call: None,
    };
    merchant.ask(TakeBeacon { report }).await.map(|_news| ())
}

/// What a call says of the page that makes it.
struct Caller {
    url: String,
    origin: Option<String>,
    sec_fetch_site: Option<String>,
    cookie: Option<String>,
    gpc: bool,
}

impl Caller {
    fn of(request: &Request) -> Self {
        let headers = request.headers();
        let header = |name: &str| headers.get(name).ok().flatten();
        Self {
            url: request.url(),
            origin: header("origin"),
            sec_fetch_site: header("sec-fetch-site"),
            cookie: header("cookie"),
            gpc: header("sec-gpc").as_deref() == Some("1"),
        }
    }

    fn is_shop(&self, settings: &Settings) -> Option<bool> {
        let sender = Sender {
            origin: self.origin.as_deref(),
            sec_fetch_site: self.sec_fetch_site.as_deref(),
        };
        sender.is_shop(&self.url, &settings.hosts)
    }

    fn request<'a>(&'a self, query: &'a str) -> PageRequest<'a> {
        PageRequest {
            gpc: self.gpc,
            cookie: self.cookie.as_deref(),
            query,
        }
    }
}

fn refuse(status: u16, error: &str) -> Result<Response> {
    let body = serde_json::json!({ "error": error });
    respond(status, Some(&body.to_string()), None)
}

/// An answer for one page. `reader` is the origin of a page of the shop that may read it.
fn respond(status: u16, body: Option<&str>, reader: Option<&str>) -> Result<Response> {
    let mut headers = vec![
        ("cache-control", "no-store"),
        ("content-type", "application/json"),
        ("cross-origin-resource-policy", "same-site"),
        ("vary", "cookie, origin"),
        ("x-content-type-options", "nosniff"),
    ];
    if let Some(origin) = reader {
        headers.push(("access-control-allow-origin", origin));
        headers.push(("access-control-allow-credentials", "true"));
    }
    http::respond(status, &headers, body)
}
