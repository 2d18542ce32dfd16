//! Which of Shopify's amounts are somebody's sale.

use crate::reading::assert_reads;
use waymark_facts::email::EmailKey;
use waymark_facts::fact::Payment;
use waymark_facts::{Folded, fold};
use waymark_stores::{Parsed, shopify};

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
fn a_tip_refunded_is_no_part_of_a_refund() {
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

/// 120.00 with 20.00 of tax in it, and shipping of 12.00 with 2.00.
const TAXES_INCLUDED: &str = r#"{"id":7,"currency":"EUR","created_at":"2026-01-04T12:00:00Z",
    "taxes_included":true,"total_tax":"22.00",
    "line_items":[{"id":1,"quantity":1,"price":"120.00","tax_lines":[{"price":"20.00"}]}],
    "shipping_lines":[{"price":"12.00","tax_lines":[{"price":"2.00"}]}]}"#;

/// The order with a refund of all of it; `shipping` says how much of that was shipping.
fn refunded(shipping: &str) -> Folded {
    let refund = format!(
        r#"{{"id":9,"order_id":7,"processed_at":"2026-01-05T12:00:00Z","refund_line_items":[
              {{"line_item_id":1,"quantity":1,"subtotal":120.0,"total_tax":20.0}}],{shipping},
            "transactions":[{{"kind":"refund","status":"success","currency":"EUR",
                              "amount":"132.00"}}]}}"#
    );
    let calls = [
        ("orders/create", TAXES_INCLUDED),
        ("refunds/create", &refund),
    ];
    let facts = calls
        .into_iter()
        .flat_map(|(topic, body)| match read(topic, body) {
            Parsed::Delivery(delivery) => delivery.seal(&EmailKey::new(*b"k")).facts,
            other => panic!("{other:?}"),
        });
    fold(&facts.collect::<Vec<_>>())
}

/// As the API versions up to 2024-07 say it, those since then, and those that say it in both ways.
#[test]
fn shipping_refunded_counts_once_and_without_the_tax_that_it_contains() {
    let adjustment = r#""order_adjustments":[{"kind":"shipping_refund","amount":"-10.00","tax_amount":"-2.00"}]"#;
    let lines = |tax: &str| {
        format!(
            r#""refund_shipping_lines":[{{"subtotal_amount_set":{{"shop_money":{{"amount":"12.00","currency_code":"EUR"}}}}{tax}}}]"#
        )
    };
    let net = lines("").replace("12.00", "10.00")
        + r#","order_adjustments":[{"kind":"shipping_refund","amount":"-10.00","tax_amount":"-2.00"}]"#;
    for shipping in [
        adjustment.to_owned(),
        lines(""),
        format!("{},{adjustment}", lines("")),
        net,
    ] {
        let folded = refunded(&shipping);
        assert!(folded.flags.is_empty(), "{shipping}: {:?}", folded.flags);
        let refund = &folded.order.unwrap().refunds[0];
        let amounts = [refund.lines[0].amount, refund.shipping, refund.tax];
        assert_eq!(
            amounts.map(|it| it.minor()),
            [10_000, 1_000, 2_200],
            "{shipping}"
        );
    }
}

#[test]
fn an_order_is_paid_by_the_statuses_that_say_so_and_by_no_other() {
    for (status, payment) in [
        (r#""paid""#, Payment::Received),
        (r#""authorized""#, Payment::Received),
        (r#""partially_refunded""#, Payment::Received),
        (r#""refunded""#, Payment::Received),
        ("null", Payment::Received),
        (r#""pending""#, Payment::Awaited),
        (r#""partially_paid""#, Payment::Awaited),
        (r#""unpaid""#, Payment::Awaited),
        (r#""whatever""#, Payment::Awaited),
        (r#""voided""#, Payment::Failed),
        (r#""expired""#, Payment::Failed),
    ] {
        let order = format!(
            r#"{{"id":7,"currency":"EUR","created_at":"2026-01-04T12:00:00Z","line_items":[],
                "financial_status":{status}}}"#
        );
        let Parsed::Delivery(delivery) = read("orders/create", &order) else {
            panic!("it is an order")
        };
        let folded = fold(&delivery.seal(&EmailKey::new(*b"k")).facts);
        assert_eq!(folded.order.unwrap().snapshot.payment, payment, "{status}");
    }
}
