//! `/v1/customers`: what is kept of a customer, and whom the customer belongs to.
//!
//! A customer is named in the body, never in the address: addresses are logged on the way.

use serde::Deserialize;
use worker::Env;

use crate::api::error::ApiError;
use crate::api::request::{ApiRequest, ApiResult, place, signed};
use crate::platform::secrets;
use crate::program::protocol::Signed;
use crate::program::protocol::customers::{AssignCustomer, EraseCustomer, ShowCustomer, Who};

/// A customer, by the store's id (with the store's `store`), by e-mail, or by both.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    #[serde(default)]
    store: Option<String>,
    #[serde(default)]
    customer_id: Option<String>,
    #[serde(default)]
    email: Option<String>,
}

impl Named {
    fn who(self, env: &Env) -> Result<Who, ApiError> {
        if self.customer_id.is_none() && self.email.is_none() {
            return Err(ApiError::unprocessable(
                "customer_id: expected the store's id of the customer, or an `email`",
            ));
        }
        if self.customer_id.is_some() && self.store.is_none() {
            return Err(ApiError::unprocessable(
                "store: expected the store that the customer_id is of",
            ));
        }
        let email = match self.email {
            None => None,
            Some(email) => {
                let hash = secrets::email_key(env)?.hash(&email);
                let hash = hash.ok_or_else(|| {
                    ApiError::unprocessable("email: expected one address, such as a@shop.example")
                })?;
                Some(hash.as_str().to_owned())
            }
        };
        Ok(Who {
            store: self.store.unwrap_or_default(),
            customer_id: self.customer_id,
            email,
        })
    }
}

/// What is kept of a customer: affiliates past and present, and orders, page by page.
pub async fn lookup(api: &ApiRequest) -> ApiResult {
    let (after, limit) = api.page()?;
    let named: Named = api.json().await?;
    let request = ShowCustomer {
        who: named.who(api.merchant.env())?,
        after: place(after)?,
        limit,
    };
    api.ask(request).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Assign {
    customer: Named,
    /// `null`: to nobody. That has to be said: left out, it could be a misspelt name's.
    #[serde(deserialize_with = "Option::deserialize")]
    affiliate: Option<String>,
    by: String,
    reason: String,
}

/// Assigns a customer to another affiliate from now on.
pub async fn assign(api: &ApiRequest) -> ApiResult {
    let assign: Assign = api.json().await?;
    let Signed { by, reason } = signed(&assign.by, &assign.reason)?;
    let missing = format!(
        "affiliate: the program has none in force with the id {}",
        assign.affiliate.as_deref().unwrap_or_default()
    );
    let request = AssignCustomer {
        who: assign.customer.who(api.merchant.env())?,
        affiliate: assign.affiliate,
        by,
        reason,
    };
    api.find(request, missing).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Erase {
    customer: Named,
    by: String,
    reason: String,
}

/// Forgets a customer: what identifies the person goes, amounts and credit stay.
pub async fn erase(api: &ApiRequest) -> ApiResult {
    let erase: Erase = api.json().await?;
    let request = EraseCustomer {
        signed: signed(&erase.by, &erase.reason)?,
        who: erase.customer.who(api.merchant.env())?,
    };
    api.ask(request).await
}
