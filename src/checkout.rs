//! Order webhooks: read, ask the core to verify and parse, hand to the program.
//!
//! A store is told 200 only after its facts are committed, and 503 if storage failed, so that it
//! calls again. Nothing that a body says goes to the log.

use std::cell::RefCell;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest, Sha256};
use waymark_attribution::time::Instant;
use waymark_checkout::delivery::{Parsed, SealedDelivery};
use waymark_checkout::fact::{Fact, FactKind};
use waymark_checkout::signature::{self, Scheme, Secret};
use waymark_checkout::{Unusable, generic, shopify};
use waymark_click::cache::{Cache, Cached};
use waymark_program::document::{Endpoint, EndpointKind};
use waymark_program::visit::token_facts;
use web_sys::{Headers, Request, Response, ResponseInit};
use worker::{Env, Error, Result, console_error, console_log};

use crate::object::{self, now};
use crate::program::{self, Command, DeadLetter, Outcome, Recorded, Report};
use crate::{PROGRAM, body, keys};

/// The largest body, in bytes. A full Shopify order has some 10 KiB.
const LARGEST_BODY: usize = 1 << 20;
/// How long an isolate uses an endpoint without asking, in milliseconds.
const FRESH_MS: i64 = 30_000;
/// How long an isolate remembers that there is no such endpoint, in milliseconds.
const UNKNOWN_FRESH_MS: i64 = 2_000;
/// Endpoints that an isolate remembers.
const MOST_ENDPOINTS: usize = 1_000;
/// Tokens of one order that are looked at. A shopper has one; more come from a cart that was
/// passed on.
const MOST_TOKENS: usize = 4;
/// The oldest mark that is looked at, in milliseconds: browsers keep no cookie longer than 400
/// days. Whether it still counts is for the policy's window to say, in the decision's trace.
const OLDEST_MARK_MS: i64 = 400 * 86_400_000;

thread_local! {
    static ENDPOINTS: RefCell<Cache<Option<Endpoint>>> = RefCell::new(Cache::new(MOST_ENDPOINTS));
}

/// What a call is answered with, other than what became of its facts.
enum Refused {
    MethodNotAllowed,
    TooLarge,
    /// Unsigned, badly signed, too old, or for an endpoint that does not exist: all the same.
    Unauthorised,
    Storage(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Refused::Storage(error)
    }
}

/// Answers `POST /hooks/ENDPOINT`.
pub async fn handle(request: Request, env: &Env, endpoint: &str) -> Result<Response> {
    match receive(request, env, endpoint).await {
        Ok(recorded) => {
            console_log!("hook: {endpoint}: {}", recorded.status.as_str());
            respond(200, &recorded, &[])
        }
        Err(refused) => {
            #[derive(Serialize)]
            struct Body {
                error: &'static str,
            }
            let (status, error, headers): (u16, &'static str, &[(&str, &str)]) = match refused {
                Refused::MethodNotAllowed => (405, "method: use POST", &[("allow", "POST")]),
                Refused::TooLarge => (413, "body: larger than 1 MiB", &[]),
                Refused::Unauthorised => (401, "signature: this call is not accepted", &[]),
                Refused::Storage(error) => {
                    console_error!("hook: {error}");
                    let headers = &[("retry-after", "5")];
                    (
                        503,
                        "storage did not answer; nothing was booked; call again",
                        headers,
                    )
                }
            };
            respond(status, &Body { error }, headers)
        }
    }
}

fn respond(status: u16, body: &impl Serialize, headers: &[(&str, &str)]) -> Result<Response> {
    let fields = Headers::new()?;
    fields.set("content-type", "application/json")?;
    for (name, value) in headers {
        fields.set(name, value)?;
    }
    let init = ResponseInit::new();
    init.set_status(status);
    init.set_headers(&fields);
    let body = serde_json::to_string(body)?;
    Ok(Response::new_with_opt_str_and_init(Some(&body), &init)?)
}

async fn receive(request: Request, env: &Env, id: &str) -> Result<Recorded, Refused> {
    if request.method() != "POST" {
        return Err(Refused::MethodNotAllowed);
    }
    let headers = request.headers();
    let body = body::read(request, LARGEST_BODY).await?;
    let body = body.ok_or(Refused::TooLarge)?;
    let found = endpoint(env, id).await?;
    let verified = verify(&headers, env, found.as_ref(), &body)?;
    let Some(endpoint) = found.filter(|_| verified) else {
        return Err(Refused::Unauthorised);
    };
    let topic = match endpoint.kind {
        EndpointKind::Shopify => header(&headers, "x-shopify-topic").unwrap_or_default(),
        EndpointKind::Generic => String::new(),
    };
    let parsed = match endpoint.kind {
        EndpointKind::Shopify => shopify::parse(&topic, &body),
        EndpointKind::Generic => generic::parse(&body),
    };
    match parsed {
        Ok(Parsed::Delivery(delivery)) => {
            let delivery = delivery.seal(&keys::email_key(env)?);
            record(env, endpoint, delivery).await
        }
        Ok(Parsed::Ignored { reason }) => Ok(Recorded {
            status: Outcome::Ignored,
            reason: Some(reason.to_owned()),
        }),
        Err(unusable) => bury(env, id, topic, unusable, &body).await,
    }
}

async fn endpoint(env: &Env, id: &str) -> Result<Option<Endpoint>> {
    let now = now();
    let remembered = ENDPOINTS.with_borrow(|endpoints| endpoints.get(id, now));
    if let Some(Cached { value, fresh: true }) = remembered {
        return Ok(value);
    }
    let command = Command::Endpoint { id: id.to_owned() };
    let found: Option<Endpoint> = object::call(env, program::NAMESPACE, PROGRAM, &command).await?;
    let fresh = if found.is_some() {
        FRESH_MS
    } else {
        UNKNOWN_FRESH_MS
    };
    ENDPOINTS.with_borrow_mut(|endpoints| endpoints.put(id, found.clone(), now, fresh));
    Ok(found)
}

/// Whether the endpoint exists and the call is signed for it.
///
/// A secret that the merchant named but did not set is the merchant's to repair: the store is
/// told to call again, and the log says what is missing.
fn verify(
    headers: &Headers,
    env: &Env,
    endpoint: Option<&Endpoint>,
    body: &[u8],
) -> Result<bool, Refused> {
    let scheme = match endpoint.map(|endpoint| endpoint.kind) {
        Some(EndpointKind::Shopify) => Scheme::Shopify,
        Some(EndpointKind::Generic) | None => Scheme::StandardWebhooks,
    };
    let mut secrets: Vec<Secret> = Vec::new();
    for name in endpoint.iter().flat_map(|endpoint| &endpoint.secrets) {
        let secret = scheme
            .secret(&keys::secret(env, name)?)
            .map_err(|error| Error::RustError(format!("{name}: {error}")))?;
        secrets.push(secret);
    }
    let names = [
        "x-shopify-hmac-sha256",
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
    ];
    let values = names.map(|name| header(headers, name));
    let look_up = |wanted: &str| {
        let place = names.iter().position(|name| *name == wanted)?;
        values.get(place)?.as_deref()
    };
    match signature::verify(scheme, look_up, body, &secrets, now()) {
        Ok(()) => Ok(true),
        Err(reason) => {
            console_log!("hook: refused: {reason}");
            Ok(false)
        }
    }
}

fn header(headers: &Headers, name: &str) -> Option<String> {
    headers.get(name).ok().flatten()
}

/// Adds what the tokens in the order say to what the store said, and hands all of it to the program.
async fn record(
    env: &Env,
    endpoint: Endpoint,
    delivery: SealedDelivery,
) -> Result<Recorded, Refused> {
    let SealedDelivery {
        order_id,
        mut facts,
        tokens,
    } = delivery;
    if let Some(placed_at) = placed_at(&facts) {
        for token in tokens.iter().take(MOST_TOKENS) {
            facts.extend(visit(env, token, placed_at)?);
        }
    }
    let report = Command::Report(Report {
        source: endpoint.source,
        order_id,
        facts,
    });
    Ok(object::call(env, program::NAMESPACE, PROGRAM, &report).await?)
}

fn placed_at(facts: &[Fact]) -> Option<Instant> {
    facts.iter().find_map(|fact| match &fact.kind {
        FactKind::Snapshot(snapshot) => Some(snapshot.placed_at),
        _ => None,
    })
}

/// What a token says of an order placed at that time.
/// Anyone can write a token into an order; one that does not verify counts as none.
fn visit(env: &Env, token: &str, placed_at: Instant) -> Result<Vec<Fact>> {
    let verified = keys::token_keys(env)?.verify(token, placed_at.as_millis(), OLDEST_MARK_MS);
    Ok(verified.map_or_else(|_| Vec::new(), |token| token_facts(&token).into()))
}

/// Keeps a verified call that cannot be used.
async fn bury(
    env: &Env,
    endpoint: &str,
    topic: String,
    unusable: Unusable,
    body: &[u8],
) -> Result<Recorded, Refused> {
    let reason = unusable.to_string();
    let letter = Command::DeadLetter(DeadLetter {
        endpoint: endpoint.to_owned(),
        topic,
        reason: reason.clone(),
        digest: URL_SAFE_NO_PAD.encode(Sha256::digest(body)),
        body: String::from_utf8_lossy(body).into_owned(),
    });
    let _new: bool = object::call(env, program::NAMESPACE, PROGRAM, &letter).await?;
    Ok(Recorded {
        status: Outcome::DeadLetter,
        reason: Some(reason),
    })
}
