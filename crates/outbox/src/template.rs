//! Templates: text with macros, and how a value is written where a macro stands.
//!
//! A value is always written so that it stays what it is: one part of a path, one value of a
//! query or form, one string or number of JSON. So no value can lead to another host, step out of
//! a path, or add a parameter.

use form_urlencoded::byte_serialize;
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::IgnoredAny;
use serde_json::Value as Json;

use crate::address::{AddressError, confirmed_host};
use crate::macros::Macro;

/// All but the unreserved characters of RFC 3986, section 2.3.
pub(crate) const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What a form's template may hold and a form may not, besides letters of other scripts. A URL's
/// may hold only those: its spaces are refused, as in every URL of the file.
const NOT_IN_FORM: &AsciiSet = &CONTROLS.add(b' ');

/// A text whose macros are known and stand where they may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

/// A URL whose host stands fast and whose path and query may have macros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlTemplate {
    host: String,
    path_and_query: Template,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Macro(Macro, Place),
}

/// Where a macro stands, and so how its value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Path,
    Query,
    Form,
    JsonString,
    JsonNumber,
}

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the message of each says what it means")]
pub enum TemplateError {
    #[error("{{{0}}} is not a macro; the macros are {known}", known = known())]
    Unknown(String),
    #[error(
        "has a single brace; macros are written as {{click_id}}, and other braces as %7B and %7D"
    )]
    Brace,
    #[error(
        "{{{0}}} stands before the path; only parts of the path and values of the query may have macros"
    )]
    InHost(&'static str),
    #[error(
        "{{{0}}} stands in a parameter's name; write it after a name and =, as in click_id={{click_id}}"
    )]
    InName(&'static str),
    #[error("a part of the path is only dots beside its macro; give it a name")]
    Dots,
    #[error("has a % that two hexadecimal digits do not follow; write it as %25")]
    Percent,
    #[error(
        "{{{0}}} stands without quotes, where only {{payout}}, {{amount}}, {{conversion}} and {{timestamp}} may"
    )]
    Unquoted(&'static str),
    #[error("has a macro in a member's name; macros may only stand in values")]
    InKey,
    #[error("is not JSON once the macros are filled in: {0}")]
    NotJson(String),
}

/// Why a text is no URL that may be called.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the message of each says what it means")]
pub enum UrlTemplateError {
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error(transparent)]
    Template(#[from] TemplateError),
}

fn known() -> String {
    let names: Vec<String> = Macro::ALL
        .iter()
        .map(|it| format!("{{{}}}", it.as_str()))
        .collect();
    names.join(" ")
}

/// A piece of text, before it is known where it stands.
enum Token<'t> {
    Literal(&'t str),
    Macro(Macro),
}

impl UrlTemplate {
    /// Reads a URL on one of the confirmed hosts, with macros in parts of its path and in values
    /// of its query.
    ///
    /// # Errors
    /// The URL may not be called, or has a macro that is unknown or stands where it may not.
    pub fn parse(url: &str, confirmed: &[String]) -> Result<Self, UrlTemplateError> {
        let host = url.find("://").map_or(0, |scheme| scheme.saturating_add(3));
        let after_scheme = url.get(host..).unwrap_or_default();
        let path = after_scheme.find(['/', '?', '#']);
        let path = path.map_or(url.len(), |length| host.saturating_add(length));
        let (origin, rest) = url.split_at_checked(path).unwrap_or((url, ""));
        for token in tokens(origin)? {
            if let Token::Macro(name) = token {
                return Err(TemplateError::InHost(name.as_str()).into());
            }
        }
        // As it will be called, but for the values; none of them can change what is checked here.
        let rest = match rest.starts_with('/') {
            true => rest.to_owned(),
            false => format!("/{rest}"),
        };
        let path_and_query = Template::path_and_query(&rest)?;
        let called = path_and_query.fill(|_| "0".to_owned());
        let host = confirmed_host(&format!("{origin}{called}"), confirmed)?;
        Ok(Self {
            host,
            path_and_query,
        })
    }

    /// The URL with every value in its place. Its host is the confirmed one, whatever the values.
    pub fn fill(&self, value: impl Fn(Macro) -> String) -> String {
        format!("https://{}{}", self.host, self.path_and_query.fill(value))
    }

    /// Whether the macro stands in it.
    pub fn has(&self, wanted: Macro) -> bool {
        self.path_and_query.has(wanted)
    }
}

impl Template {
    /// Reads the part of a URL that begins at its path.
    fn path_and_query(text: &str) -> Result<Self, TemplateError> {
        let (path, query) = match text.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (text, None),
        };
        let mut pieces = Vec::new();
        for (place, segment) in path.split('/').enumerate() {
            if place > 0 {
                pieces.push(Piece::Literal("/".to_owned()));
            }
            path_segment(segment, &mut pieces)?;
        }
        if let Some(query) = query {
            pieces.push(Piece::Literal("?".to_owned()));
            parameters(query, Place::Query, &mut pieces)?;
        }
        Ok(Self(pieces))
    }

    /// Reads a form as it is sent: `click_id={click_id}&sum={payout}`.
    ///
    /// # Errors
    /// A macro that is unknown or stands where it may not, a lonely brace or percent sign.
    pub fn form(text: &str) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        parameters(text, Place::Form, &mut pieces)?;
        Ok(Self(pieces))
    }

    /// Reads JSON whose strings may hold macros, and whose numbers may be some.
    ///
    /// # Errors
    /// A macro that is unknown or stands where it may not, or text that is not JSON.
    pub fn json(text: &str) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        let mut in_string = false;
        for token in tokens(text)? {
            let name = match token {
                Token::Literal(literal) => {
                    in_string = string_goes_on(literal, in_string);
                    pieces.push(Piece::Literal(literal.to_owned()));
                    continue;
                }
                Token::Macro(name) => name,
            };
            let place = match in_string {
                true => Place::JsonString,
                false if name.is_number() => Place::JsonNumber,
                false => return Err(TemplateError::Unquoted(name.as_str())),
            };
            pieces.push(Piece::Macro(name, place));
        }
        let template = Self(pieces);
        let not_json = |error: serde_json::Error| TemplateError::NotJson(error.to_string());
        // With no values and with some that can be found again: both must be JSON.
        let filled = template.fill(|name| match name.is_number() {
            true => "0".to_owned(),
            false => MARK.to_owned(),
        });
        serde_json::from_str::<IgnoredAny>(&template.fill(|_| String::new())).map_err(not_json)?;
        match names_have_mark(&serde_json::from_str(&filled).map_err(not_json)?) {
            true => Err(TemplateError::InKey),
            false => Ok(template),
        }
    }

    /// The text with every macro's value in its place, encoded as that place demands.
    pub fn fill(&self, value: impl Fn(Macro) -> String) -> String {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Literal(literal) => text.push_str(literal),
                Piece::Macro(name, place) => place.write(&value(*name), &mut text),
            }
        }
        text
    }

    /// Whether the macro stands in it.
    pub fn has(&self, wanted: Macro) -> bool {
        let is = |piece: &Piece| matches!(piece, Piece::Macro(name, _) if *name == wanted);
        self.0.iter().any(is)
    }
}

impl Place {
    fn write(self, value: &str, text: &mut String) {
        match self {
            // Such a part of a path would mean the part before it.
            Place::Path if value.bytes().all(|byte| byte == b'.') => {}
            Place::Path | Place::Query => text.extend(utf8_percent_encode(value, RESERVED)),
            Place::Form => text.extend(byte_serialize(value.as_bytes())),
            Place::JsonString => {
                let quoted = Json::from(value).to_string();
                text.push_str(
                    quoted
                        .get(1..quoted.len().saturating_sub(1))
                        .unwrap_or_default(),
                );
            }
            Place::JsonNumber if value.is_empty() => text.push_str("null"),
            Place::JsonNumber => text.push_str(value),
        }
    }
}

/// Splits a text at its macros: a name of letters, digits and `_` in braces.
fn tokens(text: &str) -> Result<Vec<Token<'_>>, TemplateError> {
    let is_name = |name: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        !name.is_empty() && name.bytes().all(is_plain)
    };
    let mut tokens = Vec::new();
    let mut end_of_last = 0;
    let literal = |from: usize, to: usize| {
        let text = text.get(from..to).filter(|literal| !literal.is_empty());
        text.map(Token::Literal)
    };
    for (open, _) in text.match_indices('{') {
        let inner = text.get(open.saturating_add(1)..).unwrap_or_default();
        let Some(name) = inner.split('}').next().filter(|name| is_name(name)) else {
            continue;
        };
        let end = open.saturating_add(name.len()).saturating_add(2);
        if end > text.len() {
            continue;
        }
        let found = Macro::named(name).ok_or_else(|| TemplateError::Unknown(name.to_owned()))?;
        tokens.extend(literal(end_of_last, open));
        tokens.push(Token::Macro(found));
        end_of_last = end;
    }
    tokens.extend(literal(end_of_last, text.len()));
    Ok(tokens)
}

/// The tokens of a part of a URL or form, where nothing else has braces and every `%` is followed
/// by what it needs: else a value could complete it.
fn url_tokens(text: &str) -> Result<Vec<Token<'_>>, TemplateError> {
    let tokens = tokens(text)?;
    for token in &tokens {
        let Token::Literal(literal) = token else {
            continue;
        };
        if literal.contains(['{', '}']) {
            return Err(TemplateError::Brace);
        }
        let is_complete = |after: &str| {
            let digits = after.as_bytes().get(..2);
            digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        };
        if !literal.split('%').skip(1).all(is_complete) {
            return Err(TemplateError::Percent);
        }
    }
    Ok(tokens)
}

fn literal(text: &str, place: Place) -> Piece {
    let encoded = match place {
        Place::Form => NOT_IN_FORM,
        _ => &AsciiSet::EMPTY,
    };
    Piece::Literal(utf8_percent_encode(text, encoded).to_string())
}

fn path_segment(segment: &str, pieces: &mut Vec<Piece>) -> Result<(), TemplateError> {
    let mut written = String::new();
    let mut has_macro = false;
    for token in url_tokens(segment)? {
        pieces.push(match token {
            Token::Literal(text) => {
                written.push_str(text);
                literal(text, Place::Path)
            }
            Token::Macro(name) => {
                has_macro = true;
                Piece::Macro(name, Place::Path)
            }
        });
    }
    let written = written.to_ascii_lowercase().replace("%2e", ".");
    if has_macro && !written.is_empty() && written.bytes().all(|byte| byte == b'.') {
        return Err(TemplateError::Dots);
    }
    Ok(())
}

/// `name=value&name=value`, macros in the values.
fn parameters(text: &str, place: Place, pieces: &mut Vec<Piece>) -> Result<(), TemplateError> {
    for (number, pair) in text.split('&').enumerate() {
        if number > 0 {
            pieces.push(Piece::Literal("&".to_owned()));
        }
        let mut in_name = true;
        for token in url_tokens(pair)? {
            pieces.push(match token {
                Token::Literal(text) => {
                    in_name = in_name && !text.contains('=');
                    literal(text, place)
                }
                Token::Macro(name) if in_name => {
                    return Err(TemplateError::InName(name.as_str()));
                }
                Token::Macro(name) => Piece::Macro(name, place),
            });
        }
    }
    Ok(())
}

/// A text that no template has by itself. It begins with a letter that follows no backslash and
/// is no hexadecimal digit, so that a macro within an escape does not give JSON.
const MARK: &str = "waymark macro 5f1d";

fn names_have_mark(json: &Json) -> bool {
    match json {
        Json::Object(members) => members
            .iter()
            .any(|(name, value)| name.contains(MARK) || names_have_mark(value)),
        Json::Array(items) => items.iter().any(names_have_mark),
        _ => false,
    }
}

/// Whether a JSON string goes on after this literal, given whether one went on before it.
fn string_goes_on(literal: &str, mut in_string: bool) -> bool {
    let mut chars = literal.chars();
    while let Some(next) = chars.next() {
        match next {
            '"' => in_string = !in_string,
            '\\' => {
                chars.next();
            }
            _ => {}
        }
    }
    in_string
}
