//! What came back from the Worker.

use serde::de::DeserializeOwned;
use ureq::http::{HeaderMap, Response};

/// A whole HTTP answer. Redirects are answers: they are never followed.
#[derive(Debug)]
pub struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    pub(crate) fn read(mut response: Response<ureq::Body>) -> Result<Self, ureq::Error> {
        Ok(Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.body_mut().read_to_vec()?,
        })
    }

    /// The status code.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The first header of this name, if there is one.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(text)
    }

    /// Every header of this name, in the sequence of the answer: `set-cookie` may come repeatedly.
    pub fn headers(&self, name: &str) -> Vec<&str> {
        self.headers.get_all(name).iter().map(text).collect()
    }

    /// The body.
    pub fn bytes(&self) -> &[u8] {
        &self.body
    }

    /// The body, as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body of text")
    }

    /// What a store is told became of its call: `applied`, `duplicate`, `ignored`, `dead_letter`.
    pub fn outcome(&self) -> String {
        assert_eq!(self.status, 200, "{}", self.text());
        let body: serde_json::Value = self.json();
        let outcome = body.get("status").and_then(serde_json::Value::as_str);
        outcome.expect("a status in the body").to_owned()
    }

    /// The body, read as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in the answer's body: {}", self.text()))
    }
}

fn text(value: &ureq::http::HeaderValue) -> &str {
    value.to_str().expect("a header in ASCII")
}
