//! `/v1`: JSON for machines. Every call is on this page.
//!
//! Every call carries `Authorization: Bearer …` with the Worker's secret `WAYMARK_API_TOKEN`. An
//! error is `{"error": "<field>: <what is wrong>"}`. Lists are pages: `limit` (1 to 200, default
//! 50) and `after`, which takes the `next` of the page before.

mod affiliates;
mod audit;
mod clicks;
mod customers;
mod dead_letters;
mod error;
mod links;
mod messages;
mod orders;
mod payouts;
mod program;
mod request;
mod resolve;
mod stores;

use std::pin::Pin;

use subtle::ConstantTimeEq;
use web_sys::{Request, Response};
use worker::Result;

use crate::api::error::ApiError;
use crate::api::request::{ApiRequest, ApiResult};
use crate::merchant::Merchant;
use crate::platform::http;
use crate::program::protocol::orders::Act;

/// Answers a call.
pub async fn handle(request: Request, merchant: Merchant) -> Result<Response> {
    match answer(&ApiRequest::new(request, merchant)).await {
        Ok(json) => http::respond_json(200, &[], &json),
        Err(error) => {
            let allow = error.allow.as_deref().map(|allow| ("allow", allow));
            http::respond_json(error.status, allow.as_slice(), &error.json()?)
        }
    }
}

/// What a path does when it is called by a method. Nothing happens before it is waited for.
type Way<'a> = (&'static str, Pin<Box<dyn Future<Output = ApiResult> + 'a>>);

fn get<'a>(answer: impl Future<Output = ApiResult> + 'a) -> Way<'a> {
    ("GET", Box::pin(answer))
}

fn post<'a>(answer: impl Future<Output = ApiResult> + 'a) -> Way<'a> {
    ("POST", Box::pin(answer))
}

fn put<'a>(answer: impl Future<Output = ApiResult> + 'a) -> Way<'a> {
    ("PUT", Box::pin(answer))
}

async fn answer(api: &ApiRequest) -> ApiResult {
    authorise(api)?;
    let path = api.path()?;
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let ways = match *path.as_slice() {
        ["resolve"] => vec![post(resolve::resolve(api))],
        ["program"] => vec![get(program::read(api)), put(program::apply(api))],
        ["orders"] => vec![get(orders::list(api))],
        ["export"] => vec![get(orders::export(api))],
        ["orders", store, id] => vec![get(orders::one(api, store, id))],
        ["orders", store, id, "decide"] => vec![post(orders::decide(api, store, id))],
        ["orders", store, id, "rule"] => vec![post(orders::rule(api, store, id))],
        ["orders", store, id, "acknowledge"] => {
            vec![post(orders::act(api, store, id, Act::Acknowledge))]
        }
        ["orders", store, id, "approve"] => {
            vec![post(orders::act(api, store, id, Act::Approve))]
        }
        ["orders", store, id, "unapprove"] => {
            vec![post(orders::act(api, store, id, Act::Unapprove))]
        }
        ["conversions"] => vec![get(payouts::conversions(api))],
        ["payouts"] => vec![get(payouts::list(api)), post(payouts::make(api))],
        ["payouts", number] => vec![get(payouts::one(api, number))],
        ["payouts", number, "entries"] => vec![get(payouts::entries(api, number))],
        ["payouts", number, "pay"] => vec![post(payouts::end(api, number, true))],
        ["payouts", number, "cancel"] => vec![post(payouts::end(api, number, false))],
        ["affiliates"] => vec![get(affiliates::list(api))],
        ["affiliates", id] => vec![get(affiliates::one(api, id))],
        ["links"] => vec![get(links::list(api))],
        ["links", code] => vec![get(links::one(api, code))],
        ["clicks"] => vec![get(clicks::report(api))],
        ["customers", "lookup"] => vec![post(customers::lookup(api))],
        ["customers", "assign"] => vec![post(customers::assign(api))],
        ["customers", "erase"] => vec![post(customers::erase(api))],
        ["receivers"] => vec![get(messages::receivers(api))],
        ["receivers", kind, name, "pause"] => vec![post(messages::pause(api, kind, name, true))],
        ["receivers", kind, name, "resume"] => vec![post(messages::pause(api, kind, name, false))],
        ["receivers", kind, name, "test"] => vec![post(messages::test(api, kind, name))],
        ["messages"] => vec![get(messages::messages(api))],
        ["messages", number, "replay"] => vec![post(messages::replay(api, number))],
        ["dead-letters"] => vec![get(dead_letters::list(api))],
        ["dead-letters", number, "replay"] => vec![post(dead_letters::replay(api, number))],
        ["stores"] => vec![get(stores::list(api))],
        ["stores", store, "sync"] => vec![post(stores::sync(api, store))],
        ["audit"] => vec![get(audit::list(api))],
        _ => return Err(ApiError::not_found("no such call")),
    };
    let allowed: Vec<&str> = ways.iter().map(|(method, _)| *method).collect();
    let asked = api.method();
    match ways.into_iter().find(|(method, _)| *method == asked) {
        Some((_, answer)) => answer.await,
        None => Err(ApiError::method(&allowed)),
    }
}

/// Lets a call through if it carries the token.
fn authorise(api: &ApiRequest) -> std::result::Result<(), ApiError> {
    let Ok(token) = api.merchant.env().secret("WAYMARK_API_TOKEN") else {
        return Err(ApiError::new(
            503,
            "WAYMARK_API_TOKEN: the Worker has no such secret; set it with `wrangler secret put`",
        ));
    };
    let token = token.to_string();
    let header = api.header("authorization");
    let given = header.strip_prefix("Bearer ").unwrap_or_default();
    if token.is_empty() || !bool::from(given.as_bytes().ct_eq(token.as_bytes())) {
        return Err(ApiError::new(
            401,
            "authorization: expected `Bearer` and the secret WAYMARK_API_TOKEN",
        ));
    }
    Ok(())
}
