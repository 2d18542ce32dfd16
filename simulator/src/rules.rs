//! A program's directory and policy, in force for ever.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use waymark_attribution::money::{Amount, Currency};
use waymark_attribution::time::{Duration, Instant};
use waymark_facts::email::EmailKey;
use waymark_outbox::receiver::{Postback, Receiver, Webhook};
use waymark_program::ProgramDocument;
use waymark_program::case::{Directory, RowName};
use waymark_program::directory::Kind;
use waymark_program::settings::Settings;

/// What a program file says.
#[derive(Debug)]
pub struct Rules {
    rows: BTreeMap<Kind, BTreeMap<String, Value>>,
    /// Affiliates of links, by the links' numbers, which begin with 0.
    links: Vec<String>,
    settings: Settings,
    webhooks: BTreeMap<String, Webhook>,
    postbacks: BTreeMap<String, Postback>,
    pub hosts: Vec<String>,
}

impl Rules {
    /// Those of a program file (TOML).
    pub fn of(file: &str, email_key: &EmailKey) -> Self {
        let document = ProgramDocument::from_toml(file).expect("a program file");
        let (webhooks, postbacks) = (document.webhooks.clone(), document.postbacks.clone());
        let (settings, hosts) = (document.settings.clone(), document.outbox.hosts.clone());
        let program = document.validate().expect("a program without problems");
        let mut rows: BTreeMap<Kind, BTreeMap<String, Value>> = BTreeMap::new();
        let mut links = Vec::new();
        for row in program.rows(email_key) {
            if row.kind == Kind::Link {
                let affiliate = row.body.get("affiliate").and_then(Value::as_str);
                links.push(affiliate.expect("a link's affiliate").to_owned());
            }
            rows.entry(row.kind).or_default().insert(row.key, row.body);
        }
        Self {
            rows,
            links,
            settings,
            webhooks,
            postbacks,
            hosts,
        }
    }

    pub fn hold(&self) -> Duration {
        self.settings.hold
    }

    pub fn payout_minimum(&self, currency: Currency) -> Amount {
        self.settings.payout_minimum(currency)
    }

    /// Everybody who is told of events, by name.
    pub fn receivers(&self) -> impl Iterator<Item = (&str, Receiver<'_>)> {
        let webhooks = self.webhooks.iter();
        let postbacks = self.postbacks.iter();
        webhooks
            .map(|(name, it)| (name.as_str(), Receiver::Webhook(it)))
            .chain(postbacks.map(|(name, it)| (name.as_str(), Receiver::Postback(it))))
    }

    pub fn receiver(&self, name: &str) -> Option<Receiver<'_>> {
        let found = self.receivers().find(|(known, _)| *known == name);
        found.map(|(_, receiver)| receiver)
    }
}

impl Directory for Rules {
    type Error = serde_json::Error;

    fn in_force(
        &self,
        named: &BTreeSet<RowName>,
        _: Instant,
    ) -> Result<BTreeMap<RowName, Value>, serde_json::Error> {
        let found = named.iter().filter_map(|name| {
            let (kind, key) = name;
            let body = self.rows.get(kind)?.get(key)?;
            Some((name.clone(), body.clone()))
        });
        Ok(found.collect())
    }

    fn policy(&self, _: Instant) -> Result<Option<(i64, Value)>, serde_json::Error> {
        let rows = self.rows.get(&Kind::Policy);
        Ok(rows.and_then(|rows| Some((1, rows.values().next()?.clone()))))
    }

    fn affiliates_of_links(
        &self,
        numbers: &BTreeSet<u32>,
    ) -> Result<BTreeMap<u32, String>, serde_json::Error> {
        let found = numbers.iter().filter_map(|number| {
            let place = usize::try_from(*number).expect("a small number");
            Some((*number, self.links.get(place)?.clone()))
        });
        Ok(found.collect())
    }
}
