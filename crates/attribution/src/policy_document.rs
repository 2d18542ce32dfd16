//! A policy as it is written: a preset's name, or an object that overrides a preset or stands alone.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::error::CaseError;
use crate::json::read_json;
use crate::method::Method;
use crate::rate::{RatesDocument, SkuDocument};
use crate::text::Text;
use crate::time::Duration;

/// A policy as it is written: every field may be left to the preset or to its default.
///
/// As JSON it is an object or, where it names a preset and nothing else, just that name. (TOML
/// has no such short form at its top; [`explicit`](PolicyDocument::explicit) documents never use it.)
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct PolicyDocument<'a> {
    /// The preset that fills the fields which are not given.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(type = "Preset"))]
    pub preset: Option<Text<'a>>,
    /// What the program calls its policy; by default the preset's name or `custom`.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text<'a>>,
    /// Counts the program's changes to its policy; by default 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// Tiers of methods, strongest first; required without a preset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<Vec<Vec<Method>>>,
    /// Methods that are paid besides the ranking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub additive: Option<Vec<Method>>,
    /// Which touch counts, or how several share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub touch: Option<TouchModel>,
    /// Under `time_decay`, the age by which a touch weighs half.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub half_life: Option<Duration>,
    /// How long a touch stays valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Duration>,
    /// Which coupon counts when several are tied to affiliates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon: Option<CouponChoice>,
    /// What happens when several claims of one tier remain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tie: Option<TieRule>,
    /// Whether claims that lost are recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub losers: Option<Losers>,
    /// What happens when an affiliate buys through itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_referral: Option<SelfReferral>,
    /// Whether a coupon needs a valid touch of its affiliate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon_requires_touch: Option<bool>,
    /// For how long coupon sites, extensions and cashback sites give way to content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stand_down: Option<Duration>,
    /// Whether and for how long a customer belongs to an affiliate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignment: Option<AssignmentDocument>,
    /// Rates for every affiliate that has none of its own.
    #[serde(borrow, default, skip_serializing_if = "RatesDocument::is_empty")]
    pub rates: RatesDocument<'a>,
    /// SKU lists and rates for every affiliate.
    #[serde(borrow, default, skip_serializing_if = "SkuDocument::is_empty")]
    pub sku: SkuDocument<'a>,
    /// Whether shipping earns commission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_shipping: Option<bool>,
    /// Whether tax earns commission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include_tax: Option<bool>,
}

/// Whether and for how long a customer belongs to an affiliate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct AssignmentDocument {
    /// Whether the first order assigns the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<AssignmentMode>,
    /// The age at which an assignment ends; without one it lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Duration>,
}

/// Which touch counts, or how several share the credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum TouchModel {
    /// The last before the order.
    #[default]
    Last,
    /// The first that is still valid.
    First,
    /// All, in equal parts.
    Linear,
    /// All; the first and the last get 40 % each, those between share the rest.
    Position,
    /// All; a touch weighs half as much for each half-life of its age.
    TimeDecay,
}

/// Which coupon counts when several are tied to affiliates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum CouponChoice {
    /// The first in the order's list.
    #[default]
    First,
    /// The last in the order's list.
    Last,
}

/// What happens when claims of several affiliates remain in the winning tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum TieRule {
    /// All are credited and wait for a person.
    #[default]
    Review,
    /// The one whose method the tier lists first.
    FirstListed,
    /// The oldest.
    Earliest,
    /// The newest.
    Latest,
}

/// What becomes of claims that lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Losers {
    /// They are recorded, hidden from the affiliate, and nothing is owed.
    #[default]
    Unqualified,
    /// They appear in the trace only.
    Unrecorded,
}

/// What happens when an affiliate buys through its own link, code or e-mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum SelfReferral {
    /// It earns as from anybody else.
    #[default]
    Allow,
    /// It is credited and waits for a person.
    Review,
    /// Its claim is ineligible.
    Unqualified,
}

/// Whether a customer belongs to an affiliate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum AssignmentMode {
    /// Each order is decided by itself.
    #[default]
    None,
    /// The first order that credits a single affiliate assigns the customer.
    Sticky,
}

impl TouchModel {
    /// Whether several touches share the credit.
    pub(crate) fn splits(self) -> bool {
        matches!(
            self,
            TouchModel::Linear | TouchModel::Position | TouchModel::TimeDecay
        )
    }
}

impl<'a> PolicyDocument<'a> {
    /// Reads a policy as it is written, without checking what it says.
    ///
    /// # Errors
    /// Names the member that is unknown or of the wrong type.
    pub fn from_json(json: &'a str) -> Result<PolicyDocument<'a>, CaseError> {
        read_json(json)
    }

    /// The policy that is a preset as it stands.
    pub fn preset(name: impl Into<Text<'a>>) -> PolicyDocument<'a> {
        PolicyDocument {
            preset: Some(name.into()),
            ..PolicyDocument::default()
        }
    }

    /// This document's fields where it gives them, else those of `base`.
    ///
    /// Of an assignment each member counts as a field: a sticky preset that is given an expiry stays sticky.
    pub(crate) fn over(self, base: PolicyDocument<'a>) -> PolicyDocument<'a> {
        let assignment = self.assignment.unwrap_or_default();
        let base_assignment = base.assignment.unwrap_or_default();
        PolicyDocument {
            preset: None,
            name: self.name.or(base.name),
            version: self.version.or(base.version),
            rank: self.rank.or(base.rank),
            additive: self.additive.or(base.additive),
            touch: self.touch.or(base.touch),
            half_life: self.half_life.or(base.half_life),
            window: self.window.or(base.window),
            coupon: self.coupon.or(base.coupon),
            tie: self.tie.or(base.tie),
            losers: self.losers.or(base.losers),
            self_referral: self.self_referral.or(base.self_referral),
            coupon_requires_touch: self.coupon_requires_touch.or(base.coupon_requires_touch),
            stand_down: self.stand_down.or(base.stand_down),
            assignment: Some(AssignmentDocument {
                mode: assignment.mode.or(base_assignment.mode),
                expires: assignment.expires.or(base_assignment.expires),
            }),
            // No preset and no default has rates or SKU lists.
            rates: self.rates,
            sku: self.sku,
            include_shipping: self.include_shipping.or(base.include_shipping),
            include_tax: self.include_tax.or(base.include_tax),
        }
    }
}

impl Serialize for PolicyDocument<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.preset {
            Some(name) if *self == PolicyDocument::preset(name.as_borrowed()) => {
                name.serialize(serializer)
            }
            _ => PolicyDocument::serialize(self, serializer),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for PolicyDocument<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PolicyVisitor)
    }
}

struct PolicyVisitor;

impl<'de> Visitor<'de> for PolicyVisitor {
    type Value = PolicyDocument<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a preset's name or an object")
    }

    fn visit_borrowed_str<E: de::Error>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(PolicyDocument::preset(name))
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(PolicyDocument::preset(name.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        // The derived, inherent function: `remote = "Self"` keeps it apart from the trait's.
        PolicyDocument::deserialize(MapAccessDeserializer::new(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preset_alone_is_read_and_written_as_its_name() {
        let refersion = PolicyDocument::preset("refersion");
        for json in [
            r#""refersion""#,
            r#""refersi\u006fn""#,
            r#"{"preset": "refersion"}"#,
        ] {
            assert_eq!(
                PolicyDocument::from_json(json).as_ref(),
                Ok(&refersion),
                "{json}"
            );
        }
        assert_eq!(serde_json::to_string(&refersion).unwrap(), r#""refersion""#);
    }
}
