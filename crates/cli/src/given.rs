//! What a JSON document says about an order: a case, a decision, or all that a Worker knows.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

/// A document about one order, told apart by its members, and not yet checked.
pub enum Given<'a> {
    /// A decision.
    Decision(&'a str),
    /// Whatever holds a case, such as what `GET /v1/orders/{store}/{id}` answers.
    Order {
        /// The store that the order is from.
        store: Option<String>,
        case: Option<&'a str>,
        decision: Option<&'a str>,
        /// Why it could not be decided.
        problem: Option<String>,
    },
    /// A line of `waymark resolve` that says what was wrong with a case.
    Undecided(String),
    /// Anything else: if it is not a case, the rules say what is wrong with it.
    Case(&'a str),
}

/// The members that tell what a document is.
#[derive(Deserialize)]
#[serde(expecting = "a case, a decision, or what GET /v1/orders/{store}/{id} answers")]
struct Members<'a> {
    #[serde(borrow)]
    trace: Option<&'a RawValue>,
    #[serde(borrow)]
    case: Option<&'a RawValue>,
    #[serde(borrow)]
    decision: Option<&'a RawValue>,
    store: Option<String>,
    facts: Option<IgnoredAny>,
    problem: Option<String>,
    error: Option<String>,
}

impl<'a> Given<'a> {
    /// Tells what a JSON document is.
    ///
    /// # Errors
    /// If it is not JSON, not an object, or has a telling member of another type.
    pub fn read(json: &'a str) -> Result<Given<'a>, String> {
        let members: Members<'a> =
            serde_json::from_str(json).map_err(|error| match error.is_data() {
                true => error.to_string(),
                false => format!("not JSON: {error}"),
            })?;
        Ok(match members {
            Members {
                error: Some(error), ..
            } => Given::Undecided(error),
            Members { trace: Some(_), .. } => Given::Decision(json),
            Members {
                case: None,
                decision: None,
                facts: None,
                ..
            } => Given::Case(json),
            Members {
                case,
                decision,
                store,
                problem,
                ..
            } => Given::Order {
                store,
                case: case.map(RawValue::get),
                decision: decision.map(RawValue::get),
                problem,
            },
        })
    }
}

/// What to say of an order without a case or decision.
pub fn undecided(problem: Option<String>) -> String {
    problem.unwrap_or_else(|| "the order has no case yet; its store has not reported it".to_owned())
}
