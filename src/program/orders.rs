//! Facts in, decision and book out: one order, one transaction.
//!
//! Whatever a store says becomes a fact first. Then all facts of the order are folded, its case is
//! built as of when it was placed, resolved, and compared with the book. Nothing here awaits.

use serde_json::Value as Json;
use waymark_attribution::money::Amount;
use waymark_attribution::time::Instant;
use waymark_attribution::{Case, resolve};
use waymark_book::{Booked, Cause, Claim, Posting, Status, Terms, TooLarge, Wanted, post, wanted};
use waymark_checkout::{Fact, FactKind, Order, fold};
use waymark_program::case::{self, Directory};
use waymark_program::directory::Kind;
use worker::{Error, Result};

use super::commands::{DeadLetter, Outcome, Recorded, Report};
use super::customers::Customer;
use super::directory;
use crate::sql::{Database, Row};

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

/// Takes the facts of a report, and decides the order anew if any of them is news.
///
/// To be called inside a transaction.
pub fn report(database: &Database, report: &Report, now: i64) -> Result<Recorded> {
    let key = Key::of(report);
    let mut news = Vec::new();
    for fact in &report.facts {
        if insert_fact(database, key, fact, now)? {
            news.push(fact);
        }
    }
    if news.is_empty() {
        return Ok(Recorded {
            status: Outcome::Duplicate,
            reason: None,
        });
    }
    settle(database, key, cause(&news), now)
}

/// Decides an order again, with the directory as it is now known. `None` without any facts.
///
/// To be called inside a transaction.
pub fn decide(database: &Database, source: &str, id: &str, now: i64) -> Result<Option<Recorded>> {
    let key = Key { source, id };
    if facts(database, key)?.is_empty() {
        return Ok(None);
    }
    settle(database, key, Cause::Order, now).map(Some)
}

/// Keeps a call that cannot be used; whether it was not kept already.
pub fn keep_dead_letter(database: &Database, letter: &DeadLetter, now: i64) -> Result<bool> {
    let kept = database.first(
        "INSERT INTO dead_letters (endpoint, topic, reason, digest, body, received_at)
         VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING number",
        &[
            (&letter.endpoint).into(),
            (&letter.topic).into(),
            (&letter.reason).into(),
            (&letter.digest).into(),
            (&letter.body).into(),
            now.into(),
        ],
    )?;
    Ok(kept.is_some())
}

/// Adds a fact to an order; whether it was not there already.
pub fn insert_fact(database: &Database, key: Key<'_>, fact: &Fact, now: i64) -> Result<bool> {
    let inserted = database.first(
        "INSERT INTO facts (source, order_id, key, body, received_at)
         VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING key",
        &[
            key.source.into(),
            key.id.into(),
            (&fact.key).into(),
            (&serde_json::to_string(fact)?).into(),
            now.into(),
        ],
    )?;
    Ok(inserted.is_some())
}

/// What is known of an order.
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

/// What the news is chiefly about, for the ledger's entries to say.
fn cause(news: &[&Fact]) -> Cause {
    let any = |wanted: fn(&FactKind) -> bool| news.iter().any(|fact| wanted(&fact.kind));
    if any(|kind| matches!(kind, FactKind::Cancelled { .. })) {
        Cause::Cancellation
    } else if any(|kind| matches!(kind, FactKind::Refund(_))) {
        Cause::Refund
    } else {
        Cause::Order
    }
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

/// What an order is found to be, to be stored with it.
struct Finding {
    state: State,
    flags: Vec<String>,
    order: Option<Order>,
    case: Option<String>,
    decision: Option<(String, bool)>,
}

/// Decides an order by all of its facts, and brings the book up to that.
pub fn settle(database: &Database, key: Key<'_>, cause: Cause, now: i64) -> Result<Recorded> {
    let facts = facts(database, key)?;
    let folded = fold(&facts);
    let mut finding = Finding {
        state: State::Waiting,
        flags: folded.flags.iter().map(ToString::to_string).collect(),
        order: None,
        case: None,
        decision: None,
    };
    if let Some(order) = folded.order {
        let customer = Customer::of(key.source, &order.snapshot);
        let assigned = customer.assigned(database, key, order.snapshot.placed_at)?;
        let rows = AsOf(database);
        finding.case = case::build(&order, &folded.touches, assigned, &rows)?;
        finding.state = match finding.case.as_deref().map(Case::from_json) {
            None => State::Undecided(format!(
                "no policy was in force when the order was placed, at {}; apply the program with \
                 an earlier effective_at, then decide the order again",
                order.snapshot.placed_at
            )),
            Some(Err(error)) => State::Undecided(error.to_string()),
            Some(Ok(case)) => {
                let decision = resolve(&case);
                let currency = order.snapshot.currency;
                let wanted = match order.snapshot.test {
                    true => Ok(Vec::new()),
                    false => wanted(&decision, currency),
                };
                match postings(database, key, wanted, cause)? {
                    // Said again, it would be as large again: the store need not call again.
                    Err(too_large) => State::Undecided(too_large.to_string()),
                    Ok(postings) => {
                        finding.decision = Some((decision.to_json(), decision.review));
                        book(database, key, &postings, now)?;
                        if order.snapshot.test {
                            State::Test
                        } else {
                            customer.assign(database, key, &decision, &mut finding.flags)?;
                            State::Decided
                        }
                    }
                }
            }
        };
        finding.order = Some(order);
    }
    store(database, key, &finding, now)?;
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

fn store(database: &Database, key: Key<'_>, finding: &Finding, now: i64) -> Result<()> {
    let problem = match &finding.state {
        State::Undecided(reason) => Some(reason.as_str()),
        _ => None,
    };
    let snapshot = finding.order.as_ref().map(|order| &order.snapshot);
    let (decision, review) = match &finding.decision {
        Some((decision, review)) => (Some(decision.as_str()), *review),
        None => (None, false),
    };
    database.run(
        "INSERT OR REPLACE INTO orders (source, id, state, problem, flags, placed_at, currency,
           review, the_case, decision, changed_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        &[
            key.source.into(),
            key.id.into(),
            finding.state.as_str().into(),
            problem.into(),
            (&serde_json::to_string(&finding.flags)?).into(),
            snapshot.map(|order| order.placed_at.as_millis()).into(),
            snapshot.map(|order| order.currency.code()).into(),
            i64::from(review).into(),
            finding.case.as_deref().into(),
            decision.into(),
            now.into(),
        ],
    )
}

/// The directory's rows, read as of any time.
struct AsOf<'d>(&'d Database);

impl Directory for AsOf<'_> {
    type Error = Error;

    fn in_force(&self, kind: Kind, key: &str, at: Instant) -> Result<Option<Json>> {
        Ok(directory::as_of(self.0, kind, key, at)?.map(|row| row.body))
    }

    fn policy(&self, at: Instant) -> Result<Option<(i64, Json)>> {
        let kind = Kind::Policy;
        let Some(row) = directory::as_of(self.0, kind, kind.as_str(), at)? else {
            return Ok(None);
        };
        let version = directory::version(self.0, kind, row.number)?;
        Ok(Some((version, row.body)))
    }

    fn affiliate_of_link(&self, number: u32) -> Result<Option<String>> {
        let row = directory::numbered_row(self.0, Kind::Link, number)?;
        let affiliate = row.and_then(|row| Some(row.body.get("affiliate")?.as_str()?.to_owned()));
        Ok(affiliate)
    }
}

/// Compares what is wanted with the book: what is missing there.
fn postings(
    database: &Database,
    key: Key<'_>,
    wanted: Result<Vec<Wanted>, TooLarge>,
    cause: Cause,
) -> Result<Result<Vec<Posting>, TooLarge>> {
    let booked = booked(database, key)?;
    Ok(wanted.and_then(|wanted| post(booked, wanted, cause)))
}

/// Adds to the book what is missing there.
fn book(database: &Database, key: Key<'_>, postings: &[Posting], now: i64) -> Result<()> {
    for posting in postings {
        let number = match posting.number {
            Some(number) => {
                change_conversion(database, number, &posting.terms)?;
                number
            }
            None => add_conversion(database, key, posting)?,
        };
        let Some(entry) = posting.entry else {
            continue;
        };
        database.run(
            "INSERT INTO entries (conversion, amount, reason, at) VALUES (?, ?, ?, ?)",
            &[
                number.into(),
                entry.amount.minor().into(),
                entry.reason.as_str().into(),
                now.into(),
            ],
        )?;
        database.run(
            "INSERT INTO balances (affiliate, currency, amount) VALUES (?, ?, ?)
             ON CONFLICT DO UPDATE SET amount = amount + excluded.amount",
            &[
                (&posting.claim.affiliate).into(),
                posting.claim.currency.code().into(),
                entry.amount.minor().into(),
            ],
        )?;
    }
    Ok(())
}

fn booked(database: &Database, key: Key<'_>) -> Result<Vec<Booked>> {
    database
        .query(
            "SELECT number, affiliate, method, evidence, currency, status, reason, visible, review,
               share_bp, (SELECT coalesce(sum(amount), 0) FROM entries WHERE conversion = conversions.number)
             FROM conversions WHERE source = ? AND order_id = ? ORDER BY number",
            &[key.source.into(), key.id.into()],
        )?
        .iter()
        .map(booked_row)
        .collect()
}

fn booked_row(row: &Row) -> Result<Booked> {
    let invalid = |what: &str| Error::RustError(format!("conversions: unknown {what}"));
    Ok(Booked {
        number: row.integer(0)?,
        claim: Claim {
            affiliate: row.text(1)?,
            method: row.text(2)?,
            evidence: row.text(3)?,
            currency: row.text(4)?.parse().map_err(|_| invalid("currency"))?,
        },
        terms: Terms {
            status: Status::named(&row.text(5)?).ok_or_else(|| invalid("status"))?,
            reason: row.optional_text(6)?,
            visible: row.integer(7)? != 0,
            review: row.integer(8)? != 0,
            share_bp: row.integer(9)?,
        },
        balance: Amount::from_minor(row.integer(10)?),
    })
}

fn add_conversion(database: &Database, key: Key<'_>, posting: &Posting) -> Result<i64> {
    let Posting { claim, terms, .. } = posting;
    let added = database.first(
        "INSERT INTO conversions (source, order_id, affiliate, method, evidence, currency, status,
           reason, visible, review, share_bp)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number",
        &[
            key.source.into(),
            key.id.into(),
            (&claim.affiliate).into(),
            (&claim.method).into(),
            (&claim.evidence).into(),
            claim.currency.code().into(),
            terms.status.as_str().into(),
            terms.reason.as_deref().into(),
            i64::from(terms.visible).into(),
            i64::from(terms.review).into(),
            terms.share_bp.into(),
        ],
    )?;
    added
        .ok_or_else(|| Error::RustError("conversions: no number".into()))?
        .integer(0)
}

fn change_conversion(database: &Database, number: i64, terms: &Terms) -> Result<()> {
    database.run(
        "UPDATE conversions SET status = ?, reason = ?, visible = ?, review = ?, share_bp = ?
         WHERE number = ?",
        &[
            terms.status.as_str().into(),
            terms.reason.as_deref().into(),
            i64::from(terms.visible).into(),
            i64::from(terms.review).into(),
            terms.share_bp.into(),
            number.into(),
        ],
    )
}
