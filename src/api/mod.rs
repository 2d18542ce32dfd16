//! `/v1`: JSON for machines.
//!
//! Every call carries `Authorization: Bearer …` with the Worker's secret `WAYMARK_API_TOKEN`. An
//! error is `{"error": "<field>: <what is wrong>"}`. Lists are pages: `limit` (1 to 200, default
//! 50) and `after`, which takes the `next` of the page before.

mod clicks;
mod customers;
mod dead_letters;
mod links;
mod orders;
mod outbox;
mod payouts;
mod program;
mod refusal;
mod resolve;
mod stores;

use std::time::Duration;

use axum::Router;
use axum::extract::rejection::{PathRejection, StringRejection};
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use subtle::ConstantTimeEq;
use tower_service::Service;
use waymark_book::Person;
use worker::{Env, FromRequest, HttpRequest};

use self::refusal::Refusal;
use crate::PROGRAM;
use crate::object;
use crate::program::{Acted, Command, NAMESPACE, Signed};

/// The largest body of a call, in bytes, save for a program.
const LARGEST_BODY: usize = 1 << 20;
/// The largest program file, in bytes: some 100 000 links.
const LARGEST_PROGRAM: usize = 16 << 20;

/// How long to wait for a program to be applied: a large one changes many rows.
const APPLY_PATIENCE: Duration = Duration::from_secs(60);

/// Answers a call.
pub async fn handle(request: web_sys::Request, env: Env) -> worker::Result<web_sys::Response> {
    let request: HttpRequest = FromRequest::from_raw(request).map_err(failed)?;
    let response = router(env).call(request).await?;
    worker::IntoResponse::into_raw(response).map_err(failed)
}

fn failed(error: impl Into<Box<dyn std::error::Error>>) -> worker::Error {
    worker::Error::RustError(error.into().to_string())
}

fn router(env: Env) -> Router {
    let v1 = Router::new()
        .route("/resolve", post(resolve::resolve))
        .route("/orders", get(orders::list))
        .route("/export", get(orders::export))
        .route("/orders/{source}/{id}", get(orders::one))
        .route("/orders/{source}/{id}/decide", post(orders::decide))
        .route("/orders/{source}/{id}/rule", post(orders::rule))
        .route("/orders/{source}/{id}/approve", post(orders::approve))
        .route("/orders/{source}/{id}/unapprove", post(orders::unapprove))
        .route("/conversions", get(payouts::conversions))
        .route("/payouts", get(payouts::list).post(payouts::make))
        .route("/payouts/{number}", get(payouts::one))
        .route("/payouts/{number}/entries", get(payouts::entries))
        .route("/payouts/{number}/pay", post(payouts::pay))
        .route("/payouts/{number}/cancel", post(payouts::cancel))
        .route("/affiliates", get(affiliates))
        .route("/affiliates/{id}", get(affiliate))
        .route("/links", get(links::list))
        .route("/links/{code}", get(links::one))
        .route("/clicks", get(clicks::report))
        .route("/dead-letters", get(dead_letters::list))
        .route("/dead-letters/{number}/replay", post(dead_letters::replay))
        .route("/customers/lookup", post(customers::lookup))
        .route("/customers/assign", post(customers::assign))
        .route("/customers/erase", post(customers::erase))
        .route("/receivers", get(outbox::receivers))
        .route("/receivers/{kind}/{name}/pause", post(outbox::pause))
        .route("/receivers/{kind}/{name}/resume", post(outbox::resume))
        .route("/receivers/{kind}/{name}/test", post(outbox::test))
        .route("/messages", get(outbox::messages))
        .route("/messages/{number}/replay", post(outbox::replay))
        .route("/stores", get(stores::list))
        .route("/stores/{source}/look", post(stores::look))
        .route("/audit", get(audit))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .route(
            "/program",
            get(program::read)
                .put(program::apply)
                .layer(DefaultBodyLimit::max(LARGEST_PROGRAM)),
        )
        .fallback(async || Refusal::not_found("no such call"))
        .method_not_allowed_fallback(async || {
            Refusal::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method: not one that this path has",
            )
        });
    Router::new()
        .nest("/v1", v1)
        .layer(from_fn_with_state(env.clone(), authorise))
        .with_state(env)
}

/// Lets a request through if it carries the token.
async fn authorise(State(env): State<Env>, request: Request, next: Next) -> Response {
    let Ok(token) = env.secret("WAYMARK_API_TOKEN") else {
        return Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "WAYMARK_API_TOKEN: the Worker has no such secret; set it with `wrangler secret put`",
        )
        .into_response();
    };
    let given = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default();
    let token = token.to_string();
    if token.is_empty() || !bool::from(given.as_bytes().ct_eq(token.as_bytes())) {
        return Refusal::new(
            StatusCode::UNAUTHORIZED,
            "authorization: expected `Bearer` and the secret WAYMARK_API_TOKEN",
        )
        .into_response();
    }
    next.run(request).await
}

/// JSON, as it is.
struct RawJson(String);

impl IntoResponse for RawJson {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, "application/json")], self.0).into_response()
    }
}

/// Asks the program object, and passes on what it says.
async fn ask(env: &Env, command: &Command) -> Result<RawJson, Refusal> {
    let patience = match command {
        Command::Apply(_) => APPLY_PATIENCE,
        _ => object::PATIENCE,
    };
    let answer = object::ask(env, NAMESPACE, PROGRAM, command, patience).await?;
    Ok(RawJson(answer))
}

/// Asks the program object for something that there may not be.
async fn find(env: &Env, command: &Command, missing: String) -> Result<RawJson, Refusal> {
    let answer = ask(env, command).await?;
    if answer.0 == "null" {
        return Err(Refusal::not_found(missing));
    }
    Ok(answer)
}

/// The part of a list that is wanted.
#[derive(Deserialize)]
struct Span {
    #[serde(default)]
    after: String,
    #[serde(default = "Span::usual")]
    limit: u8,
}

impl Span {
    const MOST: u8 = 200;
    const EXPECTED: &str = "limit: expected a number from 1 to 200";

    fn usual() -> u8 {
        50
    }

    /// The limit, if it is one that a page may have.
    fn checked(limit: u8) -> Result<u8, Refusal> {
        if (1..=Self::MOST).contains(&limit) {
            Ok(limit)
        } else {
            Err(Refusal::unprocessable(Self::EXPECTED))
        }
    }
}

/// [`Span`] from the query string, refused with the parameter's name.
struct Wanted(Span);

impl<S: Send + Sync> axum::extract::FromRequestParts<S> for Wanted {
    type Rejection = Refusal;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        state: &S,
    ) -> Result<Self, Refusal> {
        let Query(span) = Query::<Span>::from_request_parts(parts, state)
            .await
            .map_err(|_| Refusal::unprocessable(Span::EXPECTED))?;
        Span::checked(span.limit)?;
        Ok(Wanted(span))
    }
}

/// The place in a list that a page's `next` names.
fn place<P: DeserializeOwned>(next: &str) -> Result<Option<P>, Refusal> {
    if next.is_empty() {
        return Ok(None);
    }
    waymark_attribution::from_json(next)
        .map(Some)
        .map_err(|_| Refusal::unprocessable("after: expected the `next` of another page"))
}

type Answer = Result<RawJson, Refusal>;
#[worker::send]
async fn affiliates(State(env): State<Env>, Wanted(Span { after, limit }): Wanted) -> Answer {
    ask(&env, &Command::Affiliates { after, limit }).await
}

#[worker::send]
async fn affiliate(State(env): State<Env>, path: Result<Path<String>, PathRejection>) -> Answer {
    let Path(id) = path?;
    let missing = format!("affiliate: the program has none with the id {id}");
    find(&env, &Command::Affiliate { id }, missing).await
}

#[worker::send]
async fn audit(State(env): State<Env>, Wanted(Span { after, limit }): Wanted) -> Answer {
    let after = place(&after)?;
    ask(&env, &Command::Audit { after, limit }).await
}

/// Reads the body of a call: one JSON object, without unknown members.
fn body<T: DeserializeOwned>(body: Result<String, StringRejection>) -> Result<T, Refusal> {
    let body = body?;
    waymark_attribution::read_json(&body).map_err(|error| match error.path() {
        "" => Refusal::unprocessable(format!("body: {}", error.message())),
        path => Refusal::unprocessable(format!("{path}: {}", error.message())),
    })
}

/// Who does something, and why: two members of every call by which a person changes anything.
fn signed(by: &str, reason: &str) -> Result<Signed, Refusal> {
    let person = Person::new(by, reason);
    let person = person.map_err(|error| Refusal::unprocessable(error.to_string()))?;
    Ok(Signed {
        by: person.name().to_owned(),
        reason: person.reason().to_owned(),
    })
}

/// A text that a caller chose as a name.
fn text(field: &str, given: &str) -> Result<String, Refusal> {
    let given = given.trim();
    match given.len() {
        1..=255 => Ok(given.to_owned()),
        _ => Err(Refusal::unprocessable(format!(
            "{field}: expected 1 to 255 bytes"
        ))),
    }
}

/// Has the program object do what a person asks for.
async fn act(env: &Env, command: &Command, missing: String) -> Result<(), Refusal> {
    let RawJson(acted) = find(env, command, missing).await?;
    match waymark_attribution::from_json(&acted).map_err(worker::Error::from)? {
        Acted::Done => Ok(()),
        Acted::Refused(why) => Err(Refusal::new(StatusCode::CONFLICT, why)),
    }
}
