//! A case holds only what its order names. That changes nothing about the decision.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use waymark_attribution::money::Currency;
use waymark_attribution::time::Instant;
use waymark_attribution::{Case, fold_text, resolve};
use waymark_facts::email::EmailKey;
use waymark_facts::fact::{FactKind, OrderLine, OrderSnapshot, Payment, TouchFact, TouchMethod};
use waymark_facts::{Fact, Order, Refund, fold};
use waymark_orders::assignment::Assigned;
use waymark_orders::case::{self, AmountsError, Directory, Policy};
use waymark_program::ProgramDocument;
use waymark_program::directory::{Kind, Row};

const NOON: i64 = 1_767_268_800_000;
const HOUR: i64 = 3_600_000;
const AFFILIATES: [&str; 4] = ["ana", "ben", "cleo", "Größe"];
const EMAILS: [&str; 3] = ["a@x.test", "B@X.test", "c@x.test"];
/// Texts that stores and merchants write for the same thing, and for other things.
const TEXTS: [&str; 9] = [
    "SAVE",
    "save",
    " Save\u{a0}",
    "vip",
    "VIP",
    "größe",
    "GRO\u{308}ẞE",
    "GRÖSSE",
    "x",
];

fn email_key() -> EmailKey {
    EmailKey::new(*b"a key of thirty-two bytes, or so")
}

/// The rows of a file, in force for ever.
#[derive(Debug)]
struct Rows(BTreeMap<(Kind, String), Value>);

impl Rows {
    fn of(rows: Vec<Row>) -> Self {
        let rows = rows.into_iter();
        Self(rows.map(|row| ((row.kind, row.key), row.body)).collect())
    }

    /// Key → what the rules read of the body, for every row of a kind.
    fn all(&self, kind: Kind, read: impl Fn(&Value) -> Value) -> Map<String, Value> {
        let rows = self.0.iter().filter(|((of, _), _)| *of == kind);
        rows.map(|((_, key), body)| (key.clone(), read(body)))
            .collect()
    }

    /// Much more than any order wants to know.
    fn directory(&self) -> Directory {
        let rows = self.0.iter();
        let rows = rows.map(|((kind, key), body)| Row {
            kind: *kind,
            key: key.clone(),
            body: body.clone(),
        });
        let policy = self.0.get(&(Kind::Policy, "policy".to_owned()));
        Directory {
            has_skus: false,
            policy: policy.map(|body| Policy {
                version: 1,
                body: body.clone(),
            }),
            rows: rows.collect(),
            // Links are numbered as affiliates; there is one number more, of no link.
            links: (0..).zip(AFFILIATES.map(str::to_owned)).collect(),
        }
    }
}

/// The same case with the whole directory in it.
fn with_whole_directory(case: &str, rows: &Rows) -> String {
    let affiliate = |body: &Value| body.get("affiliate").cloned().unwrap_or_default();
    let for_rules = |body: &Value| {
        let mut body = body.clone();
        body.as_object_mut().unwrap().remove("name");
        body
    };
    let mut case: Value = serde_json::from_str(case).unwrap();
    *case.pointer_mut("/directory").unwrap() = json!({
        "affiliates": rows.all(Kind::Affiliate, for_rules),
        "coupons": rows.all(Kind::Coupon, affiliate),
        "emails": rows.all(Kind::Email, affiliate),
        "skus": rows.all(Kind::Sku, Value::clone),
        "tags": rows.all(Kind::Tag, affiliate),
    });
    case.to_string()
}

fn pick<T: Clone + std::fmt::Debug + 'static>(from: &[T]) -> impl Strategy<Value = T> + use<T> {
    prop::sample::select(from.to_vec())
}

/// Text → affiliate, without two spellings of one text.
fn triggers() -> impl Strategy<Value = BTreeMap<String, &'static str>> {
    prop::collection::vec((pick(&TEXTS), pick(&AFFILIATES)), 0..5).prop_map(|triggers| {
        let distinct: BTreeMap<String, (&str, &str)> = triggers
            .into_iter()
            .map(|(text, affiliate)| (fold_text(text).into_owned(), (text, affiliate)))
            .collect();
        let written = distinct.into_values();
        written
            .map(|(text, affiliate)| (text.to_owned(), affiliate))
            .collect()
    })
}

prop_compose! {
    fn program()(
        preset in pick(&["last-click", "refersion", "refersion-coupon", "affiliatly", "salesking"]),
        self_referral in pick(&["allow", "review", "unqualified"]),
        coupons in triggers(),
        tags in triggers(),
        skus in prop::collection::btree_map(pick(&TEXTS), pick(&AFFILIATES), 0..4),
        emails in prop::collection::btree_map(pick(&EMAILS), pick(&AFFILIATES), 0..3),
        paused in pick(&AFFILIATES),
        own in pick(&EMAILS),
    ) -> Rows {
        let affiliates: Map<String, Value> = AFFILIATES
            .into_iter()
            .map(|id| {
                let status = if id == paused { "paused" } else { "active" };
                (id.to_owned(), json!({ "name": id, "status": status, "emails": [own] }))
            })
            .collect();
        let skus: Map<String, Value> = skus
            .into_iter()
            .map(|(sku, affiliate)| {
                let rate = json!({ "per_item": "1.50" });
                (sku.to_owned(), json!({ "affiliate": affiliate, "rate": rate }))
            })
            .collect();
        let rates = json!({ "default": { "percent": "10" } });
        let document = json!({
            "name": "A shop", "home": "https://shop.example/", "currency": "USD",
            "policy": { "preset": preset, "self_referral": self_referral, "rates": rates },
            "affiliates": affiliates, "coupons": coupons, "tags": tags, "skus": skus,
            "emails": emails,
        });
        let document = ProgramDocument::from_json(&document.to_string()).unwrap();
        Rows::of(document.validate().unwrap().rows(&email_key()))
    }
}

prop_compose! {
    fn order()(
        email in prop::option::of(pick(&EMAILS)),
        coupons in prop::collection::vec(pick(&TEXTS), 0..4),
        tags in prop::collection::vec(pick(&TEXTS), 0..4),
        customer_tags in prop::collection::vec(pick(&TEXTS), 0..4),
        lines in prop::collection::vec((prop::option::of(pick(&TEXTS)), 1_u32..4, 0_i64..10_000), 0..4),
    ) -> Order {
        let texts = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect();
        let placed_at = Instant::from_millis(NOON);
        let lines = lines.into_iter().enumerate().map(|(place, (sku, quantity, cents))| OrderLine {
            id: place.to_string(),
            sku: sku.map(str::to_owned),
            quantity,
            amount: waymark_attribution::money::Amount::from_minor(cents),
        });
        let snapshot = OrderSnapshot {
            id: "1001".to_owned(),
            placed_at,
            updated_at: placed_at,
            currency: "USD".parse().unwrap(),
            test: false,
            payment: Payment::Received,
            subscription: None,
            taxes_included: false,
            email: email.and_then(|email| email_key().hash(email)),
            customer_id: None,
            coupons: texts(coupons),
            tags: texts(tags),
            customer_tags: texts(customer_tags),
            lines: lines.collect(),
            discount: Default::default(),
            shipping: Default::default(),
            tax: Default::default(),
            refunds: None,
            restates: false,
            notes: Default::default(),
            goods_left: None,
        };
        fold(&[Fact::new(FactKind::Snapshot(snapshot))]).order.unwrap()
    }
}

fn touches() -> impl Strategy<Value = Vec<TouchFact>> {
    let touch = (0_u32..5, -1_000_i64..10, any::<bool>());
    prop::collection::vec(touch, 0..5).prop_map(|touches| {
        let touches = touches.into_iter().enumerate();
        touches
            .map(|(place, (link, hours, scan))| TouchFact {
                id: format!("t{place}"),
                at: Instant::from_millis(NOON.saturating_add(hours.saturating_mul(HOUR))),
                method: if scan {
                    TouchMethod::Qr
                } else {
                    TouchMethod::Link
                },
                link,
            })
            .collect()
    })
}

fn assigned() -> impl Strategy<Value = Option<Assigned>> {
    let affiliate = pick(&["ana", "ben", "gone"]);
    prop::option::of(affiliate.prop_map(|affiliate| Assigned {
        affiliate: affiliate.to_owned(),
        at: Instant::from_millis(NOON.saturating_sub(HOUR)),
    }))
}

proptest! {
    #[test]
    fn a_case_is_valid_and_decides_as_it_would_with_the_whole_directory(
        rows in program(), order in order(), touches in touches(), assigned in assigned(),
    ) {
        let built = case::build(&order, &touches, assigned.as_ref(), &rows.directory()).unwrap();
        let case = Case::from_json(&built);
        prop_assert!(case.is_ok(), "{:?}: {built}", case.err());
        let whole = with_whole_directory(&built, &rows);
        let decide = |json: &str| resolve(&Case::from_json(json).unwrap()).to_json();
        prop_assert_eq!(decide(&built), decide(&whole), "{}", built);
    }

    #[test]
    fn an_order_s_own_amounts_change_nothing_about_its_case(
        rows in program(), order in order(), touches in touches(), assigned in assigned(),
    ) {
        let built = case::build(&order, &touches, assigned.as_ref(), &rows.directory()).unwrap();
        let again = case::with_amounts_of(&built, &order).unwrap();
        let decide = |json: &str| resolve(&Case::from_json(json).unwrap()).to_json();
        prop_assert_eq!(decide(&again), decide(&built));
        prop_assert_eq!(case::with_amounts_of(&again, &order).unwrap(), again);
    }

    #[test]
    fn another_order_s_amounts_come_into_a_case_and_nothing_else_of_it(
        rows in program(), then in order(), now in order(), touches in touches(),
        assigned in assigned(), cancelled in any::<bool>(),
    ) {
        let built = case::build(&then, &touches, assigned.as_ref(), &rows.directory()).unwrap();
        let mut now = now;
        now.snapshot.id = "1002".to_owned();
        now.snapshot.placed_at = Instant::from_millis(NOON.saturating_add(HOUR));
        now.snapshot.shipping = waymark_attribution::money::Amount::from_minor(500);
        now.cancelled_at = cancelled.then_some(now.snapshot.placed_at);
        now.refunds.push(Refund {
            id: "r".to_owned(),
            lines: Vec::new(),
            shipping: waymark_attribution::money::Amount::from_minor(200),
            tax: Default::default(),
        });
        let changed = case::with_amounts_of(&built, &now).unwrap();
        prop_assert!(Case::from_json(&changed).is_ok(), "{changed}");

        let read = |json: &str| serde_json::from_str::<Value>(json).unwrap();
        // As the case is written by its own type.
        let (own, changed) = (read(&case::with_amounts_of(&built, &then).unwrap()), read(&changed));
        let theirs = json!(now.document());
        for (place, value) in changed.as_object().unwrap() {
            if place != "order" {
                prop_assert_eq!(value, &own[place]);
            }
        }
        for (field, value) in changed["order"].as_object().unwrap() {
            let amounts = ["id", "lines", "discount", "shipping", "tax", "refunds", "cancelled"];
            let store = if amounts.contains(&field.as_str()) { &theirs } else { &own["order"] };
            prop_assert_eq!(value, &store[field], "{}", field);
        }
        prop_assert_eq!(&changed["order"]["shipping"], "5.00");
        prop_assert_eq!(&changed["order"]["refunds"][0]["shipping"], "2.00");
        prop_assert_eq!(changed["order"].get("cancelled").is_some(), cancelled);
    }
}

#[test]
fn a_case_names_the_currency_of_its_order_if_iso_does_not_list_it() {
    let built = |currency: Currency| {
        let order = serde_json::from_value::<OrderSnapshot>(json!({
            "id": "1", "placed_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
            "currency": "USD", "discount": 0, "shipping": 0, "tax": 0,
            "lines": [{ "id": "l", "quantity": 1, "amount": 12_345 }],
        }));
        let snapshot = OrderSnapshot {
            currency,
            ..order.unwrap()
        };
        let order = fold(&[Fact::new(FactKind::Snapshot(snapshot))])
            .order
            .unwrap();
        let rows = Rows([((Kind::Policy, "policy".to_owned()), json!("refersion"))].into());
        let case = case::build(&order, &[], None, &rows.directory()).unwrap();
        assert!(Case::from_json(&case).is_ok(), "{case}");
        // Approved, and decided again.
        let again = case::with_amounts_of(&case, &order).unwrap();
        let case: Value = serde_json::from_str(&case).unwrap();
        let again: Value = serde_json::from_str(&again).unwrap();
        assert_eq!(again["currencies"], case["currencies"]);
        assert_eq!(again["order"]["currency"], json!(currency));
        case
    };
    let toman = built(Currency::further("IRT", 0).unwrap());
    assert_eq!(toman["currencies"], json!({ "IRT": 0 }));
    assert_eq!(toman["order"]["lines"][0]["amount"], "12345");
    let dollars = built("USD".parse().unwrap());
    assert_eq!(dollars.get("currencies"), None);
    assert_eq!(dollars["order"]["lines"][0]["amount"], "123.45");
}

#[test]
fn amounts_in_another_currency_are_refused_unless_nothing_is_left_of_them() {
    let order = |currency: &str, cancelled: bool| {
        let order = serde_json::from_value::<OrderSnapshot>(json!({
            "id": "1", "placed_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
            "currency": currency, "discount": 0, "shipping": 0, "tax": 0,
            "lines": [{ "id": "l", "quantity": 1, "amount": 1000 }],
        }));
        let mut facts = vec![Fact::new(FactKind::Snapshot(order.unwrap()))];
        let at = Instant::from_millis(NOON);
        facts.extend(cancelled.then(|| Fact::new(FactKind::Cancelled { at })));
        fold(&facts).order.unwrap()
    };
    let rows = Rows([((Kind::Policy, "policy".to_owned()), json!("refersion"))].into());
    let case = case::build(&order("USD", false), &[], None, &rows.directory());
    let case = case.unwrap();
    let refused = case::with_amounts_of(&case, &order("JPY", false)).unwrap_err();
    assert_eq!(
        refused,
        AmountsError::OtherCurrency {
            case: "USD".parse().unwrap(),
            order: "JPY".parse().unwrap(),
        }
    );
    assert_eq!(
        refused.to_string(),
        "the order is in JPY now and was in USD: its commission stays as it was; correct the \
         order's currency in the store"
    );
    let cancelled = case::with_amounts_of(&case, &order("JPY", true)).unwrap();
    let cancelled: Value = serde_json::from_str(&cancelled).unwrap();
    assert_eq!(cancelled["order"]["currency"], "USD");
    assert_eq!(cancelled["order"]["lines"][0]["amount"], "10.00");
    assert_eq!(cancelled["order"]["cancelled"], true);

    let broken = case::with_amounts_of("{}", &order("USD", false)).unwrap_err();
    assert!(matches!(broken, AmountsError::Case(_)), "{broken}");
}

/// The case's policy, where this is the program's.
fn policy_in_case(policy: Option<Value>) -> Option<Value> {
    let order = serde_json::from_value::<OrderSnapshot>(json!({
        "id": "1", "placed_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
        "currency": "USD", "lines": [], "discount": 0, "shipping": 0, "tax": 0,
    }));
    let order = fold(&[Fact::new(FactKind::Snapshot(order.unwrap()))])
        .order
        .unwrap();
    let key = (Kind::Policy, "policy".to_owned());
    let rows = Rows(policy.map(|policy| (key, policy)).into_iter().collect());
    let built = case::build(&order, &[], None, &rows.directory())?;
    let case: Value = serde_json::from_str(&built).unwrap();
    case.pointer("/policy").cloned()
}

#[test]
fn an_order_from_before_any_policy_has_no_case() {
    assert_eq!(policy_in_case(None), None);
}

#[test]
fn a_case_names_the_version_of_its_policy_unless_the_policy_does() {
    for (policy, in_case) in [
        (
            json!("refersion"),
            json!({ "preset": "refersion", "version": 1 }),
        ),
        (
            json!({ "preset": "refersion" }),
            json!({ "preset": "refersion", "version": 1 }),
        ),
        (
            json!({ "rank": [["link"]], "version": 7 }),
            json!({ "rank": [["link"]], "version": 7 }),
        ),
    ] {
        assert_eq!(policy_in_case(Some(policy)), Some(in_case));
    }
}
