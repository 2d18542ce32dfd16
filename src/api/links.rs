//! `/v1/links`: the links in force, each with the addresses to share, scan and print.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::Uri;
use serde::Serialize;
use waymark_click::{Addresses, Code};
use worker::Env;

use super::refusal::Refusal;
use super::{Span, Wanted};
use crate::PROGRAM;
use crate::object;
use crate::program::{Command, LinkView, NAMESPACE, Page};

/// A link with its addresses on the host that was asked.
#[derive(Serialize)]
pub struct Addressed {
    #[serde(flatten)]
    link: LinkView,
    #[serde(flatten)]
    addresses: Addresses,
}

impl Addressed {
    fn on_host_of(uri: &Uri, link: LinkView) -> Result<Self, Refusal> {
        let code: Code = link.code.parse().map_err(missing)?;
        let addresses = Addresses::on_host_of(&uri.to_string(), &code);
        Ok(Self { link, addresses })
    }
}

fn missing(error: impl std::fmt::Display) -> Refusal {
    Refusal::not_found(error.to_string())
}

/// The links, by code.
#[worker::send]
pub async fn list(
    State(env): State<Env>,
    uri: Uri,
    Wanted(Span { after, limit }): Wanted,
) -> Result<Json<Page<Addressed>>, Refusal> {
    let command = Command::Links { after, limit };
    let Page { items, next } =
        object::call::<_, Page<_>>(&env, NAMESPACE, PROGRAM, &command).await?;
    let items = items
        .into_iter()
        .map(|link| Addressed::on_host_of(&uri, link))
        .collect::<Result<_, _>>()?;
    Ok(Json(Page { items, next }))
}

/// The link of a code, in any case.
#[worker::send]
pub async fn one(
    State(env): State<Env>,
    uri: Uri,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<Addressed>, Refusal> {
    let Path(code) = path?;
    let code: Code = code.parse().map_err(missing)?;
    let code = code.to_string();
    let command = Command::LinkRow { code: code.clone() };
    let found: Option<LinkView> = object::call(&env, NAMESPACE, PROGRAM, &command).await?;
    let link = found.ok_or_else(|| missing(format!("code: the program has no link {code}")))?;
    Addressed::on_host_of(&uri, link).map(Json)
}
