//! Link and scan requests: look up, ask the core, answer, record.
//!
//! A shopper never waits for storage for long, and never sees an error: whatever
//! fails, there is a redirect.

use std::num::NonZeroU16;

use waymark_click::{
    Click, ClickRecord, Code, Method, NewTouch, RESPONSE_HEADERS, Redirect, RequestView, Settings,
    Traffic, redirect, redirect_without_settings,
};
use web_sys::{Request, Response};
use worker::{Context, Error, Result};

use crate::journeys;
use crate::merchant::Merchant;
use crate::platform::durable_object::now;
use crate::platform::http;
use crate::platform::js_bridge::{Sent, respond, respond_to_bot};

/// What is added to a policy's window before a touch is deleted, in milliseconds: a day, for
/// orders that are heard of late.
const GRACE_MS: i64 = 86_400_000;

/// Answers `/r/CODE` and `/q/CODE`. What is no code leads home, like one that names no link.
pub async fn handle(
    request: &Request,
    merchant: &Merchant,
    context: &Context,
    method: Method,
    segment: &str,
    query: &str,
) -> Result<Response> {
    let now = now();
    let link = merchant.link_of(Code::meant_by(segment), now).await;
    let settings = merchant.settings(now).await;
    let sent = Sent::by(request);
    let (request, cookie) = sent.view();
    let Ok(Some(settings)) = settings else {
        return answer(&redirect_without_settings(&request));
    };
    let click = Click {
        request,
        method,
        link: link.as_deref(),
        query,
        cookie,
    };
    let (random, shard) = new_visitor(merchant, settings.shards)?;
    let mut redirect = redirect(&click, &settings, now, random);
    if !redirect.repeated {
        let (link, traffic, touch) = (redirect.link, redirect.traffic, redirect.touch.take());
        let click = record(&click.request, link, traffic, touch, &settings, now);
        journeys::record(merchant, context, click, shard);
    }
    answer(&redirect)
}

fn answer(redirect: &Redirect) -> Result<Response> {
    let Redirect {
        status,
        page,
        location,
        set_cookie,
        traffic,
        ..
    } = redirect;
    match (page, traffic) {
        (Some(page), _) => {
            let html = ("content-type", "text/html; charset=utf-8");
            let mut headers = vec![html];
            headers.extend(RESPONSE_HEADERS);
            http::respond(*status, &headers, Some(page))
        }
        (None, Traffic::Bot) => respond_to_bot(*status, location.as_deref()),
        (None, _) => respond(*status, location.as_deref(), set_cookie.as_deref()),
    }
}

/// Random bytes that name a visitor who is new, and the shard that they name. Visitors who are new
/// together are named for one shard: then one call keeps all their touches.
pub fn new_visitor(merchant: &Merchant, shards: NonZeroU16) -> Result<([u8; 10], u16)> {
    let mut random = [0; 10];
    getrandom::fill(&mut random).map_err(|error| Error::RustError(error.to_string()))?;
    let Some(chosen) = random.first_chunk_mut() else {
        return Ok((random, 0));
    };
    let shard = journeys::shard_of_new(merchant, u16::from_be_bytes(*chosen) % shards);
    *chosen = shard.to_be_bytes();
    Ok((random, shard))
}

/// What is recorded of a click, and until when its touch is kept.
pub fn record(
    request: &RequestView<'_>,
    link: Option<u32>,
    traffic: Traffic,
    touch: Option<NewTouch>,
    settings: &Settings,
    now: i64,
) -> ClickRecord {
    let keep_until = now
        .saturating_add(settings.max_age_ms)
        .saturating_add(GRACE_MS);
    ClickRecord {
        at: now,
        link,
        country: request.country.and_then(|country| country.parse().ok()),
        traffic,
        touch: touch.map(|touch| (touch, keep_until)),
    }
}
