//! What a visitor clicked is kept as long as a policy may count it, and no longer; and the number of
//! shards may be raised meanwhile.
//!
//! These tests change the shards' databases while workerd is down: no caller can make a touch old.

use serde_json::{Value, json};
use waymark_tests::merchant::await_people;
use waymark_tests::{Options, demo, eventually, merchant, shopper, store};

/// As many touches as several alarms delete, all of them of another visitor and too old.
const MANY_OLD_TOUCHES: &str = "
    WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 2500)
    INSERT INTO touches (visitor, at, id, keep_until, body)
    SELECT 'old', n, 'touch ' || n, 1, '{}' FROM number";

#[test]
fn touches_that_no_policy_can_count_any_more_are_deleted_however_many_and_others_stay() {
    let mut workerd = demo::start(Options::default());
    let token = shopper::token(&shopper::click(&workerd, "/r/ANA"));
    await_people(&workerd, 1);
    assert_eq!(workerd.touches(), 1);
    workerd.restart_with_journeys(&format!(
        "UPDATE touches SET keep_until = 1; {MANY_OLD_TOUCHES}"
    ));
    assert_eq!(workerd.touches(), 2_501);
    // The same visitor, so the same shard.
    shopper::click_again(&workerd, "/r/BEN", &token);
    await_people(&workerd, 2);
    workerd.await_touches(1);
}

#[test]
fn a_touch_is_kept_for_a_day_longer_than_any_policy_counts_it() {
    let workerd = demo::start(Options::default());
    let answer = shopper::click(&workerd, "/r/ANA");
    let cookie = answer.header("set-cookie").expect("a cookie");
    // The cookie lives as long as the policy's longest window.
    let (_, max_age) = cookie.split_once("Max-Age=").expect("its age");
    let seconds = max_age.split(';').next().expect("a number").parse::<i64>();
    workerd.await_touches(1);
    let kept = workerd.of_journeys("SELECT keep_until - at FROM touches");
    let seconds = seconds.expect("a number").saturating_add(86_400);
    assert_eq!(kept, [seconds.saturating_mul(1_000)]);
}

#[test]
fn touches_that_could_not_be_deleted_are_deleted_later_and_clicks_are_counted_meanwhile() {
    let mut workerd = demo::start(Options::default());
    let token = shopper::token(&shopper::click(&workerd, "/r/ANA"));
    await_people(&workerd, 1);
    workerd.restart_with_journeys(
        "UPDATE touches SET keep_until = 1;
         CREATE TRIGGER broken BEFORE DELETE ON touches WHEN old.keep_until = 1
         BEGIN SELECT RAISE(ABORT, 'broken'); END",
    );
    shopper::click_again(&workerd, "/r/BEN", &token);
    await_people(&workerd, 2);
    eventually("the failure in the log", || {
        let log = workerd.log();
        log.contains("touches were not deleted").then_some(())
    });
    assert_eq!(workerd.touches(), 2);
    // Nobody clicks any more: it is the alarm that the failure set.
    workerd.restart_with_journeys("DROP TRIGGER broken");
    workerd.await_touches(1);
}

#[test]
fn counts_that_a_shard_sends_again_are_added_once() {
    let mut workerd = demo::start(Options::default());
    let token = shopper::token(&shopper::click(&workerd, "/r/ANA"));
    await_people(&workerd, 1);
    // As if the shard had never heard that the program had its first delivery.
    let today = store::now().div_euclid(86_400_000);
    let again = format!(
        r#"INSERT INTO deliveries (number, counts) VALUES (1, '[[0, {today}, "XX", "person", 5]]')"#
    );
    workerd.restart_with_journeys(&again);
    shopper::click_again(&workerd, "/r/BEN", &token);
    await_people(&workerd, 2);
}

#[test]
fn the_number_of_shards_may_be_raised_and_every_visitor_keeps_their_journey() {
    let mut workerd = demo::start(Options::default());
    let with_shards = |shards: u16| demo::program_with(&format!("journey_shards = {shards}"));
    let mut visitors = Vec::new();
    let mut kept = 0;
    for shards in [1, 4, 64] {
        merchant::apply_since_2000(&workerd, &with_shards(shards));
        // An isolate uses the settings for half a minute before it asks again; a new one asks at once.
        workerd.restart();
        for _ in 0..4 {
            let token = shopper::token(&shopper::click(&workerd, "/r/ANA"));
            kept += 1;
            workerd.await_touches(kept);
            visitors.push(token);
        }
        for token in &visitors {
            shopper::click_again(&workerd, "/r/BEN", token);
            kept += 1;
        }
        workerd.await_touches(kept);
    }
    for (number, token) in visitors.iter().enumerate() {
        let id = number.to_string();
        let mut order = demo::order(&id);
        order["token"] = json!(token);
        order["email"] = Value::Null;
        assert_eq!(store::deliver(&workerd, &order).outcome(), "applied");
        let view = merchant::order(&workerd, "store", &id);
        let touches = merchant::touches(&view);
        // A click of their own, and one after each raise that they saw.
        let raises = 3_usize.saturating_sub(number / 4);
        assert_eq!(touches, 1 + raises, "visitor {number}");
    }
    let in_use = workerd.of_journeys("SELECT 1").len();
    assert!(
        in_use > 2,
        "{in_use} shards for {} visitors",
        visitors.len()
    );
}
