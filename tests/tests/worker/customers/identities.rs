//! Customers who turn out to be one person: by which orders, in whichever sequence they are heard of,
//! and what a person then does about them.

use serde_json::{Value, json};
use waymark_tests::agents::{
    assign, assignments, await_book, deliver, flags, order, order_at, start, view,
};
use waymark_tests::{Workerd, at_once, becomes, merchant, person, sequences, store};

const STAYS: &str =
    "the customer belongs to alma already, which stays; this order would have assigned bruno";

/// What an order says of a customer who gives this id, this e-mail and this coupon.
fn named(id: Option<&str>, email: Option<&str>, coupon: Option<&str>) -> Value {
    let mut members = json!({});
    if let Some(id) = id {
        members["customer"] = json!({ "id": id });
    }
    if let Some(email) = email {
        members["email"] = json!(format!("{email}@shopper.example"));
    }
    if let Some(coupon) = coupon {
        members["coupons"] = json!([coupon]);
    }
    members
}

fn by_id(id: &str) -> Value {
    json!({ "store": "store", "customer_id": id })
}

fn by_email(email: &str) -> Value {
    json!({ "email": format!("{email}@shopper.example") })
}

/// Alma's customer by one e-mail, whose id stands in another order with it, and in a third with
/// another e-mail.
fn chain() -> [Value; 3] {
    [
        order("a", 1, named(None, Some("home"), Some("ALMA"))),
        order("b", 10, named(Some("77"), Some("home"), None)),
        order("c", 20, named(Some("77"), Some("work"), None)),
    ]
}

fn start_with_chain() -> Workerd {
    let workerd = start();
    for order in chain() {
        deliver(&workerd, &order);
    }
    workerd
}

#[test]
fn an_earlier_order_heard_of_later_does_not_move_a_customer_by_a_key_that_it_adds() {
    let workerd = start();
    deliver(
        &workerd,
        &order("second", 10, named(None, Some("home"), Some("ALMA"))),
    );
    let earlier = order("first", 1, named(Some("77"), Some("home"), Some("BRUNO")));
    // On that day the customer belonged to nobody: Bruno earned the order.
    assert_eq!(deliver(&workerd, &earlier), ["bruno coupon 10.00 pending"]);
    assert_eq!(flags(&workerd, &earlier), json!([STAYS]));
    for (id, members) in [
        ("both", named(Some("77"), Some("home"), None)),
        ("id", named(Some("77"), None, None)),
        ("email", named(None, Some("home"), None)),
    ] {
        let later = order(id, 11, members);
        assert_eq!(deliver(&workerd, &later), ["alma assigned 5.00 pending"]);
        assert_eq!(flags(&workerd, &later), json!([]), "{id}");
    }
    assert_eq!(assignments(&workerd, &by_id("77")), [""; 0]);
    // Decided again, it still does not.
    assert_eq!(merchant::decide(&workerd, "store", "first").status(), 200);
    assert_eq!(flags(&workerd, &earlier), json!([STAYS]));
    assert_eq!(assignments(&workerd, &by_id("77")), [""; 0]);
}

#[test]
fn an_earlier_order_heard_of_later_does_not_move_a_customer_by_a_key_that_others_add() {
    let workerd = start();
    deliver(
        &workerd,
        &order("told", 1, named(Some("77"), Some("home"), None)),
    );
    deliver(
        &workerd,
        &order("second", 10, named(None, Some("home"), Some("ALMA"))),
    );
    let earlier = order("first", 2, named(Some("77"), None, Some("BRUNO")));
    assert_eq!(deliver(&workerd, &earlier), ["bruno coupon 10.00 pending"]);
    assert_eq!(flags(&workerd, &earlier), json!([STAYS]));
    let later = order("third", 11, named(Some("77"), None, None));
    assert_eq!(deliver(&workerd, &later), ["alma assigned 5.00 pending"]);
}

#[test]
fn one_person_is_found_in_whichever_sequence_the_orders_are_heard_of() {
    const CONNECTIONS: usize = 8;
    let workerd = start();
    let sequences = sequences(5);
    assert_eq!(sequences.len(), 120);
    let orders = |number: usize| {
        let [id, home, work] = ["id", "home", "work"].map(|key| format!("{key}{number}"));
        let (id, home, work) = (Some(&*id), Some(&*home), Some(&*work));
        [
            (
                1,
                named(None, home, Some("ALMA")),
                "alma coupon 10.00 pending",
            ),
            (10, named(id, home, None), "alma assigned 5.00 pending"),
            (20, named(id, None, None), "alma assigned 5.00 pending"),
            (30, named(id, work, None), "alma assigned 5.00 pending"),
            (40, named(None, work, None), "alma assigned 5.00 pending"),
            // Nobody knew on this day whose the id is.
            (5, named(id, None, None), ""),
        ]
        .map(|(day, members, book)| {
            let at = format!("2026-{:02}-{:02}T12:00:00Z", 1 + day / 31, 1 + day % 31);
            (order_at(&format!("{number}-{day}"), &at, members), book)
        })
    };
    at_once(
        sequences.iter().enumerate(),
        CONNECTIONS,
        |(number, sequence)| {
            let orders = orders(number);
            // That of before it is known comes first, or last.
            let before = [&[5][..], &[]];
            let (first, last) = match number % 2 {
                0 => (before[0], before[1]),
                _ => (before[1], before[0]),
            };
            for place in [first, sequence, last].concat() {
                let answer = store::deliver(&workerd, &orders[place].0);
                assert_eq!(answer.outcome(), "applied");
            }
        },
    );
    for (number, sequence) in sequences.iter().enumerate() {
        let orders = orders(number);
        for (order, wanted) in &orders {
            let book: Vec<String> = wanted.split_terminator(';').map(str::to_owned).collect();
            becomes(
                &format!("{sequence:?}: {}", order["id"]),
                &(book, json!([])),
                || {
                    let view = view(&workerd, order);
                    (merchant::book(&view), view["flags"].clone())
                },
            );
        }
        let made = [format!("alma since 2026-01-02 by order {number}-1")];
        assert_eq!(
            assignments(&workerd, &by_email(&format!("home{number}"))),
            made
        );
        assert_eq!(
            assignments(&workerd, &by_id(&format!("id{number}"))),
            [""; 0]
        );
    }
}

#[test]
fn a_version_that_adds_the_key_has_the_other_orders_decided_again() {
    let workerd = start();
    let [first, told, _] = chain();
    let later = order("d", 20, named(Some("77"), None, None));
    let mut before = order("b", 10, named(Some("77"), None, None));
    before["updated_at"] = json!("2026-01-09T00:00:00Z");
    for order in [&first, &before, &later] {
        deliver(&workerd, order);
    }
    assert_eq!(merchant::book(&view(&workerd, &later)), [""; 0]);
    assert_eq!(deliver(&workerd, &told), ["alma assigned 5.00 pending"]);
    await_book(&workerd, &later, &["alma assigned 5.00 pending"]);
}

#[test]
fn a_customer_is_found_over_several_orders_and_not_assigned_to_another() {
    let workerd = start_with_chain();
    let next = order("d", 25, named(None, Some("work"), Some("BRUNO")));
    assert_eq!(deliver(&workerd, &next), ["alma assigned 5.00 pending"]);
    assert_eq!(assignments(&workerd, &by_email("work")), [""; 0]);
    // And so on, as far as orders tell; what the first order made is not seen by it.
    for (id, members) in [
        ("e", named(Some("78"), Some("work"), None)),
        ("f", named(Some("78"), Some("phone"), None)),
        ("g", named(None, Some("phone"), Some("BRUNO"))),
    ] {
        let order = order(id, 26, members);
        assert_eq!(deliver(&workerd, &order), ["alma assigned 5.00 pending"]);
    }
    assert_eq!(merchant::decide(&workerd, "store", "a").status(), 200);
    let [first, ..] = chain();
    let view = view(&workerd, &first);
    assert_eq!(merchant::book(&view), ["alma coupon 10.00 pending"]);
    assert_eq!(view["case"]["customer"], json!({}));
    assert_eq!(view["flags"], json!([]));
    // Before the orders that tell, nobody knew.
    let before = order("h", 19, named(None, Some("work"), None));
    assert_eq!(deliver(&workerd, &before), [""; 0]);
}

#[test]
fn a_person_gives_away_all_that_the_customer_is_known_by() {
    let workerd = start_with_chain();
    let answer = assign(&workerd, &by_email("work"), json!("bruno"));
    assert_eq!(answer.status(), 200, "{}", answer.text());
    let [first, second, third] = chain();
    let later = [
        ("e", named(None, Some("home"), None)),
        ("f", named(Some("77"), None, None)),
        ("g", named(None, Some("work"), None)),
        ("h", named(Some("77"), Some("phone"), None)),
        ("i", named(None, Some("phone"), None)),
    ];
    for (id, members) in &later {
        let order = order_at(id, &store::time_in(5), members.clone());
        assert_eq!(deliver(&workerd, &order), ["bruno assigned 5.00 pending"]);
    }
    // What a person did is not undone when orders are decided again.
    for (order, book) in [
        (&first, "alma coupon 10.00 pending"),
        (&second, "alma assigned 5.00 pending"),
        (&third, "alma assigned 5.00 pending"),
    ] {
        let id = order["id"].as_str().expect("an id");
        assert_eq!(merchant::decide(&workerd, "store", id).status(), 200);
        assert_eq!(merchant::book(&view(&workerd, order)), [book]);
        assert_eq!(flags(&workerd, order), json!([]));
    }
    let answer = assign(&workerd, &by_id("77"), Value::Null);
    assert_eq!(answer.status(), 200, "{}", answer.text());
    for (id, members) in later {
        let id = format!("{id}-free");
        let order = order_at(&id, &store::time_in(10), members);
        assert_eq!(deliver(&workerd, &order), [""; 0], "{id}");
    }
}

#[test]
fn who_is_forgotten_is_found_by_no_key_any_more() {
    let workerd = start_with_chain();
    person::erase(&workerd, &by_id("77"));
    // Heard again, also in another version, the orders that told tell nothing.
    for mut order in chain() {
        order["updated_at"] = json!("2026-02-01T00:00:00Z");
        order["tags"] = json!(["gift"]);
        deliver(&workerd, &order);
    }
    for (id, members) in [
        ("d", named(Some("77"), None, None)),
        ("e", named(None, Some("work"), None)),
    ] {
        assert_eq!(deliver(&workerd, &order(id, 25, members)), [""; 0], "{id}");
    }
}

#[test]
fn a_persons_orders_are_listed_page_by_page_by_whichever_key() {
    const MORE: usize = 205;
    let workerd = start_with_chain();
    for number in 0..MORE {
        let at = format!("2026-02-01T12:{:02}:00Z", number % 60);
        let order = order_at(
            &format!("more-{number}"),
            &at,
            named(Some("77"), None, None),
        );
        assert_eq!(store::deliver(&workerd, &order).outcome(), "applied");
    }
    let page = |customer: &Value, parameters: &str| {
        let answer = merchant::post(
            &workerd,
            &format!("/v1/customers/lookup{parameters}"),
            customer,
        );
        assert_eq!(answer.status(), 200, "{}", answer.text());
        answer.json::<Value>()
    };
    let mut whole = Vec::new();
    for customer in [by_id("77"), by_email("home"), by_email("work")] {
        let (mut found, mut sizes) = (Vec::new(), Vec::new());
        let mut parameters = "?limit=100".to_owned();
        loop {
            let page = page(&customer, &parameters);
            let orders = page["orders"].as_array().expect("orders");
            sizes.push(orders.len());
            found.extend(orders.clone());
            let Some(next) = page["next"].as_str() else {
                break;
            };
            parameters = format!("?limit=100&after={}", merchant::encode(next));
        }
        assert_eq!(sizes, [100, 100, 8]);
        let times = found
            .iter()
            .map(|order| order["placed_at"].as_str().expect("a time"));
        assert!(times.is_sorted_by(|one, next| one >= next));
        let mut ids: Vec<&str> = found
            .iter()
            .filter_map(|order| order["id"].as_str())
            .collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), MORE + 3);
        whole.push(found);
    }
    assert!(whole.windows(2).all(|two| two[0] == two[1]));
    let default = page(&by_id("77"), "");
    assert_eq!(default["orders"].as_array().map(Vec::len), Some(50));
    for (parameters, field) in [
        ("?limit=0", "limit: "),
        ("?after=x", "after: "),
        ("?of=1", "of: "),
    ] {
        let path = format!("/v1/customers/lookup{parameters}");
        let answer = merchant::post(&workerd, &path, &by_id("77"));
        assert_eq!(answer.status(), 422, "{}", answer.text());
        assert!(answer.text().contains(field), "{}", answer.text());
    }
}

#[test]
fn an_order_that_was_placed_earlier_than_was_said_is_listed_once() {
    let workerd = start();
    let members = || named(Some("77"), Some("home"), None);
    deliver(&workerd, &order("1", 10, members()));
    let mut again = order("1", 5, members());
    again["updated_at"] = json!("2026-01-11T00:00:00Z");
    deliver(&workerd, &again);
    for customer in [by_email("home"), by_id("77")] {
        let answer = merchant::post(&workerd, "/v1/customers/lookup", &customer);
        let found: Value = answer.json();
        let orders = found["orders"].as_array().expect("a list");
        assert_eq!(orders.len(), 1, "{found}");
        assert_eq!(orders[0]["placed_at"], "2026-01-05T12:00:00.000Z");
    }
}
