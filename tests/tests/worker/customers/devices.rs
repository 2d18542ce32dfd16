//! One customer on several devices: what any of them had clicked counts, as of when an order was
//! placed, and in whatever sequence the orders become known.

use serde_json::{Value, json};
use std::time::Duration;
use waymark_tests::json::with;
use waymark_tests::{Options, Workerd, at_once, becomes, demo, merchant, shopper, store};

const CREDITED_TO_ANA: [&str; 2] = ["ana link 6.56 pending", "cleo sku 3.00 pending"];
const CREDITED_TO_BEN: [&str; 2] = ["ben link 9.84 pending", "cleo sku 3.00 pending"];
const CREDITED_TO_NO_LINK: [&str; 1] = ["cleo sku 3.00 pending"];

/// An order placed that many seconds after now, of a customer known by the store's id.
fn order(id: &str, seconds: i64, token: Option<&str>) -> Value {
    let at = store::time_in(seconds);
    let members = json!({ "placed_at": at, "updated_at": at, "email": null,
        "customer": { "id": "77" }, "token": token });
    with(demo::order(id), members)
}

fn deliver(workerd: &Workerd, order: &Value) {
    assert_eq!(store::deliver(workerd, order).outcome(), "applied");
}

/// A person's first click on some device, and then a second one: the token is that of the first, so
/// that only the journey knows of the second.
fn clicks_on_a_device(workerd: &Workerd, first: &str, second: &str) -> String {
    let token = shopper::token(&shopper::click(workerd, first));
    shopper::click_again(workerd, second, &token);
    workerd.await_touches(2);
    token
}

/// The book of an order, whatever was booked first.
fn book(workerd: &Workerd, id: &str) -> Vec<String> {
    let mut book = demo::book(workerd, id);
    book.sort();
    book
}

fn await_book(workerd: &Workerd, id: &str, wanted: &[&str]) {
    becomes(id, wanted, || book(workerd, id));
}

#[test]
fn a_click_on_the_phone_counts_for_a_later_order_on_the_laptop() {
    let workerd = demo::start(Options::default());
    let phone = clicks_on_a_device(&workerd, "/r/ANA", "/r/BEN");
    deliver(&workerd, &order("on-the-phone", 1, Some(&phone)));
    assert_eq!(demo::book(&workerd, "on-the-phone"), CREDITED_TO_BEN);
    // On the laptop nothing was ever clicked, and the order carries no token.
    deliver(&workerd, &order("on-the-laptop", 2, None));
    assert_eq!(demo::book(&workerd, "on-the-laptop"), CREDITED_TO_BEN);
    // One entry, not one that is taken back at once: the journey was read before deciding.
    let view = merchant::order(&workerd, "store", "on-the-laptop");
    assert_eq!(
        merchant::entries(&view),
        ["ben 9.84 credited", "cleo 3.00 credited"]
    );
}

#[test]
fn a_customer_is_one_by_e_mail_as_well_and_strangers_are_not() {
    let workerd = demo::start(Options::default());
    let phone = clicks_on_a_device(&workerd, "/r/BEN", "/r/ANA");
    let by_email = |id, seconds, email: &str, token| {
        let mut order = order(id, seconds, token);
        order["customer"] = Value::Null;
        order["email"] = json!(email);
        order
    };
    let first = by_email("1", 1, "pat@shopper.example", Some(phone.as_str()));
    deliver(&workerd, &first);
    deliver(&workerd, &by_email("2", 2, " PAT@Shopper.example", None));
    assert_eq!(demo::book(&workerd, "2"), CREDITED_TO_ANA);
    deliver(&workerd, &by_email("3", 2, "kim@shopper.example", None));
    assert_eq!(demo::book(&workerd, "3"), CREDITED_TO_NO_LINK);
}

#[test]
fn an_order_is_decided_by_who_the_customer_was_known_to_be_when_it_was_placed() {
    let workerd = demo::start(Options::default());
    let phone = clicks_on_a_device(&workerd, "/r/ANA", "/r/BEN");
    deliver(&workerd, &order("later", 20, Some(&phone)));
    // Nobody knew then that the phone was this customer's.
    deliver(&workerd, &order("earlier", 10, None));
    assert_eq!(demo::book(&workerd, "later"), CREDITED_TO_BEN);
    assert_eq!(demo::book(&workerd, "earlier"), CREDITED_TO_NO_LINK);
}

#[test]
fn an_earlier_order_that_is_heard_of_later_brings_its_visitor_to_the_later_one() {
    let workerd = demo::start(Options::default());
    let phone = clicks_on_a_device(&workerd, "/r/ANA", "/r/BEN");
    deliver(&workerd, &order("later", 20, None));
    assert_eq!(demo::book(&workerd, "later"), CREDITED_TO_NO_LINK);
    deliver(&workerd, &order("earlier", 10, Some(&phone)));
    await_book(&workerd, "later", &CREDITED_TO_BEN);

    // As in the other sequence.
    let other = demo::start(Options::default());
    let phone = clicks_on_a_device(&other, "/r/ANA", "/r/BEN");
    deliver(&other, &order("earlier", 10, Some(&phone)));
    deliver(&other, &order("later", 20, None));
    assert_eq!(demo::book(&other, "later"), CREDITED_TO_BEN);
    for id in ["earlier", "later"] {
        assert_eq!(book(&workerd, id), book(&other, id));
    }
}

#[test]
fn orders_of_one_customer_that_come_at_once_find_each_others_visitors() {
    let workerd = demo::start(Options::default());
    let phone = clicks_on_a_device(&workerd, "/r/ANA", "/r/BEN");
    let calls = [
        order("1", 1, Some(&phone)),
        order("2", 2, None),
        order("3", 3, None),
        order("4", 4, None),
    ];
    at_once(&calls, calls.len(), |call| deliver(&workerd, call));
    for id in ["1", "2", "3", "4"] {
        await_book(&workerd, id, &CREDITED_TO_BEN);
    }
}

#[test]
fn what_is_still_to_be_read_for_an_order_survives_kill_9() {
    let mut workerd = demo::start(Options::default());
    let phone = clicks_on_a_device(&workerd, "/r/ANA", "/r/BEN");
    deliver(&workerd, &order("later", 20, None));
    let answer = store::deliver(&workerd, &order("earlier", 10, Some(&phone)));
    workerd.kill9();
    assert_eq!(answer.outcome(), "applied");
    workerd.restart();
    await_book(&workerd, "later", &CREDITED_TO_BEN);
}

#[test]
fn a_test_order_tells_nothing_of_its_customer() {
    let workerd = demo::start(Options::default());
    let phone = clicks_on_a_device(&workerd, "/r/ANA", "/r/BEN");
    let mut test = order("test", 1, Some(&phone));
    test["test"] = json!(true);
    deliver(&workerd, &test);
    deliver(&workerd, &order("real", 2, None));
    assert_eq!(demo::book(&workerd, "real"), CREDITED_TO_NO_LINK);
}

#[test]
fn a_customer_of_very_many_visitors_brings_an_order_eight_of_them() {
    let workerd = demo::start(Options::default());
    for number in 0..12 {
        let token = shopper::token(&shopper::click(&workerd, "/r/ANA"));
        deliver(
            &workerd,
            &order(&number.to_string(), 1 + number, Some(&token)),
        );
    }
    workerd.await_touches(12);
    deliver(&workerd, &order("last", 30, None));
    let view = merchant::order(&workerd, "store", "last");
    assert_eq!(merchant::touches(&view), 8);
    assert_eq!(demo::book(&workerd, "last"), CREDITED_TO_ANA);
}

#[test]
fn what_is_clicked_after_an_order_was_placed_is_no_fact_of_it() {
    let workerd = demo::start(Options::default());
    let token = clicks_on_a_device(&workerd, "/r/BEN", "/r/ANA");
    let placed = order("1", 0, Some(&token));
    std::thread::sleep(Duration::from_millis(10));
    // By the other link, since the token knows of the first alone.
    shopper::click_again(&workerd, "/q/BEN", &token);
    workerd.await_touches(3);
    deliver(&workerd, &placed);
    let view = merchant::order(&workerd, "store", "1");
    assert_eq!(merchant::touches(&view), 2, "{view:#}");
    assert_eq!(book(&workerd, "1"), CREDITED_TO_ANA);
}
