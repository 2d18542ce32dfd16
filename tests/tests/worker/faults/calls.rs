//! Every call to storage and to others fails once, before or after it was done: nothing is lost,
//! nothing is there twice, and no store hears of success before the commit.

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use waymark_tests::internet::{Internet, Reply};
use waymark_tests::person::{act, approve, end_payout, rule};
use waymark_tests::receivers::{self, HOOKS, WEBHOOK};
use waymark_tests::{
    Answer, Options, Workerd, becomes, demo, eventually, faults, merchant, shopper, store,
};

/// More calls than any request of these tests makes.
const MAX_CALLS: usize = 1_000;

fn start() -> Workerd {
    demo::start(Options::default().with_faults())
}

/// What was done, and what failed meanwhile.
#[derive(Default)]
struct Tried {
    names: Vec<String>,
    /// The kinds of calls that failed.
    failed: BTreeSet<String>,
}

/// Does something once for every call that it makes, which fails then, before or after it was done.
/// `act` names an order of its own each time, and is done again until it is answered well.
fn for_every_call(
    workerd: &Workerd,
    prepare: impl Fn(&str),
    act: impl Fn(&str) -> Answer,
    check: impl Fn(&str),
) -> Tried {
    let mut tried = Tried::default();
    for after in [false, true] {
        let mut all: BTreeMap<String, usize> = BTreeMap::new();
        for call in 1..MAX_CALLS {
            let name = format!("{call}-{}", if after { "after" } else { "before" });
            prepare(&name);
            faults::fail(workerd, call, after, "request");
            let answer = act(&name);
            let failed = faults::end(workerd);
            tried.names.push(name.clone());
            let Some(what) = failed else {
                assert_eq!(answer.status(), 200, "{}", answer.text());
                check(&name);
                break;
            };
            *all.entry(what.clone()).or_default() += 1;
            println!("{name}: {what}: {}", answer.status());
            if answer.status() == 200 {
                // Whoever is told so need not call again.
                check(&name);
            } else {
                assert_eq!(answer.status(), 503, "{}", answer.text());
                assert!(!answer.text().contains("a fault"), "{}", answer.text());
            }
            let again = act(&name);
            // 409: it had been done, and is not done twice.
            let is_done = [200, 409].contains(&again.status());
            assert!(
                is_done,
                "{name}, {what}: {}\n{}",
                again.text(),
                workerd.log()
            );
            check(&name);
        }
        println!("failed {}: {all:?}", if after { "after" } else { "before" });
        assert!(all.values().sum::<usize>() > 10, "{all:?}");
        tried.failed.extend(all.into_keys());
    }
    tried
}

fn two_decimals(cents: usize) -> String {
    format!("{}.{:02} USD", cents / 100, cents % 100)
}

/// The first migrations, the first rows, and the first alarm: the object of a program is made by
/// the first who asks it for anything.
#[test]
fn all_that_a_program_begins_with() {
    let workerd = start();
    let tried = for_every_call(
        &workerd,
        |name| {
            faults::plan(&workerd, &json!({ "fresh": name }));
        },
        |name| {
            let since = "?effective_at=2000-01-01T00:00:00Z";
            let applied = merchant::apply(&workerd, &demo::program(), since);
            match applied.status() {
                200 => store::deliver(&workerd, &demo::order_with_coupon(name)),
                _ => applied,
            }
        },
        |name| {
            let owed = ["ben coupon 8.20 pending", "cleo sku 3.00 pending"];
            assert_eq!(demo::book(&workerd, name), owed);
            assert_eq!(merchant::balances(&workerd, "ben"), ["8.20 USD"]);
        },
    );
    for what in ["exec", "transactionSync", "getAlarm", "setAlarm", "object"] {
        assert!(tried.failed.contains(what), "{what}: {:?}", tried.failed);
    }
}

#[test]
fn a_new_order() {
    let workerd = start();
    let token = shopper::token(&shopper::click(&workerd, "/r/ANA"));
    workerd.await_touches(1);
    let owed = [
        "ana link 6.56 pending",
        "cleo sku 3.00 pending",
        "ben coupon 0.00 unqualified",
    ];
    let order = |id: &str| {
        let mut order = demo::order_with_coupon(id);
        order["token"] = json!(token);
        order
    };
    let orders = for_every_call(
        &workerd,
        |_| {},
        |id| store::deliver(&workerd, &order(id)),
        |id| assert_eq!(demo::book(&workerd, id), owed),
    );
    let listed = merchant::pages(&workerd, "/v1/orders", 200).concat();
    assert_eq!(listed.len(), orders.names.len());
    let balance = two_decimals(orders.names.len() * 656);
    assert_eq!(merchant::balances(&workerd, "ana"), [balance]);
}

#[test]
fn a_refund_before_its_order() {
    let workerd = start();
    let orders = for_every_call(
        &workerd,
        |_| {},
        |id| {
            let refund = json!({ "type": "refund", "order": id, "id": "r1", "currency": "USD",
                "at": "2026-01-03T00:00:00Z",
                "lines": [{ "line": "1", "quantity": 0, "amount": "32.00" }] });
            let answer = store::deliver(&workerd, &refund);
            if answer.status() != 200 {
                return answer;
            }
            let mut order = demo::order_with_coupon(id);
            // The same call each time.
            order["updated_at"] = json!("2026-01-03T00:00:00Z");
            store::deliver(&workerd, &order)
        },
        |id| {
            let owed = ["ben coupon 5.00 pending", "cleo sku 3.00 pending"];
            assert_eq!(demo::book(&workerd, id), owed);
        },
    );
    let balance = two_decimals(orders.names.len() * 500);
    assert_eq!(merchant::balances(&workerd, "ben"), [balance]);
}

#[test]
fn an_approval_and_an_update_after_it() {
    let workerd = start();
    let orders = for_every_call(
        &workerd,
        |id| {
            let order = demo::order_with_coupon(id);
            assert_eq!(store::deliver(&workerd, &order).outcome(), "applied");
        },
        |id| {
            let answer = approve(&workerd, id);
            if ![200, 409].contains(&answer.status()) {
                return answer;
            }
            let mut order = demo::order_with_coupon(id);
            order["updated_at"] = json!("2999-01-01T00:00:00Z");
            order["discount"] = json!("20.50");
            store::deliver(&workerd, &order)
        },
        |id| {
            let owed = ["ben coupon 6.15 approved", "cleo sku 3.00 approved"];
            assert_eq!(demo::book(&workerd, id), owed);
        },
    );
    let balance = two_decimals(orders.names.len() * 615);
    assert_eq!(merchant::balances(&workerd, "ben"), [balance]);
}

#[test]
fn a_ruling() {
    let workerd = start();
    for_every_call(
        &workerd,
        |id| {
            let order = demo::order_with_coupon(id);
            assert_eq!(store::deliver(&workerd, &order).outcome(), "applied");
        },
        |id| {
            let ruling = json!({ "id": "r1", "deny": true });
            rule(&workerd, id, ruling)
        },
        |id| {
            let view = merchant::order(&workerd, "store", id);
            let denied = ["ben coupon 0.00 denied", "cleo sku 0.00 denied"];
            assert_eq!(merchant::book(&view), denied);
            assert_eq!(merchant::entries(&view).len(), 4);
        },
    );
    assert_eq!(merchant::balances(&workerd, "ben"), ["0.00 USD"]);
}

#[test]
fn a_payout_and_its_payment() {
    let workerd = start();
    let orders = for_every_call(
        &workerd,
        |id| {
            let order = demo::order_with_coupon(id);
            assert_eq!(store::deliver(&workerd, &order).outcome(), "applied");
            assert_eq!(approve(&workerd, id).status(), 200);
        },
        |_| {
            let mut answer = act(&workerd, "/v1/payouts", json!({ "affiliate": "ben" }));
            if answer.status() != 200 {
                return answer;
            }
            let listed = merchant::get(&workerd, "/v1/payouts?affiliate=ben&limit=1");
            if listed.status() != 200 {
                return listed;
            }
            let page: Value = listed.json();
            let latest = &page["items"][0];
            if latest["state"] == "open" {
                answer = end_payout(&workerd, latest, "pay");
            }
            answer
        },
        |id| {
            let owed = ["ben coupon 8.20 paid", "cleo sku 3.00 approved"];
            assert_eq!(demo::book(&workerd, id), owed);
        },
    );
    // One for each order, of one entry.
    let made = merchant::items(&workerd, "/v1/payouts?affiliate=ben&limit=200");
    assert!(
        made.iter()
            .all(|it| it["state"] == "paid" && it["amount"] == "8.20")
    );
    assert_eq!(made.len(), orders.names.len());
    let affiliate: Value = merchant::get(&workerd, "/v1/affiliates/ben").json();
    let paid = two_decimals(orders.names.len() * 820).replace(" USD", "");
    assert_eq!(affiliate["balances"][0]["paid"], json!(paid), "{affiliate}");
    assert_eq!(affiliate["balances"][0]["amount"], "0.00", "{affiliate}");
}

#[test]
fn the_apply_of_a_program() {
    let workerd = start();
    let tried = for_every_call(
        &workerd,
        |_| {},
        |name| {
            let moved = demo::program().replace("products/kettle", &format!("products/{name}"));
            merchant::apply(&workerd, &moved, "")
        },
        |name| {
            let link: Value = merchant::get(&workerd, "/v1/links/BEN").json();
            let url = format!("https://kettle.example/products/{name}");
            assert_eq!(link["url"], json!(url));
        },
    );
    // What KV did not take is sent to it again, without anybody asking.
    let last = tried.names.last().expect("a name");
    let url = format!("https://kettle.example/products/{last}");
    becomes("where the link leads", &Some(url), || {
        let answer = shopper::click(&workerd, "/r/BEN");
        answer.header("location").map(str::to_owned)
    });
}

#[test]
fn every_event_is_received_though_any_call_of_an_alarm_fails() {
    let internet = Internet::start();
    internet.script(HOOKS, [Reply::status(200)]);
    let workerd = Workerd::start(receivers::options(&internet).with_faults());
    merchant::apply_since_2000(&workerd, &(demo::program() + WEBHOOK));
    let mut orders = 0;
    let mut failed: BTreeMap<String, usize> = BTreeMap::new();
    for call in 1..=45 {
        for after in [false, true] {
            faults::fail(&workerd, call, after, "alarm");
            let order = demo::order_with_coupon(&orders.to_string());
            // While an alarm waits for a receiver, the call that fails may be one of this request.
            let answer = store::until_taken(|| store::deliver(&workerd, &order));
            assert_eq!(answer.status(), 200, "{}", answer.text());
            orders += 1;
            std::thread::sleep(Duration::from_millis(200));
            if let Some(what) = faults::end(&workerd) {
                *failed.entry(what).or_default() += 1;
            }
        }
    }
    println!("{failed:?}");
    assert!(failed.contains_key("fetch") && failed.contains_key("transactionSync"));
    let messages = || merchant::pages(&workerd, "/v1/messages", 200).concat();
    eventually("every event is received", || {
        std::thread::sleep(Duration::from_millis(500));
        let left = messages().into_iter();
        let left: Vec<Value> = left.filter(|it| it["state"] != "delivered").collect();
        // One that failed twice is tried again after five minutes, or when a person asks for it.
        for message in &left {
            if message["attempts"].as_array().map_or(0, Vec::len) > 1 {
                merchant::command(
                    &workerd,
                    &format!("/v1/messages/{}/replay", message["number"]),
                );
            }
        }
        left.is_empty().then_some(())
    });
    // Ben's and Cleo's, of each order.
    let messages = messages();
    assert_eq!(messages.len(), orders * 2);
    let asked = internet.asked(HOOKS);
    let ids: BTreeSet<&str> = asked
        .iter()
        .map(|it| it.headers["webhook-id"].as_str())
        .collect();
    assert_eq!(ids.len(), messages.len());
}
