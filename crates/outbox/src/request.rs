//! The request that carries an event to a receiver.

use std::fmt;

use form_urlencoded::byte_serialize;
use percent_encoding::utf8_percent_encode;
use waymark_attribution::time::Instant;
use waymark_signatures::{Scheme, SecretError, sign_standard_webhooks};

use crate::address::{AddressError, confirmed_host};
use crate::event::Event;
use crate::macros::{Macro, Values};
use crate::receiver::{CallMethod, Postback, Receiver, Webhook};
use crate::retry::Rule;
use crate::template::{RESERVED, Template, TemplateError, UrlTemplate, UrlTemplateError};

/// How long a receiver has for its answer, in milliseconds (Standard Webhooks: 15 to 30 s).
pub const TIMEOUT_MS: u32 = 15_000;

/// What the requests say that they come from.
const USER_AGENT: &str = concat!("Waymark/", env!("CARGO_PKG_VERSION"));

/// A request to make: as it stands, with no redirect followed, within [`TIMEOUT_MS`].
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// How it is called.
    pub method: CallMethod,
    /// Its whole address.
    pub url: String,
    /// Names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// Its body, if it has one.
    pub body: Option<String>,
    /// What the answers to it mean.
    pub(crate) rule: Rule,
    /// What the log must not hold, though an answer does.
    pub(crate) hidden: Vec<String>,
}

/// Opaque: the URL, the headers and the body may hold secrets.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Request(…)")
    }
}

/// Why a request could not be made. Never repeats a secret.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the message of each says what it means")]
pub enum RequestError {
    #[error("the program has no such receiver any more")]
    NoReceiver,
    #[error("url: {0}")]
    Address(#[from] AddressError),
    #[error("url: {0}")]
    Url(#[from] UrlTemplateError),
    #[error("body: {0}")]
    Body(#[from] TemplateError),
    #[error("the Worker has no secret {0}; set it with `wrangler secret put {0}`")]
    NoSecret(String),
    #[error("{name}: {error}")]
    Secret { name: String, error: SecretError },
    #[error("the event is about no conversion, so a postback cannot tell of it")]
    NoConversion,
    #[error("the event cannot be written as JSON: {0}")]
    Payload(#[from] serde_json::Error),
}

/// The request that tells the receiver of the event, at `now`.
///
/// `hosts` are the confirmed ones; `secret` gives the value of a secret of the Worker by its name.
///
/// # Errors
/// What is wrong with the receiver; once it is put right, the event can be sent.
pub fn request(
    event: &Event,
    receiver: Receiver<'_>,
    hosts: &[String],
    secret: &dyn Fn(&str) -> Option<String>,
    now: Instant,
) -> Result<Request, RequestError> {
    let secret = |name: &String| secret(name).ok_or_else(|| RequestError::NoSecret(name.clone()));
    match receiver {
        Receiver::Webhook(webhook) => signed(event, webhook, hosts, secret, now),
        Receiver::Postback(postback) => filled(event, postback, hosts, secret),
    }
}

fn signed(
    event: &Event,
    webhook: &Webhook,
    hosts: &[String],
    secret: impl Fn(&String) -> Result<String, RequestError>,
    now: Instant,
) -> Result<Request, RequestError> {
    confirmed_host(&webhook.url, hosts)?;
    let body = event.payload()?;
    let id = event.id.as_str();
    let seconds = now.as_millis().div_euclid(1_000);
    let mut hidden = Vec::new();
    let mut signatures = Vec::with_capacity(webhook.secrets.len());
    for name in &webhook.secrets {
        let text = secret(name)?;
        let key = Scheme::StandardWebhooks
            .secret(&text)
            .map_err(|error| RequestError::Secret {
                name: name.clone(),
                error,
            })?;
        let signature = sign_standard_webhooks(&key, id, seconds, body.as_bytes());
        hidden.extend([text, signature.clone()]);
        signatures.push(signature);
    }
    let headers = vec![
        ("content-type", "application/json".to_owned()),
        ("user-agent", USER_AGENT.to_owned()),
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", seconds.to_string()),
        ("webhook-signature", signatures.join(" ")),
    ];
    Ok(Request {
        method: CallMethod::Post,
        url: webhook.url.clone(),
        headers,
        body: Some(body),
        rule: Rule::Webhook,
        hidden,
    })
}

fn filled(
    event: &Event,
    postback: &Postback,
    hosts: &[String],
    secret: impl Fn(&String) -> Result<String, RequestError>,
) -> Result<Request, RequestError> {
    let url = UrlTemplate::parse(&postback.url, hosts)?;
    let body = postback
        .body
        .as_ref()
        .map(|body| Ok::<_, RequestError>((body.content_type(), body.template()?)))
        .transpose()?;
    let conversion = event.conversion().ok_or(RequestError::NoConversion)?;
    let has_secret = |body: &(_, Template)| body.1.has(Macro::Secret);
    let secret = match &postback.secret {
        Some(name) if url.has(Macro::Secret) || body.as_ref().is_some_and(has_secret) => {
            Some(secret(name)?)
        }
        _ => None,
    };
    let values = Values {
        event,
        conversion,
        secret: secret.as_deref(),
    };
    let mut headers = vec![("user-agent", USER_AGENT.to_owned())];
    let body = body.map(|(content_type, template)| {
        headers.push(("content-type", content_type.to_owned()));
        template.fill(|name| values.of(name))
    });
    // As it is, and as it stands in a URL or form.
    let hidden = secret.iter().flat_map(|secret| {
        [
            secret.clone(),
            utf8_percent_encode(secret, RESERVED).to_string(),
            byte_serialize(secret.as_bytes()).collect(),
        ]
    });
    Ok(Request {
        method: postback.method,
        url: url.fill(|name| values.of(name)),
        headers,
        body,
        rule: Rule::Postback {
            success: postback.success.clone(),
        },
        hidden: hidden.collect(),
    })
}
