//! Order webhooks: read, ask the core to verify and parse, hand to the program.
//!
//! A store is told 200 only after its facts are committed, and 503 if storage failed or the
//! endpoint's secret is not set, so that it calls again. Nothing that a body says goes to the log.

use serde::Serialize;
use waymark_attribution::time::Instant;
use waymark_program::document::Endpoint;
use waymark_signatures::{Scheme, Secret};
use waymark_stores::delivery::{Parsed, PrivacyRequest};
use waymark_stores::kept::MAX_BODY_BYTES;
use waymark_stores::{Platform, Unusable, woocommerce};
use web_sys::{Headers, Request, Response};
use worker::{Error, Result, console_error, console_log};

use crate::merchant::Merchant;
use crate::platform::durable_object::now;
use crate::platform::{http, secrets};
use crate::program::protocol::customers::{MergeCustomers, TakePrivacyRequest, Who};
use crate::program::protocol::directory::Reached;
use crate::program::protocol::orders::{Call, NoteChange, Outcome, Recorded, TakeReport};
use crate::program::protocol::stores::{BuryCall, ForgetDeadLetter, ShowDeadLetter};
use crate::program::stores::delivery::{call, report};

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
pub async fn handle(request: Request, merchant: &Merchant, endpoint: &str) -> Result<Response> {
    match receive(request, merchant, endpoint).await {
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
                Refused::TooLarge => (413, "body: larger than 8 MiB", &[]),
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
    http::respond_json(status, headers, &serde_json::to_string(body)?)
}

async fn receive(request: Request, merchant: &Merchant, id: &str) -> Result<Recorded, Refused> {
    if request.method() != "POST" {
        return Err(Refused::MethodNotAllowed);
    }
    let headers = request.headers();
    let body = http::read(&request, MAX_BODY_BYTES).await?;
    let body = body.ok_or(Refused::TooLarge)?;
    if woocommerce::is_ping(&body) {
        return Ok(Recorded {
            status: Outcome::Ignored,
            reason: Some("a ping".to_owned()),
        });
    }
    let found = merchant.endpoint(id).await?;
    let endpoint = found.as_ref().map(|reached| &reached.endpoint);
    let verified = verify(&headers, merchant, endpoint, &body)?;
    let Some(reached) = found.filter(|_| verified) else {
        return Err(Refused::Unauthorised);
    };
    let topic = reached.endpoint.kind.topic_header();
    let topic = topic
        .and_then(|name| header(&headers, name))
        .unwrap_or_default();
    let text = String::from_utf8_lossy(&body).into_owned();
    take(merchant, &reached, call(id, &topic, text), &body).await
}

/// Takes a call that its store has signed, now or when it was first received.
async fn take(
    merchant: &Merchant,
    reached: &Reached,
    call: Call,
    body: &[u8],
) -> Result<Recorded, Refused> {
    let Reached {
        endpoint,
        token_parameter,
    } = reached;
    let now = Instant::from_millis(now());
    match endpoint.kind.parse(&call.topic, body, now) {
        Ok(Parsed::Delivery(delivery)) => {
            let store = &endpoint.store;
            let report = report(merchant, store, token_parameter, delivery, Some(call))?;
            Ok(merchant.ask(TakeReport { report }).await?)
        }
        Ok(Parsed::Changed { order_id }) => {
            let changed = NoteChange {
                store: endpoint.store.clone(),
                order_id,
                call,
            };
            Ok(merchant.ask(changed).await?)
        }
        Ok(Parsed::Merged { kept, gone }) => {
            let store = endpoint.store.clone();
            let merge = MergeCustomers {
                store,
                kept,
                gone,
                call,
            };
            Ok(merchant.ask(merge).await?)
        }
        Ok(Parsed::Privacy(request)) => privacy(merchant, &endpoint.store, request).await,
        Ok(Parsed::Ignored { reason }) => Ok(Recorded {
            status: Outcome::Ignored,
            reason: Some(reason.to_owned()),
        }),
        Err(unusable) => bury(merchant, call, &unusable).await,
    }
}

/// Takes a dead letter again, once what was wrong with it is mended. `None` if there is none of
/// that number, or its endpoint has ended.
///
/// # Errors
/// Storage did not answer; the letter stays as it was.
pub async fn replay(merchant: &Merchant, number: i64) -> Result<Option<Recorded>> {
    let Some(letter) = merchant.find(ShowDeadLetter { number }).await? else {
        return Ok(None);
    };
    let Some(reached) = merchant.endpoint(&letter.endpoint).await? else {
        return Ok(None);
    };
    let call = call(&letter.endpoint, &letter.topic, letter.body.clone());
    let digest = call.digest.clone();
    match take(merchant, &reached, call, letter.body.as_bytes()).await {
        Ok(recorded) => {
            if recorded.status == Outcome::Ignored {
                merchant.ask(ForgetDeadLetter { number, digest }).await?;
            }
            Ok(Some(recorded))
        }
        Err(Refused::Unavailable(error)) => Err(error),
        Err(_) => Ok(None),
    }
}

/// Whether the endpoint exists and the call is signed for it.
///
/// A secret that the merchant named but did not set, or that is none, is the merchant's to repair, and
/// the log says so. A call that another one has signed is taken all the same. Of any other nobody knows
/// whose it is: the store is told to call again.
fn verify(
    headers: &Headers,
    merchant: &Merchant,
    endpoint: Option<&Endpoint>,
    body: &[u8],
) -> Result<bool, Refused> {
    let platform = endpoint.map_or(Platform::Generic, |endpoint| endpoint.kind);
    let scheme = platform.scheme();
    let mut secrets: Vec<Secret> = Vec::new();
    let mut unset = None;
    for name in endpoint.iter().flat_map(|endpoint| &endpoint.secrets) {
        match secret(merchant, scheme, name) {
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

fn secret(merchant: &Merchant, scheme: Scheme, name: &str) -> Result<Secret> {
    let secret = scheme.secret(&secrets::secret(merchant.env(), name)?);
    secret.map_err(|error| Error::RustError(format!("{name}: {error}")))
}

fn header(headers: &Headers, name: &str) -> Option<String> {
    headers.get(name).ok().flatten()
}

/// Does what a customer, or the law, asks the merchant for through the store.
async fn privacy(
    merchant: &Merchant,
    store: &str,
    request: PrivacyRequest,
) -> Result<Recorded, Refused> {
    let key = secrets::email_key(merchant.env())?;
    let email = request.email.and_then(|email| key.seal(&email));
    let request = TakePrivacyRequest {
        what: request.what,
        who: Who {
            store: store.to_owned(),
            customer_id: request.customer_id,
            email: email.map(|email| email.as_str().to_owned()),
        },
        orders: request.orders,
    };
    Ok(merchant.ask(request).await?)
}

/// Keeps a verified call that cannot be used.
async fn bury(merchant: &Merchant, call: Call, unusable: &Unusable) -> Result<Recorded, Refused> {
    let reason = unusable.to_string();
    let letter = BuryCall {
        call,
        reason: reason.clone(),
    };
    let _new = merchant.ask(letter).await?;
    Ok(Recorded {
        status: Outcome::DeadLetter,
        reason: Some(reason),
    })
}
