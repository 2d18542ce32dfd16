//! `/v1/clicks`: how often links were clicked.

use waymark_attribution::time::Instant;

use crate::api::error::ApiError;
use crate::api::request::{ApiRequest, ApiResult, limit, one_of};
use crate::platform::durable_object::now;
use crate::program::protocol::reports::{ClicksBy, ReportClicks};

const DAY_MS: i64 = 86_400_000;
/// Days in a report, unless it says otherwise.
const USUAL_DAYS: i64 = 30;
/// Days in a report, at most.
const MAX_DAYS: i64 = 366;

/// The clicks of the days `from` to `to` (such as 2026-01-31, UTC; default: the last 30 days), added
/// up `by` day, link, affiliate or country (default: day): all of them, or only those of one `link`,
/// or of the links of one `affiliate`.
pub async fn report(api: &ApiRequest) -> ApiResult {
    let names = ["by", "from", "to", "link", "affiliate", "after", "limit"];
    let [by, from, to, link, affiliate, after, wanted] = api.parameters(names)?;
    let query = ReportClicks {
        by: one_of("by", by.as_deref())?.unwrap_or(ClicksBy::Day),
        days: days(from.as_deref(), to.as_deref(), now())?,
        // Codes are compared without case, and kept in lower case.
        link: link.map(|code| code.to_ascii_lowercase()),
        affiliate,
        after,
        limit: limit(wanted)?,
    };
    api.ask(query).await
}

/// The first and the last day, in days since 1970.
fn days(from: Option<&str>, to: Option<&str>, now: i64) -> Result<(i64, i64), ApiError> {
    let last = match to {
        Some(to) => day("to", to)?,
        None => now.div_euclid(DAY_MS),
    };
    let first = match from {
        Some(from) => day("from", from)?,
        None => last.saturating_sub(USUAL_DAYS).saturating_add(1),
    };
    if first > last {
        return Err(ApiError::unprocessable("from: lies after `to`"));
    }
    if last.saturating_sub(first) >= MAX_DAYS {
        return Err(ApiError::unprocessable(format!(
            "from: more than {MAX_DAYS} days before `to`; ask for a shorter time"
        )));
    }
    Ok((first, last))
}

fn day(parameter: &str, text: &str) -> Result<i64, ApiError> {
    let midnight: Result<Instant, _> = format!("{text}T00:00:00Z").parse();
    match midnight {
        Ok(midnight) => Ok(midnight.as_millis().div_euclid(DAY_MS)),
        Err(_) => Err(ApiError::unprocessable(format!(
            "{parameter}: expected a day such as 2026-01-31"
        ))),
    }
}
