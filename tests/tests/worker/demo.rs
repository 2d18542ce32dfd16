//! The story that `scripts/demo` tells: it checks each step itself, and ends where one goes wrong.

use std::process::Command;
use waymark_tests::{API_TOKEN, Options, STORE_SECRET, cli, demo, merchant};

#[test]
fn the_demos_story_is_told_to_its_end_and_ben_is_paid() {
    let workerd = demo::start(Options::default());
    let project = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let mut story = Command::new(format!("{project}/node_modules/.bin/node"));
    story
        .arg("scripts/demo.mjs")
        .current_dir(project)
        .env("WAYMARK", cli::waymark().get_program())
        .env("WAYMARK_URL", workerd.url(""))
        .env("WAYMARK_API_TOKEN", API_TOKEN)
        .env("DEMO_STORE_SECRET", STORE_SECRET);
    let told = cli::printed(story.output().expect("an end"));
    for part in [
        "Ana's coupon",
        "30 days",
        "end of the month",
        "bank transfer 114",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert_eq!(merchant::balances(&workerd, "ben"), ["0.00 USD"]);
    assert_eq!(merchant::balances(&workerd, "cleo"), ["1.50 USD"]);
}
