//! What a program object can be asked, and what it answers. Both sides are this Worker.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use waymark_checkout::Fact;
use waymark_program::directory::{Change, Row};
use waymark_program::link::Link;

#[derive(Serialize, Deserialize)]
pub enum Command {
    /// The link of a code that is in force: `Option<PublishedLink>`.
    Link { code: String },
    /// What every click needs, once a file has been applied: `Option<PublishedProgram>`.
    Published,
    /// The codes of the links with these numbers, in force or not: `BTreeMap<u32, String>`.
    Codes { links: Vec<u32> },
    /// An endpoint that is in force: `Option<Endpoint>`.
    Endpoint { id: String },
    /// Make the rows in force those of a file: [`Applied`].
    Apply(Apply),
    /// The rows in force: [`Rows`].
    Directory,
    /// Take facts of an order: [`Recorded`].
    Report(Report),
    /// Take what a page of the shop says of an order: `bool`, whether it was news.
    Beacon(Report),
    /// Keep what cannot be used: `bool`, whether it was new.
    DeadLetter(DeadLetter),
    /// Decide an order again with the directory as it is now known: `Option<Recorded>`.
    Decide { source: String, id: String },
    /// `Option<OrderView>`.
    Order { source: String, id: String },
    /// `Page<OrderSummary>`.
    Orders {
        after: Option<OrderPlace>,
        limit: u8,
    },
    /// `Option<AffiliateView>`.
    Affiliate { id: String },
    /// `Page<AffiliateView>`.
    Affiliates { after: String, limit: u8 },
    /// A link that is in force, as the program file has it: `Option<LinkView>`.
    LinkRow { code: String },
    /// `Page<LinkView>`.
    Links { after: String, limit: u8 },
    /// Add a delivery of a journey shard to the counts of clicks: `bool`, whether it was new.
    Count {
        shard: String,
        /// The shard's own number of the delivery, larger than that of any before.
        number: i64,
        /// A list of `[link, day, country, verdict, clicks]`.
        counts: Box<RawValue>,
    },
    /// `Page<ClickCount>`.
    Clicks(ClicksQuery),
    /// `Page<DeadLetterView>`; `after` is the number of the last one of the page before.
    DeadLetters { after: Option<i64>, limit: u8 },
}

/// An order's place in the list of orders: `changed_at` in milliseconds, source and id.
pub type OrderPlace = (i64, String, String);

/// The rows of a program file, and from when they count.
#[derive(Serialize, Deserialize)]
pub struct Apply {
    pub rows: Vec<Row>,
    /// Milliseconds, not later than now. `None`: now.
    pub effective_at: Option<i64>,
    pub dry_run: bool,
}

/// The rows in force.
#[derive(Serialize)]
pub struct Rows {
    pub rows: Vec<Row>,
}

/// What applying a program file changed, or would.
#[derive(Serialize)]
pub struct Applied {
    pub dry_run: bool,
    pub changes: Vec<Change>,
}

/// Verified facts of one order.
#[derive(Serialize, Deserialize)]
pub struct Report {
    pub source: String,
    pub order_id: String,
    pub facts: Vec<Fact>,
}

/// What became of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// At least one fact was new.
    Applied,
    /// Every fact was known.
    Duplicate,
    /// Nothing in the call bears on attribution.
    Ignored,
    /// The call was kept, but could not be used.
    DeadLetter,
}

impl Outcome {
    /// The outcome as stores and logs see it.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Applied => "applied",
            Outcome::Duplicate => "duplicate",
            Outcome::Ignored => "ignored",
            Outcome::DeadLetter => "dead_letter",
        }
    }
}

/// The answer to a report.
#[derive(Clone, Serialize, Deserialize)]
pub struct Recorded {
    pub status: Outcome,
    /// Why, unless it was simply applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A verified call that cannot be used.
#[derive(Serialize, Deserialize)]
pub struct DeadLetter {
    pub endpoint: String,
    pub topic: String,
    pub reason: String,
    /// SHA-256 of the body, as base64url.
    pub digest: String,
    pub body: String,
}

/// Which clicks to add up, and by what.
#[derive(Serialize, Deserialize)]
pub struct ClicksQuery {
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

/// A page of a list: ask again with `after=next` while there is a `next`.
#[derive(Serialize, Deserialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// All that is known of one order.
#[derive(Serialize)]
pub struct OrderView {
    #[serde(flatten)]
    pub summary: OrderSummary,
    pub facts: Vec<FactView>,
    pub case: Option<Box<RawValue>>,
    pub decision: Option<Box<RawValue>>,
    /// The decision in words, a sentence for each claim.
    pub explanation: Vec<String>,
    pub book: Vec<ConversionView>,
}

/// One order in a list.
#[derive(Serialize)]
pub struct OrderSummary {
    pub source: String,
    pub id: String,
    pub state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    pub flags: Vec<String>,
    pub review: bool,
    pub placed_at: Option<String>,
    pub changed_at: String,
}

/// A fact with the time at which it was first heard.
#[derive(Serialize)]
pub struct FactView {
    pub received_at: String,
    pub fact: Box<RawValue>,
}

/// A conversion with its entries. `balance` is their sum.
#[derive(Serialize)]
pub struct ConversionView {
    pub number: i64,
    pub affiliate: String,
    pub method: String,
    pub evidence: String,
    pub status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub visible: bool,
    pub review: bool,
    pub share_bp: i64,
    pub currency: String,
    pub balance: String,
    pub entries: Vec<EntryView>,
}

/// One entry of the ledger.
#[derive(Serialize)]
pub struct EntryView {
    pub amount: String,
    pub reason: String,
    pub at: String,
}

/// An affiliate and what it is owed, by currency.
#[derive(Serialize)]
pub struct AffiliateView {
    pub id: String,
    pub name: Option<String>,
    pub status: String,
    pub balances: Vec<Balance>,
}

#[derive(Serialize)]
pub struct Balance {
    pub currency: String,
    pub amount: String,
}

/// A link, as the program file has it.
#[derive(Serialize, Deserialize)]
pub struct LinkView {
    pub code: String,
    #[serde(flatten)]
    pub link: Link,
}

/// A dead letter, with the body as the store sent it.
#[derive(Serialize)]
pub struct DeadLetterView {
    pub number: i64,
    pub endpoint: String,
    pub topic: String,
    pub reason: String,
    pub received_at: String,
    pub body: String,
}
