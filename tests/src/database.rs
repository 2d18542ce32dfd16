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
