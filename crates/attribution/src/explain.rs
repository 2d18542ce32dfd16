//! A decision in sentences: which message each claim calls for, and with what arguments.
//!
//! Messages are data. [`Message::english`] is one catalogue of sentences for them; another
//! language is another function over the same messages.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::decision::{BasisPoints, Conversion, Decision, Outcome, Status, TracedClaim};
use crate::method::Method;
use crate::money::Money;
use crate::time::Instant;

/// Why an order went where it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Explanation<'d> {
    /// Who is credited, by what, and how much.
    pub headline: Message<'d>,
    /// What became of each claim, in the order of the trace.
    pub claims: Vec<Message<'d>>,
}

/// Something to tell a person: as JSON `{"id": …, "arguments": {…}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "id", content = "arguments", rename_all = "snake_case")]
pub enum Message<'d> {
    /// No claim on the order is credited.
    NobodyCredited {
        /// The order's id.
        order: &'d str,
    },
    /// These claims on the order are credited.
    OrderCredited {
        /// The order's id.
        order: &'d str,
        /// In the order of the conversions.
        credits: Vec<Credit<'d>>,
        /// Whether a person has to look at the order first.
        review: bool,
    },
    /// The claim is credited.
    Credited {
        /// The claim.
        claim: Subject<'d>,
        /// What came of it.
        credit: Credit<'d>,
        /// Whether a person has to look at this conversion first.
        review: bool,
    },
    /// The claim is ineligible by itself.
    Ineligible {
        /// The claim.
        claim: Subject<'d>,
        /// Which reason of the screening it is.
        reason: Outcome,
    },
    /// Another claim of the same group was picked.
    Superseded {
        /// The claim.
        claim: Subject<'d>,
        /// The one that was picked.
        by: Option<Subject<'d>>,
    },
    /// A claim that the policy puts first is credited.
    Outranked {
        /// The claim.
        claim: Subject<'d>,
        /// The one that is credited.
        by: Option<Subject<'d>>,
    },
    /// The affiliate stands through another claim already.
    Duplicate {
        /// The claim.
        claim: Subject<'d>,
        /// The one through which the affiliate stands.
        by: Option<Subject<'d>>,
    },
    /// The claim's share is counted with a later touch of the same affiliate.
    Merged {
        /// The claim.
        claim: Subject<'d>,
        /// The later touch.
        by: Option<Subject<'d>>,
    },
}

/// What a sentence says about a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Subject<'d> {
    /// Whose claim it is.
    pub affiliate: &'d str,
    /// How the affiliate is tied to the order.
    pub method: Method,
    /// The touch id, code, SKU or tag.
    pub evidence: &'d str,
    /// When the touch or the assignment happened, or else when the order was placed.
    pub at: Instant,
}

/// What a sentence says about a credited claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Credit<'d> {
    /// Who earns.
    pub affiliate: &'d str,
    /// Through what.
    pub method: Method,
    /// The part of the credit, 10 000 being all of it.
    pub share_bp: BasisPoints,
    /// How much, in the order's currency.
    pub commission: Money,
}

/// Explains a decision from the decision alone, so that a stored one can be explained years later.
///
/// ```
/// use waymark_attribution::{Decision, explain};
///
/// let stored = r#"{
///   "policy": {"name": "refersion", "version": 1}, "order": "1001", "review": false,
///   "conversions": [{"affiliate": "A", "method": "link", "evidence": "t1", "status": "pending",
///     "visible": true, "review": false, "share_bp": 10000, "commission": "8.00", "lines": []}],
///   "assign": null,
///   "trace": [
///     {"affiliate": "A", "method": "link", "evidence": "t1", "at": "2026-01-03T10:00:00.000Z",
///      "outcome": "credited"},
///     {"affiliate": "B", "method": "coupon", "evidence": "SAVE10", "at": "2026-01-04T12:00:00.000Z",
///      "outcome": "outranked", "by": 0}]
/// }"#;
/// let decision = Decision::from_json(stored)?;
/// let explanation = explain(&decision);
/// assert_eq!(explanation.headline.english(), "Order 1001: A earns 8.00 through a link.");
/// assert_eq!(
///     explanation.claims[1].english(),
///     "Coupon SAVE10 belongs to affiliate B, but this program ranks a link above a coupon, \
///      and A's link was clicked on 3 January 2026."
/// );
/// # Ok::<(), waymark_attribution::CaseError>(())
/// ```
pub fn explain<'d>(decision: &'d Decision<'_>) -> Explanation<'d> {
    let mut pending = Pending::of(decision);
    Explanation {
        headline: headline(decision),
        claims: decision
            .trace
            .iter()
            .map(|claim| message(decision, claim, &mut pending))
            .collect(),
    }
}

fn headline<'d>(decision: &'d Decision<'_>) -> Message<'d> {
    let credits: Vec<_> = decision
        .conversions
        .iter()
        .filter(is_pending)
        .map(credit)
        .collect();
    match credits.is_empty() {
        true => Message::NobodyCredited {
            order: &decision.order,
        },
        false => Message::OrderCredited {
            order: &decision.order,
            credits,
            review: decision.review,
        },
    }
}

fn message<'d>(
    decision: &'d Decision<'_>,
    traced: &'d TracedClaim<'_>,
    pending: &mut Pending<'d>,
) -> Message<'d> {
    let claim = subject(traced);
    let by = traced.by.and_then(|by| decision.trace.get(by)).map(subject);
    match traced.outcome {
        Outcome::Credited => match pending.take(traced) {
            Some(conversion) => Message::Credited {
                claim,
                credit: credit(conversion),
                review: conversion.review,
            },
            // Only a decision that was tampered with credits a claim without a conversion.
            None => Message::Ineligible {
                claim,
                reason: traced.outcome,
            },
        },
        Outcome::Superseded => Message::Superseded { claim, by },
        Outcome::Outranked => Message::Outranked { claim, by },
        Outcome::Duplicate => Message::Duplicate { claim, by },
        Outcome::Merged => Message::Merged { claim, by },
        reason => Message::Ineligible { claim, reason },
    }
}

/// The pending conversions, to be found by the claim that each was made of.
struct Pending<'d>(BTreeMap<(&'d str, Method, &'d str), Vec<&'d Conversion<'d>>>);

impl<'d> Pending<'d> {
    fn of(decision: &'d Decision<'_>) -> Pending<'d> {
        let mut pending = BTreeMap::<_, Vec<_>>::new();
        // From the last: touches may share an id, and `pop` is to find the first.
        for conversion in decision.conversions.iter().rev().filter(is_pending) {
            let key = (
                &*conversion.affiliate,
                conversion.method,
                &*conversion.evidence,
            );
            pending.entry(key).or_default().push(conversion);
        }
        Pending(pending)
    }

    fn take(&mut self, claim: &'d TracedClaim<'_>) -> Option<&'d Conversion<'d>> {
        self.0
            .get_mut(&(&*claim.affiliate, claim.method, &*claim.evidence))?
            .pop()
    }
}

fn is_pending(conversion: &&Conversion<'_>) -> bool {
    conversion.status == Status::Pending
}

fn credit<'d>(conversion: &'d Conversion<'_>) -> Credit<'d> {
    Credit {
        affiliate: &conversion.affiliate,
        method: conversion.method,
        share_bp: conversion.share_bp,
        commission: conversion.commission,
    }
}

fn subject<'d>(claim: &'d TracedClaim<'_>) -> Subject<'d> {
    Subject {
        affiliate: &claim.affiliate,
        method: claim.method,
        evidence: &claim.evidence,
        at: claim.at,
    }
}
