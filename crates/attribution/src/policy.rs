//! The rules of a program, checked: RULES.md, section 3.

pub use crate::policy_document::{
    AssignmentMode, CouponChoice, Losers, SelfReferral, TieRule, TouchModel,
};

use crate::error::{CaseError, Locate};
use crate::limits;
use crate::method::{ByMethod, Method};
use crate::money::Currency;
use crate::policy_document::{AssignmentDocument, PolicyDocument};
use crate::terms::Terms;
use crate::text::Text;
use crate::time::Duration;

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
