//! A shopper can see what is kept of them, and have it deleted.

use serde_json::{Value, json};
use std::time::Duration;
use waymark_click::Keys;
use waymark_tests::json::with;
use waymark_tests::shopper::me;
use waymark_tests::{Options, TOKEN_KEYS, Workerd, demo, eventually, shopper, store};

fn journey(workerd: &Workerd, token: &str) -> Value {
    let answer = me(workerd, "GET", token, &[]);
    assert_eq!(answer.status(), 200, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.json()
}

/// The visits, such as `ana link`, once there are that many of them: touches are recorded after
/// the answer.
fn visits(workerd: &Workerd, token: &str, expected: usize) -> Vec<String> {
    eventually(&format!("{expected} visits"), || {
        let journey = journey(workerd, token);
        let touches = journey.get("touches").and_then(Value::as_array);
        let text = |touch: &Value, name| touch.get(name).and_then(Value::as_str).map(str::to_owned);
        let visit = |touch| {
            Some(format!(
                "{} {}",
                text(touch, "code")?,
                text(touch, "method")?
            ))
        };
        let visits: Option<Vec<String>> = touches?.iter().map(visit).collect();
        visits.filter(|visits| visits.len() == expected)
    })
}

/// A token of the visitor of this one, as of a click that long before (milliseconds).
fn aged(token: &str, milliseconds: i64) -> String {
    let keys: Keys = TOKEN_KEYS.parse().expect("keys");
    let keys = keys.for_program("main");
    let mut token = keys
        .verify(token, store::now(), 60_000)
        .expect("a token of our own");
    for mark in [&mut token.first, &mut token.last] {
        mark.at = mark.at.saturating_sub(milliseconds);
    }
    keys.sign(&token)
}

/// Three visits by one browser, whose token it gives. The second is known to the journey alone.
fn visitor(workerd: &Workerd) -> String {
    let mut token = shopper::token(&shopper::click(workerd, "/r/ANA"));
    for path in ["/q/BEN?sub1=spring", "/r/BEN"] {
        std::thread::sleep(Duration::from_millis(2));
        token = shopper::token(&shopper::click_again(workerd, path, &token));
    }
    token
}

#[test]
fn a_shopper_sees_every_visit_and_nobody_elses() {
    let workerd = demo::start(Options::default());
    let token = visitor(&workerd);
    assert_eq!(
        visits(&workerd, &token, 3),
        ["ana link", "ben qr", "ben link"]
    );
    assert!(journey(&workerd, &token).to_string().contains("spring"));

    let html = me(&workerd, "GET", &token, &[("accept", "text/html")]);
    let kind = html.header("content-type").expect("a type");
    assert!(kind.starts_with("text/html"), "{kind}");
    assert!(
        html.text().contains("scanned the code ben"),
        "{}",
        html.text()
    );

    let other = shopper::token(&shopper::click(&workerd, "/r/BEN"));
    assert_eq!(visits(&workerd, &other, 1), ["ben link"]);
    let mut damaged = token.clone();
    damaged.replace_range(30..34, "AAAA");
    for nobody in ["", "x", &damaged] {
        let nothing = json!({ "visitor": null, "touches": [] });
        assert_eq!(journey(&workerd, nobody), nothing, "{nobody}");
    }
}

#[test]
fn a_shopper_has_the_journey_deleted_and_the_browser_forgets() {
    let workerd = demo::start(Options::default());
    let token = visitor(&workerd);
    assert_eq!(visits(&workerd, &token, 3).len(), 3);
    let other = visitor(&workerd);
    assert_eq!(visits(&workerd, &other, 3).len(), 3);

    let deleted = me(
        &workerd,
        "DELETE",
        &token,
        &[("sec-fetch-site", "same-origin")],
    );
    assert_eq!(deleted.status(), 204);
    let cookie = deleted.header("set-cookie").expect("a cookie that is over");
    assert!(cookie.starts_with("__Host-wm=; "), "{cookie}");
    assert!(cookie.contains("Max-Age=0"), "{cookie}");
    // What the old token itself says is all that is left: its first and last visit.
    assert_eq!(visits(&workerd, &token, 2), ["ana link", "ben link"]);
    assert_eq!(visits(&workerd, &other, 3).len(), 3);
}

#[test]
fn an_order_that_a_visit_was_credited_for_stays_explained_after_the_deletion() {
    let workerd = demo::start(Options::default());
    let token = visitor(&workerd);
    let order = with(demo::order("1"), json!({ "token": token }));
    assert_eq!(store::deliver(&workerd, &order).outcome(), "applied");
    let before = demo::book(&workerd, "1");
    let origin = workerd.url("");
    assert_eq!(
        me(&workerd, "POST", &token, &[("origin", &origin)]).status(),
        200
    );
    assert_eq!(demo::book(&workerd, "1"), before);
}

#[test]
fn no_other_site_deletes_a_journey() {
    let workerd = demo::start(Options::default());
    let token = visitor(&workerd);
    for headers in [
        &[][..],
        &[("origin", "https://evil.example")],
        &[("origin", "null"), ("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
    ] {
        for method in ["DELETE", "POST"] {
            let answer = me(&workerd, method, &token, headers);
            assert_eq!(answer.status(), 403, "{method} {headers:?}");
            assert_eq!(answer.header("set-cookie"), None, "{method} {headers:?}");
        }
    }
    assert_eq!(visits(&workerd, &token, 3).len(), 3);
    assert_eq!(me(&workerd, "PUT", &token, &[]).status(), 405);
}

#[test]
fn a_shopper_whose_clicks_count_no_longer_sees_and_deletes_them_all_the_same() {
    let workerd = demo::start(Options::default());
    let token = visitor(&workerd);
    assert_eq!(visits(&workerd, &token, 3).len(), 3);
    let old = aged(&token, 1_000 * 86_400_000);
    // The journey's three, and two that only the old token tells of.
    assert_eq!(visits(&workerd, &old, 5).len(), 5);
    let own = workerd.url("");
    let deleted = me(&workerd, "DELETE", &old, &[("origin", &own)]);
    assert_eq!(deleted.status(), 204);
    // What is left is what the token itself tells.
    assert_eq!(visits(&workerd, &token, 2).len(), 2);
}
