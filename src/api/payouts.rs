//! `/v1/payouts` and `/v1/conversions`: what is owed, and what was paid.

use serde::Deserialize;
use waymark_ledger::Status;

use crate::api::error::Refusal;
use crate::api::request::{Answer, Call, limit, number, place, signed};
use crate::program::protocol::ledger::{
    ConversionFilter, EndPayout, ListConversions, ListPayoutEntries, ListPayouts, MakePayouts,
    ShowPayout,
};

/// The conversions, or only those of one `affiliate`, or in one `status`.
pub async fn conversions(call: &Call) -> Answer {
    let [affiliate, status, after, wanted] =
        call.parameters(["affiliate", "status", "after", "limit"])?;
    let unknown = |status: &str| Status::named(status).is_none();
    if status.as_deref().is_some_and(unknown) {
        return Err(Refusal::unprocessable(
            "status: expected pending, held, approved, paid, denied, unqualified or reversed",
        ));
    }
    let request = ListConversions {
        after: place(after)?,
        limit: limit(wanted)?,
        of: ConversionFilter { affiliate, status },
    };
    call.ask(request).await
}

/// The payouts, or only those of one `affiliate`.
pub async fn list(call: &Call) -> Answer {
    let [affiliate, after, wanted] = call.parameters(["affiliate", "after", "limit"])?;
    let request = ListPayouts {
        affiliate,
        after: place(after)?,
        limit: limit(wanted)?,
    };
    call.ask(request).await
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
pub async fn make(call: &Call) -> Answer {
    let make: Make = call.json().await?;
    let request = MakePayouts {
        signed: signed(&make.by, &make.reason)?,
        affiliate: make.affiliate,
    };
    call.ask(request).await
}

fn missing(number: i64) -> String {
    format!("payout: there is none with the number {number}")
}

pub async fn one(call: &Call, payout: &str) -> Answer {
    let number = number(payout)?;
    call.find(ShowPayout { number }, missing(number)).await
}

pub async fn entries(call: &Call, payout: &str) -> Answer {
    let number = number(payout)?;
    let (after, limit) = call.page()?;
    call.find(ShowPayout { number }, missing(number)).await?;
    let request = ListPayoutEntries {
        number,
        after: place(after)?.unwrap_or(0),
        limit,
    };
    call.ask(request).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    by: String,
    reason: String,
}

/// A payout was paid, or is called off.
pub async fn end(call: &Call, payout: &str, paid: bool) -> Answer {
    let number = number(payout)?;
    let End { by, reason } = call.json().await?;
    let request = EndPayout {
        number,
        paid,
        signed: signed(&by, &reason)?,
    };
    call.find(request, missing(number)).await
}
