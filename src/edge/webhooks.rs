//! Order webhooks: read, ask the core to verify and parse, hand to the program.
//!
//! A store is told 200 only after its facts are committed, and 503 if storage failed or the
//! endpoint's secret is not set, so that it calls again. Nothing that a body says goes to the log.

use std::cell::RefCell;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest, Sha256};
use waymark_attribution::time::Instant;
use waymark_click::cache::{Cache, Cached};
use waymark_facts::fact::{Fact, FactKind};
use waymark_orders::touches::token_facts;
use waymark_program::document::Endpoint;
use waymark_signatures::{Scheme, Secret};
use waymark_stores::delivery::{Delivery, Parsed, PrivacyRequest};
use waymark_stores::{Platform, Unusable, woocommerce};
use web_sys::{Headers, Request, Response, ResponseInit};
use worker::{Env, Error, Result, console_error, console_log};

use crate::PROGRAM;
use crate::platform::durable_object::{self, now};
use crate::platform::{http, secrets};
use crate::program::{
    self, Call, Command, DeadLetter, DeadLetterView, Outcome, Reached, Recorded, Report, Who,
};

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
    static ENDPOINTS: RefCell<Cache<Option<Reached>>> = RefCell::new(Cache::new(MOST_ENDPOINTS));
}

/// What a call is answered with, other than what became of its facts.
enum Refused {
    MethodNotAllowed,
    TooLarge,
    /// Unsigned, badly signed, too old, or for an endpoint that does not exist: all the same.
    Unauthorised,
    /// Storage failed, or the merchant has not set a secret.
    Unavailable(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Refused::Unavailable(error)
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
                Refused::Unavailable(error) => {
                    console_error!("hook: {error}");
                    let headers = &[("retry-after", "5")];
                    // Strangers are not told which of them it is: the log says.
                    let error = "this call cannot be taken now; nothing was booked; call again";
                    (503, error, headers)
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
    let body = http::read(&request, LARGEST_BODY).await?;
    let body = body.ok_or(Refused::TooLarge)?;
    if woocommerce::is_ping(&body) {
        return Ok(Recorded {
            status: Outcome::Ignored,
            reason: Some("a ping".to_owned()),
        });
    }
    let found = endpoint(env, id).await?;
    let endpoint = found.as_ref().map(|reached| &reached.endpoint);
    let verified = verify(&headers, env, endpoint, &body)?;
    let Some(reached) = found.filter(|_| verified) else {
        return Err(Refused::Unauthorised);
    };
    let topic = reached.endpoint.kind.topic_header();
    let topic = topic
        .and_then(|name| header(&headers, name))
        .unwrap_or_default();
    let text = String::from_utf8_lossy(&body).into_owned();
    take(env, &reached, call(id, &topic, text), &body).await
}

/// A call of a store, as it is kept.
pub fn call(endpoint: &str, topic: &str, body: String) -> Call {
    Call {
        endpoint: endpoint.to_owned(),
        topic: topic.to_owned(),
        digest: URL_SAFE_NO_PAD.encode(Sha256::digest(&body)),
        body,
    }
}

/// Takes a call that its store has signed, now or when it was first received.
async fn take(env: &Env, reached: &Reached, call: Call, body: &[u8]) -> Result<Recorded, Refused> {
    let Reached {
        endpoint,
        token_parameter,
    } = reached;
    let now = Instant::from_millis(now());
    match endpoint.kind.parse(&call.topic, body, now) {
        Ok(Parsed::Delivery(delivery)) => {
            let source = &endpoint.source;
            let report = report(env, source, token_parameter, delivery, Some(call))?;
            let report = Command::Report(report);
            Ok(durable_object::call(env, program::NAMESPACE, PROGRAM, &report).await?)
        }
        Ok(Parsed::Changed { order_id }) => {
            let changed = Command::Changed {
                source: endpoint.source.clone(),
                order_id,
                call,
            };
            Ok(durable_object::call(env, program::NAMESPACE, PROGRAM, &changed).await?)
        }
        Ok(Parsed::Privacy(request)) => privacy(env, &endpoint.source, request).await,
        Ok(Parsed::Ignored { reason }) => Ok(Recorded {
            status: Outcome::Ignored,
            reason: Some(reason.to_owned()),
        }),
        Err(unusable) => bury(env, call, &unusable).await,
    }
}

/// Takes a dead letter again, once what was wrong with it is mended. `None` if there is none of
/// that number, or its endpoint has ended.
///
/// # Errors
/// Storage did not answer; the letter stays as it was.
pub async fn replay(env: &Env, number: i64) -> Result<Option<Recorded>> {
    let read = Command::ReadDeadLetter { number };
    let letter: Option<DeadLetterView> =
        durable_object::call(env, program::NAMESPACE, PROGRAM, &read).await?;
    let Some(letter) = letter else {
        return Ok(None);
    };
    let Some(reached) = endpoint(env, &letter.endpoint).await? else {
        return Ok(None);
    };
    let call = call(&letter.endpoint, &letter.topic, letter.body.clone());
    match take(env, &reached, call, letter.body.as_bytes()).await {
        Ok(recorded) => {
            if recorded.status == Outcome::Ignored {
                let forget = Command::ForgetDeadLetter { number };
                durable_object::call::<_, ()>(env, program::NAMESPACE, PROGRAM, &forget).await?;
            }
            Ok(Some(recorded))
        }
        Err(Refused::Unavailable(error)) => Err(error),
        Err(_) => Ok(None),
    }
}

async fn endpoint(env: &Env, id: &str) -> Result<Option<Reached>> {
    let now = now();
    let remembered = ENDPOINTS.with_borrow(|endpoints| endpoints.get(id, now));
    if let Some(Cached { value, fresh: true }) = remembered {
        return Ok(value);
    }
    let command = Command::Endpoint { id: id.to_owned() };
    let found: Option<Reached> =
        durable_object::call(env, program::NAMESPACE, PROGRAM, &command).await?;
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
/// A secret that the merchant named but did not set, or that is none, is the merchant's to repair, and
/// the log says so. A call that another one has signed is taken all the same. Of any other nobody knows
/// whose it is: the store is told to call again.
fn verify(
    headers: &Headers,
    env: &Env,
    endpoint: Option<&Endpoint>,
    body: &[u8],
) -> Result<bool, Refused> {
    let platform = endpoint.map_or(Platform::Generic, |endpoint| endpoint.kind);
    let scheme = platform.scheme();
    let mut secrets: Vec<Secret> = Vec::new();
    let mut unset = None;
    for name in endpoint.iter().flat_map(|endpoint| &endpoint.secrets) {
        match secret(env, scheme, name) {
            Ok(secret) => secrets.push(secret),
            Err(error) => unset = Some(error),
        }
    }
    let values = scheme
        .headers()
        .iter()
        .map(|name| (*name, header(headers, name)));
    let values: Vec<_> = values.collect();
    let look_up = |wanted: &str| {
        let value = values.iter().find(|(name, _)| *name == wanted);
        value.and_then(|(_, value)| value.as_deref())
    };
    match (
        waymark_signatures::verify(scheme, look_up, body, &secrets, now()),
        unset,
    ) {
        (Ok(()), None) => Ok(true),
        (Ok(()), Some(unset)) => {
            console_error!("hook: taken, but: {unset}");
            Ok(true)
        }
        (Err(_), Some(unset)) => Err(Refused::Unavailable(unset)),
        (Err(reason), None) => {
            console_log!("hook: refused: {reason}");
            Ok(false)
        }
    }
}

fn secret(env: &Env, scheme: Scheme, name: &str) -> Result<Secret> {
    let secret = scheme.secret(&secrets::secret(env, name)?);
    secret.map_err(|error| Error::RustError(format!("{name}: {error}")))
}

fn header(headers: &Headers, name: &str) -> Option<String> {
    headers.get(name).ok().flatten()
}

/// What a store said of an order, and what the tokens in the order say.
///
/// `token_parameter` is the program's setting of that name.
pub fn report(
    env: &Env,
    source: &str,
    token_parameter: &str,
    delivery: Delivery,
    call: Option<Call>,
) -> Result<Report> {
    let mut sealed = delivery.seal(&secrets::email_key(env)?);
    if let Some(placed_at) = placed_at(&sealed.facts) {
        let mut visits = Vec::new();
        for token in sealed.all_tokens(token_parameter).take(MOST_TOKENS) {
            visits.extend(visit(env, &token, placed_at)?);
        }
        sealed.facts.extend(visits);
    }
    Ok(Report {
        source: source.to_owned(),
        order_id: sealed.order_id,
        other_names: sealed.other_names,
        facts: sealed.facts,
        call,
    })
}

/// Does what a customer, or the law, asks the merchant for through the store.
async fn privacy(env: &Env, source: &str, request: PrivacyRequest) -> Result<Recorded, Refused> {
    let key = secrets::email_key(env)?;
    let email = request.email.and_then(|email| key.seal(&email));
    let command = Command::Privacy {
        what: request.what,
        who: Who {
            source: source.to_owned(),
            customer_id: request.customer_id,
            email: email.map(|email| email.as_str().to_owned()),
        },
        orders: request.orders,
    };
    Ok(durable_object::call(env, program::NAMESPACE, PROGRAM, &command).await?)
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
    let verified = secrets::token_keys(env)?.verify(token, placed_at.as_millis(), OLDEST_MARK_MS);
    Ok(verified.map_or_else(|_| Vec::new(), |token| token_facts(&token).into()))
}

/// Keeps a verified call that cannot be used.
async fn bury(env: &Env, call: Call, unusable: &Unusable) -> Result<Recorded, Refused> {
    let reason = unusable.to_string();
    let letter = Command::DeadLetter(DeadLetter {
        call,
        reason: reason.clone(),
    });
    let _new: bool = durable_object::call(env, program::NAMESPACE, PROGRAM, &letter).await?;
    Ok(Recorded {
        status: Outcome::DeadLetter,
        reason: Some(reason),
    })
}
