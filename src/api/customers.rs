//! `/v1/customers`: what is kept of a customer, and whom the customer belongs to.
//!
//! A customer is named in the body, never in the address: addresses are logged on the way.

use axum::extract::State;
use axum::extract::rejection::StringRejection;
use serde::Deserialize;
use worker::Env;

use super::refusal::Refusal;
use super::{Answer, ask, body, find, signed};
use crate::keys;
use crate::program::{Command, Reassign, Signed, Who};

/// A customer, by the store's id (with the store's `source`), by e-mail, or by both.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    #[serde(default)]
    source: Option<String>,
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
        if self.customer_id.is_some() && self.source.is_none() {
            return Err(Refusal::unprocessable(
                "source: expected the store that the customer_id is of",
            ));
        }
        let email = match self.email {
            None => None,
            Some(email) => {
                let hash = keys::email_key(env)?.hash(&email);
                let hash = hash.ok_or_else(|| {
                    Refusal::unprocessable("email: expected one address, such as a@shop.example")
                })?;
                Some(hash.as_str().to_owned())
            }
        };
        Ok(Who {
            source: self.source.unwrap_or_default(),
            customer_id: self.customer_id,
            email,
        })
    }
}

/// What is kept of a customer: orders, and affiliates past and present.
#[worker::send]
pub async fn lookup(State(env): State<Env>, text: Result<String, StringRejection>) -> Answer {
    let named: Named = body(text)?;
    ask(&env, &Command::Customer(named.who(&env)?)).await
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
#[worker::send]
pub async fn assign(State(env): State<Env>, text: Result<String, StringRejection>) -> Answer {
    let assign: Assign = body(text)?;
    let Signed { by, reason } = signed(&assign.by, &assign.reason)?;
    let missing = format!(
        "affiliate: the program has none in force with the id {}",
        assign.affiliate.as_deref().unwrap_or_default()
    );
    let command = Command::Reassign(Reassign {
        who: assign.customer.who(&env)?,
        affiliate: assign.affiliate,
        by,
        reason,
    });
    find(&env, &command, missing).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Erase {
    customer: Named,
    by: String,
    reason: String,
}

/// Forgets a customer: what identifies the person goes, amounts and credit stay.
#[worker::send]
pub async fn erase(State(env): State<Env>, text: Result<String, StringRejection>) -> Answer {
    let erase: Erase = body(text)?;
    let command = Command::Erase {
        signed: signed(&erase.by, &erase.reason)?,
        who: erase.customer.who(&env)?,
    };
    ask(&env, &command).await
}
