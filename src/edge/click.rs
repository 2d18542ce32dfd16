//! Link and scan requests: look up, ask the core, answer, record.
//!
//! A shopper never waits for storage longer than [`READ_TIMEOUT`], and never sees an error: whatever
//! fails, there is a redirect.

use std::cell::RefCell;
use std::num::NonZeroU16;
use std::rc::Rc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use waymark_click::cache::{Cache, Cached};
use waymark_click::{
    Click, ClickRecord, Code, Destination, Method, NewTouch, PublishedLink, Redirect, RequestView,
    Settings, Traffic, redirect, redirect_without_settings,
};
use waymark_program::directory::Kind;
use waymark_program::edge::PublishedProgram;
use web_sys::{Request, Response};
use worker::{Context, Env, Error, Result, console_error};

use crate::platform::durable_object::{self, now, within};
use crate::platform::js_bridge::{Sent, respond};
use crate::platform::secrets;
use crate::program::directory::publish;
use crate::program::{self, Command};
use crate::{PROGRAM, journeys};

/// How long a click waits for one read of storage.
const READ_TIMEOUT: Duration = Duration::from_millis(1_000);
/// How long an isolate uses a link or the program's settings without asking, in milliseconds.
const FRESH_MS: i64 = 30_000;
/// How long an isolate remembers that a code names no link, in milliseconds.
const UNKNOWN_FRESH_MS: i64 = 5_000;
/// Links that an isolate remembers.
const MAX_LINKS: usize = 10_000;
/// What is added to a policy's window before a touch is deleted, in milliseconds: a day, for
/// orders that are heard of late.
const GRACE_MS: i64 = 86_400_000;

thread_local! {
    static LINKS: RefCell<Cache<Option<Rc<PublishedLink>>>> = RefCell::new(Cache::new(MAX_LINKS));
    static SETTINGS: RefCell<Cache<Rc<Settings>>> = RefCell::new(Cache::new(1));
}

/// Answers `/r/CODE` and `/q/CODE`. What is no code leads home, like one that names no link.
pub async fn handle(
    request: &Request,
    env: &Env,
    context: &Context,
    method: Method,
    segment: &str,
    query: &str,
) -> Result<Response> {
    let now = now();
    let link = match Code::from_path_segment(segment) {
        Ok(code) => link(env, code.as_str(), now).await,
        Err(_) => None,
    };
    let settings = settings(env, now).await;
    let sent = Sent::by(request);
    let (request, cookie) = sent.view();
    let Ok(Some(settings)) = settings else {
        let Redirect {
            status, location, ..
        } = redirect_without_settings(&request);
        return respond(status, location.as_deref(), None);
    };
    let click = Click {
        request,
        method,
        link: link.as_deref(),
        query,
        cookie,
    };
    let (random, shard) = new_visitor(settings.shards)?;
    let Redirect {
        status,
        location,
        set_cookie,
        touch,
        traffic,
        link,
        ..
    } = redirect(&click, &settings, now, random);
    let click = record(&click.request, link, traffic, touch, &settings, now);
    journeys::record(env, context, click, shard);
    respond(status, location.as_deref(), set_cookie.as_deref())
}

/// Random bytes that name a visitor who is new, and the shard that they name. Visitors who are new
/// together are named for one shard: then one call keeps all their touches.
pub fn new_visitor(shards: NonZeroU16) -> Result<([u8; 10], u16)> {
    let mut random = [0; 10];
    getrandom::fill(&mut random).map_err(|error| Error::RustError(error.to_string()))?;
    let Some(chosen) = random.first_chunk_mut() else {
        return Ok((random, 0));
    };
    let shard = journeys::shard_of_new(u16::from_be_bytes(*chosen) % shards);
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

/// The link of that code, if there is one and it can be read.
pub async fn link(env: &Env, code: &str, now: i64) -> Option<Rc<PublishedLink>> {
    let remembered = LINKS.with_borrow(|links| links.get(code, now));
    if let Some(Cached { value, fresh: true }) = remembered {
        return value;
    }
    match published_link(env, code).await {
        Ok(found) => {
            let found = found.map(Rc::new);
            let fresh = if found.is_some() {
                FRESH_MS
            } else {
                UNKNOWN_FRESH_MS
            };
            LINKS.with_borrow_mut(|links| links.put(code, found.clone(), now, fresh));
            found
        }
        Err(error) => {
            console_error!("click: a link could not be read: {error}");
            remembered.and_then(|cached| cached.value)
        }
    }
}

/// What the program's clicks have in common, once a program was applied.
///
/// # Errors
/// Nothing could be reached, and this isolate remembers nothing.
pub async fn settings(env: &Env, now: i64) -> Result<Option<Rc<Settings>>> {
    let remembered = SETTINGS.with_borrow(|settings| settings.get(PROGRAM, now));
    if let Some(Cached { value, fresh: true }) = remembered {
        return Ok(Some(value));
    }
    let name = Kind::Program.as_str();
    let found = look_up::<PublishedProgram>(env, Kind::Program, name, &Command::Published)
        .await
        .and_then(|program| {
            program
                .map(|program| read_settings(env, program).map(Rc::new))
                .transpose()
        });
    match found {
        Ok(found) => {
            // That there is no program is not remembered: the click after it was applied must count.
            if let Some(found) = &found {
                SETTINGS.with_borrow_mut(|kept| kept.put(PROGRAM, found.clone(), now, FRESH_MS));
            }
            Ok(found)
        }
        Err(error) => {
            console_error!("click: the program's settings could not be read: {error}");
            let remembered = remembered.ok_or(error)?;
            Ok(Some(remembered.value))
        }
    }
}

/// The link of a code that is in force, as it is published.
pub async fn published_link(env: &Env, code: &str) -> Result<Option<PublishedLink>> {
    let command = Command::Link {
        code: code.to_owned(),
    };
    look_up(env, Kind::Link, code, &command).await
}

/// Reads from KV, else from the program object.
async fn look_up<T: DeserializeOwned>(
    env: &Env,
    kind: Kind,
    key: &str,
    command: &Command,
) -> Result<Option<T>> {
    if let Some(key) = publish::key(PROGRAM, kind, key) {
        let published = within(READ_TIMEOUT, async {
            Ok(env.kv("LINKS")?.get(&key).text().await?)
        });
        match published.await {
            Ok(Some(text)) => return Ok(Some(waymark_attribution::from_json(&text)?)),
            Ok(None) => {}
            Err(error) => console_error!("click: KV did not answer: {error}"),
        }
    }
    within(
        READ_TIMEOUT,
        durable_object::call(env, program::NAMESPACE, PROGRAM, command),
    )
    .await
}

fn read_settings(env: &Env, program: PublishedProgram) -> Result<Settings> {
    let invalid = |error: &dyn std::fmt::Display| Error::RustError(error.to_string());
    let cookie_domain = program
        .settings
        .cookie_domain
        .as_deref()
        .map(str::parse)
        .transpose()
        .map_err(|error| invalid(&error))?;
    Ok(Settings {
        home: Destination::published(&program.home).map_err(|error| invalid(&error))?,
        precedence: program.redirects.precedence,
        afsrc: program.redirects.afsrc,
        cookie_domain,
        consent: program.settings.consent(),
        hosts: program.hosts,
        storefront: program.settings.storefront,
        max_age_ms: program.window_ms,
        shards: NonZeroU16::new(program.settings.journey_shards).unwrap_or(NonZeroU16::MIN),
        keys: secrets::token_keys(env)
            .inspect_err(|error| console_error!("click: nobody is remembered: {error}"))
            .ok(),
    })
}
