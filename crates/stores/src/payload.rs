//! Reading a payload field by field: lenient about what is absent, strict about money and ids.
//!
//! A store leaves fields out, sends `null`, or adds new ones; none of that matters until a field is
//! asked for. Numbers are taken from their literal text: no float ever stands in between, so an id
//! above 2^53 or an amount written as a JSON number arrives as it was sent. Where a member is given
//! twice the last one counts, as it does for the stores' own tools.

mod php;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use waymark_attribution::money::{Amount, Currency};
use waymark_attribution::text::Text;
use waymark_attribution::time::Instant;

// What a case may hold at most, by the rules' section 2. A payload beyond it is refused as it
// comes in, where the store's field can still be named.
pub(crate) const MAX_LINES: usize = 1_000;
pub(crate) const MAX_REFUNDS: usize = 1_000;
/// Codes or tags in one list.
pub(crate) const MAX_TEXTS: usize = 256;
/// The longest text in a case, in bytes.
const MAX_TEXT_BYTES: usize = 1024;
/// The largest quantity in a case.
const MAX_QUANTITY: u32 = 1_000_000;

/// A payload that was signed by its store and yet says nothing that could be booked.
///
/// It becomes a dead letter with this text. It names the field and never repeats its content,
/// which may be personal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct Unusable {
    /// Where in the payload, such as `line_items[3].price`.
    pub path: String,
    /// What is wrong, in words.
    pub message: String,
}

/// A place in the payload, written out only for an error.
#[derive(Clone, Copy)]
enum Path<'p> {
    Root,
    Member(&'p Path<'p>, &'p str),
    Item(&'p Path<'p>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("payload"),
            Self::Member(Path::Root, name) => f.write_str(name),
            Self::Member(parent, name) => write!(f, "{parent}.{name}"),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// A value of the payload, or its absence: a member that is missing or `null`.
pub(crate) struct Value<'p, 'a> {
    path: Path<'p>,
    raw: Option<&'a str>,
}

/// A JSON object whose members are read when they are asked for.
pub(crate) struct Object<'p, 'a> {
    path: Path<'p>,
    members: Members<'a>,
}

/// Name and value, as they come. Of a member that is given twice the last one counts.
struct Members<'a>(Vec<(Text<'a>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        input.deserialize_map(MembersVisitor)
    }
}

/// The payload itself, which must be one JSON object.
pub(crate) fn object(body: &[u8]) -> Result<Object<'static, '_>, Unusable> {
    // A byte order mark, which some of what passes calls on puts before them.
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    whole(Path::Root, body)?.required_object()
}

/// One of several answers of a store that are read together, by a name for errors. An empty one,
/// with which some stores say that there is nothing, is absent.
pub(crate) fn document<'p, 'a>(name: &'p str, body: &'a [u8]) -> Result<Value<'p, 'a>, Unusable> {
    let Value { path, raw } = whole(Path::Member(&Path::Root, name), body)?;
    let said = raw.map(str::trim_ascii);
    let raw = said.filter(|text| !text.is_empty() && *text != "null");
    Ok(Value { path, raw })
}

fn whole<'p, 'a>(path: Path<'p>, body: &'a [u8]) -> Result<Value<'p, 'a>, Unusable> {
    match std::str::from_utf8(body) {
        Ok(text) => Ok(Value {
            path,
            raw: Some(text),
        }),
        Err(_) => Err(Unusable {
            path: path.to_string(),
            message: "not UTF-8".to_owned(),
        }),
    }
}

impl<'a> Object<'_, 'a> {
    pub(crate) fn get<'s>(&'s self, name: &'s str) -> Value<'s, 'a> {
        Value {
            path: Path::Member(&self.path, name),
            raw: self.member(name).and_then(present),
        }
    }

    /// Whether there is such a member, `null` though it may be.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.member(name).is_some()
    }

    /// Every member, as it is written.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, Value<'_, 'a>)> {
        self.members.0.iter().map(|(name, raw)| {
            let path = Path::Member(&self.path, name);
            let raw = present(raw);
            (&**name, Value { path, raw })
        })
    }

    fn member(&self, name: &str) -> Option<&'a RawValue> {
        let mut latest_first = self.members.0.iter().rev();
        latest_first
            .find(|(key, _)| **key == *name)
            .map(|(_, raw)| *raw)
    }

    /// Refuses members outside of `known`: a misspelt one must not be ignored silently.
    pub(crate) fn only(&self, known: &[&str]) -> Result<(), Unusable> {
        let unknown = self
            .members
            .0
            .iter()
            .find(|(name, _)| !known.contains(&&**name));
        let Some((name, _)) = unknown else {
            return Ok(());
        };
        // A name that is not a word may be content that slipped into the wrong place.
        let path = if name.len() <= 32
            && name
                .bytes()
                .all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
        {
            Path::Member(&self.path, name)
        } else {
            self.path
        };
        Err(Unusable {
            path: path.to_string(),
            message: format!("unknown; the known members are {}", known.join(", ")),
        })
    }
}

impl<'p, 'a> Value<'p, 'a> {
    pub(crate) fn error(&self, message: impl Into<String>) -> Unusable {
        Unusable {
            path: self.path.to_string(),
            message: message.into(),
        }
    }

    /// The value as it is written.
    pub(crate) fn json(&self) -> Option<&'a str> {
        self.raw
    }

    pub(crate) fn is_absent(&self) -> bool {
        self.raw.is_none()
    }

    pub(crate) fn required<T>(&self, value: Option<T>) -> Result<T, Unusable> {
        value.ok_or_else(|| self.error("missing"))
    }

    pub(crate) fn object(&self) -> Result<Option<Object<'p, 'a>>, Unusable> {
        let members = self.parse("must be an object")?;
        Ok(members.map(|members| Object {
            path: self.path,
            members,
        }))
    }

    pub(crate) fn required_object(&self) -> Result<Object<'p, 'a>, Unusable> {
        self.required(self.object()?)
    }

    /// The items of a list; none if it is absent.
    pub(crate) fn items(&self) -> Result<Vec<Value<'_, 'a>>, Unusable> {
        let items: Vec<&'a RawValue> = self.parse("must be a list")?.unwrap_or_default();
        let values = items.into_iter().enumerate();
        Ok(values
            .map(|(index, raw)| Value {
                path: Path::Item(&self.path, index),
                raw: present(raw),
            })
            .collect())
    }

    pub(crate) fn at_most(&self, most: usize) -> Result<Vec<Value<'_, 'a>>, Unusable> {
        let items = self.items()?;
        if items.len() > most {
            return Err(self.error(format!("more than {most} items")));
        }
        Ok(items)
    }

    /// The items of a list of objects; none if it is absent.
    pub(crate) fn objects(&self) -> Result<Vec<Object<'_, 'a>>, Unusable> {
        let at_once = self.raw.map(serde_json::from_str::<Vec<Members<'a>>>);
        let Some(Ok(items)) = at_once else {
            // What is wrong is told by the item that it is wrong with.
            let items = self.items()?;
            return items.iter().map(Value::required_object).collect();
        };
        let objects = items.into_iter().enumerate();
        Ok(objects
            .map(|(index, members)| Object {
                path: Path::Item(&self.path, index),
                members,
            })
            .collect())
    }

    pub(crate) fn objects_at_most(&self, most: usize) -> Result<Vec<Object<'_, 'a>>, Unusable> {
        let objects = self.objects()?;
        if objects.len() > most {
            return Err(self.error(format!("more than {most} items")));
        }
        Ok(objects)
    }

    /// The parts of a comma-separated text, trimmed, without empty ones.
    pub(crate) fn comma_separated(&self) -> Result<Vec<String>, Unusable> {
        let text: Option<Cow<'a, str>> = self.parse("must be a string")?;
        let text = text.unwrap_or_default();
        let parts = text.split(',').map(str::trim);
        let parts: Vec<String> = parts
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect();
        if parts.len() > MAX_TEXTS || parts.iter().any(|part| part.len() > MAX_TEXT_BYTES) {
            return Err(self.error(format!(
                "more than {MAX_TEXTS} parts, or one longer than {MAX_TEXT_BYTES} bytes"
            )));
        }
        Ok(parts)
    }

    /// Text of at most 1 024 bytes, trimmed; empty text is absent.
    pub(crate) fn text(&self) -> Result<Option<String>, Unusable> {
        let text: Option<Cow<'a, str>> = self.parse("must be a string")?;
        let Some(text) = text else { return Ok(None) };
        let text = text.trim();
        if text.len() > MAX_TEXT_BYTES {
            return Err(self.error(format!("longer than {MAX_TEXT_BYTES} bytes")));
        }
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }

    /// An id: a string, or an integer of any size, as it is written.
    pub(crate) fn id(&self) -> Result<Option<String>, Unusable> {
        match self.raw {
            Some(raw) if !raw.starts_with('"') => {
                if raw.bytes().all(|byte| byte.is_ascii_digit()) && raw.len() <= MAX_TEXT_BYTES {
                    Ok(Some(raw.to_owned()))
                } else {
                    Err(self.error("must be an id: a string or a whole number"))
                }
            }
            _ => self.text(),
        }
    }

    pub(crate) fn required_id(&self) -> Result<String, Unusable> {
        self.required(self.id()?)
    }

    /// Text of any length, where it is no more than evidence: what is no text is absent.
    pub(crate) fn evidence(&self) -> Option<Cow<'a, str>> {
        self.parse("must be a string").ok().flatten()
    }

    /// Text that `read` makes sense of, such as a date; empty text is absent.
    pub(crate) fn text_as<T>(
        &self,
        expected: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Unusable> {
        let Some(text) = self.text()? else {
            return Ok(None);
        };
        match read(&text) {
            None => Err(self.error(expected)),
            value => Ok(value),
        }
    }

    pub(crate) fn flag(&self) -> Result<bool, Unusable> {
        Ok(self.parse("must be true or false")?.unwrap_or_default())
    }

    pub(crate) fn instant(&self) -> Result<Option<Instant>, Unusable> {
        self.parsed()
    }

    pub(crate) fn currency(&self) -> Result<Option<Currency>, Unusable> {
        self.parsed()
    }

    /// A number of pieces, at most a million.
    pub(crate) fn quantity(&self) -> Result<Option<u32>, Unusable> {
        let Some(raw) = self.raw else { return Ok(None) };
        let quantity = raw.parse().ok().filter(|_| !raw.starts_with('+'));
        match quantity {
            Some(quantity) if quantity <= MAX_QUANTITY => Ok(Some(quantity)),
            _ => Err(self.error(format!("must be a whole number from 0 to {MAX_QUANTITY}"))),
        }
    }

    /// A whole number as a JSON number without point or exponent, such as minor units or seconds.
    pub(crate) fn whole_number(&self) -> Result<Option<i64>, Unusable> {
        let Some(raw) = self.raw else { return Ok(None) };
        raw.parse()
            .map(Some)
            .map_err(|_| self.error("must be a whole number of at most 64 bits"))
    }

    /// An amount of zero or more, written as a decimal string or as a JSON number.
    pub(crate) fn amount(&self, currency: Currency) -> Result<Option<Amount>, Unusable> {
        match self.signed_amount(currency)? {
            Some(amount) if amount < Amount::ZERO => Err(self.error("must not be negative")),
            amount => Ok(amount),
        }
    }

    /// An amount that may be negative, written as a decimal string or as a JSON number.
    pub(crate) fn signed_amount(&self, currency: Currency) -> Result<Option<Amount>, Unusable> {
        let Some(literal) = self.number_literal()? else {
            return Ok(None);
        };
        let (negative, unsigned) = match literal.strip_prefix('-') {
            Some(unsigned) => (true, unsigned),
            None => (false, literal.as_ref()),
        };
        let amount = currency
            .parse(without_spare_zeros(unsigned, currency.digits()))
            .map_err(|error| self.error(error.to_string()))?;
        let minor = amount.minor();
        Ok(Some(Amount::from_minor(if negative {
            minor.saturating_neg()
        } else {
            minor
        })))
    }

    /// An amount of zero or more as a decimal string only, as our own format asks for.
    pub(crate) fn decimal_string(&self, currency: Currency) -> Result<Option<Amount>, Unusable> {
        let text: Option<Cow<'a, str>> =
            self.parse("must be a decimal string such as \"12.50\"")?;
        text.map(|text| {
            currency
                .parse(&text)
                .map_err(|error| self.error(error.to_string()))
        })
        .transpose()
    }

    pub(crate) fn number_literal(&self) -> Result<Option<Cow<'a, str>>, Unusable> {
        match self.raw {
            Some(raw) if raw.starts_with('"') => self.parse("must be an amount"),
            raw => Ok(raw.map(Cow::Borrowed)),
        }
    }

    fn parsed<T: FromStr<Err: fmt::Display>>(&self) -> Result<Option<T>, Unusable> {
        let text: Option<Cow<'a, str>> = self.parse("must be a string")?;
        text.map(|text| {
            text.parse()
                .map_err(|error: T::Err| self.error(error.to_string()))
        })
        .transpose()
    }

    /// Never passes on the parser's own message: it may quote the content.
    fn parse<T: Deserialize<'a>>(&self, expected: &str) -> Result<Option<T>, Unusable> {
        let Some(raw) = self.raw else { return Ok(None) };
        let parsed = serde_json::from_str(raw).map(Some);
        parsed.map_err(|error| match error.classify() {
            serde_json::error::Category::Data => self.error(expected),
            _ => self.error(format!(
                "not whole JSON: stops making sense at line {}, column {}",
                error.line(),
                error.column()
            )),
        })
    }
}

fn present(raw: &RawValue) -> Option<&str> {
    Some(raw.get()).filter(|text| *text != "null")
}

/// Cuts zeros after the currency's last digit: stores write `1000.00` for yen too.
fn without_spare_zeros(decimal: &str, digits: u32) -> &str {
    let Some((whole, fraction)) = decimal.split_once('.') else {
        return decimal;
    };
    let digits = digits as usize;
    match fraction.split_at_checked(digits) {
        Some((_, spare)) if spare.is_empty() || spare.bytes().any(|byte| byte != b'0') => decimal,
        Some(_) if digits == 0 => whole,
        Some((_, spare)) => decimal.strip_suffix(spare).unwrap_or(decimal),
        None => decimal,
    }
}

mod decimal;
#[cfg(test)]
mod json_cases;

#[cfg(test)]
mod tests;
