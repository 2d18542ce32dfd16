//! Everything that follows from what is known of an order.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use waymark_attribution::money::Currency;
use waymark_attribution::time::Instant;
use waymark_attribution::{Case, resolve, standing_assignment};
use waymark_facts::ruling::Ruling;
use waymark_facts::{Fact, FactKind, Order};
use waymark_ledger::{
    Approval, Booked, Cause, Conditions, Decided as Found, Flag, Obstacle, Posted, Posting, Ruled,
    Status, after, approvable, due, post, ruled,
};

use crate::around::Around;
use crate::assignment::{Assigned, Assignments, Changes, Intent};
use crate::case::{self, with_amounts_of};
use crate::known::{Known, State};

/// Everything that follows. It is written afterwards, all of it, in one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// What is stored of the order from now on; `None` where nothing is, since what was heard is older
    /// than the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<Row>,
    /// What is added to the ledger.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub postings: Vec<Posting>,
    /// What becomes of the assignments of the order's customer.
    #[serde(default)]
    pub assignments: Changes,
    /// Whether a person has to look at the order who had not to before, and is told.
    #[serde(default)]
    pub review_is_news: bool,
    /// What whoever reported the order is told besides that it was taken, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

/// What an order is found to be, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// How far the order has come.
    pub state: State,
    /// Why it is undecided, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// What a person should know, in words.
    #[serde(default)]
    pub flags: Vec<String>,
    /// Whether a person has to look at it.
    #[serde(default)]
    pub review: bool,
    /// When it was placed, if a store has said so.
    #[serde(default)]
    pub placed_at: Option<Instant>,
    /// What its amounts are in, if a store has said so.
    #[serde(default)]
    pub currency: Option<Currency>,
    /// What it was decided by, as JSON.
    #[serde(default)]
    pub case: Option<String>,
    /// What the rules say of that case, as JSON.
    #[serde(default)]
    pub decision: Option<String>,
    /// When it is approved by itself, if by itself.
    #[serde(default)]
    pub due_at: Option<Instant>,
}

/// Decides an order by all that is known: what is stored of it from now on, what is to be booked so
/// that the ledger says what the decision says, and what becomes of its customer.
///
/// It is decided now, at [`Cause::at`]. The sequence in which facts were heard makes no difference, and
/// an order that is decided twice by the same has no postings the second time.
#[must_use]
pub fn decide(known: &Known, around: &Around, cause: &Cause) -> Decided {
    if !known.stored.was_heard_of()
        && let Some(answer) = before_the_program(&known.facts)
    {
        return Decided {
            row: None,
            postings: Vec::new(),
            assignments: Changes::default(),
            review_is_news: false,
            answer: Some(answer.to_owned()),
        };
    }
    let folded = &known.folded;
    let snapshot = folded.order.as_ref().map(|order| &order.snapshot);
    let waiting = match known.stored.state {
        State::Orphan => State::Orphan,
        _ => State::Waiting,
    };
    let mut deciding = Deciding {
        known,
        around,
        cause,
        postings: Vec::new(),
        assignments: Changes::default(),
        row: Row {
            state: waiting,
            problem: None,
            flags: Vec::new(),
            review: false,
            placed_at: snapshot.map(|order| order.placed_at),
            currency: snapshot.map(|order| order.currency),
            case: None,
            decision: None,
            due_at: None,
        },
    };
    deciding.show(&folded.flags);
    if let Some(order) = &folded.order {
        deciding.order(order);
    }
    deciding.concluded()
}

/// What is to be said of facts that wait for no order, since theirs may well be older than the
/// program: subscriptions go on for years, stores delete what is old, and a payment may be of none.
fn before_the_program(facts: &[Fact]) -> Option<&'static str> {
    use FactKind::{Begins, Deleted, Marked, Payment, PaymentPart, Touch, Visitor};
    let all = |of: fn(&FactKind) -> bool| facts.iter().all(|fact| of(&fact.kind));
    let is_payment = |fact: &Fact| matches!(fact.kind, Payment(_) | PaymentPart(_));
    if all(|it| matches!(it, Begins { .. })) {
        Some("the subscription's first order was not heard of")
    } else if all(|it| matches!(it, Begins { .. } | Deleted { .. })) {
        Some("the order that was deleted was not heard of")
    } else if facts.iter().any(is_payment)
        && all(|it| {
            matches!(
                it,
                Payment(_) | PaymentPart(_) | Visitor(_) | Touch(_) | Marked { .. }
            )
        })
    {
        Some("the order that was paid was not heard of yet")
    } else {
        None
    }
}

/// What the rules, and people, say of a case.
struct Resolved {
    case: String,
    decision: String,
    ruled: Ruled,
    /// What becomes of the customer.
    intent: Intent,
}

/// Resolves a case, and follows a ruling.
///
/// # Errors
/// Why it cannot be decided, for the merchant to read.
fn resolved(case: String, order: &Order, ruling: Option<&Ruling>) -> Result<Resolved, String> {
    let parsed = Case::from_json(&case).map_err(text)?;
    let decision = resolve(&parsed);
    let ruled = ruled(&decision, order.snapshot.currency, ruling).map_err(text)?;
    Ok(Resolved {
        decision: decision.to_json(),
        intent: Intent::of(&parsed, &decision),
        case,
        ruled,
    })
}

fn text(error: impl ToString) -> String {
    error.to_string()
}

/// The case of an order by what is known now, unless it is that of another time.
struct LiveCase<'a> {
    /// Or why there is none.
    case: Result<String, String>,
    /// The customer's, if the case is by them.
    assignments: Option<&'a Assignments>,
}

/// An order that is being decided, and what follows so far.
struct Deciding<'a> {
    known: &'a Known,
    around: &'a Around,
    cause: &'a Cause,
    row: Row,
    postings: Vec<Posting>,
    assignments: Changes,
}

impl<'a> Deciding<'a> {
    /// Decides an order that was heard of, books it, and says when it is approved by itself.
    fn order(&mut self, order: &Order) {
        let (known, around) = (self.known, self.around);
        let stored = &known.stored;
        let renewal = around.renewal(known);
        let first = renewal.as_ref().and_then(|renewal| renewal.first);
        let inherited = first.and_then(|first| first.ruling.clone());
        let Some(conditions) = known.conditions(inherited) else {
            return;
        };
        let LiveCase { case, assignments } = self.live_case(order);
        let live = case.and_then(|case| resolved(case, order, conditions.ruling()));
        let frozen = match (&stored.approval, &stored.frozen_case) {
            (Approval::Approved(approved), Some(case)) => Some(
                with_amounts_of(case, order)
                    .map_err(text)
                    .and_then(|case| resolved(case, order, approved.ruling.as_ref())),
            ),
            _ => None,
        };
        let mut asked: BTreeSet<Flag> = stays(&stored.approval, frozen.as_ref())
            .into_iter()
            .collect();
        let earns = renewal.is_none_or(|renewal| renewal.earns) && !conditions.test;
        let found = match (&live, &frozen) {
            (Ok(live), frozen) => Found {
                live: match earns {
                    true => live.ruled.clone(),
                    false => Ruled::default(),
                },
                frozen: frozen
                    .as_ref()
                    .and_then(|it| Some(it.as_ref().ok()?.ruled.clone())),
            },
            // Approved orders follow their frozen case, whatever the live one has come to.
            (Err(_), Some(Ok(frozen))) => Found {
                live: frozen.ruled.clone(),
                frozen: Some(frozen.ruled.clone()),
            },
            (Err(reason), _) => {
                self.undecided(reason.clone());
                self.ask(&asked);
                return;
            }
        };
        let shown = frozen.and_then(Result::ok);
        let intent = live.as_ref().ok().map(|live| match (&live.intent, &shown) {
            // Once it is approved, what it assigned then stays.
            (Intent::Assign(_) | Intent::Nothing, Some(frozen)) => frozen.intent.clone(),
            (intent, _) => intent.clone(),
        });
        if let Some(shown) = shown.or(live.ok()) {
            self.row.case = Some(shown.case);
            self.row.decision = Some(shown.decision);
        }
        let booked = known.booked.clone();
        let Posted { postings, flags } =
            match post(booked, found, &conditions, &stored.approval, self.cause) {
                Ok(posted) => posted,
                // Said again, it would be as large again: the store need not call again.
                Err(too_large) => {
                    self.undecided(too_large.to_string());
                    return;
                }
            };
        asked.extend(flags);
        self.ask(&asked);
        let booked = after(known.booked.clone(), &postings);
        self.postings = postings;
        self.row.review |= booked.iter().any(|it| it.terms.status == Status::Held);
        self.row.state = match conditions.test {
            true => State::Test,
            false => State::Decided,
        };
        if let (Some(intent), Some(assignments), None) = (intent, assignments, renewal) {
            self.assignments = match conditions.test {
                true => assignments.taken_back(),
                false => assignments.changes(&intent),
            };
            let flags = self.assignments.flags.iter().cloned();
            self.row.flags.extend(flags);
        }
        self.row.due_at = self.due_at(&conditions, &booked);
    }

    fn live_case(&mut self, order: &Order) -> LiveCase<'a> {
        let (known, around) = (self.known, self.around);
        let is_forgotten = known.stored.erased && known.stored.frozen_case.is_some();
        if let Some(renewal) = around.renewal(known).filter(|_| !is_forgotten) {
            self.row.flags.extend(renewal.flag());
        }
        if let Some(case) = around.case_of_then(known) {
            return LiveCase {
                case: with_amounts_of(case, order).map_err(text),
                assignments: None,
            };
        }
        let assignments = around.assignments.as_ref();
        let in_force = assignments.map_or_else(Vec::new, Assignments::in_force);
        self.row.flags.extend(Assignments::flag(&in_force));
        let build = |assigned: Option<&Assigned>| {
            case::build(order, &known.folded.touches, assigned, &around.directory)
        };
        let case = by_what_stands(build, &in_force).ok_or_else(|| {
            let placed_at = order.snapshot.placed_at;
            format!(
                "no policy was in force when the order was placed, at {placed_at}; apply the \
                 program with an earlier effective_at, then decide the order again"
            )
        });
        LiveCase { case, assignments }
    }

    fn undecided(&mut self, why: String) {
        self.row.state = State::Undecided;
        self.row.problem = Some(why);
    }

    /// Shows flags of the facts. Those that mean money ask a person, until they are acknowledged.
    fn show(&mut self, flags: &BTreeSet<waymark_facts::Flag>) {
        for flag in flags.iter().filter(|flag| self.around.concerns(flag)) {
            let text = flag.to_string();
            self.row.review |= flag.asks() && !self.known.stored.acknowledged.contains(&text);
            self.row.flags.push(text);
        }
    }

    /// Shows flags of the ledger's to a person, who has to look at those not acknowledged yet.
    fn ask(&mut self, flags: &BTreeSet<Flag>) {
        for flag in flags.iter().map(ToString::to_string) {
            self.row.review |= !self.known.stored.acknowledged.contains(&flag);
            self.row.flags.push(flag);
        }
    }

    /// When the order is approved by itself; `None` if not by itself.
    fn due_at(&self, conditions: &Conditions, booked: &[Booked]) -> Option<Instant> {
        let (stored, now) = (&self.known.stored, self.cause.at);
        let hold = self.around.settings?.hold;
        let due = due(
            conditions.placed_at,
            stored.first_seen_at.unwrap_or(now),
            hold,
        );
        let approvable = approvable(booked, conditions, &stored.approval, due, now);
        let by_itself = matches!(approvable, Ok(()) | Err(Obstacle::NotDue(_)));
        by_itself.then_some(due)
    }

    fn concluded(self) -> Decided {
        let Self {
            known,
            row,
            postings,
            assignments,
            ..
        } = self;
        let answer = match row.state {
            State::Waiting | State::Orphan => Some("the order itself was not heard of yet"),
            State::Undecided => row.problem.as_deref(),
            State::Test => Some("a test order: decided, not booked"),
            State::Decided => None,
        };
        Decided {
            answer: answer.map(str::to_owned),
            review_is_news: row.review && !known.stored.review,
            postings,
            assignments,
            row: Some(row),
        }
    }
}

/// Whether the amounts of an approved order stay, whatever is refunded of it, because there is no
/// decision on what is left.
fn stays(approval: &Approval, frozen: Option<&Result<Resolved, String>>) -> Option<Flag> {
    let why = match frozen {
        Some(Ok(_)) => return None,
        Some(Err(why)) => why.clone(),
        None if !approval.is_approved() => return None,
        None => "the order was approved while it was undecided, so its commission stays whatever \
                 is refunded: take the approval back, unless it is paid, or say that you have \
                 seen it"
            .to_owned(),
    };
    Some(Flag::AmountsStay { why })
}

/// The case by the first assignment that has not lapsed; if all have, by the first, which says so.
fn by_what_stands(
    build: impl Fn(Option<&Assigned>) -> Option<String>,
    in_force: &[Assigned],
) -> Option<String> {
    let mut in_force = in_force.iter();
    let first = build(in_force.next());
    if in_force.len() == 0 || first.as_deref().is_none_or(belongs) {
        return first;
    }
    let mut others = in_force.filter_map(|assigned| build(Some(assigned)));
    others.find(|case| belongs(case)).or(first)
}

/// Whether the customer of a case belongs to an affiliate.
fn belongs(case: &str) -> bool {
    let case = Case::from_json(case);
    case.is_ok_and(|case| standing_assignment(&case).is_some())
}
