//! Where an order stands between its facts and its payment.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use waymark_attribution::time::Instant;
use waymark_facts::fact::Payment;
use waymark_facts::ruling::{Ruling, RulingFact};
use waymark_facts::{Flag, Folded};

use crate::Actor;

/// What, of the facts of an order, bears on its conversions besides the decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conditions {
    /// When the order was placed.
    pub placed_at: Instant,
    /// A test order of the store, which must never pay.
    pub test: bool,
    /// Whether the shopper has paid.
    pub paid_for: bool,
    /// Whether anything was refunded, or the order was cancelled. Then a conversion that earns
    /// nothing is reversed; without, it earned nothing from the start.
    pub refunded: bool,
    /// What holds the order until the store says more or a person approves it all the same.
    pub holding: BTreeSet<Flag>,
    /// The ruling in force.
    pub ruling: Option<RulingFact>,
    /// The ruling on the order that this one renews. It counts as long as this one has none of its
    /// own; the facts of this one do not tell it.
    pub inherited: Option<Ruling>,
}

impl Conditions {
    /// Those of an order; `None` if the order itself was not heard of yet.
    #[must_use]
    pub fn of(folded: &Folded) -> Option<Self> {
        let order = folded.order.as_ref()?;
        let flags = folded.flags.iter();
        Some(Self {
            placed_at: order.snapshot.placed_at,
            test: order.snapshot.test,
            paid_for: order.snapshot.payment == Payment::Received,
            refunded: order.cancelled_at.is_some() || !order.refunds.is_empty(),
            holding: flags.filter(|flag| flag.holds()).cloned().collect(),
            ruling: folded.ruling.clone(),
            inherited: None,
        })
    }

    /// The ruling to go by.
    #[must_use]
    pub fn ruling(&self) -> Option<&Ruling> {
        let own = self.ruling.as_ref().map(|fact| &fact.ruling);
        own.or(self.inherited.as_ref())
    }
}

/// What time and people made of an order. It is stored with the order, as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "approval", rename_all = "snake_case")]
pub enum Approval {
    /// Nothing is approved: the book says what the decision says.
    #[default]
    Open,
    /// A person took the approval back. Nothing is approved by itself before a person rules on the
    /// order, or approves it again.
    Revoked(Revoked),
    /// Approved: who is credited stays.
    Approved(Approved),
}

/// An approval that was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoked {
    /// When it was revoked.
    pub at: Instant,
    /// Who revoked it.
    pub by: Actor,
    /// Why.
    pub note: String,
}

/// An approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approved {
    /// When it was approved.
    pub at: Instant,
    /// Who approved it.
    pub by: Actor,
    /// Why, if a person approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The ruling in force at that time: it stays, as the case does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ruling: Option<Ruling>,
    /// What would have held the order, had the person not approved it all the same.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub despite: BTreeSet<Flag>,
}

impl Approval {
    /// Whether the order is approved, so that facts change amounts only.
    #[must_use]
    pub fn is_approved(&self) -> bool {
        matches!(self, Approval::Approved(_))
    }

    /// What holds the order, besides conversions that have to be reviewed.
    pub(crate) fn hold<'o>(&self, order: &'o Conditions) -> Option<Hold<'o>> {
        let mut holding = order.holding.iter();
        match self {
            Approval::Approved(approved) => {
                let flag = holding.find(|flag| !approved.despite.contains(flag));
                return flag.map(Hold::Flag);
            }
            Approval::Revoked(revoked) => {
                let ruled = order.ruling.as_ref();
                if ruled.is_none_or(|ruling| ruling.at <= revoked.at) {
                    return Some(Hold::Revoked);
                }
            }
            Approval::Open => {}
        }
        holding.next().map(Hold::Flag)
    }
}

/// Why an order is held.
pub(crate) enum Hold<'o> {
    Flag(&'o Flag),
    Revoked,
}

#[cfg(test)]
mod tests {
    use super::*;
    use waymark_facts::{Fact, FactKind, fold};

    fn facts(json: serde_json::Value) -> Vec<Fact> {
        let kinds: Vec<FactKind> = serde_json::from_value(json).unwrap();
        kinds.into_iter().map(Fact::new).collect()
    }

    fn order(more: serde_json::Value) -> Conditions {
        let mut snapshot = serde_json::json!({
            "kind": "snapshot", "id": "1", "placed_at": "2026-01-01T00:00:00Z",
            "updated_at": "2026-01-02T00:00:00Z", "currency": "USD", "discount": 0,
            "lines": [{ "id": "l", "quantity": 1, "amount": 100 }], "shipping": 0, "tax": 0,
        });
        let (fields, kinds) = (more["order"].as_object(), more["facts"].as_array());
        for (name, value) in fields.into_iter().flatten() {
            snapshot[name] = value.clone();
        }
        let mut kinds = kinds.cloned().unwrap_or_default();
        kinds.push(snapshot);
        Conditions::of(&fold(&facts(kinds.into()))).unwrap()
    }

    #[test]
    fn the_facts_say_whether_an_order_may_be_approved_and_whether_it_was_refunded() {
        let plain = order(serde_json::json!({}));
        assert!(plain.paid_for && !plain.test && !plain.refunded);
        assert!(plain.holding.is_empty());
        assert_eq!(plain.placed_at.to_string(), "2026-01-01T00:00:00.000Z");

        let awaited = order(serde_json::json!({ "order": { "payment": "awaited", "test": true } }));
        assert!(!awaited.paid_for && awaited.test && !awaited.refunded);
        // A failed payment counts as a cancellation.
        let failed = order(serde_json::json!({ "order": { "payment": "failed" } }));
        assert!(!failed.paid_for && failed.refunded);

        let cancelled = serde_json::json!({ "kind": "cancelled", "at": "2026-01-03T00:00:00Z" });
        let refund = serde_json::json!({
            "kind": "refund", "id": "r", "currency": "USD", "shipping": 0, "tax": 0,
            "unassigned": 1, "withheld": 0,
        });
        for fact in [cancelled, refund] {
            assert!(order(serde_json::json!({ "facts": [fact] })).refunded);
        }
        let dispute = |state: &str| {
            let dispute = serde_json::json!({
                "kind": "dispute", "id": "d", "at": "2026-01-03T00:00:00Z", "state": state,
                "currency": "USD", "amount": 100,
            });
            order(serde_json::json!({ "facts": [dispute] }))
        };
        assert_eq!(dispute("open").holding.len(), 1);
        assert!(!dispute("open").refunded);
        assert!(dispute("lost").holding.is_empty() && dispute("lost").refunded);
        assert_eq!(dispute("won"), plain);
        assert_eq!(Conditions::of(&fold(&[])), None);
    }

    #[test]
    fn a_standing_reads_back_from_the_json_that_is_stored() {
        let at = Instant::from_millis(0);
        let approved = Approved {
            at,
            by: Actor::Waymark,
            note: None,
            ruling: None,
            despite: BTreeSet::new(),
        };
        let despite = Approved {
            by: Actor::Person("Ida".to_owned()),
            note: Some("fine".to_owned()),
            ruling: Some(Ruling::Deny),
            despite: [Flag::Deleted].into(),
            ..approved.clone()
        };
        for (approval, json) in [
            (Approval::Open, r#"{"approval":"open"}"#),
            (
                Approval::Revoked(Revoked {
                    at,
                    by: Actor::Person("Ida".to_owned()),
                    note: "too early".to_owned(),
                }),
                r#"{"approval":"revoked","at":"1970-01-01T00:00:00.000Z","by":"Ida","note":"too early"}"#,
            ),
            (
                Approval::Approved(approved),
                r#"{"approval":"approved","at":"1970-01-01T00:00:00.000Z","by":"waymark"}"#,
            ),
            (
                Approval::Approved(despite),
                concat!(
                    r#"{"approval":"approved","at":"1970-01-01T00:00:00.000Z","by":"Ida","#,
                    r#""note":"fine","ruling":{"ruling":"deny"},"despite":[{"flag":"deleted"}]}"#
                ),
            ),
        ] {
            assert_eq!(serde_json::to_string(&approval).unwrap(), json);
            assert_eq!(serde_json::from_str::<Approval>(json).unwrap(), approval);
        }
    }
}
