//! What is approved was decided by what is known, and what is refunded of it later is followed.

use serde_json::{Value, json};
use waymark_tests::agents::{
    await_book, deliver, order, order_at, start_with_an_hours_hold as start_agents, with_coupon,
};
use waymark_tests::person::approve;
use waymark_tests::{Options, Workerd, demo, merchant, store};

fn start() -> Workerd {
    demo::start(Options::default())
}

/// All of an order of the demo's is refunded, in euros.
fn refund_in_euros(id: &str) -> Value {
    json!({ "type": "refund", "order": id, "id": "r1", "currency": "EUR", "at": store::time_in(2),
        "lines": [{ "line": "1", "quantity": 1 }, { "line": "2", "quantity": 2 }] })
}

/// What is owed for an order.
fn owed(workerd: &Workerd, id: &str) -> Vec<String> {
    merchant::owed_for(&merchant::order(workerd, "store", id))
}

#[test]
fn an_undecided_order_is_not_approved_so_that_it_follows_what_is_refunded() {
    let workerd = Workerd::start(Options::default());
    let since = "?effective_at=2026-01-05T00:00:00Z";
    let answer = merchant::apply(&workerd, &demo::program(), since);
    assert_eq!(answer.status(), 200);
    let mut order = demo::order_with_coupon("1");
    let mut placed = |placed_at: &str, updated_at: &str| {
        (order["placed_at"], order["updated_at"]) = (json!(placed_at), json!(updated_at));
        assert_eq!(store::deliver(&workerd, &order).outcome(), "applied");
    };
    placed("2026-01-10T00:00:00Z", "2026-01-10T00:00:00Z");
    let credited = ["ben coupon 8.20 pending", "cleo sku 3.00 pending"];
    assert_eq!(demo::book(&workerd, "1"), credited);
    // It was placed before there was a policy.
    placed("2026-01-04T00:00:00Z", "2026-01-11T00:00:00Z");
    let refused = approve(&workerd, "1");
    assert_eq!(refused.status(), 409, "{}", refused.text());
    for part in [
        "is undecided: no policy was in force",
        "apply the program with",
    ] {
        assert!(refused.text().contains(part), "{}", refused.text());
    }
    assert_eq!(demo::book(&workerd, "1"), credited);

    let cancelled = json!({ "type": "cancellation", "order": "1", "at": "2026-01-12T00:00:00Z" });
    store::deliver(&workerd, &cancelled);
    // What the refusal says to do.
    merchant::apply_since_2000(&workerd, &demo::program());
    assert_eq!(merchant::decide(&workerd, "store", "1").status(), 200);
    assert_eq!(owed(&workerd, "1"), [""; 0]);
}

#[test]
fn an_order_that_was_approved_while_undecided_is_shown_to_a_person() {
    let mut workerd = start();
    store::deliver(&workerd, &demo::order_with_coupon("1"));
    assert_eq!(approve(&workerd, "1").status(), 200);
    workerd.restart_with("UPDATE orders SET frozen_case = NULL");
    let cancelled = json!({ "type": "cancellation", "order": "1", "at": store::time_in(2) });
    store::deliver(&workerd, &cancelled);
    let view = merchant::order(&workerd, "store", "1");
    assert_eq!(view["review"], json!(true), "{view}");
    let flags = view["flags"].to_string();
    assert!(flags.contains("approved while it was undecided"), "{flags}");
}

#[test]
fn an_approved_order_whose_amounts_cannot_be_followed_is_shown_to_a_person() {
    let workerd = start();
    let mut order = demo::order_with_coupon("1");
    store::deliver(&workerd, &order);
    assert_eq!(approve(&workerd, "1").status(), 200);
    order["currency"] = json!("EUR");
    order["updated_at"] = json!(store::time_in(1));
    store::deliver(&workerd, &order);
    store::deliver(&workerd, &refund_in_euros("1"));
    let view = merchant::order(&workerd, "store", "1");
    assert_eq!(view["review"], json!(true), "{view}");
    let flags = view["flags"].to_string();
    assert!(
        flags.contains("correct the order's currency in the store"),
        "{flags}"
    );

    // As the flag says.
    order["currency"] = json!("USD");
    order["updated_at"] = json!(store::time_in(3));
    store::deliver(&workerd, &order);
    let view = merchant::order(&workerd, "store", "1");
    let flags = view["flags"].to_string();
    assert!(!flags.contains("correct the order's currency"), "{flags}");
}

#[test]
fn a_renewal_follows_what_is_refunded_though_its_first_order_is_in_another_currency() {
    let workerd = start();
    let mut first = demo::order_with_coupon("in_1");
    first["subscription"] = json!({ "id": "sub_1", "renewal": false });
    let mut renewal = demo::order_with_coupon("in_2");
    renewal["subscription"] = json!({ "id": "sub_1", "renewal": true });
    renewal["currency"] = json!("EUR");
    store::deliver(&workerd, &renewal);
    store::deliver(&workerd, &first);
    assert_eq!(approve(&workerd, "in_2").status(), 200);
    assert_ne!(owed(&workerd, "in_2"), [""; 0]);
    store::deliver(&workerd, &refund_in_euros("in_2"));
    assert_eq!(owed(&workerd, "in_2"), [""; 0]);
}

/// A program where order `second` is Alma's, its hold is over, and it just became known that the
/// customer is Bruno's: the order waits to be decided again.
fn outdated() -> (Workerd, Value) {
    let mut workerd = start_agents();
    let pat = json!({ "email": "pat@shopper.example" });
    let first = with_coupon(pat.clone(), "ALMA");
    deliver(&workerd, &order("first", 1, first));
    let second = order_at("second", &store::time_in(-7_200), pat);
    assert_eq!(deliver(&workerd, &second), ["alma assigned 5.00 pending"]);
    workerd.restart_with(
        "UPDATE customer_affiliates SET affiliate = 'bruno';
         UPDATE orders SET first_seen_at = first_seen_at - 7200000, due_at = due_at - 7200000
           WHERE id = 'second';
         INSERT INTO stale_orders (store, order_id) VALUES ('store', 'second')",
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
    let (workerd, _second) = outdated();
    assert_eq!(approve(&workerd, "second").status(), 200);
    assert_eq!(owed(&workerd, "second"), ["bruno assigned 5.00 approved"]);
}
