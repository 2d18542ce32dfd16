//! What a program object can be asked: by this Worker, of which both are a part.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use waymark_facts::Fact;
use waymark_facts::ruling::RulingFact;
use waymark_program::directory::Row;
use waymark_stores::delivery::PrivacyRequestKind;

use crate::program::customers::assignments::Customer;

#[derive(Serialize, Deserialize)]
pub enum Command {
    /// The link of a code that is in force: `Option<PublishedLink>`.
    Link { code: String },
    /// What every click needs, once a file has been applied: `Option<PublishedProgram>`.
    Published,
    /// The codes of the links with these numbers, in force or not: `BTreeMap<u32, String>`.
    Codes { links: Vec<u32> },
    /// An endpoint that is in force: `Option<Reached>`.
    Endpoint { id: String },
    /// Make the rows in force those of a file: [`Applied`].
    Apply(Apply),
    /// The rows in force: [`Rows`].
    Directory,
    /// Take facts of an order: [`Recorded`].
    Report(Report),
    /// A store said that an order changed, and no more: it is asked for the order. [`Recorded`].
    Changed {
        source: String,
        order_id: String,
        call: Call,
    },
    /// A customer asks what is known, or to be forgotten: [`Recorded`].
    Privacy {
        what: PrivacyRequestKind,
        who: Who,
        /// Orders that the store names.
        orders: Vec<String>,
    },
    /// Forget a customer because a person says so: [`Erased`].
    Erase { who: Who, signed: Signed },
    /// Take what a page of the shop says of an order: `bool`, whether it was news.
    Beacon(Report),
    /// Keep what cannot be used: `bool`, whether it was new.
    DeadLetter(DeadLetter),
    /// A dead letter: `Option<DeadLetterView>`.
    ReadDeadLetter { number: i64 },
    /// A dead letter was replayed, and nothing of it has to be kept: `()`.
    ForgetDeadLetter { number: i64 },
    /// What is kept of a customer, with a page of the orders: [`CustomerView`].
    Customer {
        who: Who,
        after: Option<OrderPlace>,
        limit: u8,
    },
    /// Assign a customer to another affiliate: the customer's assignments, `Option<Vec<AssignmentView>>`;
    /// none without such an affiliate.
    Reassign(Reassign),
    /// Take a person's ruling: `Option<Acted>`, none without the order.
    Rule {
        source: String,
        id: String,
        ruling: RulingFact,
    },
    /// A person has seen an order's flags: `Option<Acted>`, none without the order.
    See(OfOrder),
    /// Approve an order before its time: `Option<Acted>`, none without the order.
    Approve(OfOrder),
    /// Take an order's approval back: `Option<Acted>`.
    Unapprove(OfOrder),
    /// `Page<ConversionRow>`; `after` is the number of the last one of the page before.
    Conversions {
        of: ConversionFilter,
        after: Option<i64>,
        limit: u8,
    },
    /// Make the payouts that are due, of one affiliate or of all: `Vec<PayoutView>`.
    MakePayouts {
        affiliate: Option<String>,
        signed: Signed,
    },
    /// A payout was paid, or is called off: `Option<Acted>`, none without the payout.
    EndPayout {
        number: i64,
        paid: bool,
        signed: Signed,
    },
    /// `Option<PayoutView>`.
    Payout { number: i64 },
    /// `Page<PayoutView>`, the latest first.
    Payouts {
        affiliate: Option<String>,
        after: Option<i64>,
        limit: u8,
    },
    /// `Page<PayoutEntry>`.
    PayoutEntries { number: i64, after: i64, limit: u8 },
    /// Who is told of events, and how they are: `Vec<ReceiverView>`.
    Receivers,
    /// Pause a receiver, or resume it: `bool`, whether the program has it.
    Pause { receiver: String, paused: bool },
    /// `Page<MessageView>`, the latest first.
    Messages {
        of: MessageFilter,
        after: Option<i64>,
        limit: u8,
    },
    /// Send a message again: `bool`, whether there is one of that number.
    ReplayMessage { number: i64 },
    /// Send a test to the receiver of that kind and name: `Option<TestSent>`, none without such a
    /// receiver.
    TestReceiver { kind: String, name: String },
    /// The stores that are looked at: `Vec<StoreView>`.
    Stores,
    /// Look at a store now: `Option<StoreView>`, none if there is none that can be looked at.
    Look { source: String },
    /// What people did: `Page<AuditView>`; `after` is the number of the last one of the page before.
    Audit { after: Option<i64>, limit: u8 },
    /// Decide an order again with the directory as it is now known: `Option<Recorded>`.
    Decide { source: String, id: String },
    /// `Option<OrderView>`.
    Order { source: String, id: String },
    /// `Page<OrderSummary>`.
    Orders {
        only: OrderFilter,
        after: Option<OrderPlace>,
        limit: u8,
    },
    /// `Page<OrderView>`: all orders, whole, by source and id; `after` are those of the last one of
    /// the page before.
    Export {
        after: Option<(String, String)>,
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

/// An order's place in a list of orders: its time in milliseconds (in that of all orders
/// `changed_at`, in a customer's `placed_at`), source and id.
pub type OrderPlace = (i64, String, String);

/// The rows of a program file, and from when they count.
#[derive(Serialize, Deserialize)]
pub struct Apply {
    pub rows: Vec<Row>,
    /// Milliseconds, not later than now. `None`: now.
    pub effective_at: Option<i64>,
    pub dry_run: bool,
}

/// Verified facts of one order.
#[derive(Serialize, Deserialize)]
pub struct Report {
    pub source: String,
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

/// A customer, by the store's id, by e-mail, or by both.
#[derive(Clone, Serialize, Deserialize)]
pub struct Who {
    /// The store's name; only ids need it.
    #[serde(default)]
    pub source: String,
    pub customer_id: Option<String>,
    /// The keyed hash of the e-mail.
    pub email: Option<String>,
}

impl Who {
    pub fn customer(&self) -> Customer {
        Customer::known_by(
            &self.source,
            self.customer_id.as_deref(),
            self.email.as_deref(),
        )
    }
}

/// Whom to assign a customer to.
#[derive(Serialize, Deserialize)]
pub struct Reassign {
    pub who: Who,
    /// `None`: to nobody; the next order may assign the customer.
    pub affiliate: Option<String>,
    pub by: String,
    pub reason: String,
}

/// Who does something, and why.
#[derive(Clone, Serialize, Deserialize)]
pub struct Signed {
    pub by: String,
    pub reason: String,
}

/// What a person does to an order.
#[derive(Serialize, Deserialize)]
pub struct OfOrder {
    pub source: String,
    pub id: String,
    pub signed: Signed,
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

/// Which conversions to list.
#[derive(Serialize, Deserialize)]
pub struct ConversionFilter {
    pub affiliate: Option<String>,
    pub status: Option<String>,
}

/// Which messages to list.
#[derive(Serialize, Deserialize)]
pub struct MessageFilter {
    /// `webhook/NAME` or `postback/NAME`.
    pub receiver: Option<String>,
    /// `waiting`, `paused`, `delivered` or `given_up`.
    pub state: Option<String>,
}

/// A verified call that cannot be used.
#[derive(Serialize, Deserialize)]
pub struct DeadLetter {
    pub call: Call,
    pub reason: String,
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
