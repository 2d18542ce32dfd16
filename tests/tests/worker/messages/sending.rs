//! What Waymark sends: signed webhooks and filled postbacks, each at least once, to those who want
//! them and nowhere else.

use serde_json::{Value, json};
use waymark_tests::internet::{Internet, Reply};
use waymark_tests::person::done;
use waymark_tests::receivers::{
    HOOKS, HOOKS_SECRET, TRACK, TRACK_SECRET, WEBHOOK, await_messages, deliver, messages, order,
    start, told, verified,
};
use waymark_tests::{Workerd, eventually, merchant, shopper, store};

const POSTBACK: &str = r#"
[outbox]
hosts = ["track.example"]

[postbacks.ana]
url = "https://track.example/p?click={click_id}&sub={sub1}&sum={payout}&order={order_id}&token={secret}"
affiliate = "ana"
secret = "TRACK_TOKEN"
"#;

#[test]
fn a_webhook_is_told_of_a_conversion_and_of_its_refund_signed() {
    let internet = Internet::start();
    internet.script(HOOKS, [Reply::status(204)]);
    let workerd = start(&internet, WEBHOOK);
    deliver(&workerd, &order("1001"));
    let asked = internet.await_asked(HOOKS, 1);
    assert_eq!(told(&asked[0]), "conversion.created ben pending 6.40");
    let event = verified(&asked[0]);
    let expected = json!({ "store": "store", "id": "1001" });
    assert_eq!(event["data"]["order"], expected);
    // Nothing of the shopper, whose e-mail the order has.
    assert!(!asked[0].body.contains("shopper.example"));

    let mut refunded = order("1001");
    refunded["updated_at"] = json!("2099-01-01T00:00:00Z");
    refunded["refunds"] = json!([{ "id": "r1", "at": "2026-11-25T12:00:00Z", "amount": "32.00" }]);
    let answer = store::deliver(&workerd, &refunded);
    assert_eq!(answer.outcome(), "applied", "{}", answer.text());
    let asked = internet.await_asked(HOOKS, 2);
    assert_eq!(told(&asked[1]), "conversion.changed ben pending 3.20");
    let was = &verified(&asked[1])["data"]["conversion"]["previous_commission"];
    assert_eq!(was, "6.40");
    assert_ne!(
        asked[0].headers["webhook-id"],
        asked[1].headers["webhook-id"]
    );
    // An answer without a body, as 204 is, is an answer: nothing is sent twice.
    await_messages(&workerd, "delivered", 2);
    assert_eq!(internet.asked(HOOKS).len(), 2);
}

#[test]
fn a_webhook_is_told_of_an_approval() {
    let internet = Internet::start();
    internet.script(HOOKS, [Reply::status(200)]);
    let program = format!("{WEBHOOK}\n[settings]\nhold = \"0s\"\n");
    let workerd = start(&internet, &program);
    deliver(&workerd, &order("1001"));
    let asked = internet.await_asked(HOOKS, 2);
    let mut told: Vec<String> = asked.iter().map(told).collect();
    told.sort();
    assert_eq!(
        told,
        [
            "conversion.approved ben approved 6.40",
            "conversion.created ben pending 6.40"
        ]
    );
}

#[test]
fn a_message_that_failed_is_tried_again_by_the_same_id_and_the_log_has_both_tries() {
    let internet = Internet::start();
    // It sends back what it was told, secrets and all.
    let mut first = true;
    internet.host(HOOKS, move |asked| {
        let status = if std::mem::take(&mut first) { 500 } else { 200 };
        let signature = &asked.headers["webhook-signature"];
        Reply::status(status).body(&format!("got {signature} by {HOOKS_SECRET}"))
    });
    let workerd = start(&internet, WEBHOOK);
    deliver(&workerd, &order("1001"));
    let asked = internet.await_asked(HOOKS, 2);
    let (first, second) = (&asked[0], &asked[1]);
    assert_eq!(verified(first), verified(second));
    assert_eq!(
        first.headers["webhook-id"], second.headers["webhook-id"],
        "the receiver knows the event by it"
    );

    let delivered = await_messages(&workerd, "delivered", 1);
    assert_eq!(delivered[0]["receiver"], "webhook/shop");
    let attempts = delivered[0]["attempts"].as_array().expect("a list");
    let statuses: Vec<&Value> = attempts.iter().map(|it| &it["status"]).collect();
    assert_eq!(statuses, [500, 200]);
    assert_eq!(attempts[0]["answer"], "got … by …");

    let log = messages(&workerd, "").into_iter();
    let log = log.map(|message| message.to_string());
    let log = log.collect::<String>() + &workerd.log();
    for secret in [HOOKS_SECRET, &second.headers["webhook-signature"]] {
        assert!(!log.contains(secret), "{log}");
    }
}

#[test]
fn a_postback_is_filled_with_the_click_that_brought_the_order() {
    let internet = Internet::start();
    internet.script(TRACK, [Reply::status(200).body(TRACK_SECRET)]);
    let workerd = start(&internet, POSTBACK);
    let clicked = shopper::click(&workerd, "/r/ANA?sub1=spring%20%26%20co");
    assert_eq!(clicked.status(), 302);
    workerd.await_touches(1);
    let mut order = order("10 01&x=1");
    order["coupons"] = json!([]);
    order["token"] = json!(shopper::token(&clicked));
    deliver(&workerd, &order);
    let asked = internet.await_asked(TRACK, 1).remove(0);
    assert_eq!(asked.method, "GET");
    let (click, rest) = asked
        .target
        .strip_prefix("/p?click=")
        .and_then(|rest| rest.split_once('&'))
        .expect("a click");
    assert!(!click.is_empty());
    // 8 % of 64.00.
    assert_eq!(
        rest,
        "sub=spring%20%26%20co&sum=5.12&order=10%2001%26x%3D1&token=very%20secret%20%26%20odd"
    );
    let delivered = await_messages(&workerd, "delivered", 1);
    let log = delivered[0].to_string() + &workerd.log();
    assert!(!log.contains("very"), "{log}");
}

#[test]
fn a_receiver_that_is_gone_is_paused_until_it_is_resumed_and_misses_nothing() {
    let internet = Internet::start();
    internet.script(HOOKS, [Reply::status(410)]);
    let workerd = start(&internet, WEBHOOK);
    deliver(&workerd, &order("1001"));
    await_messages(&workerd, "paused", 1);
    deliver(&workerd, &order("1002"));
    await_messages(&workerd, "paused", 2);
    let receivers: Value = merchant::get(&workerd, "/v1/receivers").json();
    let health = &receivers[0]["health"]["paused"];
    assert_eq!(health["why"], "gone", "{receivers}");
    assert_eq!(internet.asked(HOOKS).len(), 1);

    internet.script(HOOKS, [Reply::status(200)]);
    done(merchant::command(
        &workerd,
        "/v1/receivers/webhook/shop/resume",
    ));
    await_messages(&workerd, "delivered", 2);
    let asked = internet.asked(HOOKS);
    let mut orders: Vec<String> = asked[1..]
        .iter()
        .map(|it| verified(it)["data"]["order"]["id"].to_string())
        .collect();
    orders.sort();
    assert_eq!(orders, ["\"1001\"", "\"1002\""]);
    let receivers: Value = merchant::get(&workerd, "/v1/receivers").json();
    assert_eq!(receivers[0]["waiting"], 0);

    let missing = merchant::command(&workerd, "/v1/receivers/webhook/none/resume");
    assert_eq!(missing.status(), 404);
}

#[test]
fn no_redirect_is_followed() {
    let internet = Internet::start();
    let elsewhere = Reply::status(302).with("location", "https://evil.example/waymark");
    internet.script(HOOKS, [elsewhere]);
    let workerd = start(&internet, WEBHOOK);
    deliver(&workerd, &order("1001"));
    let attempt = eventually("a try", || {
        let waiting = messages(&workerd, "?state=waiting");
        let attempt = waiting.first()?["attempts"].get(0)?.clone();
        Some(attempt)
    });
    assert_eq!(attempt["status"], 302);
    assert_eq!(attempt["verdict"], "failed");
    assert_eq!(internet.asked_hosts(), [HOOKS]);
}

#[test]
fn a_message_is_sent_again_by_hand_with_the_same_id() {
    let internet = Internet::start();
    internet.script(HOOKS, [Reply::status(200)]);
    let workerd = start(&internet, WEBHOOK);
    deliver(&workerd, &order("1001"));
    let delivered = await_messages(&workerd, "delivered", 1);
    let number = delivered[0]["number"].as_i64().expect("a number");
    done(merchant::command(
        &workerd,
        &format!("/v1/messages/{number}/replay"),
    ));
    let asked = internet.await_asked(HOOKS, 2);
    assert_eq!(
        asked[0].headers["webhook-id"],
        asked[1].headers["webhook-id"]
    );
    assert_eq!(verified(&asked[0]), verified(&asked[1]));
    eventually("two tries in the log", || {
        let delivered = messages(&workerd, "?state=delivered");
        (delivered.first()?["attempts"].as_array()?.len() == 2).then_some(())
    });
    let missing = merchant::command(&workerd, "/v1/messages/999/replay");
    assert_eq!(missing.status(), 404);
}

/// The message of a test that was sent to a receiver.
fn test_of(workerd: &Workerd, receiver: &str) -> Value {
    let sent = done(merchant::command(
        workerd,
        &format!("/v1/receivers/{receiver}/test"),
    ));
    let message = messages(workerd, "?limit=1").remove(0);
    assert_eq!(message["number"], sent["number"]);
    assert_eq!(message["receiver"], receiver);
    assert_eq!(message["event"]["type"], "test");
    sent
}

#[test]
fn a_test_reaches_the_one_receiver_signed_and_is_tried_again_as_every_message() {
    let internet = Internet::start();
    internet.script(HOOKS, [Reply::status(500).body("down"), Reply::status(204)]);
    let other =
        "[webhooks.other]\nurl = \"https://hooks.example/other\"\nsecrets = [\"SHOP_HOOKS\"]";
    let workerd = start(&internet, &format!("{WEBHOOK}\n{other}"));
    let sent = test_of(&workerd, "webhook/shop");
    assert_eq!(sent["state"], "waiting");
    let delivered = await_messages(&workerd, "delivered", 1);
    assert_eq!(delivered[0]["number"], sent["number"]);
    let tries = delivered[0]["attempts"].as_array().expect("tries");
    assert_eq!(tries.len(), 2);
    assert_eq!(
        (&tries[0]["status"], &tries[0]["answer"]),
        (&json!(500), &json!("down"))
    );
    // `verified` holds them to the one receiver's path.
    let asked = internet.asked(HOOKS);
    assert_eq!(asked.len(), 2);
    for asked in &asked {
        let event = verified(asked);
        assert_eq!(event["type"], "test");
        assert_eq!(
            event["data"]["order"],
            json!({ "store": "test", "id": "test" })
        );
    }
    // Nothing of it is booked, and a receiver that is paused has it wait.
    assert_eq!(merchant::owed(&workerd)["orders"], json!([]));
    done(merchant::command(
        &workerd,
        "/v1/receivers/webhook/shop/pause",
    ));
    assert_eq!(test_of(&workerd, "webhook/shop")["state"], "paused");
    for none in ["webhook/none", "postback/shop", "affiliate/ana"] {
        let answer = merchant::command(&workerd, &format!("/v1/receivers/{none}/test"));
        assert_eq!(answer.status(), 404, "{none}: {}", answer.text());
        assert!(answer.text().contains(none), "{}", answer.text());
    }
}

#[test]
fn a_test_of_a_postback_is_made_up_and_sent_only_if_its_name_is_called() {
    let internet = Internet::start();
    internet.script(TRACK, [Reply::status(200)]);
    let workerd = start(&internet, POSTBACK);
    test_of(&workerd, "postback/ana");
    await_messages(&workerd, "delivered", 1);
    let targets: Vec<String> = internet
        .asked(TRACK)
        .into_iter()
        .map(|it| it.target)
        .collect();
    let expected = "/p?click=test&sub=test&sum=0.00&order=test&token=very%20secret%20%26%20odd";
    assert_eq!(targets, [expected]);
}

#[test]
fn what_was_not_sent_when_the_process_died_is_sent_after_it() {
    let internet = Internet::start();
    internet.script(HOOKS, [Reply::status(500)]);
    let mut workerd = start(&internet, WEBHOOK);
    deliver(&workerd, &order("1001"));
    internet.await_asked(HOOKS, 1);
    workerd.kill9();
    internet.script(HOOKS, [Reply::status(200)]);
    workerd.restart();
    let delivered = await_messages(&workerd, "delivered", 1);
    assert_eq!(delivered[0]["receiver"], "webhook/shop");
    assert_eq!(merchant::balances(&workerd, "ben"), ["6.40 USD"]);
}
