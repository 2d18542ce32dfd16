//! The program file, as a merchant writes it.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use toml::value::{Datetime, Time};
use waymark_attribution::read_json;
use waymark_outbox::receiver::{Outbox, Postback, Webhook};
use waymark_stores::Platform;

use crate::link::{Link, Redirects};
use crate::problem::{Problem, Problems};
use crate::settings::Settings;
use crate::store_api::StoreApi;

/// `program.toml`. Unknown fields are refused: a misspelt rule must not be ignored silently.
///
/// What the rules read – the policy, rates, SKU lists – stands here as it was written: the rules
/// check it themselves (see [`crate::validate`]).
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ProgramDocument {
    /// The program's name, for people.
    pub name: String,
    /// The shop's home page: where a shopper goes when a link is not known.
    pub home: String,
    /// The hosts that links may lead to. Default: the host of `home`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// The currency in which flat rates are written, and checked: one of ISO 4217, or of `currencies`.
    pub currency: String,
    /// Currencies that ISO 4217 does not list: three capital letters, and how many decimals an amount
    /// has, from 0 to 4.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub currencies: BTreeMap<String, u8>,
    /// What holds for all of the program.
    #[serde(default)]
    pub settings: Settings,
    /// A preset's name, or a policy (a preset with overrides, or all of one's own).
    pub policy: Value,
    /// Who may be credited, by id.
    #[serde(default)]
    pub affiliates: BTreeMap<String, Affiliate>,
    /// What redirects of all links say, where a link says nothing.
    #[serde(default)]
    pub redirects: Redirects,
    /// Links by code.
    #[serde(default)]
    pub links: BTreeMap<String, Link>,
    /// Coupon code → affiliate.
    #[serde(default)]
    pub coupons: BTreeMap<String, String>,
    /// Customer's e-mail address → affiliate.
    #[serde(default)]
    pub emails: BTreeMap<String, String>,
    /// SKU → affiliate, with a rate of its own if wanted.
    #[serde(default)]
    pub skus: BTreeMap<String, Sku>,
    /// Order or customer tag → affiliate.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Where stores call: `/hooks/{endpoint}`.
    #[serde(default)]
    pub endpoints: BTreeMap<String, Endpoint>,
    /// What holds for all messages that are sent.
    #[serde(default)]
    pub outbox: Outbox,
    /// The merchant's own addresses that are told of what happens.
    #[serde(default)]
    pub webhooks: BTreeMap<String, Webhook>,
    /// Affiliates' and ad networks' addresses that are told of conversions.
    #[serde(default)]
    pub postbacks: BTreeMap<String, Postback>,
}

/// One affiliate. All but `name` are the rules' fields of the same names.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Affiliate {
    /// For people. Default: the affiliate's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `active` or `paused`; none: active.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// `content`, `coupon`, `extension` or `cashback`: whose touches stand down for whose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Its own addresses: by them an order is known that it places itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<String>,
    /// How long a touch stays valid, as `45d`; none: as the policy says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    /// Rates of its own, as the rules write them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rates: Option<Value>,
    /// SKU lists and rates of its own, as the rules write them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<Value>,
}

/// What the rules read of an affiliate: all but its name, since they know it by the id.
pub fn for_rules(mut affiliate: Value) -> Value {
    if let Value::Object(members) = &mut affiliate {
        members.remove("name");
    }
    affiliate
}

/// The affiliate of a SKU, and a rate that only this SKU has.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Sku {
    /// The affiliate's id.
    pub affiliate: String,
    /// A rate of its own, as the rules write it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Value>,
}

/// One address that a store calls.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// The platform that the store runs on.
    pub kind: Platform,
    /// The store's name in order keys: `GET /v1/orders/{store}/{id}`. Two stores may number
    /// their orders alike, so each has its own.
    pub store: String,
    /// The names – never the values – of the Worker's secrets that this endpoint's calls may be
    /// signed with. Two while a secret is being changed.
    pub secrets: Vec<String>,
    /// Whether the page that thanks for an order may say which visitor it was shown to, for orders
    /// that carry no token. Anyone who has clicked can claim an order so, within a day of it and
    /// knowing its id: allow it where ids cannot be guessed, or look at the orders that it flags.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub beacon: bool,
    /// How to ask the store itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<StoreApi>,
}

impl ProgramDocument {
    /// Reads a program from TOML, by way of [`json_from_toml`].
    ///
    /// # Errors
    /// As [`json_from_toml`], or as [`ProgramDocument::from_json`].
    pub fn from_toml(text: &str) -> Result<Self, Problems> {
        Self::from_json(&json_from_toml(text)?)
    }

    /// Reads a program from JSON.
    ///
    /// # Errors
    /// Where it is not JSON, or the first field that is missing, unknown, or of the wrong type.
    pub fn from_json(text: &str) -> Result<Self, Problems> {
        let _: IgnoredAny = serde_json::from_str(text).map_err(|error| {
            let message =
                format!("not JSON: {error}; a file in TOML is sent by `waymark program apply`");
            Problem::new("program", message)
        })?;
        read_json(text).map_err(|error| {
            let place = match error.path() {
                "" => "program",
                path => path,
            };
            Problem::new(place, error.message()).into()
        })
    }
}

/// The JSON that says the same as a program file in TOML, and is read in its place: the Worker knows
/// no TOML. A moment or a day may stand in the file with quotes or without.
///
/// # Errors
/// Where it is not TOML, or the first date and time without an offset from UTC.
pub fn json_from_toml(text: &str) -> Result<String, Problems> {
    let table: toml::Table = toml::from_str(text)
        .map_err(|error| Problem::new("program", error.to_string().trim_end()))?;
    Ok(json_of(toml::Value::Table(table), "")?.to_string())
}

/// The value that stands at `path`, as JSON has it. A date or time, of which JSON knows none, is
/// the text that it would be with quotes.
fn json_of(value: toml::Value, path: &str) -> Result<Value, Problem> {
    Ok(match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(flag) => flag.into(),
        toml::Value::Datetime(datetime) => text_of(datetime, path)?.into(),
        toml::Value::Array(items) => {
            let items = items.into_iter().enumerate();
            let items = items.map(|(place, item)| json_of(item, &format!("{path}[{place}]")));
            Value::Array(items.collect::<Result<_, _>>()?)
        }
        toml::Value::Table(fields) => {
            let fields = fields.into_iter().map(|(name, value)| {
                let path = match path {
                    "" => name.clone(),
                    path => format!("{path}.{name}"),
                };
                Ok((name, json_of(value, &path)?))
            });
            Value::Object(fields.collect::<Result<_, Problem>>()?)
        }
    })
}

/// TOML lets seconds be left out; nothing else does.
fn text_of(datetime: Datetime, path: &str) -> Result<String, Problem> {
    let time = datetime.time.map(|time| Time {
        second: time.second.or(Some(0)),
        ..time
    });
    let text = Datetime { time, ..datetime }.to_string();
    match datetime {
        Datetime {
            date: Some(_),
            time: Some(_),
            offset: None,
        } => {
            let message = format!(
                "has no offset from UTC, without which it is another moment in every time zone; \
                 write {text}Z, or add that of your clocks, as in {text}+01:00"
            );
            Err(Problem::new(path, message))
        }
        _ => Ok(text),
    }
}
