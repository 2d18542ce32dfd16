//! The program's database between two lives of workerd: what time does to it, a test does at once.

use crate::workerd::Workerd;
use rusqlite::Connection;
use std::path::PathBuf;

impl Workerd {
    /// Ends workerd, runs statements on the program's database, and starts workerd again.
    pub fn restart_with(&mut self, statements: &str) {
        self.kill9();
        let database = Connection::open(self.program_file()).expect("the program's database");
        database.execute_batch(statements).expect(statements);
        drop(database);
        self.restart();
    }

    /// How many rows the program's database has that a query selects.
    pub fn count(&self, from: &str) -> i64 {
        let database = Connection::open(self.program_file()).expect("the program's database");
        let count = format!("SELECT count(*) FROM {from}");
        database
            .query_row(&count, [], |row| row.get(0))
            .expect(from)
    }

    /// The tables of the program's database that have such a column.
    pub fn tables_with(&self, column: &str) -> Vec<String> {
        let database = Connection::open(self.program_file()).expect("the program's database");
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
        let files = self.stored().into_keys();
        let mut files = files.filter(|path| path.extension().is_some_and(|kind| kind == "sqlite"));
        let is_programs = |path: &PathBuf| {
            Connection::open(path)
                .and_then(|database| database.prepare("SELECT 1 FROM orders").map(|_| ()))
                .is_ok()
        };
        files.find(is_programs).expect("the program's database")
    }
}
