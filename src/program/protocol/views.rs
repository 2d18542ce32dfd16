//! What a program object answers: as JSON for `/v1`, and for the Worker.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use waymark_orders::acts;
use waymark_outbox::health::Health;
use waymark_program::directory::{Change, Row};
use waymark_program::document::Endpoint;
use waymark_program::link::Link;
use waymark_stores::Platform;

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

/// What was forgotten of a customer.
#[derive(Serialize, Deserialize)]
pub struct Erased {
    pub orders: usize,
    /// Visitors whose journeys are deleted, too.
    pub visitors: usize,
}

/// What is kept of a customer.
#[derive(Serialize)]
pub struct CustomerView {
    /// The latest first.
    pub assignments: Vec<AssignmentView>,
    /// The orders of all that the customer is known by, the latest first: a page of them.
    pub orders: Vec<CustomerOrder>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// An order that names a customer.
#[derive(Serialize)]
pub struct CustomerOrder {
    pub source: String,
    pub id: String,
    pub placed_at: String,
}

/// One assignment of a customer.
#[derive(Serialize)]
pub struct AssignmentView {
    pub affiliate: String,
    pub begins: String,
    pub ends: Option<String>,
    /// The order that made it.
    pub source: Option<String>,
    pub order: Option<String>,
    /// The person who made it, and why.
    pub by: Option<String>,
    pub reason: Option<String>,
}

/// An endpoint, and what its calls are read by.
#[derive(Clone, Serialize, Deserialize)]
pub struct Reached {
    pub endpoint: Endpoint,
    /// The program's `settings.token_parameter`.
    pub token_parameter: String,
}

/// What came of what a person asked for.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Acted {
    Done,
    /// What is in the way.
    Refused(String),
    /// Why the request itself cannot be followed.
    Unprocessable(String),
}

impl From<acts::Refusal> for Acted {
    fn from(refusal: acts::Refusal) -> Self {
        match refusal {
            acts::Refusal::Conflict(why) => Self::Refused(why),
            acts::Refusal::Unprocessable(why) => Self::Unprocessable(why),
        }
    }
}

/// A conversion in a list.
#[derive(Serialize)]
pub struct ConversionRow {
    pub number: i64,
    pub source: String,
    pub order: String,
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
}

/// An event on its way to one receiver, and what came of every try.
#[derive(Serialize)]
pub struct MessageView {
    pub number: i64,
    pub receiver: String,
    pub state: String,
    pub due: String,
    /// As webhooks receive it.
    pub event: Box<RawValue>,
    pub attempts: Box<RawValue>,
}

/// A test that was put into the outbox.
#[derive(Serialize)]
pub struct TestSent {
    /// That of its message.
    pub number: i64,
    /// `waiting`, or `paused` as the receiver is.
    pub state: String,
}

/// Somebody who is told of events.
#[derive(Serialize)]
pub struct ReceiverView {
    /// `webhook/NAME` or `postback/NAME`.
    pub name: String,
    pub health: Health,
    /// Messages that were not received yet.
    pub waiting: i64,
}

/// A store that is looked at for orders that no call told of.
#[derive(Serialize)]
pub struct StoreView {
    pub source: String,
    pub endpoint: String,
    pub kind: Platform,
    /// The time, by the store's clock, up to which all changes were read.
    pub cursor: Option<String>,
    /// When a look last came to its end.
    pub last_look: Option<String>,
    /// When it is looked at next, if by itself.
    pub next_look: Option<String>,
    /// In a row, of the last look.
    pub failures: i64,
    /// Why the last one failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// A payout.
#[derive(Serialize)]
pub struct PayoutView {
    pub number: i64,
    pub affiliate: String,
    pub currency: String,
    pub amount: String,
    pub state: String,
    pub made_at: String,
    pub ended_at: Option<String>,
}

/// An entry of a payout, and what it is for.
#[derive(Serialize)]
pub struct PayoutEntry {
    pub number: i64,
    pub conversion: i64,
    pub source: String,
    pub order: String,
    pub method: String,
    pub evidence: String,
    pub amount: String,
    pub reason: String,
    pub at: String,
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

impl<T> Page<T> {
    /// A page of at most `limit` items. After one that is full there may be more, from the place of
    /// its last item.
    pub fn of(items: Vec<T>, limit: u8, place: impl FnOnce(&T) -> String) -> Self {
        let full = items.len() == usize::from(limit);
        let next = items.last().filter(|_| full).map(place);
        Self { items, next }
    }
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
    /// `open`, `settled` once it is approved, or `stopped` by a person.
    pub standing: String,
    /// When it is approved by itself, if by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_at: Option<String>,
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
    pub by: String,
    /// What a person gave as a reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payout: Option<i64>,
}

/// An affiliate and what it is owed, by currency.
#[derive(Serialize)]
pub struct AffiliateView {
    pub id: String,
    pub name: Option<String>,
    pub status: String,
    pub balances: Vec<Balance>,
}

/// What is owed in one currency.
#[derive(Serialize)]
pub struct Balance {
    pub currency: String,
    /// What is owed: the sum of all entries, less what was paid.
    pub amount: String,
    /// What was paid.
    pub paid: String,
}

/// A link, as the program file has it.
#[derive(Serialize, Deserialize)]
pub struct LinkView {
    pub code: String,
    #[serde(flatten)]
    pub link: Link,
}

/// A dead letter, with the body as the store sent it.
#[derive(Serialize, Deserialize)]
pub struct DeadLetterView {
    pub number: i64,
    pub endpoint: String,
    pub topic: String,
    pub reason: String,
    pub received_at: String,
    pub body: String,
}
