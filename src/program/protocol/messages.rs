//! What is asked about messages: who is told of events, and what became of it.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use waymark_outbox::health::Health;

/// Who is told of events, and how they are.
#[derive(Serialize, Deserialize)]
pub struct ListReceivers;

/// Pause a receiver, or resume it; all of them then.
#[derive(Serialize, Deserialize)]
pub struct PauseReceiver {
    pub receiver: String,
    pub paused: bool,
}

/// Send a test to the receiver of that kind and name.
#[derive(Serialize, Deserialize)]
pub struct TestReceiver {
    pub kind: String,
    pub name: String,
}

/// Messages, the latest first.
#[derive(Serialize, Deserialize)]
pub struct ListMessages {
    pub of: MessageFilter,
    pub after: Option<i64>,
    pub limit: u8,
}

/// Send a message again: `true`.
#[derive(Serialize, Deserialize)]
pub struct ReplayMessage {
    pub number: i64,
}

/// Which messages to list.
#[derive(Serialize, Deserialize)]
pub struct MessageFilter {
    /// `webhook/NAME` or `postback/NAME`.
    pub receiver: Option<String>,
    /// `waiting`, `paused`, `delivered` or `given_up`.
    pub state: Option<String>,
}

/// An event on its way to one receiver, and what came of every try.
#[derive(Serialize)]
pub struct MessageView {
    pub number: i64,
    pub receiver: String,
    pub state: String,
    pub due: String,
    /// As webhooks receive it.
    pub event: Box<RawValue>,
    pub attempts: Box<RawValue>,
}

/// A test that was put into the outbox.
#[derive(Serialize)]
pub struct TestSent {
    /// That of its message.
    pub number: i64,
    /// `waiting`, or `paused` as the receiver is.
    pub state: String,
}

/// Somebody who is told of events.
#[derive(Serialize)]
pub struct ReceiverView {
    /// `webhook/NAME` or `postback/NAME`.
    pub name: String,
    pub health: Health,
    /// Messages that were not received yet.
    pub waiting: i64,
}
