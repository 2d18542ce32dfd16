//! What Stripe says of payments, and of money that goes back outside of them.

use crate::reading::assert_reads;
use crate::stripe_events::{event, event_at, facts, folded, invoice, read, refund, session};
use waymark_facts::fact::Payment;
use waymark_facts::{Fact, Flag, Folded, fold};

/// What is left of an order's goods, in cents.
fn left(folded: &Folded) -> i64 {
    let order = folded.order.as_ref().unwrap();
    if order.cancelled_at.is_some() {
        return 0;
    }
    let goods = order.snapshot.lines.iter().map(|line| line.amount.minor());
    let refunds = order.refunds.iter().flat_map(|refund| &refund.lines);
    let back: i64 = refunds.map(|line| line.amount.minor()).sum();
    goods.sum::<i64>() - order.snapshot.discount.minor() - back
}

/// Folds what these events say in every sequence of them, and asserts that it is one.
fn in_any_sequence(bodies: &[String]) -> Folded {
    let told: Vec<Vec<Fact>> = bodies
        .iter()
        .map(|body| facts(std::slice::from_ref(body)))
        .collect();
    let first = fold(told.iter().flatten());
    let mut places: Vec<usize> = (0..told.len()).collect();
    // Heap's way of going through all permutations.
    let mut counters = vec![0; told.len()];
    let mut at = 0;
    while at < told.len() {
        if counters[at] < at {
            places.swap(if at % 2 == 0 { 0 } else { counters[at] }, at);
            let again = fold(places.iter().flat_map(|place| &told[*place]));
            assert_eq!(again, first, "the sequence {places:?} matters");
            counters[at] += 1;
            at = 0;
        } else {
            counters[at] = 0;
            at += 1;
        }
    }
    let mut first = first;
    first.flags.remove(&Flag::LinesLeftOut);
    first
}

fn paid() -> String {
    event("checkout.session.completed", &session("\"x\":0"))
}

fn unpaid() -> String {
    let unpaid = session(r#""payment_status":"unpaid""#);
    event("checkout.session.completed", &unpaid)
}

fn charge_at(second: i64, kind: &str, members: &str) -> String {
    event_at(
        second,
        kind,
        &format!(
            r#""id":"ch_1","payment_intent":"pi_1","currency":"usd","amount":1000,"amount_captured":1000,"amount_refunded":0,{members}"#
        ),
    )
}

fn refunded_at(second: i64, cents: u32) -> String {
    let members = format!(r#""amount_refunded":{cents}"#);
    charge_at(second, "charge.refunded", &members)
}

fn refund_at(second: i64, kind: &str, id: &str, cents: u32, status: &str) -> String {
    let members = format!(r#""id":"{id}","amount":{cents},"status":"{status}""#);
    event_at(second, kind, &refund(&members))
}

/// An endpoint in an API version from 2022-11-15 to 2024-09-30 hears of refunds by their charge alone.
#[test]
fn what_a_charge_says_was_refunded_is_refunded_until_the_refunds_themselves_are_heard_of() {
    assert_eq!(left(&in_any_sequence(&[paid(), refunded_at(10, 1000)])), 0);
    let parts = [paid(), refunded_at(10, 250), refunded_at(20, 400)];
    assert_eq!(left(&in_any_sequence(&parts)), 600);
    // One of two refunds was lost, or comes later: once.
    let first = refund_at(10, "refund.created", "re_1", 250, "succeeded");
    let second = refund_at(20, "refund.created", "re_2", 150, "succeeded");
    let heard = [paid(), first.clone(), refunded_at(20, 400)];
    let folded = in_any_sequence(&heard);
    assert_eq!(left(&folded), 600);
    assert_eq!(folded.flags.len(), 1);
    assert!(folded.flags.iter().all(Flag::asks));
    let all = [
        paid(),
        first,
        second,
        refunded_at(10, 250),
        refunded_at(20, 400),
    ];
    let folded = in_any_sequence(&all);
    assert_eq!((left(&folded), folded.flags.len()), (600, 0));
}

#[test]
fn a_refund_that_failed_before_the_charge_told_its_sum_is_not_in_that_sum() {
    let failed = refund_at(20, "refund.failed", "re_1", 400, "failed");
    // The sum is from before it failed.
    let before = [paid(), refunded_at(10, 400), failed.clone()];
    assert_eq!(left(&in_any_sequence(&before)), 1000);
    // Another refund was made since, and was not heard of.
    let after = [paid(), failed, refunded_at(30, 400)];
    assert_eq!(left(&in_any_sequence(&after)), 600);
}

#[test]
fn a_dispute_and_a_sum_of_refunds_both_count() {
    let lost = event_at(
        40,
        "charge.dispute.closed",
        r#""id":"du_1","amount":600,"currency":"usd","payment_intent":"pi_1","charge":"ch_1","status":"lost""#,
    );
    let bodies = [paid(), refunded_at(10, 400), lost];
    assert_eq!(left(&in_any_sequence(&bodies)), 0);
}

fn succeeded(members: &str) -> String {
    event_at(
        3_600,
        "payment_intent.succeeded",
        &format!(
            r#""id":"pi_1","currency":"usd","amount":1000,"amount_received":1000,"latest_charge":"ch_1",{members}"#
        ),
    )
}

/// With manual capture no event of the session follows.
#[test]
fn a_session_that_was_not_paid_is_paid_once_its_payment_is() {
    for received in [
        vec![succeeded("\"x\":0")],
        vec![charge_at(3_600, "charge.captured", "\"captured\":true")],
        vec![
            succeeded("\"x\":0"),
            charge_at(3_600, "charge.captured", "\"captured\":true"),
        ],
    ] {
        let folded = in_any_sequence(&[&[unpaid()], received.as_slice()].concat());
        let order = folded.order.as_ref().unwrap();
        assert_eq!(order.snapshot.payment, Payment::Received);
        assert_eq!((left(&folded), folded.flags.len()), (1000, 0));
    }
    let waiting = in_any_sequence(&[unpaid()]).order.unwrap();
    assert_eq!(waiting.snapshot.payment, Payment::Awaited);
}

#[test]
fn what_was_not_captured_of_a_payment_counts_as_refunded_once() {
    let in_part = [
        unpaid(),
        succeeded(r#""amount_received":700"#),
        charge_at(3_600, "charge.captured", r#""amount_captured":700"#),
    ];
    let folded = in_any_sequence(&in_part);
    assert_eq!((left(&folded), folded.flags.len()), (700, 0));
    // Stripe makes a refund of what it releases, and counts it with those that follow.
    let released = charge_at(
        3_600,
        "charge.refunded",
        r#""amount_captured":700,"amount_refunded":300,"refunds":{"data":[{"id":"re_0","amount":300,"currency":"usd","status":"succeeded"}]}"#,
    );
    let more = charge_at(
        7_200,
        "charge.refunded",
        r#""amount_captured":700,"amount_refunded":500"#,
    );
    let folded = in_any_sequence(&[
        unpaid(),
        succeeded(r#""amount_received":700"#),
        released,
        more,
    ]);
    assert_eq!(left(&folded), 500);
    // Where it does not count it, a sum below what was released says so.
    let apart = charge_at(
        7_200,
        "charge.refunded",
        r#""amount_captured":700,"amount_refunded":200"#,
    );
    let folded = in_any_sequence(&[unpaid(), succeeded(r#""amount_received":700"#), apart]);
    assert_eq!(left(&folded), 500);
}

#[test]
fn a_payment_that_is_given_up_gives_up_an_order_that_waits_for_it_and_no_other() {
    let cancelled = event_at(
        604_800,
        "payment_intent.canceled",
        r#""id":"pi_1","currency":"usd","amount":1000,"amount_received":0"#,
    );
    let folded = in_any_sequence(&[unpaid(), cancelled.clone()]);
    assert_eq!(
        folded.order.as_ref().unwrap().snapshot.payment,
        Payment::Failed
    );
    assert!(folded.order.unwrap().cancelled_at.is_some());
    assert_eq!(left(&in_any_sequence(&[paid(), cancelled.clone()])), 1000);
    // What was let go is no refund to look for.
    let let_go = charge_at(
        604_800,
        "charge.refunded",
        r#""captured":false,"amount_captured":0,"amount_refunded":1000"#,
    );
    let folded = in_any_sequence(&[unpaid(), cancelled, let_go]);
    assert_eq!((left(&folded), folded.flags.len()), (0, 0));
}

#[test]
fn a_payments_metadata_may_have_the_token() {
    assert_reads(
        &read(&succeeded(r#""metadata":{"waymark":"w1_t"}"#)),
        "payment pi_1 received at 2026-01-04T13:00:00.000Z
         token w1_t",
    );
}

fn part(second: i64, invoice: &str, cents: u32) -> String {
    event_at(
        second,
        "invoice_payment.paid",
        &format!(
            r#""id":"inpay_{invoice}","invoice":"{invoice}","currency":"usd","amount_paid":{cents},"payment":{{"type":"payment_intent","payment_intent":"pi_1"}}"#
        ),
    )
}

fn invoice_of(id: &str, cents: u32) -> String {
    let members = format!(
        r#""id":"{id}","total":{cents},"amount_due":{cents},"lines":{{"data":[{{"id":"il_1","amount":{cents}}}]}}"#
    );
    event("invoice.paid", &invoice(&members))
}

/// Each of the two is known by the payment, and each hears of it; see `are_two`.
#[test]
fn of_a_payment_that_paid_two_invoices_each_gives_back_its_part() {
    let parts = [part(5, "in_1", 500), part(5, "in_2", 700)];
    let half = refund_at(10, "refund.created", "re_1", 600, "succeeded");
    let of = |id: &str, cents: u32, back: &[String]| {
        let order = [invoice_of(id, cents)];
        left(&in_any_sequence(&[&order, parts.as_slice(), back].concat()))
    };
    assert_eq!(of("in_1", 500, std::slice::from_ref(&half)), 250);
    assert_eq!(of("in_2", 700, &[half]), 350);
    let sum = charge_at(
        10,
        "charge.refunded",
        r#""amount":1200,"amount_captured":1200,"amount_refunded":1200"#,
    );
    assert_eq!(of("in_1", 500, std::slice::from_ref(&sum)), 0);
    assert_eq!(of("in_2", 700, &[sum]), 0);
    let lost = event(
        "charge.dispute.closed",
        r#""id":"du_1","amount":120,"currency":"usd","payment_intent":"pi_1","status":"lost""#,
    );
    assert_eq!(of("in_1", 500, std::slice::from_ref(&lost)), 450);
    assert_eq!(of("in_2", 700, &[lost]), 630);
}

#[test]
fn a_payment_that_was_taken_off_an_invoice_gives_nothing_of_it_back() {
    let detached = event_at(
        20,
        "invoice_payment.detached",
        r#""id":"inpay_in_1","invoice":"in_1","currency":"usd","amount_paid":500,"payment":{"type":"payment_intent","payment_intent":"pi_1"}"#,
    );
    let told = [
        part(5, "in_1", 500),
        detached,
        part(30, "in_2", 500),
        refund_at(40, "refund.created", "re_1", 500, "succeeded"),
    ];
    let of = |id: &str| {
        let order = [invoice_of(id, 500)];
        left(&in_any_sequence(&[&order, told.as_slice()].concat()))
    };
    assert_eq!((of("in_1"), of("in_2")), (500, 0));
}

#[test]
fn two_invoices_are_never_one_order_and_a_session_and_an_invoice_may_be() {
    use waymark_stores::stripe::are_two;
    assert!(are_two("in_1", "in_2"));
    assert!(!are_two("in_1", "in_1"));
    assert!(!are_two("in_1", "cs_live_1") && !are_two("cs_live_1", "in_1"));
    assert!(!are_two("pi_1", "in_1"));
}

fn note(kind: &str, members: &str) -> String {
    let second = if kind == "created" { 60 } else { 90 };
    event_at(
        second,
        &format!("credit_note.{kind}"),
        &format!(
            r#""id":"cn_1","invoice":"in_1","currency":"usd","amount":1000,"type":"post_payment","status":"issued",{members}"#
        ),
    )
}

/// What a customer paid by bank transfer can be given back in no other way.
#[test]
fn what_is_credited_outside_of_stripe_is_refunded_unless_the_note_is_void() {
    let order = event("invoice.paid", &invoice("\"x\":0"));
    let all = note("created", r#""out_of_band_amount":1000"#);
    assert_eq!(left(&in_any_sequence(&[order.clone(), all])), 0);
    let some = note("created", r#""out_of_band_amount":400"#);
    assert_eq!(left(&in_any_sequence(&[order.clone(), some.clone()])), 600);
    let void = note("voided", r#""out_of_band_amount":400,"status":"void""#);
    assert_eq!(
        left(&in_any_sequence(&[order.clone(), some.clone(), void])),
        1000
    );
    // Of one note a part went back by Stripe, whose charge says so too: each part once.
    let by_stripe = refund_at(60, "refund.created", "re_1", 600, "succeeded");
    let told = [order.clone(), some, by_stripe, refunded_at(60, 600)];
    let folded = in_any_sequence(&told);
    assert_eq!((left(&folded), folded.flags.len()), (0, 0));
    // Versions that do not say what was outside say by what else it was given.
    let old = note("created", r#""x":0"#);
    assert_eq!(left(&in_any_sequence(&[order, old])), 0);
}

#[test]
fn what_a_credit_note_gives_within_stripe_is_said_by_itself() {
    for members in [
        r#""out_of_band_amount":0,"refunds":[{"refund":"re_1"}]"#,
        r#""out_of_band_amount":null,"type":"pre_payment""#,
        r#""refund":"re_1""#,
        r#""customer_balance_transaction":"cbtxn_1""#,
    ] {
        assert_reads(
            &read(&note("created", members)),
            "ignored: what the credit note gives back is said by refunds and by later invoices",
        );
    }
}

/// By resolution the shopper has the money back, and no refund says so; by other ways nothing happened,
/// or a refund says it.
#[test]
fn a_dispute_that_was_prevented_took_what_left_the_balance_by_it() {
    let prevented = |transactions: &str| {
        event(
            "charge.dispute.closed",
            &format!(
                r#""id":"du_1","amount":1000,"currency":"usd","payment_intent":"pi_1","status":"prevented","balance_transactions":[{transactions}]"#
            ),
        )
    };
    let withdrawn = r#"{"amount":-920,"currency":"eur"}"#;
    let reinstated = r#"{"amount":-920,"currency":"eur"},{"amount":920,"currency":"eur"}"#;
    for (transactions, rest) in [(withdrawn, 0), (reinstated, 1000), ("", 1000)] {
        let bodies = [paid(), prevented(transactions)];
        assert_eq!(left(&in_any_sequence(&bodies)), rest, "{transactions}");
    }
}

#[test]
fn money_that_went_back_in_another_currency_holds_the_order() {
    let euros = event("refund.created", &refund(r#""currency":"eur""#));
    let folded = in_any_sequence(&[paid(), euros]);
    assert!(folded.flags.iter().any(|flag| flag.holds() && flag.asks()));
    let sum = charge_at(
        10,
        "charge.refunded",
        r#""currency":"eur","amount_refunded":400"#,
    );
    let folded = in_any_sequence(&[paid(), sum]);
    assert!(folded.flags.iter().any(Flag::holds), "{:?}", folded.flags);
}

/// The session knows what the shopper typed, the invoice what the shop has on record.
#[test]
fn the_address_that_the_shopper_gave_stays_whatever_the_invoice_has() {
    let session = |email: &str| {
        let members = format!(
            r#""mode":"subscription","invoice":"in_1","payment_intent":null,"customer":"cus_1","customer_details":{{"email":{email}}}"#
        );
        event("checkout.session.completed", &session(&members))
    };
    let invoice = |email: &str| {
        let members = format!(r#""customer":"cus_1","customer_email":{email}"#);
        event_at(5, "invoice.paid", &invoice(&members))
    };
    let email = |bodies: &[String]| {
        let order = in_any_sequence(bodies).order.unwrap().snapshot;
        assert_eq!(order.customer_id.as_deref(), Some("cus_1"));
        order.email
    };
    let typed = email(&[session("\"x@y.example\"")]);
    let on_record = email(&[invoice("\"record@y.example\"")]);
    assert!(typed.is_some() && on_record.is_some() && typed != on_record);
    for other in ["null", "\"record@y.example\"", "\"x@y.example\""] {
        let both = [session("\"x@y.example\""), invoice(other)];
        assert_eq!(email(&both), typed, "{other}");
    }
    let both = [session("null"), invoice("\"record@y.example\"")];
    assert_eq!(email(&both), on_record);
    assert_eq!(folded(&both).order.unwrap().snapshot.id, "in_1");
}
