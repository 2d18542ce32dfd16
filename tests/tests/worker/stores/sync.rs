//! Stores are looked at for what their calls would have said: a call that was lost comes back, one
//! that came is not booked again.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use waymark_tests::internet::{Internet, Reply};
use waymark_tests::{Options, Workerd, demo, eventually, faults, merchant, store};

const SHOP: &str = "kettle.myshopify.com";

/// The demo program, whose Shopify store can be asked.
const SHOPIFY_API: &str = r#"
[endpoints.shopify.api]
host = "kettle.myshopify.com"
token = "SHOPIFY_TOKEN"
"#;

const OTHER_STORES: &str = r#"
[endpoints.woo]
kind = "woocommerce"
store = "woo"
secrets = ["WOO_SECRET"]
api = { url = "https://woo.example/blog", key = "WOO_KEY", secret = "WOO_KEY_SECRET" }

[endpoints.stripe]
kind = "stripe"
store = "stripe"
secrets = ["STRIPE_SECRET"]
api = { token = "STRIPE_KEY" }
"#;

fn start(internet: &Internet, program: &str) -> Workerd {
    start_with(internet, program, Options::default())
}

fn start_with(internet: &Internet, program: &str, options: Options) -> Workerd {
    let options = options
        .on(internet)
        .with_secret("SHOPIFY_TOKEN", "shpat_very-secret")
        .with_secret("WOO_KEY", "ck_very-secret")
        .with_secret("WOO_KEY_SECRET", "cs_very-secret")
        .with_secret("STRIPE_KEY", "rk_very-secret");
    let workerd = Workerd::start(options);
    merchant::apply_since_2000(&workerd, program);
    workerd
}

fn program() -> String {
    format!("{}\n{SHOPIFY_API}", demo::program())
}

/// So many minutes ago, to the second.
fn minutes_ago(minutes: i64) -> Timestamp {
    let now = Timestamp::from_millisecond(store::now()).expect("a time");
    let then = now.checked_sub(SignedDuration::from_mins(minutes));
    let then = then.expect("a time").as_second();
    Timestamp::from_second(then).expect("a time")
}

/// An order of 64.00 USD with a coupon of Ben's: 6.40 are his.
fn shopify_order(id: u64) -> Value {
    shopify_order_at(id, minutes_ago(30))
}

fn shopify_order_at(id: u64, at: Timestamp) -> Value {
    let at = at.to_string();
    json!({
        "id": id, "created_at": at, "updated_at": at, "currency": "USD", "total_tax": "0.00",
        "financial_status": "paid", "discount_codes": [{ "code": "BEN15" }], "refunds": [],
        "line_items": [{ "id": 1, "sku": "KETTLE", "quantity": 1, "price": "64.00" }],
    })
}

fn orders(orders: &[Value]) -> Reply {
    Reply::json(&json!({ "orders": orders }))
}

/// Those that changed since the time that the shop is asked about.
fn changed_since(orders: &[Value], target: &str) -> Vec<Value> {
    let (_, since) = target.split_once("updated_at_min=").expect("a time");
    let since = since.split('&').next().expect("a time").replace("%3A", ":");
    let since: Timestamp = since.parse().expect("a time");
    let at = |order: &Value| order["updated_at"].as_str()?.parse::<Timestamp>().ok();
    let changed = orders.iter().filter(|order| at(order) >= Some(since));
    changed.cloned().collect()
}

/// The store, as the merchant sees it.
fn seen(workerd: &Workerd, store: &str) -> Value {
    let stores: Vec<Value> = merchant::get(workerd, "/v1/stores").json();
    let of_source = |it: &&Value| it["store"] == store;
    let found = stores.iter().find(of_source).cloned();
    found.unwrap_or_else(|| json!({ "stores": stores }))
}

/// Has a store looked at, and waits until that came to its end, well or not.
fn look(workerd: &Workerd, store: &str) -> Value {
    let before = seen(workerd, store);
    let answer = merchant::command(workerd, &format!("/v1/stores/{store}/sync"));
    assert_eq!(answer.status(), 200, "{}", answer.text());
    eventually("a look", || {
        let now = seen(workerd, store);
        let changed = |member: &str| now[member] != before[member];
        (changed("last_sync") || changed("failures")).then_some(now)
    })
}

fn await_order(workerd: &Workerd, store: &str, id: &str) -> Value {
    eventually(&format!("order {id} of {store}"), || {
        let answer = merchant::ask(workerd, store, id);
        (answer.status() == 200).then(|| answer.json())
    })
}

fn facts(workerd: &Workerd, store: &str, id: &str) -> Value {
    merchant::order(workerd, store, id)["facts"].clone()
}

#[test]
fn a_shop_whose_app_gives_tokens_for_a_day_is_asked_for_one_and_again_when_it_is_refused() {
    let internet = Internet::start();
    let token = |value: &str| {
        let body = json!({ "access_token": value, "scope": "read_orders", "expires_in": 86_399 });
        Reply::json(&body)
    };
    internet.script(
        SHOP,
        [
            token("shpat_first"),
            Reply::status(401),
            token("shpat_second"),
            orders(&[shopify_order(5001)]),
            orders(&[shopify_order(5002)]),
        ],
    );
    let api = SHOPIFY_API.replace(
        "token = \"SHOPIFY_TOKEN\"",
        "client_id = \"3e1a0c6f5d2b47a8\"",
    );
    let workerd = start(&internet, &format!("{}\n{api}", demo::program()));
    await_order(&workerd, SHOP, "5001");

    let asked = internet.asked(SHOP);
    let tokens: Vec<(&str, Option<&str>)> = asked
        .iter()
        .map(|it| {
            let token = it.headers.get("x-shopify-access-token");
            (it.method.as_str(), token.map(String::as_str))
        })
        .collect();
    assert_eq!(
        tokens,
        [
            ("POST", None),
            ("GET", Some("shpat_first")),
            ("POST", None),
            ("GET", Some("shpat_second")),
        ]
    );
    assert_eq!(asked[0].target, "/admin/oauth/access_token");

    // It is kept: the next look asks for none.
    let answer = merchant::command(&workerd, &format!("/v1/stores/{SHOP}/sync"));
    assert_eq!(answer.status(), 200);
    await_order(&workerd, SHOP, "5002");
    assert_eq!(internet.asked(SHOP).len(), 5);
    assert_eq!(seen(&workerd, SHOP)["problem"], Value::Null);
}

#[test]
fn an_order_whose_call_was_lost_is_booked_and_its_call_changes_nothing_more() {
    let internet = Internet::start();
    let lost = shopify_order(5001);
    internet.script(SHOP, [orders(std::slice::from_ref(&lost))]);
    let workerd = start(&internet, &program());
    let order = await_order(&workerd, SHOP, "5001");
    assert_eq!(merchant::book(&order), ["ben coupon 6.40 pending"]);

    let asked = internet.asked(SHOP).remove(0);
    assert_eq!(asked.method, "GET");
    let (path, query) = asked.target.split_once('?').expect("a query");
    assert_eq!(path, "/admin/api/2026-10/orders.json");
    assert!(query.starts_with("status=any&updated_at_min="), "{query}");
    assert_eq!(asked.headers["x-shopify-access-token"], "shpat_very-secret");

    // The call comes after all.
    let body = lost.to_string();
    let before = facts(&workerd, SHOP, "5001");
    let answer = store::deliver_shopify(&workerd, "orders/create", &body);
    assert_eq!(answer.outcome(), "duplicate");
    assert_eq!(facts(&workerd, SHOP, "5001"), before);
    assert_eq!(merchant::balances(&workerd, "ben"), ["6.40 USD"]);

    let store = seen(&workerd, SHOP);
    assert_eq!(store["kind"], "shopify");
    assert_eq!(store["problem"], Value::Null);
    for member in ["cursor", "last_sync", "next_sync"] {
        assert!(store[member].is_string(), "{store}");
    }
    assert!(!workerd.log().contains("very-secret"));
}

#[test]
fn an_order_that_came_by_a_call_stays_one_whatever_else_the_look_shows_of_it() {
    let internet = Internet::start();
    internet.script(SHOP, [orders(&[])]);
    let workerd = start(&internet, &program());
    look(&workerd, SHOP);
    let order = shopify_order(5001);
    let answer = store::deliver_shopify(&workerd, "orders/create", &order.to_string());
    assert_eq!(answer.outcome(), "applied");
    let called = facts(&workerd, SHOP, "5001");

    // Written in another way, and with members that calls have not.
    let mut shown = order.clone();
    shown["admin_graphql_api_id"] = json!("gid://shopify/Order/5001");
    shown["total_price"] = json!("64.00");
    internet.script(SHOP, [orders(&[shown.clone()])]);
    look(&workerd, SHOP);
    assert_eq!(facts(&workerd, SHOP, "5001"), called);

    // With something that bears on attribution, in the same version of the order.
    shown["tags"] = json!("wholesale");
    internet.script(SHOP, [orders(&[shown])]);
    look(&workerd, SHOP);
    let order = merchant::order(&workerd, SHOP, "5001");
    assert_eq!(merchant::book(&order), ["ben coupon 6.40 pending"]);
    assert_eq!(merchant::entries(&order), ["ben 6.40 credited"]);
    assert_eq!(merchant::balances(&workerd, "ben"), ["6.40 USD"]);
}

#[test]
fn every_page_is_read_and_none_of_another_host() {
    let internet = Internet::start();
    let path = "/admin/api/2026-10/orders.json?limit=50&page_info=two";
    let next = format!("<https://{SHOP}{path}>; rel=\"next\"");
    let evil = format!("<https://evil.example{path}>; rel=\"next\"");
    internet.script(
        SHOP,
        [
            orders(&[shopify_order(5001)]).with("link", &next),
            orders(&[shopify_order(5002)]).with("Link", &evil),
        ],
    );
    let workerd = start(&internet, &program());
    await_order(&workerd, SHOP, "5002");
    assert_eq!(merchant::balances(&workerd, "ben"), ["12.80 USD"]);
    eventually("the end of the look", || {
        seen(&workerd, SHOP)["last_sync"].is_string().then_some(())
    });
    let asked = internet.asked(SHOP);
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[1].target, path);
    assert_eq!(internet.asked_hosts(), [SHOP]);
}

#[test]
fn a_look_goes_on_where_it_was_after_a_crash() {
    let internet = Internet::start();
    let path = "/admin/api/2026-10/orders.json?limit=50&page_info=two";
    let next = format!("<https://{SHOP}{path}>; rel=\"next\"");
    internet.script(
        SHOP,
        [
            orders(&[shopify_order(5001)]).with("link", &next),
            Reply::status(429).with("retry-after", "2"),
            orders(&[shopify_order(5002)]),
        ],
    );
    let mut workerd = start(&internet, &program());
    internet.await_asked(SHOP, 2);
    workerd.restart();
    await_order(&workerd, SHOP, "5002");
    assert_eq!(merchant::balances(&workerd, "ben"), ["12.80 USD"]);
    assert!(internet.asked(SHOP)[2..].iter().all(|it| it.target == path));
}

#[test]
fn a_store_that_is_busy_is_asked_again_when_it_says() {
    let internet = Internet::start();
    internet.script(
        SHOP,
        [
            Reply::status(429).with("retry-after", "1.0"),
            orders(&[shopify_order(5001)]),
        ],
    );
    let workerd = start(&internet, &program());
    await_order(&workerd, SHOP, "5001");
    assert_eq!(internet.asked(SHOP).len(), 2);
}

#[test]
fn a_refusal_is_shown_with_its_remedy_until_the_store_answers() {
    let internet = Internet::start();
    internet.script(SHOP, [Reply::status(401).body("shpat_very-secret")]);
    let workerd = start(&internet, &program());
    let refused = eventually("a problem", || {
        let store = seen(&workerd, SHOP);
        store["problem"].is_string().then_some(store)
    });
    assert_eq!(
        refused["problem"],
        "the store answered 401: the token is not accepted; give api the app's client_id in place of \
         token, so that one is asked for, or put an Admin API access token into the secret that \
         api.token names"
    );
    assert_eq!(refused["failures"], 1);
    assert_eq!(refused["last_sync"], Value::Null);

    internet.script(SHOP, [orders(&[shopify_order(5001)])]);
    let mended = look(&workerd, SHOP);
    assert_eq!(mended["problem"], Value::Null);
    assert_eq!(mended["failures"], 0);
    // From where it was.
    let asked = internet.asked(SHOP);
    assert_eq!(asked[0].target, asked[1].target);
    await_order(&workerd, SHOP, "5001");
    assert!(!workerd.log().contains("very-secret"));
}

#[test]
fn a_secret_that_is_missing_is_named_and_a_redirect_is_not_followed() {
    let internet = Internet::start();
    internet.script(
        SHOP,
        [Reply::status(301).with("location", "https://evil.example/")],
    );
    let missing = program().replace("SHOPIFY_TOKEN", "NOT_SET");
    let workerd = start(&internet, &missing);
    let problem = look(&workerd, SHOP)["problem"].clone();
    let problem = problem.as_str().expect("a problem").to_owned();
    assert!(problem.starts_with("NOT_SET: the Worker has no such secret"));

    // What failed is tried at once when a program is applied.
    merchant::apply_since_2000(&workerd, &program());
    let problem = eventually("another problem", || {
        let store = seen(&workerd, SHOP);
        let problem = store["problem"].as_str()?;
        (!problem.starts_with("NOT_SET")).then(|| problem.to_owned())
    });
    assert!(problem.starts_with("the store answered 301: "), "{problem}");
    assert_eq!(internet.asked_hosts(), [SHOP]);
}

#[test]
fn what_a_look_cannot_use_is_a_dead_letter_once_and_the_rest_is_booked() {
    let internet = Internet::start();
    let mut broken = shopify_order(5001);
    broken["line_items"] = json!("none");
    internet.script(SHOP, [orders(&[broken.clone(), shopify_order(5002)])]);
    let workerd = start(&internet, &program());
    await_order(&workerd, SHOP, "5002");
    look(&workerd, SHOP);
    let letters = merchant::dead_letters(&workerd);
    assert_eq!(letters.len(), 1, "{letters:?}");
    let letter = &letters[0];
    assert_eq!(letter["endpoint"], "shopify");
    assert_eq!(letter["topic"], "orders/updated");
    let reason = letter["reason"].as_str().expect("a reason");
    assert!(reason.starts_with("line_items: "), "{reason}");
    let body: Value = serde_json::from_str(letter["body"].as_str().expect("a body")).expect("JSON");
    assert_eq!(body, broken);
}

#[test]
fn a_store_is_looked_at_by_itself_only_if_the_program_says_so() {
    let internet = Internet::start();
    internet.script(SHOP, [orders(&[shopify_order(5001)])]);
    let never = format!("{}\n[settings]\nreconcile = \"0s\"\n", program());
    let workerd = start(&internet, &never);
    assert_eq!(seen(&workerd, SHOP)["next_sync"], Value::Null);
    // An order makes the program look at all that is due.
    let answer = store::deliver(&workerd, &demo::order_with_coupon("1"));
    assert_eq!(answer.outcome(), "applied");
    let looked = look(&workerd, SHOP);
    assert_eq!(looked["next_sync"], Value::Null);
    await_order(&workerd, SHOP, "5001");
    assert_eq!(internet.asked(SHOP).len(), 1);

    for (store, expected) in [("store", 404), ("nobody", 404)] {
        let answer = merchant::command(&workerd, &format!("/v1/stores/{store}/sync"));
        assert_eq!(answer.status(), expected, "{}", answer.text());
        assert!(answer.text().contains("store: there is no endpoint"));
    }
    let answer = workerd.send(workerd.request("GET", "/v1/stores"), "");
    assert_eq!(answer.status(), 401);
}

/// An order of 64.00 USD with a coupon of Ben's, as WooCommerce writes it.
fn woocommerce_order(id: u64, refunds: Value) -> Value {
    let at = minutes_ago(30).to_string();
    let at = at.trim_end_matches('Z');
    json!({
        "id": id, "status": "processing", "currency": "USD", "total": "64.00",
        "date_created_gmt": at, "date_modified_gmt": at, "date_paid_gmt": at,
        "coupon_lines": [{ "code": "ben15" }], "refunds": refunds,
        "line_items": [{ "id": 1, "sku": "KETTLE", "quantity": 1, "total": "64.00" }],
    })
}

/// A session of 64.00 USD with a promotion code of Ben's.
fn stripe_session(number: u32) -> Value {
    let at = minutes_ago(30).as_second();
    json!({
        "id": format!("evt_{number}"), "object": "event", "created": at, "livemode": true,
        "type": "checkout.session.completed",
        "data": { "object": {
            "id": format!("cs_{number}"), "object": "checkout.session", "mode": "payment",
            "payment_status": "paid", "created": at, "currency": "usd", "amount_total": 6400,
            "payment_intent": format!("pi_{number}"), "invoice": null,
            "discounts": [{ "promotion_code": { "id": "promo_1", "code": "BEN15" } }],
        } },
    })
}

fn stripe_refund(number: u32) -> Value {
    let at = minutes_ago(20).as_second();
    json!({
        "id": format!("evt_r{number}"), "object": "event", "created": at, "livemode": true,
        "type": "refund.created",
        "data": { "object": {
            "id": format!("re_{number}"), "object": "refund", "amount": 3200, "currency": "usd",
            "created": at, "status": "succeeded", "payment_intent": format!("pi_{number}"),
        } },
    })
}

#[test]
fn woocommerce_and_stripe_are_looked_at_with_their_refunds() {
    let internet = Internet::start();
    let refunds = json!([{ "id": 9, "reason": "", "total": "-32.00" }]);
    let mut trashed = woocommerce_order(7003, json!([]));
    trashed["status"] = json!("trash");
    let refunded = woocommerce_order(7002, refunds);
    internet.host("woo.example", move |it| {
        let line = json!({
            "id": 20, "quantity": 0, "total": "-32.00", "total_tax": "0.00",
            "meta_data": [{ "key": "_refunded_item_id", "value": "1" }],
        });
        Reply::json(&match it.target.split_once("/wp-json/wc/v3/orders") {
            Some((_, "/7002")) => refunded.clone(),
            Some((_, of)) if of.starts_with("/7002/refunds") => {
                json!([{ "id": 9, "amount": "32.00", "line_items": [line] }])
            }
            Some((_, query)) if query.contains("status=trash") => json!([trashed]),
            _ => json!([woocommerce_order(7001, json!([])), refunded]),
        })
    });
    // The newest first, the refund on the page before its order's.
    let pages = Arc::new(Mutex::new(Vec::new()));
    let asked = Arc::clone(&pages);
    internet.host("api.stripe.com", move |it| {
        asked.lock().expect("no panic").push(it.target.clone());
        let (data, more) = match it.target.contains("starting_after=evt_r1") {
            false => (stripe_refund(1), true),
            true => (stripe_session(1), false),
        };
        Reply::json(&json!({ "object": "list", "data": [data], "has_more": more }))
    });
    let workerd = start(&internet, &format!("{}\n{OTHER_STORES}", demo::program()));
    let whole = await_order(&workerd, "woo", "7001");
    assert_eq!(merchant::book(&whole), ["ben coupon 6.40 pending"]);
    let refunded = await_order(&workerd, "woo", "7002");
    assert_eq!(merchant::book(&refunded), ["ben coupon 3.20 pending"]);
    let flags = |id: &str| merchant::order(&workerd, "woo", id)["flags"].clone();
    // Guessed until the store has said what the refund was for.
    eventually("what the refund was for", || {
        (flags("7002") == json!([])).then_some(())
    });
    let asked = internet.asked("woo.example").remove(0);
    assert!(asked.target.starts_with("/blog/wp-json/wc/v3/orders?"));
    // ck_very-secret:cs_very-secret
    let basic = "Basic Y2tfdmVyeS1zZWNyZXQ6Y3NfdmVyeS1zZWNyZXQ=";
    assert_eq!(asked.headers["authorization"], basic);

    let deleted = await_order(&workerd, "woo", "7003");
    assert_eq!(merchant::book(&deleted), ["ben coupon 6.40 held"]);
    let flags = deleted["flags"].to_string();
    assert!(flags.contains("deleted its record"), "{flags}");

    let order = await_order(&workerd, "stripe", "cs_1");
    assert_eq!(merchant::book(&order), ["ben coupon 3.20 pending"]);
    let asked = internet.asked("api.stripe.com");
    assert_eq!(asked[0].headers["authorization"], "Bearer rk_very-secret");
    assert_eq!(merchant::balances(&workerd, "ben"), ["19.20 USD"]);

    // Looked at again, nothing is new.
    for store in ["woo", "stripe"] {
        assert_eq!(look(&workerd, store)["problem"], Value::Null);
    }
    assert_eq!(merchant::balances(&workerd, "ben"), ["19.20 USD"]);
    assert_eq!(
        merchant::pages(&workerd, "/v1/orders", 200).concat().len(),
        4
    );
    assert_eq!(pages.lock().expect("no panic").len(), 4);
}

/// The calls of storage, and those that ask the store. Each order changed long after the one before
/// it, so that a place that moved on too far leaves one behind.
#[test]
fn every_order_is_found_and_booked_once_though_any_call_of_a_look_fails() {
    let internet = Internet::start();
    let listed: Arc<Mutex<Vec<Value>>> = Arc::default();
    let shown = Arc::clone(&listed);
    internet.host(SHOP, move |asked| {
        orders(&changed_since(
            &shown.lock().expect("orders"),
            &asked.target,
        ))
    });
    let workerd = start_with(&internet, &program(), Options::default().with_faults());
    let look = || merchant::command(&workerd, &format!("/v1/stores/{SHOP}/sync"));
    let mut failed = Vec::new();
    for call in 1..=50 {
        for after in [false, true] {
            let number = call * 2 + usize::from(after);
            let minutes = 3_000 - 20 * i64::try_from(number).expect("a small number");
            let order = shopify_order_at(6_000 + number as u64, minutes_ago(minutes));
            listed.lock().expect("orders").push(order);
            faults::fail(&workerd, call, after, "alarm");
            // While an alarm waits for the store, the call that fails may be one of this request.
            assert_eq!(store::until_taken(look).status(), 200);
            std::thread::sleep(Duration::from_millis(150));
            failed.extend(faults::end(&workerd));
        }
    }
    let of = |name: &str| failed.iter().filter(|what| *what == name).count();
    println!(
        "{} calls failed, {} of the store's",
        failed.len(),
        of("fetch")
    );
    assert!(of("fetch") > 0 && of("transactionSync") > 0, "{failed:?}");
    let listed = listed.lock().expect("orders").clone();
    eventually("every order, once", || {
        look();
        std::thread::sleep(Duration::from_millis(500));
        let known = merchant::pages(&workerd, "/v1/orders", 200).concat();
        (known.len() == listed.len()).then_some(())
    });
    for order in listed.iter() {
        let order = merchant::order(&workerd, SHOP, &order["id"].to_string());
        assert_eq!(merchant::entries(&order), ["ben 6.40 credited"]);
    }
}
