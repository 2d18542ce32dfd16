//! Which of Shopify's amounts are somebody's sale.

use crate::reading::assert_reads;
use waymark_checkout::{Parsed, shopify};

fn read(topic: &str, body: &str) -> Parsed {
    shopify::parse(topic, body.as_bytes()).unwrap()
}

/// Shopify writes the members of a tip as `null` where no gateway of its own took it.
const TIPS: [&str; 3] = [
    r#""tip_payment_gateway":"shopify_payments","tip_payment_method":"visa""#,
    r#""tip_payment_gateway":null"#,
    r#""tip":null"#,
];

#[test]
fn a_tip_is_no_line_of_an_order() {
    for tip in TIPS {
        let order = format!(
            r#"{{"id":7,"currency":"EUR","created_at":"2026-01-04T12:00:00Z",
                "total_discounts":"0.00","total_tip_received":"20.00","line_items":[
                  {{"id":1,"sku":"MUG","quantity":1,"price":"100.00"}},
                  {{"id":2,"title":"Tip","sku":null,"quantity":1,"price":"20.00",{tip}}}]}}"#
        );
        assert_reads(
            &read("orders/create", &order),
            "order 7 placed 2026-01-04T12:00:00.000Z
             version 2026-01-04T12:00:00.000Z
             line 1: 1 MUG 100.00
             discount 0.00 shipping 0.00 tax 0.00 EUR",
        );
    }
}

#[test]
fn a_tip_given_back_is_no_part_of_a_refund() {
    for tip in TIPS {
        let refund = format!(
            r#"{{"id":9,"order_id":7,"processed_at":"2026-01-05T12:00:00Z","refund_line_items":[
                  {{"line_item_id":1,"quantity":1,"subtotal":"100.00",
                    "line_item":{{"id":1,"sku":"MUG"}}}},
                  {{"line_item_id":2,"quantity":1,"subtotal":"20.00",
                    "line_item":{{"id":2,"title":"Tip",{tip}}}}}],
                "transactions":[{{"kind":"refund","status":"success","currency":"EUR",
                                  "amount":"120.00"}}]}}"#
        );
        assert_reads(
            &read("refunds/create", &refund),
            "refund 9 of 7
             version 2026-01-05T12:00:00.000Z
             line 1: 1 100.00 tax 0.00
             shipping 0.00 tax 0.00 unassigned 0.00 withheld 0.00 EUR",
        );
    }
}
