//! A delivery as a person would write it down.

use std::fmt::Write;
use waymark_attribution::money::Amount;
use waymark_facts::FactKind;
use waymark_facts::email::EmailKey;
use waymark_facts::fact::{OrderSnapshot, Payment, RefundFact};
use waymark_stores::Parsed;
use waymark_stores::delivery::{PrivacyRequest, PrivacyRequestKind};

/// Addresses that the samples contain: a hash is written down as the address it belongs to.
const ADDRESSES: [&str; 8] = [
    "ada@example.com",
    "ada@other.example",
    "bob.norman@hostmail.com",
    "buyer@example.com",
    "example@example.com",
    "hook@me.com",
    "jon@doe.ca",
    "jon@example.com",
];

pub fn write_down(parsed: &Parsed) -> String {
    let delivery = match parsed {
        Parsed::Ignored { reason } => return format!("ignored: {reason}\n"),
        Parsed::Changed { order_id } => return format!("changed: order {order_id}\n"),
        Parsed::Merged { kept, gone } => return format!("merged: {gone} is {kept}\n"),
        Parsed::Privacy(request) => return write_request(request),
        Parsed::Delivery(delivery) => delivery.clone(),
    };
    let key = EmailKey::new(*b"a key of the tests");
    let sealed = delivery.seal(&key);
    let mut text = String::new();
    for name in &sealed.other_names {
        writeln!(text, "{} is also {name}", sealed.order_id).unwrap();
    }
    for fact in &sealed.facts {
        match &fact.kind {
            FactKind::Snapshot(order) => {
                assert_eq!(order.id, sealed.order_id);
                write_order(&mut text, order, &key);
            }
            FactKind::Refund(refund) => {
                writeln!(text, "refund {} of {}", refund.id, sealed.order_id).unwrap();
                write_refund(&mut text, refund);
            }
            FactKind::RefundTotal(given) => {
                let amount = given.currency.format(given.amount);
                let currency = given.currency.code();
                writeln!(
                    text,
                    "refunded of {} of {}: {amount} {currency} by {}",
                    given.payment, sealed.order_id, given.at
                )
                .unwrap();
            }
            FactKind::Cancelled { at } => writeln!(text, "cancelled {at}").unwrap(),
            FactKind::Deleted { at: None } => writeln!(text, "deleted").unwrap(),
            FactKind::Deleted { at: Some(at) } => writeln!(text, "deleted {at}").unwrap(),
            FactKind::Dispute(dispute) => {
                let amount = dispute.currency.format(dispute.amount);
                let currency = dispute.currency.code();
                let state = format!("{:?}", dispute.state).to_lowercase();
                writeln!(
                    text,
                    "dispute {} {state} {amount} {currency} at {}",
                    dispute.id, dispute.at
                )
                .unwrap();
            }
            FactKind::Payment(it) => {
                let state = format!("{:?}", it.state).to_lowercase();
                writeln!(text, "payment {} {state} at {}", it.payment, it.at).unwrap();
            }
            FactKind::PaymentPart(it) => {
                let minor = it.amount.minor();
                writeln!(
                    text,
                    "{minor} of {} for {} by {}",
                    it.payment, it.order, it.at
                )
                .unwrap();
            }
            FactKind::Coupon { code } => writeln!(text, "coupon {code}").unwrap(),
            FactKind::Begins { subscription } => {
                writeln!(text, "{} begins {subscription}", sealed.order_id).unwrap();
            }
            FactKind::Customer { id } => writeln!(text, "customer {id}, too").unwrap(),
            FactKind::Ruling(ruling) => writeln!(text, "ruling {}", ruling.id).unwrap(),
            FactKind::Touch(touch) => writeln!(text, "touch {}", touch.id).unwrap(),
            FactKind::Visitor(visitor) => writeln!(text, "visitor {}", visitor.id).unwrap(),
            FactKind::Restored { at } => writeln!(text, "restored {at:?}").unwrap(),
            FactKind::Marked { at } => writeln!(text, "marked {at}").unwrap(),
            FactKind::Beacon(beacon) => writeln!(text, "beacon {}", beacon.visitor).unwrap(),
        }
    }
    for token in sealed.all_tokens("wm") {
        writeln!(text, "token {token}").unwrap();
    }
    text
}

fn write_request(request: &PrivacyRequest) -> String {
    let what = match request.what {
        PrivacyRequestKind::Disclose => "disclose",
        PrivacyRequestKind::EraseCustomer => "erase the customer",
        PrivacyRequestKind::EraseShop => "erase the shop",
    };
    let customer = request.customer_id.as_deref().unwrap_or("-");
    let email = if request.email.is_some() {
        "an e-mail"
    } else {
        "-"
    };
    let orders = if request.orders.is_empty() {
        "-".to_owned()
    } else {
        request.orders.join(" ")
    };
    format!("{what}: customer {customer}, {email}, orders {orders}\n")
}

fn write_order(text: &mut String, order: &OrderSnapshot, key: &EmailKey) {
    let money = |amount: Amount| order.currency.format(amount);
    writeln!(text, "order {} placed {}", order.id, order.placed_at).unwrap();
    writeln!(text, "version {}", order.updated_at).unwrap();
    if order.test {
        writeln!(text, "test").unwrap();
    }
    if order.notes.typed_email {
        writeln!(text, "typed").unwrap();
    }
    if !order.notes.left_out.is_empty() {
        let what = format!("{:?}", order.notes.left_out);
        writeln!(text, "left out {}", what.to_lowercase()).unwrap();
    }
    match order.payment {
        Payment::Received => {}
        Payment::Awaited => writeln!(text, "payment awaited").unwrap(),
        Payment::Failed => writeln!(text, "payment failed").unwrap(),
    }
    if let Some(subscription) = &order.subscription {
        let does = if subscription.renewal {
            "renews"
        } else {
            "begins"
        };
        writeln!(text, "{does} {}", subscription.id).unwrap();
    }
    if let Some(email) = &order.email {
        let known = ADDRESSES
            .iter()
            .find(|address| key.hash(address).as_ref() == Some(email));
        writeln!(text, "email {}", known.unwrap_or(&"unknown")).unwrap();
    }
    if let Some(id) = &order.customer_id {
        writeln!(text, "customer {id}").unwrap();
    }
    for (what, list) in [
        ("coupons", &order.coupons),
        ("tags", &order.tags),
        ("customer tags", &order.customer_tags),
    ] {
        if !list.is_empty() {
            writeln!(text, "{what} {}", list.join(" | ")).unwrap();
        }
    }
    for line in &order.lines {
        let sku = line.sku.as_deref().unwrap_or("-");
        let amount = money(line.amount);
        writeln!(text, "line {}: {} {sku} {amount}", line.id, line.quantity).unwrap();
    }
    writeln!(
        text,
        "discount {} shipping {} tax {} {}",
        money(order.discount),
        money(order.shipping),
        money(order.tax),
        order.currency
    )
    .unwrap();
}

fn write_refund(text: &mut String, refund: &RefundFact) {
    let money = |amount: Amount| refund.currency.format(amount);
    if let Some(at) = refund.at {
        writeln!(text, "version {at}").unwrap();
    }
    if refund.failed {
        writeln!(text, "failed").unwrap();
    }
    for line in &refund.lines {
        let amount = line.amount.map_or("-".to_owned(), money);
        let tax = money(line.tax);
        writeln!(
            text,
            "line {}: {} {amount} tax {tax}",
            line.line, line.quantity
        )
        .unwrap();
    }
    writeln!(
        text,
        "shipping {} tax {} {} {} withheld {} {}",
        money(refund.shipping),
        money(refund.tax),
        if refund.gross { "total" } else { "unassigned" },
        money(refund.unassigned),
        money(refund.withheld),
        refund.currency
    )
    .unwrap();
}

/// Compares with what was expected, indented as it stands in a test.
pub fn assert_reads(parsed: &Parsed, expected: &str) {
    let expected: String = expected
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(write_down(parsed), expected);
}
