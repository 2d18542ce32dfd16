//! The rules of a program, checked: RULES.md, section 3.

use serde::{Deserialize, Serialize};

use crate::error::{CaseError, Locate};
use crate::limits;
use crate::method::{ByMethod, Method};
use crate::money::Currency;
use crate::policy_document::{AssignmentDocument, PolicyDocument};
use crate::terms::Terms;
use crate::text::Text;
use crate::time::Duration;

/// Which touch counts, or how several share the credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum AssignmentMode {
    /// Each order is decided by itself.
    #[default]
    None,
    /// The first order that credits a single affiliate assigns the customer.
    Sticky,
}

/// A checked policy, in the currency of an order.
#[derive(Debug, Clone)]
pub struct Policy<'a> {
    pub(crate) name: Text<'a>,
    pub(crate) version: i64,
    pub(crate) standings: ByMethod<Standing>,
    pub(crate) touch: TouchModel,
    pub(crate) half_life: Duration,
    pub(crate) window: Duration,
    pub(crate) coupon: CouponChoice,
    pub(crate) tie: TieRule,
    pub(crate) losers: Losers,
    pub(crate) self_referral: SelfReferral,
    pub(crate) coupon_requires_touch: bool,
    pub(crate) stand_down: Duration,
    pub(crate) assignment: AssignmentMode,
    pub(crate) expires: Option<Duration>,
    pub(crate) terms: Terms<'a>,
    pub(crate) include_shipping: bool,
    pub(crate) include_tax: bool,
}

/// Where a policy puts a method; the strongest compares least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Standing {
    /// In a tier of the rank, counted from the strongest, at a place in that tier's list.
    Ranked { tier: usize, place: usize },
    /// Besides the rank.
    Additive,
    /// Nowhere: its claims are ineligible.
    #[default]
    Disabled,
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

impl<'a> Policy<'a> {
    /// Checks a policy whose amounts are in this currency.
    ///
    /// # Errors
    /// Names the field that breaks a rule of RULES.md, section 3.
    pub fn new(document: PolicyDocument<'a>, currency: Currency) -> Result<Policy<'a>, CaseError> {
        let PolicyDocument {
            preset: None,
            name: Some(name),
            version: Some(version),
            rank: Some(rank),
            additive: Some(additive),
            touch: Some(touch),
            half_life: Some(half_life),
            window: Some(window),
            coupon: Some(coupon),
            tie: Some(tie),
            losers: Some(losers),
            self_referral: Some(self_referral),
            coupon_requires_touch: Some(coupon_requires_touch),
            stand_down: Some(stand_down),
            assignment:
                Some(AssignmentDocument {
                    mode: Some(assignment),
                    expires,
                }),
            rates,
            sku,
            include_shipping: Some(include_shipping),
            include_tax: Some(include_tax),
        } = document.explicit()?
        else {
            // `explicit` fills every other field.
            return Err(CaseError::new("missing; it is required without a preset")).field("rank");
        };
        limits::text(&name).field("name")?;
        if half_life == Duration::ZERO {
            return Err(CaseError::new("must be longer than 0s")).field("half_life");
        }
        Ok(Policy {
            name,
            version,
            standings: standings(&rank, &additive)?,
            touch,
            half_life,
            window,
            coupon,
            tie,
            losers,
            self_referral,
            coupon_requires_touch,
            stand_down,
            assignment,
            expires,
            terms: Terms::new(rates, sku, currency)?,
            include_shipping,
            include_tax,
        })
    }

    /// Where the policy puts a method.
    pub(crate) fn standing(&self, method: Method) -> Standing {
        *self.standings.get(method)
    }

    /// Whether `link` and `qr` stand in one tier, so that all touches are one group.
    fn touches_are_one_group(&self) -> bool {
        match (self.standing(Method::Link), self.standing(Method::Qr)) {
            (Standing::Ranked { tier: link, .. }, Standing::Ranked { tier: qr, .. }) => link == qr,
            _ => false,
        }
    }

    /// The group that claims by this method are picked from, named by a method: `link` and `qr`
    /// of one tier form the group `link`, every other method is a group of its own.
    pub(crate) fn group(&self, method: Method) -> Method {
        match method {
            Method::Qr if self.touches_are_one_group() => Method::Link,
            _ => method,
        }
    }

    /// Where a group stands: all touches of one tier stand where the first of their methods is listed.
    pub(crate) fn group_standing(&self, group: Method) -> Standing {
        match group {
            Method::Link if self.touches_are_one_group() => {
                self.standing(Method::Link).min(self.standing(Method::Qr))
            }
            _ => self.standing(group),
        }
    }
}

impl PolicyDocument<'_> {
    /// Checks a policy before it is known in which currency its amounts will be.
    ///
    /// Amounts may have up to four decimals, the most that any currency has; an order whose
    /// currency has fewer still refuses them.
    ///
    /// # Errors
    /// Names the field that breaks a rule of RULES.md, section 3.
    pub fn validate(&self) -> Result<(), CaseError> {
        Policy::new(self.clone(), Currency::FINEST).map(|_| ())
    }
}

/// What a policy may list as additive.
const ADDITIVE: [Method; 4] = [Method::Coupon, Method::Email, Method::Sku, Method::Tag];

fn standings(rank: &[Vec<Method>], additive: &[Method]) -> Result<ByMethod<Standing>, CaseError> {
    let mut standings = ByMethod::<Standing>::default();
    let mut stand = |method, standing| match standings.get_mut(method) {
        free @ Standing::Disabled => {
            *free = standing;
            Ok(())
        }
        _ => Err(CaseError::new(format!(
            "{method} stands twice in rank and additive; keep one"
        ))),
    };
    for (tier, methods) in rank.iter().enumerate() {
        for (place, method) in methods.iter().enumerate() {
            let ranked = Standing::Ranked { tier, place };
            stand(*method, ranked)
                .index(place)
                .index(tier)
                .field("rank")?;
        }
    }
    for (index, method) in additive.iter().enumerate() {
        let listed = match ADDITIVE.contains(method) {
            true => stand(*method, Standing::Additive),
            false => Err(CaseError::new(format!(
                "{method} cannot be additive; coupon, email, sku and tag can"
            ))),
        };
        listed.index(index).field("additive")?;
    }
    Ok(standings)
}
