//! A customer who was forgotten, by one order's keys or another's: what goes, and what stays.

use serde_json::{Value, json};
use waymark_tests::agents::{assign, deliver, order, pat, start, view, with_coupon};
use waymark_tests::{Workerd, becomes, merchant, person, store};

/// What an order says of Pat: the id alone, or the e-mail alone.
fn pats_id() -> Value {
    json!({ "customer": { "id": "77" } })
}

fn pats_email() -> Value {
    json!({ "email": "pat@shopper.example" })
}

/// Forgets Pat, by id and e-mail, and gives the number of orders.
fn forget_pat(workerd: &Workerd) -> Value {
    let who = json!({ "store": "store", "customer_id": "77", "email": "pat@shopper.example" });
    forget(workerd, &who)
}

fn forget(workerd: &Workerd, who: &Value) -> Value {
    person::erase(workerd, who)["orders"].clone()
}

/// Who is forgotten by the e-mail is so by the id too: an order that was left would be decided anew
/// without the assignment.
#[test]
fn an_agent_keeps_the_orders_by_a_key_that_was_not_named() {
    let workerd = start();
    deliver(&workerd, &order("1", 1, with_coupon(pat(), "ALMA")));
    let by_id = order("2", 5, pats_id());
    assert_eq!(deliver(&workerd, &by_id), ["alma assigned 5.00 pending"]);
    assert_eq!(forget(&workerd, &pats_email()), 2);
    let refund = json!({ "type": "refund", "order": "2", "id": "r1", "currency": "EUR",
        "at": "2026-01-06T00:00:00Z", "lines": [{ "line": "1", "quantity": 0, "amount": "10.00" }] });
    assert_eq!(store::deliver(&workerd, &refund).status(), 200);
    let after = view(&workerd, &by_id);
    assert_eq!(merchant::book(&after), ["alma assigned 4.50 pending"]);
    assert!(!after.to_string().contains("customer_id"), "{after}");
}

/// Stores name an id and an e-mail, and an order may have another e-mail beside the id.
#[test]
fn an_agent_keeps_the_orders_by_a_key_that_only_another_order_tells_of() {
    let workerd = start();
    deliver(&workerd, &order("1", 1, with_coupon(pat(), "ALMA")));
    let work = "work@shopper.example";
    let both = json!({ "customer": { "id": "77" }, "email": work });
    deliver(&workerd, &order("2", 2, both));
    let by_work = order("3", 5, json!({ "email": work }));
    assert_eq!(deliver(&workerd, &by_work), ["alma assigned 5.00 pending"]);
    assert_eq!(forget_pat(&workerd), 3);
    assert_eq!(merchant::decide(&workerd, "store", "3").status(), 200);
    let book = merchant::book(&view(&workerd, &by_work));
    assert_eq!(book, ["alma assigned 5.00 pending"]);
}

#[test]
fn no_other_agent_gets_the_orders_of_a_forgotten_customer() {
    let workerd = start();
    deliver(&workerd, &order("1", 1, with_coupon(pat(), "ALMA")));
    let mut by_id = order("2", 5, with_coupon(pats_id(), "BRUNO"));
    assert_eq!(deliver(&workerd, &by_id), ["alma assigned 5.00 pending"]);
    forget(&workerd, &pats_email());
    by_id["updated_at"] = json!("2026-01-06T00:00:00Z");
    by_id["tags"] = json!(["sent"]);
    assert_eq!(deliver(&workerd, &by_id), ["alma assigned 5.00 pending"]);
}

/// More orders than are forgotten at once: those that wait are decided as before meanwhile.
#[test]
fn an_agent_keeps_the_orders_that_wait_to_be_forgotten() {
    const ORDERS: usize = 230;
    let workerd = start();
    deliver(&workerd, &order("first", 1, with_coupon(pat(), "ALMA")));
    let orders: Vec<Value> = (0..ORDERS)
        .map(|number| order(&format!("{number:03}"), 5, pats_id()))
        .collect();
    for order in &orders {
        assert_eq!(deliver(&workerd, order), ["alma assigned 5.00 pending"]);
    }
    assert_eq!(forget(&workerd, &pats_email()), 200);
    for order in &orders {
        let id = order["id"].as_str().expect("an id");
        assert_eq!(merchant::decide(&workerd, "store", id).status(), 200);
    }
    becomes("orders to be forgotten", &0, || workerd.count("erasures"));
    for order in &orders {
        let after = view(&workerd, order);
        assert_eq!(merchant::book(&after), ["alma assigned 5.00 pending"]);
        assert!(!after.to_string().contains("customer_id"), "{after}");
    }
    assert_eq!(workerd.count("customer_affiliates"), 0);
}

/// A subscription's first order, and a renewal by whom these members name.
fn subscription(members: Value) -> [Value; 2] {
    let mut first = order("in_1", 1, with_coupon(pat(), "ALMA"));
    first["subscription"] = json!({ "id": "sub_1", "renewal": false });
    let mut renewal = order("in_2", 20, members);
    renewal["subscription"] = json!({ "id": "sub_1", "renewal": true });
    [first, renewal]
}

/// The hash of the e-mail in an order's case.
fn hash(workerd: &Workerd, order: &Value) -> String {
    let view = view(workerd, order);
    let hash = view["case"]["order"]["email"].as_str();
    hash.expect("a hash").to_owned()
}

/// A renewal's case is the first order's, and so is the e-mail in it.
#[test]
fn a_renewals_case_forgets_the_e_mail_of_the_first_order() {
    let other = json!({ "customer": { "id": "77" }, "email": "new@shopper.example" });
    // The second renewal is of nobody, and stays.
    for (renewed_by, forgotten) in [(other, 2), (json!({}), 1)] {
        let workerd = start();
        let [first, renewal] = subscription(renewed_by);
        deliver(&workerd, &first);
        let hash = hash(&workerd, &first);
        let before = deliver(&workerd, &renewal);
        assert_ne!(before, [""; 0]);
        person::done(person::approve(&workerd, "in_2"));
        assert!(view(&workerd, &renewal).to_string().contains(&hash));
        assert_eq!(forget_pat(&workerd), forgotten);
        for order in [&first, &renewal] {
            let view = view(&workerd, order).to_string();
            assert!(!view.contains(&hash), "{hash} in {view}");
        }
        assert_eq!(merchant::decide(&workerd, "store", "in_2").status(), 200);
        let after = view(&workerd, &renewal);
        assert_eq!(after["flags"], json!([]));
        let approved: Vec<String> = before
            .iter()
            .map(|line| line.replace("pending", "approved"))
            .collect();
        assert_eq!(merchant::book(&after), approved);
        assert!(!after.to_string().contains(&hash), "{hash} in {after}");
    }
}

/// It tells nothing of its customer, and so stands in no list of theirs.
#[test]
fn a_test_order_forgets_its_customer() {
    for named in [pats_email(), pats_id(), pat()] {
        let workerd = start();
        let mut trial = order("t", 2, with_coupon(pat(), "ALMA"));
        trial["test"] = json!(true);
        deliver(&workerd, &trial);
        deliver(&workerd, &order("1", 3, named));
        let hash = hash(&workerd, &trial);
        let decision = view(&workerd, &trial)["decision"].clone();
        assert_eq!(forget_pat(&workerd), 2);
        let after = view(&workerd, &trial);
        assert_eq!(after["state"], "test");
        assert_eq!(after["decision"], decision);
        let text = after.to_string();
        assert!(!text.contains(&hash), "{text}");
        assert!(!text.contains("customer_id"), "{text}");
    }
}

#[test]
fn a_test_order_makes_nobody_one_person() {
    let workerd = start();
    deliver(&workerd, &order("1", 1, with_coupon(pats_id(), "ALMA")));
    let mut trial = order("t", 2, pat());
    trial["test"] = json!(true);
    deliver(&workerd, &trial);
    assert_eq!(deliver(&workerd, &order("2", 3, pats_email())), [""; 0]);
    assert_eq!(forget(&workerd, &pats_email()), 2);
    let by_id = view(&workerd, &order("1", 1, json!({})));
    assert!(by_id.to_string().contains("customer_id"), "{by_id}");
}

/// A key that begins like one of theirs is another customer's.
#[test]
fn the_audit_forgets_whom_an_assignment_was_of() {
    let workerd = start();
    let first = order("1", 1, with_coupon(pat(), "ALMA"));
    deliver(&workerd, &first);
    let hash = hash(&workerd, &first);
    let by_id = |id: &str| json!({ "store": "store", "customer_id": id });
    for who in [pats_email(), by_id("77"), by_id("770")] {
        assert_eq!(assign(&workerd, &who, json!("bruno")).status(), 200);
    }
    let both = json!({ "store": "store", "customer_id": "77", "email": "pat@shopper.example" });
    assert_eq!(assign(&workerd, &both, Value::Null).status(), 200);
    forget_pat(&workerd);
    let audit = merchant::get(&workerd, "/v1/audit");
    assert!(!audit.text().contains(&hash), "{}", audit.text());
    let items = audit.json::<Value>()["items"].clone();
    let items = items.as_array().expect("a list").iter();
    let assigned = items.filter(|it| it["action"] == "assign");
    let subjects: Vec<&str> = assigned.filter_map(|it| it["subject"].as_str()).collect();
    let wanted = [
        "erased, erased to nobody",
        "id:store:770 to bruno",
        "erased to bruno",
        "erased to bruno",
    ];
    assert_eq!(subjects, wanted);
}

/// Of two versions of one second the one that says more counts, and a customer is no part of that.
#[test]
fn the_same_version_of_an_order_counts_once_its_customer_is_forgotten() {
    let workerd = start();
    let named = order("1", 1, with_coupon(pat(), "ALMA"));
    let mut more = order("1", 1, json!({ "coupons": ["ALMA"] }));
    let line = |id: &str| json!({ "id": id, "quantity": 1, "amount": "300.00" });
    more["lines"] = json!([line("1"), line("2")]);
    deliver(&workerd, &named);
    deliver(&workerd, &more);
    let before = merchant::book(&view(&workerd, &named));
    assert!(
        before.contains(&"alma coupon 60.00 pending".to_owned()),
        "{before:?}"
    );
    assert_eq!(forget_pat(&workerd), 1);
    assert_eq!(merchant::decide(&workerd, "store", "1").status(), 200);
    assert_eq!(merchant::book(&view(&workerd, &named)), before);
}
