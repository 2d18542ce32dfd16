//! Subscriptions: renewals are orders of their own, credited as the order that began it.

use serde_json::{Value, json};
use waymark_signatures::{Scheme, sign_shopify};
use waymark_tests::{Answer, Options, Workerd, becomes, demo, merchant, person, sequences, store};

const WOO_SECRET: &str = "what-the-shop-chose";

fn start(program: &str) -> Workerd {
    let workerd = Workerd::start(Options::default().with_secret("WOO_SECRET", WOO_SECRET));
    merchant::apply_since_2000(&workerd, program);
    workerd
}

/// A call of a WooCommerce shop, signed.
fn deliver(workerd: &Workerd, topic: &str, body: &Value) -> Answer {
    let body = body.to_string();
    let secret = Scheme::WooCommerce.secret(WOO_SECRET).expect("a secret");
    let request = workerd
        .request("POST", "/hooks/woo")
        .header("x-wc-webhook-topic", topic)
        .header(
            "x-wc-webhook-signature",
            sign_shopify(&secret, body.as_bytes()),
        );
    workerd.send(request, body)
}

/// An order of 64.00 USD, as WooCommerce writes it.
fn order(id: u32, day: u32, more: &[(&str, Value)]) -> Value {
    let at = format!("2026-01-{day:02}T00:00:00");
    let mut order = json!({
        "id": id, "status": "processing", "currency": "USD", "total": "64.00",
        "date_created_gmt": at, "date_modified_gmt": at, "date_paid_gmt": at,
        "line_items": [{ "id": 1, "sku": "KETTLE", "quantity": 1, "total": "64.00" }],
    });
    for (name, value) in more {
        order[*name] = value.clone();
    }
    order
}

/// Waits until what is owed for an order is this; orders that bear on each other are decided one
/// after the other.
fn await_book(workerd: &Workerd, (store, id): (&str, &str), wanted: &[&str]) {
    becomes(&format!("{store}/{id}"), wanted, || {
        let mut book = merchant::owed_for(&merchant::order(workerd, store, id));
        book.sort();
        book
    });
}

/// The first order names a coupon of Ben's, and no subscription; the renewal names the subscription,
/// and no coupon; only the subscription names both.
#[test]
fn a_woocommerce_renewal_is_credited_as_its_first_order_in_whichever_sequence_the_three_are_heard()
{
    const WOO: &str = r#"
[endpoints.woo]
kind = "woocommerce"
store = "woo"
secrets = ["WOO_SECRET"]
"#;
    let coupon = ("coupon_lines", json!([{ "code": "ben15" }]));
    let renews = json!([{ "key": "_subscription_renewal", "value": "15" }]);
    let calls = [
        ("order.created", order(14, 1, &[coupon])),
        (
            "subscription.created",
            json!({ "id": 15, "parent_id": 14, "status": "active" }),
        ),
        ("order.created", order(16, 31, &[("meta_data", renews)])),
    ];
    for sequence in sequences(3) {
        let workerd = start(&(demo::program() + WOO));
        for (heard, place) in sequence.iter().enumerate() {
            let (topic, body) = &calls[*place];
            let answer = deliver(&workerd, topic, body);
            assert_eq!(
                answer.outcome(),
                "applied",
                "{sequence:?}: {}",
                answer.text()
            );
            let listed = merchant::pages(&workerd, "/v1/orders", 50).concat();
            let orders = sequence
                .iter()
                .take(heard + 1)
                .filter(|it| **it != 1)
                .count();
            assert_eq!(
                listed.len(),
                orders,
                "{sequence:?}: a subscription is no order"
            );
        }
        for id in ["14", "16"] {
            await_book(&workerd, ("woo", id), &["ben coupon 6.40 pending"]);
        }
        let renewal = merchant::order(&workerd, "woo", "16");
        assert_eq!(renewal["flags"], json!([]), "{sequence:?}");
        // Said again, and by the other topic.
        let again = deliver(&workerd, "subscription.updated", &calls[1].1);
        assert_eq!(again.outcome(), "duplicate");
    }
}

#[test]
fn renewals_are_credited_as_their_first_order_whichever_is_heard_of_first() {
    let orders = || {
        let mut first = demo::order_with_coupon("in_1");
        first["subscription"] = json!({ "id": "sub_1", "renewal": false });
        let renewals = (2..=4).map(|number| {
            let mut order = demo::order(&format!("in_{number}"));
            let at = format!("2026-0{number}-01T00:00:00Z");
            (order["placed_at"], order["updated_at"]) = (json!(at), json!(at));
            order["subscription"] = json!({ "id": "sub_1", "renewal": true });
            order
        });
        std::iter::once(first)
            .chain(renewals)
            .collect::<Vec<Value>>()
    };
    let credited = ["ben coupon 8.20 pending", "cleo sku 3.00 pending"];
    for backwards in [false, true] {
        let workerd = start(&demo::program_with("renewals = { first = 2 }"));
        let mut orders = orders();
        if backwards {
            orders.reverse();
        }
        for order in &orders {
            assert_eq!(store::deliver(&workerd, order).outcome(), "applied");
        }
        for id in ["in_1", "in_2", "in_3"] {
            await_book(&workerd, ("store", id), &credited);
        }
        await_book(&workerd, ("store", "in_4"), &[]);
        let view = merchant::order(&workerd, "store", "in_4");
        let flags = view["flags"].to_string();
        assert!(flags.contains("renewal 3"), "{flags}");
    }
}

/// An order that Ana's coupon and Ben's customer's e-mail claim alike, so that a person has to decide;
/// the first of its subscription, or a renewal.
fn tie(number: u32) -> Value {
    let mut order = demo::order(&format!("in_{number}"));
    let at = format!("2026-0{number}-01T00:00:00Z");
    (order["placed_at"], order["updated_at"]) = (json!(at), json!(at));
    order["subscription"] = json!({ "id": "sub_1", "renewal": number > 1 });
    if number == 1 {
        demo::tied(order)
    } else {
        order
    }
}

fn start_with_ties(settings: &str) -> Workerd {
    start(&demo::with_ties(&demo::program_with(settings)))
}

fn rule(workerd: &Workerd, number: u32, what: Value) {
    person::done(person::rule(workerd, &format!("in_{number}"), what));
}

#[test]
fn what_a_person_rules_on_the_first_order_counts_for_renewals_without_a_ruling_of_their_own() {
    let workerd = start_with_ties("hold = \"30d\"");
    let owes = |number: u32, wanted: &[&str]| {
        await_book(&workerd, ("store", &format!("in_{number}")), wanted);
    };
    let tied = [
        "ana coupon 8.20 held",
        "ben email 6.56 held",
        "cleo sku 3.00 held",
    ];
    for number in 1..=3 {
        store::deliver(&workerd, &tie(number));
        owes(number, &tied);
    }
    let ana = json!({ "affiliate": "ana", "method": "coupon", "evidence": "ANA10" });
    let ben = json!({ "affiliate": "ben", "method": "email", "evidence": "email" });
    rule(&workerd, 3, json!({ "id": "own", "accept": ana }));
    owes(3, &["ana coupon 8.20 pending"]);

    rule(&workerd, 1, json!({ "id": "r1", "accept": ben }));
    for number in 1..=2 {
        owes(number, &["ben email 6.56 pending"]);
    }
    let flags = merchant::order(&workerd, "store", "in_2")["flags"].to_string();
    assert!(flags.contains("a person ruled"), "{flags}");
    // One that comes later goes by it from the start.
    store::deliver(&workerd, &tie(4));
    owes(4, &["ben email 6.56 pending"]);

    rule(&workerd, 1, json!({ "id": "r2", "deny": true }));
    for number in [1, 2, 4] {
        owes(number, &[]);
    }
    owes(3, &["ana coupon 8.20 pending"]);
    rule(&workerd, 3, json!({ "undo": "own" }));
    owes(3, &[]);
    rule(&workerd, 1, json!({ "undo": "r2" }));
    for number in 1..=4 {
        owes(number, &["ben email 6.56 pending"]);
    }
}

#[test]
fn a_renewal_is_approved_as_a_person_ruled_on_its_first_order() {
    let workerd = start_with_ties("hold = \"0s\"");
    for number in 1..=2 {
        store::deliver(&workerd, &tie(number));
    }
    let ben = json!({ "affiliate": "ben", "method": "email", "evidence": "email" });
    rule(&workerd, 1, json!({ "accept": ben }));
    for place in ["in_1", "in_2"] {
        await_book(&workerd, ("store", place), &["ben email 6.56 approved"]);
    }
    // The amounts of what is approved follow that ruling.
    let refund = json!({ "type": "refund", "order": "in_2", "id": "r1", "currency": "USD",
        "at": "2026-03-03T00:00:00Z", "lines": [{ "line": "1", "amount": "32.00" }] });
    store::deliver(&workerd, &refund);
    await_book(&workerd, ("store", "in_2"), &["ben email 4.00 approved"]);
    let renewal = merchant::order(&workerd, "store", "in_2");
    assert_eq!(renewal["review"], json!(false));
}

#[test]
fn a_renewal_in_another_currency_than_its_first_order_is_decided_by_itself_and_says_so() {
    let workerd = start(&demo::program());
    let mut first = demo::order_with_coupon("in_1");
    first["subscription"] = json!({ "id": "sub_1", "renewal": false });
    let mut renewal = demo::order("in_2");
    renewal["subscription"] = json!({ "id": "sub_1", "renewal": true });
    renewal["currency"] = json!("EUR");
    for order in [&first, &renewal] {
        assert_eq!(store::deliver(&workerd, order).outcome(), "applied");
    }
    let view = merchant::order(&workerd, "store", "in_2");
    assert_eq!(view["state"], "decided", "{}", view["problem"]);
    let flags = view["flags"].to_string();
    assert!(flags.contains("in USD, another currency"), "{flags}");
    // What a person rules on the first order is no matter here.
    rule(&workerd, 1, json!({ "deny": true }));
    await_book(&workerd, ("store", "in_1"), &[]);
    let after = merchant::order(&workerd, "store", "in_2");
    assert_eq!(merchant::book(&after), merchant::book(&view));
    rule(&workerd, 2, json!({ "deny": true }));
    await_book(&workerd, ("store", "in_2"), &[]);
}

/// A store first calls an order the first of its subscription, and then a renewal.
#[test]
fn an_order_is_of_its_subscription_what_its_latest_version_says() {
    let at = |order: &mut Value, placed: &str, updated: &str| {
        (order["placed_at"], order["updated_at"]) = (json!(placed), json!(updated));
    };
    let mut begins = demo::order_with_coupon("in_1");
    at(&mut begins, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z");
    begins["subscription"] = json!({ "id": "sub_1", "renewal": false });
    let mut renews = begins.clone();
    at(&mut renews, "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z");
    renews["subscription"] = json!({ "id": "sub_1", "renewal": true });
    let mut next = demo::order("in_2");
    at(&mut next, "2026-02-01T00:00:00Z", "2026-02-01T00:00:00Z");
    next["subscription"] = json!({ "id": "sub_1", "renewal": true });
    for calls in [
        [&begins, &renews, &next],
        [&renews, &begins, &next],
        [&begins, &next, &renews],
    ] {
        let workerd = start(&demo::program());
        for call in calls {
            assert_eq!(store::deliver(&workerd, call).outcome(), "applied");
        }
        let credited = ["ben coupon 8.20 pending", "cleo sku 3.00 pending"];
        await_book(&workerd, ("store", "in_1"), &credited);
        await_book(&workerd, ("store", "in_2"), &["cleo sku 3.00 pending"]);
        let flags = merchant::order(&workerd, "store", "in_2")["flags"].to_string();
        assert!(
            flags.contains("renewal 2 of a subscription whose first order is not known"),
            "{flags}"
        );
    }
}
