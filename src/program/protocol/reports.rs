//! What is asked for reports: clicks, and what people did.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Add a delivery of a journey shard to the counts of clicks: whether it was new.
#[derive(Serialize, Deserialize)]
pub struct CountClicks {
    pub shard: String,
    /// The shard's own number of the delivery, larger than that of any before.
    pub number: i64,
    /// A list of `[link, day, country, traffic, clicks]`.
    pub counts: Box<RawValue>,
}

/// What people did; `after` is the number of the last one of the page before.
#[derive(Serialize, Deserialize)]
pub struct ListAudit {
    pub after: Option<i64>,
    pub limit: u8,
}

/// Which clicks to add up, and by what.
#[derive(Serialize, Deserialize)]
pub struct ReportClicks {
    pub by: ClicksBy,
    /// The first and the last day, in days since 1970 (UTC).
    pub days: (i64, i64),
    /// Only those of links with this code.
    pub link: Option<String>,
    /// Only those of links of this affiliate.
    pub affiliate: Option<String>,
    /// The sum after which the page begins.
    pub after: Option<String>,
    pub limit: u8,
}

/// What clicks are added up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClicksBy {
    Day,
    Link,
    Affiliate,
    Country,
}

/// How often was clicked on one day, on one link, on the links of one affiliate, or from one country.
#[derive(Serialize)]
pub struct ClickCount {
    #[serde(flatten)]
    pub of: ClicksOf,
    /// Clicks and scans by people: as many as there are touches, if visitors are marked at all.
    pub people: i64,
    /// By crawlers, link previews and programs.
    pub bots: i64,
    /// By browsers that looked ahead, and were refused.
    pub speculative: i64,
    /// By what is no navigation: `HEAD`, images, frames, scripts.
    pub not_navigation: i64,
}

/// `null` as link and affiliate: the code named no link.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClicksOf {
    /// A day, UTC.
    Day(String),
    Link(Option<String>),
    Affiliate(Option<String>),
    /// As Cloudflare names it: ISO 3166-1 alpha-2, `XX` where it is not known.
    Country(String),
}

/// What a person did.
#[derive(Serialize)]
pub struct AuditView {
    pub number: i64,
    pub at: String,
    pub by: String,
    pub action: String,
    pub subject: String,
    pub reason: String,
}
