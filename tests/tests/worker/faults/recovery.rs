//! What a store may do to an order and a crash to the Worker: ten thousand deliveries of one order,
//! many orders with all that happens to them in any sequence, and `kill -9` under load.
//!
//! Each test is small here, for every change. `WAYMARK_DELIVERIES=10000`, `WAYMARK_ORDERS=1000` and
//! `WAYMARK_KILLS=200` make the long run, and `WAYMARK_SEED` repeats one that failed.

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};
use waymark_facts::Fact;
use waymark_facts::email::EmailKey;
use waymark_simulator::order::Order;
use waymark_simulator::random::Random;
use waymark_simulator::rules::Rules;
use waymark_simulator::seeds;
use waymark_stores::{Parsed, generic};
use waymark_tests::json::with;
use waymark_tests::{Options, STORE_SECRET, Workerd, at_once, demo, merchant, store};

const CONNECTIONS: usize = 64;

/// How long something took. It is printed, never asserted: this machine does other things, too.
#[expect(clippy::disallowed_methods, reason = "a figure to be printed")]
fn timed<T>(what: impl FnOnce() -> T) -> (T, Duration) {
    let began = Instant::now();
    let outcome = what();
    (outcome, began.elapsed())
}

fn size(variable: &str, usual: u64) -> usize {
    usize::try_from(seeds::size(variable, usual)).expect("a size")
}

/// So many days after the orders of these tests were placed, which is 25 days ago: within the hold
/// period, so that nothing is approved by itself.
fn day(days: i64) -> String {
    static PLACED: OnceLock<i64> = OnceLock::new();
    const DAY: i64 = 86_400_000;
    let placed = PLACED.get_or_init(|| store::now() - 25 * DAY);
    let time = jiff::Timestamp::from_millisecond(placed + days * DAY);
    time.expect("a time").to_string()
}

/// An order as it was on that day.
fn version(id: &str, on: i64, members: Value) -> Value {
    let order = demo::order_with_coupon(id);
    let times = json!({ "placed_at": day(0), "updated_at": day(on) });
    with(with(order, times), members)
}

/// A refund as it was on that day.
fn refund(id: &str, name: &str, on: i64, members: Value) -> Value {
    let refund = json!({ "type": "refund", "order": id, "id": name, "currency": "USD",
        "at": day(on) });
    with(refund, members)
}

#[test]
fn ten_thousand_deliveries_of_one_order_over_64_connections_make_one_set_of_conversions() {
    let workerd = demo::start(Options::default());
    let count = size("WAYMARK_DELIVERIES", 2_000);
    let mut random = Random::new(seeds::one());
    // All that is said of it: as placed, two changes, two states of a refund, and a dispute that
    // the shop wins.
    let dispute = |state: &str, on: i64| {
        json!({ "type": "dispute", "order": "1001", "id": "d1", "state": state, "currency": "USD",
            "amount": "5.00", "at": day(on) })
    };
    let calls = [
        version("1001", 0, json!({})),
        version("1001", 1, json!({ "discount": "20.50" })),
        version("1001", 2, json!({ "discount": "20.50", "tags": ["gift"] })),
        refund("1001", "r1", 3, json!({ "amount": "1.00" })),
        refund(
            "1001",
            "r1",
            4,
            json!({ "lines": [{ "line": "2", "quantity": 1, "amount": "6.75" }] }),
        ),
        dispute("open", 6),
        dispute("won", 7),
    ];
    let mut sent: Vec<String> = (0..count)
        .map(|place| calls[place % calls.len()].to_string())
        .collect();
    random.shuffle(&mut sent);

    let outcomes = Mutex::new(Vec::new());
    let ((), took) = timed(|| {
        at_once(&sent, CONNECTIONS, |call| {
            // Each is a call of its own, with an id and a signature of its own.
            let outcome = store::deliver_text(&workerd, call).outcome();
            outcomes.lock().expect("the outcomes").push(outcome);
        });
    });
    println!(
        "{count} deliveries of one order: {:.1} s",
        took.as_secs_f64()
    );

    let outcomes = outcomes.into_inner().expect("the outcomes");
    let applied = outcomes.iter().filter(|it| *it == "applied").count();
    let duplicate = outcomes.iter().filter(|it| *it == "duplicate").count();
    assert_eq!((applied, duplicate), (calls.len(), count - calls.len()));
    let view = merchant::order(&workerd, "store", "1001");
    assert_eq!(view["facts"].as_array().map(Vec::len), Some(calls.len()));
    // 10 % of 82.00 less 20.50 less 6.75; 1.50 for the packet that was kept.
    let owed = ["ben coupon 5.48 pending", "cleo sku 1.50 pending"];
    assert_eq!(merchant::book(&view), owed);
    assert_eq!(merchant::balances(&workerd, "ben"), ["5.48 USD"]);
    assert_eq!(merchant::balances(&workerd, "cleo"), ["1.50 USD"]);
    let entries = entries(&view);
    assert_eq!(
        entries,
        BTreeMap::from([("ben".into(), 548), ("cleo".into(), 150)])
    );
}

/// The sums of the entries of an order by affiliate, in cents.
fn entries(order: &Value) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for conversion in order["conversions"].as_array().into_iter().flatten() {
        for entry in conversion["entries"].as_array().into_iter().flatten() {
            let amount = entry["amount"]
                .as_str()
                .expect("an amount")
                .replace('.', "");
            let amount: i64 = amount.parse().expect("cents");
            let affiliate = conversion["affiliate"].as_str().expect("an affiliate");
            *sums.entry(affiliate.to_owned()).or_default() += amount;
        }
    }
    sums
}

const COUPONS: [&[&str]; 4] = [&["BEN15"], &["ANA10"], &["ANA10", "BEN15"], &[]];

/// What happens to one order: as placed, and some of changes, refunds, a cancellation.
fn story(random: &mut Random, id: &str) -> Vec<Value> {
    let coupons = *random.pick(&COUPONS);
    let mut said = vec![version(id, 0, json!({ "coupons": coupons }))];
    for on in 1..=random.between(1, 6) {
        let cents = random.between(0, 4_000);
        let discount = format!("{}.{:02}", cents / 100, cents % 100);
        let members = json!({ "coupons": coupons, "discount": discount });
        said.push(version(id, on, members));
    }
    for number in 0..random.below(3) {
        let cents = random.between(1, 3_000);
        let amount = format!("{}.{:02}", cents / 100, cents % 100);
        let name = format!("r{number}");
        said.push(refund(id, &name, 7, json!({ "amount": amount })));
        if random.chance(40) {
            said.push(refund(
                id,
                &name,
                8,
                json!({ "amount": amount, "failed": true }),
            ));
        }
        if random.chance(50) {
            let pieces = json!({ "lines": [{ "line": "2", "quantity": 1 }] });
            said.push(refund(id, &format!("p{number}"), 9, pieces));
        }
    }
    if random.chance(20) {
        said.push(json!({ "type": "cancellation", "order": id, "at": day(20) }));
    }
    said
}

/// The facts of calls, as the Worker reads them.
fn facts(calls: &[Value], key: &EmailKey) -> Vec<Fact> {
    let parse = |call: &Value| match generic::parse(call.to_string().as_bytes()) {
        Ok(Parsed::Delivery(delivery)) => delivery.seal(key).facts,
        other => panic!("{call}: {other:?}"),
    };
    calls.iter().flat_map(parse).collect()
}

#[test]
fn a_thousand_orders_with_50_shuffled_deliveries_each_are_owed_as_a_fold_done_once_says() {
    let workerd = demo::start(Options::default());
    let count = size("WAYMARK_ORDERS", 60);
    let mut random = Random::new(seeds::one());
    let key = EmailKey::new(*b"the fold does not depend on it..");
    let rules = Rules::of(&demo::program(), &key);
    let stories: Vec<(String, Vec<Value>)> = (0..count)
        .map(|number| {
            let id = number.to_string();
            let story = story(&mut random, &id);
            (id, story)
        })
        .collect();
    let mut sent: Vec<String> = Vec::new();
    for (_, story) in &stories {
        sent.extend((0..50).map(|place| story[place % story.len()].to_string()));
    }
    random.shuffle(&mut sent);
    let ((), took) = timed(|| {
        at_once(&sent, CONNECTIONS, |call| {
            let outcome = store::deliver_text(&workerd, call).outcome();
            assert!(outcome == "applied" || outcome == "duplicate", "{outcome}");
        });
    });
    println!(
        "{count} orders, {} deliveries: {:.1} s",
        sent.len(),
        took.as_secs_f64()
    );

    let listed = merchant::pages(&workerd, "/v1/orders", 200).concat();
    assert_eq!(listed.len(), count);
    let mut owed: BTreeMap<String, i64> = BTreeMap::new();
    for (id, story) in &stories {
        let once = Order::at_once(&rules, &facts(story, &key));
        let view = merchant::order(&workerd, "store", id);
        let found: BTreeSet<String> = merchant::unreversed(&view).into_iter().collect();
        let mut expected: BTreeSet<String> = once.lines().into_iter().collect();
        expected.retain(|line| !line.ends_with(" 0.00 reversed"));
        assert_eq!(found, expected, "order {id}: {story:#?}");
        for conversion in &once.conversions {
            *owed.entry(conversion.claim.affiliate.clone()).or_default() += conversion.balance();
        }
        for (affiliate, cents) in entries(&view) {
            let own = once
                .conversions
                .iter()
                .filter(|it| it.claim.affiliate == affiliate);
            let expected: i64 = own.map(|it| it.balance()).sum();
            assert_eq!(cents, expected, "{affiliate}, order {id}");
        }
    }
    for (affiliate, cents) in owed {
        let sum = format!("{}.{:02} USD", cents / 100, cents % 100);
        let balances = merchant::balances(&workerd, &affiliate);
        assert!(
            balances == [sum.clone()] || cents == 0,
            "{affiliate}: {balances:?}, {sum}"
        );
    }
}

/// Delivers orders over 8 connections until workerd is killed under them; the ids of those that
/// were acknowledged.
fn load_until_killed(workerd: &Workerd, number: &AtomicUsize, after: usize) -> Vec<String> {
    let acknowledged = Mutex::new(Vec::new());
    let killed = AtomicBool::new(false);
    let count = || acknowledged.lock().expect("the ids").len();
    let deliver = || {
        loop {
            let id = number.fetch_add(1, Ordering::Relaxed).to_string();
            // First by what changes them, as stores sometimes do.
            for call in life(&id) {
                let body = call.to_string();
                let call = store::signed(workerd, STORE_SECRET, store::now(), &body);
                match workerd.try_send(call, &body) {
                    Ok(answer) => assert_eq!(answer.outcome(), "applied"),
                    Err(_) if killed.load(Ordering::SeqCst) => return,
                    Err(error) => panic!("{error}; workerd's log:\n{}", workerd.log()),
                }
            }
            acknowledged.lock().expect("the ids").push(id);
        }
    };
    std::thread::scope(|scope| {
        let stores: Vec<_> = (0..8).map(|_| scope.spawn(deliver)).collect();
        while count() < after && stores.iter().any(|it| !it.is_finished()) {
            std::thread::sleep(Duration::from_millis(1));
        }
        killed.store(true, Ordering::SeqCst);
        workerd.kill9();
    });
    acknowledged.into_inner().expect("the ids")
}

/// A refund of the kettle's half before the order itself.
fn life(id: &str) -> [Value; 2] {
    let lines = json!({ "lines": [{ "line": "1", "quantity": 0, "amount": "32.00" }] });
    [refund(id, "r1", 3, lines), version(id, 0, json!({}))]
}

#[test]
fn nothing_acknowledged_is_lost_or_booked_twice_by_kill_9_under_load() {
    let mut workerd = demo::start(Options::default());
    let kills = size("WAYMARK_KILLS", 20);
    let mut random = Random::new(seeds::one());
    // 10 % of what is left of the kettle and the tea; the tea is Cleo's besides.
    let owed = ["ben coupon 5.00 pending", "cleo sku 3.00 pending"];
    let number = AtomicUsize::new(0);
    let mut acknowledged: Vec<String> = Vec::new();
    let mut back = Vec::new();
    for _ in 0..kills {
        let after = random.below(40);
        let new = load_until_killed(&workerd, &number, after);
        // Back is who answers with what it had said.
        let ((), took) = timed(|| {
            workerd.restart();
            if let Some(last) = new.last() {
                assert_eq!(demo::book(&workerd, last), owed);
            }
        });
        back.push(took);
        for id in &new {
            assert_eq!(demo::book(&workerd, id), owed);
        }
        acknowledged.extend(new);
    }
    back.sort();
    println!(
        "{kills} kills, {} orders acknowledged, 0 lost; back after {} ms (median), {} ms (longest)",
        acknowledged.len(),
        back[back.len() / 2].as_millis(),
        back[back.len() - 1].as_millis(),
    );
    assert!(back[back.len() / 2] < Duration::from_secs(20), "{back:?}");

    // Whoever did not hear an answer calls again. Then all are whole, and none is there twice.
    let count = number.load(Ordering::Relaxed);
    let heard: BTreeSet<&String> = acknowledged.iter().collect();
    for id in (0..count).map(|id| id.to_string()) {
        if !heard.contains(&id) {
            for call in life(&id) {
                let outcome = store::deliver(&workerd, &call).outcome();
                assert!(outcome == "applied" || outcome == "duplicate", "{outcome}");
            }
            assert_eq!(demo::book(&workerd, &id), owed);
        }
    }
    let listed = merchant::pages(&workerd, "/v1/orders", 200).concat();
    assert_eq!(listed.len(), count);
    assert_eq!(
        merchant::balances(&workerd, "ben"),
        [format!("{count}", count = count * 5) + ".00 USD"]
    );
    assert_eq!(
        merchant::balances(&workerd, "cleo"),
        [format!("{}.00 USD", count * 3)]
    );
}
