//! What a visitor clicked is kept as long as a policy may count it, and no longer; and the number of
//! shards may be raised meanwhile.
//!
//! These tests look into the shards' databases while workerd is down: no caller can make a touch old.

use rusqlite::Connection;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use waymark_tests::{Options, Workerd, demo, merchant, shopper, store};

/// The databases of the shards, to be opened while workerd is down.
fn shards(workerd: &Workerd) -> Vec<Connection> {
    let of_journeys = |path: &PathBuf| {
        let class = path.parent().and_then(|folder| folder.file_name());
        let named = path.file_stem().is_some_and(|name| name != "metadata");
        class.is_some_and(|class| class == "Journeys")
            && named
            && path.extension().is_some_and(|kind| kind == "sqlite")
    };
    let paths = workerd.stored().into_keys().filter(of_journeys);
    let open = |path: PathBuf| Connection::open(path).expect("a database");
    paths.map(open).collect()
}

fn run(shards: &[Connection], statements: &str) {
    for shard in shards {
        shard
            .execute_batch(statements)
            .expect("the statements to run");
    }
}

fn touches(shards: &[Connection]) -> i64 {
    let count = |shard: &Connection| {
        let row = shard.query_row("SELECT count(*) FROM touches", [], |row| {
            row.get::<_, i64>(0)
        });
        row.expect("a number")
    };
    shards.iter().map(count).sum::<i64>()
}

/// Clicks by people, as the merchant sees them.
fn people(workerd: &Workerd) -> Value {
    let report: Value = merchant::get(workerd, "/v1/clicks").json();
    report["items"][0]["people"].clone()
}

#[expect(clippy::disallowed_methods, reason = "a merchant waits by the clock")]
fn wait_for_people(workerd: &Workerd, wanted: u64) {
    let begun = Instant::now();
    while people(workerd) != wanted {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "{}",
            workerd.log()
        );
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// As many touches as several alarms delete, all of them of another visitor and too old.
const MANY_OLD_TOUCHES: &str = "
    WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 2500)
    INSERT INTO touches (visitor, at, id, keep_until, body)
    SELECT 'old', n, 'touch ' || n, 1, '{}' FROM number";

#[test]
fn touches_that_no_policy_can_count_any_more_are_deleted_however_many_and_others_stay() {
    let mut workerd = demo::start(Options::default());
    let token = shopper::token(&shopper::click(&workerd, "/r/ANA"));
    wait_for_people(&workerd, 1);
    workerd.kill9();
    let databases = shards(&workerd);
    assert_eq!((databases.len(), touches(&databases)), (1, 1));
    run(&databases, "UPDATE touches SET keep_until = 1");
    run(&databases, MANY_OLD_TOUCHES);
    drop(databases);
    workerd.restart();
    // The same visitor, so the same shard.
    shopper::click_again(&workerd, "/r/BEN", &token);
    wait_for_people(&workerd, 2);
    std::thread::sleep(Duration::from_millis(1_500));
    workerd.kill9();
    assert_eq!(touches(&shards(&workerd)), 1);
}

#[test]
fn a_touch_is_kept_for_a_day_longer_than_any_policy_counts_it() {
    let workerd = demo::start(Options::default());
    let answer = shopper::click(&workerd, "/r/ANA");
    let cookie = answer.header("set-cookie").expect("a cookie");
    // The cookie lives as long as the policy's longest window.
    let (_, max_age) = cookie.split_once("Max-Age=").expect("its age");
    let seconds = max_age.split(';').next().expect("a number").parse::<i64>();
    wait_for_people(&workerd, 1);
    workerd.kill9();
    let kept: i64 = shards(&workerd)[0]
        .query_row("SELECT keep_until - at FROM touches", [], |row| row.get(0))
        .expect("one touch");
    let seconds = seconds.expect("a number").saturating_add(86_400);
    assert_eq!(kept, seconds.saturating_mul(1_000));
}

#[test]
fn touches_that_could_not_be_deleted_are_deleted_later_and_clicks_are_counted_meanwhile() {
    let mut workerd = demo::start(Options::default());
    let token = shopper::token(&shopper::click(&workerd, "/r/ANA"));
    wait_for_people(&workerd, 1);
    workerd.kill9();
    let databases = shards(&workerd);
    run(
        &databases,
        "UPDATE touches SET keep_until = 1;
         CREATE TRIGGER broken BEFORE DELETE ON touches WHEN old.keep_until = 1
         BEGIN SELECT RAISE(ABORT, 'broken'); END",
    );
    drop(databases);
    workerd.restart();
    shopper::click_again(&workerd, "/r/BEN", &token);
    wait_for_people(&workerd, 2);
    std::thread::sleep(Duration::from_millis(500));
    assert!(
        workerd.log().contains("touches were not deleted"),
        "{}",
        workerd.log()
    );
    workerd.kill9();
    let databases = shards(&workerd);
    assert_eq!(touches(&databases), 2);
    run(&databases, "DROP TRIGGER broken");
    drop(databases);
    // Nobody clicks any more: it is the alarm that the failure set.
    workerd.restart();
    std::thread::sleep(Duration::from_millis(12_000));
    workerd.kill9();
    assert_eq!(touches(&shards(&workerd)), 1);
}

#[test]
fn counts_that_a_shard_sends_again_are_added_once() {
    let mut workerd = demo::start(Options::default());
    let token = shopper::token(&shopper::click(&workerd, "/r/ANA"));
    wait_for_people(&workerd, 1);
    workerd.kill9();
    // As if the shard had never heard that the program had its first delivery.
    let today = store::now().div_euclid(86_400_000);
    let again = format!(
        r#"INSERT INTO deliveries (number, counts) VALUES (1, '[[0, {today}, "XX", "person", 5]]')"#
    );
    let databases = shards(&workerd);
    run(&databases, &again);
    drop(databases);
    workerd.restart();
    shopper::click_again(&workerd, "/r/BEN", &token);
    wait_for_people(&workerd, 2);
}

#[test]
fn the_number_of_shards_may_be_raised_and_every_visitor_keeps_their_journey() {
    let mut workerd = demo::start(Options::default());
    let with_shards = |shards: u16| {
        format!(
            "{}\n[settings]\njourney_shards = {shards}\n",
            demo::program()
        )
    };
    let mut visitors = Vec::new();
    for shards in [1, 4, 64] {
        merchant::apply_since_2000(&workerd, &with_shards(shards));
        // An isolate uses the settings for half a minute before it asks again; a new one asks at once.
        workerd.restart();
        for _ in 0..4 {
            let token = shopper::token(&shopper::click(&workerd, "/r/ANA"));
            std::thread::sleep(Duration::from_millis(100));
            visitors.push(token);
        }
        for token in &visitors {
            shopper::click_again(&workerd, "/r/BEN", token);
        }
        // The clicks are recorded after the shopper's answer.
        std::thread::sleep(Duration::from_millis(1_000));
    }
    for (number, token) in visitors.iter().enumerate() {
        let id = number.to_string();
        let mut order = demo::order(&id);
        order["token"] = json!(token);
        order["email"] = Value::Null;
        assert_eq!(store::deliver(&workerd, &order).outcome(), "applied");
        let view = merchant::order(&workerd, "store", &id);
        let facts = view["facts"].as_array().expect("facts").iter();
        let touches = facts.filter(|fact| fact["fact"]["kind"] == "touch").count();
        // A click of their own, and one after each raise that they saw.
        let raises = 3_usize.saturating_sub(number / 4);
        assert_eq!(touches, 1 + raises, "visitor {number}");
    }
    workerd.kill9();
    let in_use = shards(&workerd).len();
    assert!(
        in_use > 2,
        "{in_use} shards for {} visitors",
        visitors.len()
    );
}
