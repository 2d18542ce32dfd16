//! `/v1/stores`: the stores that are looked at for orders that no call told of.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use worker::Env;

use super::{Answer, ask, find};
use crate::program::Command;

#[worker::send]
pub async fn list(State(env): State<Env>) -> Answer {
    ask(&env, &Command::Stores).await
}

/// Has a store looked at now. What comes of it is shown by the list.
#[worker::send]
pub async fn look(State(env): State<Env>, source: Result<Path<String>, PathRejection>) -> Answer {
    let Path(source) = source?;
    let missing = format!(
        "store: there is no endpoint of the source {source} that has an api and is a shopify, \
         woocommerce or stripe store"
    );
    find(&env, &Command::Look { source }, missing).await
}
