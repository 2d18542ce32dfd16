//! What a shard of journeys can be asked, and what it answers.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use waymark_click::{NewTouch, VisitorId};
use worker::{Error, Result};

use crate::merchant::Merchant;
use crate::platform::durable_object::{self, Ask, Json, Reply, requests};

const NAMESPACE: &str = "JOURNEYS";

requests! {
    AppendClicks -> (),
    ReadJourney -> Vec<NewTouch>,
    ForgetJourney -> (),
}

/// Keep these touches, count those that are new, and count other clicks.
#[derive(Serialize, Deserialize)]
pub struct AppendClicks {
    /// A list of [`waymark_click::RecordedTouch`].
    pub touches: Box<RawValue>,
    /// How many clicks made these touches, as pairs: a [`waymark_click::Group`], and how many.
    pub people: Box<RawValue>,
    /// Other clicks, likewise.
    pub others: Box<RawValue>,
}

/// The latest touches that a visitor made up to then (milliseconds), latest first.
#[derive(Serialize, Deserialize)]
pub struct ReadJourney {
    pub visitor: VisitorId,
    pub until: i64,
}

/// Delete every touch of a visitor.
#[derive(Serialize, Deserialize)]
pub struct ForgetJourney {
    pub visitor: VisitorId,
}

/// Asks a merchant's shard of that number.
///
/// # Errors
/// The shard could not be reached, or did not answer in time.
pub async fn ask<R>(merchant: &Merchant, shard: u16, request: R) -> Result<R::Answer>
where
    R: Ask + Into<Command>,
    R::Answer: DeserializeOwned,
{
    let (name, command): (String, Command) = (merchant.shard(shard), request.into());
    let timeout = durable_object::TIMEOUT;
    let reply: Reply<Json<R::Answer>> =
        durable_object::request(merchant.env(), NAMESPACE, &name, &command, timeout).await?;
    match reply {
        Reply::Done(json) => json.read(),
        _ => Err(Error::RustError(
            "journeys: a shard has everything that it is asked for".into(),
        )),
    }
}
