//! `/v1/clicks`: how often links were clicked.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::Deserialize;
use waymark_attribution::time::Instant;
use worker::Env;

use super::refusal::Refusal;
use super::{Answer, Span, ask};
use crate::object::now;
use crate::program::{ClicksBy, ClicksQuery, Command};

const DAY_MS: i64 = 86_400_000;
/// Days in a report, unless it says otherwise.
const USUAL_DAYS: i64 = 30;
/// Days in a report, at most.
const MOST_DAYS: i64 = 366;

/// Which clicks, and by what they are added up.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Default: by day.
    by: Option<ClicksBy>,
    /// The first day, such as 2026-01-31 (UTC). Default: so that it makes 30 days.
    from: Option<String>,
    /// The last day. Default: today.
    to: Option<String>,
    /// Only those of links with this code.
    link: Option<String>,
    /// Only those of links of this affiliate.
    affiliate: Option<String>,
    after: Option<String>,
    limit: Option<u8>,
}

#[worker::send]
pub async fn report(
    State(env): State<Env>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Answer {
    let Query(wanted) = wanted?;
    let query = ClicksQuery {
        by: wanted.by.unwrap_or(ClicksBy::Day),
        days: days(wanted.from.as_deref(), wanted.to.as_deref(), now())?,
        // Codes are compared without case, and kept in lower case.
        link: wanted.link.map(|code| code.to_ascii_lowercase()),
        affiliate: wanted.affiliate,
        after: wanted.after,
        limit: Span::checked(wanted.limit.unwrap_or_else(Span::usual))?,
    };
    ask(&env, &Command::Clicks(query)).await
}

/// The first and the last day, in days since 1970.
fn days(from: Option<&str>, to: Option<&str>, now: i64) -> Result<(i64, i64), Refusal> {
    let last = match to {
        Some(to) => day("to", to)?,
        None => now.div_euclid(DAY_MS),
    };
    let first = match from {
        Some(from) => day("from", from)?,
        None => last.saturating_sub(USUAL_DAYS).saturating_add(1),
    };
    if first > last {
        return Err(Refusal::unprocessable("from: lies after `to`"));
    }
    if last.saturating_sub(first) >= MOST_DAYS {
        return Err(Refusal::unprocessable(format!(
            "from: more than {MOST_DAYS} days before `to`; ask for a shorter time"
        )));
    }
    Ok((first, last))
}

fn day(parameter: &str, text: &str) -> Result<i64, Refusal> {
    let midnight: Result<Instant, _> = format!("{text}T00:00:00Z").parse();
    match midnight {
        Ok(midnight) => Ok(midnight.as_millis().div_euclid(DAY_MS)),
        Err(_) => Err(Refusal::unprocessable(format!(
            "{parameter}: expected a day such as 2026-01-31"
        ))),
    }
}
