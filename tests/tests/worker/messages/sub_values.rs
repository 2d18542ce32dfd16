//! When postbacks have a visit's click id and sub values: once its journey was read, which the token
//! in the order does not wait for.

use serde_json::{Value, json};
use std::time::Duration;
use waymark_tests::internet::{Internet, Reply};
use waymark_tests::{Answer, Options, Workerd, demo, merchant, shopper, store};

const TRACK: &str = "track.example";

const POSTBACK: &str = r#"
[outbox]
hosts = ["track.example"]

[postbacks.ana]
url = "https://track.example/{order_id}/{event}?sub={sub1}"
affiliate = "ana"
events = ["conversion.created", "conversion.approved"]
"#;

/// Calls that an order makes, at most.
const MOST_CALLS: usize = 200;

fn start(internet: &Internet) -> Workerd {
    let workerd = Workerd::start(Options {
        shop: Some(internet.port()),
        faults: true,
        ..Options::default()
    });
    merchant::apply_since_2000(&workerd, &format!("{}\n{POSTBACK}", demo::program()));
    workerd
}

/// A click of Ana's, by a new visitor, and an order with that visitor's token.
fn clicked_and_ordered(workerd: &Workerd, id: &str, fail: Option<usize>) -> (Answer, Value) {
    let click = shopper::click(workerd, "/r/ANA?sub1=spring");
    // It is handed over after its answer.
    std::thread::sleep(Duration::from_millis(500));
    let mut order = demo::order(id);
    order["token"] = json!(shopper::token(&click));
    order["email"] = json!(format!("{id}@shopper.example"));
    let plan = |plan: Value| -> Value {
        let request = workerd.request("GET", "/");
        let request = request.header("x-plan", plan.to_string());
        workerd.send(request, "").json()
    };
    plan(json!(fail.map(
        |fail| json!({ "fail": fail, "after": false, "during": "request" })
    )));
    let answer = store::deliver(workerd, &order);
    (answer, plan(Value::Null)["failed"].clone())
}

/// What the network was told of an order.
fn told(internet: &Internet, id: &str, calls: usize) -> Vec<String> {
    let of_order = || -> Vec<String> {
        let targets = internet.asked(TRACK).into_iter().map(|it| it.target);
        targets
            .filter(|it| it.starts_with(&format!("/{id}/")))
            .collect()
    };
    waymark_tests::eventually(&format!("{calls} calls about {id}"), || {
        Some(of_order()).filter(|told| told.len() == calls)
    })
}

#[test]
fn sub_values_of_a_journey_that_was_read_too_late_come_with_later_events_only() {
    let internet = Internet::start();
    internet.script(TRACK, [Reply::status(200)]);
    let workerd = start(&internet);
    clicked_and_ordered(&workerd, "read", None);
    assert_eq!(
        told(&internet, "read", 1),
        ["/read/conversion.created?sub=spring"]
    );

    // The order is taken all the same if the object that is not reached is a journey's.
    let order = (1..MOST_CALLS).find_map(|fail| {
        let id = format!("late-{fail}");
        let (answer, failed) = clicked_and_ordered(&workerd, &id, Some(fail));
        (failed == "object" && answer.status() == 200).then_some(id)
    });
    let order = order.expect("a journey that is not read");
    assert_eq!(
        told(&internet, &order, 1),
        [format!("/{order}/conversion.created?sub=")]
    );
    // Meanwhile an alarm reads the journey. What was told stays told.
    std::thread::sleep(Duration::from_secs(2));
    let approve = format!("/v1/orders/store/{order}/approve");
    let signed = json!({ "by": "Mo", "reason": "so" });
    let approved = merchant::post(&workerd, &approve, &signed);
    assert_eq!(approved.status(), 200, "{}", approved.text());
    assert_eq!(
        told(&internet, &order, 2)[1],
        format!("/{order}/conversion.approved?sub=spring")
    );
}

/// The token says which link was clicked, and not that the browser sent `Sec-GPC: 1`.
#[test]
fn the_click_id_of_a_visit_that_no_journey_knows_is_passed_on_to_nobody() {
    let internet = Internet::start();
    internet.script(TRACK, [Reply::status(200)]);
    let workerd = Workerd::start(Options {
        shop: Some(internet.port()),
        faults: true,
        ..Options::default()
    });
    let postback = POSTBACK.replace("?sub={sub1}", "?click={click_id}");
    merchant::apply_since_2000(&workerd, &format!("{}\n{postback}", demo::program()));
    let order = |id: &str, headers: &[(&str, &str)]| {
        let click = shopper::browser(&workerd, "/r/ANA");
        let click = headers
            .iter()
            .fold(click, |click, (name, value)| click.header(*name, *value));
        let click = workerd.send(click, "");
        std::thread::sleep(Duration::from_millis(500));
        let mut order = demo::order(id);
        order["token"] = json!(shopper::token(&click));
        order["email"] = json!(format!("{id}@shopper.example"));
        assert_eq!(store::deliver(&workerd, &order).outcome(), "applied");
    };
    order("kept", &[]);
    let kept = told(&internet, "kept", 1);
    assert!(kept[0].starts_with("/kept/conversion.created?click=") && !kept[0].ends_with('='));
    order("lost", &[("sec-gpc", "1"), ("x-fault", "cancelled")]);
    assert_eq!(
        told(&internet, "lost", 1),
        ["/lost/conversion.created?click="]
    );
}
