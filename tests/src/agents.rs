//! A program whose customers stay with the agent of their first order: the preset `salesking`. An
//! agent earns 10 % of an order that a coupon or a link brought, and 5 % of a customer's later ones.

use crate::answer::Answer;
use crate::config::Options;
use crate::json::with;
use crate::workerd::Workerd;
use crate::{becomes, merchant, person, store};
use serde_json::{Value, json};

pub const PROGRAM: &str = r#"
name = "Sold by agents"
home = "https://shop.example/"
currency = "EUR"

[policy]
preset = "salesking"
window = "3650d" # touches are of today, orders of other days
rates = { default = { percent = "10" }, assigned = { percent = "5" } }

[affiliates.alma]
[affiliates.bruno]

[links]
ALMA = { affiliate = "alma", url = "https://shop.example/" }
BRUNO = { affiliate = "bruno", url = "https://shop.example/" }

[coupons]
alma = "alma"
bruno = "bruno"

[endpoints.store]
kind = "generic"
store = "store"
secrets = ["DEMO_STORE_SECRET"]
"#;

/// A workerd with that program applied. Its agents are alma and bruno.
pub fn start() -> Workerd {
    start_with(PROGRAM)
}

/// The same, where a customer is free again ten days after the assignment.
pub fn start_with_expiry() -> Workerd {
    let policy = "[policy]\nassignment = { expires = \"10d\" }\n";
    start_with(&PROGRAM.replace("[policy]\n", policy))
}

/// The same, where an order is approved an hour after it was placed.
pub fn start_with_an_hours_hold() -> Workerd {
    start_with(&PROGRAM.replace("[policy]\n", "[settings]\nhold = \"1h\"\n[policy]\n"))
}

fn start_with(program: &str) -> Workerd {
    let workerd = Workerd::start(Options::default());
    merchant::apply_since_2000(&workerd, program);
    workerd
}

/// An order of 100.00 EUR on that day of January 2026.
pub fn order(id: &str, day: u8, members: Value) -> Value {
    order_at(id, &format!("2026-01-{day:02}T12:00:00Z"), members)
}

/// An order of 100.00 EUR at that time.
pub fn order_at(id: &str, at: &str, members: Value) -> Value {
    let order = json!({ "type": "order", "id": id, "placed_at": at, "updated_at": at,
        "currency": "EUR", "lines": [{ "id": "1", "quantity": 1, "amount": "100.00" }] });
    with(order, members)
}

/// Delivers an order and gives its book.
pub fn deliver(workerd: &Workerd, order: &Value) -> Vec<String> {
    let answer = store::deliver(workerd, order);
    assert_eq!(answer.status(), 200, "{}", answer.text());
    merchant::book(&view(workerd, order))
}

/// What `/v1/orders` tells of an order.
pub fn view(workerd: &Workerd, order: &Value) -> Value {
    let id = order.get("id").and_then(Value::as_str).expect("an id");
    merchant::order(workerd, "store", id)
}

/// What a person is told of an order.
pub fn flags(workerd: &Workerd, order: &Value) -> Value {
    view(workerd, order)
        .get("flags")
        .cloned()
        .unwrap_or_default()
}

/// Waits until this is the order's book, but for what was taken back since.
///
/// # Panics
/// It is not in time.
pub fn await_book(workerd: &Workerd, order: &Value, wanted: &[&str]) {
    becomes("the book", wanted, || {
        merchant::unreversed(&view(workerd, order))
    });
}

/// Waits until no order waits to be decided again.
pub fn await_all_decided(workerd: &Workerd) {
    becomes("orders to be decided again", &0, || {
        workerd.count("stale_orders")
    });
}

/// Pat, as an order names a customer whom the store knows by id and e-mail.
pub fn pat() -> Value {
    json!({ "customer": { "id": "77" }, "email": "pat@shopper.example" })
}

/// What an order says of a customer, with that coupon.
pub fn with_coupon(customer: Value, coupon: &str) -> Value {
    with(customer, json!({ "coupons": [coupon] }))
}

/// Gives a customer to an agent, or to nobody, as Mo.
pub fn assign(workerd: &Workerd, customer: &Value, affiliate: Value) -> Answer {
    let what = json!({ "customer": customer, "affiliate": affiliate, "reason": "Alma moved away" });
    person::act(workerd, "/v1/customers/assign", what)
}

/// The assignments of a customer, the latest first, such as `alma since 2026-01-01 by order 1`.
pub fn assignments(workerd: &Workerd, customer: &Value) -> Vec<String> {
    let answer = merchant::post(workerd, "/v1/customers/lookup", customer);
    assert_eq!(answer.status(), 200, "{}", answer.text());
    let found: Value = answer.json();
    let list = found.get("assignments").and_then(Value::as_array);
    let line = |it: &Value| {
        let text = |name: &str| it.get(name).and_then(Value::as_str).map(str::to_owned);
        let maker = match (text("order"), text("by")) {
            (Some(order), None) => format!("order {order}"),
            (None, Some(person)) => person,
            both => panic!("made by an order or a person, not {both:?}"),
        };
        let valid_from = text("valid_from").unwrap_or_default();
        let day = valid_from.split('T').next().unwrap_or_default();
        let ended = if text("valid_to").is_some() {
            ", ended"
        } else {
            ""
        };
        let affiliate = text("affiliate").unwrap_or_default();
        format!("{affiliate} since {day} by {maker}{ended}")
    };
    list.expect("a list").iter().map(line).collect()
}
