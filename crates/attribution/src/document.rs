//! A case as it is stored and exchanged: the JSON of RULES.md, section 2, member for member.
//!
//! These types are for building a case and for storing one. They hold what was written, not what
//! is right: [`Case`](crate::Case) is made from a document by checking it.

use serde::{Deserialize, Serialize};

use crate::currencies::Currencies;
use crate::entries::Entries;
use crate::error::{CaseError, Locate};
use crate::method::TouchMethod;
use crate::money::Currency;
use crate::policy_document::PolicyDocument;
use crate::rate::{RateDocument, RatesDocument, SkuDocument};
use crate::text::Text;
use crate::time::{Duration, Instant};

/// All that the rules need to know about one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct CaseDocument<'a> {
    /// The rules of the program.
    #[serde(borrow)]
    #[cfg_attr(feature = "ts", ts(type = "Preset | PolicyDocument"))]
    pub policy: PolicyDocument<'a>,
    /// Who may be credited, and which triggers belong to whom.
    #[serde(borrow)]
    pub directory: DirectoryDocument<'a>,
    /// What is known about the buyer.
    #[serde(borrow, default, skip_serializing_if = "CustomerDocument::is_empty")]
    pub customer: CustomerDocument<'a>,
    /// The buyer's visits, in the order in which they became known.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub touches: Vec<TouchDocument<'a>>,
    /// Currencies that ISO 4217 does not list: three capital letters, and how many decimals an amount
    /// has, from 0 to 4.
    #[serde(borrow, default, skip_serializing_if = "Entries::is_empty")]
    pub currencies: Entries<'a, u8>,
    /// What was bought.
    #[serde(borrow)]
    pub order: OrderDocument<'a>,
}

impl CaseDocument<'_> {
    /// The currency of every amount in the case.
    ///
    /// # Errors
    /// Names what is wrong with `currencies`, or that neither they nor ISO 4217 know the order's.
    pub fn currency(&self) -> Result<Currency, CaseError> {
        let further = self.currencies.0.iter();
        let currencies = Currencies::with(further.map(|(code, digits)| (&**code, *digits)));
        let found = currencies.field("currencies")?.find(&self.order.currency);
        found.field("currency").field("order")
    }
}

/// The affiliates and what is tied to them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct DirectoryDocument<'a> {
    /// By affiliate id.
    #[serde(borrow, default, skip_serializing_if = "Entries::is_empty")]
    pub affiliates: Entries<'a, AffiliateDocument<'a>>,
    /// Coupon code to affiliate id.
    #[serde(borrow, default, skip_serializing_if = "Entries::is_empty")]
    pub coupons: Entries<'a, Text<'a>>,
    /// E-mail address to affiliate id.
    #[serde(borrow, default, skip_serializing_if = "Entries::is_empty")]
    pub emails: Entries<'a, Text<'a>>,
    /// SKU to affiliate id and rate.
    #[serde(borrow, default, skip_serializing_if = "Entries::is_empty")]
    pub skus: Entries<'a, SkuTriggerDocument<'a>>,
    /// Tag to affiliate id.
    #[serde(borrow, default, skip_serializing_if = "Entries::is_empty")]
    pub tags: Entries<'a, Text<'a>>,
}

/// One affiliate and the terms agreed with it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct AffiliateDocument<'a> {
    /// Whether it may be credited at all.
    #[serde(default, skip_serializing_if = "is_default")]
    pub status: AffiliateStatus,
    /// How it brings customers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub class: AffiliateClass,
    /// Its own e-mail addresses, by which a self-referral is recognised.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<Text<'a>>,
    /// How long its touches stay valid, in place of the policy's window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Duration>,
    /// Its own rates, which come before the policy's.
    #[serde(borrow, default, skip_serializing_if = "RatesDocument::is_empty")]
    pub rates: RatesDocument<'a>,
    /// Its own SKU lists and rates, besides the policy's.
    #[serde(borrow, default, skip_serializing_if = "SkuDocument::is_empty")]
    pub sku: SkuDocument<'a>,
}

/// Whether an affiliate may be credited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum AffiliateStatus {
    /// It may.
    #[default]
    Active,
    /// Its claims are ineligible.
    Paused,
}

/// How an affiliate brings customers; under `stand_down` all but `content` give way to content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum AffiliateClass {
    /// Reviews, videos, newsletters: whoever makes shoppers want something.
    #[default]
    Content,
    /// A site that lists coupon codes.
    Coupon,
    /// A browser extension that acts at checkout.
    Extension,
    /// A site that shares its commission with the shopper.
    Cashback,
}

/// The affiliate of a SKU, and perhaps a rate for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct SkuTriggerDocument<'a> {
    /// Whoever the SKU is tied to.
    #[serde(borrow)]
    pub affiliate: Text<'a>,
    /// What a claim through this SKU earns; not `per_order`.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<RateDocument<'a>>,
}

/// What is known about the buyer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct CustomerDocument<'a> {
    /// The affiliate whom the customer belongs to.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub assigned: Option<AssignedDocument<'a>>,
    /// People with access to the customer; they never change credit.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub additional: Vec<Text<'a>>,
}

impl CustomerDocument<'_> {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.assigned.is_none() && self.additional.is_empty()
    }
}

/// An assignment of a customer that was made earlier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct AssignedDocument<'a> {
    /// Whom the customer belongs to.
    #[serde(borrow)]
    pub affiliate: Text<'a>,
    /// Since when.
    pub at: Instant,
}

/// One recorded visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct TouchDocument<'a> {
    /// The touch's own id, which the decision gives as evidence.
    #[serde(borrow)]
    pub id: Text<'a>,
    /// When it happened.
    pub at: Instant,
    /// A link or a QR code.
    pub method: TouchMethod,
    /// Whose link or code it was.
    #[serde(borrow)]
    pub affiliate: Text<'a>,
}

/// What was bought, and what of it was sent back. Amounts are decimal text in the order's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct OrderDocument<'a> {
    /// The store's id of the order.
    #[serde(borrow)]
    pub id: Text<'a>,
    /// The moment as of which everything is judged.
    pub placed_at: Instant,
    /// The code of the currency of every amount in the case: one of ISO 4217, or of the case's own
    /// `currencies`.
    #[serde(borrow)]
    #[cfg_attr(feature = "ts", ts(as = "Currency"))]
    pub currency: Text<'a>,
    /// The buyer's e-mail address, or its keyed hash.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Text<'a>>,
    /// Coupon codes in the order in which they were used.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub coupons: Vec<Text<'a>>,
    /// Tags of the order.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Text<'a>>,
    /// Tags of the customer.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub customer_tags: Vec<Text<'a>>,
    /// What was bought.
    #[serde(borrow)]
    pub lines: Vec<LineDocument<'a>>,
    /// A discount on the whole order that no line's amount contains yet.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<Text<'a>>,
    /// The price of shipping before tax.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub shipping: Option<Text<'a>>,
    /// All taxes.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<Text<'a>>,
    /// What was refunded.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub refunds: Vec<RefundDocument<'a>>,
    /// Whether the order was cancelled, so that nothing is owed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cancelled: bool,
}

/// One line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct LineDocument<'a> {
    /// The line's name; without one it is named by its place, from `"0"`.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Text<'a>>,
    /// What was bought.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<Text<'a>>,
    /// How many, from 1 to 1 000 000.
    pub quantity: u32,
    /// The whole line's total after line discounts and before tax.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Text<'a>>,
}

/// One refund of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct RefundDocument<'a> {
    /// The store's id of the refund.
    #[serde(borrow)]
    pub id: Text<'a>,
    /// What was refunded of single lines.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<RefundLineDocument<'a>>,
    /// What was refunded of the shipping.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub shipping: Option<Text<'a>>,
    /// What was refunded of the tax.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<Text<'a>>,
}

/// What a refund gave back of one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct RefundLineDocument<'a> {
    /// The line's name.
    #[serde(borrow)]
    pub line: Text<'a>,
    /// How many items came back, from 0 to 1 000 000.
    #[serde(default, skip_serializing_if = "is_default")]
    pub quantity: u32,
    /// What was refunded for them, before tax.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Text<'a>>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_case_leaves_out_is_not_written() {
        let json = concat!(
            r#"{"policy":{"preset":"refersion","version":2},"directory":{"affiliates":{"A":{}}},"#,
            r#""order":{"id":"1","placed_at":"2026-01-04T12:00:00.000Z","currency":"USD","lines":[{"quantity":1}],"#,
            r#""refunds":[{"id":"r1","lines":[{"line":"0"}]}]}}"#
        );
        let document: CaseDocument = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&document).unwrap(), json);
    }
}
