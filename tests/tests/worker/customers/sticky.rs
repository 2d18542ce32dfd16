//! Customers who stay with the agent of their first order: the preset `salesking`, end to end.

use serde_json::{Value, json};
use waymark_tests::agents::{
    assignments, await_book, deliver, flags, order, pat, start, start_with_expiry, view,
    with_coupon,
};
use waymark_tests::{merchant, shopper, store};

/// Pat, with the coupon of an agent.
fn pat_with(coupon: &str) -> Value {
    with_coupon(pat(), coupon)
}

#[test]
fn the_agent_of_the_first_order_earns_on_all_later_ones() {
    let workerd = start();
    let first = order("1", 1, pat_with("ALMA"));
    assert_eq!(deliver(&workerd, &first), ["alma coupon 10.00 pending"]);
    assert_eq!(
        view(&workerd, &first)["decision"]["assign"],
        json!({ "affiliate": "alma", "at": "2026-01-01T12:00:00.000Z" })
    );
    let later = order("2", 20, pat());
    assert_eq!(deliver(&workerd, &later), ["alma assigned 5.00 pending"]);
    assert_eq!(view(&workerd, &later)["decision"]["assign"], Value::Null);
    assert_eq!(merchant::balances(&workerd, "alma"), ["15.00 EUR"]);
}

#[test]
fn a_customer_is_known_by_the_stores_id_and_by_the_e_mail_alone() {
    let workerd = start();
    deliver(&workerd, &order("1", 1, pat_with("ALMA")));
    for (id, members) in [
        ("by-id", json!({ "customer": { "id": "77" } })),
        (
            "by-id-with-another-e-mail",
            json!({ "customer": { "id": "77" }, "email": "new@shopper.example" }),
        ),
        ("by-e-mail", json!({ "email": " PAT@shopper.example " })),
        (
            "by-e-mail-with-another-id",
            json!({ "customer": { "id": "78" }, "email": "pat@shopper.example" }),
        ),
    ] {
        assert_eq!(
            deliver(&workerd, &order(id, 2, members)),
            ["alma assigned 5.00 pending"],
            "{id}"
        );
    }
    let stranger = json!({ "customer": { "id": "79" }, "email": "kim@shopper.example" });
    assert_eq!(deliver(&workerd, &order("stranger", 2, stranger)), [""; 0]);
    let nobody = order("nobody", 2, json!({}));
    assert_eq!(deliver(&workerd, &nobody), [""; 0]);
}

#[test]
fn another_agents_link_or_coupon_does_not_take_the_customer_away() {
    let workerd = start();
    deliver(&workerd, &order("1", 1, pat_with("ALMA")));
    let mut members = pat_with("BRUNO");
    members["token"] = json!(shopper::token(&shopper::click(&workerd, "/r/BRUNO")));
    let mut second = order("2", 20, members);
    let now = store::time_in(0);
    second["placed_at"] = json!(now);
    second["updated_at"] = json!(now);
    assert_eq!(deliver(&workerd, &second), ["alma assigned 5.00 pending"]);
    assert_eq!(
        merchant::trace(&view(&workerd, &second))
            .iter()
            .filter(|claim| claim.starts_with("bruno ") && claim.ends_with(" outranked"))
            .count(),
        2
    );
    assert_eq!(merchant::balances(&workerd, "bruno"), [""; 0]);
    assert_eq!(
        deliver(&workerd, &order("3", 21, pat())),
        ["alma assigned 5.00 pending"]
    );
}

#[test]
fn the_order_that_made_the_assignment_is_decided_by_it_never() {
    let workerd = start();
    let mut first = order("1", 1, pat_with("ALMA"));
    deliver(&workerd, &first);
    let decided = view(&workerd, &first);
    // The same order again, changed in something else: the coupon still earns its 10 %, not the 5 %
    // of the assignment that this very order made.
    first["updated_at"] = json!("2026-01-05T00:00:00Z");
    first["tags"] = json!(["gift"]);
    assert_eq!(deliver(&workerd, &first), ["alma coupon 10.00 pending"]);
    let again = view(&workerd, &first);
    assert_eq!(again["decision"], decided["decision"]);
    assert_eq!(again["flags"], json!([]));
    assert_eq!(merchant::decide(&workerd, "store", "1").status(), 200);
    assert_eq!(view(&workerd, &first)["decision"], decided["decision"]);
    assert_eq!(
        merchant::entries(&view(&workerd, &first)),
        ["alma 10.00 credited"]
    );
}

#[test]
fn an_earlier_order_heard_of_later_does_not_move_the_customer_and_is_flagged() {
    let workerd = start();
    deliver(&workerd, &order("second", 10, pat_with("ALMA")));
    let earlier = order("first", 1, pat_with("BRUNO"));
    // On that day the customer belonged to nobody: Bruno earned the order.
    assert_eq!(deliver(&workerd, &earlier), ["bruno coupon 10.00 pending"]);
    let flag =
        "the customer belongs to alma already, which stays; this order would have assigned bruno";
    assert_eq!(view(&workerd, &earlier)["flags"], json!([flag]));
    assert_eq!(
        view(&workerd, &order("second", 10, pat()))["flags"],
        json!([])
    );
    // Repeated, it is still flagged once; and the customer has stayed.
    deliver(&workerd, &earlier);
    assert_eq!(view(&workerd, &earlier)["flags"], json!([flag]));
    assert_eq!(
        deliver(&workerd, &order("third", 11, pat())),
        ["alma assigned 5.00 pending"]
    );
}

#[test]
fn a_test_order_assigns_nobody() {
    let workerd = start();
    let mut trial = pat_with("BRUNO");
    trial["test"] = json!(true);
    assert_eq!(deliver(&workerd, &order("test", 1, trial)), [""; 0]);
    assert_eq!(
        deliver(&workerd, &order("1", 2, pat_with("ALMA"))),
        ["alma coupon 10.00 pending"]
    );
    assert_eq!(
        deliver(&workerd, &order("2", 3, pat())),
        ["alma assigned 5.00 pending"]
    );
}

#[test]
fn a_cancelled_first_order_has_assigned_all_the_same() {
    let workerd = start();
    deliver(&workerd, &order("1", 1, pat_with("ALMA")));
    let mut cancelled = pat_with("ALMA");
    cancelled["cancelled_at"] = json!("2026-01-02T00:00:00Z");
    assert_eq!(
        deliver(&workerd, &order("1", 1, cancelled)),
        ["alma coupon 0.00 reversed"]
    );
    // Nothing ever un-assigns, and that is no news.
    assert_eq!(flags(&workerd, &order("1", 1, pat())), json!([]));
    assert_eq!(
        deliver(&workerd, &order("2", 3, pat())),
        ["alma assigned 5.00 pending"]
    );
}

#[test]
fn a_customer_whose_assignment_has_expired_is_assigned_anew() {
    let workerd = start_with_expiry();
    let orders = [
        order("1", 1, pat_with("ALMA")),
        order("2", 11, pat_with("BRUNO")),
        order("3", 12, pat_with("BRUNO")),
        order("4", 20, pat()),
        // Nobody's again.
        order("5", 25, pat()),
        order("6", 26, pat_with("BRUNO")),
    ];
    let books: [&[&str]; 6] = [
        &["alma coupon 10.00 pending"],
        &["alma assigned 5.00 pending"],
        &["bruno coupon 10.00 pending"],
        &["bruno assigned 5.00 pending"],
        &[],
        &["bruno coupon 10.00 pending"],
    ];
    for (order, book) in orders.iter().zip(books) {
        assert_eq!(deliver(&workerd, order), book);
    }
    let email = json!({ "email": "pat@shopper.example" });
    assert_eq!(
        assignments(&workerd, &email),
        [
            "bruno since 2026-01-26 by order 6",
            "bruno since 2026-01-12 by order 3, ended",
            "alma since 2026-01-01 by order 1, ended",
        ]
    );
    // Decided again, each is decided as it was, and says why the customer was free.
    for (order, book) in orders.iter().zip(books) {
        let id = order["id"].as_str().expect("an id");
        let decided = view(&workerd, order);
        assert_eq!(merchant::decide(&workerd, "store", id).status(), 200);
        let again = view(&workerd, order);
        assert_eq!(again["decision"], decided["decision"], "{id}");
        assert_eq!(flags(&workerd, order), json!([]), "{id}");
        assert_eq!(merchant::book(&again), book, "{id}");
    }
    let trace = merchant::trace(&view(&workerd, &orders[2]));
    assert!(
        trace.contains(&"alma assigned assigned assignment_expired".to_owned()),
        "{trace:?}"
    );
}

#[test]
fn the_coupon_of_the_orders_last_version_is_whose_the_customer_is() {
    let workerd = start();
    let mut first = order("1", 1, pat_with("ALMA"));
    let later = order("2", 5, pat());
    deliver(&workerd, &first);
    assert_eq!(deliver(&workerd, &later), ["alma assigned 5.00 pending"]);
    first["coupons"] = json!(["BRUNO"]);
    first["updated_at"] = json!("2026-01-02T00:00:00Z");
    deliver(&workerd, &first);
    await_book(&workerd, &first, &["bruno coupon 10.00 pending"]);
    await_book(&workerd, &later, &["bruno assigned 5.00 pending"]);
    assert_eq!(flags(&workerd, &first), json!([]));
}
