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
use web_sys::{Headers, Request, Response, ResponseInit};
use worker::Result;

use crate::api::error::Refusal;
use crate::api::request::{Answer, Call};
use crate::merchant::Merchant;
use crate::program::protocol::orders::Act;

/// Answers a call.
pub async fn handle(request: Request, merchant: Merchant) -> Result<Response> {
    match answer(&Call::new(request, merchant)).await {
        Ok(json) => respond(200, &json, None),
        Err(refusal) => respond(refusal.status, &refusal.json()?, refusal.allow.as_deref()),
    }
}

fn respond(status: u16, json: &str, allow: Option<&str>) -> Result<Response> {
    let headers = Headers::new()?;
    headers.set("content-type", "application/json")?;
    if let Some(allow) = allow {
        headers.set("allow", allow)?;
    }
    let init = ResponseInit::new();
    init.set_status(status);
    init.set_headers(&headers);
    Ok(Response::new_with_opt_str_and_init(Some(json), &init)?)
}

/// What a path does when it is called by a method. Nothing happens before it is waited for.
type Way<'a> = (&'static str, Pin<Box<dyn Future<Output = Answer> + 'a>>);

fn get<'a>(answer: impl Future<Output = Answer> + 'a) -> Way<'a> {
    ("GET", Box::pin(answer))
}

fn post<'a>(answer: impl Future<Output = Answer> + 'a) -> Way<'a> {
    ("POST", Box::pin(answer))
}

fn put<'a>(answer: impl Future<Output = Answer> + 'a) -> Way<'a> {
    ("PUT", Box::pin(answer))
}

async fn answer(call: &Call) -> Answer {
    authorise(call)?;
    let path = call.path()?;
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let ways = match *path.as_slice() {
        ["resolve"] => vec![post(resolve::resolve(call))],
        ["program"] => vec![get(program::read(call)), put(program::apply(call))],
        ["orders"] => vec![get(orders::list(call))],
        ["export"] => vec![get(orders::export(call))],
        ["orders", store, id] => vec![get(orders::one(call, store, id))],
        ["orders", store, id, "decide"] => vec![post(orders::decide(call, store, id))],
        ["orders", store, id, "rule"] => vec![post(orders::rule(call, store, id))],
        ["orders", store, id, "acknowledge"] => {
            vec![post(orders::act(call, store, id, Act::Acknowledge))]
        }
        ["orders", store, id, "approve"] => {
            vec![post(orders::act(call, store, id, Act::Approve))]
        }
        ["orders", store, id, "unapprove"] => {
            vec![post(orders::act(call, store, id, Act::Unapprove))]
        }
        ["conversions"] => vec![get(payouts::conversions(call))],
        ["payouts"] => vec![get(payouts::list(call)), post(payouts::make(call))],
        ["payouts", number] => vec![get(payouts::one(call, number))],
        ["payouts", number, "entries"] => vec![get(payouts::entries(call, number))],
        ["payouts", number, "pay"] => vec![post(payouts::end(call, number, true))],
        ["payouts", number, "cancel"] => vec![post(payouts::end(call, number, false))],
        ["affiliates"] => vec![get(affiliates::list(call))],
        ["affiliates", id] => vec![get(affiliates::one(call, id))],
        ["links"] => vec![get(links::list(call))],
        ["links", code] => vec![get(links::one(call, code))],
        ["clicks"] => vec![get(clicks::report(call))],
        ["customers", "lookup"] => vec![post(customers::lookup(call))],
        ["customers", "assign"] => vec![post(customers::assign(call))],
        ["customers", "erase"] => vec![post(customers::erase(call))],
        ["receivers"] => vec![get(messages::receivers(call))],
        ["receivers", kind, name, "pause"] => vec![post(messages::pause(call, kind, name, true))],
        ["receivers", kind, name, "resume"] => vec![post(messages::pause(call, kind, name, false))],
        ["receivers", kind, name, "test"] => vec![post(messages::test(call, kind, name))],
        ["messages"] => vec![get(messages::messages(call))],
        ["messages", number, "replay"] => vec![post(messages::replay(call, number))],
        ["dead-letters"] => vec![get(dead_letters::list(call))],
        ["dead-letters", number, "replay"] => vec![post(dead_letters::replay(call, number))],
        ["stores"] => vec![get(stores::list(call))],
        ["stores", store, "sync"] => vec![post(stores::sync(call, store))],
        ["audit"] => vec![get(audit::list(call))],
        _ => return Err(Refusal::not_found("no such call")),
    };
    let allowed: Vec<&str> = ways.iter().map(|(method, _)| *method).collect();
    let asked = call.method();
    match ways.into_iter().find(|(method, _)| *method == asked) {
        Some((_, answer)) => answer.await,
        None => Err(Refusal::method(&allowed)),
    }
}

/// Lets a call through if it carries the token.
fn authorise(call: &Call) -> std::result::Result<(), Refusal> {
    let Ok(token) = call.merchant.env().secret("WAYMARK_API_TOKEN") else {
        return Err(Refusal::new(
            503,
            "WAYMARK_API_TOKEN: the Worker has no such secret; set it with `wrangler secret put`",
        ));
    };
    let token = token.to_string();
    let header = call.header("authorization");
    let given = header.strip_prefix("Bearer ").unwrap_or_default();
    if token.is_empty() || !bool::from(given.as_bytes().ct_eq(token.as_bytes())) {
        return Err(Refusal::new(
            401,
            "authorization: expected `Bearer` and the secret WAYMARK_API_TOKEN",
        ));
    }
    Ok(())
}
