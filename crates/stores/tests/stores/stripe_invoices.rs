//! Invoices and sessions as accounts of every kind have them: lines, credit, dates, and what is left out.

use crate::stripe_events::{event, facts, folded, invoice, session};
use proptest::prelude::*;
use waymark_facts::fact::OrderSnapshot;
use waymark_facts::{Flag, fold};

fn order(kind: &str, members: &str) -> OrderSnapshot {
    folded(&[event(kind, members)]).order.unwrap().snapshot
}

fn paid(members: &str) -> OrderSnapshot {
    order("invoice.paid", &invoice(members))
}

fn goods(order: &OrderSnapshot) -> i64 {
    let lines = order.lines.iter().map(|line| line.amount.minor());
    lines.sum::<i64>() - order.discount.minor()
}

fn lines(order: &OrderSnapshot) -> Vec<(&str, u32, i64)> {
    let lines = order.lines.iter();
    lines
        .map(|line| (line.id.as_str(), line.quantity, line.amount.minor()))
        .collect()
}

/// A voucher of 110.00 that is not taxed, for goods of 100.00 with 19.00 of tax.
#[test]
fn a_voucher_that_leaves_less_than_the_tax_leaves_goods_that_cost_nothing() {
    let invoice = paid(
        r#""total":900,"amount_due":900,"total_taxes":[{"amount":1900}],"lines":{"has_more":false,"data":[{"id":"a","amount":10000},{"id":"b","amount":-11000}]}"#,
    );
    assert_eq!((goods(&invoice), invoice.tax.minor()), (0, 900));
    let shipped = paid(
        r#""total":500,"amount_due":500,"amount_shipping":600,"total_taxes":[{"amount":100}],"lines":{"data":[{"id":"a","amount":-200}]}"#,
    );
    assert_eq!(goods(&shipped), 0);
    assert_eq!((shipped.shipping.minor(), shipped.tax.minor()), (400, 100));
    let of_session = order(
        "checkout.session.completed",
        &session(
            r#""amount_total":900,"total_details":{"amount_tax":1900,"amount_discount":11000}"#,
        ),
    );
    assert_eq!((goods(&of_session), of_session.tax.minor()), (0, 900));
}

/// Up to 2019 a line had the id of its subscription's item.
#[test]
fn lines_whose_ids_repeat_or_are_missing_are_known_by_their_place() {
    let list = r#"{"has_more":false,"data":[{"id":"sub_1","amount":200},{"id":"sub_1","amount":300},{"amount":500}]}"#;
    let order_of = paid(&format!(r#""lines":{list}"#));
    let expected = [("sub_1", 1, 200), ("line 2", 1, 300), ("line 3", 1, 500)];
    assert_eq!(lines(&order_of), expected);
    let list = list.replace("amount", "amount_total");
    let of_session = order(
        "checkout.session.completed",
        &session(&format!(r#""line_items":{list}"#)),
    );
    assert_eq!(lines(&of_session), expected);
}

/// Included taxes are rounded on each line, or once on the sum.
#[test]
fn what_rounding_leaves_over_is_no_piece() {
    for has_more in [r#""has_more":false,"#, ""] {
        let order = paid(&format!(
            r#""total":3000,"amount_due":3000,"total_taxes":[{{"amount":478}}],"lines":{{{has_more}"data":[{{"id":"a","amount":2000,"taxes":[{{"amount":319,"tax_behavior":"inclusive"}}]}},{{"id":"b","amount":1000,"taxes":[{{"amount":160,"tax_behavior":"inclusive"}}]}}]}}"#
        ));
        assert_eq!(lines(&order).len(), 2);
        assert_eq!(goods(&order), 2522);
    }
}

#[test]
fn pieces_that_a_line_gives_back_are_not_bought_anew() {
    let seats = |old: &str, new: &str| {
        let of =
            |product: &str| format!(r#""pricing":{{"price_details":{{"product":"{product}"}}}}"#);
        paid(&format!(
            r#""total":2500,"amount_due":2500,"lines":{{"has_more":false,"data":[{{"id":"a","amount":-2500,"quantity":5,{}}},{{"id":"b","amount":5000,"quantity":10,{}}}]}}"#,
            of(old),
            of(new)
        ))
    };
    assert_eq!(lines(&seats("prod_seat", "prod_seat")), [("b", 5, 5000)]);
    // Another product is another thing to sell.
    assert_eq!(lines(&seats("prod_seat", "prod_desk")), [("b", 10, 5000)]);
    let order = seats("prod_seat", "prod_seat");
    assert_eq!(goods(&order), 2500);
}

/// 150.00 for 100.00, of which 50.00 pay half of the next invoice.
#[test]
fn money_that_came_in_beyond_an_invoice_counts_when_it_came() {
    let over = paid(
        r#""total":1000,"amount_due":1000,"amount_overpaid":500,"lines":{"has_more":false,"data":[{"id":"il_1","amount":1000,"quantity":3}]}"#,
    );
    assert_eq!(lines(&over), [("il_1", 3, 1500)]);
    let next = paid("\"amount_due\":500");
    assert_eq!(goods(&over) + goods(&next), 2000);
    // With tax, each is worth what it is of the sum.
    let taxed = |due: u32, over: u32| {
        paid(&format!(
            r#""total":1190,"amount_due":{due},"amount_overpaid":{over},"total_taxes":[{{"amount":190}}]"#
        ))
    };
    let (first, second) = (taxed(1190, 310), taxed(880, 0));
    assert_eq!(goods(&first) + goods(&second), 2000);
    assert_eq!(first.tax.minor() + second.tax.minor(), 380);
}

#[test]
fn what_was_too_little_to_be_charged_counts_when_it_is() {
    let carried = paid(
        r#""total":40,"amount_due":0,"lines":{"has_more":false,"data":[{"id":"il_1","amount":40}]}"#,
    );
    let charged = paid(
        r#""total":40,"amount_due":80,"starting_balance":40,"lines":{"has_more":false,"data":[{"id":"il_1","amount":40}]}"#,
    );
    assert_eq!((goods(&carried), goods(&charged)), (0, 80));
    // More than was asked for and carried over is due for neither.
    assert_eq!(goods(&paid(r#""amount_due":5000"#)), 1000);
}

/// A draft may wait for days, and be given the token meanwhile.
#[test]
fn an_invoice_is_placed_when_it_is_finalised() {
    let at = |members: &str| paid(members).placed_at.to_string();
    let later = "2026-01-04T13:00:00.999Z";
    assert_eq!(
        at(r#""status_transitions":{"finalized_at":1767531600}"#),
        later
    );
    assert_eq!(at(r#""finalized_at":1767531600"#), later);
    let created = "2026-01-04T12:00:00.999Z";
    for none in [
        r#""status_transitions":{"finalized_at":null}"#,
        r#""status_transitions":{"finalized_at":1767520000}"#,
        "\"x\":0",
    ] {
        assert_eq!(at(none), created);
    }
}

fn flags(bodies: &[String]) -> Vec<Flag> {
    fold(&facts(bodies)).flags.into_iter().collect()
}

#[test]
fn an_order_says_what_the_stores_call_left_out() {
    let event_of = |members: &str| event("checkout.session.completed", &session(members));
    let invoice_of = |members: &str| event("invoice.paid", &invoice(members));
    let lines = [Flag::LinesLeftOut];
    assert_eq!(flags(&[event_of("\"x\":0")]), lines);
    let listed = r#""line_items":{"has_more":false,"data":[{"id":"a","amount_total":1000}]}"#;
    assert_eq!(flags(&[event_of(listed)]), []);
    assert_eq!(flags(&[event_of("\"amount_total\":0")]), []);
    let beyond_ten = r#""lines":{"has_more":true,"data":[{"id":"a","amount":100}]}"#;
    assert_eq!(flags(&[invoice_of(beyond_ten)]), lines);
    assert_eq!(flags(&[invoice_of("\"x\":0")]), []);
    // The session has no lines, and its invoice has all.
    let both = [event_of("\"invoice\":\"in_1\""), invoice_of("\"x\":0")];
    assert_eq!(flags(&both), []);
}

#[test]
fn a_discount_of_which_only_the_id_is_known_is_flagged_unless_the_session_names_its_code() {
    let by_id = event("invoice.paid", &invoice(r#""discounts":["di_1"]"#));
    assert_eq!(flags(std::slice::from_ref(&by_id)), [Flag::CouponsLeftOut]);
    let with_code = session(r#""invoice":"in_1","discounts":[{"promotion_code":"promo_1"}]"#);
    let with_code = event("checkout.session.completed", &with_code);
    assert_eq!(flags(&[by_id, with_code]), []);
    let renewal =
        r#""discounts":["di_1"],"subscription":"sub_1","billing_reason":"subscription_cycle""#;
    assert_eq!(flags(&[event("invoice.paid", &invoice(renewal))]), []);
}

#[test]
fn a_session_that_gets_an_invoice_without_naming_it_is_to_be_looked_at_until_it_is_named() {
    let gets_one = |members: &str| {
        let members = format!(r#""invoice_creation":{{"enabled":true}},{members}"#);
        event("checkout.session.completed", &session(&members))
    };
    let open = gets_one("\"invoice\":null");
    let found = flags(std::slice::from_ref(&open));
    assert_eq!(found, [Flag::LinesLeftOut, Flag::InvoiceLeftOut]);
    assert!(Flag::InvoiceLeftOut.asks());
    let named = gets_one("\"invoice\":\"in_1\"");
    assert_eq!(flags(&[named]), [Flag::LinesLeftOut]);
    // One payment of both makes them one, and the invoice has all that was missing.
    assert_eq!(
        flags(&[open, event("invoice.paid", &invoice("\"x\":0"))]),
        []
    );
    // A payment that takes its time has its invoice made when it comes.
    let unpaid = gets_one(r#""payment_status":"unpaid","invoice":null"#);
    assert_eq!(flags(&[unpaid]), [Flag::LinesLeftOut]);
}

proptest! {
    /// However many lines, and whatever was paid: the order is worth what was due.
    #[test]
    fn goods_shipping_and_tax_come_to_what_was_due(
        amounts in prop::collection::vec((0..5_000_i64, 0..3_u32), 0..6), off in 0..3_000_i64,
        (shipping, tax) in (0..900_i64, 0..900_i64), (due, over) in (0..20_000_i64, 0..3_000_i64),
        all in any::<bool>(),
    ) {
        let sum: i64 = amounts.iter().map(|(amount, _)| amount).sum();
        let total = (sum - off).max(0) + shipping + tax;
        let written = amounts.iter().enumerate().map(|(place, (amount, quantity))| {
            format!(r#"{{"id":"{place}","amount":{amount},"quantity":{quantity}}}"#)
        });
        let written: Vec<String> = written.collect();
        let order = paid(&format!(
            r#""total":{total},"amount_due":{due},"starting_balance":20000,"amount_overpaid":{over},"amount_shipping":{shipping},"total_taxes":[{{"amount":{tax}}}],"lines":{{"has_more":{},"data":[{}]}}"#,
            !all, written.join(",")
        ));
        let asked = goods(&order) + order.shipping.minor() + order.tax.minor();
        prop_assert_eq!(asked, due + over);
    }
}
