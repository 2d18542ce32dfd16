//! What is promised to a store: an order books once, and what was acknowledged is kept.

use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use waymark_tests::{Options, demo};

#[test]
fn a_thousand_deliveries_of_one_order_over_64_connections_book_once() {
    let workerd = demo::start(Options::default());
    let mut order = demo::order("1001");
    order["coupons"] = json!(["BEN15"]);
    let sent = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                while sent.fetch_add(1, Ordering::Relaxed) < 1_000 {
                    let answer = demo::deliver(&workerd, &order);
                    assert_eq!(answer.status(), 200, "{}", answer.text());
                }
            });
        }
    });
    assert_eq!(
        demo::book(&workerd, "1001"),
        ["ben coupon 8.20 pending", "cleo sku 3.00 pending"]
    );
    let view: serde_json::Value = demo::ask(&workerd, "1001").json();
    for conversion in view["book"].as_array().expect("a book") {
        assert_eq!(
            conversion["entries"].as_array().expect("entries").len(),
            1,
            "{conversion}"
        );
    }
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let mut workerd = demo::start(Options::default());
    for id in ["1", "2", "3"] {
        let mut order = demo::order(id);
        order["coupons"] = json!(["BEN15"]);
        assert_eq!(demo::deliver(&workerd, &order).status(), 200);
        workerd.kill9();
        workerd.restart();
        assert_eq!(
            demo::book(&workerd, id),
            ["ben coupon 8.20 pending", "cleo sku 3.00 pending"]
        );
    }
}

#[test]
fn a_visitors_touches_survive_kill_9() {
    let mut workerd = demo::start(Options::default());
    let token = demo::token(&demo::click(&workerd, "/r/ANA"));
    workerd.kill9();
    workerd.restart();
    let mut order = demo::order("1");
    order["token"] = json!(token);
    assert_eq!(demo::deliver(&workerd, &order).status(), 200);
    assert_eq!(
        demo::book(&workerd, "1"),
        ["ana link 6.56 pending", "cleo sku 3.00 pending"]
    );
}
