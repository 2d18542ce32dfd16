//! What is asked about orders: taken from stores and pages, decided by people, shown.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use waymark_facts::Fact;
use waymark_facts::ruling::RulingFact;

use crate::program::protocol::Signed;
use crate::program::protocol::ledger::ConversionView;

/// Take facts of an order.
#[derive(Serialize, Deserialize)]
pub struct TakeReport {
    pub report: Report,
}

/// A store said that an order changed, and no more: it is asked for the order.
#[derive(Serialize, Deserialize)]
pub struct NoteChange {
    pub store: String,
    pub order_id: String,
    pub call: Call,
}

/// Take what a page of the shop says of an order: whether it was news.
#[derive(Serialize, Deserialize)]
pub struct TakeBeacon {
    pub report: Report,
}

/// Decide an order again with the directory as it is now known.
#[derive(Serialize, Deserialize)]
pub struct DecideOrder {
    pub store: String,
    pub id: String,
}

/// Take a person's ruling on an order; the order then.
#[derive(Serialize, Deserialize)]
pub struct RuleOnOrder {
    pub store: String,
    pub id: String,
    pub ruling: RulingFact,
}

/// Do what a person wants done to an order; the order then.
#[derive(Serialize, Deserialize)]
pub struct ActOnOrder {
    pub store: String,
    pub id: String,
    pub act: Act,
    pub signed: Signed,
}

/// All that is known of an order.
#[derive(Serialize, Deserialize)]
pub struct ShowOrder {
    pub store: String,
    pub id: String,
}

/// Orders, the latest change first.
#[derive(Serialize, Deserialize)]
pub struct ListOrders {
    pub only: OrderFilter,
    pub after: Option<OrderPlace>,
    pub limit: u8,
}

/// All orders, whole, by store and id; `after` are those of the last one of the page before.
#[derive(Serialize, Deserialize)]
pub struct ExportOrders {
    pub after: Option<(String, String)>,
    pub limit: u8,
}

/// An order's place in a list of orders: its time in milliseconds (in that of all orders
/// `changed_at`, in a customer's `placed_at`), store and id.
pub type OrderPlace = (i64, String, String);

/// Verified facts of one order.
#[derive(Serialize, Deserialize)]
pub struct Report {
    pub store: String,
    /// The order's id, or another name of it.
    pub order_id: String,
    #[serde(default)]
    pub other_names: Vec<String>,
    pub facts: Vec<Fact>,
    /// The call that said so, if it was a store's.
    #[serde(default)]
    pub call: Option<Call>,
}

/// A verified call, as the store sent it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Call {
    pub endpoint: String,
    pub topic: String,
    /// SHA-256 of the body, as base64url.
    pub digest: String,
    pub body: String,
}

/// What a person does to an order, but for ruling on it.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub enum Act {
    /// The person knows of the order's flags.
    Acknowledge,
    /// Approve it before its time.
    Approve,
    /// Take its approval back.
    Unapprove,
}

/// Which orders to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderFilter {
    All,
    /// Those that a person has to look at.
    Review,
    Waiting,
    Orphan,
    Undecided,
    Test,
    Decided,
}

/// The answer to a report.
#[derive(Clone, Serialize, Deserialize)]
pub struct Recorded {
    pub status: Outcome,
    /// Why, unless it was simply applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
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
    pub conversions: Vec<ConversionView>,
}

/// One order in a list.
#[derive(Serialize)]
pub struct OrderSummary {
    pub store: String,
    pub id: String,
    pub state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    pub flags: Vec<String>,
    pub review: bool,
    pub placed_at: Option<String>,
    pub changed_at: String,
    /// `open`, `approved`, or `revoked` by a person.
    pub approval: String,
    /// When it is approved by itself, if by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<String>,
}

/// A fact with the time at which it was first heard.
#[derive(Serialize)]
pub struct FactView {
    pub received_at: String,
    pub fact: Box<RawValue>,
}
