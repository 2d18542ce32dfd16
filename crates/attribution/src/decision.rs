//! What the rules say about an order: the JSON of RULES.md, section 5, member for member.

use serde::{Deserialize, Serialize};

use crate::error::CaseError;
use crate::json::read_json;
use crate::method::Method;
use crate::money::Money;
use crate::rate::Rate;
use crate::text::Text;
use crate::time::Instant;

/// The conversions, the assignment to make, and the trace of every claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Decision<'a> {
    /// Which policy decided.
    #[serde(borrow)]
    pub policy: PolicyVersion<'a>,
    /// The order's id.
    #[serde(borrow)]
    pub order: Text<'a>,
    /// Whether a person has to look at it before anything is paid.
    pub review: bool,
    /// What is recorded: credited by rank, then additive, then unqualified; each in canonical order.
    #[serde(borrow)]
    pub conversions: Vec<Conversion<'a>>,
    /// The affiliate that the customer belongs to from now on, if this order changes that.
    #[serde(borrow)]
    pub assign: Option<Assignment<'a>>,
    /// Every claim in canonical order, and what became of it.
    #[serde(borrow)]
    pub trace: Vec<TracedClaim<'a>>,
}

/// A policy's name and version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PolicyVersion<'a> {
    /// The preset's name, or what the program calls its policy.
    #[serde(borrow)]
    pub name: Text<'a>,
    /// Counts the program's changes.
    pub version: i64,
}

/// A claim that is recorded, with a status and a commission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct Conversion<'a> {
    /// Whose claim it is.
    #[serde(borrow)]
    pub affiliate: Text<'a>,
    /// How the affiliate is tied to the order.
    pub method: Method,
    /// The touch id, code, SKU or tag; `email` or `assigned` for these methods.
    #[serde(borrow)]
    pub evidence: Text<'a>,
    /// Whether something may be owed.
    pub status: Status,
    /// Whether the affiliate gets to see it.
    pub visible: bool,
    /// Whether a person has to look at this conversion.
    pub review: bool,
    /// Why it is unqualified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Outcome>,
    /// The place in the trace of the claim that beat this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<usize>,
    /// Its part of the credit; 10 000 is all of it.
    pub share_bp: BasisPoints,
    /// What is owed.
    pub commission: Money,
    /// How the commission comes about; the lines' commissions sum to it.
    #[serde(borrow)]
    pub lines: Vec<LineShare<'a>>,
}

/// What a conversion may lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Credited: owed once it is approved.
    Pending,
    /// Recorded, and nothing owed.
    Unqualified,
}

/// A part of a whole in hundredths of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(transparent)]
pub struct BasisPoints(pub(crate) u32);

impl BasisPoints {
    /// Nothing of it.
    pub const NONE: BasisPoints = BasisPoints(0);
    /// All of it.
    pub const WHOLE: BasisPoints = BasisPoints(10_000);

    /// The number of hundredths of a percent.
    pub fn get(self) -> u32 {
        self.0
    }
}

/// What one line of the order contributes to a commission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct LineShare<'a> {
    /// The line's name, or `shipping`, or `tax`.
    #[serde(borrow)]
    pub line: Text<'a>,
    /// What remains of its amount after discount and refunds.
    pub base: Money,
    /// The rate that applies, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate<Money>>,
    /// Why the line earns nothing, in place of a rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excluded: Option<Exclusion>,
    /// Its share of the conversion's commission.
    pub commission: Money,
}

/// Why a line earns nothing whatever the rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Exclusion {
    /// Its SKU is disabled, for everybody or for this affiliate.
    SkuDisabled,
    /// There is a list of SKUs that earn, and it is not on it.
    SkuNotAllowed,
}

/// Whom the customer belongs to from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Assignment<'a> {
    /// The affiliate.
    #[serde(borrow)]
    pub affiliate: Text<'a>,
    /// When the order was placed.
    pub at: Instant,
}

/// A claim and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(optional_fields))]
pub struct TracedClaim<'a> {
    /// Whose claim it is.
    #[serde(borrow)]
    pub affiliate: Text<'a>,
    /// How the affiliate is tied to the order.
    pub method: Method,
    /// The touch id, code, SKU or tag; `email` or `assigned` for these methods.
    #[serde(borrow)]
    pub evidence: Text<'a>,
    /// When the touch or the assignment happened, or else when the order was placed.
    pub at: Instant,
    /// What became of it.
    pub outcome: Outcome,
    /// The place in the trace of the claim that beat it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<usize>,
}

/// What became of a claim: the words of RULES.md, section 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It became a pending conversion.
    Credited,
    /// The policy does not use the method.
    MethodDisabled,
    /// The directory has no such affiliate.
    AffiliateUnknown,
    /// The affiliate is paused.
    AffiliateInactive,
    /// The touch came after the order.
    AfterOrder,
    /// The touch was too old.
    WindowExpired,
    /// The assignment was too old.
    AssignmentExpired,
    /// The affiliate bought through itself.
    SelfReferral,
    /// The coupon's affiliate has no valid touch, and the policy asks for one.
    NoTouch,
    /// The affiliate's class gives way to content that came shortly before.
    StoodDown,
    /// Another claim of its group was picked.
    Superseded,
    /// A stronger claim is credited.
    Outranked,
    /// Its affiliate stands through another claim already.
    Duplicate,
    /// Its share went to a later touch of the same affiliate.
    Merged,
}

impl Outcome {
    /// Whether it is a reason of step 2, found before any claim was compared with another tier.
    pub(crate) fn is_screening(self) -> bool {
        !matches!(
            self,
            Outcome::Credited
                | Outcome::Superseded
                | Outcome::Outranked
                | Outcome::Duplicate
                | Outcome::Merged
        )
    }
}

impl Outcome {
    /// The word that stands for the outcome in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Credited => "credited",
            Outcome::MethodDisabled => "method_disabled",
            Outcome::AffiliateUnknown => "affiliate_unknown",
            Outcome::AffiliateInactive => "affiliate_inactive",
            Outcome::AfterOrder => "after_order",
            Outcome::WindowExpired => "window_expired",
            Outcome::AssignmentExpired => "assignment_expired",
            Outcome::SelfReferral => "self_referral",
            Outcome::NoTouch => "no_touch",
            Outcome::StoodDown => "stood_down",
            Outcome::Superseded => "superseded",
            Outcome::Outranked => "outranked",
            Outcome::Duplicate => "duplicate",
            Outcome::Merged => "merged",
        }
    }
}

impl Decision<'_> {
    /// The decision as JSON, in the member order of RULES.md, section 5.
    pub fn to_json(&self) -> String {
        // A struct of text and integers with string keys has nothing that serde_json could refuse.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl<'a> Decision<'a> {
    /// Reads a stored decision.
    ///
    /// # Errors
    /// Names the member that is missing or of the wrong type.
    pub fn from_json(json: &'a str) -> Result<Decision<'a>, CaseError> {
        read_json(json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_is_the_same_word_everywhere() {
        for outcome in [
            Outcome::Credited,
            Outcome::MethodDisabled,
            Outcome::AffiliateUnknown,
            Outcome::AffiliateInactive,
            Outcome::AfterOrder,
            Outcome::WindowExpired,
            Outcome::AssignmentExpired,
            Outcome::SelfReferral,
            Outcome::NoTouch,
            Outcome::StoodDown,
            Outcome::Superseded,
            Outcome::Outranked,
            Outcome::Duplicate,
            Outcome::Merged,
        ] {
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.as_str());
        }
    }
}
