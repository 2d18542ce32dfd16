//! What happened: the events that are told to receivers.
//!
//! An event names ids, amounts and words of this program, and no person: it has no e-mail address,
//! no name, no address, and no text that somebody typed.

use serde::{Deserialize, Serialize};
use waymark_attribution::Method;
use waymark_attribution::money::{Amount, Currency, Money};
use waymark_attribution::time::Instant;
use waymark_click::Subs;
use waymark_ledger::{Posting, Status};

/// One event, as it is kept until every receiver has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its id, by which a receiver knows it again.
    pub id: EventId,
    /// When it happened.
    pub at: Instant,
    /// Of which order it tells.
    pub order: OrderRef,
    /// What it tells.
    pub subject: Subject,
    /// Why it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// What an event is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// What happened to a conversion, and the conversion.
    Conversion(ConversionChange, Conversion),
    /// Nothing but refunds, cancellations or changes was heard of the order for 72 hours.
    Orphan,
    /// A person has to look at the order, or at one conversion of it.
    Review(Option<Conversion>),
    /// Nothing happened: a person wants to see whether the receiver is reached. What it names is
    /// made up; a postback's macros need a conversion.
    Test(Option<Conversion>),
}

/// What happened to a conversion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConversionChange {
    /// Its affiliate is credited for the first time, though it may have been recorded before.
    Created,
    /// It was approved.
    Approved,
    /// Its commission or its status is another one, in none of the other ways.
    Changed,
    /// What was owed for it was taken back.
    Reversed,
    /// A person decided that nothing is owed for it.
    Denied,
    /// It was paid.
    Paid,
}

/// The types of events: `type` of the JSON, and what a receiver's `events` lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EventType {
    /// `conversion.created`
    #[serde(rename = "conversion.created")]
    ConversionCreated,
    /// `conversion.approved`
    #[serde(rename = "conversion.approved")]
    ConversionApproved,
    /// `conversion.changed`
    #[serde(rename = "conversion.changed")]
    ConversionChanged,
    /// `conversion.reversed`
    #[serde(rename = "conversion.reversed")]
    ConversionReversed,
    /// `conversion.denied`
    #[serde(rename = "conversion.denied")]
    ConversionDenied,
    /// `conversion.paid`
    #[serde(rename = "conversion.paid")]
    ConversionPaid,
    /// `order.orphaned`
    #[serde(rename = "order.orphaned")]
    OrderOrphaned,
    /// `review.needed`
    #[serde(rename = "review.needed")]
    ReviewNeeded,
    /// Sent because a person asks for it, so that no receiver can list it.
    #[serde(rename = "test", skip_deserializing)]
    Test,
}

/// The name of an event, the same in every try and for every receiver: `webhook-id`.
///
/// 1 to 64 of `A-Z a-z 0-9 _ -`; a dot would let a signed text be cut in two ways.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EventId(String);

/// An order by its store's name and the store's own id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRef {
    /// The store that the order was placed at.
    pub store: String,
    /// The order's id.
    pub id: String,
}

/// A conversion as it stands in the book after the event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversion {
    /// The book's number of it.
    pub number: i64,
    /// The affiliate's id.
    pub affiliate: String,
    /// What ties the order to the affiliate.
    pub method: Method,
    /// Where it stands.
    pub status: Status,
    /// Whether the affiliate may see it: no postback tells of one that it may not, but for the
    /// reversal of what it was told of.
    pub visible: bool,
    /// What its amounts are in.
    pub currency: Currency,
    /// What the order's lines come to.
    #[serde(with = "minor")]
    pub amount: Amount,
    /// What the affiliate is owed for it now: the sum of its entries.
    #[serde(with = "minor")]
    pub commission: Amount,
    /// What it was before the event, if that differs.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "minor_option"
    )]
    pub previous_commission: Option<Amount>,
    /// The code, where a coupon made the conversion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon: Option<String>,
    /// The visit, where one made the conversion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub click: Option<Click>,
}

/// The touch that was credited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Click {
    /// The touch's id, which does not tell who the visitor is.
    pub id: String,
    /// The sub values of the link.
    #[serde(default, skip_serializing_if = "Subs::is_empty")]
    pub subs: Subs,
    /// The browser sent `Sec-GPC: 1`: nothing of this click is passed on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub opted_out: bool,
}

/// Why something happened, as a word such as `refunded`: 1 to 64 of `a-z 0-9 _`.
///
/// Never what a person typed, who may have named another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reason(String);

/// A text that is none of this program's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to 64 of {0}")]
pub struct WordError(&'static str);

impl Event {
    /// The event's type.
    pub fn kind(&self) -> EventType {
        match &self.subject {
            Subject::Conversion(change, _) => change.kind(),
            Subject::Orphan => EventType::OrderOrphaned,
            Subject::Review(_) => EventType::ReviewNeeded,
            Subject::Test(_) => EventType::Test,
        }
    }

    /// The conversion that it is about, if it is about one.
    pub fn conversion(&self) -> Option<&Conversion> {
        match &self.subject {
            Subject::Conversion(_, conversion) => Some(conversion),
            Subject::Review(conversion) | Subject::Test(conversion) => conversion.as_ref(),
            Subject::Orphan => None,
        }
    }

    /// The body of a webhook: `{"type": …, "timestamp": …, "data": {…}}`, as Standard Webhooks
    /// recommends and `schema/event.json` describes. The same bytes for the same event.
    ///
    /// # Errors
    /// None that an event can cause.
    pub fn payload(&self) -> Result<String, serde_json::Error> {
        let conversion = self.conversion().map(|it| ConversionData {
            number: it.number,
            affiliate: &it.affiliate,
            method: it.method,
            status: it.status,
            currency: it.currency,
            amount: it.currency.money(it.amount),
            commission: it.currency.money(it.commission),
            previous_commission: it.previous_commission.map(|was| it.currency.money(was)),
            coupon: it.coupon.as_deref(),
        });
        serde_json::to_string(&Payload {
            kind: self.kind(),
            timestamp: self.at,
            data: Data {
                order: &self.order,
                conversion,
                reason: self.reason.as_ref().map(Reason::as_str),
            },
        })
    }
}

#[derive(Serialize)]
struct Payload<'a> {
    #[serde(rename = "type")]
    kind: EventType,
    timestamp: Instant,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    order: &'a OrderRef,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversion: Option<ConversionData<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct ConversionData<'a> {
    number: i64,
    affiliate: &'a str,
    method: Method,
    status: Status,
    currency: Currency,
    amount: Money,
    commission: Money,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_commission: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    coupon: Option<&'a str>,
}

impl ConversionChange {
    /// What a posting tells of.
    ///
    /// A conversion is told of from when its affiliate is first credited, and that is the one time
    /// that it is created: a receiver that counts what is created counts each conversion once,
    /// whatever happens between. What was recorded as a loser and wins later is created then.
    ///
    /// | to \ from                           | not credited yet | credited | not credited any more |
    /// |-------------------------------------|------------------|----------|-----------------------|
    /// | pending, held                       | created          | changed  | changed               |
    /// | approved, paid                      |                  | approved, paid | approved, paid  |
    /// | denied                              | *nothing*        | denied   | denied                |
    /// | reversed, unqualified               | *nothing*        | reversed | changed               |
    /// | the same status, another commission |                  | changed  | changed               |
    ///
    /// So after `denied` or `reversed`, a conversion that counts again – a person's ruling was
    /// undone, a refund failed – is changed, to the status `pending` or `held`.
    #[must_use]
    pub fn of(posting: &Posting) -> Option<Self> {
        let status = posting.terms.status;
        let was_credited_until_now = posting.was.is_some_and(Status::is_credited);
        if !posting.was_credited && !was_credited_until_now {
            return status.is_credited().then_some(ConversionChange::Created);
        }
        let differs = posting.was != Some(status);
        match status {
            Status::Approved if differs => Some(ConversionChange::Approved),
            Status::Paid if differs => Some(ConversionChange::Paid),
            Status::Denied if differs => Some(ConversionChange::Denied),
            Status::Reversed | Status::Unqualified if was_credited_until_now => {
                Some(ConversionChange::Reversed)
            }
            _ => (differs || posting.entry.is_some()).then_some(ConversionChange::Changed),
        }
    }

    /// The type of an event about it.
    pub fn kind(self) -> EventType {
        match self {
            ConversionChange::Created => EventType::ConversionCreated,
            ConversionChange::Approved => EventType::ConversionApproved,
            ConversionChange::Changed => EventType::ConversionChanged,
            ConversionChange::Reversed => EventType::ConversionReversed,
            ConversionChange::Denied => EventType::ConversionDenied,
            ConversionChange::Paid => EventType::ConversionPaid,
        }
    }
}

impl EventType {
    /// Every type, in the sequence in which papers list them.
    pub const ALL: [EventType; 9] = [
        EventType::ConversionCreated,
        EventType::ConversionApproved,
        EventType::ConversionChanged,
        EventType::ConversionReversed,
        EventType::ConversionDenied,
        EventType::ConversionPaid,
        EventType::OrderOrphaned,
        EventType::ReviewNeeded,
        EventType::Test,
    ];

    /// The type's name, as sent and as listed in a program file.
    pub fn as_str(self) -> &'static str {
        match self {
            EventType::ConversionCreated => "conversion.created",
            EventType::ConversionApproved => "conversion.approved",
            EventType::ConversionChanged => "conversion.changed",
            EventType::ConversionReversed => "conversion.reversed",
            EventType::ConversionDenied => "conversion.denied",
            EventType::ConversionPaid => "conversion.paid",
            EventType::OrderOrphaned => "order.orphaned",
            EventType::ReviewNeeded => "review.needed",
            EventType::Test => "test",
        }
    }

    /// Whether every event of the type is about a conversion.
    pub fn is_of_conversion(self) -> bool {
        !matches!(
            self,
            EventType::OrderOrphaned | EventType::ReviewNeeded | EventType::Test
        )
    }
}

impl EventId {
    /// A name that no other event has.
    pub fn new(random: [u8; 16]) -> Self {
        Self(format!("evt_{:032x}", u128::from_be_bytes(random)))
    }

    /// The id as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for EventId {
    type Error = WordError;

    fn try_from(text: String) -> Result<Self, WordError> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        word(text, is_plain, "A-Z a-z 0-9 _ -").map(Self)
    }
}

impl From<EventId> for String {
    fn from(id: EventId) -> Self {
        id.0
    }
}

impl Reason {
    /// The reason as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Reason {
    type Error = WordError;

    fn try_from(text: String) -> Result<Self, WordError> {
        let is_plain =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        word(text, is_plain, "a-z 0-9 _").map(Self)
    }
}

impl From<Reason> for String {
    fn from(reason: Reason) -> Self {
        reason.0
    }
}

fn word(
    text: String,
    is_plain: impl Fn(u8) -> bool,
    expected: &'static str,
) -> Result<String, WordError> {
    let fits = (1..=64).contains(&text.len()) && text.bytes().all(is_plain);
    fits.then_some(text).ok_or(WordError(expected))
}

/// An amount is kept as its number of minor units; the currency stands beside it.
mod minor {
    use serde::{Deserialize, Deserializer, Serializer};
    use waymark_attribution::money::Amount;

    pub fn serialize<S: Serializer>(amount: &Amount, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(amount.minor())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
        i64::deserialize(deserializer).map(Amount::from_minor)
    }
}

mod minor_option {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use waymark_attribution::money::Amount;

    pub fn serialize<S: Serializer>(
        amount: &Option<Amount>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        amount.map(Amount::minor).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Amount>, D::Error> {
        Option::deserialize(deserializer).map(|minor| minor.map(Amount::from_minor))
    }
}
