//! Stripe events, written for these tests, and what a person reading them would write down.

use crate::reading::{assert_reads, write_down};
use crate::stripe_events::{
    EXPANDED, LINK, OLD_INVOICE, UPGRADE, event, event_at, folded, invoice, read, session,
};
use proptest::prelude::*;
use waymark_facts::fact::Payment;
use waymark_stores::Parsed;

#[test]
fn a_session_is_an_order_of_one_line_with_what_it_says_of_the_shopper() {
    assert_reads(
        &read(LINK),
        // 117.90 less 18.82 of taxes contained and 8.32 of shipping is 90.76, after 12.00 off.
        "cs_live_a1 is also pi_1
         order cs_live_a1 placed 2026-01-04T12:00:00.999Z
         version 2026-01-04T12:00:00.000Z
         typed
         left out {lines}
         email ada@example.com
         line total: 1 - 102.76
         discount 12.00 shipping 8.32 tax 18.82 EUR
         coupon promo_ADA10
         token w1_token-of-the-link
         token w1_token-of-the-page",
    );
}

#[test]
fn a_session_with_its_lines_names_products_and_sums_up_those_it_leaves_out() {
    assert_reads(
        &read(EXPANDED),
        "in_b1 is also cs_test_b1
         in_b1 is also pi_b1
         order in_b1 placed 2026-01-04T12:00:00.999Z
         version 2026-01-04T12:00:00.999Z
         test
         typed
         left out {lines}
         email ada@example.com
         customer cus_1
         line li_1: 3 prod_mug 25.00
         line li_2: 1 prod_tee 20.00
         line rest: 1 - 10.00
         discount 0.00 shipping 6.00 tax 5.00 USD
         coupon ADA
         coupon TENOFF
         coupon promo_2
         token w1_token-of-the-payment",
    );
}

#[test]
fn an_upgrade_counts_with_what_was_due_of_it_and_renews() {
    assert_reads(
        &read(UPGRADE),
        // 80.00 after the old plan's 20.00, and 16.00 of tax; a third of it was paid with credit:
        // 53.33 and 10.67 are left.
        "order in_c1 placed 2026-01-04T12:06:30.999Z
         version 2026-01-04T12:06:40.999Z
         renews sub_1
         email ada@example.com
         customer cus_1
         line il_2: 5 prod_large 100.00
         discount 46.67 shipping 0.00 tax 10.67 USD
         token w1_of-the-invoice
         token w1_of-the-first-order",
    );
}

#[test]
fn an_invoice_of_an_older_version_reads_alike_with_contained_taxes_taken_off_its_lines() {
    assert_reads(
        &read(OLD_INVOICE),
        "in_d1 is also ch_d1
         in_d1 is also pi_d1
         order in_d1 placed 2026-01-04T12:06:30.999Z
         version 2026-01-04T12:06:40.999Z
         left out {lines}
         begins sub_2
         email buyer@example.com
         customer cus_2
         coupons 10OFF | promo_10
         line il_3: 2 prod_seat 45.00
         line il_4: 1 prod_calls 0.00
         line rest: 1 - 45.00
         discount 0.00 shipping 6.00 tax 18.00 GBP
         token w1_of-the-subscription",
    );
}

/// Stripe cuts its times to seconds: the session that a payment link opens at once has the second
/// of the click, and must not seem to have been there before.
#[test]
fn a_session_of_the_clicks_own_second_was_placed_after_the_click() {
    let order = folded(&[event("checkout.session.completed", &session("\"x\":0"))]).order;
    let click_ms = 1_767_528_000_900;
    assert!(order.unwrap().snapshot.placed_at.as_millis() > click_ms);
}

#[test]
fn whether_a_session_is_paid_is_told_by_its_status_and_by_what_comes_later() {
    let at_end = |bodies: &[String]| {
        let order = folded(bodies).order.unwrap();
        (order.snapshot.payment, order.document().cancelled)
    };
    let unpaid = session(r#""payment_status":"unpaid""#);
    let completed = event("checkout.session.completed", &unpaid);
    let free = session(r#""payment_status":"no_payment_required""#);
    assert_eq!(
        at_end(&[event("checkout.session.completed", &free)]),
        (Payment::Received, false)
    );
    assert_eq!(
        at_end(std::slice::from_ref(&completed)),
        (Payment::Awaited, false)
    );
    let paid = event_at(
        300_000,
        "checkout.session.async_payment_succeeded",
        &session("\"x\":0"),
    );
    assert_eq!(
        at_end(&[completed.clone(), paid]),
        (Payment::Received, false)
    );
    let failed = event_at(300_000, "checkout.session.async_payment_failed", &unpaid);
    assert_eq!(at_end(&[completed, failed]), (Payment::Failed, true));
}

/// The session knows code and shopper, the invoice knows the lines. Which of the two is heard first
/// is chance.
#[test]
fn a_session_and_its_invoice_are_one_order_with_the_codes_of_one_and_the_lines_of_the_other() {
    let session = session(
        r#""mode":"subscription","subscription":"sub_1","invoice":"in_1","payment_intent":null,"discounts":[{"coupon":null,"promotion_code":"promo_1"}]"#,
    );
    let invoice = invoice(r#""billing_reason":"subscription_create","subscription":"sub_1""#);
    let bodies = [
        event("checkout.session.completed", &session),
        event("invoice.paid", &invoice),
    ];
    let order = folded(&bodies).order.unwrap().snapshot;
    assert_eq!(order.id, "in_1");
    assert_eq!(order.lines[0].id, "il_1");
    assert_eq!(order.coupons, ["promo_1"]);
    assert!(!order.subscription.unwrap().renewal);
    let text = write_down(&read(&bodies[0]));
    assert!(text.starts_with("in_1 is also cs_1\n"), "{text}");
}

/// A click while the shopper is at the checkout comes before the invoice, and not before the session.
#[test]
fn an_order_was_placed_when_its_session_was_opened_however_late_its_invoice() {
    let session = event(
        "checkout.session.completed",
        &session(r#""mode":"subscription","subscription":"sub_1","invoice":"in_1""#),
    );
    let invoice = event_at(1_201, "invoice.paid", &invoice("\"created\":1767529200"));
    for bodies in [
        [session.clone(), invoice.clone()],
        [invoice.clone(), session.clone()],
    ] {
        let order = folded(&bodies).order.unwrap().snapshot;
        assert_eq!(order.placed_at.to_string(), "2026-01-04T12:00:00.999Z");
        assert_eq!(order.lines[0].id, "il_1");
    }
    let alone = folded(&[invoice]).order.unwrap().snapshot;
    assert_eq!(alone.placed_at.to_string(), "2026-01-04T12:20:00.999Z");
}

/// The invoice of a payment that takes its time is made when it arrives.
#[test]
fn a_session_that_gets_its_invoice_later_stays_known_by_its_own_id() {
    let unpaid = session(r#""payment_status":"unpaid","invoice":null"#);
    let completed = write_down(&read(&event("checkout.session.completed", &unpaid)));
    assert!(completed.contains("\norder cs_1 placed"), "{completed}");
    let paid = event_at(
        300_000,
        "checkout.session.async_payment_succeeded",
        &session("\"invoice\":{\"id\":\"in_1\"}"),
    );
    let text = write_down(&read(&paid));
    assert!(
        text.starts_with("in_1 is also cs_1\nin_1 is also pi_1\norder in_1 placed"),
        "{text}"
    );
}

#[test]
fn a_session_that_took_no_money_is_no_order() {
    let setup = event("checkout.session.completed", &session("\"mode\":\"setup\""));
    assert_reads(
        &read(&setup),
        "ignored: the session took no money: it only kept a way to pay",
    );
}

#[test]
fn an_invoice_that_only_gives_credit_is_no_order() {
    let credit = event("invoice.paid", &invoice("\"total\":-1000,\"amount_due\":0"));
    assert_reads(
        &read(&credit),
        "ignored: the invoice gives credit, which comes off the customer's next invoices",
    );
}

#[test]
fn an_invoice_paid_with_credit_alone_is_worth_nothing() {
    let invoice = invoice("\"amount_due\":0");
    let order = folded(&[event("invoice.paid", &invoice)]).order.unwrap();
    assert_eq!(order.snapshot.lines[0].amount, order.snapshot.discount);
}

#[test]
fn of_invoices_only_those_that_create_a_subscription_begin_it() {
    for (reason, renewal) in [
        ("subscription_create", false),
        ("quote_accept", false),
        ("subscription_cycle", true),
        ("subscription_update", true),
        ("subscription_threshold", true),
        ("manual", true),
    ] {
        let members = format!(
            r#""billing_reason":"{reason}","parent":{{"subscription_details":{{"subscription":{{"id":"sub_1"}},"metadata":{{"_waymark":"w1_t"}}}}}}"#
        );
        let body = event("invoice.paid", &invoice(&members));
        let Parsed::Delivery(delivery) = read(&body) else {
            panic!("{reason}")
        };
        // That of a renewal, too: its first order may not have been heard of.
        assert_eq!(delivery.tokens, ["w1_t"], "{reason}");
        let order = folded(&[body]).order.unwrap().snapshot;
        let subscription = order.subscription.unwrap();
        assert_eq!(
            (subscription.id.as_str(), subscription.renewal),
            ("sub_1", renewal)
        );
    }
    let single = folded(&[event(
        "invoice.paid",
        &invoice("\"billing_reason\":\"manual\""),
    )]);
    assert_eq!(single.order.unwrap().snapshot.subscription, None);
}

#[test]
fn an_invoices_payment_is_another_name_of_its_order() {
    assert_reads(
        &read(&event(
            "invoice_payment.paid",
            r#""invoice":"in_1","payment":{"type":"payment_intent","payment_intent":"pi_1"}"#,
        )),
        "in_1 is also pi_1",
    );
    // Where the invoice was asked for with its payments it says so itself.
    let invoice = invoice(
        r#""payments":{"data":[{"payment":{"type":"charge","charge":"ch_1"}},{"payment":{"type":"payment_intent","payment_intent":{"id":"pi_2"}}}]}"#,
    );
    let text = write_down(&read(&event("invoice.paid", &invoice)));
    assert!(
        text.starts_with("in_1 is also ch_1\nin_1 is also pi_2\n"),
        "{text}"
    );
    assert_reads(
        &read(&event(
            "invoice_payment.paid",
            r#""invoice":"in_1","payment":{"type":"payment_record","payment_record":"pr_1"}"#,
        )),
        "ignored: the invoice was paid outside of Stripe, so nothing else will name the payment",
    );
}

/// docs.stripe.com/currencies: whole ones for some, thousandths for others, and three that ISO 4217
/// has otherwise.
#[test]
fn amounts_are_in_the_units_that_stripe_has_for_each_currency() {
    for (code, written, amount) in [
        ("usd", 1234, "12.34"),
        ("huf", 1200, "12.00"),
        ("twd", 80_045, "800.45"),
        ("bif", 500, "500"),
        ("clp", 500, "500"),
        ("djf", 500, "500"),
        ("gnf", 500, "500"),
        ("jpy", 500, "500"),
        ("kmf", 500, "500"),
        ("krw", 500, "500"),
        ("pyg", 500, "500"),
        ("rwf", 500, "500"),
        ("vnd", 500, "500"),
        ("vuv", 500, "500"),
        ("xaf", 500, "500"),
        ("xof", 500, "500"),
        ("xpf", 500, "500"),
        ("bhd", 5120, "5.120"),
        ("jod", 5120, "5.120"),
        ("kwd", 5120, "5.120"),
        ("omr", 5120, "5.120"),
        ("tnd", 5120, "5.120"),
        // Whole ones, where ISO has hundredths.
        ("mga", 500, "500.00"),
        // Hundredths, where ISO has none; fractions of them cannot be charged.
        ("isk", 500, "5"),
        ("ugx", 500, "5"),
        ("isk", 549, "5"),
        ("isk", 550, "6"),
    ] {
        let members = format!("\"currency\":\"{code}\",\"amount_total\":{written}");
        let body = event("checkout.session.completed", &session(&members));
        let order = folded(&[body]).order.unwrap();
        let line = &order.document().lines[0];
        assert_eq!(line.amount.as_deref(), Some(amount), "{code}");
    }
}

#[test]
fn parts_that_are_rounded_come_to_the_whole_all_the_same() {
    // Tax and shipping of a half each: 10 = 8 + 1 + 1.
    let members = r#""currency":"isk","amount_total":1000,"total_details":{"amount_tax":50,"amount_shipping":50,"amount_discount":0}"#;
    let body = event("checkout.session.completed", &session(members));
    assert_reads(
        &read(&body),
        "cs_1 is also pi_1
         order cs_1 placed 2026-01-04T12:00:00.999Z
         version 2026-01-04T12:00:00.000Z
         left out {lines}
         line total: 1 - 8
         discount 0 shipping 1 tax 1 ISK",
    );
}

/// Metered usage counts calls and bytes.
#[test]
fn a_quantity_beyond_what_a_case_holds_counts_as_the_most_it_holds() {
    for (quantity, pieces) in [("50000000000", 1_000_000), ("0", 1), ("null", 1), ("7", 7)] {
        let members =
            format!(r#""lines":{{"data":[{{"id":"il_1","amount":1000,"quantity":{quantity}}}]}}"#);
        let order = folded(&[event("invoice.paid", &invoice(&members))]).order;
        assert_eq!(order.unwrap().snapshot.lines[0].quantity, pieces);
    }
}

proptest! {
    #[test]
    fn lines_less_discount_with_shipping_and_tax_are_what_was_asked_for(
        goods in prop::collection::vec((-3000..9000_i64, 0..1000_i64, 0..500_i64), 0..4),
        shipping in 0..900_i64, missing in 0..2_i64,
    ) {
        // Each line after its discounts, with a tax that is contained in it or comes on top.
        let lines: Vec<(i64, i64, i64)> = goods;
        let total: i64 = lines.iter().map(|(amount, off, _)| amount - off).sum::<i64>() + shipping + missing * 700;
        let tax: i64 = lines.iter().map(|(_, _, tax)| tax).sum();
        prop_assume!(total - tax - shipping >= 0);
        let written: Vec<String> = lines.iter().enumerate().map(|(place, (amount, off, tax))| format!(
            r#"{{"id":"{place}","amount":{amount},"discount_amounts":[{{"amount":{off}}}],"tax_amounts":[{{"amount":{tax},"inclusive":true}}]}}"#
        )).collect();
        let members = format!(
            r#""total":{total},"amount_due":{total},"amount_shipping":{shipping},"total_tax_amounts":[{{"amount":{tax}}}],"lines":{{"data":[{}]}}"#,
            written.join(",")
        );
        let order = folded(&[event("invoice.paid", &invoice(&members))]).order.unwrap().snapshot;
        let sum: i64 = order.lines.iter().map(|line| line.amount.minor()).sum();
        let asked = sum - order.discount.minor() + order.shipping.minor() + order.tax.minor();
        prop_assert_eq!(asked, total);
    }
}
