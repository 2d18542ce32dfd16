//! A Worker for the tests in `tests/browser`: starts workerd with the demo program, prints one line
//! of JSON that says where it is, and ends with its standard input.

use std::io::{Read, stdin};

use serde_json::json;
use waymark_tests::{API_TOKEN, Options, demo};

fn main() {
    let workerd = demo::start(Options::default());
    println!("{}", json!({ "url": workerd.url(""), "token": API_TOKEN }));
    // Whoever started this holds the other end, even one that is killed.
    _ = stdin().read_to_end(&mut Vec::new());
}
