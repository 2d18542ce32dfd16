//! What becomes due while nobody calls: it is done in time, by itself, and not for ever.

use serde_json::{Value, json};
use std::time::Duration;
use waymark_tests::internet::{Internet, Reply};
use waymark_tests::receivers::{HOOKS, WEBHOOK, options};
use waymark_tests::{
    Options, Workerd, becomes, demo, eventually, faults, merchant, shopper, store,
};

const DAY_MS: i64 = 86_400_000;
/// Where a store is asked that is looked at.
const SHOP: &str = "kettle.myshopify.com";

/// The demo program, its store's pages believed, with a receiver of every event.
fn program() -> String {
    demo::believing_pages(&(demo::program() + WEBHOOK))
}

fn start(internet: &Internet, options: Options) -> Workerd {
    internet.script(HOOKS, [Reply::status(204)]);
    let workerd = Workerd::start(options);
    merchant::apply_since_2000(&workerd, &program());
    workerd
}

/// The events that were told, such as `conversion.created 1001`.
fn told(internet: &Internet) -> Vec<String> {
    let asked = internet.asked(HOOKS).into_iter();
    asked
        .map(|asked| {
            let event: Value = serde_json::from_str(&asked.body).expect("JSON");
            let kind = event["type"].as_str().expect("a type");
            let order = event["data"]["order"]["id"].as_str().unwrap_or_default();
            format!("{kind} {order}")
        })
        .collect()
}

fn await_told(internet: &Internet, event: &str) {
    eventually(event, || {
        told(internet).iter().any(|it| it == event).then_some(())
    });
}

fn refund(order: &str, id: &str) -> Value {
    json!({ "type": "refund", "order": order, "id": id, "at": store::time_in(0), "currency": "USD",
            "amount": "1.00" })
}

/// A call about another order, and whatever is due is done: the alarm that tells of it has done the
/// rest before.
fn poke(workerd: &Workerd, internet: &Internet, id: &str) {
    let order = demo::order(id);
    assert_eq!(store::deliver(workerd, &order).outcome(), "applied");
    await_told(internet, &format!("conversion.created {id}"));
}

#[test]
fn what_a_page_of_the_shop_says_of_a_known_order_is_told_at_once() {
    let internet = Internet::start();
    let workerd = start(&internet, options(&internet));
    let token = shopper::token(&shopper::click(&workerd, "/r/ANA"));
    let order = demo::kettle("1001");
    assert_eq!(store::deliver(&workerd, &order).outcome(), "applied");
    assert!(demo::book(&workerd, "1001").is_empty());
    assert_eq!(shopper::thanks(&workerd, "1001", &token).status(), 204);
    await_told(&internet, "conversion.created 1001");
}

#[test]
fn what_a_journey_that_was_read_late_decides_is_told_at_once() {
    let internet = Internet::start();
    let workerd = start(&internet, options(&internet).with_faults());
    // A customer's first order tells who the visitor is whose clicks count for the second.
    let token = shopper::token(&shopper::click(&workerd, "/r/ANA"));
    let mut first = demo::kettle("first");
    first["token"] = json!(token);
    assert_eq!(store::deliver(&workerd, &first).outcome(), "applied");
    await_told(&internet, "conversion.created first");

    let mut late = Vec::new();
    let calls = std::iter::repeat_n(2..=12, 5).flatten();
    for (order, call) in calls.enumerate() {
        // The calls of an alarm that is under way are none of the request's.
        std::thread::sleep(Duration::from_millis(100));
        let id = format!("second-{order}");
        faults::fail(&workerd, call, false, "request");
        let answer = store::until_taken(|| store::deliver(&workerd, &demo::kettle(&id)));
        let failed = faults::end(&workerd);
        assert_eq!(answer.status(), 200, "{}", answer.text());
        // The first call of another object, the Worker's of the program, is not made to fail.
        if failed.as_deref() == Some("object") {
            late.push(id);
        }
        if late.len() == 2 {
            break;
        }
    }
    assert!(!late.is_empty(), "no journey was read late");
    for id in &late {
        await_told(&internet, &format!("conversion.created {id}"));
    }
}

#[test]
fn a_refund_whose_order_never_comes_is_called_an_orphan_once_after_three_days() {
    let internet = Internet::start();
    let mut workerd = start(&internet, options(&internet));
    let state = |workerd: &Workerd| merchant::order(workerd, "store", "1001")["state"].clone();
    store::deliver(&workerd, &refund("1001", "r1"));
    assert_eq!(state(&workerd), "waiting");
    let age =
        |hours: i64| format!("UPDATE orders SET first_seen_at = first_seen_at - {hours} * 3600000");
    workerd.restart_with(&age(71));
    poke(&workerd, &internet, "2001");
    assert_eq!(state(&workerd), "waiting");
    workerd.restart_with(&age(2));
    poke(&workerd, &internet, "2002");
    await_told(&internet, "order.orphaned 1001");
    assert_eq!(state(&workerd), "orphan");

    // More of the same is no other orphan; the order itself ends it.
    store::deliver(&workerd, &refund("1001", "r2"));
    poke(&workerd, &internet, "2003");
    assert_eq!(state(&workerd), "orphan");
    let orphans = told(&internet);
    let orphans = orphans.iter().filter(|it| it.starts_with("order.orphaned"));
    assert_eq!(orphans.count(), 1);
    let order = demo::order_with_coupon("1001");
    assert_eq!(store::deliver(&workerd, &order).outcome(), "applied");
    assert_eq!(state(&workerd), "decided");
    await_told(&internet, "conversion.created 1001");
}

#[test]
fn what_is_kept_for_a_time_is_deleted_after_it_and_nothing_else() {
    let internet = Internet::start();
    let mut workerd = start(&internet, options(&internet));
    let token = shopper::token(&shopper::click(&workerd, "/r/ANA?sub1=spring"));
    let mut order = demo::order("1001");
    order["token"] = json!(token);
    store::deliver(&workerd, &order);
    let unusable = store::deliver(&workerd, &json!({ "type": "parcel" }));
    assert_eq!(unusable.outcome(), "dead_letter");
    // A page speaks of an order that never comes, and of one that does.
    for id in ["never", "2000"] {
        assert_eq!(shopper::thanks(&workerd, id, &token).status(), 204);
    }
    poke(&workerd, &internet, "2000");
    eventually("the journey", || {
        (workerd.count("touch_details") > 0).then_some(())
    });

    let kept = [
        "calls WHERE reason IS NULL",
        "calls WHERE reason IS NOT NULL",
        "facts WHERE order_id = 'never'",
        "touch_details",
    ];
    let book = demo::book(&workerd, "1001");
    let later = |days: i64| {
        format!(
            "UPDATE calls SET received_at = received_at - {days} * {DAY_MS};
             UPDATE waiting_beacons SET since = since - {days} * {DAY_MS};
             UPDATE touch_details SET kept_since = kept_since - {days} * {DAY_MS};"
        )
    };
    workerd.restart_with(&later(29));
    poke(&workerd, &internet, "2001");
    for rows in kept {
        assert!(workerd.count(rows) > 0, "{rows}");
    }
    workerd.restart_with(&later(2));
    poke(&workerd, &internet, "2002");
    // The calls of these two days stay.
    for rows in [
        "calls WHERE order_id IN ('1001', '2000')",
        "calls WHERE reason IS NOT NULL",
        "facts WHERE order_id = 'never'",
        "waiting_beacons",
    ] {
        becomes(rows, &0, || workerd.count(rows));
    }
    assert!(workerd.count("calls") >= 1);
    assert!(workerd.count("facts WHERE order_id = '2000' AND key LIKE 'beacon:%'") > 0);
    assert!(workerd.count("touch_details") > 0);
    workerd.restart_with(&later(400 - 31));
    poke(&workerd, &internet, "2003");
    becomes("touch_details", &0, || workerd.count("touch_details"));
    assert_eq!(demo::book(&workerd, "1001"), book);
}

#[test]
fn an_alarm_rests_although_a_program_ended_the_look_that_was_under_way() {
    // There is another page, so that the look would go on at once.
    let next = "<https://kettle.myshopify.com/admin/api/2026-01/orders.json?page_info=p2>";
    let page = Reply::json(&json!({ "orders": [] })).with("link", &format!("{next}; rel=\"next\""));
    rests_after(page);
}

#[test]
fn an_alarm_rests_although_the_look_fails_that_a_program_ended() {
    // It would be tried again at once.
    rests_after(Reply::status(429).with("retry-after", "0"));
}

/// A program ends a look while the store is asked, which then answers so.
fn rests_after(answer: Reply) {
    let internet = Internet::start();
    let (begun, begins) = std::sync::mpsc::channel();
    let (go_on, goes_on) = std::sync::mpsc::channel::<()>();
    let mut first = true;
    internet.host(SHOP, move |_| {
        if std::mem::take(&mut first) {
            begun.send(()).expect("the test waits");
            goes_on.recv().expect("the test goes on");
        }
        answer.clone()
    });
    let options = options(&internet).with_faults();
    let workerd = start(
        &internet,
        options.with_secret("SHOPIFY_TOKEN", "very-secret"),
    );
    let api = format!(
        "[endpoints.synced]\nkind = \"shopify\"\nstore = \"{SHOP}\"\n\
         secrets = [\"SHOPIFY_SECRET\"]\napi = {{ host = \"{SHOP}\", token = \"SHOPIFY_TOKEN\" }}\n"
    );
    merchant::apply_since_2000(&workerd, &format!("{}\n{api}", program()));
    let asked = begins.recv_timeout(Duration::from_secs(120));
    asked.expect("the store is asked");
    assert_eq!(merchant::apply(&workerd, &program(), "").status(), 200);
    go_on.send(()).expect("the store answers");
    becomes("calls of alarms within a second", &json!(0), || {
        faults::fail(&workerd, 1_000_000, false, "alarm");
        std::thread::sleep(Duration::from_secs(1));
        faults::plan(&workerd, &Value::Null)["seen"].clone()
    });
}

#[test]
fn orders_that_cannot_be_decided_again_hold_up_no_other() {
    let internet = Internet::start();
    let mut workerd = start(&internet, options(&internet));
    // More than an alarm decides again.
    let unreadable = 60;
    store::deliver(&workerd, &demo::order_with_coupon("1001"));
    workerd.restart_with(&format!(
        "WITH RECURSIVE ids (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM ids WHERE id < {unreadable})
           INSERT INTO facts (store, order_id, key, body, received_at)
           SELECT 'broken', id, 'key', '{{', 0 FROM ids;
         INSERT INTO stale_orders (store, order_id) SELECT store, order_id FROM facts
           WHERE store = 'broken';
         INSERT INTO stale_orders (store, order_id) VALUES ('store', '1001')"
    ));
    poke(&workerd, &internet, "2001");
    eventually("as many as an alarm decides", || {
        (workerd.count("stale_orders WHERE failed > 0") >= 50).then_some(())
    });
    poke(&workerd, &internet, "2002");
    becomes("the order that can be decided", &0, || {
        workerd.count("stale_orders WHERE store = 'store'")
    });
    assert_eq!(workerd.count("stale_orders"), unreadable);
}
