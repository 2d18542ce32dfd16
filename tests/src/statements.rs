//! The SQL that the Worker runs, as it stands in the source.
//!
//! A statement is what reaches the one call that runs SQL, by whichever functions hand it on: a text,
//! a constant, one of several, or what is formatted of them. What cannot be followed so is told, and
//! never left out. A text that only looks like a statement is taken for one, too: that finds those
//! which stand in macros, and those that nobody runs.

mod follow;
mod parse;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use follow::Follower;
use parse::File;

/// The call of the runtime by which all SQL is run: its first argument is the statement.
const RUNS: &str = "exec";

/// The words that statements begin with.
const VERBS: [&str; 10] = [
    "SELECT", "WITH", "INSERT", "REPLACE", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP", "PRAGMA",
];

/// A statement, and where it is run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Statement {
    /// The source file.
    pub file: PathBuf,
    /// The line of the call, or of the text.
    pub line: usize,
    pub text: String,
}

/// A call that runs SQL whose text cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unfollowed {
    pub file: PathBuf,
    pub line: usize,
    /// What it is made of, as far as that is known: `SELECT {}`.
    pub made_of: String,
}

/// All SQL of a source.
#[derive(Debug, Default)]
pub struct Statements {
    pub found: BTreeSet<Statement>,
    pub unfollowed: BTreeSet<Unfollowed>,
    /// Files of SQL that the source includes, file by file in the sequence in which it names them.
    pub included: Vec<PathBuf>,
}

/// Every file of that kind below a folder, in alphabetical order.
pub fn files(folder: &Path, kind: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("a file").path();
        if path.is_dir() {
            found.extend(files(&path, kind));
        } else if path.extension().is_some_and(|it| it == kind) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// All SQL in the Rust files below a folder.
pub fn below(folder: &Path) -> Statements {
    let sources = files(folder, "rs").into_iter().map(|path| {
        let text = fs::read_to_string(&path).expect("a source file");
        (path, text)
    });
    of(sources)
}

/// All SQL of these source files.
fn of(sources: impl IntoIterator<Item = (PathBuf, String)>) -> Statements {
    let files: Vec<File> = sources
        .into_iter()
        .map(|(path, text)| File::read(path, &text))
        .collect();
    let mut statements = Statements {
        included: files.iter().flat_map(File::included).collect(),
        ..Statements::default()
    };
    let mut follower = Follower::new(&files);
    follower.follow(&mut statements);
    for file in &files {
        for (line, text) in &file.texts {
            if is_statement(text) && !follower.has_read(text) {
                statements.found.insert(Statement {
                    file: file.path.clone(),
                    line: *line,
                    text: text.clone(),
                });
            }
        }
    }
    statements
}

fn is_statement(text: &str) -> bool {
    let mut words = text.split_whitespace();
    words.next().is_some_and(|word| VERBS.contains(&word)) && words.next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = "
        impl Database {
            fn query(&self, statement: &str, values: &[Value]) -> Rows { self.sql.exec(statement, values) }
            fn run(&self, statement: &str, values: &[Value]) { self.query(statement, values); }
        }";

    fn found(source: &str) -> Statements {
        let files = [("run.rs", RUN), ("source.rs", source)];
        of(files.map(|(path, text)| (PathBuf::from(path), text.to_owned())))
    }

    fn texts(source: &str) -> Vec<String> {
        let statements = found(source);
        assert_eq!(statements.unfollowed, BTreeSet::new());
        let mut texts: Vec<String> = statements.found.into_iter().map(|it| it.text).collect();
        texts.sort();
        texts
    }

    #[test]
    fn a_statement_is_found_as_a_text_a_constant_and_a_variable() {
        let source = r#"
            const OF_FILE: &str = "SELECT 2";
            fn all(db: &Database) {
                const OWN: &str = "SELECT 3";
                db.run("SELECT 1", &[]);
                db.run(OF_FILE, &[]);
                db.query(&OWN, &[]);
                let late = "SELECT 4";
                db.run(late, &[]);
            }"#;
        let expected = ["SELECT 1", "SELECT 2", "SELECT 3", "SELECT 4"];
        assert_eq!(texts(source), expected);
    }

    #[test]
    fn what_is_formatted_is_filled_with_all_that_it_may_be() {
        let source = r#"
            const OF: &str = "SELECT a FROM b";
            fn all(db: &Database, only: Only) {
                let only = match only { Only::Some => "WHERE a = 1", Only::All => "" };
                db.run(&format!("{OF} {only} LIMIT {}", if wide { "2" } else { "3" }), &[]);
                for table in TABLES { db.run(&format!("DELETE FROM {table}"), &[]); }
                for (text, value) in [("DELETE FROM x", 1), ("DELETE FROM y", 2)] { db.run(text, &[]); }
            }
            const TABLES: [&str; 2] = ["c", "d"];"#;
        let expected = [
            "DELETE FROM c",
            "DELETE FROM d",
            "DELETE FROM x",
            "DELETE FROM y",
            "SELECT a FROM b  LIMIT 2",
            "SELECT a FROM b  LIMIT 3",
            "SELECT a FROM b WHERE a = 1 LIMIT 2",
            "SELECT a FROM b WHERE a = 1 LIMIT 3",
        ];
        assert_eq!(texts(source), expected);
    }

    #[test]
    fn a_function_that_hands_a_statement_on_is_followed_to_whoever_calls_it() {
        let source = r#"
            fn write(db: &Database, place: i64, statement: &str) { db.run(statement, &[place]); }
            fn all(db: &Database) { write(db, 1, "UPDATE a SET b = 1"); }"#;
        assert_eq!(texts(source), ["UPDATE a SET b = 1"]);
    }

    #[test]
    fn what_stands_in_a_macro_or_is_run_by_nobody_is_found_all_the_same() {
        let source = r#"
            const JOB: Job = Job { since: "SELECT min(due) FROM a" };
            fn all(db: &Database) { check!(db.run("DELETE FROM b", &[])); }"#;
        assert_eq!(texts(source), ["DELETE FROM b", "SELECT min(due) FROM a"]);
    }

    #[test]
    fn what_cannot_be_followed_is_told_with_its_line() {
        let source = "
            fn all(db: &Database) {
                db.run(&format!(\"SELECT {}\", columns()), &[]);
            }";
        let Statements {
            found, unfollowed, ..
        } = found(source);
        assert_eq!(found, BTreeSet::new());
        let expected = Unfollowed {
            file: "source.rs".into(),
            line: 3,
            made_of: "SELECT {}".to_owned(),
        };
        assert_eq!(unfollowed, [expected].into());
    }
}
