//! The demo program, as `scripts/dev` applies it, and an order for it.

use crate::config::{Options, project};
use crate::json::with;
use crate::workerd::Workerd;
use crate::{merchant, store};
use serde_json::{Value, json};

/// A workerd with the demo program applied.
pub fn start(options: Options) -> Workerd {
    let workerd = Workerd::start(options);
    merchant::apply_since_2000(&workerd, &program());
    workerd
}

/// A workerd with the demo program and settings of its own: lines of `[settings]`.
pub fn start_with(settings: &str) -> Workerd {
    let workerd = Workerd::start(Options::default());
    merchant::apply_since_2000(&workerd, &program_with(settings));
    workerd
}

/// The demo program's file.
pub fn program() -> String {
    std::fs::read_to_string(project().join("demo/program.toml")).expect("the demo program")
}

/// An order of 82.00 USD, placed now: a kettle, and two packets of the tea that Cleo earns on.
pub fn order(id: &str) -> Value {
    let now = store::time_in(0);
    json!({
        "type": "order",
        "id": id,
        "placed_at": now,
        "updated_at": now,
        "currency": "USD",
        "email": "pat@shopper.example",
        "lines": [
            { "id": "1", "sku": "KETTLE", "quantity": 1, "amount": "64.00" },
            { "id": "2", "sku": "EARL-GREY", "quantity": 2, "amount": "18.00" },
        ],
    })
}

/// The same order with a coupon of Ben's: 10 % of it are his.
pub fn order_with_coupon(id: &str) -> Value {
    with(order(id), json!({ "coupons": ["BEN15"] }))
}

/// An order of a kettle for 64.00 USD, which nobody earns on but by a click, a coupon or an e-mail.
pub fn kettle(id: &str) -> Value {
    let line = json!({ "id": "1", "sku": "KETTLE", "quantity": 1, "amount": "64.00" });
    with(order(id), json!({ "lines": [line] }))
}

/// The book of an order of the demo store, such as `ana link 6.56 pending`.
pub fn book(workerd: &Workerd, id: &str) -> Vec<String> {
    merchant::book(&merchant::order(workerd, "store", id))
}

/// The demo program with settings of its own: lines of `[settings]`.
pub fn program_with(settings: &str) -> String {
    format!("{}\n[settings]\n{settings}\n", program())
}

/// A program whose store may report orders from its pages.
pub fn believing_pages(program: &str) -> String {
    let store = "store = \"store\"";
    program.replace(store, &format!("{store}\nbeacon = true"))
}

/// A program in which what a coupon and what an e-mail claims counts alike.
pub fn with_ties(program: &str) -> String {
    let ranked = "rank = [[\"coupon\", \"email\"]]\nadditive = [\"sku\"]";
    program.replace("preset = \"last-click\"", ranked)
}

/// An order, or another call, with what a tie needs: Ana's coupon, and the e-mail of Ben's customer.
pub fn tied(order: Value) -> Value {
    let claims = json!({ "coupons": ["ANA10"], "email": "office@bigcustomer.example" });
    with(order, claims)
}

/// A workerd with an order, 1001, that two affiliates claim by what counts alike: by Ana's coupon and
/// by the e-mail of Ben's customer. A person has to decide.
pub fn tie() -> Workerd {
    let workerd = Workerd::start(Options::default());
    merchant::apply_since_2000(&workerd, &with_ties(&program()));
    let order = tied(order("1001"));
    assert_eq!(store::deliver(&workerd, &order).outcome(), "applied");
    workerd
}
