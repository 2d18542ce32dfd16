//! A store as an earlier Waymark has left it: kept as text, laid where workerd finds it, and shown
//! whole by `/v1`.
//!
//! `examples/capture_store` makes one. It is a folder for each class, in it a dump for each object,
//! by the object's id, and `expected.json`: what `/v1` showed of it, and the token of a visitor. What the old Worker did not come
//! to do any more is in it, too, but for alarms: nobody knows when the store will be opened.

use crate::config::{API_TOKEN, Options, SHOPIFY_SECRET, STORE_SECRET, TOKEN_KEYS, project};
use crate::merchant;
use crate::workerd::Workerd;
use jiff::Timestamp;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The secrets of the stores, the receivers, and of what the Worker asks stores with. They are named
/// in the program that the old store has.
const SECRETS: [(&str, &str); 14] = [
    ("WAYMARK_API_TOKEN", API_TOKEN),
    ("WAYMARK_TOKEN_KEYS", TOKEN_KEYS),
    (
        "WAYMARK_EMAIL_KEY",
        "ZW1haWwta2V5LW9mLTMyLWJ5dGVzLWZvci10ZXN0cyE",
    ),
    ("DEMO_SHOPIFY_SECRET", SHOPIFY_SECRET),
    ("DEMO_STORE_SECRET", STORE_SECRET),
    ("SHOPIFY_TOKEN", "shpat_of-the-old-store"),
    ("WOO_SECRET", "what-the-shop-chose"),
    ("WOO_KEY", "ck_of-the-old-store"),
    ("WOO_KEY_SECRET", "cs_of-the-old-store"),
    ("STRIPE_SECRET", "whsec_what-stripe-chose"),
    ("STRIPE_KEY", "rk_of-the-old-store"),
    ("BIG_SECRET", "client-secret-of-the-app"),
    ("BIG_TOKEN", "token-of-the-old-store"),
    (
        "SHOP_HOOKS",
        "whsec_aG9va3Mtc2VjcmV0LW9mLTMyLWJ5dGVzLWZvci10ZXN0cw==",
    ),
];

/// The e-mails of the customers whom [`shown`] looks up.
const CUSTOMERS: [&str; 7] = [
    "home@shopper.example",
    "work@shopper.example",
    "kim@shopper.example",
    "lou@shopper.example",
    "max@shopper.example",
    "pat@shopper.example",
    "zoe@shopper.example",
];

/// The generic store's ids of some of them.
const CUSTOMER_IDS: [&str; 3] = ["c-77", "c-78", "c-kim"];

/// Names by which Stripe speaks of one order, of which one is its id.
const NAMES: [&str; 3] = ["cs_1", "in_1", "pi_1"];

/// Where the old store is kept.
pub fn kept() -> PathBuf {
    project().join("tests/fixtures/old-store-2026-11")
}

/// When it was captured, by the Worker's clock.
pub fn captured_at() -> Timestamp {
    "2026-11-30T12:00:00Z".parse().expect("a time")
}

/// The set-up of a Worker whose store it is, with a clock that a test sets.
pub fn options() -> Options {
    Options {
        secrets: SECRETS
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        clock: true,
        ..Options::default()
    }
}

/// The value of one of its secrets.
pub fn secret(name: &str) -> &'static str {
    let mut secrets = SECRETS.iter();
    let found = secrets.find(|(of, _)| *of == name);
    found.expect("a secret of that name").1
}

/// Makes the databases of the dumps in `kept`, where workerd looks for them.
pub fn lay(kept: &Path, store: &Path) {
    for dump in dumps_in(kept) {
        let place = dump.strip_prefix(kept).expect("a dump of the folder");
        let file = store.join(place).with_extension("sqlite");
        let folder = file.parent().expect("the folder of a class");
        fs::create_dir_all(folder).expect("the folder of a class");
        let text = fs::read_to_string(&dump).expect("a dump");
        let database = Connection::open(file).expect("a new database");
        let made = database.execute_batch(&text);
        made.unwrap_or_else(|error| panic!("{}: {error}", dump.display()));
    }
}

fn dumps_in(kept: &Path) -> Vec<PathBuf> {
    files_below(kept, "sql")
}

fn files_below(folder: &Path, kind: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files_below(&path, kind));
        } else if path.extension().is_some_and(|it| it == kind) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Writes a dump of each object's database in `store` into `kept`. workerd has to have ended.
pub fn keep(store: &Path, kept: &Path) {
    for file in files_below(store, "sqlite") {
        let place = file.strip_prefix(store).expect("a file of the store");
        // What workerd keeps of all objects of a class: their alarms.
        if place
            .file_name()
            .is_some_and(|name| name == "metadata.sqlite")
        {
            continue;
        }
        let database = Connection::open(&file).expect("an object's database");
        let dump = kept.join(place).with_extension("sql");
        let folder = dump.parent().expect("the folder of a class");
        fs::create_dir_all(folder).expect("the folder of a class");
        fs::write(dump, self::dump(&database)).expect("a new dump");
    }
}

/// The statements that make a database anew, in a sequence that depends on what is in it alone.
fn dump(database: &Connection) -> String {
    let mut text = String::from("PRAGMA foreign_keys = OFF;\nBEGIN;\n");
    for (kind, name, sql) in schema(database) {
        // SQLite makes its own tables.
        if !name.starts_with("sqlite_") {
            _ = writeln!(text, "{sql};");
        }
        if kind == "table" {
            for row in rows(database, &name) {
                _ = writeln!(text, "INSERT INTO {name} VALUES ({row});");
            }
        }
    }
    text.push_str("COMMIT;\n");
    text
}

/// What SQLite says of tables and of all else, in the sequence in which it can be made: kind, name
/// and statement.
pub fn schema(database: &Connection) -> Vec<(String, String, String)> {
    let master = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL
         ORDER BY CASE type WHEN 'table' THEN 0 WHEN 'view' THEN 1 WHEN 'index' THEN 2 ELSE 3 END,
           name LIKE 'sqlite\\_%' ESCAPE '\\', name";
    let mut statement = database.prepare(master).expect("the schema");
    let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    let found = found.and_then(Iterator::collect);
    found.expect("the schema")
}

/// The rows of a table as SQL writes their values, in the sequence of its columns' values.
fn rows(database: &Connection, table: &str) -> Vec<String> {
    let columns = database.prepare(&format!("SELECT * FROM {table}"));
    let count = columns.expect("a table").column_count();
    let places: Vec<String> = (1..=count).map(|place| place.to_string()).collect();
    // The time of the alarm: it is not the store's any more.
    let only = match table {
        "_cf_METADATA" => "WHERE key <> 1",
        _ => "",
    };
    let select = format!(
        "SELECT * FROM {table} {only} ORDER BY {}",
        places.join(", ")
    );
    let mut statement = database.prepare(&select).expect("a table");
    let row = |row: &rusqlite::Row<'_>| {
        let values = (0..count).map(|place| row.get_ref(place).map(literal));
        Ok(values.collect::<rusqlite::Result<Vec<_>>>()?.join(", "))
    };
    let found = statement.query_map([], row).and_then(Iterator::collect);
    found.expect("rows")
}

fn literal(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => format!("{number:?}"),
        ValueRef::Text(text) => {
            let text = std::str::from_utf8(text).expect("UTF-8");
            format!("'{}'", text.replace('\'', "''"))
        }
        ValueRef::Blob(bytes) => {
            bytes.iter().fold("x'".to_owned(), |mut text, byte| {
                _ = write!(text, "{byte:02x}");
                text
            }) + "'"
        }
    }
}

/// Everything that `/v1` shows of a store.
pub fn shown(workerd: &Workerd) -> Value {
    let all = |path: &str| Value::from(merchant::pages(workerd, path, 50).concat());
    let one = |path: &str| -> Value { taken(merchant::get(workerd, path)) };
    let mut shown = Map::new();
    for (name, path) in [
        ("export", "/v1/export"),
        ("affiliates", "/v1/affiliates"),
        ("conversions", "/v1/conversions"),
        ("payouts", "/v1/payouts"),
        ("messages", "/v1/messages"),
        ("audit", "/v1/audit"),
        ("dead_letters", "/v1/dead-letters"),
    ] {
        shown.insert(name.to_owned(), all(path));
    }
    for (name, path) in [
        ("program", "/v1/program"),
        ("receivers", "/v1/receivers"),
        ("stores", "/v1/stores"),
    ] {
        shown.insert(name.to_owned(), one(path));
    }
    let host = workerd.url("");
    let links = all("/v1/links")
        .to_string()
        .replace(&host, "https://host.example");
    let links = serde_json::from_str(&links).expect("JSON");
    shown.insert("links".to_owned(), links);

    let mut entries = Map::new();
    for payout in items(shown.get("payouts")) {
        let number = payout.get("number").expect("a number").to_string();
        let of = all(&format!("/v1/payouts/{number}/entries"));
        entries.insert(number, of);
    }
    shown.insert("payout_entries".to_owned(), Value::Object(entries));

    let mut lists = Map::new();
    for state in [
        "review",
        "waiting",
        "orphan",
        "undecided",
        "test",
        "decided",
    ] {
        let listed = one(&format!("/v1/orders?limit=200&state={state}"));
        let ids = items(listed.get("items")).filter_map(|it| it.get("id").cloned());
        lists.insert(state.to_owned(), ids.collect());
    }
    shown.insert("orders_by_state".to_owned(), Value::Object(lists));

    let mut clicks = Map::new();
    for by in ["day", "link", "affiliate", "country"] {
        let days = "from=2026-06-01&to=2026-11-30";
        let counted = one(&format!("/v1/clicks?by={by}&{days}&limit=200"));
        clicks.insert(by.to_owned(), counted);
    }
    shown.insert("clicks".to_owned(), Value::Object(clicks));

    let mut names = Map::new();
    for name in NAMES {
        let order = merchant::order(workerd, "stripe", name);
        names.insert(name.to_owned(), order.get("id").cloned().into());
    }
    shown.insert("names".to_owned(), Value::Object(names));

    let mut customers = Map::new();
    for email in CUSTOMERS {
        let found = merchant::post(workerd, "/v1/customers/lookup", &json!({ "email": email }));
        customers.insert(email.to_owned(), taken(found));
    }
    for id in CUSTOMER_IDS {
        let by_id = json!({ "store": "store", "customer_id": id });
        let found = merchant::post(workerd, "/v1/customers/lookup", &by_id);
        customers.insert(id.to_owned(), taken(found));
    }
    shown.insert("customers".to_owned(), Value::Object(customers));
    Value::Object(shown)
}

fn taken(answer: crate::Answer) -> Value {
    assert_eq!(answer.status(), 200, "{}", answer.text());
    answer.json()
}

fn items(list: Option<&Value>) -> impl Iterator<Item = &Value> {
    list.and_then(Value::as_array).into_iter().flatten()
}
