//! What becomes of messages whose receiver hangs, is paused, or is dropped from the program; and of
//! those that are old.
//!
//! Some of these tests look into the program's database while workerd is down: no caller can make a
//! message old.

use std::time::Duration;

use rusqlite::Connection;
use serde_json::Value;
use waymark_tests::internet::{Internet, Reply};
use waymark_tests::person::done;
use waymark_tests::receivers::{
    HOOKS, TRACK, WEBHOOK, await_messages, deliver, messages, order, start,
};
use waymark_tests::{Workerd, becomes, demo, eventually, merchant, store};

const DAY_MS: i64 = 86_400_000;

/// A receiver, and another one, which is the same program's.
const TWO: &str = r#"
[outbox]
hosts = ["hooks.example", "track.example"]

[webhooks.shop]
url = "https://hooks.example/waymark"
secrets = ["SHOP_HOOKS"]

[postbacks.network]
url = "https://track.example/p?order={order_id}"
"#;

/// So many days pass for all messages.
fn days_pass(days: i64) -> String {
    let milliseconds = days * DAY_MS;
    format!(
        "UPDATE messages SET due = due - {milliseconds};
         UPDATE events SET at = at - {milliseconds};"
    )
}

#[test]
fn who_does_not_answer_has_nobody_else_wait() {
    let internet = Internet::start();
    internet.host(HOOKS, |_| {
        Reply::status(200).after(Duration::from_secs(3_600))
    });
    internet.script(TRACK, [Reply::status(200)]);
    let workerd = start(&internet, TWO);
    let timed_out = || -> Vec<Value> {
        let waiting = messages(&workerd, "?receiver=webhook/shop&limit=200");
        assert!(waiting.iter().all(|it| it["state"] == "waiting"));
        let tries = waiting.iter().filter_map(|it| it["attempts"].as_array());
        tries.flatten().cloned().collect()
    };
    let (mut orders, mut waited) = (0, 0);
    eventually("a call that took too long", || {
        orders += 1;
        let before = timed_out().len();
        deliver(&workerd, &order(&format!("{orders}")));
        internet.await_asked(TRACK, orders);
        // Had the network waited for the shop, a call to the shop would have ended meanwhile.
        waited += usize::from(timed_out().len() > before);
        std::thread::sleep(Duration::from_millis(500));
        (orders >= 10 && !timed_out().is_empty()).then_some(())
    });
    assert!(waited <= 2, "{waited} of {orders}");
    assert!(timed_out().iter().all(|it| it["error"] == "timed out"));
    // Two at first, and one by one once it is known to fail: a call takes 15 s.
    let asked = internet.asked(HOOKS).len();
    assert!((2..=4).contains(&asked), "{asked}");
}

#[test]
fn what_waited_for_a_receiver_that_is_dropped_is_given_up_and_can_be_replayed_if_it_comes_back() {
    let internet = Internet::start();
    internet.script(HOOKS, [Reply::status(410), Reply::status(503)]);
    internet.script(TRACK, [Reply::status(200)]);
    let workerd = start(&internet, TWO);
    deliver(&workerd, &order("1001"));
    await_messages(&workerd, "paused", 1);
    deliver(&workerd, &order("1002"));
    await_messages(&workerd, "paused", 2);
    await_messages(&workerd, "delivered", 2);

    let (with, without) = (
        format!("{}\n{TWO}", demo::program()),
        format!(
            "{}\n{}",
            demo::program(),
            TWO.replace("webhooks.shop", "webhooks.other")
        ),
    );
    merchant::apply_since_2000(&workerd, &without);
    let given_up = await_messages(&workerd, "given_up", 2);
    for message in &given_up {
        let attempts = message["attempts"].as_array().expect("a log");
        let last = attempts.last().expect("a reason");
        assert_eq!(last["error"], "the program has no such receiver any more");
        assert_eq!(last["number"], attempts.len());
        assert_eq!(message["receiver"], "webhook/shop");
    }
    assert_eq!(messages(&workerd, "?state=delivered").len(), 2);

    // It is another one that comes back: neither paused, nor by its first 503.
    merchant::apply_since_2000(&workerd, &with);
    let shop = || {
        let receivers: Value = merchant::get(&workerd, "/v1/receivers").json();
        let receivers = receivers.as_array().expect("a list").clone();
        let shop = receivers
            .into_iter()
            .find(|it| it["name"] == "webhook/shop");
        shop.expect("the receiver")
    };
    assert_eq!(
        (&shop()["waiting"], &shop()["health"]["failures"]),
        (&0.into(), &0.into())
    );
    deliver(&workerd, &order("1003"));
    internet.await_asked(HOOKS, 2);
    let failed = eventually("a failure", || {
        let health = shop()["health"].clone();
        (health["failures"] == 1).then_some(health)
    });
    assert_eq!(failed.get("paused"), None, "{failed}");

    internet.script(HOOKS, [Reply::status(200)]);
    for message in &given_up {
        let path = format!("/v1/messages/{}/replay", message["number"]);
        done(merchant::command(&workerd, &path));
    }
    await_messages(&workerd, "given_up", 0);
    await_messages(&workerd, "delivered", 6);
}

#[test]
fn what_was_told_is_deleted_after_thirty_days_and_what_waits_for_a_paused_receiver_too() {
    let internet = Internet::start();
    internet.script(HOOKS, [Reply::status(200)]);
    let mut workerd = start(&internet, WEBHOOK);
    deliver(&workerd, &order("1001"));
    await_messages(&workerd, "delivered", 1);
    let pause = "/v1/receivers/webhook/shop/pause";
    done(merchant::command(&workerd, pause));
    deliver(&workerd, &order("1002"));
    await_messages(&workerd, "paused", 1);

    // Nothing else of the program is due.
    let quiet = "DELETE FROM calls; UPDATE orders SET due_at = NULL;";
    workerd.restart_with(&(days_pass(29) + quiet));
    // A little something: an alarm that finds nothing to do, and asks for the next.
    done(merchant::command(&workerd, pause));
    let left = || {
        let alarm = alarm(&workerd)?;
        let left = alarm - store::now();
        (left > DAY_MS / 2).then_some(left)
    };
    let left = eventually("an alarm to be set", left);
    assert!((DAY_MS - 120_000..=DAY_MS).contains(&left), "{left}");
    assert_eq!(messages(&workerd, "").len(), 2);

    workerd.restart_with(&days_pass(1));
    done(merchant::command(&workerd, pause));
    for table in ["messages", "attempts", "events"] {
        becomes(table, &0, || workerd.count(table));
    }
}

/// When the program is woken next, in milliseconds, as workerd keeps it.
fn alarm(workerd: &Workerd) -> Option<i64> {
    let metadata = workerd.folder().join("store/Program/metadata.sqlite");
    let database = Connection::open(metadata).expect("workerd's own database");
    let row = database.query_row("SELECT scheduled_time FROM _cf_ALARM", [], |row| {
        row.get::<_, i64>(0)
    });
    // None while the alarm runs.
    row.ok().map(|nanoseconds| nanoseconds / 1_000_000)
}

#[test]
fn however_much_waited_for_a_receiver_that_is_dropped_all_of_it_is_given_up() {
    let internet = Internet::start();
    internet.script(HOOKS, [Reply::status(410)]);
    let mut workerd = start(&internet, WEBHOOK);
    deliver(&workerd, &order("1001"));
    await_messages(&workerd, "paused", 1);
    let many = "INSERT INTO messages (event, receiver, state, due, body)
                  WITH RECURSIVE copy (number) AS
                    (SELECT 1 UNION ALL SELECT number + 1 FROM copy WHERE number < 5000)
                  SELECT event, receiver, state, due, body FROM messages, copy";
    workerd.restart_with(many);
    merchant::apply_since_2000(&workerd, &demo::program());
    await_messages(&workerd, "paused", 0);
    let given_up = messages(&workerd, "?state=given_up&limit=200");
    assert_eq!(given_up.len(), 200);
    assert_eq!(workerd.count("attempts"), 5_002);
}
