//! Captures a store in which there is data of every table, as this Waymark leaves it, so that the
//! next one can be shown to open it. Run it before the tables or what is in them changes:
//!
//! ```sh
//! scripts/build && cargo run -p waymark-tests --example capture_store -- FOLDER
//! ```
//!
//! Half a year of a shop takes a minute: the Worker's clock is set as the story goes. The folder is
//! made anew: a dump for each object, and `expected.json`, what `/v1` showed of it all.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a program for developers: a story that went otherwise is to be looked at"
)]

mod left_over;
mod shop;
mod stores;
mod story;

use rusqlite::Connection;
use serde_json::json;
use std::path::{Path, PathBuf};
use waymark_tests::clock::Clock;
use waymark_tests::internet::Internet;
use waymark_tests::old_store::{captured_at, keep, lay, options, shown};
use waymark_tests::{Options, Workerd};

fn main() {
    let folder = std::env::args().nth(1).expect("the folder to write into");
    let folder = PathBuf::from(folder);
    _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a new folder");

    let internet = Internet::start();
    let workerd = Workerd::start(Options {
        shop: Some(internet.port()),
        ..options()
    });
    let visitor = story::tell(&workerd, &internet);
    workerd.kill9();
    let store = workerd.folder().join("store");
    left_over::leave(&store);
    keep(&store, &folder);
    assert_full(&store);

    // What is expected is what is shown by a Worker that finds the store, and has done nothing yet.
    let workerd = Workerd::start_on(options(), |store| lay(&folder, store));
    Clock::set(&workerd, captured_at());
    let expected = json!({ "visitor": visitor, "shown": shown(&workerd) });
    let expected = serde_json::to_string_pretty(&expected).expect("JSON");
    std::fs::write(folder.join("expected.json"), expected + "\n").expect("a new file");
    println!("{}", folder.display());
}

/// # Panics
/// There is a table without a row.
fn assert_full(store: &Path) {
    let mut empty = Vec::new();
    for class in ["Program", "Journeys"] {
        let mut rows = std::collections::BTreeMap::<String, i64>::new();
        for database in left_over::databases(store, class) {
            let database = Connection::open(database).expect("a database");
            let tables = waymark_tests::old_store::schema(&database);
            for (_, table, _) in tables.into_iter().filter(|(kind, ..)| kind == "table") {
                let count = format!("SELECT count(*) FROM {table}");
                let count: i64 = database
                    .query_row(&count, [], |row| row.get(0))
                    .expect("a count");
                *rows.entry(table).or_default() += count;
            }
        }
        println!("{class}: {rows:?}");
        empty.extend(
            rows.into_iter()
                .filter(|(name, rows)| *rows == 0 && !name.starts_with("_cf_")),
        );
    }
    assert!(empty.is_empty(), "nothing is in {empty:?}");
}
