//! The case of an order: all that the rules need to know about it, and nothing else.
//!
//! Everything is read as of the time at which the order was placed. Of the directory, a case
//! holds the triggers that the order itself names and the affiliates that could claim it: the
//! rest could not change the decision, and a program may have a million coupons.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use waymark_attribution::document::CaseDocument;
use waymark_attribution::money::Currency;
use waymark_attribution::time::Instant;
use waymark_attribution::{CaseError, fold_text, read_json};
use waymark_checkout::Order;
use waymark_checkout::fact::{OrderSnapshot, TouchFact};

use crate::assignment::Assigned;
use crate::directory::Kind;
use crate::document::for_rules;

/// The kind and the key of a directory's row.
pub type RowName = (Kind, String);

/// The rows of a program, as of any time. A case asks it a few questions, each for all that it
/// wants to know at once: they may cost as much as everything else about an order.
pub trait Directory {
    type Error: From<serde_json::Error>;

    /// The bodies of those of the named rows that were in force at that time.
    fn in_force(
        &self,
        named: &BTreeSet<RowName>,
        at: Instant,
    ) -> Result<BTreeMap<RowName, Value>, Self::Error>;

    /// The policy that was in force at that time, with its version: 1 for the program's first.
    fn policy(&self, at: Instant) -> Result<Option<(i64, Value)>, Self::Error>;

    /// The affiliates of those of the links with these numbers that ever were in force.
    fn affiliates_of_links(
        &self,
        numbers: &BTreeSet<u32>,
    ) -> Result<BTreeMap<u32, String>, Self::Error>;
}

/// Builds the case of an order, as JSON. `None` if no policy was in force when it was placed.
///
/// # Errors
/// Only what the directory itself reports. Whether the case is valid is for the rules to say.
pub fn build<D: Directory>(
    order: &Order,
    touches: &[TouchFact],
    assigned: Option<Assigned>,
    directory: &D,
) -> Result<Option<String>, D::Error> {
    let at = order.snapshot.placed_at;
    let Some((version, policy)) = directory.policy(at)? else {
        return Ok(None);
    };
    let links = touches.iter().map(|touch| touch.link).collect();
    let links = directory.affiliates_of_links(&links)?;
    let mut affiliates = BTreeSet::new();
    let mut visits = Vec::with_capacity(touches.len());
    for touch in touches {
        // A link that the program never had cannot be credited to anyone.
        if let Some(affiliate) = links.get(&touch.link) {
            visits.push(json!({
                "id": touch.id,
                "at": touch.at,
                "method": touch.method,
                "affiliate": affiliate,
            }));
            affiliates.insert((Kind::Affiliate, affiliate.clone()));
        }
    }
    let (mut coupons, mut emails) = (Map::new(), Map::new());
    let (mut skus, mut tags) = (Map::new(), Map::new());
    for ((kind, key), body) in directory.in_force(&triggers(&order.snapshot), at)? {
        let Some(affiliate) = body.get("affiliate").and_then(Value::as_str) else {
            continue;
        };
        affiliates.insert((Kind::Affiliate, affiliate.to_owned()));
        match kind {
            // A SKU has a rate of its own.
            Kind::Sku => skus.insert(key, body),
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
        affiliates.insert((Kind::Affiliate, affiliate));
    }
    let mut known = Map::new();
    for ((_, id), body) in directory.in_force(&affiliates, at)? {
        known.insert(id, for_rules(body));
    }
    let mut case = json!({
        "policy": with_version(policy, version),
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
    Ok(Some(case.to_string()))
}

/// Why an order's amounts cannot be put into a case.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
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
