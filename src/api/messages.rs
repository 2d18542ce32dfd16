//! `/v1/receivers` and `/v1/messages`: who is told of events, and what became of it.

use crate::api::error::ApiError;
use crate::api::request::{ApiRequest, ApiResult, limit, number, place};
use crate::program::protocol::messages::{
    ListMessages, ListReceivers, MessageFilter, PauseReceiver, ReplayMessage, TestReceiver,
};

pub async fn receivers(api: &ApiRequest) -> ApiResult {
    api.ask(ListReceivers).await
}

fn missing(kind: &str, name: &str) -> String {
    format!("receiver: the program has no {kind}/{name}")
}

/// Pauses a receiver, or resumes it.
pub async fn pause(api: &ApiRequest, kind: &str, name: &str, paused: bool) -> ApiResult {
    let receiver = format!("{kind}/{name}");
    let request = PauseReceiver { receiver, paused };
    api.find(request, missing(kind, name)).await
}

/// Sends a test to a receiver. Its message is listed by the number that is the answer.
pub async fn test(api: &ApiRequest, kind: &str, name: &str) -> ApiResult {
    let request = TestReceiver {
        kind: kind.to_owned(),
        name: name.to_owned(),
    };
    api.find(request, missing(kind, name)).await
}

/// The messages, or only those to one `receiver`, or in one `state`.
pub async fn messages(api: &ApiRequest) -> ApiResult {
    let [receiver, state, after, wanted] =
        api.parameters(["receiver", "state", "after", "limit"])?;
    let states = ["waiting", "paused", "delivered", "given_up"];
    if state.as_deref().is_some_and(|it| !states.contains(&it)) {
        return Err(ApiError::unprocessable(
            "state: expected waiting, paused, delivered or given_up",
        ));
    }
    let request = ListMessages {
        after: place(after)?,
        limit: limit(wanted)?,
        of: MessageFilter { receiver, state },
    };
    api.ask(request).await
}

/// Sends a message again, whatever became of it before. The receiver knows the event by its id.
pub async fn replay(api: &ApiRequest, message: &str) -> ApiResult {
    let number = number(message)?;
    let missing = format!("message: there is none with the number {number}");
    api.find(ReplayMessage { number }, missing).await
}
