//! A program's directory and policy, in force for ever.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use waymark_attribution::money::{Amount, Currency};
use waymark_facts::email::EmailKey;
use waymark_orders::OrderSettings;
use waymark_orders::case::{Directory, Names, Policy};
use waymark_outbox::receiver::{Postback, Receiver, Webhook};
use waymark_program::ProgramDocument;
use waymark_program::directory::{Kind, Row};
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

    /// Of its settings those by which orders are decided.
    pub fn order_settings(&self) -> OrderSettings {
        OrderSettings::from(&self.settings)
    }

    /// Everybody who may be credited.
    pub fn affiliates(&self) -> Vec<&str> {
        let rows = self.rows.get(&Kind::Affiliate).into_iter().flatten();
        rows.map(|(id, _)| id.as_str()).collect()
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

impl Rules {
    /// What a case wants to know of the directory.
    pub fn directory(&self, names: &Names) -> Directory {
        let get = |kind: Kind, key: &str| {
            let body = self.rows.get(&kind)?.get(key)?;
            Some(Row {
                kind,
                key: key.to_owned(),
                body: body.clone(),
            })
        };
        let triggers = names.triggers.iter();
        let mut rows: Vec<Row> = triggers.filter_map(|(kind, key)| get(*kind, key)).collect();
        let link = |number: &u32| {
            let place = usize::try_from(*number).expect("a small number");
            Some((*number, self.links.get(place)?.clone()))
        };
        let links: BTreeMap<u32, String> = names.links.iter().filter_map(link).collect();
        let by_rows = rows.iter().filter_map(|row| row.body["affiliate"].as_str());
        let mut affiliates: BTreeSet<&str> =
            by_rows.chain(links.values().map(|it| &**it)).collect();
        affiliates.extend(names.affiliates.iter().map(String::as_str));
        let affiliates = affiliates.into_iter();
        let affiliates: Vec<Row> = affiliates
            .filter_map(|id| get(Kind::Affiliate, id))
            .collect();
        rows.extend(affiliates);
        let policy = self
            .rows
            .get(&Kind::Policy)
            .and_then(|rows| rows.values().next());
        Directory {
            has_skus: false,
            policy: policy.map(|body| Policy {
                version: 1,
                body: body.clone(),
            }),
            rows,
            links,
        }
    }
}
