//! `/v1/links`: the links in force, each with the addresses to share, scan and print.

use serde::Serialize;
use waymark_click::{Addresses, Code};

use crate::api::error::ApiError;
use crate::api::request::{ApiRequest, ApiResult, json};
use crate::program::protocol::Page;
use crate::program::protocol::directory::{LinkView, ListLinks, ShowLink};

/// A link with its addresses on the host that was asked.
#[derive(Serialize)]
struct Addressed {
    #[serde(flatten)]
    link: LinkView,
    #[serde(flatten)]
    addresses: Addresses,
}

impl Addressed {
    fn on_host_of(url: &str, link: LinkView) -> Result<Self, ApiError> {
        let code: Code = link.code.parse().map_err(missing)?;
        let addresses = Addresses::on_host_of(url, &code);
        Ok(Self { link, addresses })
    }
}

fn missing(error: impl std::fmt::Display) -> ApiError {
    ApiError::not_found(error.to_string())
}

/// The links, by code.
pub async fn list(api: &ApiRequest) -> ApiResult {
    let (after, limit) = api.page()?;
    let after = after.unwrap_or_default();
    let Page { items, next } = api.merchant.ask(ListLinks { after, limit }).await?;
    let items: Vec<Addressed> = items
        .into_iter()
        .map(|link| Addressed::on_host_of(&api.url, link))
        .collect::<Result<_, _>>()?;
    json(&Page { items, next })
}

/// The link of a code, in any case.
pub async fn one(api: &ApiRequest, code: &str) -> ApiResult {
    let code: Code = code.parse().map_err(missing)?;
    let code = code.to_string();
    let found = api.merchant.find(ShowLink { code: code.clone() }).await?;
    let link = found.ok_or_else(|| missing(format!("code: the program has no link {code}")))?;
    json(&Addressed::on_host_of(&api.url, link)?)
}
