//! `/v1/orders`: what became of orders, and what people decide about them.

use axum::extract::rejection::{PathRejection, QueryRejection, StringRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;
use waymark_attribution::Decision;
use waymark_attribution::money::Currency;
use waymark_attribution::time::Instant;
use waymark_checkout::ruling::{NamedClaim, Part, Ruling, RulingFact};
use waymark_checkout::{Fact, FactKind};
use worker::Env;

use super::refusal::Refusal;
use super::{Answer, RawJson, Span, ask, body, find, place, signed, text};
use crate::object::now;
use crate::program::{Command, OfOrder, OrderFilter, Report, Signed};

type OrderPath = Result<Path<(String, String)>, PathRejection>;

/// Which orders to list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    #[serde(default)]
    state: Option<OrderFilter>,
    #[serde(default)]
    after: String,
    #[serde(default = "Span::usual")]
    limit: u8,
}

#[worker::send]
pub async fn list(State(env): State<Env>, wanted: Result<Query<Wanted>, QueryRejection>) -> Answer {
    let Query(Wanted {
        state,
        after,
        limit,
    }) = wanted?;
    let command = Command::Orders {
        only: state.unwrap_or(OrderFilter::All),
        after: place(&after)?,
        limit: Span::checked(limit)?,
    };
    ask(&env, &command).await
}

/// The most orders in one page of the export: each is some 10 KB.
const MOST_WHOLE: u8 = 50;

/// All orders, whole, page by page.
#[worker::send]
pub async fn export(State(env): State<Env>, super::Wanted(span): super::Wanted) -> Answer {
    let command = Command::Export {
        after: place(&span.after)?,
        limit: span.limit.min(MOST_WHOLE),
    };
    ask(&env, &command).await
}

#[worker::send]
pub async fn one(State(env): State<Env>, path: OrderPath) -> Answer {
    let Path((source, id)) = path?;
    let missing = missing(&source, &id);
    find(&env, &Command::Order { source, id }, missing).await
}

#[worker::send]
pub async fn decide(State(env): State<Env>, path: OrderPath) -> Answer {
    let Path((source, id)) = path?;
    let missing = missing(&source, &id);
    find(&env, &Command::Decide { source, id }, missing).await
}

fn missing(source: &str, id: &str) -> String {
    format!("order: {source} has reported none with the id {id}")
}

/// A person's decision about an order that the rules left open, or decided otherwise.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    by: String,
    reason: String,
    /// A name for this ruling, so that sending it again changes nothing. Default: a new one.
    #[serde(default)]
    id: Option<String>,
    /// Accept this claim, and deny the others.
    #[serde(default)]
    accept: Option<NamedClaim>,
    /// Split the order between these claims, in basis points that sum to 10 000.
    #[serde(default)]
    split: Option<Vec<Part>>,
    /// `true`: nobody is credited.
    #[serde(default)]
    deny: bool,
    /// The id of a ruling that does not count any more.
    #[serde(default)]
    undo: Option<String>,
}

impl Rule {
    fn ruling(self) -> Result<Ruling, Refusal> {
        let deny = self.deny.then_some(Ruling::Deny);
        let accept = self.accept.map(|claim| Ruling::Accept { claim });
        let split = self.split.map(|parts| Ruling::Split { parts });
        let undo = self.undo.map(|id| Ruling::Undo { id });
        let mut given = [accept, split, deny, undo].into_iter().flatten();
        let (Some(ruling), None) = (given.next(), given.next()) else {
            return Err(Refusal::unprocessable(
                "body: expected one of `accept`, `split`, `deny` and `undo`",
            ));
        };
        if let Ruling::Split { parts } = &ruling {
            let sum: u64 = parts.iter().map(|part| u64::from(part.share_bp)).sum();
            if sum != 10_000 {
                return Err(Refusal::unprocessable(format!(
                    "split: the shares sum to {sum} basis points; make it 10000"
                )));
            }
        }
        Ok(ruling)
    }
}

/// Takes a person's decision. It is a fact of the order like any other.
#[worker::send]
pub async fn rule(
    State(env): State<Env>,
    path: OrderPath,
    given: Result<String, StringRejection>,
) -> Answer {
    let Path((source, order_id)) = path?;
    let mut rule: Rule = body(given)?;
    let Signed { by, reason } = signed(&rule.by, &rule.reason)?;
    let missing = missing(&source, &order_id);
    let known = Command::Order {
        source: source.clone(),
        id: order_id.clone(),
    };
    let RawJson(order) = find(&env, &known, missing.clone()).await?;
    let id = match rule.id.take() {
        Some(id) => text("id", &id)?,
        None => new_id()?,
    };
    let ruling = rule.ruling()?;
    can_be_followed(&ruling, &order)?;
    let ruling = FactKind::Ruling(RulingFact {
        id,
        at: Instant::from_millis(now()),
        by,
        reason,
        ruling,
    });
    let report = Command::Report(Report {
        source: source.clone(),
        order_id: order_id.clone(),
        other_names: Vec::new(),
        facts: vec![Fact::new(ruling)],
        call: None,
    });
    ask(&env, &report).await?;
    find(&env, &known, missing).await
}

/// What a ruling has to know of an order.
#[derive(Deserialize)]
struct Decided<'a> {
    #[serde(borrow)]
    decision: Option<&'a RawValue>,
    case: Option<Case>,
}

#[derive(Deserialize)]
struct Case {
    order: CaseOrder,
}

#[derive(Deserialize)]
struct CaseOrder {
    currency: Currency,
}

/// Refuses a ruling that names a claim which the rules do not credit: it would only be held again.
fn can_be_followed(ruling: &Ruling, order: &str) -> Result<(), Refusal> {
    let known: Decided<'_> = waymark_attribution::from_json(order).map_err(worker::Error::from)?;
    let (Some(decision), Some(case)) = (known.decision, known.case) else {
        return Ok(());
    };
    let decision = Decision::from_json(decision.get());
    let decision = decision.map_err(|error| Refusal::unprocessable(error.to_string()))?;
    let ruled = waymark_book::ruled(&decision, case.order.currency, Some(ruling));
    let ruled = ruled.map_err(|error| Refusal::unprocessable(error.to_string()))?;
    match ruled.flag {
        Some(flag) => Err(Refusal::unprocessable(flag.to_string())),
        None => Ok(()),
    }
}

/// 16 random bytes, in hexadecimal digits.
fn new_id() -> Result<String, Refusal> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            format!("random bytes: {error}"),
        )
    })?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Who does something, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Person {
    by: String,
    reason: String,
}

#[worker::send]
pub async fn approve(
    State(env): State<Env>,
    path: OrderPath,
    given: Result<String, StringRejection>,
) -> Answer {
    act(&env, path, given, Command::Approve).await
}

#[worker::send]
pub async fn unapprove(
    State(env): State<Env>,
    path: OrderPath,
    given: Result<String, StringRejection>,
) -> Answer {
    act(&env, path, given, Command::Unapprove).await
}

async fn act(
    env: &Env,
    path: OrderPath,
    given: Result<String, StringRejection>,
    command: fn(OfOrder) -> Command,
) -> Answer {
    let Path((source, id)) = path?;
    let Person { by, reason } = body(given)?;
    let missing = missing(&source, &id);
    let known = Command::Order {
        source: source.clone(),
        id: id.clone(),
    };
    let of = OfOrder {
        source,
        id,
        signed: signed(&by, &reason)?,
    };
    super::act(env, &command(of), missing.clone()).await?;
    find(env, &known, missing).await
}
