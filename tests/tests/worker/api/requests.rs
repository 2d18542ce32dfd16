//! `/v1`: who may ask, what an error looks like, and lists that are read page by page.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use waymark_tests::{API_TOKEN, Answer, Options, Workerd, at_once, demo, merchant, store};

/// Every call there is: its path, and the methods that it has.
const CALLS: [(&str, &[&str]); 36] = [
    ("/v1/resolve", &["POST"]),
    ("/v1/program", &["GET", "PUT"]),
    ("/v1/orders", &["GET"]),
    ("/v1/export", &["GET"]),
    ("/v1/orders/store/1001", &["GET"]),
    ("/v1/orders/store/1001/decide", &["POST"]),
    ("/v1/orders/store/1001/rule", &["POST"]),
    ("/v1/orders/store/1001/approve", &["POST"]),
    ("/v1/orders/store/1001/unapprove", &["POST"]),
    ("/v1/orders/store/1001/acknowledge", &["POST"]),
    ("/v1/conversions", &["GET"]),
    ("/v1/payouts", &["GET", "POST"]),
    ("/v1/payouts/1", &["GET"]),
    ("/v1/payouts/1/entries", &["GET"]),
    ("/v1/payouts/1/pay", &["POST"]),
    ("/v1/payouts/1/cancel", &["POST"]),
    ("/v1/affiliates", &["GET"]),
    ("/v1/affiliates/ana", &["GET"]),
    ("/v1/links", &["GET"]),
    ("/v1/links/ana", &["GET"]),
    ("/v1/clicks", &["GET"]),
    ("/v1/customers/lookup", &["POST"]),
    ("/v1/customers/assign", &["POST"]),
    ("/v1/customers/erase", &["POST"]),
    ("/v1/receivers", &["GET"]),
    ("/v1/receivers/webhook/shop/pause", &["POST"]),
    ("/v1/receivers/webhook/shop/resume", &["POST"]),
    ("/v1/receivers/webhook/shop/test", &["POST"]),
    ("/v1/messages", &["GET"]),
    ("/v1/messages/1/replay", &["POST"]),
    ("/v1/dead-letters", &["GET"]),
    ("/v1/dead-letters/1/replay", &["POST"]),
    ("/v1/stores", &["GET"]),
    ("/v1/stores/store/sync", &["POST"]),
    ("/v1/audit", &["GET"]),
    // What there is not.
    ("/v1/nothing", &[]),
];

/// The text of `{"error": …}`, which is all that an error holds besides a file's problems.
fn error(answer: &Answer) -> String {
    assert_eq!(
        answer.header("content-type"),
        Some("application/json"),
        "{}",
        answer.text()
    );
    let body: Value = answer.json();
    body["error"].as_str().expect("an error").to_owned()
}

#[test]
fn nobody_is_told_anything_without_the_token() {
    let workerd = demo::start(Options::default());
    store::deliver(&workerd, &demo::order("1001"));
    let before = merchant::owed(&workerd);
    let program = merchant::get(&workerd, "/v1/program").text().to_owned();
    let almost = API_TOKEN.get(1..).expect("a token of several characters");
    let named = |(path, methods): (&'static str, &'static [&'static str])| {
        let methods = methods.iter().chain(&["DELETE"]);
        methods.map(move |method| (*method, path))
    };
    for (method, path) in CALLS.into_iter().flat_map(named) {
        let ask = |token: Option<String>| {
            let request = workerd.request(method, path);
            match token {
                None => workerd.send(request, ""),
                Some(token) => workerd.send(request.header("authorization", token), ""),
            }
        };
        for token in [
            None,
            Some(String::new()),
            Some("Bearer".into()),
            Some("Bearer ".into()),
            Some("Bearer wrong".into()),
            Some(format!("Bearer {almost}")),
            Some(format!("Bearer {API_TOKEN}x")),
            Some(format!("Basic {API_TOKEN}")),
            Some(API_TOKEN.to_owned()),
        ] {
            let answer = ask(token.clone());
            assert_eq!(answer.status(), 401, "{method} {path} {token:?}");
            assert_eq!(
                error(&answer),
                "authorization: expected `Bearer` and the secret WAYMARK_API_TOKEN"
            );
        }
    }
    assert_eq!(merchant::owed(&workerd), before);
    assert_eq!(merchant::get(&workerd, "/v1/program").text(), program);
}

#[test]
fn without_a_token_of_its_own_the_worker_lets_nobody_in() {
    for token in [None, Some("")] {
        let mut options = Options::default();
        options.secrets.remove("WAYMARK_API_TOKEN");
        let given = token.map(|token| ("WAYMARK_API_TOKEN".to_owned(), token.to_owned()));
        options.secrets.extend(given);
        let workerd = Workerd::start(options);
        for header in ["Bearer ", "Bearer", "Bearer token-for-tests"] {
            let request = workerd
                .request("GET", "/v1/orders")
                .header("authorization", header);
            let answer = workerd.send(request, "");
            assert!(
                matches!(answer.status(), 401 | 503),
                "{token:?}: {}",
                answer.text()
            );
        }
    }
}

#[test]
fn what_does_not_exist_is_told_by_name() {
    let workerd = demo::start(Options::default());
    for (path, missing) in [
        (
            "/v1/orders/store/nothing",
            "order: store has reported none with the id nothing",
        ),
        (
            "/v1/orders/shop/1001",
            "order: shop has reported none with the id 1001",
        ),
        (
            "/v1/affiliates/nobody",
            "affiliate: the program has none with the id nobody",
        ),
        (
            "/v1/affiliates/ANA",
            "affiliate: the program has none with the id ANA",
        ),
        ("/v1/nothing", "no such call"),
        ("/v1/orders/store", "no such call"),
    ] {
        let answer = merchant::get(&workerd, path);
        assert_eq!(
            (answer.status(), error(&answer)),
            (404, missing.to_owned()),
            "{path}"
        );
    }
    let answer = merchant::decide(&workerd, "store", "nothing");
    assert_eq!(answer.status(), 404);
    assert_eq!(
        error(&answer),
        "order: store has reported none with the id nothing"
    );
    for path in ["/v1", "/v1/"] {
        let answer = merchant::get(&workerd, path);
        assert_eq!(
            (answer.status(), error(&answer)),
            (404, "no such call".into())
        );
    }
}

/// A call that is sent by the wrong method is told the right ones; by a right one it is heard,
/// whatever it is then told about its body or about what it names.
#[test]
fn every_path_has_the_methods_that_it_says_and_no_other() {
    let workerd = demo::start(Options::default());
    for (path, methods) in CALLS.into_iter().filter(|(_, methods)| !methods.is_empty()) {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] {
            let answer = workerd.send(merchant::authorised(&workerd, method, path), "");
            let meant = if method == "HEAD" { "GET" } else { method };
            if methods.contains(&meant) {
                assert_ne!(answer.status(), 405, "{method} {path}");
                let text = answer.text();
                assert!(!text.contains("no such call"), "{method} {path}: {text}");
                continue;
            }
            assert_eq!(answer.status(), 405, "{method} {path}");
            assert_eq!(answer.header("allow"), Some(methods.join(", ").as_str()));
            if method != "HEAD" {
                let expected = format!("method: expected {}", methods.join(" or "));
                assert_eq!(error(&answer), expected, "{method} {path}");
            }
        }
    }
}

#[test]
fn a_query_or_a_body_that_cannot_be_read_is_told_as_an_error_of_its_name() {
    let workerd = demo::start(Options::default());
    for path in ["/v1/orders", "/v1/affiliates", "/v1/dead-letters"] {
        for limit in ["0", "201", "256", "-1", "1.5", "many", ""] {
            let answer = merchant::get(&workerd, &format!("{path}?limit={limit}"));
            assert_eq!(answer.status(), 422, "{path} {limit:?}: {}", answer.text());
            assert_eq!(error(&answer), "limit: expected a number from 1 to 200");
        }
    }
    for path in ["/v1/orders", "/v1/dead-letters"] {
        for after in ["nonsense", "%7B%7D", "[1,2]", "[1,%22a%22]", "9e999"] {
            let answer = merchant::get(&workerd, &format!("{path}?after={after}"));
            assert_eq!(answer.status(), 422, "{path} {after}: {}", answer.text());
            assert_eq!(error(&answer), "after: expected the `next` of another page");
        }
    }
    // Places beyond all that a list can have are places all the same.
    for path in [
        "/v1/orders?after=[9007199254740993,%22%22,%22%22]",
        "/v1/orders?after=[-9007199254740993,%22%22,%22%22]",
        "/v1/dead-letters?after=9007199254740993",
        "/v1/affiliates?after=%7F",
    ] {
        let page = merchant::get(&workerd, path);
        assert_eq!(
            (page.status(), page.text()),
            (200, r#"{"items":[]}"#),
            "{path}"
        );
    }
    let large = "x".repeat((1 << 20) + 1);
    for (method, path, body, status, field) in [
        (
            "PUT",
            "/v1/program?dry_run=maybe",
            &b"{}"[..],
            422,
            "dry_run: ",
        ),
        ("PUT", "/v1/program?dry-run=true", b"{}", 422, "dry-run: "),
        ("GET", "/v1/orders?stat=review", b"", 422, "stat: "),
        ("GET", "/v1/orders?state=reviewed", b"", 422, "state: "),
        ("GET", "/v1/affiliates?lmit=5", b"", 422, "lmit: "),
        ("GET", "/v1/orders?limit=5&limit=6", b"", 422, "limit: "),
        ("GET", "/v1/payouts?status=paid", b"", 422, "status: "),
        ("GET", "/v1/clicks?by=hour", b"", 422, "by: "),
        ("GET", "/v1/clicks?from=yesterday", b"", 422, "from: "),
        ("GET", "/v1/payouts/first", b"", 400, "path: "),
        ("PUT", "/v1/program", b"\xff", 400, "body: "),
        ("POST", "/v1/resolve", b"\xff", 400, "body: "),
        ("POST", "/v1/resolve", large.as_bytes(), 413, "body: "),
        ("GET", "/v1/orders/store/%FF", b"", 400, "path: "),
    ] {
        let answer = workerd.send(merchant::authorised(&workerd, method, path), body);
        assert_eq!(
            answer.status(),
            status,
            "{method} {path}: {}",
            answer.text()
        );
        let error = error(&answer);
        assert!(error.starts_with(field), "{method} {path}: {error}");
    }
}

/// Walks the pages of a list, of which all but the last are full and none repeats an item of
/// another, and gives that member of each.
fn walk(workerd: &Workerd, path: &str, limit: usize, name: &str) -> Vec<String> {
    let pages = merchant::pages(workerd, path, limit);
    let full = |page: &Vec<Value>| page.len() == limit;
    assert!(pages.iter().rev().skip(1).all(full), "{path} by {limit}");
    let names: Vec<String> = pages
        .concat()
        .iter()
        .map(|item| item[name].to_string())
        .collect();
    let distinct: BTreeSet<&String> = names.iter().collect();
    assert_eq!(distinct.len(), names.len(), "{path} by {limit}: {names:?}");
    names
}

#[test]
fn a_list_loses_and_repeats_nothing_whatever_the_size_of_its_pages() {
    let workerd = Workerd::start(Options::default());
    let mut program = demo::program();
    for number in 0..20 {
        program.push_str(&format!("\n[affiliates.\"Größe {number}\"]\n"));
    }
    merchant::apply_since_2000(&workerd, &program);
    for number in 0..23 {
        let order = demo::order(&format!("no. {number}\"/'&"));
        assert_eq!(store::deliver(&workerd, &order).outcome(), "applied");
        let letter = json!({ "letter": number });
        assert_eq!(store::deliver(&workerd, &letter).outcome(), "dead_letter");
    }
    for (path, name) in [
        ("/v1/orders", "id"),
        ("/v1/export", "id"),
        ("/v1/affiliates", "id"),
        ("/v1/dead-letters", "number"),
    ] {
        let all = walk(&workerd, path, 200, name);
        assert_eq!(all.len(), 23, "{path}");
        for limit in [1, 2, 7, 22, 23, 24] {
            assert_eq!(walk(&workerd, path, limit, name), all, "{path} by {limit}");
        }
        let usual: Value = merchant::get(&workerd, path).json();
        assert_eq!(usual["items"].as_array().map(Vec::len), Some(23), "{path}");
        assert_eq!(usual.get("next"), None, "{path}");
    }
}

#[test]
fn orders_that_arrive_at_once_are_all_listed() {
    let workerd = demo::start(Options::default());
    at_once(0..160, 16, |number| {
        store::deliver(&workerd, &demo::order(&format!("{number}")));
    });
    // By one, two orders that changed in one millisecond lie on two pages.
    assert_eq!(walk(&workerd, "/v1/orders", 1, "id").len(), 160);
}

/// An order that changes moves to the front of the list; in the export it keeps its place, and so
/// none is passed over.
#[test]
fn an_export_has_every_order_whole_though_orders_change_meanwhile() {
    let workerd = demo::start(Options::default());
    let ids: Vec<String> = (0..9).map(|number| format!("order {number}")).collect();
    for id in &ids {
        store::deliver(&workerd, &demo::order_with_coupon(id));
    }
    let mut exported: Vec<Value> = Vec::new();
    let mut path = "/v1/export?limit=2".to_owned();
    loop {
        let mut page: Value = merchant::get(&workerd, &path).json();
        let items = page["items"].as_array_mut().expect("items");
        exported.append(items);
        // The next order changes before it was seen.
        let next = ids.get(exported.len()).unwrap_or(&ids[8]);
        let decided = merchant::decide(&workerd, "store", next);
        assert_eq!(decided.outcome(), "applied");
        match page["next"].as_str() {
            Some(next) => path = format!("/v1/export?limit=2&after={}", merchant::encode(next)),
            None => break,
        }
    }
    let found: Vec<&str> = exported.iter().filter_map(|it| it["id"].as_str()).collect();
    assert_eq!(found, ids);
    for order in exported.iter().take(8) {
        let alone = merchant::order(&workerd, "store", order["id"].as_str().expect("an id"));
        assert_eq!(*order, alone);
    }
}

#[test]
fn an_order_is_told_with_all_that_led_to_its_book() {
    let workerd = demo::start(Options::default());
    store::deliver(&workerd, &demo::order_with_coupon("1001"));
    let order = merchant::order(&workerd, "store", "1001");
    let members: Vec<&String> = order.as_object().expect("an object").keys().collect();
    assert_eq!(
        members,
        [
            "approval",
            "case",
            "changed_at",
            "conversions",
            "decision",
            "due_at",
            "explanation",
            "facts",
            "flags",
            "id",
            "placed_at",
            "review",
            "state",
            "store"
        ]
    );
    assert_eq!(
        (&order["store"], &order["state"]),
        (&json!("store"), &json!("decided"))
    );
    assert_eq!(order["review"], false);
    let explanation = order["explanation"].to_string();
    assert!(
        explanation.contains("ben") && explanation.contains("8.20"),
        "{explanation}"
    );
    // The case is all that the decision was made from: deciding it elsewhere gives the same.
    let case = order["case"].to_string();
    let again = workerd.send(merchant::authorised(&workerd, "POST", "/v1/resolve"), case);
    assert_eq!(again.json::<Value>(), order["decision"]);
}
