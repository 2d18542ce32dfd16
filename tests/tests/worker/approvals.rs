//! What is approved was decided by what is known, and what is given back of it later is followed.

use serde_json::{Value, json};
use waymark_tests::agents::{
    await_book, deliver, order, order_at, start_with_an_hours_hold as start_agents, view,
};
use waymark_tests::{Answer, Workerd, merchant, store};

fn approve(workerd: &Workerd, id: &str) -> Answer {
    let body = json!({ "by": "Mo", "reason": "we spoke" });
    merchant::post(workerd, &format!("/v1/orders/store/{id}/approve"), &body)
}



/// A program where order `second` is Alma's, its hold is over, and it just became known that the
/// customer is Bruno's: the order waits to be decided again.
fn outdated() -> (Workerd, Value) {
    let mut workerd = start_agents();
    let pat = json!({ "email": "pat@shopper.example" });
    let mut by_coupon = pat.clone();
    by_coupon["coupons"] = json!(["ALMA"]);
    deliver(&workerd, &order("first", 1, by_coupon));
    let second = order_at("second", &store::time_in(-7_200), pat);
    assert_eq!(deliver(&workerd, &second), ["alma assigned 5.00 pending"]);
    workerd.restart_with(
        "UPDATE customer_affiliates SET affiliate = 'bruno';
         UPDATE orders SET heard_at = heard_at - 7200000, due_at = due_at - 7200000
           WHERE id = 'second';
         INSERT INTO unsettled (source, order_id) VALUES ('store', 'second')",
    );
    (workerd, second)
}

#[test]
fn an_order_is_decided_again_before_it_is_approved_by_itself() {
    let (workerd, second) = outdated();
    deliver(&workerd, &order("other", 2, json!({})));
    await_book(&workerd, &second, &["bruno assigned 5.00 approved"]);
}

#[test]
fn an_order_is_decided_again_before_a_person_approves_it() {
    let (workerd, second) = outdated();
    assert_eq!(approve(&workerd, "second").status(), 200);
    let mut book = merchant::book(&view(&workerd, &second));
    book.retain(|it| !it.contains(" 0.00 "));
    assert_eq!(book, ["bruno assigned 5.00 approved"]);
}
