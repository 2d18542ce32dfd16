//! When postbacks have a visit's click id and sub values: once its journey was read, which the token
//! in the order does not wait for.

use serde_json::{Value, json};
use waymark_tests::internet::{Internet, Reply};
use waymark_tests::json::with;
use waymark_tests::receivers::TRACK;
use waymark_tests::{
    Answer, Options, Workerd, becomes, demo, eventually, faults, merchant, person, shopper, store,
};

const POSTBACK: &str = r#"
[outbox]
hosts = ["track.example"]

[postbacks.ana]
url = "https://track.example/{order_id}/{event}?sub={sub1}"
affiliate = "ana"
events = ["conversion.created", "conversion.approved"]
"#;

/// Calls that an order makes, at most.
const MAX_CALLS: usize = 200;

fn start(internet: &Internet, postback: &str) -> Workerd {
    internet.script(TRACK, [Reply::status(200)]);
    let workerd = Workerd::start(Options::default().on(internet).with_faults());
    merchant::apply_since_2000(&workerd, &format!("{}\n{postback}", demo::program()));
    workerd
}

/// An order of a visitor who has clicked.
fn order_of(click: &Answer, id: &str) -> Value {
    let email = format!("{id}@shopper.example");
    let members = json!({ "token": shopper::token(click), "email": email });
    with(demo::order(id), members)
}

/// A click of Ana's, by a new visitor, and an order with that visitor's token; the answer, and what
/// has failed.
fn clicked_and_ordered(
    workerd: &Workerd,
    id: &str,
    fail: Option<usize>,
) -> (Answer, Option<String>) {
    let before = workerd.touches();
    let click = shopper::click(workerd, "/r/ANA?sub1=spring");
    workerd.await_touches(before + 1);
    if let Some(call) = fail {
        faults::fail(workerd, call, false, "request");
    }
    let answer = store::deliver(workerd, &order_of(&click, id));
    (answer, faults::end(workerd))
}

/// What the network was told of an order.
fn told(internet: &Internet, id: &str, calls: usize) -> Vec<String> {
    let of_order = || -> Vec<String> {
        let targets = internet.asked(TRACK).into_iter().map(|it| it.target);
        targets
            .filter(|it| it.starts_with(&format!("/{id}/")))
            .collect()
    };
    eventually(&format!("{calls} calls about {id}"), || {
        Some(of_order()).filter(|told| told.len() == calls)
    })
}

#[test]
fn sub_values_of_a_journey_that_was_read_too_late_come_with_later_events_only() {
    let internet = Internet::start();
    let workerd = start(&internet, POSTBACK);
    clicked_and_ordered(&workerd, "read", None);
    assert_eq!(
        told(&internet, "read", 1),
        ["/read/conversion.created?sub=spring"]
    );

    // The order is taken all the same if the object that is not reached is a journey's.
    let order = (1..MAX_CALLS).find_map(|fail| {
        let id = format!("late-{fail}");
        let (answer, failed) = clicked_and_ordered(&workerd, &id, Some(fail));
        (failed.as_deref() == Some("object") && answer.status() == 200).then_some(id)
    });
    let order = order.expect("a journey that is not read");
    assert_eq!(
        told(&internet, &order, 1),
        [format!("/{order}/conversion.created?sub=")]
    );
    // Meanwhile an alarm reads the journey. What was told stays told.
    becomes("journeys that were not read", &0, || {
        workerd.count("order_journeys WHERE read = 0")
    });
    person::done(person::approve(&workerd, &order));
    assert_eq!(
        told(&internet, &order, 2)[1],
        format!("/{order}/conversion.approved?sub=spring")
    );
}

/// The token says which link was clicked, and not that the browser sent `Sec-GPC: 1`.
#[test]
fn the_click_id_of_a_visit_that_no_journey_knows_is_passed_on_to_nobody() {
    let internet = Internet::start();
    let workerd = start(
        &internet,
        &POSTBACK.replace("?sub={sub1}", "?click={click_id}"),
    );
    let order = |id: &str, headers: &[(&str, &str)], kept: i64| {
        let click = shopper::browser(&workerd, "/r/ANA");
        let click = headers
            .iter()
            .fold(click, |click, (name, value)| click.header(*name, *value));
        let click = workerd.send(click, "");
        workerd.await_touches(kept);
        let order = order_of(&click, id);
        assert_eq!(store::deliver(&workerd, &order).outcome(), "applied");
    };
    order("kept", &[], 1);
    let kept = told(&internet, "kept", 1);
    assert!(kept[0].starts_with("/kept/conversion.created?click=") && !kept[0].ends_with('='));
    order("lost", &[("sec-gpc", "1"), ("x-fault", "cancelled")], 1);
    assert_eq!(
        told(&internet, "lost", 1),
        ["/lost/conversion.created?click="]
    );
}
