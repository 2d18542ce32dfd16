//! `/v1/payouts` and `/v1/conversions`: what is owed, and what was paid.

use serde::Deserialize;
use waymark_ledger::Status;

use crate::api::error::ApiError;
use crate::api::request::{ApiRequest, ApiResult, limit, number, place, signed};
use crate::program::protocol::ledger::{
    ConversionFilter, EndPayout, ListConversions, ListPayoutEntries, ListPayouts, MakePayouts,
    ShowPayout,
};

/// The conversions, or only those of one `affiliate`, or in one `status`.
pub async fn conversions(api: &ApiRequest) -> ApiResult {
    let [affiliate, status, after, wanted] =
        api.parameters(["affiliate", "status", "after", "limit"])?;
    let unknown = |status: &str| Status::named(status).is_none();
    if status.as_deref().is_some_and(unknown) {
        return Err(ApiError::unprocessable(
            "status: expected pending, held, approved, paid, denied, unqualified or reversed",
        ));
    }
    let request = ListConversions {
        after: place(after)?,
        limit: limit(wanted)?,
        of: ConversionFilter { affiliate, status },
    };
    api.ask(request).await
}

/// The payouts, or only those of one `affiliate`.
pub async fn list(api: &ApiRequest) -> ApiResult {
    let [affiliate, after, wanted] = api.parameters(["affiliate", "after", "limit"])?;
    let request = ListPayouts {
        affiliate,
        after: place(after)?,
        limit: limit(wanted)?,
    };
    api.ask(request).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Make {
    /// Default: all affiliates.
    #[serde(default)]
    affiliate: Option<String>,
    by: String,
    reason: String,
}

/// Makes the payouts that are due.
pub async fn make(api: &ApiRequest) -> ApiResult {
    let make: Make = api.json().await?;
    let request = MakePayouts {
        signed: signed(&make.by, &make.reason)?,
        affiliate: make.affiliate,
    };
    api.ask(request).await
}

fn missing(number: i64) -> String {
    format!("payout: there is none with the number {number}")
}

pub async fn one(api: &ApiRequest, payout: &str) -> ApiResult {
    let number = number(payout)?;
    api.find(ShowPayout { number }, missing(number)).await
}

pub async fn entries(api: &ApiRequest, payout: &str) -> ApiResult {
    let number = number(payout)?;
    let (after, limit) = api.page()?;
    api.find(ShowPayout { number }, missing(number)).await?;
    let request = ListPayoutEntries {
        number,
        after: place(after)?.unwrap_or(0),
        limit,
    };
    api.ask(request).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    by: String,
    reason: String,
}

/// A payout was paid, or is called off.
pub async fn end(api: &ApiRequest, payout: &str, paid: bool) -> ApiResult {
    let number = number(payout)?;
    let End { by, reason } = api.json().await?;
    let request = EndPayout {
        number,
        paid,
        signed: signed(&by, &reason)?,
    };
    api.find(request, missing(number)).await
}
