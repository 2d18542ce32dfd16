//! All facts of an order, made into one order.
//!
//! The result depends on the set of facts alone: not on the sequence in which they were heard, nor
//! on how often. That is what lets a store call twice, late, out of order and at once.
//!
//! * Of snapshots the latest counts. But an order was placed when the first of them says, or after the
//!   visits whose marks it carries; and who placed it stays known where a later version leaves it out. Of
//!   its e-mails the one counts that the shopper gave, if that is known.
//! * Of each refund and each dispute the latest fact counts, and of refunds those that the latest
//!   snapshot lists, if it lists any. What a payment says was refunded beyond those is refunded, too.
//! * Of a payment that several orders share, each has its part.
//! * A cancellation stays, a deletion until the order is restored or there is a later version.
//! * Where the store says a sum of the goods that are left, what lines and refunds amount to is compared
//!   with it.
//! * Touches, visitors, coupons and subscriptions add up. Where no token came with the order, a beacon
//!   may bring touches.
//! * Of a person's rulings the latest counts that was not undone.

use crate::MAX_TEXTS;
use crate::beacon::{self, Tied};
use crate::email::SealedEmail;
use crate::fact::{
    BeaconFact, DisputeFact, DisputeState, Fact, FactKind, LeftOut, OrderSnapshot, Payment,
    RefundDetail, RefundFact, RefundTotalFact, Subscription, TouchFact, VisitorFact,
};
use crate::flag::Flag;
use crate::goods_left;
use crate::order::Order;
use crate::payment::{PaymentFact, PaymentState};
use crate::refunds;
use crate::returned::{lost, part_of, presumed};
use crate::ruling::{self, RulingFact};
use crate::shares::Shares;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use waymark_attribution::money::Amount;
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
    /// What a person decided, if anything.
    pub ruling: Option<RulingFact>,
    /// What a person should look at.
    pub flags: BTreeSet<Flag>,
}

/// Stores' times count seconds, and an order is often paid or tagged within the one in which it was
/// placed. Of two snapshots with one time the one counts that lists more refunds, then the one whose
/// payment is further on, then the one that says more: what is done to an order so soon adds to it. The
/// key holds a digest of the content: where that is the same too, everyone takes the same one, whichever
/// was heard first.
type SnapshotVersion<'f> = (Instant, usize, u8, usize, &'f str);
/// A refund's time is often that of its beginning: a payment fails after it was under way, and money
/// that was on its way comes to be given back. So of two facts with one time the one counts that is
/// further on, then the one that says of its money that it is a total: older versions of Waymark did
/// not write that down. What the store said when it was asked stands before all of that.
type RefundVersion<'f> = (bool, Option<Instant>, bool, i64, bool, &'f str);

/// More and more is refunded of a payment.
type RefundTotalVersion<'f> = (Instant, Amount, &'f str);
/// A payment that was received is not given up.
type PaymentVersion = (PaymentState, Instant);
/// A dispute that was decided is not open again.
type DisputeVersion<'f> = (Instant, bool, &'f str);

/// How far a store's clock may be behind, in milliseconds: 5 minutes, as for tokens.
const CLOCK_TOLERANCE_MS: i64 = 300_000;

/// Folds the facts of one order.
///
/// Commutative, associative and idempotent over the set of facts, with [`Fact::key`] as identity.
pub fn fold<'f>(facts: impl IntoIterator<Item = &'f Fact>) -> Folded {
    let mut latest: Option<(SnapshotVersion, &OrderSnapshot)> = None;
    // An order is placed once. A later version may tell a later time: Stripe's invoice is made when the
    // shopper is through the checkout, and who is clicked in between did not bring them there.
    let mut placed_at: Option<Instant> = None;
    let mut marked_at: Option<Instant> = None;
    // The versions that say who placed it: what a store erases later was so all the same.
    let mut with_customer: Vec<(SnapshotVersion, &OrderSnapshot)> = Vec::new();
    // The e-mail that the shopper gave, by the first version that has it.
    let mut typed: Option<(SnapshotVersion, &SealedEmail)> = None;
    let mut shares = Shares::default();
    let mut paid: Option<PaymentVersion> = None;
    // The SKU of each line, by the earliest version that has one.
    let mut skus: BTreeMap<&str, (SnapshotVersion, &String)> = BTreeMap::new();
    let mut currencies = BTreeSet::new();
    let mut refunds: BTreeMap<&str, (RefundVersion, &RefundFact)> = BTreeMap::new();
    let mut totals: BTreeMap<&str, (RefundTotalVersion, &RefundTotalFact)> = BTreeMap::new();
    let mut disputes: BTreeMap<&str, (DisputeVersion, &DisputeFact)> = BTreeMap::new();
    let mut rulings: Vec<&RulingFact> = Vec::new();
    let mut deleted_for_good = false;
    let mut deleted_at: Option<Instant> = None;
    let mut restored_at: Option<Instant> = None;
    let mut cancelled_at: Option<Instant> = None;
    let mut touches: BTreeMap<&str, &TouchFact> = BTreeMap::new();
    let mut visitors = BTreeSet::new();
    let mut coupons: BTreeSet<&String> = BTreeSet::new();
    let mut begun: BTreeSet<&String> = BTreeSet::new();
    let mut beacons: Vec<&BeaconFact> = Vec::new();

    for Fact { key, kind } in facts {
        match kind {
            FactKind::Snapshot(snapshot) => {
                currencies.insert(snapshot.currency.code());
                placed_at = Some(
                    placed_at.map_or(snapshot.placed_at, |known| known.min(snapshot.placed_at)),
                );
                let version = (
                    snapshot.updated_at,
                    snapshot.refunds.as_ref().map_or(0, Vec::len),
                    snapshot.payment.progress(),
                    snapshot.extent(),
                    key.as_str(),
                );
                if latest.is_none_or(|(known, _)| known < version) {
                    latest = Some((version, snapshot));
                }
                if snapshot.email.is_some() || snapshot.customer_id.is_some() {
                    with_customer.push((version, snapshot));
                }
                if snapshot.notes.typed_email
                    && let Some(email) = &snapshot.email
                    && typed.is_none_or(|(known, _)| version < known)
                {
                    typed = Some((version, email));
                }
                for line in &snapshot.lines {
                    if let Some(sku) = &line.sku {
                        let first = skus.entry(&line.id).or_insert((version, sku));
                        if version < first.0 {
                            *first = (version, sku);
                        }
                    }
                }
            }
            FactKind::Refund(refund) => {
                let given = refunds::whole(refund);
                let was_asked = refund.detail == RefundDetail::Asked;
                let version = (
                    was_asked,
                    refund.at,
                    refund.failed,
                    given,
                    refund.gross,
                    key.as_str(),
                );
                let entry = refunds.entry(&refund.id).or_insert((version, refund));
                if entry.0 < version {
                    *entry = (version, refund);
                }
            }
            FactKind::RefundTotal(given) => {
                let version = (given.at, given.amount, key.as_str());
                let entry = totals.entry(given.name()).or_insert((version, given));
                if entry.0 < version {
                    *entry = (version, given);
                }
            }
            FactKind::Cancelled { at } => {
                cancelled_at = Some(cancelled_at.map_or(*at, |known| known.min(*at)));
            }
            FactKind::Deleted { at: None } => deleted_for_good = true,
            FactKind::Deleted { at } => deleted_at = deleted_at.max(*at),
            FactKind::Restored { at } => restored_at = restored_at.max(*at),
            FactKind::Marked { at } => marked_at = marked_at.max(Some(*at)),
            FactKind::Dispute(dispute) => {
                let is_decided = dispute.state != DisputeState::Open;
                let version = (dispute.at, is_decided, key.as_str());
                let entry = disputes.entry(&dispute.id).or_insert((version, dispute));
                if entry.0 < version {
                    *entry = (version, dispute);
                }
            }
            FactKind::Payment(PaymentFact { state, at, .. }) => {
                paid = paid.max(Some((*state, *at)))
            }
            FactKind::PaymentPart(part) => shares.add(key, part),
            FactKind::Ruling(ruling) => rulings.push(ruling),
            FactKind::Coupon { code } => {
                coupons.insert(code);
            }
            FactKind::Begins { subscription } => {
                begun.insert(subscription);
            }
            // Whose other orders are the same person's is for those who know these.
            FactKind::Customer { .. } => {}
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
    // Of one time the deletion counts: it may be a part of that version.
    let version = latest.map(|(_, snapshot)| snapshot.updated_at);
    let there_again = version.max(restored_at);
    if deleted_for_good || (deleted_at.is_some() && deleted_at >= there_again) {
        flags.insert(Flag::Deleted);
    }
    if let Some((_, snapshot)) = latest
        && let Some(listed) = &snapshot.refunds
    {
        // What a whole list leaves out is no more, unless it is news.
        let listed: BTreeSet<&str> = listed.iter().map(String::as_str).collect();
        let is_news = |refund: &RefundFact| refund.at > Some(snapshot.updated_at);
        refunds.retain(|id, (_, refund)| listed.contains(id) || is_news(refund));
    }
    with_customer.sort_unstable_by(|(a, _), (b, _)| b.cmp(a));
    let restates = latest.is_some_and(|(_, snapshot)| snapshot.restates);
    let placed_at = after_its_mark(placed_at, marked_at, restates);
    let heard_of = || refunds.values().map(|entry| entry.1);
    let id = latest.map(|(_, snapshot)| snapshot.id.as_str());
    let missing = totals.into_values().filter_map(|(_, total)| {
        let missing = shares.of(
            total.of.as_deref(),
            id,
            refunds::not_heard_of(total, heard_of()),
        );
        (missing > Amount::ZERO).then_some((total, missing))
    });
    let missing: Vec<RefundFact> = missing
        .map(|(total, it)| presumed(total, it, &mut flags))
        .collect();
    let currency = latest.map(|(_, snapshot)| snapshot.currency);
    let disputes = disputes.into_values().map(|entry| entry.1);
    let lost = lost(
        disputes,
        |it| shares.of(it.of.as_deref(), id, it.amount),
        currency,
        &mut flags,
    );
    let order = latest.map(|(_, snapshot)| {
        let heard_of = refunds.into_values().map(|entry| entry.1);
        let heard_of: Vec<Cow<'_, RefundFact>> = heard_of
            .filter(|it| !it.failed)
            .filter_map(|it| part_of(it, &shares, id))
            .collect();
        let mut refunds: Vec<&RefundFact> = heard_of.iter().map(AsRef::as_ref).collect();
        let (payment, given_up) = paid_for(snapshot, paid);
        let cancelled_at = cancelled_at.or(given_up);
        // What a bank takes back is in no store's sum, and of a cancelled order nothing is credited.
        if lost.is_empty() && missing.is_empty() && cancelled_at.is_none() {
            flags.extend(goods_left::differ(snapshot, &refunds));
        }
        refunds.extend(lost.iter().chain(&missing));
        refunds.sort_by_key(|it| (it.detail == RefundDetail::Rest, it.at, &it.id));
        let known = known_of(
            snapshot,
            &with_customer,
            typed.map(|(_, email)| email),
            &skus,
        );
        let order = OrderSnapshot {
            placed_at: placed_at.unwrap_or(snapshot.placed_at),
            payment,
            ..with_coupons(known, coupons)
        };
        flags.extend(left_out(&order));
        Order {
            refunds: refunds::apportion(snapshot, &refunds, &mut flags),
            cancelled_at,
            subscriptions: subscriptions(snapshot.subscription.as_ref(), begun),
            snapshot: order,
        }
    });
    // A visitor is a fact where a token came with the order.
    if visitors.is_empty()
        && let Some(placed_at) = placed_at
        && let Some(Tied { beacon, alone }) = beacon::tied(&beacons, placed_at)
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
        ruling: ruling::in_force(rulings.into_iter()).cloned(),
        flags,
    }
}

/// The subscription that the order names, and those that other calls say it begins. What the order
/// says of itself counts.
fn subscriptions(own: Option<&Subscription>, begun: BTreeSet<&String>) -> Vec<Subscription> {
    let others = begun.into_iter();
    let others = others.filter(|id| own.is_none_or(|own| own.id != **id));
    let others = others.map(|id| Subscription {
        id: id.clone(),
        renewal: false,
    });
    own.cloned().into_iter().chain(others).collect()
}

/// Whether an order is paid, and since when it is given up, if it is: what became of the payment counts
/// where the order's own latest version waits for it.
fn paid_for(order: &OrderSnapshot, paid: Option<PaymentVersion>) -> (Payment, Option<Instant>) {
    match (order.payment, paid) {
        (Payment::Awaited, Some((PaymentState::Received, _))) => (Payment::Received, None),
        (Payment::Awaited, Some((PaymentState::Cancelled, at))) => (Payment::Failed, Some(at)),
        (Payment::Failed, _) => (Payment::Failed, Some(order.updated_at)),
        (payment, _) => (payment, None),
    }
}

/// What the store left out of the order, where nothing else tells it.
fn left_out(order: &OrderSnapshot) -> impl Iterator<Item = Flag> {
    let left_out = order.notes.left_out.iter();
    left_out.filter_map(|what| match what {
        LeftOut::Lines => Some(Flag::LinesLeftOut),
        LeftOut::Coupons => order.coupons.is_empty().then_some(Flag::CouponsLeftOut),
        LeftOut::Invoice => Some(Flag::InvoiceLeftOut),
    })
}

/// When an order was placed that came with a mark of that time: not before it. A store that dates an order
/// by its draft may be wrong by days; any other no more than clocks are.
fn after_its_mark(
    placed_at: Option<Instant>,
    marked_at: Option<Instant>,
    restates: bool,
) -> Option<Instant> {
    let (placed, marked) = (placed_at?, marked_at.or(placed_at)?);
    let early_ms = marked.as_millis().saturating_sub(placed.as_millis());
    let counts = early_ms > 0 && (restates || early_ms <= CLOCK_TOLERANCE_MS);
    Some(if counts { marked } else { placed })
}

/// A version of the order, with what was known before and is not in it: who placed it, and where the
/// store writes today's SKUs into it, those of then.
fn known_of(
    snapshot: &OrderSnapshot,
    with_customer: &[(SnapshotVersion<'_>, &OrderSnapshot)],
    typed: Option<&SealedEmail>,
    skus: &BTreeMap<&str, (SnapshotVersion<'_>, &String)>,
) -> OrderSnapshot {
    let mut order = snapshot.clone();
    if let [(_, latest), ..] = with_customer
        && order.email.is_none()
        && order.customer_id.is_none()
    {
        order.email.clone_from(&latest.email);
        order.customer_id.clone_from(&latest.customer_id);
    }
    // A shop may erase one of the two, as when the customer closes their account. What is left of them
    // tells that it is the same person, and no other to whom the order was moved.
    let mut versions = with_customer.iter().map(|(_, version)| *version);
    if order.customer_id.is_none() {
        let same = versions.find(|it| it.customer_id.is_some() && it.email == order.email);
        order.customer_id = same.and_then(|it| it.customer_id.clone());
    } else if order.email.is_none() {
        let same = versions.find(|it| it.email.is_some() && it.customer_id == order.customer_id);
        order.email = same.and_then(|it| it.email.clone());
    }
    if let Some(email) = typed {
        order.email = Some(email.clone());
    }
    if order.restates {
        for line in &mut order.lines {
            line.sku = skus.get(line.id.as_str()).map(|(_, sku)| (*sku).clone());
        }
    }
    order
}

/// Adds the codes that only other calls named, as far as a case can hold them.
fn with_coupons(mut order: OrderSnapshot, mut coupons: BTreeSet<&String>) -> OrderSnapshot {
    coupons.retain(|code| !order.coupons.contains(code));
    let room = MAX_TEXTS.saturating_sub(order.coupons.len());
    order
        .coupons
        .extend(coupons.into_iter().take(room).cloned());
    order
}
