//! A real shop's calls and answers against a table that a person wrote who read them, and the orders that
//! come of them in whichever sequence they are heard.
//!
//! The most telling bodies are samples beside the table; `WAYMARK_REAL` names the folder that has all.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use waymark_attribution::money::{Amount, Currency};
use waymark_attribution::time::Instant;
use waymark_facts::email::EmailKey;
use waymark_facts::fact::{OrderSnapshot, Payment, RefundDetail, RefundFact};
use waymark_facts::{Fact, FactKind, Folded, fold};
use waymark_stores::sync::{Cursor, Response};
use waymark_stores::{Access, Delivery, Parsed, Platform, Unusable, woocommerce};

const TABLE: &str = include_str!("../samples/woocommerce-shop/table.txt");
/// The last body of the folder.
const BODIES: usize = 137;
const SAMPLES: usize = 22;

/// A body, and the topic that its name ends with.
struct Body {
    topic: String,
    bytes: Vec<u8>,
}

/// The bodies by their numbers: all of them, or the samples.
fn bodies() -> BTreeMap<String, Body> {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples/woocommerce-shop");
    let folder = match std::env::var("WAYMARK_REAL") {
        Ok(folder) => PathBuf::from(folder).join("woocommerce"),
        Err(_) => {
            println!("WAYMARK_REAL is not set: the samples alone were tested");
            samples
        }
    };
    let mut bodies = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let Some((number, _)) = name.split_once('-') else {
            continue;
        };
        let topic = match name.rsplit('-').next().unwrap() {
            topic @ ("created" | "updated" | "deleted" | "restored") => topic,
            _ => "updated",
        };
        let body = Body {
            topic: format!("order.{topic}"),
            bytes: std::fs::read(&path).unwrap(),
        };
        bodies.insert(number.to_owned(), body);
    }
    let all = std::env::var("WAYMARK_REAL").is_ok();
    assert_eq!(bodies.len(), if all { BODIES } else { SAMPLES });
    bodies
}

/// The table's rows, by what is before the colon.
fn rows() -> Vec<(&'static str, &'static str)> {
    let lines = TABLE.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_once(": ").unwrap()).collect()
}

fn row(number: &str) -> &'static str {
    let found = rows().into_iter().find(|(it, _)| *it == number);
    found.unwrap_or_else(|| panic!("no row {number}")).1
}

fn clock(at: Instant) -> String {
    let text = at.to_string();
    assert!(text.starts_with("2026-11-30T"), "{text}");
    text[11..19].to_owned()
}

fn paid(payment: Payment) -> &'static str {
    match payment {
        Payment::Received => "received",
        Payment::Awaited => "awaited",
        Payment::Failed => "failed",
    }
}

fn or_none(text: String) -> String {
    if text.is_empty() {
        "-".to_owned()
    } else {
        text
    }
}

fn who(email: bool, customer: Option<&String>) -> String {
    let mail = email.then_some("mail");
    let words: Vec<&str> = mail
        .into_iter()
        .chain(customer.map(String::as_str))
        .collect();
    or_none(words.join(" "))
}

fn refund(refund: &RefundFact, order: &OrderSnapshot, currency: Currency) -> String {
    let money = |amount: Amount| currency.format(amount);
    let mut parts = Vec::new();
    for part in &refund.lines {
        let line = order
            .lines
            .iter()
            .find(|line| line.id == part.line)
            .unwrap();
        let sku = line.sku.as_deref().unwrap_or("-");
        let (amount, tax) = (money(part.amount.unwrap()), money(part.tax));
        parts.push(format!("{sku} {} {amount}+{tax}", part.quantity));
    }
    if refund.shipping > Amount::ZERO || (parts.is_empty() && refund.tax > Amount::ZERO) {
        let (amount, tax) = (money(refund.shipping), money(refund.tax));
        parts.push(format!("shipping {amount}+{tax}"));
    }
    if refund.unassigned > Amount::ZERO {
        let amount = money(refund.unassigned);
        parts.push(match (refund.detail, refund.gross) {
            (RefundDetail::Rest, true) => format!("all that is left {amount}"),
            (_, true) => format!("of all alike {amount}"),
            (_, false) => format!("of the goods {amount}"),
        });
    }
    let guessed = if refund.guessed { " guessed" } else { "" };
    format!("{} {}{guessed}", refund.id, parts.join(" and "))
}

fn refunds(delivery: &[Fact], order: &OrderSnapshot) -> String {
    let refunds = delivery.iter().filter_map(|fact| match &fact.kind {
        FactKind::Refund(fact) => {
            assert_eq!(fact.at, Some(order.updated_at));
            Some(refund(fact, order, order.currency))
        }
        _ => None,
    });
    or_none(refunds.collect::<Vec<_>>().join(", "))
}

fn key() -> EmailKey {
    EmailKey::new(*b"a key of the tests")
}

/// A body as the table writes it.
fn written(parsed: Result<Parsed, Unusable>) -> String {
    let delivery = match parsed {
        Err(unusable) => return format!("unusable: {unusable}"),
        Ok(Parsed::Ignored { reason }) => return format!("ignored: {reason}"),
        Ok(Parsed::Delivery(delivery)) => delivery.seal(&key()),
        Ok(other) => panic!("{other:?}"),
    };
    let snapshot = delivery.facts.iter().find_map(|fact| match &fact.kind {
        FactKind::Snapshot(snapshot) => Some(snapshot),
        _ => None,
    });
    let Some(order) = snapshot else {
        assert_eq!(delivery.facts[0].kind, FactKind::Deleted { at: None });
        return format!("{} deleted", delivery.order_id);
    };
    assert_eq!(order.id, delivery.order_id);
    let money = |amount| order.currency.format(amount);
    let lines = order.lines.iter().map(|line| {
        let sku = line.sku.as_deref().unwrap_or("-");
        format!("{sku} {} {}", line.quantity, money(line.amount))
    });
    let has_token = delivery.all_tokens("wm").next().is_some();
    let mut text = format!(
        "{} {} {} {} {} | {} | {} {} {} | {} | {} | {} | {}",
        order.id,
        paid(order.payment),
        clock(order.placed_at),
        clock(order.updated_at),
        order.currency.code(),
        lines.collect::<Vec<_>>().join(", "),
        money(order.discount),
        money(order.shipping),
        money(order.tax),
        or_none(order.coupons.join(" ")),
        who(order.email.is_some(), order.customer_id.as_ref()),
        refunds(&delivery.facts, order),
        if has_token { "token" } else { "-" },
    );
    if let Some(subscription) = &order.subscription {
        assert!(subscription.renewal);
        write!(text, " | renews {}", subscription.id).unwrap();
    }
    for fact in &delivery.facts {
        match &fact.kind {
            FactKind::Restored { at: None } => text.push_str(" | restored"),
            FactKind::Deleted { at: Some(at) } => {
                write!(text, " | deleted {}", clock(*at)).unwrap();
            }
            _ => {}
        }
    }
    text
}

fn access() -> Access {
    let access = Platform::WooCommerce.open(|field| {
        Ok::<_, String>(match field.name {
            "url" => "https://shop.example".to_owned(),
            other => other.to_owned(),
        })
    });
    access.unwrap()
}

/// What a page of the list of orders says.
fn listed(body: &Body) -> Vec<String> {
    let response = Response {
        status: 200,
        body: &body.bytes,
        ..Response::default()
    };
    let cursor = Cursor::from("2026-11-30T00:00:00Z".parse().unwrap());
    let now = "2026-12-01T00:00:00Z".parse().unwrap();
    let page = Platform::WooCommerce.sync_page(&access(), &cursor, &response, now);
    let changes = page.unwrap().changes.into_iter();
    changes.map(|change| written(change.parsed)).collect()
}

fn asked(order: &Body, refunds: &Body) -> Delivery {
    let bodies = [order.bytes.clone(), refunds.bytes.clone()];
    Platform::WooCommerce.fetched(&bodies).unwrap()
}

#[test]
fn every_body_says_what_a_person_reads_in_it() {
    let bodies = bodies();
    let mut wrong = String::new();
    for (number, expected) in rows() {
        let Some(body) = bodies.get(number) else {
            continue;
        };
        let (found, expected) = if let Some(other) = expected.strip_prefix("as ") {
            let parsed = woocommerce::parse(&body.topic, &body.bytes);
            (written(parsed), row(other).to_owned())
        } else if let Some(orders) = expected.strip_prefix("list ") {
            let mut rows = orders.split(" and ");
            let others = rows.next().unwrap().split(' ');
            let others = others.map(|it| row(it).replace(" | restored", ""));
            let mut expected: Vec<_> = others.chain(rows.map(str::to_owned)).collect();
            let mut found = listed(body);
            expected.sort();
            found.sort();
            (found.join("\n"), expected.join("\n"))
        } else if let Some(order) = expected.strip_prefix("trash ") {
            (listed(body).join("\n"), order.to_owned())
        } else if let Some(refunds_of) = expected.strip_prefix("asked of ") {
            let (order, expected) = refunds_of.split_once(": ").unwrap();
            let sealed = asked(&bodies[order], body).seal(&key());
            let FactKind::Snapshot(order) = &sealed.facts[0].kind else {
                panic!("{number}")
            };
            (refunds(&sealed.facts, order), expected.to_owned())
        } else {
            let parsed = woocommerce::parse(&body.topic, &body.bytes);
            (written(parsed), expected.to_owned())
        };
        if found != expected {
            writeln!(wrong, "{number}\n  is  {found}\n  not {expected}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    let known: BTreeSet<&str> = rows().iter().map(|(number, _)| *number).collect();
    let without = bodies
        .keys()
        .find(|number| !known.contains(number.as_str()));
    assert_eq!(without, None, "a body without a row");
}

/// Sequences of so many things: all of up to five, and of more each from its own beginning, on and back.
fn sequences(count: usize) -> Vec<Vec<usize>> {
    let straight: Vec<usize> = (0..count).collect();
    if count > 5 {
        let turned = (0..count).map(|by| {
            let mut turned = straight.clone();
            turned.rotate_left(by);
            turned
        });
        let turned: Vec<_> = turned.collect();
        let back = turned.iter().map(|it| it.iter().rev().copied().collect());
        return turned.iter().cloned().chain(back).collect();
    }
    let mut all = vec![Vec::new()];
    for _ in 0..count {
        all = all
            .iter()
            .flat_map(|begun: &Vec<usize>| {
                let rest = straight.iter().filter(|it| !begun.contains(it));
                rest.map(|next| begun.iter().copied().chain([*next]).collect())
            })
            .collect();
    }
    all
}

/// An order as the table writes it.
fn told(folded: &Folded) -> String {
    let order = folded.order.as_ref().unwrap();
    let snapshot = &order.snapshot;
    let money = |minor| snapshot.currency.format(Amount::from_minor(minor));
    let back = |id: &str| -> i64 {
        let lines = order.refunds.iter().flat_map(|refund| &refund.lines);
        lines
            .filter(|line| line.line == id)
            .map(|line| line.amount.minor())
            .sum()
    };
    let lines = snapshot.lines.iter().map(|line| {
        let sku = line.sku.as_deref().unwrap_or("-");
        let amount = line.amount.minor();
        let left = money(amount - back(&line.id));
        format!("{sku} {} {} {left}", line.quantity, money(amount))
    });
    let shipping: i64 = order.refunds.iter().map(|it| it.shipping.minor()).sum();
    let tax: i64 = order.refunds.iter().map(|it| it.tax.minor()).sum();
    let flags = folded.flags.iter().map(|flag| {
        let flag = serde_json::to_value(flag).unwrap();
        flag["flag"].as_str().unwrap().to_owned()
    });
    format!(
        "{} {} {} | {} | {} {} | {} | {} | {}",
        snapshot.id,
        if order.cancelled_at.is_some() {
            "cancelled"
        } else {
            paid(snapshot.payment)
        },
        clock(snapshot.placed_at),
        lines.collect::<Vec<_>>().join(", "),
        money(snapshot.shipping.minor() - shipping),
        money(snapshot.tax.minor() - tax),
        or_none(snapshot.coupons.join(" ")),
        who(snapshot.email.is_some(), snapshot.customer_id.as_ref()),
        or_none(flags.collect::<Vec<_>>().join(" ")),
    )
}

/// The facts of calls that are heard one after the other, from eleven o'clock on.
fn heard(calls: &[&Body]) -> Vec<Fact> {
    let begins: Instant = "2026-11-30T11:00:00Z".parse().unwrap();
    let mut facts = Vec::new();
    for (call, place) in calls.iter().zip(1..) {
        let now = Instant::from_millis(begins.as_millis() + 1_000 * place);
        let parsed = Platform::WooCommerce.parse(&call.topic, &call.bytes, now);
        let Ok(Parsed::Delivery(delivery)) = parsed else {
            panic!("{parsed:?}")
        };
        facts.extend(delivery.seal(&key()).facts);
    }
    facts
}

#[test]
fn the_calls_about_an_order_come_to_the_same_order_in_every_sequence() {
    let bodies = bodies();
    let mut told_of = 0;
    for (numbers, expected) in rows() {
        let Some(numbers) = numbers.strip_prefix("story ") else {
            continue;
        };
        // Among the samples nothing is twice.
        let same = |number| {
            row(number)
                .strip_prefix("as ")
                .and_then(|it| bodies.get(it))
        };
        let calls = numbers.split(' ');
        let calls = calls.map(|number| bodies.get(number).or_else(|| same(number)));
        let Some(calls) = calls.collect::<Option<Vec<&Body>>>() else {
            continue;
        };
        told_of += 1;
        for sequence in sequences(calls.len()) {
            let of = |topic: &str| {
                let mut places = sequence.iter().map(|place| calls[*place]);
                places.rposition(|call| call.topic == topic)
            };
            let is_deleted = of("order.deleted") > of("order.restored");
            let deleted = if is_deleted { "deleted" } else { "-" };
            let in_sequence: Vec<&Body> = sequence.iter().map(|place| calls[*place]).collect();
            let folded = fold(&heard(&in_sequence));
            let expected = expected.replace("deleted?", deleted);
            assert_eq!(told(&folded), expected, "{numbers}: {sequence:?}");
        }
    }
    assert!(told_of > 0);
}

/// A shop calls twice for most of what happens, under two topics.
#[test]
fn a_body_that_comes_twice_says_nothing_more() {
    let bodies = bodies();
    for (number, expected) in rows() {
        let other = expected.strip_prefix("as ");
        let (Some(again), Some(first)) = (bodies.get(number), other.and_then(|it| bodies.get(it)))
        else {
            continue;
        };
        assert_eq!(heard(&[first]), heard(&[again]), "{number}");
    }
}

/// The store is asked after a call, and calls again afterwards, with no more than the sum.
#[test]
fn what_the_store_says_of_a_refund_when_it_is_asked_stays() {
    let bodies = bodies();
    let mut told_of = 0;
    for (number, expected) in rows() {
        let of = expected.strip_prefix("asked of ");
        let Some((order, _)) = of.and_then(|it| it.split_once(": ")) else {
            continue;
        };
        let (Some(call), Some(refunds)) = (bodies.get(order), bodies.get(number)) else {
            continue;
        };
        told_of += 1;
        let answer = asked(call, refunds).seal(&key()).facts;
        let alone = fold(&answer);
        assert!(alone.flags.is_empty());
        let text = String::from_utf8(call.bytes.clone()).unwrap();
        let later = text.replace(
            "\"date_modified_gmt\":\"2026-11-30T10:",
            "\"date_modified_gmt\":\"2026-11-30T11:",
        );
        assert_ne!(later, text);
        let later = Body {
            topic: "order.updated".to_owned(),
            bytes: later.into_bytes(),
        };
        let facts: Vec<Fact> = heard(&[call, &later]).into_iter().chain(answer).collect();
        assert_eq!(
            fold(&facts).order.unwrap().refunds,
            alone.order.unwrap().refunds
        );
    }
    assert!(told_of > 0);
}
