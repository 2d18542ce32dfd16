//! A call of `/v1`: its path, its parameters, its body, and what it asks the program object.

use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use serde::de::value::{Error as Unknown, StrDeserializer};
use serde::{Deserialize, Serialize};
use waymark_click::path_and_query;
use waymark_ledger::Person;
use web_sys::Request;

use crate::api::error::ApiError;
use crate::merchant::Merchant;
use crate::platform::durable_object::{Ask, Reply};
use crate::platform::http;
use crate::program::protocol::{Command, Signed};

/// The largest body of a call, in bytes, save for a program.
const MAX_BODY_BYTES: usize = 1 << 20;

/// The JSON of an answer.
pub type ApiResult = Result<String, ApiError>;

/// A call.
pub struct ApiRequest {
    pub merchant: Merchant,
    pub url: String,
    request: Request,
}

impl ApiRequest {
    pub fn new(request: Request, merchant: Merchant) -> Self {
        let url = request.url();
        Self {
            merchant,
            url,
            request,
        }
    }

    /// GET for HEAD too: the runtime leaves the body out.
    pub fn method(&self) -> String {
        let method = self.request.method();
        if method == "HEAD" {
            "GET".to_owned()
        } else {
            method
        }
    }

    /// A header, or nothing.
    pub fn header(&self, name: &str) -> String {
        let value = self.request.headers().get(name).ok().flatten();
        value.unwrap_or_default()
    }

    /// The path under `/v1`, segment by segment.
    pub fn path(&self) -> Result<Vec<String>, ApiError> {
        let (path, _) = path_and_query(&self.url);
        let mut segments = Vec::new();
        // It begins with a slash and `v1`.
        for segment in path.split('/').skip(2) {
            let segment = percent_decode_str(segment).decode_utf8();
            let segment = segment.map_err(|_| ApiError::bad_request("path: it is not UTF-8"))?;
            segments.push(segment.into_owned());
        }
        Ok(segments)
    }

    /// The query's parameters of these names. Another one, or one that is given twice, is refused:
    /// what is misspelt must not change what a call does.
    pub fn parameters<const N: usize>(
        &self,
        names: [&str; N],
    ) -> Result<[Option<String>; N], ApiError> {
        let (_, query) = path_and_query(&self.url);
        let mut given = [const { None }; N];
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let place = names.iter().position(|known| *known == name);
            match place.and_then(|place| given.get_mut(place)) {
                Some(place @ None) => *place = Some(value.into_owned()),
                Some(_) => return Err(ApiError::unprocessable(format!("{name}: given twice"))),
                None => {
                    return Err(ApiError::unprocessable(format!(
                        "{name}: this call has no such parameter; it has {}",
                        names.join(", ")
                    )));
                }
            }
        }
        Ok(given)
    }

    /// The part of a list that is wanted: `after` and `limit`, of a call that has no other
    /// parameters.
    pub fn page(&self) -> Result<(Option<String>, u8), ApiError> {
        let [after, wanted] = self.parameters(["after", "limit"])?;
        Ok((after, limit(wanted)?))
    }

    /// The body, as text.
    pub async fn text(&self) -> Result<String, ApiError> {
        self.text_of_at_most(MAX_BODY_BYTES).await
    }

    /// The body: text of at most that many bytes.
    pub async fn text_of_at_most(&self, most: usize) -> Result<String, ApiError> {
        let Some(body) = http::read(&self.request, most).await? else {
            return Err(ApiError::new(
                413,
                format!("body: larger than {most} bytes, which are the most for this call"),
            ));
        };
        String::from_utf8(body).map_err(|_| ApiError::bad_request("body: it is not UTF-8"))
    }

    /// The body: one JSON object, without unknown members.
    pub async fn json<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        let body = self.text().await?;
        waymark_attribution::read_json(&body).map_err(|error| match error.path() {
            "" => ApiError::unprocessable(format!("body: {}", error.message())),
            path => ApiError::unprocessable(format!("{path}: {}", error.message())),
        })
    }

    /// Asks the program object for what it always has, and passes on what it says.
    pub async fn ask<R: Ask + Into<Command>>(&self, request: R) -> ApiResult {
        self.find(request, String::new()).await
    }

    /// Asks the program object, and passes on what it says; `missing` says what there may not be.
    pub async fn find<R: Ask + Into<Command>>(&self, request: R, missing: String) -> ApiResult {
        let command: Command = request.into();
        let timeout = command.timeout();
        match self.merchant.request::<R>(&command, timeout).await? {
            Reply::Done(json) => Ok(json.into_text()),
            Reply::Missing => Err(ApiError::not_found(missing)),
            Reply::Conflict(why) => Err(ApiError::new(409, why)),
            Reply::Unprocessable(why) => Err(ApiError::unprocessable(why)),
        }
    }
}

/// An answer that the Worker made itself.
pub fn json(answer: &impl Serialize) -> ApiResult {
    Ok(serde_json::to_string(answer).map_err(worker::Error::from)?)
}

/// How many items a page has.
pub fn limit(wanted: Option<String>) -> Result<u8, ApiError> {
    match wanted.map(|wanted| wanted.parse()) {
        None => Ok(50),
        Some(Ok(limit @ 1..=200)) => Ok(limit),
        Some(_) => Err(ApiError::unprocessable(
            "limit: expected a number from 1 to 200",
        )),
    }
}

/// The place in a list that a page's `next` names.
pub fn place<P: DeserializeOwned>(next: Option<String>) -> Result<Option<P>, ApiError> {
    let next = next.filter(|next| !next.is_empty());
    next.map(|next| waymark_attribution::from_json(&next))
        .transpose()
        .map_err(|_| ApiError::unprocessable("after: expected the `next` of another page"))
}

/// A parameter that is one of several words.
pub fn one_of<'a, T: Deserialize<'a>>(
    name: &str,
    given: Option<&'a str>,
) -> Result<Option<T>, ApiError> {
    let word = |given| T::deserialize(StrDeserializer::<Unknown>::new(given));
    given
        .map(word)
        .transpose()
        .map_err(|unknown| ApiError::unprocessable(format!("{name}: {unknown}")))
}

/// A segment of the path that is a number.
pub fn number(segment: &str) -> Result<i64, ApiError> {
    segment
        .parse()
        .map_err(|_| ApiError::bad_request(format!("path: expected a number, not {segment}")))
}

/// Who does something, and why: two members of every call by which a person changes anything.
pub fn signed(by: &str, reason: &str) -> Result<Signed, ApiError> {
    let person = Person::new(by, reason);
    let person = person.map_err(|error| ApiError::unprocessable(error.to_string()))?;
    Ok(Signed {
        by: person.name().to_owned(),
        reason: person.reason().to_owned(),
    })
}
