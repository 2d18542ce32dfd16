//! The case of an order: all that the rules need to know about it, and nothing else.
//!
//! Everything is read as of the time at which the order was placed. Of the directory, a case
//! holds the triggers that the order itself names and the affiliates that could claim it: the
//! rest could not change the decision, and a program may have a million coupons.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use waymark_attribution::document::CaseDocument;
use waymark_attribution::money::Currency;
use waymark_attribution::time::Instant;
use waymark_attribution::{CaseError, fold_text, read_json};
use waymark_facts::Order;
use waymark_facts::fact::{OrderSnapshot, TouchFact};
use waymark_program::directory::{Kind, Row};
use waymark_program::document::for_rules;

use crate::assignment::Assigned;

/// The kind and the key of a directory's row.
pub type RowName = (Kind, String);

/// What a case wants to know of a program's directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// As of when: that at which the order was placed.
    pub at: Instant,
    /// The coupons, tags, e-mails and SKUs that the order itself names. Of each row that was in
    /// force, its affiliate is wanted, too.
    pub triggers: BTreeSet<RowName>,
    /// The numbers of links, each of whose affiliates is wanted, whenever the link was in force.
    pub links: BTreeSet<u32>,
    /// Affiliates to whom the customer may belong.
    pub affiliates: BTreeSet<String>,
}

impl Names {
    /// What the case of an order wants to know.
    pub fn of(order: &Order, touches: &[TouchFact], assigned: &[Assigned]) -> Self {
        Self {
            at: order.snapshot.placed_at,
            triggers: triggers(&order.snapshot),
            links: touches.iter().map(|touch| touch.link).collect(),
            affiliates: assigned.iter().map(|it| it.affiliate.clone()).collect(),
        }
    }
}

/// What was found of a program's directory, as of when an order was placed. More than a case wants
/// does no harm.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Directory {
    /// The policy that was in force, if any was.
    pub policy: Option<Policy>,
    /// The rows that were in force, each once.
    pub rows: Vec<Row>,
    /// Whose links with these numbers are.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub links: BTreeMap<u32, String>,
    /// Whether any row is a SKU's. It matters where an order does not name all of its SKUs, and is looked
    /// for only then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_skus: bool,
}

/// A policy as the program has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// 1 for the program's first.
    pub version: i64,
    /// As it stands in the program file.
    pub body: Value,
}

impl Directory {
    /// Whether it matters what was bought, and how many of it.
    pub(crate) fn goes_by_lines(&self) -> bool {
        // A policy's names for what it takes from SKUs and pieces; a preset has none of them.
        let policy = self.policy.as_ref().map(|policy| policy.body.to_string());
        let mut names = ["\"sku\"", "\"per_item\""].into_iter();
        self.has_skus || policy.is_some_and(|policy| names.any(|name| policy.contains(name)))
    }

    fn get(&self, kind: Kind, key: &str) -> Option<&Value> {
        let mut rows = self.rows.iter();
        let found = rows.find(|row| row.kind == kind && row.key == key);
        found.map(|row| &row.body)
    }
}

/// Builds the case of an order, as JSON. `None` if no policy was in force when it was placed.
///
/// Whether the case is valid is for the rules to say.
pub fn build(
    order: &Order,
    touches: &[TouchFact],
    assigned: Option<&Assigned>,
    directory: &Directory,
) -> Option<String> {
    let policy = directory.policy.as_ref()?;
    let mut affiliates = BTreeSet::new();
    let mut visits = Vec::with_capacity(touches.len());
    for touch in touches {
        // A link that the program never had cannot be credited to anyone.
        if let Some(affiliate) = directory.links.get(&touch.link) {
            visits.push(json!({
                "id": touch.id,
                "at": touch.at,
                "method": touch.method,
                "affiliate": affiliate,
            }));
            affiliates.insert(affiliate.as_str());
        }
    }
    let (mut coupons, mut emails) = (Map::new(), Map::new());
    let (mut skus, mut tags) = (Map::new(), Map::new());
    for (kind, key) in triggers(&order.snapshot) {
        let Some(body) = directory.get(kind, &key) else {
            continue;
        };
        let Some(affiliate) = body.get("affiliate").and_then(Value::as_str) else {
            continue;
        };
        affiliates.insert(affiliate);
        match kind {
            // A SKU has a rate of its own.
            Kind::Sku => skus.insert(key, body.clone()),
            Kind::Coupon => coupons.insert(key, affiliate.into()),
            Kind::Email => emails.insert(key, affiliate.into()),
            _ => tags.insert(key, affiliate.into()),
        };
    }
    let mut customer = Map::new();
    if let Some(Assigned { affiliate, at }) = assigned {
        customer.insert(
            "assigned".to_owned(),
            json!({ "affiliate": affiliate, "at": at }),
        );
        affiliates.insert(affiliate);
    }
    let mut known = Map::new();
    for id in affiliates {
        if let Some(body) = directory.get(Kind::Affiliate, id) {
            known.insert(id.to_owned(), for_rules(body.clone()));
        }
    }
    let mut case = json!({
        "policy": with_version(policy.body.clone(), policy.version),
        "directory": {
            "affiliates": known,
            "coupons": coupons,
            "emails": emails,
            "skus": skus,
            "tags": tags,
        },
        "customer": customer,
        "touches": visits,
        "order": order.document(),
    });
    let currency = order.snapshot.currency;
    if let (Value::Object(case), false) = (&mut case, currency.is_iso()) {
        let currencies = json!({ currency.code(): currency.digits() });
        case.insert("currencies".to_owned(), currencies);
    }
    Some(case.to_string())
}

/// Why an order's amounts cannot be put into a case.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the message of each says what it means")]
pub enum AmountsError {
    /// The case is not one.
    #[error(transparent)]
    Case(#[from] CaseError),
    #[error(
        "the order is in {order} now and was in {case}: its commission stays as it was; correct \
         the order's currency in the store"
    )]
    OtherCurrency { case: Currency, order: Currency },
}

/// An earlier case with the id and the amounts of an order as it is now: its lines, discount,
/// shipping, tax and refunds, and whether it was cancelled. All else is kept – policy, directory,
/// customer, touches, when it was placed, e-mail, coupons, tags – and with it who is credited.
///
/// This is how an approved order is decided again, and how a renewal is credited as the first order
/// of its subscription was. An order that is cancelled may be in any currency: nothing of it is
/// left, whatever its amounts were.
///
/// # Errors
/// What is stored is no case, or the amounts are in another currency.
pub fn with_amounts_of(case: &str, order: &Order) -> Result<String, AmountsError> {
    let mut case: CaseDocument<'_> = read_json(case)?;
    let (before, currency) = (case.currency()?, order.snapshot.currency);
    let now = order.document();
    let then = &mut case.order;
    if before == currency {
        then.lines = now.lines;
        then.discount = now.discount;
        then.shipping = now.shipping;
        then.tax = now.tax;
        then.refunds = now.refunds;
    } else if !now.cancelled {
        return Err(AmountsError::OtherCurrency {
            case: before,
            order: currency,
        });
    }
    then.id = now.id;
    then.cancelled = now.cancelled;
    // A struct of text and integers with string keys has nothing that serde_json could refuse.
    Ok(serde_json::to_string(&case).unwrap_or_default())
}

/// The rows that the order itself names: its coupons, tags, e-mail and SKUs.
fn triggers(snapshot: &OrderSnapshot) -> BTreeSet<RowName> {
    let coupons = snapshot.coupons.iter();
    let tags = snapshot.tags.iter().chain(&snapshot.customer_tags);
    let emails = snapshot.email.iter();
    let skus = snapshot.lines.iter().filter_map(|line| line.sku.clone());
    let coupons = coupons.map(|it| (Kind::Coupon, fold_text(it).into_owned()));
    let tags = tags.map(|it| (Kind::Tag, fold_text(it).into_owned()));
    let emails = emails.map(|it| (Kind::Email, it.as_str().to_owned()));
    let skus = skus.map(|it| (Kind::Sku, it));
    coupons.chain(tags).chain(emails).chain(skus).collect()
}

/// The policy with its version in it, so that a decision names the policy that it was made by. A
/// version that the file itself gives stays.
fn with_version(policy: Value, version: i64) -> Value {
    match policy {
        Value::String(preset) => json!({ "preset": preset, "version": version }),
        Value::Object(mut fields) => {
            fields.entry("version").or_insert_with(|| version.into());
            Value::Object(fields)
        }
        other => other,
    }
}
