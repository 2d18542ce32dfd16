//! Entries of the ledger: how much, why, when, by whom.

use serde::{Deserialize, Serialize};
use waymark_attribution::money::Amount;
use waymark_attribution::time::Instant;
use waymark_facts::fact::Payment;
use waymark_facts::{Fact, FactKind};

use crate::actor::Actor;

/// One entry of the ledger. It is added and never edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What is added to the balance, never zero; negative takes back.
    #[serde(with = "crate::minor")]
    pub amount: Amount,
    /// Why the amount changes.
    pub reason: Reason,
    /// When it was booked.
    pub at: Instant,
    /// Who made it so.
    pub actor: Actor,
    /// What the actor gave as a reason.
    pub note: Option<String>,
}

/// Why an entry was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The conversion's first amount, or its first one after nothing was owed for it.
    Credited,
    /// The order changed, or what is known of its shopper.
    Changed,
    /// Money was refunded.
    Refunded,
    /// The order was cancelled.
    Cancelled,
    /// A dispute about the payment was lost, or won after all.
    Disputed,
    /// The decision does not name the conversion any more.
    Withdrawn,
    /// A person decided.
    Ruled,
}

impl Reason {
    /// The reason as stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Reason::Credited => "credited",
            Reason::Changed => "changed",
            Reason::Refunded => "refunded",
            Reason::Cancelled => "cancelled",
            Reason::Disputed => "disputed",
            Reason::Withdrawn => "withdrawn",
            Reason::Ruled => "ruled",
        }
    }
}

/// What made an order be decided again, for the entries to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Why a credited conversion's amount changes, if it does.
    pub reason: Reason,
    /// Who makes it so.
    pub actor: Actor,
    /// What a person gave as a reason.
    pub note: Option<String>,
    /// When it is booked.
    pub at: Instant,
}

impl Cause {
    /// What facts that are news are chiefly about: a ruling (of several the latest), else a
    /// cancellation, a dispute, a refund, something else about the order, or its shopper.
    #[must_use]
    pub fn of<'f>(news: impl IntoIterator<Item = &'f Fact>, at: Instant) -> Cause {
        let mut cause = Cause::again(at);
        let chief = news.into_iter().max_by_key(|fact| weight(&fact.kind));
        match chief.map(|fact| &fact.kind) {
            None
            | Some(
                FactKind::Touch(_)
                | FactKind::Visitor(_)
                | FactKind::Beacon(_)
                | FactKind::Marked { .. },
            ) => {}
            Some(FactKind::Ruling(ruling)) => {
                cause.reason = Reason::Ruled;
                cause.actor = Actor::Person(ruling.by.clone());
                cause.note = Some(ruling.reason.clone());
            }
            Some(kind) => {
                cause.actor = Actor::Store;
                cause.reason = match kind {
                    FactKind::Refund(_) => Reason::Refunded,
                    FactKind::Dispute(_) => Reason::Disputed,
                    _ if calls_off(kind) => Reason::Cancelled,
                    _ => Reason::Changed,
                };
            }
        }
        cause
    }

    /// Nothing was heard; the order is decided again by what is known now.
    #[must_use]
    pub fn again(at: Instant) -> Cause {
        Cause {
            reason: Reason::Changed,
            actor: Actor::Waymark,
            note: None,
            at,
        }
    }
}

/// How much a fact says about why the order changed; of rulings, the later one more.
fn weight(kind: &FactKind) -> (u8, Option<(Instant, &str)>) {
    match kind {
        FactKind::Ruling(ruling) => (5, Some((ruling.at, &ruling.id))),
        _ if calls_off(kind) => (4, None),
        FactKind::Dispute(_) => (3, None),
        FactKind::Refund(_) => (2, None),
        FactKind::Touch(_)
        | FactKind::Visitor(_)
        | FactKind::Beacon(_)
        | FactKind::Marked { .. } => (0, None),
        _ => (1, None),
    }
}

/// Whether the fact says that the order came to nothing. An order whose payment failed counts as
/// cancelled.
fn calls_off(kind: &FactKind) -> bool {
    match kind {
        FactKind::Cancelled { .. } => true,
        FactKind::Snapshot(snapshot) => snapshot.payment == Payment::Failed,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use waymark_facts::ruling::{Ruling, RulingFact};

    fn at(millis: i64) -> Instant {
        Instant::from_millis(millis)
    }

    fn fact(json: serde_json::Value) -> Fact {
        Fact::new(serde_json::from_value(json).unwrap())
    }

    fn order(payment: &str) -> Fact {
        fact(serde_json::json!({
            "kind": "snapshot", "id": "1", "placed_at": "2026-01-01T00:00:00Z",
            "updated_at": "2026-01-01T00:00:00Z", "currency": "USD", "payment": payment,
            "lines": [], "discount": 0, "shipping": 0, "tax": 0,
        }))
    }

    fn refund() -> Fact {
        fact(serde_json::json!({
            "kind": "refund", "id": "r", "currency": "USD", "shipping": 0, "tax": 0,
            "unassigned": 0, "withheld": 0,
        }))
    }

    fn dispute() -> Fact {
        fact(serde_json::json!({
            "kind": "dispute", "id": "d", "at": "2026-01-01T00:00:00Z", "state": "lost",
            "currency": "USD", "amount": 5,
        }))
    }

    fn cancelled() -> Fact {
        Fact::new(FactKind::Cancelled { at: at(0) })
    }

    fn touch() -> Fact {
        fact(serde_json::json!({
            "kind": "touch", "id": "t", "at": "2026-01-01T00:00:00Z", "method": "link", "link": 1,
        }))
    }

    fn ruling(id: &str, minute: i64, by: &str) -> Fact {
        Fact::new(FactKind::Ruling(RulingFact {
            id: id.to_owned(),
            at: at(minute),
            by: by.to_owned(),
            reason: format!("{by} says so"),
            ruling: Ruling::Deny,
        }))
    }

    #[test]
    fn an_entry_says_what_the_news_is_chiefly_about_and_who_said_it() {
        let said = |news: &[Fact]| {
            let cause = Cause::of(news, at(7));
            assert_eq!(cause.at, at(7));
            (cause.reason, cause.actor)
        };
        assert_eq!(said(&[]), (Reason::Changed, Actor::Waymark));
        assert_eq!(said(&[touch()]), (Reason::Changed, Actor::Waymark));
        let paid = order("received");
        assert_eq!(
            said(&[paid.clone(), touch()]),
            (Reason::Changed, Actor::Store)
        );
        let refunded = [paid, refund(), touch()];
        assert_eq!(said(&refunded), (Reason::Refunded, Actor::Store));
        assert_eq!(
            said(&[dispute(), refund()]),
            (Reason::Disputed, Actor::Store)
        );
        assert_eq!(
            said(&[cancelled(), refund()]),
            (Reason::Cancelled, Actor::Store)
        );
        // A payment that failed comes as a version of the order, and calls it off all the same.
        assert_eq!(
            said(&[order("failed"), dispute()]),
            (Reason::Cancelled, Actor::Store)
        );
    }

    #[test]
    fn an_entry_by_a_ruling_has_the_name_and_the_reason_of_the_latest_one() {
        let news = [ruling("z", 1, "Ida"), ruling("a", 2, "Max"), cancelled()];
        let cause = Cause::of(&news, at(0));
        assert_eq!(cause.reason, Reason::Ruled);
        assert_eq!(cause.actor, Actor::Person("Max".to_owned()));
        assert_eq!(cause.note.as_deref(), Some("Max says so"));
    }

    #[test]
    fn a_reason_has_one_name_wherever_it_is_stored() {
        for reason in [
            Reason::Credited,
            Reason::Changed,
            Reason::Refunded,
            Reason::Cancelled,
            Reason::Disputed,
            Reason::Withdrawn,
            Reason::Ruled,
        ] {
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
        }
    }
}
