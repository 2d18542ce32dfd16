//! What follows from what is known of an order.

#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use serde_json::{Value, json};
use waymark_attribution::money::Amount;
use waymark_attribution::time::Instant;
use waymark_facts::ruling::{NamedClaim, Ruling, RulingFact};
use waymark_facts::{Fact, FactKind};
use waymark_ledger::{Booked, Cause, Moved, Person, Status, after};
use waymark_orders::acts::{self, Refusal};
use waymark_orders::assignment::{Assignment, Assignments, Placed};
use waymark_orders::case::{Directory, Policy};
use waymark_orders::renewal::{First, Renewed};
use waymark_orders::{Around, Decided, Kept, Known, OrderSettings, Row, State, Stored, decide};
use waymark_program::directory::{Kind, Row as DirectoryRow};
use waymark_program::settings::Renewals;

const DAY: i64 = 86_400_000;

/// When the order was placed, and first heard of.
fn noon() -> Instant {
    "2026-01-04T12:00:00Z".parse().unwrap()
}

fn days_later(days: i64) -> Instant {
    Instant::from_millis(noon().as_millis() + days * DAY)
}

fn fact(json: Value) -> Fact {
    Fact::new(serde_json::from_value(json).unwrap())
}

/// A version of the order: 100 dollars, by coupon of ana, of a customer with an id.
fn version(second: u8, other: Value) -> Fact {
    let mut order = json!({
        "kind": "snapshot", "id": "1001", "placed_at": noon(),
        "updated_at": format!("2026-01-04T12:00:{second:02}Z"), "currency": "USD", "discount": 0,
        "shipping": 0, "tax": 0, "coupons": ["ANA10"], "customer_id": "7",
        "lines": [{ "id": "l", "quantity": 1, "amount": 10_000 }],
    });
    for (name, value) in other.as_object().unwrap() {
        order[name] = value.clone();
    }
    fact(order)
}

fn order() -> Fact {
    version(0, json!({}))
}

fn refund(cents: i64) -> Fact {
    fact(json!({
        "kind": "refund", "id": "r", "currency": "USD", "shipping": 0, "tax": 0,
        "lines": [{ "line": "l", "quantity": 0, "amount": cents, "tax": 0 }],
        "unassigned": 0, "withheld": 0,
    }))
}

fn ruling(ruling: Ruling) -> RulingFact {
    RulingFact {
        id: "r1".to_owned(),
        at: days_later(1),
        by: "Ida".to_owned(),
        reason: "she looked".to_owned(),
        ruling,
    }
}

fn ida() -> Person {
    Person::new("Ida", "she looked").unwrap()
}

fn known(facts: &[Fact]) -> Known {
    Kept::default().with(facts)
}

/// A program with 8 % for ana's and ben's coupons; customers stay with whom they came by.
fn around() -> Around {
    let row = |kind, key: &str, body| DirectoryRow {
        kind,
        key: key.to_owned(),
        body,
    };
    Around {
        settings: Some(OrderSettings {
            hold: "30d".parse().unwrap(),
            renewals: Renewals::All,
        }),
        renewed: None,
        assignments: Some(assigned(&[])),
        directory: Directory {
            has_skus: false,
            policy: Some(Policy {
                version: 3,
                body: json!({
                    "rank": [["assigned"], ["coupon", "tag"]], "tie": "review",
                    "assignment": { "mode": "sticky" },
                    "rates": { "default": { "percent": "8" } },
                }),
            }),
            rows: vec![
                row(Kind::Coupon, "ana10", json!({ "affiliate": "ana" })),
                row(Kind::Coupon, "ben15", json!({ "affiliate": "ben" })),
                row(Kind::Tag, "vip", json!({ "affiliate": "ben" })),
                row(Kind::Affiliate, "ana", json!({})),
                row(Kind::Affiliate, "ben", json!({})),
                row(Kind::Affiliate, "gone", json!({ "status": "paused" })),
            ],
            links: Default::default(),
        },
    }
}

fn placed(at: Instant, order: &str) -> Placed {
    Placed {
        at,
        store: "shop".to_owned(),
        order: order.to_owned(),
    }
}

/// The customer's assignments: affiliate, so many days before the order, whether this order made it.
fn assigned(made: &[(&str, i64, bool)]) -> Assignments {
    let made = (1..).zip(made);
    Assignments {
        named: vec!["id:shop:7".to_owned()],
        placed: placed(noon(), "1001"),
        made: made
            .map(|(number, &(affiliate, days, own))| Assignment {
                number,
                key: format!("id:shop:{}", if own { 7 } else { number }),
                affiliate: affiliate.to_owned(),
                valid_from: placed(days_later(-days), if own { "1001" } else { "1000" }),
                own,
                valid_to: None,
            })
            .collect(),
    }
}

fn at_noon(known: &Known, around: &Around) -> Decided {
    decide(known, around, &Cause::of(&known.facts, noon()))
}

fn row(decided: &Decided) -> &Row {
    decided.row.as_ref().unwrap()
}

/// What is known once that was written, with these facts besides.
fn then(known: Known, decided: &Decided, news: &[Fact]) -> Known {
    let row = row(decided);
    let mut booked = after(known.booked.clone(), &decided.postings);
    for (number, it) in (1..).zip(&mut booked) {
        it.number = number;
    }
    let kept = Kept {
        stored: Stored {
            first_seen_at: Some(known.stored.first_seen_at.unwrap_or(noon())),
            state: row.state,
            problem: row.problem.clone(),
            review: row.review,
            due_at: row.due_at,
            placed_at: row.placed_at,
            ..known.stored.clone()
        },
        booked,
        ..known.into()
    };
    kept.with(news)
}

/// What is known once the order was approved by ida, with these facts besides.
fn approved(around: &Around, facts: &[Fact], news: &[Fact]) -> Known {
    let first = known(facts);
    let decided = at_noon(&first, around);
    let case = row(&decided).case.clone();
    let known = then(first, &decided, &[]);
    let moved = acts::approve(&known, None, &ida(), noon())
        .unwrap()
        .unwrap();
    let mut known = moved_on(known, &moved);
    known.stored.frozen_case = case;
    known.stored.review = false;
    known.stored.due_at = None;
    Kept::from(known).with(news)
}

fn moved_on(mut known: Known, moved: &Moved) -> Known {
    known.booked = after(known.booked, &moved.postings);
    known.stored.approval = moved.approval.clone();
    known
}

/// Affiliate, status and cents of each conversion.
fn book(booked: &[Booked]) -> Vec<(String, Status, i64)> {
    let booked = booked.iter();
    booked
        .map(|it| {
            let affiliate = it.claim.affiliate.clone();
            (affiliate, it.terms.status, it.balance.minor())
        })
        .collect()
}

fn booked_by(known: &Known, decided: &Decided) -> Vec<(String, Status, i64)> {
    book(&after(known.booked.clone(), &decided.postings))
}

fn anas(status: Status, cents: i64) -> (String, Status, i64) {
    ("ana".to_owned(), status, cents)
}

#[test]
fn an_order_is_booked_and_says_when_it_is_approved_by_itself() {
    let known = known(&[order()]);
    let decided = at_noon(&known, &around());
    assert_eq!(booked_by(&known, &decided), [anas(Status::Pending, 800)]);
    let row = row(&decided);
    assert_eq!((row.state, row.review), (State::Decided, false));
    assert_eq!(row.due_at, Some(days_later(30)));
    assert_eq!(row.placed_at, Some(noon()));
    assert_eq!(row.currency.unwrap().code(), "USD");
    let case = row.case.as_deref().unwrap();
    assert!(case.contains(r#""version":3"#), "{case}");
    assert!(row.decision.as_deref().unwrap().contains("ana"));
    assert_eq!(decided.answer, None);
}

#[test]
fn an_order_that_is_decided_again_by_the_same_adds_nothing() {
    let known = known(&[order()]);
    let decided = at_noon(&known, &around());
    let known = then(known, &decided, &[]);
    let again = decide(&known, &around(), &Cause::again(days_later(1)));
    assert_eq!(again.postings, []);
    assert_eq!(again.row, decided.row);
}

#[test]
fn an_order_heard_of_late_is_held_from_when_it_was_first_heard_of() {
    let known = known(&[order()]);
    let late = decide(&known, &around(), &Cause::again(days_later(100)));
    assert_eq!(row(&late).due_at, Some(days_later(103)));
    let known = then(known, &late, &[refund(1)]);
    // First heard of at noon, after all.
    let decided = decide(&known, &around(), &Cause::again(days_later(29)));
    assert_eq!(row(&decided).due_at, Some(days_later(30)));
}

#[test]
fn before_the_program_was_applied_nothing_is_approved_by_itself() {
    let around = Around {
        settings: None,
        ..around()
    };
    let decided = at_noon(&known(&[order()]), &around);
    assert_eq!(row(&decided).due_at, None);
    assert_eq!(row(&decided).state, State::Decided);
}

#[test]
fn what_is_heard_before_the_order_waits_and_an_orphan_stays_one() {
    let known = known(&[refund(100)]);
    let decided = at_noon(&known, &Around::default());
    assert_eq!(row(&decided).state, State::Waiting);
    let answer = "the order itself was not heard of yet";
    assert_eq!(decided.answer.as_deref(), Some(answer));
    let mut known = then(known, &decided, &[refund(200)]);
    known.stored.state = State::Orphan;
    let decided = at_noon(&known, &Around::default());
    assert_eq!(row(&decided).state, State::Orphan);
    // Until the order itself is heard of.
    let known = then(known, &decided, &[order()]);
    assert_eq!(row(&at_noon(&known, &around())).state, State::Decided);
}

#[test]
fn of_what_may_be_older_than_the_program_nothing_is_stored() {
    let begins = fact(json!({ "kind": "begins", "subscription": "s" }));
    let deleted = fact(json!({ "kind": "deleted" }));
    for (facts, answer) in [
        (
            vec![begins.clone()],
            "the subscription's first order was not heard of",
        ),
        (
            vec![begins, deleted],
            "the order that was deleted was not heard of",
        ),
    ] {
        let decided = at_noon(&known(&facts), &Around::default());
        assert_eq!(decided.row, None);
        assert_eq!(decided.answer.as_deref(), Some(answer));
        // But of an order that was heard of.
        let mut heard = known(&facts);
        heard.stored.first_seen_at = Some(noon());
        assert!(at_noon(&heard, &Around::default()).row.is_some());
    }
}

#[test]
fn without_a_policy_an_order_is_undecided_and_says_what_to_do() {
    let around = Around {
        directory: Directory::default(),
        ..around()
    };
    let decided = at_noon(&known(&[order()]), &around);
    assert_eq!(row(&decided).state, State::Undecided);
    assert_eq!(decided.postings, []);
    let problem = row(&decided).problem.clone().unwrap();
    assert!(problem.contains("apply the program with an earlier effective_at"));
    assert_eq!(decided.answer, Some(problem));
}

#[test]
fn a_test_order_is_decided_not_booked_and_what_was_booked_or_assigned_is_taken_back() {
    let first = known(&[order()]);
    let decided = at_noon(&first, &around());
    let known = then(first, &decided, &[version(1, json!({ "test": true }))]);
    let around = Around {
        assignments: Some(assigned(&[("ana", 0, true)])),
        ..around()
    };
    let decided = at_noon(&known, &around);
    assert_eq!(booked_by(&known, &decided), [anas(Status::Reversed, 0)]);
    assert_eq!(row(&decided).state, State::Test);
    assert_eq!(row(&decided).due_at, None);
    assert_eq!(decided.assignments.removed, [1]);
    let answer = "a test order: decided, not booked";
    assert_eq!(decided.answer.as_deref(), Some(answer));
}

#[test]
fn two_claims_of_equal_rank_are_held_and_a_person_is_told_once() {
    let facts = [version(0, json!({ "tags": ["vip"] }))];
    let known = known(&facts);
    let decided = at_noon(&known, &around());
    assert!(decided.review_is_news && row(&decided).review);
    assert_eq!(row(&decided).due_at, None);
    let known = then(known, &decided, &[refund(100)]);
    let decided = at_noon(&known, &around());
    assert!(row(&decided).review && !decided.review_is_news);
}

#[test]
fn commissions_that_no_ledger_can_hold_leave_the_order_undecided() {
    let mut known = known(&[order()]);
    let decided = at_noon(&known, &around());
    known = then(known, &decided, &[refund(100)]);
    known.booked[0].balance = Amount::from_minor(-9_007_199_254_740_991);
    let decided = at_noon(&known, &around());
    assert_eq!(row(&decided).state, State::Undecided);
    assert_eq!(decided.postings, []);
    assert!(decided.answer.unwrap().starts_with("balance: beyond"));
}

#[test]
fn an_approved_order_follows_its_frozen_case_with_todays_amounts() {
    let known = approved(&around(), &[order()], &[refund(5_000)]);
    // The program has changed meanwhile: ana's coupon is ben's.
    let mut around = around();
    around.directory.rows[0].body = json!({ "affiliate": "ben" });
    let decided = at_noon(&known, &around);
    assert_eq!(booked_by(&known, &decided), [anas(Status::Approved, 400)]);
    let row = row(&decided);
    let flag =
        "the order is approved, so its credit stays; by what is known now it would go to ben";
    assert!(
        row.flags.iter().any(|it| it.starts_with(flag)),
        "{:?}",
        row.flags
    );
    assert!(row.review && decided.review_is_news);
    assert!(
        row.case.as_deref().unwrap().contains(r#""ANA10":"ana""#)
            || row.decision.as_deref().unwrap().contains("ana")
    );
}

#[test]
fn an_approved_order_goes_on_where_its_live_case_cannot_be_decided_any_more() {
    let known = approved(&around(), &[order()], &[refund(5_000)]);
    let around = Around {
        directory: Directory::default(),
        ..around()
    };
    let decided = at_noon(&known, &around);
    assert_eq!(booked_by(&known, &decided), [anas(Status::Approved, 400)]);
    assert_eq!(row(&decided).state, State::Decided);
    assert_eq!(row(&decided).problem, None);
}

#[test]
fn amounts_of_another_currency_change_nothing_of_an_approved_order_and_a_person_is_asked_once() {
    let yen = version(1, json!({ "currency": "JPY" }));
    let mut known = approved(&around(), &[order()], &[yen]);
    let decided = at_noon(&known, &around());
    assert_eq!(decided.postings, []);
    let row = row(&decided);
    let is_it = |flag: &&String| flag.contains("its commission stays as it was");
    assert!(
        row.review && row.flags.iter().any(|flag| is_it(&flag)),
        "{:?}",
        row.flags
    );
    // Once it was acknowledged, nobody is asked again.
    known.stored.acknowledged = row.flags.iter().cloned().collect();
    let decided = at_noon(&known, &around());
    assert!(!self::row(&decided).review);
    assert!(self::row(&decided).flags.iter().any(|flag| is_it(&flag)));
}

fn renewal(first: Option<First>) -> Around {
    let mut around = around();
    let renewals = Renewals::First(2);
    around.settings = around.settings.map(|it| OrderSettings { renewals, ..it });
    around.renewed = Some(Renewed { number: 2, first });
    around
}

/// The case of a subscription's first order, which ben's coupon brought.
fn first(ruling: Option<Ruling>) -> First {
    let facts = [version(0, json!({ "id": "900", "coupons": ["BEN15"] }))];
    let decided = at_noon(&known(&facts), &around());
    First {
        case: row(&decided).case.clone().unwrap(),
        currency: "USD".parse().unwrap(),
        ruling,
    }
}

#[test]
fn a_renewal_is_credited_as_the_first_order_of_its_subscription_and_assigns_nobody() {
    let mut around = renewal(Some(first(None)));
    let known = known(&[order()]);
    assert!(around.has_case(&known));
    around.assignments = None;
    let decided = at_noon(&known, &around);
    let bens = ("ben".to_owned(), Status::Pending, 800);
    assert_eq!(booked_by(&known, &decided), [bens]);
    // Nor does one whose first order is not known.
    let alone = renewal(None);
    assert!(!alone.has_case(&known));
    let decided = at_noon(&known, &alone);
    assert_eq!(booked_by(&known, &decided), [anas(Status::Pending, 800)]);
    assert_eq!(decided.assignments.assign, None);
    let flag = "renewal 2 of a subscription whose first order is not known";
    assert!(row(&decided).flags[0].starts_with(flag));
}

#[test]
fn a_renewal_beyond_those_that_earn_is_decided_and_nothing_is_booked() {
    let mut around = renewal(Some(first(None)));
    around.renewed.as_mut().unwrap().number = 3;
    let known = known(&[order()]);
    let decided = at_noon(&known, &around);
    assert_eq!(decided.postings, []);
    assert_eq!(row(&decided).state, State::Decided);
    assert!(row(&decided).flags[0].contains("earns nothing by settings.renewals"));
}

#[test]
fn a_ruling_on_the_first_order_counts_for_its_renewals_unless_they_have_one_of_their_own() {
    let around = renewal(Some(first(Some(Ruling::Deny))));
    let known = known(&[order()]);
    let decided = at_noon(&known, &around);
    let denied = ("ben".to_owned(), Status::Denied, 0);
    assert_eq!(booked_by(&known, &decided), [denied]);
    let accept = Ruling::Accept {
        claim: NamedClaim {
            affiliate: "ben".to_owned(),
            method: "coupon".to_owned(),
            evidence: "ben15".to_owned(),
        },
    };
    let own = Fact::new(FactKind::Ruling(ruling(accept)));
    let known = then(known, &decided, &[own]);
    let decided = at_noon(&known, &around);
    let credited = ("ben".to_owned(), Status::Pending, 800);
    assert_eq!(booked_by(&known, &decided), [credited]);
}

#[test]
fn a_renewal_in_another_currency_goes_by_nothing_of_the_first_order() {
    let around = renewal(Some(first(Some(Ruling::Deny))));
    let known = known(&[version(0, json!({ "currency": "EUR" }))]);
    assert!(!around.has_case(&known));
    let decided = at_noon(&known, &around);
    assert_eq!(booked_by(&known, &decided), [anas(Status::Pending, 800)]);
    assert!(row(&decided).flags[0].contains("in USD, another currency"));
}

#[test]
fn a_free_customer_is_assigned_and_one_who_belongs_to_somebody_stays() {
    let known = known(&[order()]);
    let decided = at_noon(&known, &around());
    let assign = decided.assignments.assign.unwrap();
    assert_eq!((assign.affiliate.as_str(), assign.keys.len()), ("ana", 1));
    let around = Around {
        assignments: Some(assigned(&[("ben", 10, false)])),
        ..around()
    };
    let decided = at_noon(&known, &around);
    assert_eq!(decided.assignments.assign, None);
    assert_eq!(booked_by(&known, &decided)[0].0, "ben");
}

#[test]
fn of_several_assignments_the_first_counts_that_still_stands() {
    let around = Around {
        assignments: Some(assigned(&[("gone", 20, false), ("ben", 10, false)])),
        ..around()
    };
    let known = known(&[order()]);
    let decided = at_noon(&known, &around);
    let case = row(&decided).case.clone().unwrap();
    assert!(case.contains(r#""assigned":{"affiliate":"ben""#), "{case}");
    let flag = "the customer is one person by now, and belongs to ben and gone";
    assert!(row(&decided).flags[0].starts_with(flag));
}

#[test]
fn what_an_approved_order_assigned_stays_though_it_would_assign_another_now() {
    let known = approved(&around(), &[order()], &[refund(1)]);
    let mut around = around();
    around.assignments = Some(assigned(&[("ana", 0, true)]));
    around.directory.rows[0].body = json!({ "affiliate": "ben" });
    let decided = at_noon(&known, &around);
    assert_eq!(decided.assignments.assign, None);
    assert!(decided.assignments.removed.is_empty());
    // An open order does assign the other one.
    let open = self::known(&[order()]);
    let assign = at_noon(&open, &around).assignments.assign.unwrap();
    assert_eq!(
        (assign.affiliate.as_str(), assign.changed),
        ("ben", vec![1])
    );
}

#[test]
fn of_a_forgotten_customer_the_case_stays_but_for_its_amounts() {
    let first = known(&[order()]);
    let decided = at_noon(&first, &around());
    let case = row(&decided).case.clone();
    let mut known = then(first, &decided, &[refund(5_000)]);
    (known.stored.erased, known.stored.frozen_case) = (true, case);
    let around = Around {
        directory: Directory::default(),
        assignments: None,
        ..around()
    };
    assert!(around.has_case(&known));
    let decided = at_noon(&known, &around);
    assert_eq!(booked_by(&known, &decided), [anas(Status::Pending, 400)]);
    // And what is heard of them later is kept without the person.
    let visitor = fact(json!({ "kind": "visitor", "id": "v" }));
    let news = Kept::from(known).news(&[visitor, version(9, json!({ "email": null }))]);
    let [news] = news.as_slice() else {
        panic!("{news:?}");
    };
    let FactKind::Snapshot(snapshot) = &news.kind else {
        panic!("{news:?}");
    };
    assert_eq!(snapshot.customer_id, None);
}

#[test]
fn an_undecided_order_is_not_approved_nor_one_whose_approval_is_taken_back_by_itself() {
    let known = approved(&around(), &[order()], &[]);
    assert!(acts::approve_due(&known, None, days_later(60)).is_none());
    let moved = acts::unapprove(&known, false, &ida(), noon())
        .unwrap()
        .unwrap();
    let known = known.unapproved(&moved);
    assert_eq!(book(&known.booked), [anas(Status::Held, 800)]);
    assert_eq!(known.stored.frozen_case, None);
    let decided = at_noon(&known, &around());
    assert!(row(&decided).review && !decided.review_is_news);
    assert_eq!(row(&decided).due_at, None);

    let mut undecided = known;
    undecided.stored.problem = Some("no policy".to_owned());
    let refused = acts::approve(&undecided, None, &ida(), noon()).unwrap();
    let why = "the order is undecided: no policy".to_owned();
    assert_eq!(refused, Err(Refusal::Conflict(why)));
}

#[test]
fn an_order_is_approved_when_its_hold_period_is_over_and_not_before() {
    let first = known(&[order()]);
    let decided = at_noon(&first, &around());
    let known = then(first, &decided, &[]);
    assert!(acts::approve_due(&known, None, days_later(29)).is_none());
    let moved = acts::approve_due(&known, None, days_later(30)).unwrap();
    assert_eq!(
        book(&moved_on(known, &moved).booked),
        [anas(Status::Approved, 800)]
    );
}

#[test]
fn only_what_is_held_cannot_be_acknowledged() {
    assert_eq!(acts::acknowledge(&known(&[order()])), None);
    let first = known(&[order()]);
    let decided = at_noon(&first, &around());
    let mut known = then(first, &decided, &[]);
    assert_eq!(acts::acknowledge(&known), Some(Ok(())));
    known.booked[0].terms.status = Status::Held;
    assert!(matches!(
        acts::acknowledge(&known),
        Some(Err(Refusal::Conflict(_)))
    ));
}

#[test]
fn a_ruling_is_taken_once_and_refused_where_it_could_not_be_followed() {
    let first = known(&[order()]);
    let decided = at_noon(&first, &around());
    let decision = row(&decided).decision.clone().unwrap();
    let known = then(first, &decided, &[]);
    let on = acts::Ruleable {
        decision: &decision,
        currency: "USD".parse().unwrap(),
    };
    let bens = Ruling::Accept {
        claim: NamedClaim {
            affiliate: "ben".to_owned(),
            method: "coupon".to_owned(),
            evidence: "BEN15".to_owned(),
        },
    };
    let refused = acts::rule(&known, Some(on), &ruling(bens)).unwrap();
    assert!(
        matches!(refused, Err(Refusal::Unprocessable(_))),
        "{refused:?}"
    );
    let taken = acts::rule(&known, Some(on), &ruling(Ruling::Deny)).unwrap();
    let fact = taken.unwrap().unwrap();
    let known = Kept::from(known).with(&[fact]);
    let again = acts::rule(&known, Some(on), &ruling(Ruling::Deny)).unwrap();
    assert_eq!(again, Ok(None));
    let mut other = ruling(Ruling::Deny);
    other.reason = "another".to_owned();
    let refused = acts::rule(&known, Some(on), &other).unwrap();
    assert!(matches!(refused, Err(Refusal::Conflict(_))), "{refused:?}");
    assert_eq!(acts::rule(&self::known(&[order()]), None, &other), None);
}

fn payment() -> Fact {
    fact(json!({
        "kind": "payment", "payment": "pi_1", "at": noon(), "state": "received",
    }))
}

/// A shop takes payments for what is no order at all.
#[test]
fn payments_alone_are_no_order_to_wait_for_and_with_a_refund_they_are() {
    let touch = fact(json!({ "kind": "visitor", "id": "v1" }));
    let alone = at_noon(&known(&[payment(), touch.clone()]), &around());
    assert_eq!(alone.row, None);
    let refunded = at_noon(&known(&[payment(), refund(100)]), &around());
    assert_eq!(row(&refunded).state, State::Waiting);
    let visitor = at_noon(&known(&[touch]), &around());
    assert_eq!(row(&visitor).state, State::Waiting);
}

#[test]
fn a_flag_that_means_money_asks_a_person_once() {
    let more = fact(json!({
        "kind": "refund_total", "payment": "ch_1", "at": noon(), "currency": "USD", "amount": 100,
    }));
    let first = known(&[order(), more]);
    let decided = at_noon(&first, &around());
    assert!(row(&decided).review && decided.review_is_news);
    assert_eq!(row(&decided).flags.len(), 1);
    let mut known = then(first, &decided, &[]);
    known.stored.acknowledged = row(&decided).flags.iter().cloned().collect();
    let again = at_noon(&known, &around());
    assert!(!row(&again).review);
    assert_eq!(row(&again).flags.len(), 1);
}

/// Most programs pay by the order, whatever was bought.
#[test]
fn lines_that_are_left_out_are_flagged_where_the_program_goes_by_lines() {
    let order = version(0, json!({ "notes": { "left_out": ["lines"] } }));
    let known = known(&[order]);
    let flags = |around: &Around| row(&at_noon(&known, around)).flags.len();
    let with = |policy: Value| {
        let mut around = around();
        around.directory.policy = Some(Policy {
            version: 3,
            body: policy,
        });
        around
    };
    assert_eq!(flags(&around()), 0);
    assert_eq!(flags(&with(json!("last-click"))), 0);
    let per_item =
        json!({ "preset": "last-click", "rates": { "default": { "per_item": "1.50" } } });
    let by_sku = json!({ "preset": "last-click", "sku": { "disabled": ["prod_gift"] } });
    assert_eq!((flags(&with(per_item)), flags(&with(by_sku))), (1, 1));
    let mut has_skus = around();
    has_skus.directory.has_skus = true;
    assert_eq!(flags(&has_skus), 1);
    assert!(!row(&at_noon(&known, &has_skus)).review);
}

/// A month that a code makes free, between two that are paid.
#[test]
fn a_renewal_that_costs_nothing_is_not_counted() {
    use waymark_orders::places::PlaceChanges;
    let counted = |discount: i64, renewal: bool| {
        let members = json!({
            "discount": discount, "subscription": { "id": "s", "renewal": renewal },
        });
        let known = known(&[version(0, members)]);
        let order = known.folded.order.unwrap();
        let changes = PlaceChanges::of(&order, Vec::new());
        changes.new.iter().filter(|it| it.counted).count()
    };
    assert_eq!((counted(9_999, true), counted(10_000, true)), (1, 0));
    assert_eq!(counted(0, false), 0);
}
