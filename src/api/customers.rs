//! `/v1/customers`: what is kept of a customer, and whom the customer belongs to.
//!
//! A customer is named in the body, never in the address: addresses are logged on the way.

use serde::Deserialize;
use worker::Env;

use crate::api::error::Refusal;
use crate::api::request::{Answer, Call, place, signed};
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
    fn who(self, env: &Env) -> Result<Who, Refusal> {
        if self.customer_id.is_none() && self.email.is_none() {
            return Err(Refusal::unprocessable(
                "customer_id: expected the store's id of the customer, or an `email`",
            ));
        }
        if self.customer_id.is_some() && self.store.is_none() {
            return Err(Refusal::unprocessable(
                "store: expected the store that the customer_id is of",
            ));
        }
        let email = match self.email {
            None => None,
            Some(email) => {
                let hash = secrets::email_key(env)?.hash(&email);
                let hash = hash.ok_or_else(|| {
                    Refusal::unprocessable("email: expected one address, such as a@shop.example")
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
pub async fn lookup(call: &Call) -> Answer {
    let (after, limit) = call.page()?;
    let named: Named = call.json().await?;
    let request = ShowCustomer {
        who: named.who(call.merchant.env())?,
        after: place(after)?,
        limit,
    };
    call.ask(request).await
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
pub async fn assign(call: &Call) -> Answer {
    let assign: Assign = call.json().await?;
    let Signed { by, reason } = signed(&assign.by, &assign.reason)?;
    let missing = format!(
        "affiliate: the program has none in force with the id {}",
        assign.affiliate.as_deref().unwrap_or_default()
    );
    let request = AssignCustomer {
        who: assign.customer.who(call.merchant.env())?,
        affiliate: assign.affiliate,
        by,
        reason,
    };
    call.find(request, missing).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Erase {
    customer: Named,
    by: String,
    reason: String,
}

/// Forgets a customer: what identifies the person goes, amounts and credit stay.
pub async fn erase(call: &Call) -> Answer {
    let erase: Erase = call.json().await?;
    let request = EraseCustomer {
        signed: signed(&erase.by, &erase.reason)?,
        who: erase.customer.who(call.merchant.env())?,
    };
    call.ask(request).await
}
