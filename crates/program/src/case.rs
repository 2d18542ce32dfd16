//! The case of an order: all that the rules need to know about it, and nothing else.
//!
//! Everything is read as of the time at which the order was placed. Of the directory, a case
//! holds the triggers that the order itself names and the affiliates that could claim it: the
//! rest could not change the decision, and a program may have a million coupons.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use waymark_attribution::document::CaseDocument;
use waymark_attribution::money::Currency;
use waymark_attribution::time::Instant;
use waymark_attribution::{CaseError, read_json};
use waymark_checkout::Order;
use waymark_checkout::fact::TouchFact;

use crate::directory::Kind;
use crate::document::Affiliate;
use crate::validate::comparable;

/// The rows of a program, as of any time.
pub trait Directory {
    type Error: From<serde_json::Error>;

    /// The body of the row of that kind and key that was in force at that time.
    fn in_force(&self, kind: Kind, key: &str, at: Instant) -> Result<Option<Value>, Self::Error>;

    /// The policy that was in force at that time, with its version: 1 for the program's first.
    fn policy(&self, at: Instant) -> Result<Option<(i64, Value)>, Self::Error>;

    /// The affiliate of the link with that number, in force or not.
    fn affiliate_of_link(&self, number: u32) -> Result<Option<String>, Self::Error>;
}

/// A customer's affiliate, since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assigned {
    pub affiliate: String,
    pub at: Instant,
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
    let mut claims = Claims::new(directory, at);
    let mut visits = Vec::with_capacity(touches.len());
    for touch in touches {
        // A link that the program never had cannot be credited to anyone.
        if let Some(affiliate) = directory.affiliate_of_link(touch.link)? {
            visits.push(json!({
                "id": touch.id,
                "at": touch.at,
                "method": touch.method,
                "affiliate": affiliate,
            }));
            claims.affiliates.insert(affiliate);
        }
    }
    let snapshot = &order.snapshot;
    let coupons = claims.triggers(
        Kind::Coupon,
        snapshot.coupons.iter().map(|it| comparable(it)),
    )?;
    let tags = snapshot.tags.iter().chain(&snapshot.customer_tags);
    let tags = claims.triggers(Kind::Tag, tags.map(|tag| comparable(tag)))?;
    let emails = snapshot.email.iter().map(|email| email.as_str().to_owned());
    let emails = claims.triggers(Kind::Email, emails)?;
    let skus = snapshot.lines.iter().filter_map(|line| line.sku.clone());
    let skus = claims.skus(skus)?;
    let mut customer = Map::new();
    if let Some(Assigned { affiliate, at }) = assigned {
        customer.insert(
            "assigned".to_owned(),
            json!({ "affiliate": affiliate, "at": at }),
        );
        claims.affiliates.insert(affiliate);
    }
    let affiliates = claims.affiliates()?;
    let case = json!({
        "policy": with_version(policy, version),
        "directory": {
            "affiliates": affiliates,
            "coupons": coupons,
            "emails": emails,
            "skus": skus,
            "tags": tags,
        },
        "customer": customer,
        "touches": visits,
        "order": order.document(),
    });
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
    let now = order.document();
    let then = &mut case.order;
    if then.currency == now.currency {
        then.lines = now.lines;
        then.discount = now.discount;
        then.shipping = now.shipping;
        then.tax = now.tax;
        then.refunds = now.refunds;
    } else if !now.cancelled {
        return Err(AmountsError::OtherCurrency {
            case: then.currency,
            order: now.currency,
        });
    }
    then.id = now.id;
    then.cancelled = now.cancelled;
    // A struct of text and integers with string keys has nothing that serde_json could refuse.
    Ok(serde_json::to_string(&case).unwrap_or_default())
}

/// Collects what the order's triggers say, and whom they name.
struct Claims<'d, D> {
    directory: &'d D,
    at: Instant,
    affiliates: BTreeSet<String>,
}

impl<'d, D: Directory> Claims<'d, D> {
    fn new(directory: &'d D, at: Instant) -> Self {
        Self {
            directory,
            at,
            affiliates: BTreeSet::new(),
        }
    }

    /// Trigger → affiliate, of those keys that the directory knows.
    fn triggers(
        &mut self,
        kind: Kind,
        keys: impl Iterator<Item = String>,
    ) -> Result<Map<String, Value>, D::Error> {
        let mut known = Map::new();
        for key in keys {
            if let Some((affiliate, _)) = self.trigger(kind, &key)? {
                known.insert(key, Value::String(affiliate));
            }
        }
        Ok(known)
    }

    /// SKU → affiliate and rate, of those that the directory knows.
    fn skus(&mut self, keys: impl Iterator<Item = String>) -> Result<Map<String, Value>, D::Error> {
        let mut known = Map::new();
        for key in keys {
            if let Some((_, body)) = self.trigger(Kind::Sku, &key)? {
                known.insert(key, body);
            }
        }
        Ok(known)
    }

    fn trigger(&mut self, kind: Kind, key: &str) -> Result<Option<(String, Value)>, D::Error> {
        let Some(body) = self.directory.in_force(kind, key, self.at)? else {
            return Ok(None);
        };
        let Some(affiliate) = body.get("affiliate").and_then(Value::as_str) else {
            return Ok(None);
        };
        let affiliate = affiliate.to_owned();
        self.affiliates.insert(affiliate.clone());
        Ok(Some((affiliate, body)))
    }

    /// The affiliates named so far, of those that were in force.
    fn affiliates(self) -> Result<Map<String, Value>, D::Error> {
        let mut known = Map::new();
        for id in self.affiliates {
            if let Some(body) = self.directory.in_force(Kind::Affiliate, &id, self.at)? {
                let affiliate: Affiliate = serde_json::from_value(body)?;
                known.insert(id, affiliate.for_rules());
            }
        }
        Ok(known)
    }
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
