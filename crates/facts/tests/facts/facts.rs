//! Facts for tests, in US dollars unless said otherwise.

use waymark_attribution::TouchMethod;
use waymark_attribution::money::{Amount, Currency};
use waymark_attribution::time::Instant;
use waymark_facts::email::EmailKey;
use waymark_facts::fact::{
    BeaconFact, DisputeFact, DisputeState, OrderLine, OrderSnapshot, Payment, RefundDetail,
    RefundFact, RefundedLine, TouchFact,
};
use waymark_facts::ruling::{Ruling, RulingFact};
use waymark_facts::{Fact, FactKind, Folded};
use waymark_stores::{Parsed, shopify};

pub fn at(second: i64) -> Instant {
    Instant::from_millis(second * 1000)
}

pub fn usd(text: &str) -> Amount {
    currency("USD").parse(text).unwrap()
}

pub fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

pub fn line(id: &str, quantity: u32, amount: &str) -> OrderLine {
    OrderLine {
        id: id.to_owned(),
        sku: None,
        quantity,
        amount: usd(amount),
    }
}

pub fn snapshot(version: i64, lines: Vec<OrderLine>) -> OrderSnapshot {
    OrderSnapshot {
        id: "1".to_owned(),
        placed_at: at(0),
        updated_at: at(version),
        currency: currency("USD"),
        test: false,
        payment: Payment::Received,
        subscription: None,
        taxes_included: false,
        email: None,
        customer_id: None,
        coupons: Vec::new(),
        tags: Vec::new(),
        customer_tags: Vec::new(),
        lines,
        discount: Amount::ZERO,
        shipping: usd("5.00"),
        tax: usd("8.00"),
        refunds: None,
        restates: false,
        notes: Default::default(),
        goods_left: None,
    }
}

/// That visitor was shown the page that thanks for the order at that second, after one touch.
pub fn beacon(visitor: &str, second: i64, touch: &str) -> Fact {
    Fact::new(FactKind::Beacon(BeaconFact {
        visitor: visitor.to_owned(),
        at: at(second),
        touches: vec![TouchFact {
            id: touch.to_owned(),
            at: at(-60),
            method: TouchMethod::Link,
            link: 7,
        }],
    }))
}

pub fn refund(id: &str, version: i64) -> RefundFact {
    RefundFact {
        id: id.to_owned(),
        at: Some(at(version)),
        currency: currency("USD"),
        lines: Vec::new(),
        shipping: Amount::ZERO,
        tax: Amount::ZERO,
        unassigned: Amount::ZERO,
        gross: false,
        withheld: Amount::ZERO,
        failed: false,
        guessed: false,
        detail: RefundDetail::default(),
        of: None,
    }
}

pub fn dispute(id: &str, version: i64, state: DisputeState, amount: &str) -> Fact {
    Fact::new(FactKind::Dispute(DisputeFact {
        id: id.to_owned(),
        at: at(version),
        state,
        currency: currency("USD"),
        amount: usd(amount),
        of: None,
    }))
}

pub fn ruling(id: &str, version: i64, ruling: Ruling) -> Fact {
    Fact::new(FactKind::Ruling(RulingFact {
        id: id.to_owned(),
        at: at(version),
        by: "Mo".to_owned(),
        reason: "they agreed on it".to_owned(),
        ruling,
    }))
}

pub fn pieces(line: &str, quantity: u32, amount: Option<&str>) -> RefundedLine {
    RefundedLine {
        line: line.to_owned(),
        quantity,
        amount: amount.map(usd),
        tax: Amount::ZERO,
    }
}

pub fn said(order: OrderSnapshot) -> Fact {
    Fact::new(FactKind::Snapshot(order))
}

pub fn refund_fact(refund: RefundFact) -> Fact {
    Fact::new(FactKind::Refund(refund))
}

/// The facts of Shopify calls, by topic and body.
pub fn heard(calls: &[(&str, &str)]) -> Vec<Fact> {
    let key = EmailKey::new(*b"k");
    let mut facts = Vec::new();
    for (topic, body) in calls {
        match shopify::parse(topic, body.as_bytes()).unwrap() {
            Parsed::Delivery(delivery) => facts.extend(delivery.seal(&key).facts),
            other => panic!("{other:?}"),
        }
    }
    facts
}

/// Each refund as `id: line×quantity amount, …; shipping, tax`, as it stands in the case.
pub fn refunds(folded: &Folded) -> Vec<String> {
    let order = folded.order.as_ref().unwrap().document();
    let refunds = order.refunds.iter();
    refunds
        .map(|refund| {
            let lines = refund.lines.iter();
            let lines: Vec<String> = lines
                .map(|line| {
                    format!(
                        "{}×{} {}",
                        &*line.line,
                        line.quantity,
                        &**line.amount.as_ref().unwrap()
                    )
                })
                .collect();
            format!(
                "{}: {}; {}, {}",
                &*refund.id,
                lines.join(", "),
                &**refund.shipping.as_ref().unwrap(),
                &**refund.tax.as_ref().unwrap()
            )
        })
        .collect()
}
