//! Receivers go by the time of an event: of two about one conversion, the later one counts.

use serde_json::{Value, json};
use waymark_tests::receivers::WEBHOOK;
use waymark_tests::{Options, Workerd, demo, merchant, person, store};

fn act(workerd: &Workerd, what: &str) {
    let path = format!("/v1/orders/store/1001/{what}");
    person::done(person::act(workerd, &path, json!({})));
}

#[test]
fn two_events_of_one_transaction_tell_which_of_them_was_the_later() {
    let workerd = Workerd::start(Options::default());
    merchant::apply_since_2000(&workerd, &(demo::program() + WEBHOOK));
    let mut order = demo::order_with_coupon("1001");
    assert_eq!(store::deliver(&workerd, &order).outcome(), "applied");
    act(&workerd, "approve");
    // Without the coupon Ben would not be credited any more: he stays, since it is approved.
    order["coupons"] = json!([]);
    order["updated_at"] = json!("2999-01-01T00:00:00Z");
    assert_eq!(store::deliver(&workerd, &order).outcome(), "applied");
    // It is taken back, and the order is decided anew: both at once.
    act(&workerd, "unapprove");
    assert_eq!(
        demo::book(&workerd, "1001"),
        ["ben coupon 0.00 reversed", "cleo sku 3.00 held"]
    );

    let mut told: Vec<(String, Value)> = merchant::pages(&workerd, "/v1/messages", 200)
        .concat()
        .into_iter()
        .filter(|it| it["event"]["data"]["conversion"]["affiliate"] == "ben")
        .map(|it| {
            let at = it["event"]["timestamp"].as_str().expect("a time");
            let status = it["event"]["data"]["conversion"]["status"].clone();
            (at.to_owned(), status)
        })
        .collect();
    told.sort_by(|a, b| a.0.cmp(&b.0));
    let statuses: Vec<&Value> = told.iter().map(|it| &it.1).collect();
    assert_eq!(statuses, ["pending", "approved", "held", "reversed"]);
    told.dedup_by(|a, b| a.0 == b.0);
    assert_eq!(told.len(), 4, "two events of one time: {told:?}");
}
