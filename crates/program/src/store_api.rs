//! How to ask a store for its orders: what `api` says at an endpoint.

use serde::{Deserialize, Serialize};
use waymark_click::Destination;
use waymark_outbox::address::host_name;
use waymark_signatures::Secret;
use waymark_stores::{ApiField, Platform};

use crate::problem::Problem;

/// Where a store's API is, and the names – never the values – of the Worker's secrets that open it.
/// Which fields are needed depends on the endpoint's kind; those of other kinds are refused.
///
/// A store's calls can be lost: with `api`, Shopify, WooCommerce and Stripe are looked at for what
/// they would have said, as often as `settings.reconcile` says. BigCommerce's calls say no more than
/// that an order changed, so there `api` is required.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoreApi {
    /// Shopify: the shop's own name at Shopify, `kettle.myshopify.com`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Shopify: the client id of an app that was made since 2026, instead of `token`. Access tokens are
    /// asked for with it and the secret that the endpoint names first, which its calls are signed with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// WooCommerce: WordPress's address, `https://shop.example`, with a path if it is below one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// BigCommerce: the store's part of its API's addresses, `api.bigcommerce.com/stores/HASH`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store_hash: Option<String>,
    /// Shopify (apps made before 2026), BigCommerce: the secret that holds an access token that may read
    /// orders. Stripe: that
    /// holds a restricted key, `rk_live_…`, that may read events, and what they are about: checkout
    /// sessions, invoices, charges and refunds, disputes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// WooCommerce: the secret that holds the consumer key, `ck_…`, of a REST API key that may read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// WooCommerce: the secret that holds the key's consumer secret, `cs_…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

impl StoreApi {
    /// What is wrong with an endpoint's `api`, or with its lack.
    pub(crate) fn problems(api: Option<&Self>, kind: Platform, path: &str) -> Vec<Problem> {
        let name = kind.name();
        let names = |fields: &'static [ApiField]| -> Vec<&str> {
            fields.iter().map(|field| field.name).collect()
        };
        let by_grant = api.is_some_and(Self::is_by_grant);
        let wanted = match (by_grant, kind.grant_fields()) {
            (_, []) | (false, _) => names(kind.api_fields()),
            (true, fields) => names(fields),
        };
        let path = format!("{path}.api");
        let Some(api) = api else {
            let message = format!(
                "is missing; a {name} store's calls say no more than that an order changed, so say \
                 here what opens its API: {}",
                wanted.join(", ")
            );
            return kind
                .only_notifies()
                .then(|| Problem::new(path, message))
                .into_iter()
                .collect();
        };
        if wanted.is_empty() {
            let message = format!("a {name} store has no API to ask; leave it out");
            return vec![Problem::new(path, message)];
        }
        let mut problems = Vec::new();
        for (field, value) in api.fields() {
            let message = match value {
                Some(value) if wanted.contains(&field) => expected(field, value),
                Some(_) if by_grant && field == "token" && wanted.contains(&"client_id") => Some(
                    "stands beside client_id, with which tokens are asked for; leave one out"
                        .to_owned(),
                ),
                Some(_) => Some(format!(
                    "is not of a {name} store, whose fields are {}",
                    wanted.join(", ")
                )),
                None if wanted.contains(&field) => {
                    Some(format!("is missing; {name} needs {}", wanted.join(", ")))
                }
                None => None,
            };
            problems.extend(message.map(|it| Problem::new(format!("{path}.{field}"), it)));
        }
        problems
    }

    /// The value of a field; `None` where it is not set, or unknown.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&str> {
        let mut fields = self.fields().into_iter();
        fields.find_map(|(name, value)| value.filter(|_| name == field))
    }

    /// Whether tokens are asked for, and end.
    #[must_use]
    pub fn is_by_grant(&self) -> bool {
        self.client_id.is_some()
    }

    fn fields(&self) -> [(&'static str, Option<&str>); 7] {
        [
            ("host", self.host.as_deref()),
            ("client_id", self.client_id.as_deref()),
            ("url", self.url.as_deref()),
            ("store_hash", self.store_hash.as_deref()),
            ("token", self.token.as_deref()),
            ("key", self.key.as_deref()),
            ("secret", self.secret.as_deref()),
        ]
    }
}

/// What a field should hold, if it does not. A secret's value that stands there by mistake is not
/// repeated.
fn expected(field: &str, value: &str) -> Option<String> {
    let (fits, expected) = match field {
        "host" => (
            is_shopify_host(value),
            "expected the shop's name at Shopify, such as kettle.myshopify.com",
        ),
        "client_id" => (
            (8..=64).contains(&value.len()) && value.bytes().all(|it| it.is_ascii_alphanumeric()),
            "expected the app's client id, letters and digits as its settings show it, never its secret",
        ),
        "url" => (
            is_https_address(value),
            "expected WordPress's public address, such as https://shop.example, without a slash at \
             its end",
        ),
        "store_hash" => (
            !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            "expected the letters and digits after /stores/ in the address of the store's API",
        ),
        _ => (
            Secret::is_name(value),
            "expected the name of a Worker's secret (A-Z, 0-9 and _), never its value",
        ),
    };
    (!fits).then(|| expected.to_owned())
}

fn is_shopify_host(host: &str) -> bool {
    host.strip_suffix(".myshopify.com").is_some_and(|shop| {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        shop.bytes().next().is_some_and(is_plain)
            && shop.bytes().all(|byte| is_plain(byte) || byte == b'-')
    })
}

/// An address to which a path can be added. Keys are sent there, so nothing but https to a public
/// host will do.
fn is_https_address(text: &str) -> bool {
    let is_bare = !text.contains(['?', '#']) && !text.ends_with('/');
    let fits = |url: Destination| {
        url.as_str().trim_end_matches('/') == text && host_name(url.host()).is_ok()
    };
    is_bare && text.starts_with("https://") && Destination::published(text).is_ok_and(fits)
}
