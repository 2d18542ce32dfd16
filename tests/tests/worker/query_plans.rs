//! No statement of the program's or the journeys' database reads a whole table to find a few rows.
//!
//! Every statement in the Worker's source is planned by SQLite over the tables as the migrations make
//! them. What reads a table from end to end has to be named here, with the reason.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use proc_macro2::{TokenStream, TokenTree};
use rusqlite::Connection;

/// Scans that are meant: where they stand, the table, and why.
const MEANT: &[(&str, &str, &str)] = &[
    ("migrations", "migrations", "a row for each migration"),
    ("json_each(?1) AS named", "named", "a list that is given"),
    ("json_each(?) AS named", "named", "a list that is given"),
    ("json_each(?) AS counted", "counted", "a list that is given"),
    ("json_each(?6) AS own", "own", "a list that is given"),
    (
        "LIMIT ?) AS earlier",
        "earlier",
        "a bounded number of a customer's orders",
    ),
    (
        "LIMIT ?5) AS later",
        "later",
        "a bounded number of a customer's orders",
    ),
    (
        "WITH RECURSIVE known",
        "known",
        "a bounded number of a person's keys",
    ),
    (
        "FROM unsettled ORDER BY failed LIMIT",
        "unsettled",
        "the first of a queue",
    ),
    (
        "EXISTS (SELECT 1 FROM unsettled)",
        "unsettled",
        "whether there is any",
    ),
    ("FROM erasures LIMIT", "erasures", "any of a queue"),
    (
        "FROM forgotten_visitors LIMIT",
        "forgotten_visitors",
        "any of a queue",
    ),
    (
        "FROM unpublished",
        "unpublished",
        "a queue, in its sequence",
    ),
    (
        "FROM deliveries ORDER BY number LIMIT 1",
        "deliveries",
        "the first of a queue",
    ),
    (
        "FROM counts",
        "counts",
        "what was counted since it was last told",
    ),
    (
        "EXISTS (SELECT 1 FROM calls)",
        "calls",
        "whether there is any",
    ),
    (
        "EXISTS (SELECT 1 FROM erasures)",
        "erasures",
        "whether there is any",
    ),
    (
        "EXISTS (SELECT 1 FROM forgotten_visitors)",
        "forgotten_visitors",
        "whether there is any",
    ),
    (
        "FROM directory WHERE ends IS NULL ORDER BY kind, key",
        "directory",
        "all of a program",
    ),
    (
        "FROM directory WHERE kind = ? AND ends IS NULL",
        "directory",
        "endpoints: a program has a handful",
    ),
    (
        "kind IN ('webhook', 'postback')",
        "directory",
        "receivers: a program has a handful",
    ),
    (
        "kind = 'policy' AND earlier.number",
        "earlier",
        "the versions of a policy",
    ),
    (
        "kind = 'affiliate'",
        "directory",
        "affiliates, page by page",
    ),
    (
        "FROM known JOIN customer_affiliates",
        "known",
        "the names of one customer",
    ),
    (
        "WITH RECURSIVE heads (receiver)",
        "heads",
        "a step for each receiver, from one to the next",
    ),
    (
        "SELECT name FROM receivers",
        "receivers",
        "receivers: a program has a handful",
    ),
    (
        "SELECT 1 FROM deliveries",
        "deliveries",
        "whether there is any",
    ),
];

fn worker() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../src")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The texts in a source file, and the constants among them by name.
fn texts(source: &str) -> (Vec<String>, BTreeMap<String, String>) {
    let tokens = TokenStream::from_str(source).expect("Rust");
    let (mut texts, mut constants) = (Vec::new(), BTreeMap::new());
    collect(tokens, &mut texts, &mut constants);
    (texts, constants)
}

fn collect(tokens: TokenStream, texts: &mut Vec<String>, constants: &mut BTreeMap<String, String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut name = None;
    for (place, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => collect(group.stream(), texts, constants),
            TokenTree::Ident(ident) if ident == "const" => {
                name = tokens.get(place + 1).map(ToString::to_string);
            }
            TokenTree::Punct(punct) if punct.as_char() == ';' => name = None,
            TokenTree::Literal(literal) => {
                let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) else {
                    continue;
                };
                if let Some(name) = name.take() {
                    constants.insert(name, text.value());
                }
                texts.push(text.value());
            }
            _ => {}
        }
    }
}

/// The statements of a source file, its constants put in.
fn statements(path: &Path) -> Vec<String> {
    let (texts, constants) = texts(&read(path));
    let verbs = ["SELECT", "WITH", "INSERT", "UPDATE", "DELETE"];
    let is_statement = |text: &String| {
        let text = text.trim_start();
        verbs.iter().any(|verb| text.starts_with(verb)) && text.contains(' ')
    };
    let source = read(path);
    // What only ever stands inside of others is no statement of its own.
    let is_part = |text: &String| {
        let mut names = constants.iter();
        names.any(|(name, value)| value == text && source.contains(&format!("{{{name}}}")))
    };
    let filled = |text: String| {
        let mut text = text;
        for _ in 0..3 {
            for (name, value) in &constants {
                text = text.replace(&format!("{{{name}}}"), value);
            }
        }
        text
    };
    let whole = texts.into_iter().filter(|text| !is_part(text));
    whole.map(filled).filter(is_statement).collect()
}

/// A database with the tables of the program, or of the journeys.
fn tables(files: &[PathBuf]) -> Connection {
    let database = Connection::open_in_memory().expect("a database");
    database
        .execute_batch("CREATE TABLE migrations (version INTEGER PRIMARY KEY) STRICT")
        .expect("a table");
    for file in files {
        database
            .execute_batch(&read(file))
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
    database
}

/// The migrations, in the sequence in which `schema.rs` names them.
fn migrations() -> Vec<PathBuf> {
    let folder = worker().join("program");
    let (texts, _) = texts(&read(&folder.join("schema.rs")));
    let files = texts.into_iter().filter(|text| text.ends_with(".sql"));
    files.map(|file| folder.join(file)).collect()
}

/// What a statement's variable parts may be.
const VARIANTS: [(&str, &[&str]); 2] = [
    (
        "{only}",
        &[
            "review = 1 AND",
            "state = 'orphan' AND",
            "affiliate = ?1 AND ?2 IS NULL",
            "?1 IS NULL AND status = ?2",
            "affiliate = ?1 AND status = ?2",
            "?1 IS NULL AND ?2 IS NULL",
            "receiver = ?1 AND ?2 IS NULL",
            "?1 IS NULL AND state = ?2",
            "receiver = ?1 AND state = ?2",
        ],
    ),
    (
        "{table}",
        &[
            "order_names",
            "facts",
            "order_journeys",
            "customer_orders",
            "customer_affiliates",
            "subscription_orders",
            "conversions",
            "calls",
            "questions",
            "unsettled",
            "erasures",
        ],
    ),
];

fn variants(statement: String) -> Vec<String> {
    VARIANTS
        .iter()
        .fold(vec![statement], |statements, (part, values)| {
            let filled = statements.into_iter().flat_map(|statement| {
                if statement.contains(part) {
                    values
                        .iter()
                        .map(|value| statement.replace(part, value))
                        .collect()
                } else {
                    vec![statement]
                }
            });
            filled.collect()
        })
}

/// The tables that a statement reads from end to end; `None` if it is none of this database's.
fn scanned(database: &Connection, statement: &str) -> Option<Vec<String>> {
    let mut plan = database
        .prepare(&format!("EXPLAIN QUERY PLAN {statement}"))
        .ok()?;
    let count = plan.parameter_count();
    for parameter in 1..=count {
        plan.raw_bind_parameter(parameter, 1_i64)
            .expect("a parameter");
    }
    let mut rows = plan.raw_query();
    let mut scanned = Vec::new();
    while let Some(row) = rows.next().expect("a row") {
        let detail: String = row.get(3).expect("a detail");
        // In the sequence of an index, a page is read from where it begins.
        if let Some(rest) = detail.strip_prefix("SCAN ")
            && !rest.contains("USING INDEX")
            && !rest.contains("USING COVERING INDEX")
            && !rest.starts_with("json_each")
            && !rest.starts_with("CONSTANT")
            && !rest.starts_with('(')
        {
            scanned.extend(rest.split(' ').next().map(str::to_owned));
        }
        // All rows of a kind, such as every link, are as good as the whole directory, and all that
        // is in one state is as good as the whole table.
        if let Some(rest) = detail.strip_prefix("SEARCH ")
            && ([" (kind=?)", " (state=?)"]
                .iter()
                .any(|all| rest.ends_with(all))
                || is_walk(rest, statement))
        {
            scanned.extend(rest.split(' ').next().map(str::to_owned));
        }
    }
    Some(scanned)
}

/// Whether rows are read in the sequence of their numbers, from a place on, though the statement
/// wants only some of them: then all others are read to find a page.
fn is_walk(plan: &str, statement: &str) -> bool {
    let from_a_place = ["(rowid<?)", "(rowid>?)"];
    let statement = statement.split_whitespace().collect::<Vec<_>>().join(" ");
    let wanted = statement
        .rsplit_once(" WHERE ")
        .map_or("", |(_, rest)| rest);
    let wanted = wanted.split(" ORDER BY ").next().unwrap_or_default();
    // What a filter leaves out is written down as a parameter that is null.
    let conditions = wanted.split(" AND ").filter(|it| !it.ends_with("IS NULL"));
    from_a_place.iter().any(|it| plan.ends_with(it)) && conditions.count() > 1
}

fn is_meant(statement: &str, table: &str) -> bool {
    let statement = statement.split_whitespace().collect::<Vec<_>>().join(" ");
    let names = |(part, of, _): &&(&str, &str, &str)| *of == table && statement.contains(part);
    MEANT.iter().any(|meant| names(&meant)) || table.starts_with("json_each")
}

#[test]
fn no_statement_reads_a_whole_table_to_find_a_few_rows() {
    let journeys = [worker().join("journeys/schema.sql")];
    let mut planned = 0;
    let mut wrong = Vec::new();
    for (folder, database) in [
        ("program", tables(&migrations())),
        ("journeys", tables(&journeys)),
    ] {
        for entry in fs::read_dir(worker().join(folder)).expect("a folder") {
            let path = entry.expect("a file").path();
            if path.extension().is_none_or(|kind| kind != "rs") {
                continue;
            }
            for statement in statements(&path).into_iter().flat_map(variants) {
                let Some(tables) = scanned(&database, &statement) else {
                    continue;
                };
                planned += 1;
                for table in tables {
                    if !is_meant(&statement, &table) {
                        wrong.push(format!("{}: {table}: {statement}", path.display()));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(planned > 100, "only {planned} statements were planned");
}
