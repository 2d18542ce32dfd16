//! What is wrong with the outbox's part of a program file is told by its field.

use std::collections::BTreeMap;

use serde::Deserialize;
use waymark_outbox::check;
use waymark_outbox::receiver::{Outbox, Postback, Webhook};

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct File {
    outbox: Outbox,
    webhooks: BTreeMap<String, Webhook>,
    postbacks: BTreeMap<String, Postback>,
}

const FILE: &str = r#"
[outbox]
hosts = ["hooks.example", "Track.Network.example"]

[webhooks.shop]
url = "https://hooks.example/waymark"
secrets = ["SHOP_HOOKS"]
events = ["conversion.created", "review.needed"]

[postbacks.ana]
url = "https://track.network.example/p/{click_id}?sum={payout}&token={secret}"
affiliate = "ana"
secret = "NETWORK_TOKEN"
success = [200, 409]
events = ["conversion.created", "conversion.reversed"]

[postbacks.network]
url = "https://hooks.example/p"
method = "POST"
body = { json = '{"click": "{click_id}", "sum": {payout}}' }
"#;

fn problems(toml: &str) -> Vec<String> {
    let file: File = toml::from_str(toml).unwrap();
    let problems = check(&file.outbox, &file.webhooks, &file.postbacks);
    problems
        .into_iter()
        .map(|(path, message)| format!("{path}: {message}"))
        .collect()
}

#[test]
fn a_file_that_is_right_has_no_problem() {
    assert_eq!(problems(FILE), [""; 0]);
    assert_eq!(problems(""), [""; 0]);
}

#[test]
fn every_problem_names_its_field_and_the_remedy() {
    for (right, wrong, problem) in [
        (
            "\"hooks.example\",",
            "",
            "webhooks.shop.url: hooks.example is not confirmed; add it to outbox.hosts",
        ),
        (
            "\"hooks.example\",",
            "\"hooks.example\", \"localhost\",",
            "outbox.hosts[1]: localhost is a name within a network",
        ),
        (
            "\"hooks.example\",",
            "\"hooks.example\", \"*.example\",",
            "outbox.hosts[1]: expected the name of a host alone",
        ),
        (
            "[webhooks.shop]",
            "[webhooks.\"my shop\"]",
            "webhooks.my shop: expected a name of 1 to 64",
        ),
        (
            "https://hooks.example/waymark",
            "https://hooks.example:8443/",
            "webhooks.shop.url: has a port",
        ),
        (
            "[\"SHOP_HOOKS\"]",
            "[]",
            "webhooks.shop.secrets: is empty; name the Worker's secret",
        ),
        (
            "SHOP_HOOKS",
            "whsec_C2FVsBQIhrscChlQIMV",
            "webhooks.shop.secrets: expected names of the Worker's secrets",
        ),
        (
            "[\"conversion.created\", \"review.needed\"]",
            "[]",
            "webhooks.shop.events: is empty; name at least one",
        ),
        (
            "[postbacks.ana]",
            "[postbacks.\"\"]",
            "postbacks.: expected a name of 1 to 64",
        ),
        (
            "{click_id}?",
            "{clickid}?",
            "postbacks.ana.url: {clickid} is not a macro; the macros are {click_id} ",
        ),
        (
            "secret = \"NETWORK_TOKEN\"",
            "",
            "postbacks.ana.secret: missing; name the Worker's secret that {secret}",
        ),
        (
            "NETWORK_TOKEN",
            "hush-hush",
            "postbacks.ana.secret: expected the name of a secret of the Worker",
        ),
        (
            "[200, 409]",
            "[302]",
            "postbacks.ana.success: 302 cannot mean success; name statuses from",
        ),
        (
            "conversion.reversed",
            "order.orphaned",
            "postbacks.ana.events: order.orphaned is about no conversion; a postback can be told of conversion.created, ",
        ),
        (
            "method = \"POST\"",
            "",
            "postbacks.network.body: a GET has none; set method = \"POST\"",
        ),
        (
            "{payout}}",
            "{sub1}}",
            "postbacks.network.body.json: {sub1} stands without quotes",
        ),
        (
            "body = { json = '{\"click\"",
            "body = { form = '{\"click\"",
            "postbacks.network.body.form: has a single brace",
        ),
    ] {
        assert_eq!(FILE.matches(right).count(), 1, "{right}");
        let problems = problems(&FILE.replace(right, wrong));
        let found = problems.iter().any(|it| it.starts_with(problem));
        assert!(found, "{wrong}: {problems:#?}");
        let others: Vec<_> = problems
            .iter()
            .filter(|it| !it.starts_with(problem) && !it.contains("hooks.example is not confirmed"))
            .collect();
        assert_eq!(others, [""; 0], "{wrong}");
    }
}

#[test]
fn what_is_misspelt_is_refused() {
    for (right, wrong) in [
        ("hosts =", "host ="),
        ("secrets =", "secret ="),
        ("success =", "sucess ="),
        ("conversion.reversed", "conversion.revoked"),
        ("\"POST\"", "\"PUT\""),
        ("{ json =", "{ xml ="),
    ] {
        assert_eq!(FILE.matches(right).count(), 1, "{right}");
        let read = toml::from_str::<File>(&FILE.replace(right, wrong));
        assert!(read.is_err(), "{wrong}");
    }
}

#[test]
fn a_receiver_is_kept_as_it_was_written() {
    let file: File = toml::from_str(FILE).unwrap();
    for postback in file.postbacks.values() {
        let json = serde_json::to_value(postback).unwrap();
        assert_eq!(&serde_json::from_value::<Postback>(json).unwrap(), postback);
    }
    let plain: Postback = toml::from_str("url = \"https://hooks.example/\"").unwrap();
    let json = serde_json::to_value(&plain).unwrap();
    assert_eq!(json, serde_json::json!({ "url": "https://hooks.example/" }));
}
