//! What receivers hear of a conversion, from when it is credited to its end.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use waymark_tests::internet::{Internet, Reply};
use waymark_tests::json::with;
use waymark_tests::person::{done, end_payout, pay_out, rule};
use waymark_tests::receivers::{
    HOOKS, TRACK, WEBHOOK, await_messages, deliver, order, start, start_with, told, verified,
};
use waymark_tests::{Workerd, demo, merchant, shopper, store};

/// Two networks: one is told of what is credited and of what is not any more, and one that counts
/// what is credited.
const NETWORKS: &str = r#"
[outbox]
hosts = ["track.example", "hooks.example"]

[postbacks.network]
url = "https://track.example/p?told={event}&of={affiliate}&status={status}&sum={payout}"
events = ["conversion.created", "conversion.reversed"]

[postbacks.counting]
url = "https://hooks.example/p?told={event}&of={affiliate}&status={status}&sum={payout}"
"#;

fn networks() -> (Internet, Workerd) {
    let internet = Internet::start();
    internet.script(TRACK, [Reply::status(200)]);
    internet.script(HOOKS, [Reply::status(200)]);
    let workerd = start(&internet, NETWORKS);
    (internet, workerd)
}

/// What a network was told, once that is so much: `created ana pending 6.40`. Calls may come in
/// another sequence.
fn heard(internet: &Internet, host: &str, number: usize) -> BTreeSet<String> {
    let asked = internet.await_asked(host, number);
    assert_eq!(asked.len(), number, "{asked:?}");
    let line = |target: &str| {
        let (_, query) = target.split_once('?').expect("a query");
        let values = query.split('&').filter_map(|it| it.split_once('='));
        let values: Vec<&str> = values.map(|(_, value)| value).collect();
        values.join(" ").replace("conversion.", "")
    };
    asked.iter().map(|it| line(&it.target)).collect()
}

fn set<const N: usize>(lines: [&str; N]) -> BTreeSet<String> {
    lines.map(str::to_owned).into()
}

/// An order with Ana's coupon; and Ben's click, which came before it and outranks it.
fn coupon_and_click(workerd: &Workerd) -> (Value, String) {
    let clicked = shopper::click(workerd, "/r/BEN");
    let token = shopper::token(&clicked);
    let mut order = order("1001");
    order["coupons"] = json!(["ANA10"]);
    (order, token)
}

/// What the store says next about the order.
fn update(workerd: &Workerd, order: &mut Value, year: u32, members: Value) {
    let at = json!({ "updated_at": format!("{year}-01-01T00:00:00Z") });
    *order = with(with(order.take(), at), members);
    deliver(workerd, order);
}

#[test]
fn who_was_told_of_a_conversion_is_told_that_another_affiliate_outranks_it() {
    let (internet, workerd) = networks();
    let (mut order, token) = coupon_and_click(&workerd);
    deliver(&workerd, &order);
    let created = set(["created ana pending 6.40"]);
    assert_eq!(heard(&internet, TRACK, 1), created);
    update(&workerd, &mut order, 2098, json!({ "token": token }));
    let all = set([
        "created ana pending 6.40",
        "created ben pending 7.68",
        "reversed ana unqualified 0.00",
    ]);
    assert_eq!(heard(&internet, TRACK, 3), all);
}

#[test]
fn a_conversion_that_is_credited_later_is_created_then_and_only_once() {
    let (internet, workerd) = networks();
    let (mut order, token) = coupon_and_click(&workerd);
    order["token"] = json!(token);
    deliver(&workerd, &order);
    assert_eq!(
        heard(&internet, HOOKS, 1),
        set(["created ben pending 7.68"])
    );
    assert_eq!(
        merchant::book(&merchant::order(&workerd, "store", "1001")),
        ["ben link 7.68 pending", "ana coupon 0.00 unqualified"]
    );
    // It was placed before the click, the store finds.
    let before = json!({ "placed_at": store::time_in(-3_600) });
    update(&workerd, &mut order, 2098, before);
    let both = set(["created ben pending 7.68", "created ana pending 6.40"]);
    assert_eq!(heard(&internet, HOOKS, 2), both);
    // And then that its code is not Ana's, and that it is.
    update(&workerd, &mut order, 2099, json!({ "coupons": [] }));
    update(&workerd, &mut order, 2100, json!({ "coupons": ["ANA10"] }));
    assert_eq!(
        merchant::book(&merchant::order(&workerd, "store", "1001")),
        ["ben link 0.00 reversed", "ana coupon 6.40 pending"]
    );
    // Two that are created, and two reversals.
    assert_eq!(heard(&internet, TRACK, 4).len(), 4);
    await_messages(&workerd, "delivered", 6);
    assert_eq!(heard(&internet, HOOKS, 2), both);
}

/// What the merchant's webhook was told after so much, once that is all of it.
fn told_after(internet: &Internet, before: usize, number: usize) -> BTreeSet<String> {
    let asked = internet.await_asked(HOOKS, before + number);
    let told: Vec<String> = asked.iter().skip(before).map(told).collect();
    assert_eq!(told.len(), number, "{told:?}");
    told.iter().map(|it| it.trim_end().to_owned()).collect()
}

#[test]
fn a_webhook_is_told_that_a_person_has_to_look_and_what_the_person_says() {
    let internet = Internet::start();
    internet.script(HOOKS, [Reply::status(200)]);
    let program = demo::with_ties(&demo::program());
    let workerd = start_with(&internet, &format!("{program}\n{WEBHOOK}"));
    deliver(&workerd, &demo::tied(order("1001")));
    let held = set([
        "conversion.created ana held 6.40",
        "conversion.created ben held 5.12",
        "review.needed",
    ]);
    assert_eq!(told_after(&internet, 0, 3), held);
    let asked = internet.asked(HOOKS);
    let mut events = asked.iter().map(verified);
    let review = events.find(|it| it["type"] == "review.needed");
    let review = review.expect("a review");
    assert_eq!(
        review["data"],
        json!({ "order": { "store": "store", "id": "1001" } })
    );

    let rule = |what| done(rule(&workerd, "1001", what));
    rule(json!({ "id": "r1", "deny": true }));
    let denied = set([
        "conversion.denied ana denied 0.00",
        "conversion.denied ben denied 0.00",
    ]);
    assert_eq!(told_after(&internet, 3, 2), denied);
    rule(json!({ "undo": "r1" }));
    let again = set([
        "conversion.changed ana held 6.40",
        "conversion.changed ben held 5.12",
        "review.needed",
    ]);
    assert_eq!(told_after(&internet, 5, 3), again);
}

#[test]
fn a_webhook_is_told_of_a_payment_and_of_what_is_taken_back_after_it() {
    let internet = Internet::start();
    internet.script(HOOKS, [Reply::status(200)]);
    let workerd = start(
        &internet,
        &format!("{WEBHOOK}\n[settings]\nhold = \"0s\"\n"),
    );
    deliver(&workerd, &order("1001"));
    assert_eq!(told_after(&internet, 0, 2).len(), 2);
    let made = pay_out(&workerd, None);
    done(end_payout(&workerd, &made[0], "pay"));
    let paid = set(["conversion.paid ben paid 6.40"]);
    assert_eq!(told_after(&internet, 2, 1), paid);
    let cancelled = json!({ "type": "cancellation", "order": "1001", "at": store::time_in(0) });
    deliver(&workerd, &cancelled);
    let taken_back = set(["conversion.changed ben paid 0.00"]);
    assert_eq!(told_after(&internet, 3, 1), taken_back);
    // One that was not paid is reversed.
    deliver(&workerd, &order("1002"));
    assert_eq!(told_after(&internet, 4, 2).len(), 2);
    let cancelled = json!({ "type": "cancellation", "order": "1002", "at": store::time_in(0) });
    deliver(&workerd, &cancelled);
    let reversed = set(["conversion.reversed ben reversed 0.00"]);
    assert_eq!(told_after(&internet, 6, 1), reversed);
}
