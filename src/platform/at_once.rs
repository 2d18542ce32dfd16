//! Answers as Cloudflare takes them: a response, or a promise of one.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use futures_util::task::AtomicWaker;
use wasm_bindgen::JsValue;
use web_sys::Response;
use worker::Result;
use worker::wasm_bindgen_futures::future_to_promise;

/// Wakes the promise's task, once there is one. The first poll comes before that, and some futures
/// keep the waker of their first poll.
struct Relay(AtomicWaker);

impl Wake for Relay {
    fn wake(self: Arc<Self>) {
        self.0.wake();
    }
}

/// The response itself where nothing has to be waited for, as for a click on a link that this
/// isolate remembers: a promise and its task would cost more than the click.
pub fn at_once(
    answer: impl Future<Output = Result<Response>> + 'static,
) -> std::result::Result<JsValue, JsValue> {
    let relay = Arc::new(Relay(AtomicWaker::new()));
    let waker = Waker::from(Arc::clone(&relay));
    let mut answer = Box::pin(answer);
    let mut poll = move || match answer.as_mut().poll(&mut Context::from_waker(&waker)) {
        Poll::Ready(response) => Poll::Ready(response.map(JsValue::from).map_err(JsValue::from)),
        Poll::Pending => Poll::Pending,
    };
    match poll() {
        Poll::Ready(response) => response,
        Poll::Pending => Ok(future_to_promise(poll_fn(move |task| {
            relay.0.register(task.waker());
            poll()
        }))
        .into()),
    }
}
