//! All facts of an order, made into one order.
//!
//! The result depends on the set of facts alone: not on the sequence in which they were heard, nor
//! on how often. Of snapshots the latest counts, of each refund its latest fact, a cancellation
//! stays, touches and visitors add up, and where no token came with the order, a beacon may bring touches. That is what
//! lets a store call twice, late, out of order and at once.

use crate::beacon::{self, Tied};
use crate::fact::{BeaconFact, Fact, FactKind, OrderSnapshot, RefundFact, TouchFact, VisitorFact};
use crate::order::Order;
use crate::refunds;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use waymark_attribution::time::Instant;

/// What the facts of one order amount to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folded {
    /// The order, once a snapshot of it was heard. Until then everything else waits for it.
    pub order: Option<Order>,
    /// By time, then by id; each once.
    pub touches: Vec<TouchFact>,
    /// Who placed the order. A cart that was passed on has more than one.
    pub visitors: BTreeSet<VisitorFact>,
    /// What a person should look at.
    pub flags: BTreeSet<Flag>,
}

/// Something in the facts that does not fit together, and was settled as the text says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "flag", rename_all = "snake_case")]
pub enum Flag {
    /// Snapshots disagree about the currency; the latest one counts.
    CurrencyChanged,
    /// A refund in another currency than the order's was left out.
    RefundInOtherCurrency { refund: String },
    /// A refund of a line that the order does not have was left out.
    RefundOfUnknownLine { refund: String, line: String },
    /// More was given back than was left of the order; what was too much was left out.
    RefundBeyondOrder { refund: String },
    /// No token came with the order: its touches are those of the visitor who was shown the page
    /// that thanks for it.
    VisitorByBeacon,
    /// Several visitors were shown that page; the first one counts.
    SeveralVisitors,
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CurrencyChanged => {
                f.write_str("the order's currency changed; the latest one counts")
            }
            Self::RefundInOtherCurrency { refund } => write!(
                f,
                "refund {refund} is in another currency than the order and was left out"
            ),
            Self::RefundOfUnknownLine { refund, line } => write!(
                f,
                "refund {refund} names line {line}, which the order does not have; it was left out"
            ),
            Self::RefundBeyondOrder { refund } => write!(
                f,
                "refund {refund} gives back more than was left of the order; the rest was left out"
            ),
            Self::VisitorByBeacon => f.write_str(
                "the visitor is known by the page that thanks for the order alone, not by the \
                 order itself",
            ),
            Self::SeveralVisitors => f.write_str(
                "several visitors were shown the page that thanks for the order; the first one \
                 counts",
            ),
        }
    }
}

/// Folds the facts of one order.
///
/// Commutative, associative and idempotent over the set of facts, with [`Fact::key`] as identity.
pub fn fold<'f>(facts: impl IntoIterator<Item = &'f Fact>) -> Folded {
    let mut latest: Option<(Instant, &str, &OrderSnapshot)> = None;
    let mut currencies = BTreeSet::new();
    let mut refunds: BTreeMap<&str, (Option<Instant>, &str, &RefundFact)> = BTreeMap::new();
    let mut cancelled_at: Option<Instant> = None;
    let mut touches: BTreeMap<&str, &TouchFact> = BTreeMap::new();
    let mut visitors = BTreeSet::new();
    let mut beacons: Vec<&BeaconFact> = Vec::new();

    for Fact { key, kind } in facts {
        match kind {
            FactKind::Snapshot(snapshot) => {
                currencies.insert(snapshot.currency.code());
                // The key holds a digest of the content: of two snapshots with one version time
                // everyone takes the same, whichever was heard first.
                let version = (snapshot.updated_at, key.as_str());
                if latest.is_none_or(|(at, key, _)| (at, key) < version) {
                    latest = Some((version.0, version.1, snapshot));
                }
            }
            FactKind::Refund(refund) => {
                let version = (refund.at, key.as_str());
                let known = refunds.entry(&refund.id);
                let entry = known.or_insert((version.0, version.1, refund));
                if (entry.0, entry.1) < version {
                    *entry = (version.0, version.1, refund);
                }
            }
            FactKind::Cancelled { at } => {
                cancelled_at = Some(cancelled_at.map_or(*at, |known| known.min(*at)));
            }
            FactKind::Touch(touch) => {
                touches.insert(&touch.id, touch);
            }
            FactKind::Visitor(visitor) => {
                visitors.insert(visitor.clone());
            }
            FactKind::Beacon(beacon) => beacons.push(beacon),
        }
    }

    let mut flags = BTreeSet::new();
    if currencies.len() > 1 {
        flags.insert(Flag::CurrencyChanged);
    }
    let order = latest.map(|(_, _, snapshot)| {
        let mut refunds: Vec<&RefundFact> = refunds.into_values().map(|entry| entry.2).collect();
        refunds.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        Order {
            snapshot: snapshot.clone(),
            refunds: refunds::apportion(snapshot, &refunds, &mut flags),
            cancelled_at,
        }
    });
    // A visitor is a fact where a token came with the order.
    if visitors.is_empty()
        && let Some((_, _, snapshot)) = latest
        && let Some(Tied { beacon, alone }) = beacon::tied(&beacons, snapshot.placed_at)
    {
        touches.extend(
            beacon
                .touches
                .iter()
                .map(|touch| (touch.id.as_str(), touch)),
        );
        flags.insert(Flag::VisitorByBeacon);
        if !alone {
            flags.insert(Flag::SeveralVisitors);
        }
    }
    let mut touches: Vec<TouchFact> = touches.into_values().cloned().collect();
    // Already by id; a stable sort keeps that among touches of one time.
    touches.sort_by_key(|touch| touch.at);
    Folded {
        order,
        touches,
        visitors,
        flags,
    }
}
