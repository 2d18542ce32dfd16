//! Decides an order by all of its facts, and brings the book up to that.
//!
//! The facts are folded, the order's case is built as of when it was placed, resolved, and compared
//! with the book.

use std::collections::BTreeSet;

use waymark_attribution::time::Instant;
use waymark_attribution::{Case, resolve};
use waymark_book::{
    Booked, Cause, Circumstances, Decided, Flag, Obstacle, Posted, Ruled, Standing, Status,
    approvable, due, post, ruled,
};
use waymark_checkout::ruling::Ruling;
use waymark_checkout::{Fact, FactKind, Folded, Order, fold};
use waymark_program::assignment::Wish;
use waymark_program::case::with_amounts_of;
use waymark_program::renewal::Renewal;
use waymark_program::settings::Settings;
use worker::Result;

use super::customers;
use super::live_case::LiveCase;
use super::orders::{Key, Known, Stored, instant};
use super::views::{Outcome, Recorded};
use super::{book, directory, events, renewals};
use crate::sql::Database;

/// What became of an order.
enum State {
    /// No version of the order itself was heard of yet; what was heard waits for it.
    Waiting,
    /// It cannot be decided, for this reason.
    Undecided(String),
    /// A test of the store's: decided, never booked. What was booked before the store called it
    /// one is taken back.
    Test,
    Decided,
}

impl State {
    fn as_str(&self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Undecided(_) => "undecided",
            State::Test => "test",
            State::Decided => "decided",
        }
    }
}

/// What an order is found to be, to be stored with it.
struct Finding {
    state: State,
    flags: Vec<String>,
    /// Whether a person has to look at it.
    review: bool,
    case: Option<String>,
    decision: Option<String>,
    /// When it is approved by itself, in milliseconds.
    due_at: Option<i64>,
}

impl Finding {
    /// Shows flags of the book's to a person, who has to look at those not seen yet.
    fn ask(&mut self, flags: &BTreeSet<Flag>, stored: &Stored) {
        for flag in flags.iter().map(ToString::to_string) {
            self.review |= !stored.seen.contains(&flag);
            self.flags.push(flag);
        }
    }
}

/// Decides an order by all of its facts, and brings the book up to that.
///
/// To be called inside a transaction.
pub fn settle(
    database: &Database,
    key: Key<'_>,
    known: &Known,
    cause: &Cause,
    now: i64,
) -> Result<Recorded> {
    let stored = &known.stored;
    let folded = fold(&known.facts);
    if !stored.was_heard_of()
        && let Some(reason) = before_the_program(&known.facts)
    {
        return Ok(Recorded {
            status: Outcome::Applied,
            reason: Some(reason.to_owned()),
        });
    }
    let mut finding = Finding {
        state: State::Waiting,
        flags: folded.flags.iter().map(ToString::to_string).collect(),
        review: false,
        case: None,
        decision: None,
        due_at: None,
    };
    if let (Some(order), Some(mut circumstances)) = (&folded.order, Circumstances::of(&folded)) {
        let settings = directory::settings(database, order.snapshot.placed_at)?;
        let renewal = renewals::note(database, key, order, stored, settings.as_ref())?;
        let first = renewal.as_ref().and_then(|renewal| renewal.first.as_ref());
        circumstances.inherited = first.and_then(|first| first.ruling.clone());
        let on = Occasion {
            circumstances: &circumstances,
            settings: settings.as_ref(),
            renewal: renewal.as_ref(),
            cause,
            stored,
            now: instant(now),
        };
        decide_order(database, key, &folded, order, &on, &mut finding)?;
    }
    if finding.review && !stored.review {
        events::of_review(database, key, now)?;
    }
    store(database, key, &folded, &finding, now)?;
    let reason = match finding.state {
        State::Waiting => Some("the order itself was not heard of yet".to_owned()),
        State::Undecided(reason) => Some(reason),
        State::Test => Some("a test order: decided, not booked".to_owned()),
        State::Decided => None,
    };
    Ok(Recorded {
        status: Outcome::Applied,
        reason,
    })
}

/// What is to be said of facts that wait for no order, since theirs may well be older than the
/// program: subscriptions go on for years, and stores delete what is old.
fn before_the_program(facts: &[Fact]) -> Option<&'static str> {
    let begins = |fact: &Fact| matches!(fact.kind, FactKind::Begins { .. });
    let deleted = |fact: &Fact| matches!(fact.kind, FactKind::Deleted { .. });
    if facts.iter().all(begins) {
        Some("the subscription's first order was not heard of")
    } else if facts.iter().all(|it| begins(it) || deleted(it)) {
        Some("the order that was deleted was not heard of")
    } else {
        None
    }
}

/// What the rules, and people, say of a case.
struct Verdict {
    case: String,
    decision: String,
    ruled: Ruled,
    /// What becomes of the customer.
    wish: Wish,
}

/// Resolves a case, and follows a ruling.
///
/// # Errors
/// Why it cannot be decided, for the merchant to read.
fn verdict(case: String, order: &Order, ruling: Option<&Ruling>) -> Result<Verdict, String> {
    let parsed = Case::from_json(&case).map_err(|error| error.to_string())?;
    let decision = resolve(&parsed);
    let ruled = ruled(&decision, order.snapshot.currency, ruling).map_err(text)?;
    Ok(Verdict {
        decision: decision.to_json(),
        wish: Wish::of(&parsed, &decision),
        case,
        ruled,
    })
}

/// Whether the amounts of an approved order stay, whatever is given back of it, because there is no
/// decision on what is left.
fn stays(standing: &Standing, frozen: Option<&Result<Verdict, String>>) -> Option<Flag> {
    let why = match frozen {
        Some(Ok(_)) => return None,
        Some(Err(why)) => why.clone(),
        None if !standing.is_settled() => return None,
        None => "the order was approved while it was undecided, so its commission stays whatever \
                 is given back: take the approval back, unless it is paid, or say that you have \
                 seen it"
            .to_owned(),
    };
    Some(Flag::AmountsStay { why })
}

fn text(error: impl ToString) -> String {
    error.to_string()
}

/// Decides an order that was heard of, books it, and says when it is approved by itself.
fn decide_order(
    database: &Database,
    key: Key<'_>,
    folded: &Folded,
    order: &Order,
    on: &Occasion<'_>,
    finding: &mut Finding,
) -> Result<()> {
    let Occasion {
        circumstances,
        renewal,
        stored,
        ..
    } = *on;
    let LiveCase {
        case,
        assignments,
        flags,
    } = LiveCase::read(database, key, folded, order, stored, renewal)?;
    finding.flags.extend(flags);
    let live = case.and_then(|case| verdict(case, order, circumstances.ruling()));
    let frozen = match (&stored.standing, &stored.frozen_case) {
        (Standing::Settled(settled), Some(case)) => Some(
            with_amounts_of(case, order)
                .map_err(text)
                .and_then(|case| verdict(case, order, settled.ruling.as_ref())),
        ),
        _ => None,
    };
    let mut asked: BTreeSet<Flag> = stays(&stored.standing, frozen.as_ref())
        .into_iter()
        .collect();
    let earns = renewal.is_none_or(|renewal| renewal.earns) && !circumstances.test;
    let decided = match (&live, &frozen) {
        (Ok(live), frozen) => Decided {
            live: if earns {
                live.ruled.clone()
            } else {
                Ruled::default()
            },
            frozen: frozen
                .as_ref()
                .and_then(|it| Some(it.as_ref().ok()?.ruled.clone())),
        },
        // Approved orders follow their frozen case, whatever the live one has come to.
        (Err(_), Some(Ok(frozen))) => Decided {
            live: frozen.ruled.clone(),
            frozen: Some(frozen.ruled.clone()),
        },
        (Err(reason), _) => {
            finding.state = State::Undecided(reason.clone());
            finding.ask(&asked, stored);
            return Ok(());
        }
    };
    let shown = frozen.and_then(Result::ok);
    let wish = live.as_ref().ok().map(|live| match (&live.wish, &shown) {
        // Once it is approved, what it assigned then stays.
        (Wish::Assign(_) | Wish::Nothing, Some(frozen)) => frozen.wish.clone(),
        (wish, _) => wish.clone(),
    });
    if let Some(shown) = shown.or(live.ok()) {
        finding.case = Some(shown.case);
        finding.decision = Some(shown.decision);
    }
    let booked = book::booked(database, key)?;
    let Posted { postings, flags } =
        match post(booked, decided, circumstances, &stored.standing, on.cause) {
            Ok(posted) => posted,
            // Said again, it would be as large again: the store need not call again.
            Err(too_large) => {
                finding.state = State::Undecided(too_large.to_string());
                return Ok(());
            }
        };
    let numbers = book::add(database, key, &postings)?;
    let now = on.now.as_millis();
    events::of_postings(
        database,
        key,
        &postings,
        &numbers,
        events::amount(order),
        now,
    )?;
    asked.extend(flags);
    finding.ask(&asked, stored);
    let booked = book::booked(database, key)?;
    finding.review |= booked.iter().any(|it| it.terms.status == Status::Held);
    finding.state = match circumstances.test {
        true => State::Test,
        false => State::Decided,
    };
    if let (Some(wish), Some(assignments)) = (wish, assignments)
        && renewal.is_none()
    {
        let changes = match circumstances.test {
            true => assignments.taken_back(),
            false => assignments.changes(&wish),
        };
        customers::change(database, key, &assignments, &changes)?;
        finding.flags.extend(changes.flags);
    }
    finding.due_at = on
        .settings
        .and_then(|settings| due_at(settings, on, &booked));
    Ok(())
}

/// On what occasion an order is decided.
struct Occasion<'o> {
    circumstances: &'o Circumstances,
    /// The program's, of when the order was placed.
    settings: Option<&'o Settings>,
    /// What the order is of its subscription, if it is a renewal.
    renewal: Option<&'o Renewal>,
    cause: &'o Cause,
    stored: &'o Stored,
    now: Instant,
}

/// When the order is approved by itself, in milliseconds; `None` if not by itself.
fn due_at(settings: &Settings, on: &Occasion<'_>, booked: &[Booked]) -> Option<i64> {
    let heard_at = on.stored.heard_at.map_or(on.now, instant);
    let due = due(on.circumstances.placed_at, heard_at, settings.hold);
    let approvable = approvable(booked, on.circumstances, &on.stored.standing, due, on.now);
    let by_itself = matches!(approvable, Ok(()) | Err(Obstacle::NotDue(_)));
    by_itself.then_some(due.as_millis())
}

fn store(
    database: &Database,
    key: Key<'_>,
    folded: &Folded,
    finding: &Finding,
    now: i64,
) -> Result<()> {
    let problem = match &finding.state {
        State::Undecided(reason) => Some(reason.as_str()),
        _ => None,
    };
    let snapshot = folded.order.as_ref().map(|order| &order.snapshot);
    database.run(
        "INSERT INTO orders (source, id, state, problem, flags, placed_at, currency, review, the_case,
           decision, due_at, changed_at, heard_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12)
         ON CONFLICT DO UPDATE SET
           state = CASE WHEN state = 'orphan' AND excluded.state = 'waiting' THEN 'orphan'
             ELSE excluded.state END, problem = excluded.problem,
           flags = excluded.flags, placed_at = excluded.placed_at, currency = excluded.currency,
           review = excluded.review, the_case = excluded.the_case, decision = excluded.decision,
           due_at = excluded.due_at, changed_at = excluded.changed_at",
        &[
            key.source.into(),
            key.id.into(),
            finding.state.as_str().into(),
            problem.into(),
            (&serde_json::to_string(&finding.flags)?).into(),
            snapshot.map(|order| order.placed_at.as_millis()).into(),
            snapshot.map(|order| order.currency.code()).into(),
            i64::from(finding.review).into(),
            finding.case.as_deref().into(),
            finding.decision.as_deref().into(),
            finding.due_at.into(),
            now.into(),
        ],
    )
}
