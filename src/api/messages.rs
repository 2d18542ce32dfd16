//! `/v1/receivers` and `/v1/messages`: who is told of events, and what became of it.

use crate::api::error::Refusal;
use crate::api::request::{Answer, Call, limit, number, place};
use crate::program::protocol::messages::{
    ListMessages, ListReceivers, MessageFilter, PauseReceiver, ReplayMessage, TestReceiver,
};

pub async fn receivers(call: &Call) -> Answer {
    call.ask(ListReceivers).await
}

fn missing(kind: &str, name: &str) -> String {
    format!("receiver: the program has no {kind}/{name}")
}

/// Pauses a receiver, or resumes it.
pub async fn pause(call: &Call, kind: &str, name: &str, paused: bool) -> Answer {
    let receiver = format!("{kind}/{name}");
    let request = PauseReceiver { receiver, paused };
    call.find(request, missing(kind, name)).await
}

/// Sends a test to a receiver. Its message is listed by the number that is the answer.
pub async fn test(call: &Call, kind: &str, name: &str) -> Answer {
    let request = TestReceiver {
        kind: kind.to_owned(),
        name: name.to_owned(),
    };
    call.find(request, missing(kind, name)).await
}

/// The messages, or only those to one `receiver`, or in one `state`.
pub async fn messages(call: &Call) -> Answer {
    let [receiver, state, after, wanted] =
        call.parameters(["receiver", "state", "after", "limit"])?;
    let states = ["waiting", "paused", "delivered", "given_up"];
    if state.as_deref().is_some_and(|it| !states.contains(&it)) {
        return Err(Refusal::unprocessable(
            "state: expected waiting, paused, delivered or given_up",
        ));
    }
    let request = ListMessages {
        after: place(after)?,
        limit: limit(wanted)?,
        of: MessageFilter { receiver, state },
    };
    call.ask(request).await
}

/// Sends a message again, whatever became of it before. The receiver knows the event by its id.
pub async fn replay(call: &Call, message: &str) -> Answer {
    let number = number(message)?;
    let missing = format!("message: there is none with the number {number}");
    call.find(ReplayMessage { number }, missing).await
}
