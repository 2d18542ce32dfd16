//! What is promised to a store: an order books once, and what was acknowledged is kept.

use serde_json::json;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use waymark_tests::{Options, STORE_SECRET, at_once, demo, merchant, shopper, store};

const OWED: [&str; 2] = ["ben coupon 8.20 pending", "cleo sku 3.00 pending"];

#[test]
fn a_thousand_deliveries_of_one_order_over_64_connections_book_once() {
    let workerd = demo::start(Options::default());
    let order = demo::order_with_coupon("1001");
    let outcomes = Mutex::new(Vec::new());
    at_once(0..1_000, 64, |_| {
        let outcome = store::deliver(&workerd, &order).outcome();
        outcomes.lock().expect("the outcomes").push(outcome);
    });
    let outcomes = outcomes.into_inner().expect("the outcomes");
    let count = |wanted: &str| outcomes.iter().filter(|it| *it == wanted).count();
    assert_eq!((count("applied"), count("duplicate")), (1, 999));

    let view = merchant::order(&workerd, "store", "1001");
    assert_eq!(merchant::book(&view), OWED);
    assert_eq!(
        merchant::entries(&view),
        ["ben 8.20 credited", "cleo 3.00 credited"]
    );
    assert_eq!(view["facts"].as_array().map(Vec::len), Some(1));
    assert_eq!(merchant::balances(&workerd, "ben"), ["8.20 USD"]);
    assert_eq!(merchant::balances(&workerd, "cleo"), ["3.00 USD"]);
}

#[test]
fn all_that_happens_to_an_order_at_once_is_booked_as_if_it_came_one_by_one() {
    let workerd = demo::start(Options::default());
    let mut placed = demo::order_with_coupon("1001");
    placed["placed_at"] = json!("2026-01-01T00:00:00Z");
    placed["updated_at"] = json!("2026-01-01T00:00:00Z");
    let mut calls = vec![placed.clone()];
    for day in 2..=9 {
        placed["updated_at"] = json!(format!("2026-01-0{day}T00:00:00Z"));
        placed["discount"] = json!(format!("{day}.00"));
        calls.push(placed.clone());
    }
    calls.push(
        json!({ "type": "refund", "order": "1001", "id": "r1", "at": "2026-01-03T00:00:00Z",
        "currency": "USD", "lines": [{ "line": "2", "quantity": 2 }] }),
    );
    at_once(&calls, calls.len(), |call| {
        assert_eq!(store::deliver(&workerd, call).outcome(), "applied");
    });
    // 10 % of what is left of the kettle: 64.00 less its part of the last discount, 9.00.
    assert_eq!(
        demo::book(&workerd, "1001"),
        ["ben coupon 5.70 pending", "cleo sku 0.00 reversed"]
    );
    assert_eq!(merchant::balances(&workerd, "ben"), ["5.70 USD"]);
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let mut workerd = demo::start(Options::default());
    for id in ["1", "2", "3"] {
        let answer = store::deliver(&workerd, &demo::order_with_coupon(id));
        workerd.kill9();
        assert_eq!(answer.outcome(), "applied");
        workerd.restart();
        assert_eq!(demo::book(&workerd, id), OWED);
    }
    assert_eq!(merchant::balances(&workerd, "ben"), ["24.60 USD"]);
}

#[test]
fn of_orders_under_way_at_kill_9_every_acknowledged_one_is_there_and_none_is_half_there() {
    let mut workerd = demo::start(Options::default());
    let number = AtomicUsize::new(0);
    let acknowledged = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                loop {
                    let id = number.fetch_add(1, Ordering::Relaxed).to_string();
                    let body = demo::order_with_coupon(&id).to_string();
                    let call = store::signed(&workerd, STORE_SECRET, store::now(), &body);
                    match workerd.try_send(call, &body) {
                        Ok(answer) => assert_eq!(answer.outcome(), "applied"),
                        Err(_) => return,
                    }
                    acknowledged.lock().expect("the ids").push(id);
                }
            });
        }
        while acknowledged.lock().expect("the ids").len() < 100 {
            std::thread::sleep(Duration::from_millis(1));
        }
        workerd.kill9();
    });
    workerd.restart();
    let acknowledged = acknowledged.into_inner().expect("the ids");
    for id in &acknowledged {
        assert_eq!(
            demo::book(&workerd, id),
            OWED,
            "of {} orders",
            acknowledged.len()
        );
    }
    // Orders that were booked, but whose store did not hear of it any more, are whole as well.
    let orders = merchant::pages(&workerd, "/v1/orders", 200).concat();
    assert!(orders.len() >= acknowledged.len());
    for order in &orders {
        assert_eq!(
            demo::book(&workerd, order["id"].as_str().expect("an id")),
            OWED
        );
    }
    let cents = orders.len().saturating_mul(820);
    assert_eq!(
        merchant::balances(&workerd, "ben"),
        [format!("{}.{:02} USD", cents / 100, cents % 100)]
    );
}

#[test]
fn a_dead_letter_and_a_program_survive_kill_9() {
    let mut workerd = demo::start(Options::default());
    assert_eq!(store::deliver_text(&workerd, "{}").outcome(), "dead_letter");
    workerd.kill9();
    workerd.restart();
    assert_eq!(merchant::dead_letters(&workerd)[0]["body"], "{}");
    let moved = demo::program().replace("products/kettle", "products/teapot");
    assert_eq!(merchant::apply(&workerd, &moved, "").status(), 200);
    workerd.kill9();
    workerd.restart();
    assert_eq!(
        shopper::click(&workerd, "/r/BEN").header("location"),
        Some("https://kettle.example/products/teapot")
    );
}

#[test]
fn a_visit_that_only_its_journey_knows_survives_kill_9() {
    let mut workerd = demo::start(Options::default());
    let first = shopper::token(&shopper::click(&workerd, "/r/ANA"));
    shopper::click_again(&workerd, "/r/BEN", &first);
    workerd.await_touches(2);
    workerd.kill9();
    workerd.restart();
    let mut order = demo::order("1001");
    order["token"] = json!(first);
    assert_eq!(store::deliver(&workerd, &order).outcome(), "applied");
    let taken_by_ben = ["ben link 9.84 pending", "cleo sku 3.00 pending"];
    assert_eq!(demo::book(&workerd, "1001"), taken_by_ben);
}
