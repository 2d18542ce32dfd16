//! Fills the stores of a Waymark as if it had run for years: the rows that it made are repeated,
//! straight in its databases, under other names.

use std::path::{Path, PathBuf};
use std::process::Command;
use waymark_tests::Workerd;

/// Code of the first of the links that [`links`] adds; the others follow by number.
pub const FIRST_CODE: u32 = 1_000_000;

/// Adds so many links, both to the program's directory and to KV.
pub fn links(workerd: &mut Workerd, count: u32) {
    let numbers = numbers(count);
    let first = FIRST_CODE;
    workerd.kill9();
    for database in databases(workerd, "Program") {
        run(
            &database,
            &format!(
                "INSERT INTO directory (kind, key, body, valid_from)
                 WITH {numbers}, sample AS (SELECT * FROM directory WHERE kind = 'link' AND key = 'ana')
                 SELECT kind, {first} - 1 + n, body, valid_from FROM sample, numbers"
            ),
        );
    }
    for database in databases(workerd, "kv") {
        run(
            &database,
            &format!(
                "INSERT INTO pairs (key, value)
                 WITH {numbers}, sample AS (SELECT * FROM pairs WHERE key = 'main/link/ana')
                 SELECT 'main/link/' || ({first} - 1 + n), value FROM sample, numbers"
            ),
        );
    }
    workerd.restart();
}

/// Adds a touch of each of so many visitors to the journeys of a workerd that has some already.
pub fn visitors(workerd: &mut Workerd, count: u32) {
    workerd.kill9();
    let shards = databases(workerd, "Journeys");
    let each = count / u32::try_from(shards.len()).expect("some shards");
    let numbers = numbers(each);
    for database in shards {
        run(
            &database,
            &format!(
                "INSERT INTO touches (visitor, id, at, keep_until, body)
                 WITH {numbers}, sample AS (SELECT * FROM touches LIMIT 1)
                 SELECT printf('%022d', n), id, at, keep_until, body FROM sample, numbers"
            ),
        );
    }
    workerd.restart();
}

/// Adds so many orders to a program that has one: its facts, its book, its customer. What its store
/// sent is left out, since that goes after 30 days.
pub fn orders(workerd: &mut Workerd, count: u32) {
    let numbers = numbers(count);
    workerd.kill9();
    for database in databases(workerd, "Program") {
        for statement in [
            format!(
                "INSERT INTO facts (store, order_id, key, body, received_at)
                 WITH {numbers} SELECT store, 'seed' || n, key, body, received_at
                 FROM numbers, (SELECT * FROM facts WHERE order_id = '0')"
            ),
            format!(
                "INSERT INTO customer_orders (customer, placed_at, store, order_id)
                 WITH {numbers} SELECT customer || n, placed_at, store, 'seed' || n
                 FROM numbers, (SELECT * FROM customer_orders WHERE order_id = '0')"
            ),
            format!(
                "INSERT INTO orders (store, id, state, problem, flags, placed_at, currency, review,
                   the_case, decision, changed_at, first_seen_at, due_at, customers, approval, acknowledged)
                 WITH {numbers} SELECT store, 'seed' || n, state, problem, flags, placed_at, currency,
                   review, the_case, decision, changed_at, first_seen_at, due_at + n, customers, approval,
                   acknowledged
                 FROM numbers, (SELECT * FROM orders WHERE id = '0')"
            ),
            format!(
                "INSERT INTO conversions (store, order_id, affiliate, method, evidence, status,
                   reason, visible, review, share_bp, currency)
                 WITH {numbers} SELECT store, 'seed' || n, affiliate, method, evidence, status,
                   reason, visible, review, share_bp, currency
                 FROM numbers, (SELECT * FROM conversions WHERE order_id = '0')"
            ),
            "INSERT INTO entries (conversion, amount, reason, at, actor)
             SELECT conversions.number, sample.amount, sample.reason, sample.at, sample.actor
             FROM conversions, (SELECT entries.* FROM entries LIMIT 1) AS sample
             WHERE order_id LIKE 'seed%'"
                .to_owned(),
        ] {
            run(&database, &statement);
        }
    }
    workerd.restart();
}

/// The numbers from 1 to `count`, as a table `numbers (n)`.
fn numbers(count: u32) -> String {
    format!(
        "RECURSIVE numbers (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})"
    )
}

/// The databases of all objects of a class that hold anything.
fn databases(workerd: &Workerd, class: &str) -> Vec<PathBuf> {
    let folder = workerd.folder().join("store").join(class);
    let entries =
        std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{error}: {}", folder.display()));
    let paths = entries.map(|entry| entry.expect("an entry of the store").path());
    let mut databases: Vec<_> = paths
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "sqlite")
        })
        .filter(|path| !path.ends_with("metadata.sqlite"))
        .collect();
    databases.sort();
    databases
}

/// Runs a statement by the SQLite of the node that package.json brings.
fn run(database: &Path, statement: &str) {
    let script = "
        const { DatabaseSync } = require('node:sqlite');
        const [file, statement] = process.argv.slice(1);
        const database = new DatabaseSync(file);
        database.exec(`PRAGMA synchronous = OFF; ${statement}`);
        database.close();";
    let status = Command::new("node")
        .args(["--no-warnings", "--eval", script])
        .arg(database)
        .arg(statement)
        .status()
        .expect("node");
    assert!(status.success(), "{}: {statement}", database.display());
}
