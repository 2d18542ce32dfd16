//! What must hold of the outbox's part of a program file before it is taken.

use std::collections::BTreeMap;

use waymark_click::Code;
use waymark_signatures::Secret;

use crate::address;
use crate::event::EventType;
use crate::macros::Macro;
use crate::receiver::{Body, CallMethod, Outbox, Postback, Webhook};
use crate::template::UrlTemplate;

/// Longest body template, in bytes.
const BODY_MAX_LEN: usize = 8_192;

/// Everything that is wrong: the field, and what would be right.
///
/// That affiliates exist is for the caller to check.
pub fn check(
    outbox: &Outbox,
    webhooks: &BTreeMap<String, Webhook>,
    postbacks: &BTreeMap<String, Postback>,
) -> Vec<(String, String)> {
    let mut problems = Vec::new();
    for (place, host) in outbox.hosts.iter().enumerate() {
        if let Err(error) = address::host_name(host) {
            problems.push((format!("outbox.hosts[{place}]"), error.to_string()));
        }
    }
    for (name, webhook) in webhooks {
        let path = format!("webhooks.{name}");
        check_name(name, &path, &mut problems);
        check_webhook(webhook, &path, &outbox.hosts, &mut problems);
    }
    for (name, postback) in postbacks {
        let path = format!("postbacks.{name}");
        check_name(name, &path, &mut problems);
        check_postback(postback, &path, &outbox.hosts, &mut problems);
    }
    problems
}

type Problems = Vec<(String, String)>;

fn check_name(name: &str, path: &str, problems: &mut Problems) {
    if name.parse::<Code>().is_err() {
        let message = "expected a name of 1 to 64 of A-Z a-z 0-9 _ - that begins with a letter or \
                       digit";
        problems.push((path.to_owned(), message.to_owned()));
    }
}

fn check_webhook(webhook: &Webhook, path: &str, hosts: &[String], problems: &mut Problems) {
    let mut wrong = |field: &str, message: &str| {
        problems.push((format!("{path}.{field}"), message.to_owned()));
    };
    if let Err(error) = address::confirmed_host(&webhook.url, hosts) {
        wrong("url", &error.to_string());
    }
    if webhook.secrets.is_empty() {
        let message = "is empty; name the Worker's secret that calls are signed with";
        wrong("secrets", message);
    }
    if !webhook.secrets.iter().all(|name| Secret::is_name(name)) {
        let message = "expected names of the Worker's secrets (A-Z, 0-9 and _), never their values";
        wrong("secrets", message);
    }
    if webhook.events.as_ref().is_some_and(Vec::is_empty) {
        wrong(
            "events",
            "is empty; name at least one, or leave it out for all",
        );
    }
}

fn check_postback(postback: &Postback, path: &str, hosts: &[String], problems: &mut Problems) {
    let mut wrong = |field: &str, message: &str| {
        problems.push((format!("{path}.{field}"), message.to_owned()));
    };
    let mut has_secret = false;
    match UrlTemplate::parse(&postback.url, hosts) {
        Ok(url) => has_secret |= url.has(Macro::Secret),
        Err(error) => wrong("url", &error.to_string()),
    }
    if let Some(body) = &postback.body {
        let field = match body {
            Body::Form(_) => "body.form",
            Body::Json(_) => "body.json",
        };
        if postback.method == CallMethod::Get {
            wrong(
                "body",
                "a GET has none; set method = \"POST\", or remove it",
            );
        }
        if body.text().len() > BODY_MAX_LEN {
            wrong(field, &format!("is longer than {BODY_MAX_LEN} bytes"));
        }
        match body.template() {
            Ok(template) => has_secret |= template.has(Macro::Secret),
            Err(error) => wrong(field, &error.to_string()),
        }
    }
    match &postback.secret {
        Some(name) if !Secret::is_name(name) => {
            let message =
                "expected the name of a secret of the Worker (A-Z, 0-9 and _), never its value";
            wrong("secret", message);
        }
        None if has_secret => {
            let message = "missing; name the Worker's secret that {secret} stands for";
            wrong("secret", message);
        }
        _ => {}
    }
    for status in &postback.success {
        if !matches!(status, 200..=299 | 400..=599) {
            let message = format!(
                "{status} cannot mean success; name statuses from 200 to 299 or 400 to 599 \
                 (redirects are never followed)"
            );
            wrong("success", &message);
        }
    }
    if let Some(events) = &postback.events {
        if events.is_empty() {
            let message = "is empty; name at least one, or leave it out for conversion.created";
            wrong("events", message);
        }
        for event in events.iter().filter(|event| !event.is_of_conversion()) {
            wrong("events", &not_of_conversion(*event));
        }
    }
}

fn not_of_conversion(event: EventType) -> String {
    let conversions: Vec<&str> = EventType::ALL
        .into_iter()
        .filter(|event| event.is_of_conversion())
        .map(EventType::as_str)
        .collect();
    format!(
        "{} is about no conversion; a postback can be told of {}",
        event.as_str(),
        conversions.join(", ")
    )
}
