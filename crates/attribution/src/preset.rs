//! The presets, and the defaults of every field: the tables of RULES.md, section 3.

use crate::error::{CaseError, Locate};
use crate::method::Method::{self, Assigned, Coupon, Email, Link, Qr, Sku, Tag};
use crate::policy::{AssignmentMode, CouponChoice, Losers, SelfReferral, TieRule, TouchModel};
use crate::policy_document::{AssignmentDocument, PolicyDocument};
use crate::time::Duration;

/// The names of the presets, ours first, then those of the programs that a merchant may come from.
pub const PRESETS: [&str; 7] = [
    "last-click",
    "refersion",
    "refersion-coupon",
    "refersion-email",
    "affiliatly",
    "affiliatly-tag-first",
    "salesking",
];

impl<'a> PolicyDocument<'a> {
    /// The same policy with every field written out and no preset named.
    ///
    /// # Errors
    /// If the preset is not one of [`PRESETS`].
    ///
    /// ```
    /// use waymark_attribution::PolicyDocument;
    /// use waymark_attribution::policy::TouchModel;
    ///
    /// let explicit = PolicyDocument::preset("affiliatly").explicit()?;
    /// assert_eq!(explicit.touch, Some(TouchModel::First));
    /// assert_eq!(explicit.preset, None);
    /// # Ok::<(), waymark_attribution::CaseError>(())
    /// ```
    pub fn explicit(self) -> Result<PolicyDocument<'a>, CaseError> {
        let base = match &self.preset {
            None => PolicyDocument::default(),
            Some(name) => preset(name)
                .ok_or_else(|| {
                    CaseError::new(format!("no such preset; there are {}", PRESETS.join(", ")))
                })
                .field("preset")?,
        };
        Ok(self.over(base).over(defaults()))
    }
}

/// The fields that the preset of that name sets.
fn preset(name: &str) -> Option<PolicyDocument<'static>> {
    let (name, rank): (&'static str, &[&[Method]]) = match name {
        "last-click" => ("last-click", &[&[Link, Qr], &[Coupon], &[Tag], &[Email]]),
        "refersion" => ("refersion", &[&[Link, Qr], &[Coupon, Email]]),
        "refersion-coupon" => ("refersion-coupon", &[&[Coupon], &[Link, Qr, Email]]),
        "refersion-email" => ("refersion-email", &[&[Email], &[Link, Qr, Coupon]]),
        "affiliatly" => ("affiliatly", &[&[Coupon], &[Tag], &[Email], &[Link, Qr]]),
        "affiliatly-tag-first" => (
            "affiliatly-tag-first",
            &[&[Tag], &[Coupon], &[Email], &[Link, Qr]],
        ),
        "salesking" => ("salesking", &[&[Assigned], &[Coupon], &[Link, Qr]]),
        _ => return None,
    };
    let ranked = PolicyDocument {
        name: Some(name.into()),
        rank: Some(rank.iter().map(|tier| tier.to_vec()).collect()),
        ..PolicyDocument::default()
    };
    Some(match name {
        "last-click" => PolicyDocument {
            additive: Some(vec![Sku]),
            self_referral: Some(SelfReferral::Review),
            stand_down: Some(Duration::minutes(60)),
            ..ranked
        },
        "affiliatly" | "affiliatly-tag-first" => PolicyDocument {
            additive: Some(vec![Sku]),
            touch: Some(TouchModel::First),
            window: Some(Duration::days(7)),
            tie: Some(TieRule::FirstListed),
            losers: Some(Losers::Unrecorded),
            ..ranked
        },
        "salesking" => PolicyDocument {
            window: Some(Duration::days(1)),
            coupon: Some(CouponChoice::Last),
            tie: Some(TieRule::FirstListed),
            losers: Some(Losers::Unrecorded),
            assignment: Some(AssignmentDocument {
                mode: Some(AssignmentMode::Sticky),
                expires: None,
            }),
            ..ranked
        },
        // The three of Refersion differ by their rank alone.
        _ => PolicyDocument {
            additive: Some(vec![Sku]),
            ..ranked
        },
    })
}

/// Every field that has a default; `rank` has none.
fn defaults() -> PolicyDocument<'static> {
    PolicyDocument {
        name: Some("custom".into()),
        version: Some(1),
        additive: Some(Vec::new()),
        touch: Some(TouchModel::default()),
        half_life: Some(Duration::days(7)),
        window: Some(Duration::days(30)),
        coupon: Some(CouponChoice::default()),
        tie: Some(TieRule::default()),
        losers: Some(Losers::default()),
        self_referral: Some(SelfReferral::default()),
        coupon_requires_touch: Some(false),
        stand_down: Some(Duration::ZERO),
        assignment: Some(AssignmentDocument {
            mode: Some(AssignmentMode::default()),
            expires: None,
        }),
        include_shipping: Some(false),
        include_tax: Some(false),
        ..PolicyDocument::default()
    }
}
