//! What another policy would have done: one case under its own policy and under a new one.

use std::collections::BTreeMap;

use serde::Serialize;
use waymark_attribution::decision::Status;
use waymark_attribution::document::CaseDocument;
use waymark_attribution::money::{Amount, Currency};
use waymark_attribution::{Case, CaseError, Decision, PolicyDocument, resolve};

/// Something as it stands, and under the new policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Both<T> {
    /// As it stands.
    pub before: T,
    /// Under the new policy.
    pub after: T,
}

/// The policy under which orders are decided again.
#[derive(Clone, Debug)]
pub struct NewPolicy {
    policy: PolicyDocument<'static>,
    keep_rates: bool,
}

/// Who earns how much on one order, before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The order's id.
    pub order: String,
    /// Of all its amounts.
    pub currency: Currency,
    /// Who is credited.
    pub credit: Both<Credit>,
}

/// Who is credited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credit {
    /// What each credited affiliate earns, by its id.
    pub earned: BTreeMap<String, Amount>,
    /// Whether a person has to look at it first.
    pub review: bool,
}

/// What the new policy changes for an order; a review is no change of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Other affiliates are credited.
    Hands,
    /// The same are, for other amounts.
    Amounts,
    /// The same are, for the same amounts.
    Nothing,
}

impl NewPolicy {
    /// Fills in what the preset and the defaults say.
    ///
    /// # Errors
    /// If there is no such preset.
    pub fn new(policy: PolicyDocument<'static>, keep_rates: bool) -> Result<NewPolicy, CaseError> {
        Ok(NewPolicy {
            policy: policy.explicit()?,
            keep_rates,
        })
    }

    /// The policy's name and version.
    pub fn version(&self) -> (String, i64) {
        let name = self.policy.name.as_deref().unwrap_or_default();
        (name.to_owned(), self.policy.version.unwrap_or_default())
    }

    /// Whether affiliates without rates of their own earn nothing under it.
    pub fn pays_nothing(&self) -> bool {
        !self.keep_rates && self.policy.rates.is_empty() && self.policy.sku.rates.is_empty()
    }

    /// Decides a case as it stands and under this policy.
    ///
    /// # Errors
    /// It is no case, or either policy cannot decide it, such as a new one with flat rates finer than
    /// the order's currency.
    pub fn compare(&self, json: &str) -> Result<Comparison, String> {
        // Read twice, because only this reading says where a fault lies.
        let before = Case::from_json(json).map_err(|error| error.to_string())?;
        let before = Credit::of(&resolve(&before))?;
        let document: CaseDocument<'_> =
            serde_json::from_str(json).map_err(|error| error.to_string())?;
        let currency = document.currency().map_err(|error| error.to_string())?;
        let document = CaseDocument {
            policy: self.instead_of(document.policy),
            ..document
        };
        let after = Case::try_from(document).map_err(|error| format!("the new {error}"))?;
        let after = resolve(&after);
        Ok(Comparison {
            order: after.order.to_string(),
            currency,
            credit: Both {
                before,
                after: Credit::of(&after)?,
            },
        })
    }

    fn instead_of<'a>(&self, own: PolicyDocument<'a>) -> PolicyDocument<'a> {
        let new = self.policy.clone();
        match self.keep_rates {
            false => new,
            true => PolicyDocument {
                rates: own.rates,
                sku: own.sku,
                include_shipping: own.include_shipping,
                include_tax: own.include_tax,
                ..new
            },
        }
    }
}

impl Credit {
    fn of(decision: &Decision<'_>) -> Result<Credit, String> {
        let too_large = || "commission: more than 64 bits of minor units".to_owned();
        let mut earned = BTreeMap::<String, Amount>::new();
        let credited = decision.conversions.iter();
        for conversion in credited.filter(|it| it.status == Status::Pending) {
            let commission = conversion.commission.amount().map_err(|_| too_large())?;
            let sum = earned.entry(conversion.affiliate.to_string()).or_default();
            *sum = sum.checked_add(commission).ok_or_else(too_large)?;
        }
        Ok(Credit {
            earned,
            review: decision.review,
        })
    }
}

impl Comparison {
    /// What the new policy changes.
    pub fn change(&self) -> Change {
        let Both { before, after } = &self.credit;
        if before.earned == after.earned {
            Change::Nothing
        } else if before.earned.keys().eq(after.earned.keys()) {
            Change::Amounts
        } else {
            Change::Hands
        }
    }
}
