//! What one call of a store said.
//!
//! Parsers return a [`Delivery`], which may hold an e-mail in the clear and can therefore be
//! neither stored nor printed. [`Delivery::seal`] turns it into a [`SealedDelivery`] of [`Fact`]s.

use crate::landing;
use serde::{Deserialize, Serialize};
use waymark_attribution::time::Instant;
use waymark_facts::email::{EmailKey, PlainEmail};
use waymark_facts::{Fact, FactKind};

/// What became of a call that was signed by its store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// Something about an order.
    Delivery(Delivery),
    /// The order has changed; what it is now has to be asked of the store.
    Changed {
        /// The order's id.
        order_id: String,
    },
    /// Two of the store's customers turned out to be one.
    Merged {
        /// The id that the store keeps.
        kept: String,
        /// The id that is no more.
        gone: String,
    },
    /// A person's data is asked for, or to be erased.
    Privacy(PrivacyRequest),
    /// Understood, and of no concern to attribution.
    Ignored {
        /// Why, in words.
        reason: &'static str,
    },
}

/// What a store passes on of a customer who asks what is known, or to be forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivacyRequest {
    /// What is asked for.
    pub what: PrivacyRequestKind,
    /// The customer's id, as the store gives it.
    pub customer_id: Option<String>,
    /// The customer's address.
    pub email: Option<PlainEmail>,
    /// Orders that the store names. It may know of none, and Waymark of more.
    pub orders: Vec<String>,
}

/// What a store asks for on behalf of a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrivacyRequestKind {
    /// The customer asks what is known: the merchant has to answer.
    Disclose,
    /// The customer is to be forgotten.
    EraseCustomer,
    /// The shop has left: everybody is to be forgotten.
    EraseShop,
}

/// What one call of a store said, before its e-mails are sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The id of the order in its store that all of it is about, or one of its other names.
    pub order_id: String,
    /// Names by which the store's other calls speak of this order, such as Stripe's payment: what
    /// is heard under such a name is about this order.
    pub other_names: Vec<String>,
    /// What is said about the order.
    pub reports: Vec<FactKind<PlainEmail>>,
    /// Waymark tokens found in the payload, unverified: anyone could have put them there.
    pub tokens: Vec<String>,
    /// Addresses of the pages on which the shopper came to the shop, which may have a token in
    /// their query.
    pub landing_pages: Vec<String>,
}

/// What one call of a store said, fit to be stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedDelivery {
    /// The order's id.
    pub order_id: String,
    /// Other ids by which the store speaks of the order.
    pub other_names: Vec<String>,
    /// What is said about the order.
    pub facts: Vec<Fact>,
    /// Visitors' tokens that came with it.
    pub tokens: Vec<String>,
    /// Addresses at which the customer came to the shop.
    pub landing_pages: Vec<String>,
}

impl SealedDelivery {
    /// Every token: those that the order carries, then those in the addresses of its landing pages,
    /// where the query has them under the program's `settings.token_parameter`.
    pub fn all_tokens<'a>(&'a self, token_parameter: &'a str) -> impl Iterator<Item = String> + 'a {
        let landed = self.landing_pages.iter();
        let landed = landed.filter_map(|address| landing::token(address, token_parameter));
        self.tokens.iter().cloned().chain(landed)
    }
}

impl Delivery {
    /// Dates a deletion, and that an order was restored, by when the call was heard, where the call itself
    /// does not say when: for a store that may restore what it deleted.
    #[must_use]
    pub fn heard_at(mut self, now: Instant) -> Self {
        for report in &mut self.reports {
            if let FactKind::Deleted { at } | FactKind::Restored { at } = report {
                *at = at.or(Some(now));
            }
        }
        self
    }

    /// Replaces each e-mail by its keyed hash. One that is no address is dropped: it could match
    /// nobody.
    #[must_use]
    pub fn seal(self, key: &EmailKey) -> SealedDelivery {
        SealedDelivery {
            order_id: self.order_id,
            other_names: self.other_names,
            facts: self
                .reports
                .into_iter()
                .map(|report| Fact::new(report.seal(key)))
                .collect(),
            tokens: self.tokens,
            landing_pages: self.landing_pages,
        }
    }
}
