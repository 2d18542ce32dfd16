//! A program file: what may stand in it, and the rows that it becomes.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use serde_json::{Value, json};
use waymark_attribution::time::Instant;
use waymark_facts::email::EmailKey;
use waymark_program::ProgramDocument;
use waymark_program::directory::{Kind, Row, difference};
use waymark_program::edge::{PublishedProgram, published_link};
use waymark_program::link::Link;
use waymark_program::settings::{Renewals, Settings};

const PROGRAM: &str = r#"
name = "A shop"
home = "https://shop.example/de/"
currency = "EUR"
policy = "refersion"

[affiliates.ana]
emails = [" Ana@Blog.example "]
window = "45d"
rates = { link = { percent = "8" } }

[links]
Spring = { affiliate = "ana", url = "https://shop.example/spring" }

[coupons]
" SAVE10 " = "ana"

[emails]
"Buyer@Y.test" = "ana"

[skus]
"Tea " = { affiliate = "ana", rate = { per_item = "1.50" } }

[tags]
VIP = "ana"

[endpoints.shop]
kind = "generic"
store = "shop"
secrets = ["SHOP_SECRET"]
"#;

fn key() -> EmailKey {
    EmailKey::new(*b"a key of thirty-two bytes, or so")
}

fn rows(toml: &str) -> Vec<Row> {
    let program = ProgramDocument::from_toml(toml).and_then(ProgramDocument::validate);
    program.unwrap().rows(&key())
}

fn body(rows: &[Row], kind: Kind, key: &str) -> Value {
    let row = rows.iter().find(|row| row.kind == kind && row.key == key);
    row.map_or(Value::Null, |row| row.body.clone())
}

/// The link of the code `spring`.
fn spring(rows: &[Row]) -> Link {
    serde_json::from_value(body(rows, Kind::Link, "spring")).unwrap()
}

/// The problems of a file, each as `field: what is wrong`.
fn problems(toml: &str) -> Vec<String> {
    match ProgramDocument::from_toml(toml).and_then(ProgramDocument::validate) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn every_part_of_a_file_becomes_a_row_under_the_key_that_it_is_found_by() {
    let rows = rows(PROGRAM);
    assert_eq!(rows.len(), 9);
    // Codes and tags are found without case and white space around them, SKUs exactly.
    assert_eq!(
        body(&rows, Kind::Coupon, "save10"),
        json!({ "affiliate": "ana" })
    );
    assert_eq!(body(&rows, Kind::Tag, "vip"), json!({ "affiliate": "ana" }));
    assert_eq!(
        body(&rows, Kind::Sku, "Tea "),
        json!({ "affiliate": "ana", "rate": { "per_item": "1.50" } })
    );
    assert_eq!(
        body(&rows, Kind::Link, "spring"),
        json!({ "affiliate": "ana", "url": "https://shop.example/spring" })
    );
    assert_eq!(body(&rows, Kind::Policy, "policy"), json!("refersion"));
    assert_eq!(
        body(&rows, Kind::Endpoint, "shop")["secrets"],
        json!(["SHOP_SECRET"])
    );
}

#[test]
fn e_mails_become_hashes_that_an_order_with_the_same_address_has() {
    let rows = rows(PROGRAM);
    let hash = |email: &str| key().hash(email).unwrap().as_str().to_owned();
    assert_eq!(
        body(&rows, Kind::Email, &hash("buyer@y.test")),
        json!({ "affiliate": "ana" })
    );
    assert_eq!(
        body(&rows, Kind::Affiliate, "ana")["emails"],
        json!([hash("ana@blog.example")])
    );
    let all = json!(rows).to_string().to_lowercase();
    assert!(
        !all.contains("blog.example") && !all.contains("y.test"),
        "{all}"
    );
    // Another key, other hashes.
    let other = ProgramDocument::from_toml(PROGRAM)
        .unwrap()
        .validate()
        .unwrap();
    let other = other.rows(&EmailKey::new(*b"another key"));
    assert_eq!(
        body(&other, Kind::Email, &hash("buyer@y.test")),
        Value::Null
    );
}

#[test]
fn codes_and_tags_are_found_by_the_form_that_all_their_spellings_fold_to() {
    let toml = PROGRAM.replace(" SAVE10 ", "CAFE\u{301} ");
    let rows = rows(&toml.replace("VIP", "\"ΦΊΛΟΣ\""));
    for (kind, key) in [(Kind::Coupon, "café"), (Kind::Tag, "φίλοσ")] {
        assert_eq!(body(&rows, kind, key), json!({ "affiliate": "ana" }));
    }
}

#[test]
fn a_program_may_have_currencies_that_iso_does_not_list() {
    let toman = |fields: &str| {
        let toml = PROGRAM.replace("currency = \"EUR\"", "currency = \"IRT\"");
        toml.replace("[links]", &format!("[currencies]\n{fields}\n[links]"))
            .replace("\"1.50\"", "\"1500\"")
    };
    let toml = toman("IRT = 0\nXBT = 4\n[settings]\npayout_minimum = { XBT = \"0.0500\" }");
    let published = body(&rows(&toml), Kind::Program, "program");
    assert_eq!(published["currencies"], json!({ "IRT": 0, "XBT": 4 }));
    let published: PublishedProgram = serde_json::from_value(published).unwrap();
    let own = published.own_currency().unwrap();
    assert_eq!((own.code(), own.digits()), ("IRT", 0));
    let bitcoin = published.currencies().unwrap().find("XBT").unwrap();
    assert_eq!(published.settings.payout_minimum(bitcoin).minor(), 500);
    for (fields, problem) in [
        ("IRT = 5", "currencies.IRT: more than 4 digits"),
        (
            "IRT = 0\nUSD = 2",
            "currencies.USD: a currency of ISO 4217, whose digits are known; leave it out",
        ),
        (
            "IRT = 0\ntoman = 0",
            "currencies.toman: not three capital letters such as IRT",
        ),
        (
            "XBT = 4",
            "currency: not an ISO 4217 currency code such as USD; list any other under currencies, \
             with its digits",
        ),
    ] {
        assert_eq!(problems(&toman(fields)).first().unwrap(), problem);
    }
    // Its flat rates have its digits.
    let cents = toman("IRT = 0").replace("\"1500\"", "\"15.00\"");
    assert_eq!(
        problems(&cents),
        ["skus.Tea .rate.per_item: more than 0 decimals for IRT"]
    );
}

#[test]
fn the_edge_is_told_the_hosts_and_how_long_a_visit_may_count() {
    let published = |toml: &str| body(&rows(toml), Kind::Program, "program");
    let usual = published(PROGRAM);
    assert_eq!(usual["home"], "https://shop.example/de/");
    assert_eq!(usual["hosts"], json!(["shop.example"]));
    assert_eq!(usual["settings"], json!(Settings::default()));
    let days = |days: i64| json!(days * 86_400_000);
    // Ana's own window is longer than the preset's.
    assert_eq!(usual["window_ms"], days(45));
    let window = |policy: &str, own: &str| {
        let toml = PROGRAM.replace("policy = \"refersion\"", &format!("policy = {policy}"));
        published(&toml.replace("45d", own))["window_ms"].clone()
    };
    assert_eq!(window("\"salesking\"", "1h"), days(30));
    assert_eq!(
        window("{ preset = \"refersion\", window = \"90d\" }", "45d"),
        days(90)
    );
    assert_eq!(
        window("{ preset = \"refersion\", window = \"2d\" }", "3d"),
        days(3)
    );
    assert_eq!(
        window("{ preset = \"refersion\", window = \"2d\" }", "1h"),
        days(2)
    );
}

#[test]
fn links_lead_to_the_named_hosts_and_no_others() {
    let hosts = |hosts: &str| {
        let toml = PROGRAM.replace("currency =", &format!("hosts = {hosts}\ncurrency ="));
        problems(&toml)
    };
    assert_eq!(hosts(r#"["shop.example"]"#), [""; 0]);
    assert_eq!(hosts(r#"["shop.example", "blog.example"]"#), [""; 0]);
    let elsewhere = hosts(r#"["blog.example"]"#);
    assert_eq!(elsewhere.len(), 2, "{elsewhere:?}");
    assert!(elsewhere[0].starts_with("home: "), "{elsewhere:?}");
    assert!(
        elsewhere[1].starts_with("links.Spring.url: "),
        "{elsewhere:?}"
    );
}

#[test]
fn hosts_and_cookie_domain_are_the_shop_s_own() {
    let first = |fields: &str, domain: &str| {
        let fields = PROGRAM.replace("currency =", &format!("{fields}\ncurrency ="));
        let toml = format!("{fields}\n[settings]\n{domain}");
        problems(&toml).into_iter().next().unwrap_or_default()
    };
    let hosts = |hosts: &str| first(&format!("hosts = [\"shop.example\", {hosts}]"), "");
    for host in [
        "www.Shop.example",
        "xn--bcher-kva.example",
        "b\u{fc}cher.example",
        "localhost",
        "tea.myshopify.com",
    ] {
        assert_eq!(hosts(&format!("{host:?}")), "", "{host}");
    }
    for (host, problem) in [
        (
            "",
            "expected the name of a host alone, such as shop.example",
        ),
        (
            "*.shop.example",
            "expected the name of a host alone, such as shop.example",
        ),
        (
            "shop.example:443",
            "expected the name of a host alone, such as shop.example",
        ),
        (
            "shop.example/de",
            "expected the name of a host alone, such as shop.example",
        ),
        (
            "https://shop.example",
            "expected the name of a host alone, such as shop.example",
        ),
        ("b\u{fc}cher.example\u{ff0f}", "not a URL: "),
        ("0x0a.1", "names its host by an IP address; "),
        (
            "co.uk",
            "co.uk is shared by many owners (a public suffix); name the shop's own host",
        ),
        ("MyShopify.com", "myshopify.com is shared by many owners"),
    ] {
        let found = hosts(&format!("{host:?}"));
        assert!(
            found.starts_with(&format!("hosts[1]: {problem}")),
            "{host}: {found}"
        );
    }

    let domain = |domain: &str| first("", &format!("cookie_domain = {domain:?}"));
    assert_eq!(domain("Shop.example"), "");
    for (text, problem) in [
        (
            "example",
            "cookie domain: expected a host name such as shop.example",
        ),
        (
            "op.example",
            "none of the program's hosts is op.example or ends in .op.example",
        ),
        (
            "www.shop.example",
            "none of the program's hosts is www.shop.example or ends in",
        ),
        ("com.au", "com.au is shared by many owners"),
    ] {
        let found = domain(text);
        let expected = format!("settings.cookie_domain: {problem}");
        assert!(found.starts_with(&expected), "{text}: {found}");
    }
}

#[test]
fn who_knows_all_public_suffixes_refuses_them() {
    let toml = format!("{PROGRAM}\n[settings]\ncookie_domain = \"shop.example\"");
    let document = ProgramDocument::from_toml(&toml).unwrap();
    assert!(document.clone().validate_knowing(|_| false).is_ok());
    let problems = document.validate_knowing(|host| host == "shop.example");
    let problems = problems.unwrap_err();
    let fields: Vec<&str> = problems
        .iter()
        .map(|problem| problem.path.as_str())
        .collect();
    assert_eq!(fields, ["home", "settings.cookie_domain"]);
}

/// The file, with these fields in its link.
fn with_link(fields: &str) -> String {
    let link = r#"Spring = { affiliate = "ana", url = "https://shop.example/spring" }"#;
    assert!(PROGRAM.contains(link));
    let longer = link.replace(" }", &format!(", {fields} }}"));
    PROGRAM.replace(link, &longer)
}

#[test]
fn all_that_a_file_says_of_a_link_is_published() {
    let rows = rows(&with_link(
        r#"paused = true, starts = "2026-11-27T00:00:00+01:00", ends = "2026-12-01T00:00:00Z", limit = 10,
        shopify_discount = "SAVE10", precedence = "visitor", afsrc = false, variants = [
            { countries = ["de", "AT"], devices = ["phone"], url = "https://shop.example/de" },
        ]"#
        .replace('\n', " ")
        .as_str(),
    ));
    let published = published_link(7, spring(&rows), 9).unwrap();
    assert_eq!(
        json!(published),
        json!({
            "number": 7,
            "affiliate": "ana",
            "url": "https://shop.example/spring",
            "variants": [
                { "countries": ["DE", "AT"], "devices": ["phone"], "url": "https://shop.example/de" },
            ],
            "shopify_discount": "SAVE10",
            "precedence": "visitor",
            "afsrc": false,
            "paused": true,
            "starts": 1_795_734_000_000_i64,
            "ends": 1_796_083_200_000_i64,
        })
    );
    // What a file says nothing of is not published: the edge knows the usual.
    let plain = published_link(7, spring(&self::rows(PROGRAM)), 1_000).unwrap();
    let url = "https://shop.example/spring";
    assert_eq!(
        json!(plain),
        json!({ "number": 7, "affiliate": "ana", "url": url })
    );
}

#[test]
fn a_moment_may_stand_in_a_file_with_quotes_or_without() {
    let published = |fields: &str| {
        let rows = rows(&with_link(fields));
        published_link(7, spring(&rows), 0).unwrap()
    };
    for (starts, ends) in [
        ("2026-11-27T00:00:00+01:00", "2026-12-01T00:00:00Z"),
        ("2026-11-27 00:00:00+01:00", "2026-12-01 00:00:00.000Z"),
        ("2026-11-27T00:00+01:00", "2026-12-01t00:00z"),
        (
            r#""2026-11-27T00:00:00+01:00""#,
            r#""2026-12-01T00:00:00Z""#,
        ),
    ] {
        let link = published(&format!("starts = {starts}, ends = {ends}"));
        let period = (link.starts, link.ends);
        let expected = (Some(1_795_734_000_000), Some(1_796_083_200_000));
        assert_eq!(period, expected, "{starts} {ends}");
    }
    // A day is no moment, but there are days in a file, too.
    let day = PROGRAM.replacen(
        "currency = ",
        "settings.gpc_since = 2026-11-22\ncurrency = ",
        1,
    );
    assert_eq!(problems(&day), Vec::<String>::new());
}

#[test]
fn a_link_is_exhausted_by_as_many_clicks_as_its_limit_says() {
    let rows = rows(&with_link("limit = 10"));
    let exhausted = |clicks| published_link(7, spring(&rows), clicks).unwrap().exhausted;
    assert_eq!([0, 9, 10, 11].map(exhausted), [false, false, true, true]);
}

#[test]
fn what_is_wrong_with_a_link_is_told_by_its_field() {
    for (fields, problem) in [
        ("limit = 0", "links.Spring.limit: must be at least 1; "),
        (
            r#"ends = "2026-01-01T00:00:00Z", starts = "2026-01-01T00:00:00Z""#,
            "links.Spring.ends: is not after `starts`, 2026-01-01T00:00:00.000Z; ",
        ),
        (
            r#"starts = "tomorrow""#,
            "links.Spring.starts: not an RFC 3339 date and time such as 2026-01-04T12:00:00Z",
        ),
        (
            "starts = 2026-11-27",
            "links.Spring.starts: not an RFC 3339 date and time such as 2026-01-04T12:00:00Z",
        ),
        (
            "ends = 2026-11-27T08:30:00",
            "links.Spring.ends: has no offset from UTC, without which it is another moment in \
             every time zone; write 2026-11-27T08:30:00Z, or add that of your clocks, as in \
             2026-11-27T08:30:00+01:00",
        ),
        (
            r#"variants = [{ countries = ["DE", 2026-11-27T08:30] }]"#,
            "links.Spring.variants[0].countries[1]: has no offset from UTC",
        ),
        (
            r#"shopify_discount = ".." "#,
            "links.Spring.shopify_discount: expected a discount code as it stands in Shopify",
        ),
        (
            r#"variants = [{ url = "https://shop.example/" }]"#,
            "links.Spring.variants[0]: is for every click; give it countries or devices",
        ),
        (
            r#"variants = [{ devices = ["phone"], url = "https://evil.example/" }]"#,
            "links.Spring.variants[0].url: evil.example is not one of the program's hosts",
        ),
        (
            r#"variants = [{ countries = ["Germany"], url = "https://shop.example/" }]"#,
            "links.Spring.variants[0].countries[0]: expected a country of two letters",
        ),
        (
            r#"variants = [{ devices = ["watch"], url = "https://shop.example/" }]"#,
            "links.Spring.variants[0].devices[0]: unknown variant `watch`, expected one of `phone`",
        ),
        (
            r#"precedence = "mine""#,
            "links.Spring.precedence: unknown variant `mine`, expected `merchant` or `visitor`",
        ),
    ] {
        let problems = problems(&with_link(fields));
        assert_eq!(problems.len(), 1, "{fields}: {problems:?}");
        assert!(problems[0].starts_with(problem), "{fields}: {problems:?}");
    }
}

const OUTBOX: &str = r#"
[outbox]
hosts = ["hooks.example"]

[webhooks.shop]
url = "https://hooks.example/waymark"
secrets = ["SHOP_HOOKS"]

[postbacks.ana]
url = "https://hooks.example/p?click={click_id}"
affiliate = "ana"
"#;

#[test]
fn who_is_told_of_what_happens_is_a_row_each() {
    let rows = rows(&format!("{PROGRAM}{OUTBOX}"));
    assert_eq!(rows.len(), 12);
    assert_eq!(
        body(&rows, Kind::Outbox, "outbox"),
        json!({ "hosts": ["hooks.example"] })
    );
    assert_eq!(
        body(&rows, Kind::Webhook, "shop"),
        json!({ "url": "https://hooks.example/waymark", "secrets": ["SHOP_HOOKS"] })
    );
    assert_eq!(
        body(&rows, Kind::Postback, "ana"),
        json!({ "url": "https://hooks.example/p?click={click_id}", "affiliate": "ana" })
    );
}

#[test]
fn a_receiver_that_the_file_has_no_more_ends_and_one_that_differs_begins_again() {
    let since = Instant::from_millis(5);
    let in_force = |rows: Vec<Row>| rows.into_iter().map(|row| (row, since)).collect();
    let changes = |before: &str, after: &str| -> Vec<String> {
        let before = in_force(rows(&format!("{PROGRAM}{before}")));
        let after = rows(&format!("{PROGRAM}{after}"));
        let changes = difference(before, after, None);
        let lines = changes.iter().map(ToString::to_string);
        lines
            .map(|line| line.split(':').next().unwrap_or_default().to_owned())
            .collect()
    };
    assert_eq!(changes(OUTBOX, OUTBOX), [""; 0]);
    let begin = ["+ webhook shop", "+ postback ana", "+ outbox outbox"];
    assert_eq!(changes("", OUTBOX), begin);
    let end = ["- webhook shop", "- postback ana", "- outbox outbox"];
    assert_eq!(changes(OUTBOX, ""), end);
    let moved = OUTBOX.replace("/waymark", "/in");
    assert_eq!(changes(OUTBOX, &moved), ["~ webhook shop"]);
}

#[test]
fn what_is_wrong_with_a_receiver_is_told_by_its_field() {
    for (right, wrong, problem) in [
        (
            "[\"hooks.example\"]",
            "[\"localhost\"]",
            "outbox.hosts[0]: localhost is a name within a network",
        ),
        (
            "https://hooks.example/waymark",
            "https://evil.example/",
            "webhooks.shop.url: evil.example is not confirmed; add it to outbox.hosts",
        ),
        (
            "{click_id}",
            "{clickid}",
            "postbacks.ana.url: {clickid} is not a macro; the macros are {click_id}",
        ),
        (
            "affiliate = \"ana\"",
            "affiliate = \"anna\"",
            "postbacks.ana: there is no affiliate \"anna\"; define [affiliates.anna]",
        ),
        (
            "affiliate = \"ana\"",
            "sucess = [200]",
            "postbacks.ana.sucess: unknown field `sucess`, expected one of `url`, `affiliate`,",
        ),
    ] {
        let problems = problems(&format!("{PROGRAM}{}", OUTBOX.replace(right, wrong)));
        let found = problems.iter().any(|it| it.starts_with(problem));
        assert!(found, "{wrong}: {problems:#?}");
    }
}

#[test]
fn all_problems_of_a_file_are_told_at_once() {
    let wrong = PROGRAM
        .replace("name = \"A shop\"", "name = \"\"")
        .replace("\"EUR\"", "\"EURO\"")
        .replace("VIP = \"ana\"", "VIP = \"anna\"")
        .replace(
            "[\"SHOP_SECRET\"]",
            "[\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"]",
        );
    let problems = problems(&wrong);
    let fields: Vec<&str> = problems
        .iter()
        .map(|it| it.split(':').next().unwrap())
        .collect();
    assert_eq!(
        fields,
        ["name", "currency", "tags.VIP", "endpoints.shop.secrets"]
    );
    // A secret that stands there by mistake is not repeated.
    assert!(!problems[3].contains("MfKQ"), "{problems:?}");
}

/// The file, with its endpoint of this kind and with these fields.
fn with_endpoint(kind: &str, fields: &str) -> String {
    let endpoint = "kind = \"generic\"\nstore = \"shop\"\n";
    assert!(PROGRAM.contains(endpoint));
    let other = format!("kind = \"{kind}\"\nstore = \"shop\"\n{fields}\n");
    PROGRAM.replace(endpoint, &other)
}

#[test]
fn a_store_is_asked_where_and_with_what_its_kind_needs() {
    for (kind, fields) in [
        ("generic", ""),
        ("shopify", ""),
        (
            "shopify",
            r#"api = { host = "kettle.myshopify.com", token = "SHOPIFY_TOKEN" }"#,
        ),
        (
            "shopify",
            r#"api = { host = "kettle.myshopify.com", client_id = "3e1a0c6f5d2b47a89c0d1e2f3a4b5c6d" }"#,
        ),
        ("woocommerce", ""),
        (
            "woocommerce",
            r#"api = { url = "https://shop.example", key = "WOO_KEY", secret = "WOO_SECRET" }"#,
        ),
        (
            "woocommerce",
            r#"api = { url = "https://shop.example/wordpress", key = "WOO_KEY", secret = "WOO_SECRET" }"#,
        ),
        (
            "bigcommerce",
            r#"api = { store_hash = "abc123", token = "BC_TOKEN" }"#,
        ),
        ("stripe", ""),
        ("stripe", r#"api = { token = "STRIPE_KEY" }"#),
    ] {
        let file = with_endpoint(kind, fields);
        assert_eq!(problems(&file), [""; 0], "{kind} {fields}");
        let body = body(&rows(&file), Kind::Endpoint, "shop").clone();
        assert_eq!(body["kind"], kind);
        assert_eq!(body.get("api").is_some(), !fields.is_empty());
    }
}

#[test]
fn what_is_wrong_with_a_stores_api_is_told_by_its_field() {
    for (kind, fields, wrong) in [
        ("bigcommerce", "", &["endpoints.shop.api: is missing"][..]),
        (
            "generic",
            "api = {}",
            &["endpoints.shop.api: a generic store has no API"],
        ),
        (
            "shopify",
            "api = {}",
            &[
                "endpoints.shop.api.host: is missing; shopify needs host, token",
                "endpoints.shop.api.token: is missing",
            ],
        ),
        (
            "shopify",
            r#"api = { host = "kettle.example", token = "shpat_0123", url = "https://x.example" }"#,
            &[
                "endpoints.shop.api.host: expected the shop's name at Shopify",
                "endpoints.shop.api.url: is not of a shopify store, whose fields are host, token",
                "endpoints.shop.api.token: expected the name of a Worker's secret",
            ],
        ),
        (
            "shopify",
            r#"api = { host = "kettle.myshopify.com", client_id = "shpss_0123456789", token = "T" }"#,
            &[
                "endpoints.shop.api.client_id: expected the app's client id",
                "endpoints.shop.api.token: stands beside client_id",
            ],
        ),
        (
            "shopify",
            r#"api = { client_id = "3e1a0c6f5d2b47a89c0d1e2f3a4b5c6d" }"#,
            &["endpoints.shop.api.host: is missing; shopify needs host, client_id"],
        ),
        (
            "stripe",
            r#"api = { token = "STRIPE_KEY", client_id = "3e1a0c6f5d2b47a8" }"#,
            &["endpoints.shop.api.client_id: is not of a stripe store"],
        ),
        (
            "shopify",
            r#"api = { host = "evil.example/.myshopify.com", token = "T" }"#,
            &["endpoints.shop.api.host: expected"],
        ),
        (
            "woocommerce",
            r#"api = { url = "http://shop.example", key = "K", secret = "S" }"#,
            &["endpoints.shop.api.url: expected WordPress's public address"],
        ),
        (
            "woocommerce",
            r#"api = { url = "https://127.0.0.1:8443", key = "KEY", secret = "SECRET" }"#,
            &["endpoints.shop.api.url: expected WordPress's public address"],
        ),
        (
            "woocommerce",
            r#"api = { url = "https://shop.internal", key = "KEY", secret = "SECRET" }"#,
            &["endpoints.shop.api.url: expected WordPress's public address"],
        ),
        (
            "woocommerce",
            r#"api = { url = "https://me@shop.example", key = "K", secret = "S" }"#,
            &["endpoints.shop.api.url: expected"],
        ),
        (
            "woocommerce",
            r#"api = { url = "https://shop.example/?x", key = "K", secret = "S" }"#,
            &["endpoints.shop.api.url: expected"],
        ),
        (
            "stripe",
            r#"api = { token = "rk_live_51shpat" }"#,
            &["endpoints.shop.api.token: expected the name of a Worker's secret"],
        ),
        (
            "bigcommerce",
            r#"api = { store_hash = "stores/abc", token = "T" }"#,
            &["endpoints.shop.api.store_hash: expected the letters and digits"],
        ),
        (
            "bigcommerce",
            r#"api = { store_hash = "abc", tokn = "T" }"#,
            &["endpoints.shop.api.tokn: unknown field"],
        ),
    ] {
        let problems = problems(&with_endpoint(kind, fields));
        assert_eq!(problems.len(), wrong.len(), "{fields}: {problems:?}");
        for (problem, wrong) in problems.iter().zip(wrong) {
            assert!(problem.starts_with(wrong), "{fields}: {problems:?}");
        }
        assert!(!problems.concat().contains("shpat"), "{problems:?}");
    }
}

#[test]
fn what_is_kept_of_visitors_is_a_setting_and_kept_to_the_letter() {
    let with = |settings: &str| format!("{PROGRAM}\n[settings]\n{settings}\n");
    for settings in [
        "consent = \"consent_required\"\ngpc = \"off\"",
        "consent_cookie = { name = \"CookieConsent\", contains = \"marketing:true\" }",
        "gpc_since = \"2026-11-22\"\ntoken_parameter = \"aff\"",
        "storefront = {}",
        "storefront = { parameter = \"via\", origin = \"https://origin.shop.example\" }",
        "storefront = { origin = \"http://127.0.0.1:3000\" }",
    ] {
        assert_eq!(problems(&with(settings)), [""; 0], "{settings}");
    }
    for (settings, field) in [
        ("consent = \"maybe\"", "settings.consent"),
        (
            "consent_cookie = { name = \"a\" }",
            "settings.consent_cookie.contains",
        ),
        (
            "consent_cookie = { name = \"a\", contains = \"\" }",
            "settings.consent_cookie.contains",
        ),
        (
            "consent_parameter = { name = \"a&b\", contains = \"yes\" }",
            "settings.consent_parameter.name",
        ),
        ("token_parameter = \"\"", "settings.token_parameter"),
        ("gpc_since = \"2026-13-01\"", "settings.gpc_since"),
        ("gpc_since = \"today\"", "settings.gpc_since"),
        (
            "storefront = { parameter = \"wm\" }",
            "settings.storefront.parameter",
        ),
        (
            "storefront = { origin = \"https://shop.example/de\" }",
            "settings.storefront.origin",
        ),
        (
            "storefront = { origin = \"ftp://shop.example\" }",
            "settings.storefront.origin",
        ),
    ] {
        let problems = problems(&with(settings));
        assert_eq!(problems.len(), 1, "{settings}: {problems:?}");
        assert!(
            problems[0].starts_with(&format!("{field}: ")),
            "{settings}: {problems:?}"
        );
    }
}

#[test]
fn two_spellings_of_one_key_are_refused() {
    for (table, other) in [
        ("[coupons]", "save10 = \"ana\""),
        ("[emails]", "\"buyer@y.test\" = \"ana\""),
        ("[tags]", "\" vip\" = \"ana\""),
        (
            "[links]",
            "SPRING = { affiliate = \"ana\", url = \"https://shop.example/\" }",
        ),
    ] {
        let problems = problems(&PROGRAM.replace(table, &format!("{table}\n{other}")));
        assert_eq!(problems.len(), 1, "{table}: {problems:?}");
        assert!(problems[0].contains("twice"), "{table}: {problems:?}");
        assert!(
            problems[0].starts_with(table.trim_matches(['[', ']'])),
            "{problems:?}"
        );
    }
}

#[test]
fn a_file_is_the_same_in_json() {
    let value: Value = toml::from_str(PROGRAM).unwrap();
    let json = ProgramDocument::from_json(&value.to_string()).unwrap();
    assert_eq!(json.validate().unwrap().rows(&key()), rows(PROGRAM));
}

#[test]
fn what_cannot_be_read_is_told_by_its_place() {
    let first = |problems: waymark_program::Problems| problems.iter().next().unwrap().to_string();
    let toml = |text: &str| first(ProgramDocument::from_toml(text).unwrap_err());
    let json = |text: &str| first(ProgramDocument::from_json(text).unwrap_err());
    assert!(toml("name = ").starts_with("program: TOML parse error at line 1"));
    assert!(toml("name = \"a\"\nname = \"b\"").starts_with("program: "));
    assert_eq!(
        toml("name = 7"),
        "name: invalid type: integer `7`, expected a string"
    );
    assert_eq!(toml(""), "name: missing");
    assert!(json("{").starts_with("program: not JSON: "));
    assert!(json("[]").starts_with("program: "));
    assert!(json(&"[".repeat(100_000)).starts_with("program: not JSON: "));
}

#[test]
fn when_affiliates_are_paid_is_a_setting_and_of_the_usual_length_without_one() {
    let with = |settings: &str| format!("{PROGRAM}\n[settings]\n{settings}\n");
    let settings = |toml: &str| {
        let body = body(&rows(toml), Kind::Program, "program");
        serde_json::from_value::<Settings>(body["settings"].clone()).unwrap()
    };
    let usual = settings(PROGRAM);
    assert_eq!(usual.hold.to_string(), "30d");
    assert_eq!(usual.renewals, Renewals::All);
    assert_eq!(usual.reconcile.to_string(), "1h");
    let usd = "USD".parse().unwrap();
    assert_eq!(usual.payout_minimum(usd).minor(), 0);

    let own = settings(&with(
        "hold = \"0s\"\nrenewals = { first = 3 }\npayout_minimum = { USD = \"50.00\", JPY = \"7\" }",
    ));
    assert_eq!(own.hold.as_millis(), 0);
    assert_eq!(own.renewals, Renewals::First(3));
    assert_eq!(own.payout_minimum(usd).minor(), 5_000);
    assert_eq!(own.payout_minimum("JPY".parse().unwrap()).minor(), 7);
    assert_eq!(own.payout_minimum("EUR".parse().unwrap()).minor(), 0);
    let none = settings(&with("renewals = \"none\""));
    assert_eq!(none.renewals, Renewals::None);

    for every in ["0s", "5m", "7d"] {
        let every = settings(&with(&format!("reconcile = \"{every}\""))).reconcile;
        assert!(every.as_millis() != 3_600_000);
    }

    for (wrong, problem) in [
        (
            "reconcile = \"299s\"",
            "settings.reconcile: expected \"5m\" to \"7d\", or \"0s\" for never",
        ),
        ("reconcile = \"8d\"", "settings.reconcile: expected"),
        ("reconcile = \"hourly\"", "settings.reconcile: "),
        ("hold = \"a month\"", "settings.hold: "),
        ("hold = 30", "settings.hold: "),
        ("hold = \"-1d\"", "settings.hold: "),
        ("renewals = \"some\"", "settings.renewals: "),
        ("renewals = { last = 3 }", "settings.renewals"),
        ("renewals = { first = -1 }", "settings.renewals.first: "),
        (
            "renewals = { first = 0 }",
            "settings.renewals.first: is none; write \"none\", or first = 1 or more",
        ),
        (
            "payout_minimum = { usd = \"1.00\" }",
            "settings.payout_minimum.usd: not an ISO 4217 currency code such as USD; list any other \
             under currencies, with its digits",
        ),
        (
            "payout_minimum = { USD = \"1.005\" }",
            "settings.payout_minimum.USD: more than 2 decimals for USD",
        ),
        (
            "payout_minimum = { USD = \"-1\" }",
            "settings.payout_minimum.USD: ",
        ),
        (
            "payout_minimum = { USD = 50 }",
            "settings.payout_minimum.USD: ",
        ),
    ] {
        let problems = problems(&with(wrong));
        assert_eq!(problems.len(), 1, "{wrong}: {problems:?}");
        assert!(problems[0].starts_with(problem), "{wrong}: {problems:?}");
    }
}

#[test]
fn the_first_renewals_earn_or_all_or_none() {
    let earn = |renewals: Renewals| [1, 2, 3, 4, u32::MAX].map(|number| renewals.earns(number));
    assert_eq!(earn(Renewals::All), [true; 5]);
    assert_eq!(earn(Renewals::None), [false; 5]);
    assert_eq!(earn(Renewals::First(3)), [true, true, true, false, false]);
}
