//! Customers who are free again after a while, those whose assignment was made too soon, and orders of
//! one second: whose they are by what is known, in whichever sequence that became known.

use serde_json::{Value, json};
use waymark_tests::agents::{
    assign, assignments, await_all_decided, deliver, order, order_at, pat, start,
    start_with_expiry, view, with_coupon,
};
use waymark_tests::{Workerd, merchant, person, store};

/// Pat by the store's id, and by e-mail.
fn by_id() -> Value {
    json!({ "customer": { "id": "77" } })
}

fn by_email() -> Value {
    json!({ "email": "pat@shopper.example" })
}

/// The books and flags of orders, once all that was heard is decided.
fn end(workerd: &Workerd, orders: &[&Value]) -> Vec<(Vec<String>, Value)> {
    await_all_decided(workerd);
    let of = |order: &&Value| {
        let view = view(workerd, order);
        (merchant::unreversed(&view), view["flags"].clone())
    };
    orders.iter().map(of).collect()
}

/// How orders end that are heard in that sequence.
fn heard(start: fn() -> Workerd, calls: &[&Value], orders: &[&Value]) -> Vec<(Vec<String>, Value)> {
    let workerd = start();
    for call in calls {
        deliver(&workerd, call);
    }
    end(&workerd, orders)
}

fn books(end: &[(Vec<String>, Value)]) -> Vec<&[String]> {
    end.iter().map(|(book, _)| &**book).collect()
}

#[test]
fn what_an_order_assigned_follows_its_last_version_also_if_it_has_lapsed_since() {
    let first = order("1", 1, with_coupon(pat(), "ALMA"));
    let mut corrected = order("1", 1, with_coupon(pat(), "BRUNO"));
    corrected["updated_at"] = json!("2026-01-02T00:00:00Z");
    let second = order("2", 5, pat());
    let third = order("3", 12, with_coupon(pat(), "BRUNO"));
    let orders = [&first, &second, &third];
    assert_eq!(
        heard(
            start_with_expiry,
            &[&first, &corrected, &second, &third],
            &orders
        ),
        heard(
            start_with_expiry,
            &[&first, &second, &third, &corrected],
            &orders
        ),
    );
    // One without a coupon un-assigns nobody, and a person is told.
    let mut corrected = order("1", 1, pat());
    corrected["updated_at"] = json!("2026-01-02T00:00:00Z");
    let found = heard(
        start_with_expiry,
        &[&first, &second, &third, &corrected],
        &orders,
    );
    assert_eq!(found[1].0, ["alma assigned 5.00 pending"]);
    assert_eq!(
        found[0].1,
        json!([
            "this order has assigned the customer to alma, which stays, though it would not now"
        ])
    );
}

#[test]
fn an_earlier_order_of_the_same_agent_is_heard_after_the_assignment_lapsed_and_was_made_anew() {
    let earlier = order("0", 1, with_coupon(pat(), "ALMA"));
    let between = order("x", 2, pat());
    let first = order("1", 3, with_coupon(pat(), "ALMA"));
    let anew = order("3", 14, with_coupon(pat(), "ALMA"));
    let orders = [&earlier, &between, &first, &anew];
    let wanted = heard(start_with_expiry, &orders, &orders);
    let found = heard(
        start_with_expiry,
        &[&first, &anew, &between, &earlier],
        &orders,
    );
    assert_eq!(wanted, found);
    assert_eq!(
        books(&found),
        [
            ["alma coupon 10.00 pending"],
            ["alma assigned 5.00 pending"],
            ["alma assigned 5.00 pending"],
            ["alma coupon 10.00 pending"],
        ]
    );
}

#[test]
fn an_earlier_order_heard_of_later_does_not_let_an_approved_orders_assignment_lapse() {
    let earlier = order("a", 1, with_coupon(pat(), "ALMA"));
    let approved = order("b", 15, with_coupon(pat(), "ALMA"));
    let later = order("c", 20, pat());
    let orders = [&earlier, &approved, &later];
    let ends = [[&earlier, &approved, &later], [&approved, &later, &earlier]].map(|calls| {
        let workerd = start_with_expiry();
        for call in calls {
            deliver(&workerd, call);
            if call["id"] == "b" {
                person::done(person::approve(&workerd, "b"));
            }
        }
        end(&workerd, &orders)
    });
    assert_eq!(ends[0], ends[1]);
    assert_eq!(ends[0][2].0, ["alma assigned 5.00 pending"]);
}

#[test]
fn an_assignment_that_has_lapsed_hides_none_that_is_in_force_by_another_key() {
    for (agent, book) in [
        ("BRUNO", "bruno assigned 5.00 pending"),
        ("ALMA", "alma assigned 5.00 pending"),
    ] {
        let workerd = start_with_expiry();
        deliver(&workerd, &order("a", 1, with_coupon(by_id(), "ALMA")));
        deliver(&workerd, &order("b", 12, with_coupon(by_email(), agent)));
        // By both, and by both with the coupon of either.
        for (id, members) in [
            ("c", pat()),
            ("d", with_coupon(pat(), "ALMA")),
            ("e", with_coupon(pat(), "BRUNO")),
        ] {
            assert_eq!(deliver(&workerd, &order(id, 14, members)), [book], "{id}");
        }
    }
}

#[test]
fn what_has_lapsed_is_nobodys_also_where_keys_are_joined_late() {
    let by_id = order("a", 1, with_coupon(by_id(), "ALMA"));
    let by_email = order("b", 12, with_coupon(by_email(), "BRUNO"));
    let joins = order("c", 5, pat());
    let later = order("d", 15, pat());
    let orders = [&by_id, &by_email, &joins, &later];
    let wanted = heard(
        start_with_expiry,
        &[&by_id, &joins, &by_email, &later],
        &orders,
    );
    let found = heard(
        start_with_expiry,
        &[&by_id, &by_email, &joins, &later],
        &orders,
    );
    assert_eq!(books(&wanted), books(&found));
    assert_eq!(found[3].0, ["bruno assigned 5.00 pending"]);
}

#[test]
fn a_late_order_gives_nobody_away_whom_a_person_gave_to_nobody() {
    let workerd = start_with_expiry();
    deliver(&workerd, &order("1", 1, with_coupon(pat(), "ALMA")));
    let who = json!({ "store": "store", "customer_id": "77", "email": "pat@shopper.example" });
    assert_eq!(assign(&workerd, &who, Value::Null).status(), 200);
    let late = order_at("2", &store::time_in(-3_600), with_coupon(pat(), "BRUNO"));
    assert_eq!(deliver(&workerd, &late), ["bruno coupon 10.00 pending"]);
    // Bruno's until the person said so.
    let before = order_at("3", &store::time_in(-60), pat());
    assert_eq!(deliver(&workerd, &before), ["bruno assigned 5.00 pending"]);
    let after = order_at("4", &store::time_in(5), pat());
    assert_eq!(deliver(&workerd, &after), [""; 0]);
    let all = assignments(&workerd, &who);
    assert!(all.iter().all(|line| line.ends_with(", ended")), "{all:?}");
}

#[test]
fn of_two_orders_of_one_second_that_with_the_smaller_name_was_first() {
    let mut large = order("a", 1, with_coupon(pat(), "ALMA"));
    large["lines"][0]["amount"] = json!("1000.00");
    let small = order("b", 1, with_coupon(pat(), "ALMA"));
    for calls in [[&large, &small], [&small, &large]] {
        let found = heard(start, &calls, &[&large, &small]);
        assert_eq!(
            books(&found),
            [
                ["alma coupon 100.00 pending"],
                ["alma assigned 5.00 pending"]
            ]
        );
    }
    // Of two agents, the assignment that was made first stays, and a person is told.
    let other = order("b", 1, with_coupon(pat(), "BRUNO"));
    let found = heard(start, &[&large, &other], &[&large, &other]);
    assert_eq!(
        found[1],
        (vec!["alma assigned 5.00 pending".to_owned()], json!([]))
    );
    let found = heard(start, &[&other, &large], &[&large, &other]);
    assert_eq!(found[1].0, ["bruno coupon 10.00 pending"]);
    let flag =
        "the customer belongs to bruno already, which stays; this order would have assigned alma";
    assert_eq!(found[0].1, json!([flag]));
}

#[test]
fn an_order_that_turns_out_to_be_a_test_has_assigned_nobody() {
    let first = order("1", 1, with_coupon(pat(), "ALMA"));
    let mut test = first.clone();
    test["test"] = json!(true);
    test["updated_at"] = json!("2026-01-02T00:00:00Z");
    let second = order("2", 5, pat());
    let orders = [&first, &second];
    assert_eq!(
        heard(start, &[&test, &second], &orders),
        heard(start, &[&first, &test, &second], &orders)
    );
}
