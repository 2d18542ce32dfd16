//! A table has one owner: one file writes to it, and the others call that file. Whoever wants to know
//! how a row comes to be reads one page.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::Visit;

use crate::breach::Breach;
use crate::house::House;
use crate::sql::{Texts, writes};

/// Files that put a statement together for a table whose name they are given, and why.
const ANY_TABLE: &[(&str, &str)] = &[(
    "src/program/orders/aliases.rs",
    "an order that turns out to be another one takes along its rows in every table that names it",
)];

pub fn check(house: &House) -> Vec<Breach> {
    check_but_for(house, ANY_TABLE)
}

fn check_but_for(house: &House, any_table: &[(&str, &str)]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let mut writers: BTreeMap<(&str, String), BTreeMap<&str, usize>> = BTreeMap::new();
    let mut excused = BTreeSet::new();
    for (file, table, line) in all_writes(house) {
        if table.contains('{') {
            if any_table.iter().any(|(allowed, _)| *allowed == file) {
                excused.insert(file);
            } else {
                breaches.push(Breach::new(
                    file,
                    line,
                    format!("the table of this statement has no fixed name: {table}"),
                    "Write one statement a table, beside the table's others.",
                ));
            }
            continue;
        }
        let lines = writers.entry((database(file), table)).or_default();
        lines.entry(file).or_insert(line);
    }
    for ((_, table), files) in &writers {
        if let (Some((file, line)), true) = (files.last_key_value(), files.len() > 1) {
            let all: Vec<String> = files
                .iter()
                .map(|(file, line)| format!("{file}:{line}"))
                .collect();
            breaches.push(Breach::new(
                *file,
                *line,
                format!("{} files write to the table {table}: {}", files.len(), all.join(", ")),
                "Let one of them own it, with a function for each thing that happens to a row; the others call it.",
            ));
        }
    }
    let listed = any_table.iter().map(|(file, _)| *file);
    for file in listed.filter(|file| !excused.contains(file)) {
        breaches.push(Breach::new(
            "xtask/src/tables.rs",
            1,
            format!("{file} puts no statement together for any table, which it is excused for"),
            "Take the entry out.",
        ));
    }
    breaches
}

/// File, table and line of every statement that writes.
fn all_writes(house: &House) -> Vec<(&str, String, usize)> {
    let mut all = Vec::new();
    for (file, source) in house.sources("src/") {
        let mut texts = Texts::default();
        texts.visit_file(&source.code);
        for text in texts.all {
            for write in writes(&text.text) {
                all.push((file, write.table, text.line.saturating_add(write.line)));
            }
        }
    }
    let statements = house
        .files()
        .filter(|(file, _)| file.starts_with("src/") && file.ends_with(".sql"))
        .filter(|(file, _)| !file.contains("/migrations/"));
    for (file, text) in statements {
        for write in writes(text) {
            all.push((file, write.table, write.line.saturating_add(1)));
        }
    }
    all
}

/// The part of the source that has a database of its own: `src/program`.
fn database(file: &str) -> &str {
    let mut slashes = file.match_indices('/').map(|(at, _)| at);
    let end = slashes.nth(1).unwrap_or(file.len());
    file.get(..end).unwrap_or(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO_WRITERS: [(&str, &str); 4] = [
        (
            "src/program/a.rs",
            "const A: &str = \"INSERT INTO orders (a) VALUES (1)\";",
        ),
        (
            "src/program/b.rs",
            "fn f() {\n    run(\"UPDATE orders SET a = 1\");\n}",
        ),
        (
            "src/journeys/c.rs",
            "fn f() { run(\"UPDATE orders SET a = 1\") }",
        ),
        (
            "src/program/migrations/0001.sql",
            "UPDATE orders SET a = 1;",
        ),
    ];

    #[test]
    fn two_files_that_write_to_a_table_are_a_breach() {
        let breaches = check_but_for(&House::of(&TWO_WRITERS), &[]);
        assert_eq!(breaches.len(), 1, "{breaches:?}");
        assert_eq!(
            breaches[0].what,
            "2 files write to the table orders: src/program/a.rs:1, src/program/b.rs:2"
        );
    }

    #[test]
    fn a_statement_for_any_table_needs_its_reason() {
        let code = "fn f() { run(&format!(\"DELETE FROM {table} WHERE a = 1\")) }";
        let house = House::of(&[("src/program/a.rs", code)]);
        assert_eq!(check_but_for(&house, &[]).len(), 1);
        let excused = [("src/program/a.rs", "")];
        assert_eq!(check_but_for(&house, &excused), []);
        let house = House::of(&TWO_WRITERS[..1]);
        let breaches = check_but_for(&house, &excused);
        assert_eq!(breaches[0].remedy, "Take the entry out.");
    }

    #[test]
    fn every_table_of_this_house_has_one_owner() {
        crate::assert_tidy(&check(&House::ours()));
    }
}
