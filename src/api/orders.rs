//! `/v1/orders`: what became of orders, and what people decide about them.

use serde::Deserialize;
use waymark_attribution::time::Instant;
use waymark_facts::ruling::{NamedClaim, Part, Ruling, RulingFact};

use crate::api::error::ApiError;
use crate::api::request::{ApiRequest, ApiResult, limit, one_of, place, signed};
use crate::platform::durable_object::now;
use crate::program::protocol::Signed;
use crate::program::protocol::orders::{
    Act, ActOnOrder, DecideOrder, ExportOrders, ListOrders, OrderFilter, RuleOnOrder, ShowOrder,
};

/// The orders, or only those in one `state`.
pub async fn list(api: &ApiRequest) -> ApiResult {
    let [state, after, wanted] = api.parameters(["state", "after", "limit"])?;
    let request = ListOrders {
        only: one_of("state", state.as_deref())?.unwrap_or(OrderFilter::All),
        after: place(after)?,
        limit: limit(wanted)?,
    };
    api.ask(request).await
}

/// The most orders in one page of the export: each is some 10 KB.
const MAX_WHOLE: u8 = 50;

/// All orders, whole, page by page.
pub async fn export(api: &ApiRequest) -> ApiResult {
    let (after, limit) = api.page()?;
    let request = ExportOrders {
        after: place(after)?,
        limit: limit.min(MAX_WHOLE),
    };
    api.ask(request).await
}

pub async fn one(api: &ApiRequest, store: &str, id: &str) -> ApiResult {
    let request = ShowOrder {
        store: store.to_owned(),
        id: id.to_owned(),
    };
    api.find(request, missing(store, id)).await
}

pub async fn decide(api: &ApiRequest, store: &str, id: &str) -> ApiResult {
    let request = DecideOrder {
        store: store.to_owned(),
        id: id.to_owned(),
    };
    api.find(request, missing(store, id)).await
}

fn missing(store: &str, id: &str) -> String {
    format!("order: {store} has reported none with the id {id}")
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
    fn ruling(self) -> Result<Ruling, ApiError> {
        let deny = self.deny.then_some(Ruling::Deny);
        let accept = self.accept.map(|claim| Ruling::Accept { claim });
        let split = self.split.map(|parts| Ruling::Split { parts });
        let undo = self.undo.map(|id| Ruling::Undo { id });
        let mut given = [accept, split, deny, undo].into_iter().flatten();
        let (Some(ruling), None) = (given.next(), given.next()) else {
            return Err(ApiError::unprocessable(
                "body: expected one of `accept`, `split`, `deny` and `undo`",
            ));
        };
        if let Ruling::Split { parts } = &ruling {
            let sum: u64 = parts.iter().map(|part| u64::from(part.share_bp)).sum();
            if sum != 10_000 {
                return Err(ApiError::unprocessable(format!(
                    "split: the shares sum to {sum} basis points; make it 10000"
                )));
            }
        }
        Ok(ruling)
    }
}

/// Takes a person's decision. It is a fact of the order like any other.
pub async fn rule(api: &ApiRequest, store: &str, order_id: &str) -> ApiResult {
    let mut rule: Rule = api.json().await?;
    let Signed { by, reason } = signed(&rule.by, &rule.reason)?;
    let id = match rule.id.take() {
        Some(id) => name("id", &id)?,
        None => new_id()?,
    };
    let ruling = rule.ruling()?;
    let request = RuleOnOrder {
        store: store.to_owned(),
        id: order_id.to_owned(),
        ruling: RulingFact {
            id,
            at: Instant::from_millis(now()),
            by,
            reason,
            ruling,
        },
    };
    api.find(request, missing(store, order_id)).await
}

/// A name that a caller chose.
fn name(field: &str, given: &str) -> Result<String, ApiError> {
    let given = given.trim();
    match given.len() {
        1..=255 => Ok(given.to_owned()),
        _ => Err(ApiError::unprocessable(format!(
            "{field}: expected 1 to 255 bytes"
        ))),
    }
}

/// 16 random bytes, in hexadecimal digits.
fn new_id() -> Result<String, ApiError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| ApiError::new(503, format!("random bytes: {error}")))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Who does something, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Person {
    by: String,
    reason: String,
}

/// Does what a person wants done to an order; answers with the order as it is then.
pub async fn act(api: &ApiRequest, store: &str, id: &str, act: Act) -> ApiResult {
    let Person { by, reason } = api.json().await?;
    let request = ActOnOrder {
        store: store.to_owned(),
        id: id.to_owned(),
        act,
        signed: signed(&by, &reason)?,
    };
    api.find(request, missing(store, id)).await
}
