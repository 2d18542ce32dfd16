//! What Stripe says of money that goes back: refunds, and disputes.

use crate::reading::assert_reads;
use crate::stripe_events::{
    dispute, event, facts, folded, invoice, read, refund, refusal, session,
};
use waymark_facts::Flag;

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

/// 240.00 with 40.00 of tax, of which half is refunded, and then the rest; the upgrade's 64.00.
#[test]
fn half_of_a_payment_refunded_is_half_of_the_goods_and_all_of_it_leaves_nothing() {
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
        "refunded of ch_1 of pi_1: 4.00 USD by 2026-01-04T12:00:00.000Z",
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
                 of, which counts as refunded: look there which one is missing"
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
