//! No statement of the program's or the journeys' database reads a whole table to find a few rows.
//!
//! Every statement in the Worker's source is planned by SQLite over the tables as the migrations make
//! them. What reads a table from end to end has to be named here, with the reason; and so has what
//! cannot be planned.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use rusqlite::Connection;
use waymark_tests::statements::{self, Statement, Statements};

/// Scans that are meant: where they stand, the table, and why.
const MEANT: &[(&str, &str, &str)] = &[
    ("SELECT named.id,", "named", "one order"),
    ("WITH found AS", "found", "what an order names"),
    ("WITH found AS", "links", "what an order names"),
    ("WITH found AS", "affiliates", "whom an order names"),
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
        "(told.customers) AS beside",
        "beside",
        "the customers whom one order names",
    ),
    (
        "(orders.customers) AS beside",
        "beside",
        "the customers whom one order names",
    ),
    ("json_each(?5) AS named", "named", "a list that is given"),
    (
        "ORDER BY number LIMIT ?3) AS oldest",
        "calls",
        "a bounded number of the oldest",
    ),
    (
        "ORDER BY number LIMIT ?3) AS oldest",
        "oldest",
        "a bounded number of the oldest",
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
        "FROM directory WHERE kind = ? AND valid_to IS NULL",
        "directory",
        "endpoints: a program has a handful",
    ),
    (
        "SELECT 1 FROM directory INDEXED BY directory_history",
        "directory",
        "whether there is one of a kind: the first that counts is enough",
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

/// Statements that are made while the Worker runs, of what cannot be followed in the source: what they
/// are made of, and how they are planned all the same.
const MADE_AT_RUN_TIME: &[(&str, &str)] = &[(
    "SELECT {}",
    "when jobs are due: a column for each, each of which is planned as a statement of its own",
)];

/// Files of SQL that nobody runs, and why.
const NOT_RUN: &[(&str, &str)] = &[(
    "program/schema.sql",
    "what all migrations come to, for people to read; a test holds it",
)];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../src")
}

/// All SQL of the Worker. It is looked for once.
fn source() -> &'static Statements {
    static SOURCE: LazyLock<Statements> = LazyLock::new(|| statements::below(&folder()));
    &SOURCE
}

/// The program's object has one database, and the journeys' objects another.
fn is_of_journeys(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "journeys")
}

/// A database with the tables of the program, or of the journeys.
fn tables(source: &Statements, of_journeys: bool) -> Connection {
    let database = Connection::open_in_memory().expect("a database");
    let run = |statements: &str, path: &Path| {
        let outcome = database.execute_batch(statements);
        outcome.unwrap_or_else(|error| panic!("{}: {error}: {statements}", path.display()));
    };
    let here = |path: &Path| is_of_journeys(path) == of_journeys;
    let tables = source.found.iter().filter(|it| here(&it.file));
    for table in tables.filter(|it| it.text.starts_with("CREATE TABLE ")) {
        run(&table.text, &table.file);
    }
    for file in source.included.iter().filter(|file| here(file)) {
        run(&fs::read_to_string(file).expect("a file of SQL"), file);
    }
    database
}

/// The tables that a statement reads from end to end.
fn scanned(database: &Connection, statement: &str) -> rusqlite::Result<Vec<String>> {
    let mut plan = database.prepare(&format!("EXPLAIN QUERY PLAN {statement}"))?;
    let count = plan.parameter_count();
    for parameter in 1..=count {
        plan.raw_bind_parameter(parameter, 1_i64)?;
    }
    let mut rows = plan.raw_query();
    let mut scanned = Vec::new();
    while let Some(row) = rows.next()? {
        let detail: String = row.get(3)?;
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
    Ok(scanned)
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
    // What a filter leaves out is written down as a parameter that is null, or is not.
    let is_of_rows = |it: &&str| !(it.starts_with('?') && it.ends_with(" NULL"));
    let conditions = wanted.split(" AND ").filter(is_of_rows);
    from_a_place.iter().any(|it| plan.ends_with(it)) && conditions.count() > 1
}

/// The place in [`MEANT`] of what names that scan, if anything does.
fn meant(statement: &str, table: &str) -> Option<usize> {
    let statement = statement.split_whitespace().collect::<Vec<_>>().join(" ");
    MEANT
        .iter()
        .position(|(part, of, _)| *of == table && statement.contains(part))
}

/// Plans a statement; what is wrong with it, and what it needs of [`MEANT`].
fn plan(database: &Connection, statement: &Statement, needed: &mut BTreeSet<usize>) -> Vec<String> {
    let Statement { file, line, text } = statement;
    let place = format!("{}:{line}", file.display());
    let tables = match scanned(database, text) {
        Ok(tables) => tables,
        Err(error) => return vec![format!("{place}: {error}: {text}")],
    };
    let mut wrong = Vec::new();
    for table in tables {
        match meant(text, &table) {
            Some(reason) => _ = needed.insert(reason),
            None => wrong.push(format!("{place}: reads all of {table}: {text}")),
        }
    }
    wrong
}

#[test]
fn no_statement_reads_a_whole_table_to_find_a_few_rows() {
    let source = source();
    let databases = [false, true].map(|of_journeys| tables(source, of_journeys));
    let mut needed = BTreeSet::new();
    let mut wrong = Vec::new();
    for statement in &source.found {
        let database = &databases[usize::from(is_of_journeys(&statement.file))];
        wrong.extend(plan(database, statement, &mut needed));
    }
    let planned = source.found.len();
    assert!(planned > 100, "only {planned} statements were planned");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    // A reason that nothing needs any more might come to excuse what nobody meant.
    let unneeded = (0..MEANT.len()).filter(|it| !needed.contains(it));
    let unneeded: Vec<_> = unneeded.map(|it| MEANT[it]).collect();
    assert!(
        unneeded.is_empty(),
        "no statement is meant by {unneeded:#?}"
    );
}

#[test]
fn every_statement_is_planned_or_named_here_with_the_reason() {
    let source = source();
    let made: BTreeSet<&str> = source.unfollowed.iter().map(|it| &*it.made_of).collect();
    let named: BTreeSet<&str> = MADE_AT_RUN_TIME
        .iter()
        .map(|(made_of, _)| *made_of)
        .collect();
    assert_eq!(made, named, "{:#?}", source.unfollowed);
}

#[test]
fn every_file_of_sql_is_run_or_named_here_with_the_reason() {
    let folder = folder();
    let included: BTreeSet<PathBuf> = source().included.iter().cloned().collect();
    let there: BTreeSet<PathBuf> = statements::files(&folder, "sql").into_iter().collect();
    let not_run: BTreeSet<PathBuf> = there.difference(&included).cloned().collect();
    let named = NOT_RUN.iter().map(|(file, _)| folder.join(file));
    assert_eq!(not_run, named.collect());
}
