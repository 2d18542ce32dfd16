//! The harness itself: workerd starts with the built Worker, and survives what the tests do to it.

use waymark_tests::{Options, Workerd};

#[test]
fn the_built_worker_answers() {
    let workerd = Workerd::start(Options::default());
    assert_eq!(workerd.get("/").status(), 200, "{}", workerd.log());
}

#[test]
fn it_answers_again_after_kill_9_and_a_restart() {
    let mut workerd = Workerd::start(Options::default());
    assert_eq!(workerd.get("/").status(), 200, "{}", workerd.log());
    workerd.kill9();
    workerd.restart();
    assert_eq!(workerd.get("/").status(), 200, "{}", workerd.log());
}

#[test]
fn bytes_that_are_not_http_are_answered_with_400() {
    let workerd = Workerd::start(Options::default());
    let answer = workerd.send_raw(b"not HTTP at all\r\n\r\n");
    assert!(
        answer.starts_with(b"HTTP/1.1 400 "),
        "{}",
        String::from_utf8_lossy(&answer)
    );
}
