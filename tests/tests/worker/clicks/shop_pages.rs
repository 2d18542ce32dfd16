//! What the shop's own pages load and call: the script, the visitor's token, and the report that an
//! order was placed.

use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;
use waymark_tests::json::with;
use waymark_tests::{Answer, Options, Workerd, demo, merchant, shopper, store};

/// A page of the shop asks, with these headers.
fn ask(workerd: &Workerd, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = workerd.request("GET", path);
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    workerd.send(request, "")
}

fn cookie(token: &str) -> String {
    format!("__Host-wm={token}")
}

fn start() -> Workerd {
    start_with("")
}

/// The demo program, whose store allows reports of its pages.
fn start_with(settings: &str) -> Workerd {
    let workerd = Workerd::start(Options::default());
    let program = demo::believing_pages(&demo::program_with(settings));
    merchant::apply_since_2000(&workerd, &program);
    workerd
}

fn visitor_of(workerd: &Workerd, path: &str) -> String {
    shopper::token(&shopper::click(workerd, path))
}

/// The book of an order, in alphabetical order.
fn book(workerd: &Workerd, order: &str) -> Vec<String> {
    let mut book = demo::book(workerd, order);
    book.sort();
    book
}

fn flags(workerd: &Workerd, order: &str) -> Value {
    let order = merchant::order(workerd, "store", order);
    order.get("flags").expect("flags").clone()
}

#[test]
fn the_script_is_small_and_a_browser_that_has_it_is_told_so() {
    let workerd = start();
    let script = workerd.get("/waymark.js");
    assert_eq!(script.status(), 200);
    let kind = script.header("content-type").expect("a type");
    assert!(kind.starts_with("text/javascript"), "{kind}");
    assert!(
        gzipped(script.text()) < 3328,
        "{} bytes",
        gzipped(script.text())
    );
    assert!(!script.text().contains("//  "), "comments are sent");

    let tag = script.header("etag").expect("a tag");
    let known = ask(&workerd, "/waymark.js", &[("if-none-match", tag)]);
    assert_eq!((known.status(), known.text()), (304, ""));
    assert_eq!(known.header("etag"), Some(tag));
    let other = ask(&workerd, "/waymark.js", &[("if-none-match", "\"x\"")]);
    assert_eq!(other.status(), 200);
}

fn gzipped(text: &str) -> usize {
    let mut gzip = Command::new("gzip")
        .args(["-9", "-c"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("gzip");
    let mut input = gzip.stdin.take().expect("an input");
    input.write_all(text.as_bytes()).expect("gzip to read");
    drop(input);
    gzip.wait_with_output().expect("gzip to end").stdout.len()
}

#[test]
fn only_pages_of_the_shop_are_told_the_token() {
    let workerd = start();
    let token = visitor_of(&workerd, "/r/ANA");
    let cookie = cookie(&token);
    let own = workerd.url("");
    for (name, value) in [
        ("sec-fetch-site", "same-origin"),
        ("origin", &own),
        ("origin", "https://kettle.example"),
        ("x-old-browser", "1"),
    ] {
        let told = ask(&workerd, "/wm/token", &[("cookie", &cookie), (name, value)]);
        let expected = json!({ "token": token, "parameter": "wm", "cookie": true });
        assert_eq!(told.json::<Value>(), expected, "{name}: {value}");
        assert_eq!(told.header("cache-control"), Some("no-store"));
        let reader = Some(value).filter(|_| name == "origin");
        assert_eq!(told.header("access-control-allow-origin"), reader);
    }
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "none"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        let told = ask(&workerd, "/wm/token", &[("cookie", &cookie), (name, value)]);
        assert_eq!(told.status(), 403, "{name}: {value}");
        assert_eq!(told.header("access-control-allow-origin"), None);
        assert!(!told.text().contains(&token));
    }
    let nobody: Value = workerd.get("/wm/token").json();
    assert_eq!(nobody.get("token"), Some(&Value::Null));
}

#[test]
fn the_token_of_the_pages_url_becomes_a_cookie_once_the_shopper_agrees() {
    let workerd = start_with("consent = \"consent_required\"");
    let click = shopper::click(&workerd, "/r/ANA");
    let location = click.header("location").expect("a redirect");
    let (_, query) = location.split_once('?').expect("a query");
    let path = format!("/wm/token?{query}");

    let before = ask(&workerd, &path, &[]);
    assert_eq!(before.header("set-cookie"), None);
    let told: Value = before.json();
    assert_eq!(told.get("cookie"), Some(&json!(false)));
    let carried = told.get("token").and_then(Value::as_str).expect("a token");
    assert_eq!(format!("wm={carried}"), query);

    let agreed = ask(&workerd, &path, &[("cookie", "wm_consent=yes")]);
    let kept = shopper::token(&agreed);
    assert_ne!(
        kept, carried,
        "two browsers that open one URL are two visitors"
    );
    let both = format!("wm_consent=yes; __Host-wm={kept}");
    let later: Value = ask(&workerd, "/wm/token", &[("cookie", &both)]).json();
    assert_eq!(later.get("token"), Some(&json!(kept)));
}

#[test]
fn a_page_is_told_nothing_of_a_browser_whose_privacy_control_forbids_it() {
    let workerd = start_with("gpc = \"off\"");
    let cookie = cookie(&visitor_of(&workerd, "/r/ANA"));
    for (gpc, told) in [("0", true), ("1", false)] {
        let headers = [("cookie", cookie.as_str()), ("sec-gpc", gpc)];
        let answer: Value = ask(&workerd, "/wm/token", &headers).json();
        let token = answer.get("token").expect("a token, or null");
        assert_eq!(token.is_string(), told, "{answer}");
    }
}

#[test]
fn a_page_ties_an_order_to_its_visitor_before_the_store_calls_or_after() {
    let workerd = start();
    let both = ["ana link 6.56 pending", "cleo sku 3.00 pending"];
    for (order, first) in [("before", true), ("after", false)] {
        let token = visitor_of(&workerd, "/r/ANA");
        sleep(Duration::from_millis(5));
        if first {
            assert_eq!(shopper::thanks(&workerd, order, &token).status(), 204);
            assert_eq!(merchant::ask(&workerd, "store", order).status(), 404);
        }
        let placed = demo::order(order);
        assert_eq!(store::deliver(&workerd, &placed).outcome(), "applied");
        if !first {
            assert_eq!(demo::book(&workerd, order), ["cleo sku 3.00 pending"]);
            assert_eq!(shopper::thanks(&workerd, order, &token).status(), 204);
        }
        assert_eq!(book(&workerd, order), both, "{order}");
        let flags = flags(&workerd, order).to_string();
        assert!(flags.contains("thanks for the order"), "{flags}");
        // Said again, by the page or by the store, it changes nothing.
        assert_eq!(shopper::thanks(&workerd, order, &token).status(), 204);
        assert_eq!(store::deliver(&workerd, &placed).outcome(), "duplicate");
        assert_eq!(book(&workerd, order), both, "{order}");
    }
}

#[test]
fn nobody_takes_an_order_that_brings_its_own_token() {
    let workerd = start();
    let mallory = visitor_of(&workerd, "/r/BEN");
    let shopper = visitor_of(&workerd, "/r/ANA");
    sleep(Duration::from_millis(5));
    let placed = with(demo::order("1"), json!({ "token": shopper }));
    assert_eq!(shopper::thanks(&workerd, "1", &mallory).status(), 204);
    assert_eq!(store::deliver(&workerd, &placed).outcome(), "applied");
    assert_eq!(shopper::thanks(&workerd, "1", &mallory).status(), 204);
    assert_eq!(
        demo::book(&workerd, "1"),
        ["ana link 6.56 pending", "cleo sku 3.00 pending"]
    );
    assert_eq!(flags(&workerd, "1"), json!([]));
}

#[test]
fn a_store_that_did_not_allow_it_hears_nothing_of_its_pages() {
    let workerd = demo::start(Options::default());
    let token = visitor_of(&workerd, "/r/ANA");
    assert_eq!(shopper::thanks(&workerd, "1", &token).status(), 204);
    assert_eq!(
        store::deliver(&workerd, &demo::order("1")).outcome(),
        "applied"
    );
    assert_eq!(shopper::thanks(&workerd, "1", &token).status(), 204);
    assert_eq!(demo::book(&workerd, "1"), ["cleo sku 3.00 pending"]);
}

#[test]
fn reports_of_others_and_of_nobody_change_nothing() {
    let workerd = start();
    let token = visitor_of(&workerd, "/r/ANA");
    assert_eq!(
        store::deliver(&workerd, &demo::order("1")).outcome(),
        "applied"
    );
    let post = |origin: &str, token: &str, body: &str| {
        let request = workerd
            .request("POST", "/wm/order")
            .header("origin", origin)
            .header("cookie", cookie(token));
        workerd.send(request, body).status()
    };
    let own = workerd.url("");
    let body = r#"{"store":"store","order":"1"}"#;
    assert_eq!(post("https://evil.example", &token, body), 403);
    // A program that does not say where it comes from is no page.
    let unsaid = workerd
        .request("POST", "/wm/order")
        .header("cookie", cookie(&token));
    assert_eq!(workerd.send(unsaid, body).status(), 403);
    assert_eq!(post(&own, "forged", body), 204);
    let long = "x".repeat(5_000);
    let long = format!(r#"{{"store":"store","order":"{long}"}}"#);
    for (body, status) in [
        ("", 400),
        ("{}", 400),
        (r#"{"store":"store","order":1}"#, 400),
        (r#"{"store":"","order":"1"}"#, 400),
        (r#"{"store":"store","order":"1","more":1}"#, 400),
        (&long, 413),
    ] {
        assert_eq!(post(&own, &token, body), status, "{body}");
    }
    assert_eq!(demo::book(&workerd, "1"), ["cleo sku 3.00 pending"]);
    assert_eq!(ask(&workerd, "/wm/order", &[]).status(), 405);
}

#[test]
fn one_visitor_cannot_claim_every_order() {
    let workerd = start();
    let token = visitor_of(&workerd, "/r/ANA");
    sleep(Duration::from_millis(5));
    for number in 0..60 {
        assert_eq!(
            shopper::thanks(&workerd, &number.to_string(), &token).status(),
            204
        );
    }
    let claimed = |number: u32| {
        let id = number.to_string();
        assert_eq!(
            store::deliver(&workerd, &demo::order(&id)).outcome(),
            "applied"
        );
        demo::book(&workerd, &id).len() == 2
    };
    assert!(claimed(0) && claimed(49));
    assert!(!claimed(50) && !claimed(59));
}
