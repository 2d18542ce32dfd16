//! `/v1`: JSON for machines.
//!
//! Every call carries `Authorization: Bearer …` with the Worker's secret `WAYMARK_API_TOKEN`. An
//! error is `{"error": "<field>: <what is wrong>"}`. Lists are pages: `limit` (1 to 200, default
//! 50) and `after`, which takes the `next` of the page before.

mod clicks;
mod links;
mod program;
mod refusal;
mod resolve;

use std::time::Duration;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use subtle::ConstantTimeEq;
use tower_service::Service;
use worker::{Env, FromRequest, HttpRequest};

use self::refusal::Refusal;
use crate::PROGRAM;
use crate::object;
use crate::program::{Command, NAMESPACE};

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
        .route("/orders", get(orders))
        .route("/orders/{source}/{id}", get(order))
        .route("/orders/{source}/{id}/decide", post(decide))
        .route("/affiliates", get(affiliates))
        .route("/affiliates/{id}", get(affiliate))
        .route("/links", get(links::list))
        .route("/links/{code}", get(links::one))
        .route("/clicks", get(clicks::report))
        .route("/dead-letters", get(dead_letters))
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
    serde_json::from_str(next)
        .map(Some)
        .map_err(|_| Refusal::unprocessable("after: expected the `next` of another page"))
}

type Answer = Result<RawJson, Refusal>;
type OrderPath = Result<Path<(String, String)>, PathRejection>;

#[worker::send]
async fn orders(State(env): State<Env>, Wanted(Span { after, limit }): Wanted) -> Answer {
    let after = place(&after)?;
    ask(&env, &Command::Orders { after, limit }).await
}

#[worker::send]
async fn order(State(env): State<Env>, path: OrderPath) -> Answer {
    let Path((source, id)) = path?;
    let missing = format!("order: {source} has reported none with the id {id}");
    find(&env, &Command::Order { source, id }, missing).await
}

#[worker::send]
async fn decide(State(env): State<Env>, path: OrderPath) -> Answer {
    let Path((source, id)) = path?;
    let missing = format!("order: {source} has reported none with the id {id}");
    find(&env, &Command::Decide { source, id }, missing).await
}

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
async fn dead_letters(State(env): State<Env>, Wanted(Span { after, limit }): Wanted) -> Answer {
    let after = place(&after)?;
    ask(&env, &Command::DeadLetters { after, limit }).await
}
