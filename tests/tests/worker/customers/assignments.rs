//! Whom a customer belongs to: given away by a person, named in two ways, ordering twice at once,
//! and heard of in any sequence.

use serde_json::{Value, json};
use waymark_tests::agents::{
    assign, assignments, await_book, deliver, flags, order, order_at, pat, start, view, with_coupon,
};
use waymark_tests::{at_once, becomes, merchant, sequences, store};

/// Pat as the store's customer, by e-mail, and as an order names both.
fn by_id() -> Value {
    json!({ "store": "store", "customer_id": "77" })
}

fn by_email() -> Value {
    json!({ "email": "pat@shopper.example" })
}

fn by_both() -> Value {
    json!({ "store": "store", "customer_id": "77", "email": "pat@shopper.example" })
}

fn pat_with(coupon: &str) -> Value {
    with_coupon(pat(), coupon)
}

/// The day of today, as assignments are listed.
fn today() -> String {
    let now = store::time_in(0);
    now.split('T').next().expect("a day").to_owned()
}

#[test]
fn a_person_gives_a_customer_to_another_agent_for_the_orders_placed_from_then_on() {
    let workerd = start();
    let first = order("1", 1, pat_with("ALMA"));
    let second = order("2", 20, pat());
    deliver(&workerd, &first);
    deliver(&workerd, &second);
    let answer = assign(&workerd, &by_both(), json!("bruno"));
    assert_eq!(answer.status(), 200, "{}", answer.text());
    let given = answer.json::<Value>();
    assert_eq!(given[0]["affiliate"], "bruno");
    assert_eq!(given[0]["reason"], "Alma moved away");

    let after = order_at("3", &store::time_in(5), pat());
    assert_eq!(deliver(&workerd, &after), ["bruno assigned 5.00 pending"]);
    // Alma's customer still, when this was placed, though it is heard of only now.
    let before = order_at("4", &store::time_in(-3_600), pat());
    assert_eq!(deliver(&workerd, &before), ["alma assigned 5.00 pending"]);
    // And those that were decided stay, also if they are decided again.
    for (order, book) in [
        (&first, "alma coupon 10.00 pending"),
        (&second, "alma assigned 5.00 pending"),
    ] {
        assert_eq!(merchant::book(&view(&workerd, order)), [book]);
        let id = order["id"].as_str().expect("an id");
        assert_eq!(merchant::decide(&workerd, "store", id).status(), 200);
        assert_eq!(merchant::book(&view(&workerd, order)), [book]);
        // It is no news that the assignment it made has ended.
        assert_eq!(flags(&workerd, order), json!([]));
    }
    let today = today();
    for customer in [by_id(), by_email()] {
        assert_eq!(
            assignments(&workerd, &customer),
            [
                format!("bruno since {today} by Mo"),
                "alma since 2026-01-01 by order 1, ended".to_owned()
            ]
        );
    }

    let audit: Value = merchant::get(&workerd, "/v1/audit").json();
    let noted = &audit["items"][0];
    assert_eq!(audit["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(noted["by"], "Mo");
    assert_eq!(noted["action"], "assign");
    assert_eq!(noted["reason"], "Alma moved away");
    let subject = noted["subject"].as_str().expect("a subject");
    assert!(subject.starts_with("id:store:77, "), "{subject}");
    assert!(subject.ends_with(" to bruno"), "{subject}");
    assert!(!subject.contains("pat@shopper.example"), "{subject}");
}

#[test]
fn a_customer_given_away_by_one_name_is_given_away_by_all_that_orders_have_told() {
    let workerd = start();
    deliver(&workerd, &order("1", 1, pat_with("ALMA")));
    let answer = assign(&workerd, &by_id(), json!("bruno"));
    assert_eq!(answer.status(), 200, "{}", answer.text());
    let by_email_alone = json!({ "email": "pat@shopper.example" });
    let next = order_at("2", &store::time_in(5), by_email_alone);
    assert_eq!(deliver(&workerd, &next), ["bruno assigned 5.00 pending"]);
}

#[test]
fn a_customer_given_to_nobody_is_assigned_by_the_next_order() {
    let workerd = start();
    deliver(&workerd, &order("1", 1, pat_with("ALMA")));
    let answer = assign(&workerd, &by_both(), Value::Null);
    assert_eq!(answer.status(), 200, "{}", answer.text());
    let next = order_at("2", &store::time_in(5), pat_with("BRUNO"));
    assert_eq!(deliver(&workerd, &next), ["bruno coupon 10.00 pending"]);
    let later = order_at("3", &store::time_in(10), pat());
    assert_eq!(deliver(&workerd, &later), ["bruno assigned 5.00 pending"]);
}

#[test]
fn who_cannot_be_assigned_is_refused_by_the_fields_name_and_nothing_changes() {
    let workerd = start();
    deliver(&workerd, &order("1", 1, pat_with("ALMA")));
    let whole = json!({ "customer": by_id(), "affiliate": "bruno", "by": "Mo", "reason": "so" });
    for (member, value, status, field) in [
        ("affiliate", json!("carla"), 404, "affiliate: "),
        ("affiliate", Value::Null, 422, "affiliate: missing"),
        ("reason", Value::Null, 422, "reason: missing"),
        ("reason", json!(" "), 422, "reason: "),
        ("by", Value::Null, 422, "by: missing"),
        ("by", json!(""), 422, "by: "),
        ("customer", json!({}), 422, "customer_id: "),
        ("customer", json!({ "customer_id": "77" }), 422, "store: "),
        ("customer", json!({ "email": "pat" }), 422, "email: "),
        ("since", json!("2026-01-01"), 422, "since"),
    ] {
        let mut body = whole.clone();
        match value.is_null() {
            true => _ = body.as_object_mut().expect("an object").remove(member),
            false => body[member] = value,
        }
        let answer = merchant::post(&workerd, "/v1/customers/assign", &body);
        assert_eq!(answer.status(), status, "{body}: {}", answer.text());
        let error = answer.json::<Value>()["error"].to_string();
        assert!(error.contains(field), "{body}: {error}");
    }
    let kept = ["alma since 2026-01-01 by order 1"];
    assert_eq!(assignments(&workerd, &by_id()), kept);
    let audit: Value = merchant::get(&workerd, "/v1/audit").json();
    assert_eq!(audit["items"], json!([]));
}

/// Both orders of a customer come at once, on some of many connections: whichever is first makes
/// the only assignment there is.
#[test]
fn two_first_orders_at_once_make_one_assignment() {
    const CUSTOMERS: usize = 64;
    const CONNECTIONS: usize = 32;
    let workerd = start();
    let customer = |number: usize| {
        json!({ "customer": { "id": format!("c{number}") },
            "email": format!("c{number}@shopper.example") })
    };
    let pair = |number: usize| {
        let earlier = order(
            &format!("{number}-a"),
            1,
            with_coupon(customer(number), "ALMA"),
        );
        let later = order(
            &format!("{number}-b"),
            2,
            with_coupon(customer(number), "BRUNO"),
        );
        [earlier, later]
    };
    // Now the one is handed over first, now the other.
    let orders = (0..CUSTOMERS).flat_map(|number| {
        let [earlier, later] = pair(number);
        match number % 2 {
            0 => [earlier, later],
            _ => [later, earlier],
        }
    });
    at_once(orders, CONNECTIONS, |order| {
        assert_eq!(store::deliver(&workerd, &order).outcome(), "applied");
    });
    let mut kinds = [0, 0];
    for number in 0..CUSTOMERS {
        let [earlier, later] = pair(number);
        let made = [
            json!({ "store": "store", "customer_id": format!("c{number}") }),
            json!({ "email": format!("c{number}@shopper.example") }),
        ]
        .map(|customer| assignments(&workerd, &customer));
        let by_earlier = format!("alma since 2026-01-01 by order {number}-a");
        let by_later = format!("bruno since 2026-01-02 by order {number}-b");
        assert_eq!(made[0], made[1], "{number}");
        let books = [&earlier, &later].map(|it| merchant::book(&view(&workerd, it)));
        assert_eq!(books[0], ["alma coupon 10.00 pending"], "{number}");
        if made[0] == [by_earlier] {
            kinds[0] += 1;
            assert_eq!(books[1], ["alma assigned 5.00 pending"], "{number}");
            assert_eq!(flags(&workerd, &earlier), json!([]), "{number}");
            assert_eq!(flags(&workerd, &later), json!([]), "{number}");
        } else {
            kinds[1] += 1;
            assert_eq!(made[0], [by_later], "{number}");
            assert_eq!(books[1], ["bruno coupon 10.00 pending"], "{number}");
            let flag = "the customer belongs to bruno already, which stays; this order would have \
                        assigned alma";
            assert_eq!(flags(&workerd, &earlier), json!([flag]), "{number}");
            assert_eq!(flags(&workerd, &later), json!([]), "{number}");
        }
    }
    assert!(kinds[0] > 0 && kinds[1] > 0, "{kinds:?}: not at once");
}

#[test]
fn an_id_and_an_e_mail_that_turn_out_to_be_one_person_end_alike_in_every_sequence() {
    let id = json!({ "customer": { "id": "77" } });
    let email = json!({ "email": "pat@shopper.example" });
    let orders = [
        order("1", 1, with_coupon(id, "ALMA")),
        order("2", 2, with_coupon(email.clone(), "BRUNO")),
        order("3", 3, pat()),
        // By e-mail alone: her e-mail's agent, though the store's customer is Alma's.
        order("4", 4, email),
    ];
    let mut ends: Vec<Vec<Value>> = Vec::new();
    for sequence in sequences(3) {
        let workerd = start();
        for &place in &sequence {
            deliver(&workerd, &orders[place]);
        }
        deliver(&workerd, &orders[3]);
        let books = [
            ["alma coupon 10.00 pending"],
            ["bruno coupon 10.00 pending"],
            ["alma assigned 5.00 pending"],
            ["bruno assigned 5.00 pending"],
        ];
        for (order, book) in orders.iter().zip(&books) {
            await_book(&workerd, order, book);
        }
        let flag = "the customer is one person by now, and belongs to alma and bruno; the first \
                    that is found counts, by the store's id before the e-mail";
        for (order, wanted) in
            orders
                .iter()
                .zip([json!([]), json!([]), json!([flag]), json!([flag])])
        {
            becomes(&format!("the flags, {sequence:?}"), &wanted, || {
                flags(&workerd, order)
            });
        }
        assert_eq!(
            assignments(&workerd, &by_id()),
            ["alma since 2026-01-01 by order 1"]
        );
        assert_eq!(
            assignments(&workerd, &by_email()),
            ["bruno since 2026-01-02 by order 2"]
        );
        let end = orders.iter().map(|it| {
            let view = view(&workerd, it);
            json!([
                view["case"],
                view["decision"],
                view["flags"],
                view["review"]
            ])
        });
        ends.push(end.collect());
    }
    assert!(ends.windows(2).all(|two| two[0] == two[1]), "{ends:#?}");
}

#[test]
fn an_earlier_order_heard_of_later_does_not_move_a_customer_that_a_person_assigned() {
    let workerd = start();
    let answer = assign(&workerd, &by_both(), json!("alma"));
    assert_eq!(answer.status(), 200, "{}", answer.text());
    let earlier = order("1", 1, pat_with("BRUNO"));
    // On that day the customer belonged to nobody: Bruno earned the order.
    assert_eq!(deliver(&workerd, &earlier), ["bruno coupon 10.00 pending"]);
    let flag =
        "the customer belongs to alma already, which stays; this order would have assigned bruno";
    assert_eq!(flags(&workerd, &earlier), json!([flag]));
    let kept = [format!("alma since {} by Mo", today())];
    assert_eq!(
        assignments(&workerd, &by_both()),
        [kept.clone(), kept].concat()
    );
    let later = order_at("2", &store::time_in(5), pat());
    assert_eq!(deliver(&workerd, &later), ["alma assigned 5.00 pending"]);
}

#[test]
fn orders_are_decided_again_once_the_assignment_they_come_after_is_known() {
    let workerd = start();
    let before = order("1", 1, pat());
    let after = order("3", 20, pat());
    assert_eq!(deliver(&workerd, &before), [""; 0]);
    assert_eq!(deliver(&workerd, &after), [""; 0]);
    let first = order("2", 10, pat_with("ALMA"));
    assert_eq!(deliver(&workerd, &first), ["alma coupon 10.00 pending"]);
    await_book(&workerd, &after, &["alma assigned 5.00 pending"]);
    assert_eq!(
        view(&workerd, &after)["case"]["customer"]["assigned"],
        json!({ "affiliate": "alma", "at": "2026-01-10T12:00:00.000Z" })
    );
    // The customer belonged to nobody on the first day.
    assert_eq!(merchant::book(&view(&workerd, &before)), [""; 0]);
    assert_eq!(merchant::balances(&workerd, "alma"), ["15.00 EUR"]);
}

#[test]
fn an_order_that_comes_to_name_its_customer_in_another_way_is_not_decided_by_its_own_assignment() {
    let workerd = start();
    let id = json!({ "customer": { "id": "77" } });
    let mut first = order("1", 1, with_coupon(id, "ALMA"));
    let by_email_alone = order("2", 5, json!({ "email": "pat@shopper.example" }));
    deliver(&workerd, &first);
    assert_eq!(deliver(&workerd, &by_email_alone), [""; 0]);
    // The store learns the e-mail of the first order.
    first["email"] = json!("pat@shopper.example");
    first["updated_at"] = json!("2026-01-06T00:00:00Z");
    assert_eq!(deliver(&workerd, &first), ["alma coupon 10.00 pending"]);
    await_book(&workerd, &by_email_alone, &["alma assigned 5.00 pending"]);
    let once_more = view(&workerd, &first);
    assert_eq!(once_more["case"]["customer"], json!({}));
    assert_eq!(once_more["flags"], json!([]));
    assert_eq!(merchant::entries(&once_more), ["alma 10.00 credited"]);
    for customer in [by_id(), by_email()] {
        let made = ["alma since 2026-01-01 by order 1"];
        assert_eq!(assignments(&workerd, &customer), made);
    }
}
