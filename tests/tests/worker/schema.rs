//! What all migrations of a program's tables come to, in one file.

use std::path::Path;
use waymark_tests::{Options, demo};

/// `WAYMARK_WRITE=1` writes the file anew, for people to look at what changed.
#[test]
fn the_tables_of_a_new_program_are_those_that_are_written_down() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/program/schema.sql");
    let workerd = demo::start(Options::default());
    let schema = workerd.schema();
    if std::env::var_os("WAYMARK_WRITE").is_some() {
        std::fs::write(&file, &schema).expect("a new file");
    }
    let written = std::fs::read_to_string(&file).expect("the file");
    assert!(
        schema == written,
        "run this test with WAYMARK_WRITE=1, and look at what changed in {}",
        file.display()
    );
}
