//! What a Worker that ended in the midst of its work has left to the next one: rows of the tables
//! that are emptied as soon as possible.

use rusqlite::Connection;
use std::path::{Path, PathBuf};

/// Kim asked to be forgotten, and of one of her orders it was not done yet; an order waits to be
/// decided again, and for a journey; a link and the program are to be sent to KV; a shard has begun
/// to hand its counts over.
const OF_PROGRAM: &str = "
INSERT INTO erasures VALUES ('store', 'kim-2');
INSERT INTO forgotten_visitors
  SELECT visitor FROM order_journeys WHERE store = 'store' AND order_id = 'kim-2';
INSERT INTO stale_orders (store, order_id, failed) VALUES ('store', 'late-1', 1);
UPDATE order_journeys SET read = 0 WHERE store = 'store' AND order_id = 'late-1';
INSERT INTO unpublished (kind, key) VALUES ('link', 'ana');
";
const OF_JOURNEYS: &str = "
INSERT INTO deliveries (counts)
  SELECT json_group_array(json_array(link, day, country, verdict, clicks)) FROM counts
  WHERE verdict = 'person' HAVING count(*) > 0;
DELETE FROM counts WHERE verdict = 'person';
";

/// Leaves all that in the store of a Worker that has ended.
pub fn leave(store: &Path) {
    for (class, statements) in [("Program", OF_PROGRAM), ("Journeys", OF_JOURNEYS)] {
        for file in databases(store, class) {
            let database = Connection::open(file).expect("a database");
            database.execute_batch(statements).expect(statements);
        }
    }
}

/// The databases of the objects of a class.
pub fn databases(store: &Path, class: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(store.join(class)).expect("the folder of a class");
    let files = entries.map(|entry| entry.expect("an entry").path());
    let is_objects = |path: &PathBuf| {
        let name = path.file_name().and_then(|it| it.to_str());
        name.is_some_and(|it| it.ends_with(".sqlite") && it != "metadata.sqlite")
    };
    files.filter(is_objects).collect()
}
