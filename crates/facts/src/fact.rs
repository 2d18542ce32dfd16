//! What a store, a person, or Waymark itself said about one order.

use crate::email::SealedEmail;
use crate::minor::{self, optional as optional_minor};
use crate::payment::{PaymentFact, PaymentPartFact};
pub use crate::refund_fact::{RefundDetail, RefundFact, RefundTotalFact, RefundedLine};
use crate::ruling::RulingFact;
pub use crate::version::{LeftOut, VersionNotes};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
pub use waymark_attribution::TouchMethod;
use waymark_attribution::money::{Amount, Currency};
use waymark_attribution::time::Instant;

/// One thing said about an order. Kept as it is, never edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// The fact's identity within its order: the same thing heard again has the same key, and
    /// facts that differ have different ones. Inserting by key makes repetition harmless.
    pub key: String,
    /// What is said.
    #[serde(flatten)]
    pub kind: FactKind,
}

/// What is said. The JSON form is `{"kind": "snapshot", …}`, amounts as integers of minor units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FactKind<Email = SealedEmail> {
    /// The whole order as the store saw it at one time.
    Snapshot(OrderSnapshot<Email>),
    /// Money or goods refunded.
    Refund(RefundFact),
    /// How much was refunded of one of the order's payments in all: no refund, but a check on those
    /// that were heard of.
    RefundTotal(RefundTotalFact),
    /// The order was cancelled. No store takes that back.
    Cancelled {
        /// When it was cancelled.
        at: Instant,
    },
    /// The store deleted its record of the order. Whether the order still counts is for a person to
    /// say: shops delete what was a mistake, and what is old. A version of the order that is later
    /// than `at` says that it was restored; without a time, as stores say it that restore nothing and
    /// as Waymark once kept all of them, it is deleted for good.
    Deleted {
        /// When it was deleted, if the store says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Instant>,
    },
    /// The store took the order back from where deleted ones go. Of a deletion and this the later one
    /// counts.
    Restored {
        /// When, by the same clock as the deletion's time; without one it says nothing.
        at: Option<Instant>,
    },
    /// The order came with a token whose latest mark was made then. What travels in an order happened
    /// before it, whatever the store's clock or the date of its draft says.
    Marked {
        /// When the mark was made.
        at: Instant,
    },
    /// The shopper's bank was asked to take the payment back.
    Dispute(DisputeFact),
    /// What became of a payment of the order.
    Payment(PaymentFact),
    /// What of a payment the order, or another one, was paid with.
    PaymentPart(PaymentPartFact),
    /// A code was redeemed with the order: said by a store whose later snapshots leave codes out,
    /// as Stripe's invoices do.
    Coupon {
        /// The code, as it was typed.
        code: String,
    },
    /// The order is the first one of this subscription: said by a store whose orders do not say it
    /// themselves, as WooCommerce's calls about subscriptions do.
    Begins {
        /// The subscription's id, as the store gives it.
        subscription: String,
    },
    /// The order's customer is known to the store by this id, too: two of its customers turned out to be
    /// one, and it keeps only one of their ids.
    Customer {
        /// The other id.
        id: String,
    },
    /// A visit that belongs to the order's shopper.
    Touch(TouchFact),
    /// A visitor who is the order's shopper: by the token that came with the order.
    Visitor(VisitorFact),
    /// A browser on the page that thanks for the order said whose it is.
    Beacon(BeaconFact),
    /// A person decided who is to be credited.
    Ruling(RulingFact),
}

/// An order as its store described it at `updated_at`.
///
/// A snapshot replaces every earlier one, but for when the order was placed. It does not contain refunds and
/// cancellation: those are facts of their own, so that they add up whatever is heard first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "Email: Deserialize<'de>"))]
pub struct OrderSnapshot<Email = SealedEmail> {
    /// The order's id in its store, as text.
    pub id: String,
    /// When the shopper placed the order: everything is read as of this time. Of all snapshots of an
    /// order the earliest counts.
    pub placed_at: Instant,
    /// The store's own version of the order: of two snapshots the later one counts, and of one time
    /// the one that is further on.
    pub updated_at: Instant,
    /// What all amounts are in.
    pub currency: Currency,
    /// A test order of the store, which must never pay.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
    /// Whether the shopper has paid.
    #[serde(default, skip_serializing_if = "Payment::is_received")]
    pub payment: Payment,
    /// The subscription that the order itself says it begins or renews.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription: Option<Subscription>,
    /// Whether the prices shown to the shopper contain tax. `lines[].amount` never does; refund
    /// lines do if this is set, and a refund's shipping may: the fold takes it out of them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub taxes_included: bool,
    /// The customer's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// The store's id of the customer, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<String>,
    /// The coupon codes that were used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coupons: Vec<String>,
    /// The order's tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The customer's tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub customer_tags: Vec<String>,
    /// What was bought.
    pub lines: Vec<OrderLine>,
    /// What of the order's discounts is not already taken off the lines' amounts.
    #[serde(with = "minor")]
    pub discount: Amount,
    /// After its discounts and before tax.
    #[serde(with = "minor")]
    pub shipping: Amount,
    /// All tax of the order.
    #[serde(with = "minor")]
    pub tax: Amount,
    /// The ids of all its refunds, where the store lists them all: a refund that is not among them, and
    /// no newer than this version, is no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refunds: Option<Vec<String>>,
    /// Whether the store writes into an old order what is so today: of a line the SKU that its product
    /// has now, or none. Then the SKU counts that was heard of first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub restates: bool,
    /// What is to be known of this version itself.
    #[serde(default, skip_serializing_if = "VersionNotes::is_empty")]
    pub notes: VersionNotes,
    /// What the goods are worth that are left of the order at this version, by the store's own sum, where
    /// it says one: after discounts and refunds, before tax, without shipping. It decides nothing; the fold
    /// compares.
    #[serde(
        with = "optional_minor",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub goods_left: Option<Amount>,
}

impl OrderSnapshot {
    /// How many things it says of the order. Of its customer none that is forgotten when they ask:
    /// another version would count from then on.
    pub(crate) fn extent(&self) -> usize {
        let lists = [&self.coupons, &self.tags, &self.customer_tags].map(Vec::len);
        let others = [
            self.lines.len(),
            usize::from(self.subscription.is_some()),
            self.refunds.as_ref().map_or(0, Vec::len),
        ];
        let counts = lists.into_iter().chain(others);
        counts.fold(0, usize::saturating_add)
    }
}

/// Whether an order was paid, as the store says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payment {
    /// Paid, or of a store that reports paid orders only.
    #[default]
    Received,
    /// Not yet: nothing is approved before.
    Awaited,
    /// The payment failed, or the order was given up. While that is the latest version of the
    /// order it counts as cancelled; a later version may say that it was paid after all.
    Failed,
}

impl Payment {
    fn is_received(&self) -> bool {
        *self == Self::Received
    }

    /// How far it is on: a payment that failed is tried again, one that was received stays.
    pub(crate) fn progress(self) -> u8 {
        match self {
            Self::Awaited => 0,
            Self::Failed => 1,
            Self::Received => 2,
        }
    }
}

/// An order's place in a subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// The store's id of the subscription, as text.
    pub id: String,
    /// Whether the order renews the subscription. One that does not is its first order.
    pub renewal: bool,
}

/// One line of an order. Line ids are unique within an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// The line's id in its order.
    pub id: String,
    /// The stock-keeping unit, if the goods have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// At least 1.
    pub quantity: u32,
    /// The whole line after its discounts and before tax.
    #[serde(with = "minor")]
    pub amount: Amount,
}

/// A payment that is disputed, named by the store's id of the dispute. Of two facts on one dispute
/// the later one counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisputeFact {
    /// The dispute's id, as the store gives it.
    pub id: String,
    /// The store's own version of the dispute.
    pub at: Instant,
    /// How far it has come.
    pub state: DisputeState,
    /// What its amount is in.
    pub currency: Currency,
    /// What the shopper is to get back.
    #[serde(with = "minor")]
    pub amount: Amount,
    /// The payment that it is of, by the name by which the store speaks of that elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
}

/// Where a dispute stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeState {
    /// Undecided: nothing of the order is approved meanwhile.
    Open,
    /// The shop keeps the money, or the dispute was withdrawn.
    Won,
    /// The shopper has the money back: it counts like a refund.
    Lost,
}

/// A visit of the order's shopper, as recorded when it happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TouchFact {
    /// The touch's id.
    pub id: String,
    /// When the visitor came.
    pub at: Instant,
    /// Whether it was a link or a scan.
    pub method: TouchMethod,
    /// The number of the link; the program knows whose it was at that time.
    pub link: u32,
}

/// A visitor by the id that names the visitor's journey. It goes into no case and no explanation:
/// touches do, under names of their own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct VisitorFact {
    /// The visitor's id.
    pub id: String,
}

/// What the page that thanks for an order said: which visitor was shown it.
///
/// The visitor is proved by a signed token, but that the order is this visitor's is not: anyone
/// can open such a page. See [`fold`](crate::fold()) for what it takes to be believed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeaconFact {
    /// A name that tells visitors apart, and is not the visitor's id.
    pub visitor: String,
    /// When the page said so.
    pub at: Instant,
    /// The visitor's touches up to then.
    pub touches: Vec<TouchFact>,
}

impl Fact {
    /// Names what is said by its content.
    ///
    /// The digest is part of a key because a store's version times have gaps: Shopify's count
    /// seconds, and two updates within one second are two facts. Touches and visitors are never
    /// revised, so their id is enough.
    #[must_use]
    pub fn new(kind: FactKind) -> Self {
        let key = match &kind {
            FactKind::Snapshot(snapshot) => {
                format!("snapshot:{}:{}", snapshot.updated_at, digest(&kind))
            }
            FactKind::Refund(refund) => format!("refund:{}:{}", refund.id, digest(&kind)),
            FactKind::RefundTotal(given) => {
                format!("refund_total:{}:{}", given.payment, digest(&kind))
            }
            FactKind::Cancelled { at } => format!("cancelled:{at}"),
            FactKind::Deleted { at: None } => "deleted".to_owned(),
            FactKind::Deleted { at: Some(at) } => format!("deleted:{at}"),
            FactKind::Restored { at: None } => "restored".to_owned(),
            FactKind::Restored { at: Some(at) } => format!("restored:{at}"),
            FactKind::Marked { at } => format!("marked:{at}"),
            FactKind::Dispute(dispute) => format!("dispute:{}:{}", dispute.id, digest(&kind)),
            FactKind::Payment(payment) => {
                format!("payment:{}:{}", payment.payment, digest(&kind))
            }
            FactKind::PaymentPart(part) => {
                format!(
                    "payment_part:{}:{}:{}",
                    part.payment,
                    part.order,
                    digest(&kind)
                )
            }
            FactKind::Coupon { code } => format!("coupon:{code}"),
            FactKind::Begins { subscription } => format!("begins:{subscription}"),
            FactKind::Customer { id } => format!("customer:{id}"),
            FactKind::Touch(touch) => format!("touch:{}", touch.id),
            FactKind::Visitor(visitor) => format!("visitor:{}", visitor.id),
            // Of what one visitor says of an order, the first counts.
            FactKind::Beacon(beacon) => format!("{}{}", BeaconFact::KEYS, beacon.visitor),
            FactKind::Ruling(ruling) => format!("ruling:{}", ruling.id),
        };
        Self { key, kind }
    }
}

impl BeaconFact {
    /// What the keys of all beacons begin with.
    pub const KEYS: &str = "beacon:";
}

/// The first 16 bytes of the SHA-256 of the content's JSON, as base64url.
fn digest(kind: &FactKind) -> String {
    // Text, integers and lists of them: there is nothing in a fact that JSON cannot hold.
    let json = serde_json::to_vec(kind).unwrap_or_default();
    let hash = Sha256::digest(json);
    let short = hash.first_chunk::<16>().copied().unwrap_or_default();
    URL_SAFE_NO_PAD.encode(short)
}
