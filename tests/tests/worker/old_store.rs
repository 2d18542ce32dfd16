//! A store that an earlier Waymark has left opens, is brought up to date, shows what it showed, decides
//! every order as it was decided, and goes on.

use rusqlite::Connection;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;
use waymark_tests::clock::Clock;
use waymark_tests::old_store::{captured_at, kept, lay, options, secret, shown};
use waymark_tests::{Workerd, eventually, merchant, shopper, store};

/// Members of `expected.json` that have another name by now, in all that `/v1` shows or below such a
/// member: `(below, then, now)`; below `""` is everywhere.
const RENAMED_MEMBERS: [(&str, &str, &str); 8] = [
    ("", "source", "store"),
    ("", "book", "conversions"),
    ("", "standing", "approval"),
    ("", "approved_at", "due_at"),
    ("", "last_look", "last_sync"),
    ("", "next_look", "next_sync"),
    ("assignments", "begins", "valid_from"),
    ("assignments", "ends", "valid_to"),
];
/// Values that have: `(member, then, now)`, by what the member is called now.
const RENAMED_VALUES: [(&str, &str, &str); 3] = [
    ("approval", "settled", "approved"),
    ("approval", "stopped", "revoked"),
    ("action", "seen", "acknowledge"),
];

/// What texts say otherwise, anywhere: `(then, now)`.
const REWORDED: (&str, &str) = ("given back", "refunded");

/// The conversions of an order in `/v1`, with their entries.
const CONVERSIONS: &str = "conversions";
/// What of an order is to stay when it is decided again.
const DECIDED: [&str; 7] = [
    "state",
    "problem",
    "flags",
    "review",
    "approval",
    "decision",
    CONVERSIONS,
];
/// Lists that are to stay when every order is decided again.
const OWED: [&str; 4] = ["affiliates", "conversions", "payouts", "payout_entries"];
/// Tables with what the old Worker had not come to do, all of which is done in the end.
const TO_DO: [&str; 4] = [
    "erasures",
    "forgotten_visitors",
    "stale_orders",
    "unpublished",
];

#[test]
fn an_old_store_opens_migrates_and_decides_alike() {
    let (workerd, left) = open();
    let clock = Clock::set(&workerd, captured_at());
    let expected = expected();
    let found = shown(&workerd);
    assert_same(&expected["shown"], &found);

    for order in list(&found["export"]) {
        let (store, id) = key(order);
        let answer = merchant::decide(&workerd, store, id);
        assert_eq!(answer.status(), 200, "{store}/{id}: {}", answer.text());
    }
    for table in TO_DO {
        eventually(table, || (workerd.count(table) == 0).then_some(()));
    }
    let again = shown(&workerd);
    assert_same(&decided(&found), &decided(&again));

    clicks_go_on(&workerd, clicks(&found), left);
    let visitor = expected["visitor"].as_str().expect("a token");
    goes_on(&workerd, clock, &again, visitor);
}

/// The old store, and how many clicks its shards had not told the program of.
fn open() -> (Workerd, i64) {
    let mut left = 0;
    let workerd = Workerd::start_on(options(), |store| {
        lay(&kept(), store);
        left = clicks_left(store);
    });
    (workerd, left)
}

fn clicks_left(store: &Path) -> i64 {
    let files = std::fs::read_dir(store.join("Journeys")).expect("shards");
    let left = files.map(|file| {
        let shard = Connection::open(file.expect("a file").path()).expect("a shard");
        let left = "SELECT (SELECT coalesce(sum(clicks), 0) FROM counts) +
             (SELECT coalesce(sum(count.value ->> '$[4]'), 0) FROM deliveries, json_each(counts) AS count)";
        let left = shard.query_row(left, [], |row| row.get::<_, i64>(0));
        left.expect("a count")
    });
    left.sum()
}

fn expected() -> Value {
    let text = std::fs::read_to_string(kept().join("expected.json")).expect("what is expected");
    let expected = serde_json::from_str(&text).expect("JSON");
    renamed(expected, &mut Vec::new())
}

/// What was expected, in the words of today.
fn renamed(value: Value, below: &mut Vec<String>) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().map(|(name, value)| {
                let now = RENAMED_MEMBERS.iter().find(|(within, then, _)| {
                    *then == name && (within.is_empty() || below.iter().any(|it| it == within))
                });
                let name = now.map_or(name, |(_, _, now)| (*now).to_owned());
                below.push(name.clone());
                let value = renamed(value, below);
                below.pop();
                (name, value)
            });
            Value::Object(members.collect())
        }
        Value::Array(items) => items.into_iter().map(|it| renamed(it, below)).collect(),
        Value::String(text) => {
            let member = below.last().map(String::as_str).unwrap_or_default();
            let values = &mut RENAMED_VALUES.iter();
            let now = values.find(|(of, then, _)| *of == member && *then == text);
            let text = now.map_or(text, |(_, _, now)| (*now).to_owned());
            Value::String(text.replace(REWORDED.0, REWORDED.1))
        }
        other => other,
    }
}

/// What is to stay, of all that is shown.
fn decided(shown: &Value) -> Value {
    let orders = list(&shown["export"]).map(|order| {
        let (store, id) = key(order);
        let members = DECIDED.iter().map(|member| (*member, &order[*member]));
        (format!("{store}/{id}"), members.collect::<BTreeMap<_, _>>())
    });
    let orders: BTreeMap<_, _> = orders.collect();
    let owed: BTreeMap<_, _> = OWED.iter().map(|name| (*name, &shown[*name])).collect();
    json!({ "orders": orders, "owed": owed })
}

/// Stores, shoppers and time go on with what they had begun.
fn goes_on(workerd: &Workerd, clock: Clock, before: &Value, visitor: &str) {
    // Some of a paid order is refunded: out of the next payout.
    let is_paid = |order: &&Value| key(order) == ("store", "s-1002");
    let paid = list(&before["export"]).find(is_paid).expect("an order");
    let refund = json!({ "type": "refund", "order": "s-1002", "id": "new", "currency": "USD",
        "amount": "20.00", "at": clock.time_in(0) });
    deliver(workerd, clock, &refund);
    let now = merchant::order(workerd, "store", "s-1002");
    let of_ben = |order: &Value| {
        let mut entries = merchant::entries(order);
        entries.retain(|it| it.starts_with("ben "));
        entries
    };
    let mut entries = of_ben(paid);
    entries.push("ben -2.00 refunded".to_owned());
    assert_eq!(of_ben(&now), entries);
    let owed = |shown: &Value| owed_to(shown, "ben", "USD");
    assert_eq!(owed(&shown(workerd)), owed(before) - 200);

    // A visitor of before orders, and a customer who was given away.
    let at = clock.time_in(0);
    let order = |id: &str, members: Value| {
        let mut order = json!({ "type": "order", "id": id, "placed_at": at, "updated_at": at,
            "currency": "USD", "lines": [{ "quantity": 1, "amount": "100.00" }] });
        for (name, value) in members.as_object().expect("members") {
            order[name] = value.clone();
        }
        deliver(workerd, clock, &order);
        merchant::book(&merchant::order(workerd, "store", id))
    };
    let visited = order("new-1", json!({ "token": visitor }));
    assert_eq!(visited, ["ana link 10.00 pending"]);
    let given = order("new-2", json!({ "email": "home@shopper.example" }));
    assert_eq!(given, ["ben assigned 5.00 pending"]);
    let renewal = json!({ "id": "s-5", "renewal": true });
    assert_eq!(order("new-3", json!({ "subscription": renewal })), [""; 0]);

    // An order whose hold is over is approved by itself.
    let of = |order: &Value| merchant::book(order).join(", ");
    let pending = merchant::order(workerd, "store", "n-1");
    assert!(of(&pending).contains("pending"), "{}", of(&pending));
    Clock::set(workerd, "2026-12-24T12:00:00Z".parse().expect("a time"));
    let approved = of(&pending).replace("pending", "approved");
    eventually(&approved, || {
        let now = merchant::order(workerd, "store", "n-1");
        (of(&now) == approved).then_some(())
    });
}

/// Clicks go on, and those that the old shards had counted are told of once.
fn clicks_go_on(workerd: &Workerd, before: i64, left: i64) {
    // So many that each of the two shards hears of one, which wakes it: visitors who are new within
    // one moment are of one shard.
    const CLICKS: i64 = 16;
    for _ in 0..CLICKS {
        let answer = shopper::click(workerd, "/r/ANA");
        let to = answer.header("location").expect("an address");
        assert!(
            to.starts_with("https://kettle.example/collections/green"),
            "{to}"
        );
        std::thread::sleep(Duration::from_millis(60));
    }
    eventually("all clicks", || {
        let all = clicks(&shown(workerd));
        assert!(
            all <= before + left + CLICKS,
            "{all}: {before} + {left} + {CLICKS}"
        );
        (all == before + left + CLICKS).then_some(())
    });
}

/// All clicks that are counted.
fn clicks(shown: &Value) -> i64 {
    let kinds = ["people", "bots", "speculative", "not_navigation"];
    let days = list(&shown["clicks"]["day"]["items"]);
    let of = |day: &Value| {
        kinds
            .map(|kind| day[kind].as_i64().expect(kind))
            .iter()
            .sum::<i64>()
    };
    days.map(of).sum()
}

/// What is owed to an affiliate, in minor units of a currency that has a hundred of them.
fn owed_to(shown: &Value, affiliate: &str, currency: &str) -> i64 {
    let affiliate = list(&shown["affiliates"]).find(|it| it["id"] == affiliate);
    let balances = &affiliate.expect("an affiliate")["balances"];
    let balance = list(balances).find(|it| it["currency"] == currency);
    let amount = balance.expect("a balance")["amount"]
        .as_str()
        .expect("an amount");
    amount.replace('.', "").parse().expect("minor units")
}

fn deliver(workerd: &Workerd, clock: Clock, call: &Value) {
    let body = call.to_string();
    let signed = store::signed(workerd, secret("DEMO_STORE_SECRET"), clock.now(), &body);
    assert_eq!(workerd.send(signed, &body).outcome(), "applied", "{body}");
}

fn key(order: &Value) -> (&str, &str) {
    let text = |member: &str| order[member].as_str().expect(member);
    (text("store"), text("id"))
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().expect("a list").iter()
}

/// # Panics
/// They differ. It says where, not all that is alike.
fn assert_same(expected: &Value, found: &Value) {
    let mut differences = Vec::new();
    compare("", expected, found, &mut differences);
    let number = differences.len();
    differences.truncate(30);
    assert!(
        number == 0,
        "{number} differences:\n{}",
        differences.join("\n")
    );
}

fn compare(path: &str, expected: &Value, found: &Value, differences: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(one), Value::Object(other)) => {
            let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            for name in names {
                let of = |object: &serde_json::Map<String, Value>| object.get(name).cloned();
                match (of(one), of(other)) {
                    (Some(one), Some(other)) => {
                        compare(&format!("{path}/{name}"), &one, &other, differences);
                    }
                    (one, other) => differences.push(format!("{path}/{name}: {one:?} {other:?}")),
                }
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (place, (one, other)) in one.iter().zip(other).enumerate() {
                compare(&format!("{path}/{place}"), one, other, differences);
            }
        }
        _ if expected == found => (),
        _ => differences.push(format!("{path}: {expected} is now {found}")),
    }
}
