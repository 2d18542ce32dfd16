//! Messages to receivers that the program has no more.

use waymark_attribution::time::Instant;
use waymark_outbox::delivery::{Delivery, State};
use waymark_outbox::health::Health;
use waymark_outbox::receiver::{Receiver, Webhook};
use waymark_outbox::step::{Answer, Step, Target, conclude, next, without_receiver};

use crate::samples::{NOON_MS, event, hosts, noon, read, secret};

const HOUR_MS: i64 = 3_600_000;

fn webhook() -> Webhook {
    read("url = \"https://hooks.example/\"\nsecrets = [\"HOOKS\"]")
}

fn status(status: u16) -> Answer<'static> {
    Answer::Response {
        status,
        retry_after: None,
        body: b"",
        duration_ms: None,
    }
}

#[test]
fn what_is_for_a_receiver_that_the_program_has_no_more_is_given_up_and_says_so() {
    let target = Target {
        receiver: None,
        hosts: &[],
        secret: &secret,
    };
    let fresh = Delivery::new(noon());
    let paused = Health::default().pause(noon());
    let Step::Concluded(concluded) = next(&event(), fresh, target, paused, noon(), 0) else {
        panic!("not concluded");
    };
    assert_eq!(concluded.delivery.state, State::GivenUp);
    let error = concluded.attempt.error.unwrap();
    assert_eq!(error, "the program has no such receiver any more");
    assert_eq!(without_receiver(1, noon()).error, Some(error));
}

/// Its name was dropped from the program for four days, and put back.
#[test]
fn a_receiver_that_comes_back_is_not_paused_for_what_was_lost_without_it() {
    let (webhook, hosts) = (webhook(), hosts());
    let target = |receiver| Target {
        receiver,
        hosts: &hosts,
        secret: &secret,
    };
    let mut health = Health::default();
    for hours in 0..96 {
        let now = Instant::from_millis(NOON_MS + hours * HOUR_MS);
        let message = Delivery::new(now);
        let Step::Concluded(concluded) = next(&event(), message, target(None), health, now, 0)
        else {
            panic!("not concluded");
        };
        health = concluded.health;
    }
    let now = Instant::from_millis(NOON_MS + 96 * HOUR_MS);
    let message = Delivery::new(now);
    let back = target(Some(Receiver::Webhook(&webhook)));
    let Step::Send(request) = next(&event(), message, back, health, now, 0) else {
        panic!("nothing was sent");
    };
    let health = conclude(&request, message, health, status(503), now, 0).health;
    assert_eq!((health.paused, health.failures), (None, 1));
}

#[test]
fn what_was_given_up_while_a_try_was_under_way_stays_given_up_unless_it_arrived() {
    let (webhook, hosts) = (webhook(), hosts());
    let target = Target {
        receiver: Some(Receiver::Webhook(&webhook)),
        hosts: &hosts,
        secret: &secret,
    };
    let (message, health) = (Delivery::new(noon()), Health::default());
    let Step::Send(request) = next(&event(), message, target, health, noon(), 0) else {
        panic!("nothing was sent");
    };
    let given_up = Delivery {
        state: State::GivenUp,
        ..message
    };
    for (answer, state) in [
        (500, State::GivenUp),
        (410, State::GivenUp),
        (200, State::Delivered),
    ] {
        let concluded = conclude(&request, given_up, health, status(answer), noon(), 0);
        assert_eq!(concluded.delivery.state, state, "{answer}");
    }
}
