//! `/v1/payouts` and `/v1/conversions`: what is owed, and what was paid.

use axum::extract::rejection::{PathRejection, QueryRejection, StringRejection};
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use waymark_book::Status;
use worker::Env;

use super::refusal::Refusal;
use super::{Answer, Span, Wanted, ask, body, find, place, signed};
use crate::program::{Command, ConversionFilter};

/// Which conversions, or payouts, to list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Of {
    #[serde(default)]
    affiliate: Option<String>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    after: String,
    #[serde(default = "Span::usual")]
    limit: u8,
}

#[worker::send]
pub async fn conversions(State(env): State<Env>, of: Result<Query<Of>, QueryRejection>) -> Answer {
    let Query(of) = of?;
    if of
        .status
        .as_deref()
        .is_some_and(|it| Status::named(it).is_none())
    {
        return Err(Refusal::unprocessable(
            "status: expected pending, held, approved, paid, denied, unqualified or reversed",
        ));
    }
    let command = Command::Conversions {
        after: place(&of.after)?,
        limit: Span::checked(of.limit)?,
        of: ConversionFilter {
            affiliate: of.affiliate,
            status: of.status,
        },
    };
    ask(&env, &command).await
}

#[worker::send]
pub async fn list(State(env): State<Env>, of: Result<Query<Of>, QueryRejection>) -> Answer {
    let Query(of) = of?;
    if of.status.is_some() {
        return Err(Refusal::unprocessable(
            "status: payouts are listed by affiliate only",
        ));
    }
    let command = Command::Payouts {
        affiliate: of.affiliate,
        after: place(&of.after)?,
        limit: Span::checked(of.limit)?,
    };
    ask(&env, &command).await
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
#[worker::send]
pub async fn make(State(env): State<Env>, given: Result<String, StringRejection>) -> Answer {
    let make: Make = body(given)?;
    let command = Command::MakePayouts {
        signed: signed(&make.by, &make.reason)?,
        affiliate: make.affiliate,
    };
    ask(&env, &command).await
}

type Number = Result<Path<i64>, PathRejection>;

fn missing(number: i64) -> String {
    format!("payout: there is none with the number {number}")
}

#[worker::send]
pub async fn one(State(env): State<Env>, number: Number) -> Answer {
    let Path(number) = number?;
    find(&env, &Command::Payout { number }, missing(number)).await
}

#[worker::send]
pub async fn entries(
    State(env): State<Env>,
    number: Number,
    Wanted(Span { after, limit }): Wanted,
) -> Answer {
    let Path(number) = number?;
    find(&env, &Command::Payout { number }, missing(number)).await?;
    let command = Command::PayoutEntries {
        number,
        after: place(&after)?.unwrap_or(0),
        limit,
    };
    ask(&env, &command).await
}

#[worker::send]
pub async fn pay(
    State(env): State<Env>,
    number: Number,
    given: Result<String, StringRejection>,
) -> Answer {
    end(&env, number, given, true).await
}

#[worker::send]
pub async fn cancel(
    State(env): State<Env>,
    number: Number,
    given: Result<String, StringRejection>,
) -> Answer {
    end(&env, number, given, false).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    by: String,
    reason: String,
}

async fn end(
    env: &Env,
    number: Number,
    given: Result<String, StringRejection>,
    paid: bool,
) -> Answer {
    let Path(number) = number?;
    let End { by, reason } = body(given)?;
    let command = Command::EndPayout {
        number,
        paid,
        signed: signed(&by, &reason)?,
    };
    super::act(env, &command, missing(number)).await?;
    find(env, &Command::Payout { number }, missing(number)).await
}
