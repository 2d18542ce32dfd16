//! An order from its first call to its payment: held, ruled on, approved, paid, taken back.

use serde_json::{Value, json};
use waymark_tests::person::{act, done, end_payout, pay_out};
use waymark_tests::{Options, Workerd, becomes, demo, eventually, merchant, person, store};

/// Waits until this is the order's book.
fn await_book(workerd: &Workerd, order: &str, wanted: &[&str]) {
    becomes(order, wanted, || demo::book(workerd, order));
}

/// Asks for payouts of all that is owed to Ben.
fn pay_out_ben(workerd: &Workerd) -> Value {
    pay_out(workerd, Some("ben"))
}

fn claim(affiliate: &str, method: &str, evidence: &str) -> Value {
    json!({ "affiliate": affiliate, "method": method, "evidence": evidence })
}

#[test]
fn an_order_is_approved_once_its_hold_is_over_and_paid_and_taken_back_from_the_next_payout() {
    let workerd = demo::start_with("hold = \"0s\"");
    store::deliver(&workerd, &demo::order_with_coupon("1001"));
    let approved = ["ben coupon 8.20 approved", "cleo sku 3.00 approved"];
    await_book(&workerd, "1001", &approved);

    let made = pay_out(&workerd, None);
    let of_ben = &made[0];
    assert_eq!(
        (&of_ben["affiliate"], &of_ben["amount"], &of_ben["state"]),
        (&json!("ben"), &json!("8.20"), &json!("open"))
    );
    // What is in a payout is in no other.
    assert_eq!(pay_out(&workerd, None), json!([]));
    let path = format!("/v1/payouts/{}/entries", of_ben["number"]);
    let refused = act(&workerd, "/v1/orders/store/1001/unapprove", json!({}));
    assert_eq!(refused.status(), 409, "{}", refused.text());
    assert_eq!(done(end_payout(&workerd, of_ben, "pay"))["state"], "paid");
    assert_eq!(end_payout(&workerd, of_ben, "cancel").status(), 409);
    assert_eq!(merchant::balances(&workerd, "ben"), ["0.00 USD"]);
    let entries = merchant::pages(&workerd, &path, 1).concat();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0]["amount"], "8.20");

    store::deliver(
        &workerd,
        &json!({ "type": "cancellation", "order": "1001", "at": "2026-01-03T00:00:00Z" }),
    );
    let taken_back = ["ben coupon 0.00 paid", "cleo sku 0.00 reversed"];
    assert_eq!(demo::book(&workerd, "1001"), taken_back);
    assert_eq!(merchant::balances(&workerd, "ben"), ["-8.20 USD"]);
    // Nothing is paid out below zero; the next order makes up for it.
    assert_eq!(pay_out_ben(&workerd), json!([]));
    for id in ["1002", "1003"] {
        store::deliver(&workerd, &demo::order_with_coupon(id));
        let approved = ["ben coupon 8.20 approved", "cleo sku 3.00 approved"];
        await_book(&workerd, id, &approved);
    }
    let made = pay_out_ben(&workerd);
    assert_eq!(made[0]["amount"], "8.20");
    // Called off, its entries are free again.
    let cancelled = done(end_payout(&workerd, &made[0], "cancel"));
    assert_eq!(cancelled["state"], "cancelled");
    let made = pay_out_ben(&workerd);
    assert_eq!(made[0]["amount"], "8.20");
}

#[test]
fn what_was_taken_back_while_two_payouts_were_open_is_in_the_next_one_though_the_later_is_called_off()
 {
    let workerd = demo::start_with("hold = \"0s\"");
    let approved = |id: &str| {
        store::deliver(&workerd, &demo::order_with_coupon(id));
        let approved = ["ben coupon 8.20 approved", "cleo sku 3.00 approved"];
        await_book(&workerd, id, &approved);
    };
    let pay_out = || pay_out_ben(&workerd)[0].clone();
    approved("1001");
    let first = pay_out();
    let refund = json!({ "type": "refund", "order": "1001", "id": "r1", "currency": "USD",
        "at": "2026-01-03T00:00:00Z", "lines": [{ "line": "1", "amount": "32.00" }] });
    assert_eq!(store::deliver(&workerd, &refund).outcome(), "applied");
    approved("1002");
    let second = pay_out();
    assert_eq!(
        (&first["amount"], &second["amount"]),
        (&json!("8.20"), &json!("5.00"))
    );
    done(end_payout(&workerd, &first, "pay"));
    done(end_payout(&workerd, &second, "cancel"));
    assert_eq!(pay_out()["amount"], "5.00");
}

#[test]
fn once_approved_facts_change_amounts_and_never_who_is_credited() {
    let workerd = demo::start_with("hold = \"0s\"");
    let mut order = demo::order_with_coupon("1001");
    store::deliver(&workerd, &order);
    let approved = ["ben coupon 8.20 approved", "cleo sku 3.00 approved"];
    await_book(&workerd, "1001", &approved);
    order["coupons"] = json!(["ANA10"]);
    order["updated_at"] = json!("2099-01-05T00:00:00Z");
    assert_eq!(store::deliver(&workerd, &order).outcome(), "applied");
    assert_eq!(demo::book(&workerd, "1001"), approved);
    order["lines"][0]["amount"] = json!("32.00");
    order["updated_at"] = json!("2099-01-06T00:00:00Z");
    assert_eq!(store::deliver(&workerd, &order).outcome(), "applied");
    assert_eq!(
        demo::book(&workerd, "1001"),
        ["ben coupon 5.00 approved", "cleo sku 3.00 approved"]
    );
    let view = merchant::order(&workerd, "store", "1001");
    assert_eq!(
        (&view["approval"], &view["review"]),
        (&json!("approved"), &json!(true))
    );
    assert!(
        view["flags"].to_string().contains("go to ana"),
        "{}",
        view["flags"]
    );
    let waiting = merchant::items(&workerd, "/v1/orders?state=review");
    assert_eq!(waiting.len(), 1);

    // Taken back, the live decision counts.
    done(act(&workerd, "/v1/orders/store/1001/unapprove", json!({})));
    let book = demo::book(&workerd, "1001");
    assert!(
        book.contains(&"ana coupon 5.00 held".to_owned()),
        "{book:?}"
    );
    assert!(
        book.contains(&"ben coupon 0.00 reversed".to_owned()),
        "{book:?}"
    );
    done(person::approve(&workerd, "1001"));
    let book = demo::book(&workerd, "1001");
    assert!(
        book.contains(&"ana coupon 5.00 approved".to_owned()),
        "{book:?}"
    );
    let audit = merchant::pages(&workerd, "/v1/audit", 1).concat();
    let actions: Vec<&str> = audit
        .iter()
        .filter_map(|it| it["action"].as_str())
        .collect();
    assert_eq!(actions, ["approve", "unapprove"]);
}

#[test]
fn a_tie_is_held_until_a_person_accepts_splits_or_denies_and_each_can_be_undone() {
    let workerd = demo::tie();
    let held = [
        "ana coupon 8.20 held",
        "ben email 6.56 held",
        "cleo sku 3.00 held",
    ];
    assert_eq!(demo::book(&workerd, "1001"), held);
    let rule = |what| person::rule(&workerd, "1001", what);

    let accept = json!({ "id": "r1", "accept": claim("ben", "email", "email") });
    done(rule(accept.clone()));
    let accepted = [
        "ana coupon 0.00 denied",
        "ben email 6.56 pending",
        "cleo sku 0.00 denied",
    ];
    assert_eq!(demo::book(&workerd, "1001"), accepted);
    let entries = merchant::order(&workerd, "store", "1001")["conversions"][0]["entries"].clone();
    let last = entries
        .as_array()
        .and_then(|list| list.last())
        .expect("an entry");
    assert_eq!(
        (&last["reason"], &last["by"], &last["note"]),
        (&json!("ruled"), &json!(person::MO), &json!("we spoke"))
    );

    let mut ana = claim("ana", "coupon", "ANA10");
    let mut ben = claim("ben", "email", "email");
    (ana["share_bp"], ben["share_bp"]) = (json!(2_500), json!(7_500));
    done(rule(json!({ "id": "r2", "split": [ana, ben] })));
    let book = demo::book(&workerd, "1001");
    assert!(book[0].starts_with("ana coupon 2.05"), "{book:?}");
    assert!(book[1].starts_with("ben email 4.92"), "{book:?}");

    done(rule(json!({ "id": "r3", "deny": true })));
    assert!(
        demo::book(&workerd, "1001")
            .iter()
            .all(|it| it.ends_with("0.00 denied"))
    );
    done(rule(json!({ "undo": "r3" })));
    assert_eq!(demo::book(&workerd, "1001"), book);
    done(rule(json!({ "undo": "r2" })));
    assert_eq!(demo::book(&workerd, "1001"), accepted);
    done(rule(json!({ "undo": "r1" })));
    assert_eq!(demo::book(&workerd, "1001"), held);
}

#[test]
fn what_a_person_asks_for_without_a_name_a_reason_or_sense_changes_nothing() {
    let workerd = demo::tie();
    let before = demo::book(&workerd, "1001");
    for (what, wrong) in [
        (json!({ "by": "" , "deny": true }), "by: is empty"),
        (json!({ "by": "store", "deny": true }), "by: \"store\""),
        (json!({ "reason": " ", "deny": true }), "reason: is empty"),
        (json!({}), "body: expected one of"),
        (
            json!({ "deny": true, "undo": "r1" }),
            "body: expected one of",
        ),
        (json!({ "split": [] }), "split: the shares sum to 0"),
        (
            json!({ "accept": claim("cleo", "link", "none") }),
            "the ruling names cleo by link none, whom the rules do not credit",
        ),
        (json!({ "dney": true }), "dney: unknown field"),
    ] {
        let answer = person::rule(&workerd, "1001", what.clone());
        assert_eq!(answer.status(), 422, "{what}: {}", answer.text());
        let error = answer.json::<Value>()["error"].clone();
        assert!(
            error.as_str().is_some_and(|it| it.starts_with(wrong)),
            "{what}: {error}"
        );
    }
    for path in [
        "/v1/orders/store/none/approve",
        "/v1/orders/store/none/rule",
        "/v1/payouts/99/pay",
    ] {
        let what = if path.ends_with("rule") {
            json!({ "deny": true })
        } else {
            json!({})
        };
        assert_eq!(act(&workerd, path, what).status(), 404, "{path}");
    }
    assert_eq!(demo::book(&workerd, "1001"), before);
}

#[test]
fn a_dead_letter_is_replayed_once_what_was_wrong_with_it_is_mended() {
    let workerd = demo::start(Options::default());
    let order = demo::order_with_coupon("1001");
    let answer = store::deliver_shopify(&workerd, "orders/imagined", &order.to_string());
    assert_eq!(answer.outcome(), "dead_letter");
    let letters = || merchant::dead_letters(&workerd);
    let number = letters()[0]["number"].clone();
    let replay = || merchant::command(&workerd, &format!("/v1/dead-letters/{number}/replay"));
    assert_eq!(replay().outcome(), "dead_letter");
    assert_eq!(letters().len(), 1);
    // The endpoint turns out to be of another kind.
    let program = demo::program().replacen("kind = \"shopify\"", "kind = \"generic\"", 1);
    merchant::apply_since_2000(&workerd, &program);
    // Isolates ask for endpoints anew after 30 seconds.
    let outcome = eventually("what is no dead letter", || {
        Some(replay().outcome()).filter(|it| it != "dead_letter")
    });
    assert_eq!(outcome, "applied");
    assert_eq!(letters(), [Value::Null; 0]);
    let view = merchant::order(&workerd, "kettle.myshopify.com", "1001");
    assert_eq!(merchant::book(&view)[0], "ben coupon 8.20 pending");
    assert_eq!(replay().status(), 404);
}
