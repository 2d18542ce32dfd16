//! What an order costs: statements, and the rows for which Cloudflare asks money.

use serde_json::json;
use waymark_tests::{Options, Workerd, demo, store};

/// The most statements and rows written of a new order of a new customer.
const MAX: (u32, u32) = (14, 16);

/// A new order of a new customer, with a coupon.
fn order(number: u32) -> String {
    let order = json!({
        "id": number, "created_at": "2026-11-20T12:00:00Z", "updated_at": "2026-11-20T12:00:01Z",
        "currency": "USD", "financial_status": "paid", "email": format!("{number}@shopper.example"),
        "customer": { "id": number, "tags": "" }, "discount_codes": [{ "code": "BEN15" }],
        "line_items": [{ "id": 1, "sku": "MUG", "quantity": 2, "price": "12.50" }],
    });
    order.to_string()
}

/// The statements and the rows written of the latest report, as the log says.
fn spent(workerd: &Workerd) -> (u32, u32) {
    let log = workerd.log();
    let mut lines = log.lines().filter_map(|line| line.split_once("program: "));
    let line = lines.rfind(|(_, rest)| rest.ends_with("rows written"));
    let (_, line) = line.expect("a line of the log");
    let numbers = line.split(' ').filter_map(|word| word.parse().ok());
    match numbers.collect::<Vec<u32>>().as_slice() {
        [statements, rows] => (*statements, *rows),
        _ => panic!("{line}"),
    }
}

#[test]
fn a_new_order_is_at_most_14_statements_and_16_rows_written() {
    let workerd = demo::start(Options::default());
    for number in [1, 2] {
        let answer = store::deliver_shopify(&workerd, "orders/create", &order(number));
        assert_eq!(answer.outcome(), "applied", "{}", answer.text());
        let (statements, rows) = spent(&workerd);
        println!("{statements} statements, {rows} rows written");
        assert!(statements <= MAX.0 && rows <= MAX.1, "{statements}, {rows}");
    }
}
