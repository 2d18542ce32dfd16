//! What a visitor may see and have deleted: `/wm/me`, and `/.well-known/gpc.json`.
//!
//! Deleting ends the journey and the cookie. Touches that became facts of an order stay with the
//! order, since what an affiliate was paid for must stay explained; the random name of the visitor
//! that stands beside them leads to nothing any more.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;
use waymark_attribution::time::Instant;
use waymark_click::{
    Method, NewTouch, Sender, Settings, Subs, Token, expired_cookie, read_cookie, touch_id,
};
use web_sys::{Request, Response};
use worker::{Result, console_error};

use crate::journeys;
use crate::merchant::Merchant;
use crate::platform::durable_object::now;
use crate::platform::http;
use crate::program::protocol::directory::FindCodes;

/// The day on which Waymark last changed what it does about Global Privacy Control, for shops
/// that name no day of their own.
const GPC_SINCE: &str = "2026-11-22";

/// What is kept of one visitor.
#[derive(Serialize)]
struct Journey {
    /// The visitor's name, or none where the cookie names nobody.
    visitor: Option<String>,
    touches: Vec<Visit>,
}

/// One touch, for the visitor to read.
#[derive(Serialize)]
struct Visit {
    at: String,
    method: Method,
    /// The code of the link, unless that cannot be told now.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Subs::is_empty")]
    subs: Subs,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    opted_out: bool,
}

/// Answers `/wm/me`: GET shows the journey of the cookie's visitor, DELETE – or POST, for a form –
/// deletes it.
pub async fn me(request: &Request, merchant: &Merchant) -> Result<Response> {
    let settings = match merchant.settings(now()).await {
        Ok(Some(settings)) => settings,
        Ok(None) => return answer(404, "text/plain", "There is nothing here.\n", None),
        Err(_) => return unavailable(),
    };
    let headers = request.headers();
    let header = |name: &str| headers.get(name).ok().flatten();
    let token = visitor(header("cookie").as_deref(), &settings);
    match request.method().as_str() {
        "GET" | "HEAD" => {
            let journey = match read(merchant, token).await {
                Ok(journey) => journey,
                Err(error) => {
                    console_error!("privacy: a journey could not be read: {error}");
                    return unavailable();
                }
            };
            if header("accept").is_some_and(|accept| accept.contains("text/html")) {
                answer(200, "text/html; charset=utf-8", &page(&journey), None)
            } else {
                let json = serde_json::to_string_pretty(&journey)?;
                answer(200, "application/json", &json, None)
            }
        }
        method @ ("DELETE" | "POST") => {
            let (origin, sec_fetch_site) = (header("origin"), header("sec-fetch-site"));
            let sender = Sender {
                origin: origin.as_deref(),
                sec_fetch_site: sec_fetch_site.as_deref(),
            };
            if sender.is_shop(&request.url(), &settings.hosts) != Some(true) {
                let refused = "origin: only a page of this shop may delete a journey\n";
                return answer(403, "text/plain", refused, None);
            }
            if let Some(token) = token
                && let Err(error) = journeys::forget(merchant, token.visitor).await
            {
                // The cookie stays, so that it can be asked again.
                console_error!("privacy: a journey was not deleted: {error}");
                return unavailable();
            }
            let expired = expired_cookie(settings.cookie_domain.as_ref());
            match method {
                "DELETE" => answer(204, "", "", Some(&expired)),
                _ => answer(200, "text/plain", "Deleted.\n", Some(&expired)),
            }
        }
        _ => answer(405, "text/plain", "method: use GET or DELETE\n", None),
    }
}

/// Whoever the cookie names, however long ago: what is kept may be older than what still counts.
fn visitor(cookie: Option<&str>, settings: &Settings) -> Option<Token> {
    let (keys, domain) = (settings.keys.as_ref()?, settings.cookie_domain.as_ref());
    read_cookie(cookie?, domain, keys, now(), i64::MAX).ok()?
}

/// The journey, and what only the token knows of it.
async fn read(merchant: &Merchant, token: Option<Token>) -> Result<Journey> {
    let Some(token) = token else {
        return Ok(Journey {
            visitor: None,
            touches: Vec::new(),
        });
    };
    let mut touches = journeys::read(merchant, token.visitor, now()).await?;
    for mark in [token.last, token.first] {
        let id = touch_id(token.visitor, mark);
        if touches.iter().all(|touch| touch.id != id) {
            touches.push(NewTouch {
                id,
                visitor: token.visitor,
                mark,
                subs: Subs::default(),
                opted_out: false,
            });
        }
    }
    touches.sort_by_key(|touch| touch.mark.at);
    let codes = codes(merchant, &touches).await.unwrap_or_else(|error| {
        console_error!("privacy: the codes of a journey could not be read: {error}");
        BTreeMap::new()
    });
    let touches = touches.into_iter().map(|touch| Visit {
        at: Instant::from_millis(touch.mark.at).to_string(),
        method: touch.mark.method,
        code: codes.get(&touch.mark.link).cloned(),
        subs: touch.subs,
        opted_out: touch.opted_out,
    });
    Ok(Journey {
        visitor: Some(token.visitor.to_string()),
        touches: touches.collect(),
    })
}

/// The codes of the links that were followed, by their numbers.
async fn codes(merchant: &Merchant, touches: &[NewTouch]) -> Result<BTreeMap<u32, String>> {
    let mut links: Vec<u32> = touches.iter().map(|touch| touch.mark.link).collect();
    links.sort_unstable();
    links.dedup();
    merchant.ask(FindCodes { links }).await
}

fn page(journey: &Journey) -> String {
    let mut visits = String::new();
    for visit in &journey.touches {
        let how = match visit.method {
            Method::Link => "followed the link",
            Method::Qr => "scanned the code",
        };
        let code = visit.code.as_deref().unwrap_or("(no longer known)");
        // A code consists of letters, digits, `_` and `-`, and a time of digits and the like.
        _ = write!(visits, "<li>{}: {how} {code}</li>", visit.at);
    }
    if visits.is_empty() {
        visits.push_str("<li>Nothing is kept of this browser.</li>");
    }
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Your visits</title>\
         <h1>Your visits</h1><p>What this shop's referral program keeps of this browser:</p>\
         <ul>{visits}</ul>\
         <form method=\"post\" action=\"/wm/me\"><button>Delete all of it</button></form></html>\n"
    )
}

/// Answers `/.well-known/gpc.json`.
pub async fn gpc(merchant: &Merchant) -> Result<Response> {
    let settings = merchant.settings(now()).await.ok().flatten();
    let since = settings.and_then(|settings| settings.consent.gpc_since.clone());
    let body = serde_json::json!({
        "gpc": true,
        "lastUpdate": since.as_deref().unwrap_or(GPC_SINCE),
    });
    answer(200, "application/json", &body.to_string(), None)
}

fn unavailable() -> Result<Response> {
    let body = "Storage did not answer in time. Please try again.\n";
    answer(503, "text/plain", body, None)
}

/// An answer for one person: no cache keeps it, and no other site reads or frames it.
fn answer(status: u16, kind: &str, body: &str, set_cookie: Option<&str>) -> Result<Response> {
    let mut headers = vec![
        ("cache-control", "no-store"),
        (
            "content-security-policy",
            "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
        ),
        ("cross-origin-resource-policy", "same-origin"),
        ("referrer-policy", "same-origin"),
        ("vary", "accept, cookie"),
        ("x-content-type-options", "nosniff"),
    ];
    if !kind.is_empty() {
        headers.push(("content-type", kind));
    }
    headers.extend(set_cookie.map(|cookie| ("set-cookie", cookie)));
    http::respond(status, &headers, Some(body).filter(|_| status != 204))
}
