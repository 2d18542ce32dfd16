//! The running Worker: where it is, and one way to ask it.

use std::io::{self, Write};
use std::time::Duration;

use clap::Args;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::Value;
use ureq::http::Response;
use ureq::{Agent, Body};

use crate::failure::Failure;

/// How long an answer may take: applying a large program takes longest.
const TIMEOUT: Duration = Duration::from_secs(90);

/// What may stand in a part of a path as it is.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'~');

/// Which Worker to ask, and how to print what it answers.
#[derive(Args)]
pub struct Worker {
    /// Where the Worker runs
    #[arg(
        long,
        env = "WAYMARK_URL",
        default_value = "http://127.0.0.1:8787",
        global = true
    )]
    url: String,
    /// The Worker's secret WAYMARK_API_TOKEN; better given in the environment
    #[arg(long, env = "WAYMARK_API_TOKEN", hide_env_values = true, global = true)]
    token: Option<String>,
    /// Print what the Worker answers, as JSON, one answer to a line
    #[arg(long, global = true)]
    pub json: bool,
}

/// Who decides something, and why. Both stay with what was decided, and in the audit.
#[derive(Args)]
pub struct Signed {
    /// Who decides this
    #[arg(long, env = "WAYMARK_BY", value_name = "NAME")]
    by: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

impl Signed {
    /// Adds both to the members of a call.
    pub fn sign(self, mut members: Value) -> Value {
        if let Some(members) = members.as_object_mut() {
            members.insert("by".to_owned(), self.by.into());
            members.insert("reason".to_owned(), self.reason.into());
        }
        members
    }
}

/// The path of a call, of parts that may have any characters.
pub fn path<const N: usize>(parts: [&str; N]) -> String {
    let encoded = parts.map(|part| utf8_percent_encode(part, IN_PATH).to_string());
    format!("/v1/{}", encoded.join("/"))
}

/// Prints a line.
///
/// # Errors
/// Standard output could not be written to.
pub fn print(line: &str) -> Result<(), Failure> {
    Ok(writeln!(io::stdout(), "{line}")?)
}

/// The Worker's refusal.
#[derive(Deserialize)]
struct Refused {
    error: String,
}

impl Worker {
    /// Asks for what is at a path. Query values that are `None` are left out.
    ///
    /// # Errors
    /// Nobody answered, or the Worker refused; then what it says is wrong.
    pub fn get(&self, path: &str, query: &[(&str, Option<&str>)]) -> Result<String, Failure> {
        let request = self.agent().get(self.address(path));
        let request = request.header("authorization", self.authorization()?);
        let given = query
            .iter()
            .filter_map(|(name, value)| Some((*name, (*value)?)));
        self.read(request.query_pairs(given).call())
    }

    /// Has something done.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn post(&self, path: &str, members: &Value) -> Result<String, Failure> {
        self.look_up(path, &[], members)
    }

    /// Asks for what is at a path, of what must not stand in an address.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn look_up(
        &self,
        path: &str,
        query: &[(&str, Option<&str>)],
        members: &Value,
    ) -> Result<String, Failure> {
        let request = self.agent().post(self.address(path));
        let request = request.header("authorization", self.authorization()?);
        let given = query
            .iter()
            .filter_map(|(name, value)| Some((*name, (*value)?)));
        self.read(
            request
                .query_pairs(given)
                .content_type("application/json")
                .send(members.to_string()),
        )
    }

    /// Puts JSON in place of what is at a path.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn put(
        &self,
        path: &str,
        query: &[(&str, Option<&str>)],
        json: &str,
    ) -> Result<String, Failure> {
        let request = self.agent().put(self.address(path));
        let request = request.header("authorization", self.authorization()?);
        let given = query
            .iter()
            .filter_map(|(name, value)| Some((*name, (*value)?)));
        self.read(
            request
                .query_pairs(given)
                .content_type("application/json")
                .send(json),
        )
    }

    /// An answer as what it is said to be.
    ///
    /// # Errors
    /// Something else answers at that address.
    pub fn understand<'a, T: Deserialize<'a>>(&self, answer: &'a str) -> Result<T, Failure> {
        serde_json::from_str(answer)
            .map_err(|error| Failure::at(&self.url, format!("not Waymark's answer: {error}")))
    }

    /// Prints an answer for machines, or says in a sentence what was done.
    ///
    /// # Errors
    /// Standard output could not be written to.
    pub fn say(&self, answer: &str, sentence: &str) -> Result<(), Failure> {
        print(if self.json { answer } else { sentence })
    }

    fn agent(&self) -> Agent {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(TIMEOUT));
        config.build().into()
    }

    fn address(&self, path: &str) -> String {
        format!("{}{path}", self.url.trim_end_matches('/'))
    }

    fn authorization(&self) -> Result<String, Failure> {
        let token = self.token.as_deref().filter(|token| !token.is_empty());
        token.map(|token| format!("Bearer {token}")).ok_or_else(|| {
            Failure::new(
                "no token: set WAYMARK_API_TOKEN to the Worker's secret of that name, or give \
                 --token",
            )
        })
    }

    fn read(&self, answered: Result<Response<Body>, ureq::Error>) -> Result<String, Failure> {
        let unreachable =
            |error| Failure::at(&self.url, format!("{error}; is the Worker running there?"));
        let mut response = answered.map_err(unreachable)?;
        let status = response.status();
        let body = response.body_mut().read_to_string().map_err(unreachable)?;
        if status.is_success() {
            return Ok(body);
        }
        let reason = serde_json::from_str(&body).map_or(body, |Refused { error }| error);
        Err(Failure::new(format!(
            "{} answered {status}: {reason}",
            self.url
        )))
    }
}
