//! The presets, and the defaults of every field: the tables of RULES.md, section 3.

use crate::error::{CaseError, Locate};
use crate::method::Method::{self, Assigned, Coupon, Email, Link, Qr, Sku, Tag};
use crate::policy_document::{
    AssignmentDocument, AssignmentMode, CouponChoice, Losers, PolicyDocument, SelfReferral,
    TieRule, TouchModel,
};
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// The defaults of RULES.md, section 3, with some fields replaced.
    fn policy(name: &str, rank: Value, differs: Value) -> Value {
        let mut policy = json!({
            "name": name, "version": 1, "rank": rank, "additive": [], "touch": "last", "half_life": "7d",
            "window": "30d", "coupon": "first", "tie": "review", "losers": "unqualified",
            "self_referral": "allow", "coupon_requires_touch": false, "stand_down": "0s",
            "assignment": { "mode": "none" }, "include_shipping": false, "include_tax": false,
        });
        let fields = policy.as_object_mut().unwrap();
        fields.extend(differs.as_object().unwrap().clone());
        policy
    }

    fn explicit(document: PolicyDocument<'_>) -> Value {
        serde_json::to_value(document.explicit().unwrap()).unwrap()
    }

    #[test]
    fn every_preset_is_its_row_of_the_table() {
        let sku = json!({ "additive": ["sku"] });
        let affiliatly = json!({
            "additive": ["sku"], "touch": "first", "window": "7d", "tie": "first_listed", "losers": "unrecorded",
        });
        let table = [
            policy(
                "last-click",
                json!([["link", "qr"], ["coupon"], ["tag"], ["email"]]),
                json!({ "additive": ["sku"], "self_referral": "review", "stand_down": "1h" }),
            ),
            policy(
                "refersion",
                json!([["link", "qr"], ["coupon", "email"]]),
                sku.clone(),
            ),
            policy(
                "refersion-coupon",
                json!([["coupon"], ["link", "qr", "email"]]),
                sku.clone(),
            ),
            policy(
                "refersion-email",
                json!([["email"], ["link", "qr", "coupon"]]),
                sku,
            ),
            policy(
                "affiliatly",
                json!([["coupon"], ["tag"], ["email"], ["link", "qr"]]),
                affiliatly.clone(),
            ),
            policy(
                "affiliatly-tag-first",
                json!([["tag"], ["coupon"], ["email"], ["link", "qr"]]),
                affiliatly,
            ),
            policy(
                "salesking",
                json!([["assigned"], ["coupon"], ["link", "qr"]]),
                json!({
                    "window": "1d", "coupon": "last", "tie": "first_listed", "losers": "unrecorded",
                    "assignment": { "mode": "sticky" },
                }),
            ),
        ];
        assert_eq!(
            PRESETS.map(|name| explicit(PolicyDocument::preset(name))),
            table
        );
    }

    #[test]
    fn without_a_preset_every_field_but_the_rank_has_its_default() {
        let own = PolicyDocument {
            rank: Some(vec![vec![Coupon]]),
            ..PolicyDocument::default()
        };
        assert_eq!(
            explicit(own),
            policy("custom", json!([["coupon"]]), json!({}))
        );
    }
}
