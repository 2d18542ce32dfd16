//! Stripe events, written for these tests, and what a person reading them would write down.

use crate::reading::{assert_reads, write_down};
use proptest::prelude::*;
use waymark_checkout::email::EmailKey;
use waymark_checkout::fact::Payment;
use waymark_checkout::{Fact, FactKind, Flag, Folded, Parsed, fold, stripe};

const LINK: &str = include_str!("../samples/stripe-session-payment-link.json");
const EXPANDED: &str = include_str!("../samples/stripe-session-expanded.json");
const UPGRADE: &str = include_str!("../samples/stripe-invoice-upgrade.json");
const OLD_INVOICE: &str = include_str!("../samples/stripe-invoice-2022.json");

fn read(body: &str) -> Parsed {
    stripe::parse(body.as_bytes()).unwrap_or_else(|refused| panic!("{refused}: {body}"))
}

fn refusal(body: &str) -> String {
    stripe::parse(body.as_bytes()).unwrap_err().to_string()
}

/// An event of 2026-01-04T12:00:`second` about an object with these members.
fn event_at(second: i64, kind: &str, members: &str) -> String {
    let created = 1_767_528_000 + second;
    format!(
        r#"{{"object":"event","type":"{kind}","created":{created},"livemode":true,"data":{{"object":{{{members}}}}}}}"#
    )
}

fn event(kind: &str, members: &str) -> String {
    event_at(0, kind, members)
}

/// A session over 10.00 dollars, with `members` replaced or added.
fn session(members: &str) -> String {
    format!(
        r#""id":"cs_1","mode":"payment","created":1767528000,"currency":"usd","amount_total":1000,"payment_status":"paid","payment_intent":"pi_1",{members}"#
    )
}

/// A paid invoice over 10.00 dollars, with `members` replaced or added.
fn invoice(members: &str) -> String {
    format!(
        r#""id":"in_1","created":1767528000,"currency":"usd","total":1000,"amount_due":1000,"lines":{{"data":[{{"id":"il_1","amount":1000,"quantity":1}}]}},{members}"#
    )
}

fn refund(members: &str) -> String {
    format!(
        r#""id":"re_1","amount":400,"currency":"usd","payment_intent":"pi_1","charge":"ch_1",{members}"#
    )
}

fn dispute(status: &str) -> String {
    format!(
        r#""id":"du_1","amount":1000,"currency":"usd","payment_intent":"pi_1","charge":"ch_1","status":"{status}""#
    )
}

fn facts(bodies: &[String]) -> Vec<Fact> {
    let key = EmailKey::new(*b"k");
    let mut facts = Vec::new();
    for body in bodies {
        match read(body) {
            Parsed::Delivery(delivery) => facts.extend(delivery.seal(&key).facts),
            other => panic!("{other:?}"),
        }
    }
    facts
}

/// The order that all of these events are about, whatever they call it.
fn folded(bodies: &[String]) -> Folded {
    let mut facts = facts(bodies);
    let forth = fold(&facts);
    facts.reverse();
    assert_eq!(fold(&facts), forth, "the sequence matters");
    forth
}

#[test]
fn a_session_is_an_order_of_one_line_with_what_it_says_of_the_shopper() {
    assert_reads(
        &read(LINK),
        // 117.90 less 18.82 of taxes contained and 8.32 of shipping is 90.76, after 12.00 off.
        "cs_live_a1 is also pi_1
         order cs_live_a1 placed 2026-01-04T12:00:00.999Z
         version 2026-01-04T12:00:00.000Z
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
         discount 46.67 shipping 0.00 tax 10.67 USD",
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
        assert_eq!(delivery.tokens.is_empty(), renewal, "{reason}");
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

#[test]
fn a_refund_is_an_amount_of_its_payment_under_every_event_that_tells_it() {
    for kind in ["refund.created", "refund.updated", "charge.refund.updated"] {
        assert_reads(
            &read(&event(kind, &refund("\"status\":\"succeeded\""))),
            "refund re_1 of pi_1
             version 2026-01-04T12:00:00.000Z
             shipping 0.00 tax 0.00 total 4.00 withheld 0.00 USD",
        );
    }
    assert_reads(
        &read(&event("refund.created", &refund("\"payment_intent\":null"))),
        "refund re_1 of ch_1
         version 2026-01-04T12:00:00.000Z
         shipping 0.00 tax 0.00 total 4.00 withheld 0.00 USD",
    );
}

/// 240.00 with 40.00 of tax, of which half is given back, and then the rest; the upgrade's 64.00.
#[test]
fn half_of_a_payment_given_back_is_half_of_the_goods_and_all_of_it_leaves_nothing() {
    let order = event(
        "checkout.session.completed",
        &session(r#""amount_total":24000,"total_details":{"amount_tax":4000}"#),
    );
    let of = |id: &str, amount: u32| {
        let members = format!(r#""id":"{id}","amount":{amount}"#);
        event("refund.created", &refund(&members))
    };
    let left = |bodies: &[String]| {
        let folded = folded(bodies);
        assert!(folded.flags.is_empty(), "{:?}", folded.flags);
        let order = folded.order.unwrap();
        let lines = order.snapshot.lines.iter();
        let goods: i64 = lines.map(|line| line.amount.minor()).sum();
        let lines = order.refunds.iter().flat_map(|refund| &refund.lines);
        goods - order.snapshot.discount.minor() - lines.map(|line| line.amount.minor()).sum::<i64>()
    };
    assert_eq!(left(&[order.clone(), of("re_1", 12_000)]), 10_000);
    assert_eq!(left(&[order, of("re_1", 12_000), of("re_2", 12_000)]), 0);
    let credited = invoice(
        r#""payment_intent":"pi_1","total":24000,"amount_due":12000,"total_tax_amounts":[{"amount":4000}],"lines":{"data":[{"id":"il_1","amount":20000}]}"#,
    );
    let credited = event("invoice.paid", &credited);
    assert_eq!(left(&[credited.clone(), of("re_1", 6_000)]), 5_000);
    assert_eq!(left(&[credited, of("re_1", 12_000)]), 0);
}

#[test]
fn a_refund_that_failed_or_was_called_off_gives_nothing_back() {
    for (kind, status) in [("refund.failed", "failed"), ("refund.updated", "canceled")] {
        let order = event("checkout.session.completed", &session("\"x\":0"));
        let given = event("refund.created", &refund("\"status\":\"pending\""));
        let folded_with = |more: &[String]| {
            let bodies = [&[order.clone(), given.clone()], more].concat();
            folded(&bodies).order.unwrap().refunds.len()
        };
        assert_eq!(folded_with(&[]), 1);
        // Within the very second of the first event, as in test mode: it is the later one.
        let failed = event(kind, &refund(&format!("\"status\":\"{status}\"")));
        assert_reads(
            &read(&failed),
            "refund re_1 of pi_1
             version 2026-01-04T12:00:00.999Z
             failed
             shipping 0.00 tax 0.00 total 4.00 withheld 0.00 USD",
        );
        assert_eq!(folded_with(&[failed]), 0, "{status}");
    }
}

#[test]
fn a_refund_of_no_payment_is_of_no_order() {
    let members = refund(r#""payment_intent":null,"charge":null"#);
    assert_reads(
        &read(&event("refund.created", &members)),
        "ignored: the refund is of no payment that Stripe took",
    );
}

#[test]
fn a_charges_refunds_are_the_same_facts_and_its_sum_is_none() {
    let listed = r#""id":"ch_1","payment_intent":"pi_1","currency":"usd","amount_refunded":400,"refunds":{"data":[{"id":"re_1","amount":400,"currency":"usd","status":"succeeded"}]}"#;
    let of_charge = facts(&[event("charge.refunded", listed)]);
    let of_refund = facts(&[event("refund.created", &refund("\"status\":\"succeeded\""))]);
    assert_eq!(of_charge.get(1..), of_refund.get(..));
    let sum = r#""id":"ch_1","payment_intent":"pi_1","currency":"usd","amount_refunded":400"#;
    assert_reads(
        &read(&event("charge.refunded", sum)),
        "given back of ch_1 of pi_1: 4.00 USD by 2026-01-04T12:00:00.000Z",
    );
    let without = r#""id":"ch_1","currency":"usd","refunds":{"data":[]}"#;
    assert_eq!(
        refusal(&event("charge.refunded", without)),
        "data.object.amount_refunded: missing"
    );
}

/// A call about a refund may be lost, and the charge's own not.
#[test]
fn a_refund_that_was_not_heard_of_is_noticed_by_what_its_charge_says() {
    let order = event("checkout.session.completed", &session("\"x\":0"));
    let sum = |cents: u32| {
        event(
            "charge.refunded",
            &format!(
                r#""id":"ch_1","payment_intent":"pi_1","currency":"usd","amount_refunded":{cents}"#
            ),
        )
    };
    let given = |status: &str| {
        event(
            "refund.created",
            &refund(&format!("\"status\":\"{status}\"")),
        )
    };
    let flags = |more: &[String]| {
        let bodies = [std::slice::from_ref(&order), more].concat();
        let flags = folded(&bodies).flags.into_iter();
        flags.map(|flag| flag.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(flags(&[sum(400), given("succeeded")]), [""; 0]);
    assert_eq!(flags(&[sum(400), given("failed")]), [""; 0]);
    for missing in [vec![sum(400)], vec![sum(800), given("succeeded")]] {
        assert_eq!(
            flags(&missing),
            [
                "the store gave back 4.00 USD more of payment ch_1 than the refunds that were heard \
                 of: look there which one is missing"
            ]
        );
    }
}

#[test]
fn a_dispute_holds_its_order_until_it_is_decided() {
    let order = event("checkout.session.completed", &session("\"x\":0"));
    let flags_at = |later: &[(&str, &str)]| {
        let told = later
            .iter()
            .map(|(kind, status)| event(kind, &dispute(status)));
        let mut bodies: Vec<String> = told.collect();
        bodies.push(order.clone());
        folded(&bodies).flags
    };
    let open = Flag::DisputeOpen {
        dispute: "du_1".to_owned(),
    };
    let lost = Flag::DisputeLost {
        dispute: "du_1".to_owned(),
    };
    let created = ("charge.dispute.created", "needs_response");
    for status in [
        "needs_response",
        "under_review",
        "warning_needs_response",
        "warning_under_review",
        "a_status_of_the_future",
    ] {
        let flags = flags_at(&[created, ("charge.dispute.updated", status)]);
        assert_eq!(flags, [open.clone()].into(), "{status}");
    }
    for status in ["won", "warning_closed", "prevented"] {
        let flags = flags_at(&[created, ("charge.dispute.closed", status)]);
        assert_eq!(flags, [].into(), "{status}");
    }
    let flags = flags_at(&[
        created,
        ("charge.dispute.funds_withdrawn", "needs_response"),
        ("charge.dispute.closed", "lost"),
    ]);
    assert_eq!(flags, [lost].into());
}

#[test]
fn a_dispute_is_about_a_payment() {
    assert_reads(
        &read(&event("charge.dispute.funds_reinstated", &dispute("won"))),
        "dispute du_1 won 10.00 USD at 2026-01-04T12:00:00.999Z",
    );
    assert_eq!(
        refusal(&event(
            "charge.dispute.created",
            r#""id":"du_1","amount":1,"currency":"usd","status":"lost""#
        )),
        "data.object.charge: missing"
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

#[test]
fn events_without_bearing_are_ignored_with_their_reason() {
    for (kind, reason) in [
        (
            "checkout.session.expired",
            "the shopper left the checkout without paying",
        ),
        ("invoice.created", "an invoice counts once it is paid"),
        (
            "invoice.payment_failed",
            "an invoice counts once it is paid",
        ),
        ("invoice.voided", "an invoice counts once it is paid"),
        (
            "invoice.marked_uncollectible",
            "an invoice counts once it is paid",
        ),
        (
            "payment_intent.succeeded",
            "a payment says neither what was bought nor for whom; its Checkout session or its invoice does",
        ),
        (
            "charge.succeeded",
            "a payment says neither what was bought nor for whom; its Checkout session or its invoice does",
        ),
        (
            "customer.created",
            "this event has no bearing on attribution",
        ),
        (
            "an.event.of.the.future",
            "this event has no bearing on attribution",
        ),
    ] {
        assert_reads(&read(&event(kind, "")), &format!("ignored: {reason}"));
    }
}

#[test]
fn a_thin_event_is_refused_with_the_remedy() {
    assert_eq!(
        refusal(
            r#"{"object":"v2.core.event","type":"v1.invoice.paid","created":"2026-11-01T00:00:00Z"}"#
        ),
        "object: a thin event has no data; choose the payload style Snapshot for this endpoint"
    );
}

#[test]
fn a_token_that_came_by_two_ways_is_one() {
    let members = r#""client_reference_id":"w1_t","metadata":{"waymark":"w1_t","_waymark":"w1_u"}"#;
    let body = event("checkout.session.completed", &session(members));
    let Parsed::Delivery(delivery) = read(&body) else {
        panic!("{body}")
    };
    assert_eq!(delivery.tokens, ["w1_t", "w1_u"]);
}

#[test]
fn nothing_about_a_token_makes_an_event_unusable() {
    let huge = format!("{{\"waymark\":\"{}\"}}", "A".repeat(2_000));
    for metadata in ["7", "[]", "{\"waymark\":{}}", huge.as_str()] {
        let members = format!("\"client_reference_id\":[],\"metadata\":{metadata}");
        let body = event("checkout.session.completed", &session(&members));
        let Parsed::Delivery(delivery) = read(&body) else {
            panic!("{body}")
        };
        assert_eq!(delivery.tokens, [""; 0]);
    }
}

#[test]
fn what_cannot_be_booked_is_refused_by_the_name_of_its_field() {
    for (kind, members, message) in [
        (
            "checkout.session.completed",
            session("\"currency\":null"),
            "data.object.currency: missing",
        ),
        (
            "checkout.session.completed",
            session("\"currency\":\"usdt\""),
            "data.object.currency: not an ISO 4217 currency code such as USD",
        ),
        (
            "checkout.session.completed",
            session("\"amount_total\":10.0"),
            "data.object.amount_total: must be a whole number of at most 64 bits",
        ),
        (
            "checkout.session.completed",
            session("\"amount_total\":\"1000\""),
            "data.object.amount_total: must be a whole number of at most 64 bits",
        ),
        (
            "checkout.session.completed",
            session("\"amount_total\":1e3"),
            "data.object.amount_total: must be a whole number of at most 64 bits",
        ),
        (
            "checkout.session.completed",
            session("\"amount_total\":1000000000000001"),
            "data.object.amount_total: more than 10^15 minor units",
        ),
        (
            "checkout.session.completed",
            session("\"amount_total\":-1"),
            "data.object.amount_total: must not be negative",
        ),
        (
            "checkout.session.completed",
            session("\"total_details\":{\"amount_tax\":1001}"),
            "data.object.amount_total: less than its tax and shipping",
        ),
        (
            "checkout.session.completed",
            session("\"shipping_cost\":{\"amount_total\":1,\"amount_tax\":2}"),
            "data.object.shipping_cost: its tax exceeds it",
        ),
        (
            "checkout.session.completed",
            session("\"payment_status\":\"maybe\""),
            "data.object.payment_status: must be \"paid\", \"unpaid\" or \"no_payment_required\"",
        ),
        (
            "checkout.session.completed",
            session("\"created\":\"2026-01-04T12:00:00Z\""),
            "data.object.created: must be a whole number of at most 64 bits",
        ),
        (
            "invoice.paid",
            invoice(
                "\"lines\":{\"data\":[{\"id\":\"il_1\",\"amount\":1},{\"id\":\"il_1\",\"amount\":1}]}",
            ),
            "data.object.lines.data[1].id: the same as an earlier line's",
        ),
        (
            "invoice.paid",
            invoice("\"customer_email\":{\"a\":\"jon@example.com\"}"),
            "data.object.customer_email: must be a string",
        ),
        (
            "refund.created",
            refund("\"amount\":null"),
            "data.object.amount: missing",
        ),
    ] {
        assert_eq!(refusal(&event(kind, &members)), message);
    }
    for (body, message) in [
        ("{}", "type: missing"),
        (
            r#"{"type":"invoice.paid","created":1,"data":{}}"#,
            "livemode: missing",
        ),
        (
            r#"{"type":"invoice.paid","created":1,"livemode":true}"#,
            "data: missing",
        ),
    ] {
        assert_eq!(refusal(body), message);
    }
}

proptest! {
    #[test]
    fn a_damaged_event_is_read_or_refused_and_never_a_panic(
        sample in prop::sample::select(vec![LINK, EXPANDED, UPGRADE, OLD_INVOICE]),
        cut in prop::option::of(any::<prop::sample::Index>()),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let mut body = sample.as_bytes().to_vec();
        for (place, byte) in damage {
            let place = place.index(body.len());
            body[place] = byte;
        }
        if let Some(cut) = cut {
            body.truncate(cut.index(body.len()));
        }
        if let Err(refused) = stripe::parse(&body) {
            prop_assert!(!refused.to_string().contains("xample.com"), "{}", refused);
        }
    }

    /// Any number, in any member, of any event that is read.
    #[test]
    fn no_number_makes_reading_overflow(
        kind in prop::sample::select(vec![
            "checkout.session.completed", "invoice.paid", "refund.created", "charge.dispute.closed",
        ]),
        currency in prop::sample::select(vec!["usd", "mga", "isk"]),
        numbers in prop::collection::vec(prop_oneof![any::<i64>(), -2000..2000_i64], 9),
    ) {
        let [created, total, tax, discount, shipping, line, off, due, quantity] = numbers[..] else {
            unreachable!("nine numbers")
        };
        let members = format!(
            r#""id":"x","created":{created},"currency":"{currency}","payment_status":"paid","status":"lost","payment_intent":"pi_1","amount":{total},"amount_total":{total},"total":{total},"amount_due":{due},"total_details":{{"amount_tax":{tax},"amount_discount":{discount}}},"total_taxes":[{{"amount":{tax}}}],"amount_shipping":{shipping},"lines":{{"data":[{{"id":"a","amount":{line},"quantity":{quantity},"discount_amounts":[{{"amount":{off}}}],"taxes":[{{"amount":{tax},"tax_behavior":"inclusive"}}]}}]}}"#
        );
        if let Ok(Parsed::Delivery(delivery)) = stripe::parse(event(kind, &members).as_bytes()) {
            for fact in delivery.seal(&EmailKey::new(*b"k")).facts {
                if let FactKind::Snapshot(order) = fact.kind {
                    let sum: i64 = order.lines.iter().map(|line| line.amount.minor()).sum();
                    prop_assert!(order.lines.iter().all(|line| line.amount.minor() >= 0));
                    prop_assert!((0..=sum).contains(&order.discount.minor()));
                }
            }
        }
    }

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
