//! Facts in, decision and book out: one order, one transaction.
//!
//! Whatever a store says becomes a fact first. Then all facts of the order are folded, its case is
//! built as of when it was placed, resolved, and compared with the book. Nothing here awaits.

use std::collections::BTreeSet;

use waymark_attribution::time::Instant;
use waymark_attribution::{Case, resolve};
use waymark_book::{
    Booked, Cause, Circumstances, Decided, Obstacle, Posted, Ruled, Standing, Status, approvable,
    due, post, ruled,
};
use waymark_checkout::ruling::Ruling;
use waymark_checkout::{Fact, Folded, Order, fold};
use waymark_program::case::{self, with_amounts_of};
use waymark_program::settings::Settings;
use worker::Result;

use super::commands::{Outcome, Recorded, Report};
use super::customers::Customer;
use super::directory::AsOf;
use super::renewals::{self, Renewal};
use super::{book, calls, directory, erasures, events, names};
use crate::sql::Database;

/// An order's place in every table.
#[derive(Clone, Copy)]
pub struct Key<'a> {
    pub source: &'a str,
    pub id: &'a str,
}

impl<'a> Key<'a> {
    pub fn of(report: &'a Report) -> Self {
        Self {
            source: &report.source,
            id: &report.order_id,
        }
    }
}

/// What is known of an order, and what is stored of it.
pub struct Known {
    pub facts: Vec<Fact>,
    pub stored: Stored,
}

impl Known {
    pub fn read(database: &Database, key: Key<'_>) -> Result<Self> {
        Ok(Self {
            facts: facts(database, key)?,
            stored: stored(database, key)?,
        })
    }

    /// Those of the facts that are not known yet; of a forgotten customer, nothing of the person.
    pub fn news(&self, facts: &[Fact]) -> Vec<Fact> {
        let mut known: BTreeSet<&str> = self.facts.iter().map(|fact| fact.key.as_str()).collect();
        let mut news = Vec::new();
        for fact in facts {
            if known.insert(&fact.key) {
                news.extend(match self.stored.erased {
                    true => erasures::without_person(fact),
                    false => Some(fact.clone()),
                });
            }
        }
        news
    }
}

/// What became of a report.
pub struct Taken {
    pub recorded: Recorded,
    /// Whether it had facts that were heard under another name before.
    pub joined: bool,
}

/// Takes the facts of a report on an order of which so much is `known`, and decides the order anew
/// if any of them is news.
///
/// To be called inside a transaction.
pub fn report(database: &Database, report: &Report, mut known: Known, now: i64) -> Result<Taken> {
    let key = Key::of(report);
    let news = known.news(&report.facts);
    add_facts(database, key, &news, now)?;
    let joined = names::note(database, key, &report.other_names)?;
    if let Some(call) = report.call.as_ref().filter(|_| !known.stored.erased) {
        calls::keep(database, key, call, now)?;
    }
    let recorded = if news.is_empty() && !joined {
        Recorded {
            status: Outcome::Duplicate,
            reason: None,
        }
    } else {
        if joined {
            known = Known::read(database, key)?;
        }
        follow(database, key, known, news, now)?
    };
    Ok(Taken { recorded, joined })
}

/// Decides an order anew by facts that were just added to it.
///
/// To be called inside a transaction.
pub fn follow(
    database: &Database,
    key: Key<'_>,
    mut known: Known,
    news: Vec<Fact>,
    now: i64,
) -> Result<Recorded> {
    let cause = Cause::of(&news, instant(now));
    known.facts.extend(news);
    settle(database, key, &known, &cause, now)
}

/// Decides an order again, with the directory as it is now known. `None` without any facts.
///
/// To be called inside a transaction.
pub fn decide(database: &Database, key: Key<'_>, now: i64) -> Result<Option<Recorded>> {
    let known = Known::read(database, key)?;
    if known.facts.is_empty() {
        return Ok(None);
    }
    settle(database, key, &known, &Cause::again(instant(now)), now).map(Some)
}

/// Adds facts to an order; nothing of those that are there already.
pub fn add_facts(database: &Database, key: Key<'_>, facts: &[Fact], now: i64) -> Result<()> {
    if facts.is_empty() {
        return Ok(());
    }
    let rows = facts
        .iter()
        .map(|fact| Ok((&fact.key, serde_json::to_string(fact)?)))
        .collect::<Result<Vec<_>>>()?;
    database.run(
        "INSERT INTO facts (source, order_id, key, body, received_at)
         SELECT ?, ?, value ->> 0, value ->> 1, ? FROM json_each(?) WHERE true
         ON CONFLICT DO NOTHING",
        &[
            key.source.into(),
            key.id.into(),
            now.into(),
            (&serde_json::to_string(&rows)?).into(),
        ],
    )
}

/// The facts of an order.
pub fn facts(database: &Database, key: Key<'_>) -> Result<Vec<Fact>> {
    database
        .query(
            "SELECT body FROM facts WHERE source = ? AND order_id = ? ORDER BY key",
            &[key.source.into(), key.id.into()],
        )?
        .iter()
        .map(|row| Ok(serde_json::from_str(&row.text(0)?)?))
        .collect()
}

/// A time of this object's.
pub fn instant(milliseconds: i64) -> Instant {
    Instant::from_millis(milliseconds)
}

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

/// What was stored of an order before.
#[derive(Default)]
pub struct Stored {
    pub standing: Standing,
    /// The case as it was when the order was approved, or when its customer was forgotten.
    pub frozen_case: Option<String>,
    /// Whether its customer was forgotten: then the case stays but for its amounts.
    pub erased: bool,
    /// When it was first heard of, in milliseconds.
    heard_at: Option<i64>,
    /// Whether a person has to look at it already.
    review: bool,
}

impl Stored {
    pub fn was_heard_of(&self) -> bool {
        self.heard_at.is_some()
    }
}

/// What is stored of an order; nothing yet for one that is new.
fn stored(database: &Database, key: Key<'_>) -> Result<Stored> {
    let row = database.first(
        "SELECT standing, frozen_case, erased_at, heard_at, review FROM orders
         WHERE source = ? AND id = ?",
        &[key.source.into(), key.id.into()],
    )?;
    let Some(row) = row else {
        return Ok(Stored::default());
    };
    Ok(Stored {
        standing: serde_json::from_str(&row.text(0)?)?,
        frozen_case: row.optional_text(1)?,
        erased: row.optional_integer(2)?.is_some(),
        heard_at: Some(row.integer(3)?),
        review: row.integer(4)? != 0,
    })
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

/// Decides an order by all of its facts, and brings the book up to that.
///
/// To be called inside a transaction.
fn settle(
    database: &Database,
    key: Key<'_>,
    known: &Known,
    cause: &Cause,
    now: i64,
) -> Result<Recorded> {
    let stored = &known.stored;
    let folded = fold(&known.facts);
    let mut finding = Finding {
        state: State::Waiting,
        flags: folded.flags.iter().map(ToString::to_string).collect(),
        review: folded.flags.iter().any(waymark_checkout::Flag::holds),
        case: None,
        decision: None,
        due_at: None,
    };
    if let (Some(order), Some(circumstances)) = (&folded.order, Circumstances::of(&folded)) {
        let on = Occasion {
            circumstances: &circumstances,
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

/// What the rules, and people, say of a case.
struct Verdict {
    case: String,
    decision: String,
    ruled: Ruled,
    /// The affiliate that the customer is to belong to, and since when.
    assign: Option<(String, Instant)>,
}

/// Resolves a case, and follows a ruling.
///
/// # Errors
/// Why it cannot be decided, for the merchant to read.
fn verdict(case: String, order: &Order, ruling: Option<&Ruling>) -> Result<Verdict, String> {
    let parsed = Case::from_json(&case).map_err(|error| error.to_string())?;
    let decision = resolve(&parsed);
    let ruled = ruled(&decision, order.snapshot.currency, ruling).map_err(text)?;
    let assign = decision.assign.as_ref();
    let assign = assign.map(|it| (it.affiliate.to_string(), it.at));
    let decision = decision.to_json();
    Ok(Verdict {
        case,
        decision,
        ruled,
        assign,
    })
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
        stored,
        ..
    } = *on;
    let settings = directory::settings(database, order.snapshot.placed_at)?;
    let renewal = renewals::note(database, key, order, settings.as_ref())?;
    let customer = Customer::of(key.source, &order.snapshot);
    let ruling = circumstances.ruling.as_ref().map(|fact| &fact.ruling);
    let live = live_case(
        database,
        key,
        folded,
        order,
        stored,
        renewal.as_ref(),
        finding,
    )?;
    let live = live.and_then(|case| verdict(case, order, ruling));
    let frozen = match (&stored.standing, &stored.frozen_case) {
        (Standing::Settled(settled), Some(case)) => Some(
            with_amounts_of(case, order)
                .map_err(text)
                .and_then(|case| verdict(case, order, settled.ruling.as_ref())),
        ),
        _ => None,
    };
    let earns = renewal.as_ref().is_none_or(|renewal| renewal.earns) && !circumstances.test;
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
            return Ok(());
        }
    };
    let shown = frozen.and_then(Result::ok);
    let assign = live.as_ref().ok().and_then(|live| live.assign.clone());
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
    finding.flags.extend(flags.iter().map(ToString::to_string));
    let booked = book::booked(database, key)?;
    let held = |it: &Booked| it.terms.status == Status::Held;
    finding.review |= !flags.is_empty() || booked.iter().any(held);
    finding.state = match circumstances.test {
        true => State::Test,
        false => State::Decided,
    };
    if let Some((affiliate, at)) = assign
        && earns
        && renewal.is_none()
        && !stored.standing.is_settled()
    {
        customer.assign(database, key, &affiliate, at, &mut finding.flags)?;
    }
    finding.due_at = settings.and_then(|settings| due_at(&settings, on, &booked));
    Ok(())
}

/// On what occasion an order is decided.
struct Occasion<'o> {
    circumstances: &'o Circumstances,
    cause: &'o Cause,
    stored: &'o Stored,
    now: Instant,
}

/// The case by what is known now.
fn live_case(
    database: &Database,
    key: Key<'_>,
    folded: &Folded,
    order: &Order,
    stored: &Stored,
    renewal: Option<&Renewal>,
    finding: &mut Finding,
) -> Result<Result<String, String>> {
    if let (true, Some(case)) = (stored.erased, &stored.frozen_case) {
        return Ok(with_amounts_of(case, order).map_err(text));
    }
    if let Some(renewal) = renewal {
        finding.flags.extend(renewal.flag());
        if let Some(case) = &renewal.first_case {
            return Ok(with_amounts_of(case, order).map_err(text));
        }
    }
    let placed_at = order.snapshot.placed_at;
    let customer = Customer::of(key.source, &order.snapshot);
    let assigned = customer.assigned(database, key, placed_at, &mut finding.flags)?;
    let case = case::build(order, &folded.touches, assigned, &AsOf(database))?;
    Ok(case.ok_or_else(|| {
        format!(
            "no policy was in force when the order was placed, at {placed_at}; apply the program \
             with an earlier effective_at, then decide the order again"
        )
    }))
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
         ON CONFLICT DO UPDATE SET state = excluded.state, problem = excluded.problem,
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

/// How long what was heard of an order waits for the order itself before a person is told, in
/// milliseconds: three days.
const ORPHAN_MS: i64 = 72 * 3_600_000;

/// Orders that one alarm finds to be orphans.
const MOST_ORPHANS: i64 = 100;

/// Calls those orders orphans that have been waited for too long, a bounded number of them. When
/// there may be another, in milliseconds from now.
pub fn find_orphans(database: &Database, now: i64) -> Result<Option<i64>> {
    database.transaction(|| {
        let orphans = database.query(
            "UPDATE orders SET state = 'orphan', changed_at = ?1 WHERE (source, id) IN
               (SELECT source, id FROM orders WHERE state = 'waiting' AND heard_at <= ?2
                ORDER BY heard_at LIMIT ?3)
             RETURNING source, id",
            &[
                now.into(),
                now.saturating_sub(ORPHAN_MS).into(),
                MOST_ORPHANS.into(),
            ],
        )?;
        for row in &orphans {
            let (source, id) = (row.text(0)?, row.text(1)?);
            let key = Key {
                source: &source,
                id: &id,
            };
            events::of_orphan(database, key, now)?;
        }
        Ok(())
    })?;
    let oldest = database.first(
        "SELECT min(heard_at) FROM orders WHERE state = 'waiting'",
        &[],
    )?;
    let oldest = oldest.map_or(Ok(None), |row| row.optional_integer(0))?;
    let due = oldest.map(|oldest| oldest.saturating_add(ORPHAN_MS).saturating_sub(now));
    Ok(due.map(|due| due.max(0)))
}
