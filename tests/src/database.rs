//! The databases of the Worker's objects. What no caller can do, a test does in them between two lives
//! of workerd: time passes, or something breaks.

use crate::becomes;
use crate::workerd::Workerd;
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};

impl Workerd {
    /// Ends workerd, runs statements on the program's database, and starts workerd again.
    pub fn restart_with(&mut self, statements: &str) {
        self.kill9();
        let database = Connection::open(self.program_file()).expect("the program's database");
        database.execute_batch(statements).expect(statements);
        drop(database);
        self.restart();
    }

    /// Ends workerd, runs statements on the database of every journey shard, and starts workerd again.
    pub fn restart_with_journeys(&mut self, statements: &str) {
        self.kill9();
        for file in self.journey_files() {
            let shard = Connection::open(file).expect("a shard's database");
            shard.execute_batch(statements).expect(statements);
        }
        self.restart();
    }

    /// How many rows the program's database has that a query selects.
    pub fn count(&self, from: &str) -> i64 {
        number(
            &self.program_file(),
            &format!("SELECT count(*) FROM {from}"),
        )
    }

    /// A number from each journey shard that there is.
    pub fn of_journeys(&self, statement: &str) -> Vec<i64> {
        let files = self.journey_files();
        files.iter().map(|file| number(file, statement)).collect()
    }

    /// How many touches the journey shards keep.
    pub fn touches(&self) -> i64 {
        self.of_journeys("SELECT count(*) FROM touches")
            .iter()
            .sum()
    }

    /// Waits until so many touches are kept: a click is handed over after its answer.
    pub fn await_touches(&self, wanted: i64) {
        becomes("touches", &wanted, || self.touches());
    }

    /// The tables of the program's database that have such a column.
    pub fn tables_with(&self, column: &str) -> Vec<String> {
        let database = reader(&self.program_file());
        let tables = "SELECT name FROM sqlite_master AS it WHERE type = 'table' AND EXISTS
            (SELECT 1 FROM pragma_table_info(it.name) AS of_it WHERE of_it.name = ?)";
        let mut tables = database.prepare(tables).expect("a statement");
        let names = tables.query_map([column], |row| row.get(0));
        let names = names.and_then(Iterator::collect);
        names.expect("the names of tables")
    }

    /// The statements that SQLite keeps of the program's tables, each followed by its indexes', in
    /// alphabetical order: what all migrations come to.
    pub fn schema(&self) -> String {
        let database = Connection::open(self.program_file()).expect("the program's database");
        let statements = "SELECT sql || ';' FROM sqlite_master
            WHERE sql IS NOT NULL AND tbl_name NOT GLOB '_cf_*'
              AND tbl_name NOT GLOB 'sqlite_*'
            ORDER BY tbl_name, type <> 'table', type, name";
        let mut statements = database.prepare(statements).expect("a statement");
        let texts = statements.query_map([], |row| row.get(0));
        let texts: rusqlite::Result<Vec<String>> = texts.and_then(Iterator::collect);
        texts.expect("the schema").join("\n") + "\n"
    }

    fn program_file(&self) -> PathBuf {
        let files = self.files_of("Program", "orders");
        files.into_iter().next().expect("the program's database")
    }

    fn journey_files(&self) -> Vec<PathBuf> {
        self.files_of("Journeys", "touches")
    }

    /// The databases of all objects of a class that have made their tables by now, of which this is one.
    fn files_of(&self, class: &str, table: &str) -> Vec<PathBuf> {
        let is_of = |path: &PathBuf| {
            let folder = path.parent().and_then(Path::file_name);
            folder.is_some_and(|it| it == class)
                && path.extension().is_some_and(|it| it == "sqlite")
                && has_table(path, table)
        };
        let files = self.stored_files().into_iter();
        files.filter(is_of).collect()
    }
}

fn has_table(path: &Path, table: &str) -> bool {
    let one = format!("SELECT 1 FROM {table}");
    reader(path).prepare(&one).is_ok()
}

/// Opens a database that workerd may be writing.
fn reader(path: &Path) -> Connection {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("a database")
}

fn number(path: &Path, statement: &str) -> i64 {
    let found = reader(path).query_row(statement, [], |row| row.get(0));
    found.expect(statement)
}
