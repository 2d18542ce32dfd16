//! How often links were clicked: every click of a person once, as often as there are touches; bots
//! and browsers that look ahead apart; nothing twice, whatever crashes.

use serde_json::{Value, json};
use std::sync::Mutex;
use std::time::Duration;
use waymark_tests::merchant::await_people;
use waymark_tests::{
    Options, Workerd, at_once, becomes, demo, eventually, faults, merchant, shopper, store,
};

/// The clicks of today, by link, by affiliate, by country or by day.
fn clicks(workerd: &Workerd, by: &str) -> Value {
    json!(merchant::items(workerd, &format!("/v1/clicks?by={by}")))
}

fn visit_by(workerd: &Workerd, path: &str, header: &str, value: &str) {
    workerd.send(shopper::browser(workerd, path).header(header, value), "");
}

#[test]
fn clicks_are_counted_by_link_affiliate_country_and_day_and_by_who_clicked() {
    let workerd = demo::start(Options::default());
    for country in ["DE", "DE", "US", "nowhere"] {
        visit_by(&workerd, "/r/ANA", "cf-ipcountry", country);
    }
    visit_by(&workerd, "/q/BEN", "user-agent", "Googlebot/2.1");
    visit_by(&workerd, "/r/BEN", "sec-purpose", "prefetch");
    visit_by(&workerd, "/r/BEN", "sec-fetch-dest", "image");
    shopper::click(&workerd, "/r/NOBODY");
    becomes("clicks of the day", &json!([5, 1]), || {
        let days = clicks(&workerd, "day");
        json!([days[0]["people"], days[0]["not_navigation"]])
    });

    let counts = |people, bots, speculative, not_navigation| {
        json!({ "people": people,
        "bots": bots, "speculative": speculative, "not_navigation": not_navigation })
    };
    let of = |name: &str, value: Value, mut counts: Value| {
        counts[name] = value;
        counts
    };
    let ana = counts(4, 0, 0, 0);
    let ben = counts(0, 1, 1, 1);
    let unknown = counts(1, 0, 0, 0);
    assert_eq!(
        clicks(&workerd, "link"),
        json!([
            of("link", Value::Null, unknown.clone()),
            of("link", json!("ana"), ana.clone()),
            of("link", json!("ben"), ben.clone()),
        ])
    );
    assert_eq!(
        clicks(&workerd, "affiliate"),
        json!([
            of("affiliate", Value::Null, unknown),
            of("affiliate", json!("ana"), ana),
            of("affiliate", json!("ben"), ben),
        ])
    );
    assert_eq!(
        clicks(&workerd, "country"),
        json!([
            of("country", json!("DE"), counts(2, 0, 0, 0)),
            of("country", json!("US"), counts(1, 0, 0, 0)),
            of("country", json!("XX"), counts(2, 1, 1, 1)),
        ])
    );
    let pages = merchant::get(&workerd, "/v1/clicks?by=link&limit=2");
    assert_eq!(pages.json::<Value>()["next"], "ana");
    let rest: Value = merchant::get(&workerd, "/v1/clicks?by=link&limit=2&after=ana").json();
    assert_eq!(rest["items"][0]["link"], "ben");
    let of_ana: Value = merchant::get(&workerd, "/v1/clicks?affiliate=ana&link=ANA").json();
    assert_eq!(of_ana["items"][0]["people"], 4);
    let before: Value = merchant::get(&workerd, "/v1/clicks?to=2026-01-01").json();
    assert_eq!(before["items"], json!([]));
}

#[test]
fn a_report_that_cannot_be_made_names_the_parameter() {
    let workerd = demo::start(Options::default());
    for (query, error) in [
        ("from=yesterday", "from: expected a day such as 2026-01-31"),
        ("to=2026-02-30", "to: expected a day such as 2026-01-31"),
        ("from=2026-02-01&to=2026-01-31", "from: lies after `to`"),
        (
            "from=2025-01-01&to=2026-01-02",
            "from: more than 366 days before `to`; ask for a shorter time",
        ),
        ("limit=0", "limit: expected a number from 1 to 200"),
    ] {
        let answer = merchant::get(&workerd, &format!("/v1/clicks?{query}"));
        assert_eq!(answer.status(), 422, "{query}");
        assert_eq!(answer.json::<Value>()["error"], error, "{query}");
    }
    let misspelt = merchant::get(&workerd, "/v1/clicks?form=2026-01-01");
    assert_eq!(misspelt.status(), 422, "{}", misspelt.text());
}

/// The touches that the journeys of these visitors keep. Each token is one of the visitor's first
/// click, so it carries no other mark.
fn touches(workerd: &Workerd, tokens: &[String]) -> u64 {
    let touches_of = |(number, token): (usize, &String)| {
        let id = format!("order-{number}");
        let mut order = demo::order(&id);
        order["token"] = json!(token);
        order["email"] = Value::Null;
        assert_eq!(store::deliver(workerd, &order).outcome(), "applied");
        let view = merchant::order(workerd, "store", &id);
        merchant::touches(&view) as u64
    };
    tokens.iter().enumerate().map(touches_of).sum()
}

/// A first click by each of so many people at once.
fn newcomers(workerd: &Workerd, number: usize) -> Vec<String> {
    let tokens = Mutex::new(Vec::new());
    at_once(0..number, number, |_| {
        let token = shopper::token(&shopper::click(workerd, "/r/ANA"));
        tokens.lock().expect("the tokens").push(token);
    });
    tokens.into_inner().expect("the tokens")
}

#[test]
fn what_64_people_click_at_once_is_counted_as_often_as_it_is_kept() {
    let workerd = demo::start(Options::default());
    let tokens = newcomers(&workerd, 64);
    at_once(&tokens, tokens.len(), |token| {
        for path in ["/r/BEN", "/q/ANA"].repeat(8) {
            assert_eq!(shopper::click_again(&workerd, path, token).status(), 302);
        }
    });
    eventually("nearly all clicks", || {
        (merchant::people(&workerd, "") >= 64 * 17 - 8).then_some(())
    });
    // Two clicks of one visitor on one link in the same millisecond are one touch, and count once.
    let kept = touches(&workerd, &tokens);
    await_people(&workerd, kept);
    assert!(kept <= 64 * 17);
    let links = clicks(&workerd, "link");
    assert_eq!(links[0]["link"], "ana", "{links}");
    assert_eq!(links[1]["link"], "ben", "{links}");
}

#[test]
fn counts_agree_with_the_touches_after_kill_9_under_load() {
    let mut workerd = demo::start(Options::default());
    let tokens = newcomers(&workerd, 64);
    await_people(&workerd, 64);
    for _ in 0..2 {
        let answered = Mutex::new(0_u64);
        std::thread::scope(|scope| {
            for token in &tokens {
                let (workerd, answered) = (&workerd, &answered);
                scope.spawn(move || {
                    loop {
                        let click = shopper::browser(workerd, "/r/BEN")
                            .header("cookie", format!("__Host-wm={token}"));
                        if workerd.try_send(click, "").is_err() {
                            return;
                        }
                        let mut answered = answered.lock().expect("the number");
                        *answered = answered.saturating_add(1);
                    }
                });
            }
            while *answered.lock().expect("the number") < 1_000 {
                std::thread::sleep(Duration::from_millis(1));
            }
            workerd.kill9();
        });
        workerd.restart();
    }
    // Clicks that were gathered when the power went are in neither number.
    let kept = touches(&workerd, &tokens);
    assert!(kept > 64);
    await_people(&workerd, kept);
}

#[test]
fn what_a_shard_could_not_tell_before_kill_9_it_tells_after_it_and_once() {
    let mut workerd = demo::start(Options::default());
    newcomers(&workerd, 16);
    // Kept by the shard, and the program not told yet.
    workerd.await_touches(16);
    workerd.kill9();
    assert_eq!(workerd.count("counted"), 0, "{}", workerd.log());
    workerd.restart();
    await_people(&workerd, 16);
    workerd.kill9();
    workerd.restart();
    // Once more, it would tell of them together with the next.
    shopper::click(&workerd, "/r/BEN");
    eventually("another click", || {
        (merchant::people(&workerd, "") > 16).then_some(())
    });
    assert_eq!(merchant::people(&workerd, ""), 17);
}

/// A click that asks for a fault of the runtime: `faults.js` has them.
fn click_into(workerd: &Workerd, fault: &str, path: &str) -> String {
    let request = shopper::browser(workerd, path).header("x-fault", fault);
    shopper::token(&workerd.send(request, ""))
}

/// Waits until a hand-over has failed so.
fn await_fault(workerd: &Workerd, fault: &str) {
    let failed = eventually(fault, || faults::end(workerd));
    assert_eq!(failed, fault);
}

fn start_with_faults() -> Workerd {
    demo::start(Options::default().with_faults())
}

#[test]
fn a_hand_over_that_fails_is_made_again_and_its_touches_are_counted_once() {
    for fault in ["lost", "unheard"] {
        let workerd = start_with_faults();
        click_into(&workerd, fault, "/r/ANA");
        await_fault(&workerd, fault);
        // After the second attempt, and so counted no sooner.
        std::thread::sleep(Duration::from_millis(500));
        shopper::click(&workerd, "/r/BEN");
        becomes("Ben's clicks", &json!(1), || {
            clicks(&workerd, "link")[1]["people"].clone()
        });
        assert_eq!(merchant::people(&workerd, ""), 2, "{fault}");
    }
}

#[test]
fn clicks_without_a_touch_are_not_handed_over_again() {
    for beside_a_person in [false, true] {
        let workerd = start_with_faults();
        let click = |browser: &str, rest: &str| {
            format!(
                "GET /r/ANA HTTP/1.1\r\nhost: shop\r\nuser-agent: {browser}\r\n\
                 x-fault: unheard\r\n{rest}\r\n"
            )
        };
        // At once, and so gathered together.
        let mut both = click("Googlebot/2.1", "connection: close\r\n");
        if beside_a_person {
            both.insert_str(0, &click("Mozilla/5.0 Firefox/140.0", ""));
        }
        workerd.send_raw(both.as_bytes());
        await_fault(&workerd, "unheard");
        std::thread::sleep(Duration::from_millis(500));
        shopper::click(&workerd, "/r/BEN");
        await_people(&workerd, 1 + u64::from(beside_a_person));
        assert_eq!(clicks(&workerd, "day")[0]["bots"], 1, "{beside_a_person}");
    }
}

#[test]
fn a_shard_with_too_much_to_do_is_left_alone_and_the_cookie_carries_the_mark() {
    let workerd = start_with_faults();
    let token = click_into(&workerd, "overloaded", "/r/ANA");
    await_fault(&workerd, "overloaded");
    shopper::click(&workerd, "/r/BEN");
    await_people(&workerd, 1);
    assert_eq!(clicks(&workerd, "link")[0]["link"], "ben");
    let log = workerd.log();
    assert!(log.contains("clicks were not recorded"), "{log}");

    let mut order = demo::order("1");
    order["token"] = json!(token);
    assert_eq!(store::deliver(&workerd, &order).outcome(), "applied");
    let expected = ["ana link 6.56 pending", "cleo sku 3.00 pending"];
    assert_eq!(demo::book(&workerd, "1"), expected);
}

#[test]
fn clicks_whose_request_was_ended_before_it_handed_them_over_are_handed_over_by_the_next() {
    let workerd = start_with_faults();
    click_into(&workerd, "cancelled", "/r/ANA");
    // It relies on the first, which is gone.
    shopper::click(&workerd, "/r/ANA");
    std::thread::sleep(Duration::from_millis(1_100));
    shopper::click(&workerd, "/r/BEN");
    await_people(&workerd, 3);
}
