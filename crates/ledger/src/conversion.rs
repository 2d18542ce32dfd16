//! A conversion: as a decision wants it, as the book has it, and what is to be added.

use serde::{Deserialize, Serialize};
use waymark_attribution::fold_text;
use waymark_attribution::money::{Amount, Currency};
use waymark_facts::ruling::NamedClaim;

use crate::{Entry, Status};

/// Whose conversion by what: the identity of a conversion within its order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The affiliate's id.
    pub affiliate: String,
    /// `link`, `qr`, `coupon`, `email`, `sku`, `tag` or `assigned`.
    pub method: String,
    /// The touch id, the code, the SKU …, as the decision names it.
    pub evidence: String,
    /// An order whose currency changed starts its conversions anew: sums have one currency.
    pub currency: Currency,
}

impl Claim {
    /// Whether two claims are one conversion. Codes and tags are compared as the rules compare
    /// them: a store that spells one differently in a later call does not start a new conversion.
    pub(crate) fn is_same_as(&self, other: &Claim) -> bool {
        self.currency == other.currency
            && self.is_named(&other.affiliate, &other.method, &other.evidence)
    }

    /// Whether a person's ruling means this claim.
    pub(crate) fn is_meant_by(&self, named: &NamedClaim) -> bool {
        self.is_named(&named.affiliate, &named.method, &named.evidence)
    }

    fn is_named(&self, affiliate: &str, method: &str, evidence: &str) -> bool {
        let same_evidence = match method {
            "coupon" | "tag" => fold_text(&self.evidence) == fold_text(evidence),
            _ => self.evidence == evidence,
        };
        same_evidence && self.affiliate == affiliate && self.method == method
    }
}

/// What a conversion is worth, and whether it counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Where it stands.
    pub status: Status,
    /// Why nothing is owed for an unqualified conversion, as the decision names it.
    pub reason: Option<String>,
    /// Whether the affiliate sees it.
    pub visible: bool,
    /// Whether a person has to look at it.
    pub review: bool,
    /// The share of the order, in basis points. Zero for what is not credited.
    pub share_bp: i64,
}

impl Terms {
    /// Those of the same conversion once it is no part of the order any more. What is paid stays paid.
    pub(crate) fn withdrawn(&self) -> Self {
        Self {
            status: match self.status {
                Status::Paid => Status::Paid,
                _ => Status::Reversed,
            },
            reason: None,
            visible: self.visible,
            review: false,
            share_bp: 0,
        }
    }
}

/// A conversion as it stands in the book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booked {
    /// The book's number of the conversion.
    pub number: i64,
    /// Whose conversion it is.
    pub claim: Claim,
    /// What was last said about it.
    pub terms: Terms,
    /// The sum of its entries.
    #[serde(with = "crate::minor")]
    pub balance: Amount,
    /// Whether its affiliate was ever credited, as [`Posting::is_ever_credited`] said when it was
    /// stored. What is recorded as a loser is not, until it wins.
    pub was_credited: bool,
}

impl Booked {
    /// Whether the affiliate is credited, even if nothing of the order is left to earn on.
    pub(crate) fn is_credited(&self) -> bool {
        match self.terms.status {
            // What a decision does not name any more has no share of the order left, nor has what
            // was paid twice.
            Status::Paid | Status::Reversed => self.terms.share_bp > 0,
            status => status.is_credited(),
        }
    }

    /// The conversion with another status and nothing else changed.
    pub(crate) fn becoming(&self, status: Status) -> Posting {
        Posting {
            number: Some(self.number),
            claim: self.claim.clone(),
            was: Some(self.terms.status),
            terms: Terms {
                status,
                ..self.terms.clone()
            },
            entry: None,
            was_credited: self.was_ever_credited(),
        }
    }

    pub(crate) fn was_ever_credited(&self) -> bool {
        self.was_credited || self.terms.status.is_credited()
    }
}

/// A conversion as a decision wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Whose conversion it is.
    pub claim: Claim,
    /// `pending`, `held`, `denied` or `unqualified`: the rest is not for a decision to say.
    pub terms: Terms,
    /// What is owed for it.
    pub commission: Amount,
}

impl Wanted {
    pub(crate) fn is_credited(&self) -> bool {
        !matches!(
            self.terms.status,
            Status::Denied | Status::Unqualified | Status::Reversed
        )
    }
}

/// What is to be added to the book for one conversion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// The conversion's number; `None` for a new one.
    pub number: Option<i64>,
    /// Whose conversion it is.
    pub claim: Claim,
    /// Where it stood before; `None` for a new one.
    pub was: Option<Status>,
    /// The terms from now on.
    pub terms: Terms,
    /// The entry to append, if the amount differs.
    pub entry: Option<Entry>,
    /// Whether its affiliate was ever credited before.
    pub was_credited: bool,
}

impl Posting {
    /// Whether the affiliate was ever credited, by this posting or before: to be stored with the
    /// conversion.
    #[must_use]
    pub fn is_ever_credited(&self) -> bool {
        self.was_credited || self.terms.status.is_credited()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(method: &str, evidence: &str) -> Claim {
        Claim {
            affiliate: "ana".to_owned(),
            method: method.to_owned(),
            evidence: evidence.to_owned(),
            currency: "USD".parse().unwrap(),
        }
    }

    #[test]
    fn a_code_spelt_otherwise_is_the_same_conversion_a_touch_id_is_not() {
        assert!(claim("coupon", " Save10").is_same_as(&claim("coupon", "SAVE10")));
        assert!(claim("tag", "ΦΊΛΟΣ").is_same_as(&claim("tag", "φι\u{301}λος")));
        assert!(!claim("link", "abc").is_same_as(&claim("link", "ABC")));
        assert!(!claim("coupon", "x").is_same_as(&claim("tag", "x")));
        let euros = Claim {
            currency: "EUR".parse().unwrap(),
            ..claim("link", "abc")
        };
        assert!(!euros.is_same_as(&claim("link", "abc")));
    }
}
