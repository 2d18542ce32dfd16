//! The platforms that Waymark knows, and what is particular to each: a file a platform.
//!
//! A further one is a file (or a folder) beside these, whose `DESCRIPTION` says how it signs, what its
//! calls mean, and what it can be asked, and a line here.

use serde::{Deserialize, Serialize};
use waymark_attribution::time::Instant;
use waymark_signatures::Scheme;

use crate::access::{Access, ApiField};
use crate::delivery::{Delivery, Parsed};
use crate::description::{Description, Fetch};
use crate::grant::{self, GrantRequest, Token};
use crate::payload::Unusable;
use crate::sync::{Cursor, Failure, Request, Response, SyncPage};
use crate::{bigcommerce, generic, shopify, stripe, woocommerce};

/// Which platform a store runs on, and so how it signs and what its orders look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// Shopify
    Shopify,
    /// Stripe
    Stripe,
    /// WooCommerce
    WooCommerce,
    /// BigCommerce
    BigCommerce,
    /// Any other server, by our own documented JSON.
    Generic,
}

impl Platform {
    /// Every platform.
    pub const ALL: [Self; 5] = [
        Self::Shopify,
        Self::Stripe,
        Self::WooCommerce,
        Self::BigCommerce,
        Self::Generic,
    ];

    fn description(self) -> &'static Description {
        match self {
            Self::Shopify => &shopify::DESCRIPTION,
            Self::Stripe => &stripe::DESCRIPTION,
            Self::WooCommerce => &woocommerce::DESCRIPTION,
            Self::BigCommerce => &bigcommerce::DESCRIPTION,
            Self::Generic => &generic::DESCRIPTION,
        }
    }

    /// As the program file names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.description().name
    }

    /// How its calls are signed.
    #[must_use]
    pub fn scheme(self) -> Scheme {
        self.description().scheme
    }

    /// The header that names a call's topic, in lower case; `None` where the body says it.
    #[must_use]
    pub fn topic_header(self) -> Option<&'static str> {
        self.description().topic_header
    }

    /// What its API needs to be opened; empty where there is none to ask.
    #[must_use]
    pub fn api_fields(self) -> &'static [ApiField] {
        self.description().api
    }

    /// What its API needs to be opened by tokens that are asked for and end; empty where it gives none.
    #[must_use]
    pub fn grant_fields(self) -> &'static [ApiField] {
        let grant = self.description().grant.as_ref();
        grant.map_or(&[], |grant| grant.fields)
    }

    /// The request for a token, with the secret of the app that signs its calls; `None` where it gives none.
    #[must_use]
    pub fn grant_request(self, access: &Access, secret: &str) -> Option<GrantRequest> {
        let grant = self.description().grant.as_ref()?;
        Some((grant.request)(access, secret))
    }

    /// Reads the response to [`Platform::grant_request`].
    ///
    /// # Errors
    /// No token was given: why, for the merchant.
    pub fn granted(self, status: u16, body: &[u8]) -> Result<Token, String> {
        let grant = self.description().grant.as_ref();
        grant::token(grant.map_or("", |grant| grant.hint), status, body)
    }

    /// Whether its calls say no more than that an order changed, so that its API is required.
    #[must_use]
    pub fn only_notifies(self) -> bool {
        self.description().only_notifies
    }

    /// Whether it can be asked for what changed.
    #[must_use]
    pub fn can_sync(self) -> bool {
        self.description().sync.is_some()
    }

    /// Whether it says more of an order's refunds when it is asked than in its calls.
    #[must_use]
    pub fn details_refunds(self) -> bool {
        let description = self.description();
        description.fetch.is_some() && !description.only_notifies
    }

    /// Reads the body of a call whose signature was verified, first heard at `now`.
    ///
    /// `topic` is the value of [`Platform::topic_header`], empty where there is none.
    ///
    /// # Errors
    /// [`Unusable`] for a topic that the platform is not known to have, and for a payload without a
    /// usable id, time, currency or amount.
    pub fn parse(self, topic: &str, body: &[u8], now: Instant) -> Result<Parsed, Unusable> {
        let description = self.description();
        let parsed = (description.parse)(topic, body)?;
        Ok(match parsed {
            Parsed::Delivery(delivery) if description.undated_deletions => {
                Parsed::Delivery(delivery.heard_at(now))
            }
            parsed => parsed,
        })
    }

    /// Opens a store's API with the value of each field that it needs.
    ///
    /// # Errors
    /// What `value` says is wrong with a field.
    pub fn open<E>(self, value: impl Fn(&ApiField) -> Result<String, E>) -> Result<Access, E> {
        Access::of(self.api_fields(), value)
    }

    /// Opens a store's API with the value of each field that a token is asked for with. The token is
    /// [added](Access::with_token) once there is one.
    ///
    /// # Errors
    /// What `value` says is wrong with a field.
    pub fn open_by_grant<E>(
        self,
        value: impl Fn(&ApiField) -> Result<String, E>,
    ) -> Result<Access, E> {
        Access::of(self.grant_fields(), value)
    }

    /// The request that brings a sync on; `None` where there is no list of what changed.
    #[must_use]
    pub fn sync_request(self, access: &Access, cursor: &Cursor) -> Option<Request> {
        let sync = self.description().sync.as_ref()?;
        Some((sync.request)(access, cursor))
    }

    /// Reads the response to [`Platform::sync_request`], which came at `now`.
    ///
    /// # Errors
    /// The store did not say what was asked: why, and how to go on.
    pub fn sync_page(
        self,
        access: &Access,
        cursor: &Cursor,
        response: &Response<'_>,
        now: Instant,
    ) -> Result<SyncPage, Failure> {
        match &self.description().sync {
            Some(sync) => {
                let parse = |topic: &str, body: &[u8]| self.parse(topic, body, now);
                sync.page(access, cursor, response, now, parse)
            }
            None => Err(cursor.failure(NO_LIST.to_owned())),
        }
    }

    /// What to ask for all that is known of one order, in the sequence in which
    /// [`Platform::fetched`] takes the bodies.
    ///
    /// # Errors
    /// [`Unusable`] where the id could lead elsewhere, and where the platform's calls say all.
    pub fn fetch_requests(self, access: &Access, order_id: &str) -> Result<Vec<Request>, Unusable> {
        (self.fetch()?.requests)(access, order_id)
    }

    /// What is left to be asked for of the order after these answers, one by one; `None` if that is all.
    ///
    /// # Errors
    /// [`Unusable`] names the answer that cannot be used.
    pub fn fetch_further(
        self,
        access: &Access,
        order_id: &str,
        bodies: &[Vec<u8>],
    ) -> Result<Option<Request>, Unusable> {
        (self.fetch()?.further)(access, order_id, bodies)
    }

    /// Reads what was asked for.
    ///
    /// # Errors
    /// [`Unusable`] names the answer and the field that is missing or wrong.
    pub fn fetched(self, bodies: &[Vec<u8>]) -> Result<Delivery, Unusable> {
        (self.fetch()?.read)(bodies)
    }

    fn fetch(self) -> Result<&'static Fetch, Unusable> {
        let fetch = self.description().fetch.as_ref();
        fetch.ok_or_else(|| Unusable {
            path: "api".to_owned(),
            message: format!("a {} store is not asked for single orders", self.name()),
        })
    }
}

const NO_LIST: &str = "there is no list of what changed";
