//! A Worker for the tests in `tests/browser`: starts workerd with the demo program, prints one line
//! of JSON that says where it is, and ends with its standard input.
//!
//! Its arguments, if any, are the port of the shop that it stands before, and lines for
//! `[settings]` of the program. The demo's own store may report orders from its pages.

use std::env::args;
use std::io::{Read, stdin};

use serde_json::json;
use waymark_tests::{API_TOKEN, Options, STORE_SECRET, Workerd, demo, merchant};

fn main() {
    let mut arguments = args().skip(1);
    let shop = arguments.next().and_then(|port| port.parse().ok());
    let settings = arguments.next().unwrap_or_default();
    let program = demo::believing_pages(&demo::program_with(&settings));
    let workerd = Workerd::start(Options {
        shop,
        ..Options::default()
    });
    merchant::apply_since_2000(&workerd, &program);
    println!(
        "{}",
        json!({ "url": workerd.url(""), "token": API_TOKEN, "secret": STORE_SECRET })
    );
    // Whoever started this holds the other end, even one that is killed.
    _ = stdin().read_to_end(&mut Vec::new());
}
