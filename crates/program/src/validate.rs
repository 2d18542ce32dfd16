//! What must hold before a program file is taken.
//!
//! What the rules read is checked by the rules themselves, on a case made of the file's policy
//! and directory and an order without lines: what passes here cannot be refused there.

use serde_json::{Map, Value, json};
use waymark_attribution::time::Duration;
use waymark_attribution::{Case, Currencies, fold_text};
use waymark_click::Code;
use waymark_facts::email::EmailKey;
use waymark_outbox::receiver::Outbox;
use waymark_signatures::Secret;

use crate::directory::{Kind, Row};
use crate::document::{Affiliate, ProgramDocument, for_rules};
use crate::edge::PublishedProgram;
use crate::hosts;
use crate::problem::{Problem, Problems};
use crate::store_api::StoreApi;

/// A program file that may be applied.
#[derive(Clone, Debug)]
pub struct Program {
    document: ProgramDocument,
    published: PublishedProgram,
}

/// The window of a policy that names none (RULES.md §3: `window`, default 30d; no preset has a
/// longer one).
const USUAL_WINDOW_MS: i64 = 30 * 86_400_000;

impl ProgramDocument {
    /// Checks the whole file, as well as that can be done without the list of public suffixes.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn validate(self) -> Result<Program, Problems> {
        self.validate_knowing(hosts::looks_like_public_suffix)
    }

    /// Checks the whole file, given which names are public suffixes: domains such as `co.uk` and
    /// `myshopify.com`, under which anybody may register names.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn validate_knowing(
        self,
        is_public_suffix: impl Fn(&str) -> bool,
    ) -> Result<Program, Problems> {
        let mut problems = Vec::new();
        let hosts = hosts::check(&self, is_public_suffix, &mut problems);
        check_names(&self, &mut problems);
        let currencies = check_currencies(&self, &mut problems);
        self.settings.check(&currencies, &mut problems);
        check_links(&self, &hosts, &mut problems);
        check_references(&self, &mut problems);
        check_endpoints(&self, &mut problems);
        check_outbox(&self, &mut problems);
        if problems.is_empty() {
            check_rules(&self, &mut problems);
        }
        if !problems.is_empty() {
            return Err(Problems(problems));
        }
        let published = PublishedProgram {
            name: self.name.clone(),
            home: self.home.clone(),
            hosts,
            currency: self.currency.clone(),
            currencies: self.currencies.clone(),
            settings: self.settings.clone(),
            redirects: self.redirects.clone(),
            window_ms: longest_window(&self),
        };
        Ok(Program {
            document: self,
            published,
        })
    }
}

impl Program {
    /// The program as rows, e-mails as keyed hashes.
    pub fn rows(&self, key: &EmailKey) -> Vec<Row> {
        let document = &self.document;
        let hashed = |email: &str| key.hash(email).map(|hash| hash.as_str().to_owned());
        let row = |kind: Kind, key: String, body: Value| Row { kind, key, body };
        let single = |kind: Kind, body: Value| row(kind, kind.as_str().to_owned(), body);
        let mut rows = vec![
            single(Kind::Program, json!(self.published)),
            single(Kind::Policy, document.policy.clone()),
        ];
        rows.extend(document.affiliates.iter().map(|(id, affiliate)| {
            let affiliate = Affiliate {
                emails: affiliate
                    .emails
                    .iter()
                    .filter_map(|email| hashed(email))
                    .collect(),
                ..affiliate.clone()
            };
            row(Kind::Affiliate, id.clone(), json!(affiliate))
        }));
        rows.extend(
            document
                .links
                .iter()
                .map(|(code, link)| row(Kind::Link, code.to_ascii_lowercase(), json!(link))),
        );
        let owned = |affiliate: &String| json!({ "affiliate": affiliate });
        rows.extend(document.coupons.iter().map(|(code, affiliate)| {
            row(Kind::Coupon, fold_text(code).into_owned(), owned(affiliate))
        }));
        rows.extend(document.emails.iter().filter_map(|(email, affiliate)| {
            Some(row(Kind::Email, hashed(email)?, owned(affiliate)))
        }));
        rows.extend(
            document
                .skus
                .iter()
                .map(|(sku, claim)| row(Kind::Sku, sku.clone(), json!(claim))),
        );
        rows.extend(
            document.tags.iter().map(|(tag, affiliate)| {
                row(Kind::Tag, fold_text(tag).into_owned(), owned(affiliate))
            }),
        );
        rows.extend(
            document
                .endpoints
                .iter()
                .map(|(id, endpoint)| row(Kind::Endpoint, id.clone(), json!(endpoint))),
        );
        rows.extend(
            document
                .webhooks
                .iter()
                .map(|(name, webhook)| row(Kind::Webhook, name.clone(), json!(webhook))),
        );
        rows.extend(
            document
                .postbacks
                .iter()
                .map(|(name, postback)| row(Kind::Postback, name.clone(), json!(postback))),
        );
        if document.outbox != Outbox::default() {
            rows.push(single(Kind::Outbox, json!(document.outbox)));
        }
        rows
    }
}

fn check_names(document: &ProgramDocument, problems: &mut Vec<Problem>) {
    if document.name.trim().is_empty() {
        problems.push(Problem::new("name", "is empty; give the program a name"));
    }
}

/// The currencies of the file, of which its own is one.
fn check_currencies(document: &ProgramDocument, problems: &mut Vec<Problem>) -> Currencies {
    let further = document.currencies.iter();
    let further = further.map(|(code, digits)| (code.as_str(), *digits));
    let currencies = Currencies::with(further).unwrap_or_else(|error| {
        let path = format!("currencies.{}", error.path());
        problems.push(Problem::new(path, error.message()));
        Currencies::default()
    });
    if let Err(error) = currencies.find(&document.currency) {
        problems.push(Problem::new("currency", error.to_string()));
    }
    currencies
}

fn check_links(document: &ProgramDocument, hosts: &[String], problems: &mut Vec<Problem>) {
    let mut codes: Vec<String> = Vec::with_capacity(document.links.len());
    for (code, link) in &document.links {
        let path = format!("links.{code}");
        match code.parse::<Code>() {
            Err(error) => problems.push(Problem::new(&path, error.to_string())),
            Ok(code) => codes.push(code.as_str().to_owned()),
        }
        problems.extend(link.problems(&path, hosts));
    }
    codes.sort_unstable();
    for pair in codes.windows(2) {
        if let [one, other] = pair
            && one == other
        {
            problems.push(Problem::new(
                format!("links.{one}"),
                "stands twice; codes are compared without case",
            ));
        }
    }
}

/// Every trigger, link and postback belongs to an affiliate of the file, and every e-mail is an address.
fn check_references(document: &ProgramDocument, problems: &mut Vec<Problem>) {
    let links = document
        .links
        .iter()
        .map(|(code, link)| ("links", code, &link.affiliate));
    let coupons = document
        .coupons
        .iter()
        .map(|(code, id)| ("coupons", code, id));
    let emails = document
        .emails
        .iter()
        .map(|(email, id)| ("emails", email, id));
    let skus = document
        .skus
        .iter()
        .map(|(sku, claim)| ("skus", sku, &claim.affiliate));
    let tags = document.tags.iter().map(|(tag, id)| ("tags", tag, id));
    let postbacks = document.postbacks.iter().filter_map(|(name, postback)| {
        let affiliate = postback.affiliate.as_ref()?;
        Some(("postbacks", name, affiliate))
    });
    let owned = links.chain(coupons).chain(emails).chain(skus).chain(tags);
    for (table, key, affiliate) in owned.chain(postbacks) {
        if !document.affiliates.contains_key(affiliate) {
            problems.push(Problem::new(
                format!("{table}.{key}"),
                format!("there is no affiliate {affiliate:?}; define [affiliates.{affiliate}]"),
            ));
        }
    }
    let own = document.affiliates.iter().flat_map(|(id, affiliate)| {
        affiliate
            .emails
            .iter()
            .map(move |email| (format!("affiliates.{id}.emails"), email))
    });
    let customers = document
        .emails
        .keys()
        .map(|email| (format!("emails.{email}"), email));
    // Any key will do: whether a text is an address does not depend on it.
    let key = EmailKey::new(*b"is it an address?");
    for (path, email) in own.chain(customers) {
        if key.hash(email).is_none() {
            problems.push(Problem::new(
                path,
                format!("{email:?} is not an e-mail address"),
            ));
        }
    }
}

fn check_endpoints(document: &ProgramDocument, problems: &mut Vec<Problem>) {
    for (id, endpoint) in &document.endpoints {
        let path = format!("endpoints.{id}");
        if id.parse::<Code>().is_err() {
            problems.push(Problem::new(
                &path,
                "expected 1 to 64 of A-Z a-z 0-9 _ - that begin with a letter or digit: it is \
                 a part of the address that the store calls",
            ));
        }
        if endpoint.store.trim().is_empty() || endpoint.store.contains('/') {
            problems.push(Problem::new(
                format!("{path}.store"),
                "expected a name for the store, without a slash",
            ));
        }
        if endpoint.secrets.is_empty() {
            problems.push(Problem::new(
                format!("{path}.secrets"),
                "is empty; name the Worker's secret that the store signs with",
            ));
        }
        for name in &endpoint.secrets {
            if !Secret::is_name(name) {
                problems.push(Problem::new(
                    format!("{path}.secrets"),
                    "expected names of the Worker's secrets (A-Z, 0-9 and _), never their values",
                ));
            }
        }
        problems.extend(StoreApi::problems(
            endpoint.api.as_ref(),
            endpoint.kind,
            &path,
        ));
    }
}

fn check_outbox(document: &ProgramDocument, problems: &mut Vec<Problem>) {
    let found = waymark_outbox::check(&document.outbox, &document.webhooks, &document.postbacks);
    let found = found.into_iter();
    problems.extend(found.map(|(path, message)| Problem::new(path, message)));
}

/// Lets the rules check what they read.
fn check_rules(document: &ProgramDocument, problems: &mut Vec<Problem>) {
    let affiliates: Map<String, Value> = document
        .affiliates
        .iter()
        .map(|(id, affiliate)| (id.clone(), for_rules(json!(affiliate))))
        .collect();
    let case = json!({
        "policy": document.policy,
        "directory": {
            "affiliates": affiliates,
            "coupons": document.coupons,
            "emails": document.emails,
            "skus": document.skus,
            "tags": document.tags,
        },
        "currencies": document.currencies,
        "order": {
            "id": "none",
            "placed_at": "2000-01-01T00:00:00Z",
            "currency": document.currency,
            "lines": [],
        },
    });
    if let Err(error) = Case::from_json(&case.to_string()) {
        let path = error.path();
        let path = path.strip_prefix("directory.").unwrap_or(path);
        problems.push(Problem::new(path, error.message()));
    }
}

/// The longest time for which a touch may count.
fn longest_window(document: &ProgramDocument) -> i64 {
    let policy = document.policy.get("window").and_then(Value::as_str);
    let affiliates = document
        .affiliates
        .values()
        .filter_map(|affiliate| affiliate.window.as_deref());
    let own = affiliates.filter_map(milliseconds).max().unwrap_or(0);
    policy
        .and_then(milliseconds)
        .unwrap_or(USUAL_WINDOW_MS)
        .max(own)
}

fn milliseconds(duration: &str) -> Option<i64> {
    Some(duration.parse::<Duration>().ok()?.as_millis())
}
