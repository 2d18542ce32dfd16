//! The hosts that the Worker calls: stores' APIs, and receivers of its messages.
//!
//! One server plays them all, by the name in the request. workerd is told to send it every request,
//! so nothing leaves the machine.

use crate::eventually;
use crate::shop::{Asked, Shop};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Hosts by name. A host that nobody plays answers 404.
pub struct Internet {
    server: Shop,
    hosts: Arc<Mutex<BTreeMap<String, Host>>>,
}

type Host = Box<dyn FnMut(&Asked) -> Reply + Send>;

/// How a host answers.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
    after: Duration,
}

impl Reply {
    /// An answer without a body.
    pub fn status(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: String::new(),
            after: Duration::ZERO,
        }
    }

    /// 200, with JSON.
    pub fn json(body: &Value) -> Self {
        Self::status(200)
            .with("content-type", "application/json")
            .body(&body.to_string())
    }

    /// With another header.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// So long after it was asked for. Other requests are answered meanwhile.
    #[must_use]
    pub fn after(mut self, time: Duration) -> Self {
        self.after = time;
        self
    }

    /// With another body.
    #[must_use]
    pub fn body(mut self, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self
    }

    fn written(&self) -> String {
        let mut text = format!("{} As Scripted\r\n", self.status);
        for (name, value) in &self.headers {
            _ = write!(text, "{name}: {value}\r\n");
        }
        if self.status != 204 {
            _ = write!(text, "content-length: {}\r\n", self.body.len());
        }
        _ = write!(text, "\r\n{}", self.body);
        text
    }
}

impl Internet {
    /// Starts the server. It ends with the test's process.
    pub fn start() -> Self {
        let hosts: Arc<Mutex<BTreeMap<String, Host>>> = Arc::default();
        let played = Arc::clone(&hosts);
        let server = Shop::start(move |asked| {
            let host = host_of(asked);
            let play = |play: &mut Host| play(asked);
            let reply = locked(&played).get_mut(&host).map(play);
            let reply = reply.unwrap_or_else(|| Reply::status(404));
            std::thread::sleep(reply.after);
            reply.written()
        });
        Self { server, hosts }
    }

    /// The port that it listens on: for [`Options::shop`](crate::Options).
    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// Plays a host from now on.
    pub fn host(&self, name: &str, play: impl FnMut(&Asked) -> Reply + Send + 'static) {
        locked(&self.hosts).insert(name.to_owned(), Box::new(play));
    }

    /// Plays a host that gives these answers one after another, the last one from then on.
    pub fn script(&self, name: &str, replies: impl IntoIterator<Item = Reply>) {
        let mut replies: VecDeque<Reply> = replies.into_iter().collect();
        self.host(name, move |_| {
            match replies.len() {
                0 | 1 => replies.front().cloned(),
                _ => replies.pop_front(),
            }
            .expect("a script of at least one answer")
        });
    }

    /// What the host was asked so far.
    pub fn asked(&self, name: &str) -> Vec<Asked> {
        let asked = self.server.asked().into_iter();
        asked.filter(|asked| host_of(asked) == name).collect()
    }

    /// What the host was asked, once that is so many requests.
    pub fn await_asked(&self, name: &str, requests: usize) -> Vec<Asked> {
        eventually(&format!("{requests} requests to {name}"), || {
            Some(self.asked(name)).filter(|asked| asked.len() >= requests)
        })
    }

    /// Every host that was asked for anything.
    pub fn asked_hosts(&self) -> Vec<String> {
        let mut hosts: Vec<String> = self.server.asked().iter().map(host_of).collect();
        hosts.sort();
        hosts.dedup();
        hosts
    }
}

fn host_of(asked: &Asked) -> String {
    asked.headers.get("host").cloned().unwrap_or_default()
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
