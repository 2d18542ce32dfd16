//! The orders that a person has to look at: each comes to the list for a reason, and leaves it.

use serde_json::{Value, json};
use waymark_tests::person::{act, done, end_payout, pay_out};
use waymark_tests::{Options, Workerd, becomes, demo, merchant, person, store};

/// Does something to order 1001.
fn to_order(workerd: &Workerd, what: &str, members: Value) -> Value {
    let path = format!("/v1/orders/store/1001/{what}");
    done(act(workerd, &path, members))
}

/// The orders that wait for a person.
fn to_review(workerd: &Workerd) -> Vec<String> {
    let items = merchant::items(workerd, "/v1/orders?state=review");
    let id = |it: &Value| it["id"].as_str().expect("an id").to_owned();
    items.iter().map(id).collect()
}

fn deliver(workerd: &Workerd, call: &Value) {
    assert_eq!(store::deliver(workerd, call).outcome(), "applied");
}

const DELETION: &str = r#"{ "type": "deletion", "order": "1001" }"#;

#[test]
fn a_deleted_order_is_looked_at_if_anything_is_owed_for_it_until_a_person_decides() {
    let workerd = demo::start(Options::default());
    let deletion: Value = serde_json::from_str(DELETION).expect("JSON");
    // Shops delete orders of years ago.
    deliver(&workerd, &deletion);
    assert_eq!(merchant::ask(&workerd, "store", "1001").status(), 404);
    assert!(to_review(&workerd).is_empty());

    let mut order = demo::order_with_coupon("1001");
    deliver(&workerd, &order);
    let held = ["ben coupon 8.20 held", "cleo sku 3.00 held"];
    assert_eq!(demo::book(&workerd, "1001"), held);
    assert_eq!(to_review(&workerd), ["1001"]);
    let refused = act(&workerd, "/v1/orders/store/1001/acknowledge", json!({}));
    assert_eq!(refused.status(), 409);
    assert!(refused.text().contains("rule on it"), "{}", refused.text());

    to_order(&workerd, "rule", json!({ "id": "no", "deny": true }));
    assert!(to_review(&workerd).is_empty());
    to_order(&workerd, "rule", json!({ "undo": "no" }));
    assert_eq!(to_review(&workerd), ["1001"]);
    to_order(&workerd, "approve", json!({}));
    assert!(to_review(&workerd).is_empty());
    // What the store says later is no reason to look at it again.
    order["updated_at"] = json!("2099-01-05T00:00:00Z");
    deliver(&workerd, &order);
    assert!(to_review(&workerd).is_empty());
    assert_eq!(
        demo::book(&workerd, "1001"),
        ["ben coupon 8.20 approved", "cleo sku 3.00 approved"]
    );
}

#[test]
fn what_a_paid_order_would_have_become_is_shown_until_a_person_has_seen_it() {
    let workerd = demo::start_with("hold = \"0s\"");
    let mut order = demo::order_with_coupon("1001");
    deliver(&workerd, &order);
    becomes("the order's approval", "approved", || {
        merchant::order(&workerd, "store", "1001")["approval"].clone()
    });
    let made = pay_out(&workerd, Some("ben"));
    done(end_payout(&workerd, &made[0], "pay"));

    let mut change = |day: u8, coupons: Value| {
        order["coupons"] = coupons;
        order["updated_at"] = json!(format!("2099-01-0{day}T00:00:00Z"));
        deliver(&workerd, &order);
    };
    change(1, json!(["ANA10"]));
    assert_eq!(to_review(&workerd), ["1001"]);
    let view = merchant::order(&workerd, "store", "1001");
    assert_eq!(
        view["flags"],
        json!([
            "the order is approved, so its credit stays; by what is known now it would go to ana, \
             cleo: take the approval back to let it, unless it is paid, or say that you have seen it"
        ])
    );
    assert_eq!(
        act(&workerd, "/v1/orders/store/1001/unapprove", json!({})).status(),
        409
    );
    let seen = to_order(&workerd, "acknowledge", json!({}));
    assert_eq!(
        (&seen["review"], &seen["flags"]),
        (&json!(false), &view["flags"])
    );
    assert!(to_review(&workerd).is_empty());
    let audit = merchant::pages(&workerd, "/v1/audit", 50).concat();
    assert_eq!(
        (&audit[0]["action"], &audit[0]["subject"], &audit[0]["by"]),
        (
            &json!("acknowledge"),
            &json!("order store/1001"),
            &json!("Mo")
        )
    );
    // The same again is seen already; something else is not.
    change(2, json!(["ANA10"]));
    assert!(to_review(&workerd).is_empty());
    change(3, json!([]));
    assert_eq!(to_review(&workerd), ["1001"]);
    assert_eq!(
        act(&workerd, "/v1/orders/store/none/acknowledge", json!({})).status(),
        404
    );
}

#[test]
fn a_ruling_that_would_change_nothing_is_refused_and_one_sent_again_is_not() {
    let workerd = demo::tie();
    let rule = |what| person::rule(&workerd, "1001", what);
    done(rule(json!({ "id": "r1", "deny": true })));
    let denied = demo::book(&workerd, "1001");
    done(rule(json!({ "id": "r1", "deny": true })));
    let refused = rule(json!({ "id": "r1", "deny": true, "reason": "fraud" }));
    assert_eq!(refused.status(), 409);
    assert!(
        refused.text().contains("id: r1 names another ruling"),
        "{}",
        refused.text()
    );
    let refused = rule(json!({ "undo": "r9" }));
    assert_eq!(refused.status(), 409);
    assert!(
        refused.text().contains("undo: this order has no ruling r9"),
        "{}",
        refused.text()
    );
    assert_eq!(demo::book(&workerd, "1001"), denied);
    done(rule(json!({ "id": "r2", "undo": "r1" })));
    assert_ne!(demo::book(&workerd, "1001"), denied);
    assert_eq!(rule(json!({ "undo": "r2" })).status(), 409);
}
