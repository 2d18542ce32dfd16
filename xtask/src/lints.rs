//! One set of lints for all: every package inherits the workspace's, which ask for a comment on
//! whatever is public, and for a reason wherever a lint is silenced.

use toml::{Table, Value};

use crate::breach::Breach;
use crate::house::House;
use crate::workspace::Package;

/// Lints that the workspace has to have, with their level.
const NEEDED: [(&str, &str, &str); 2] = [
    ("rust", "missing_docs", "deny"),
    ("clippy", "allow_attributes_without_reason", "deny"),
];

pub fn check(house: &House, packages: &[Package]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let root = manifest(house, "Cargo.toml");
    for (tool, lint, level) in NEEDED {
        let is_set = value(&root, &["workspace", "lints", tool, lint]);
        if is_set.and_then(Value::as_str) != Some(level) {
            breaches.push(Breach::new(
                "Cargo.toml",
                1,
                format!("the workspace does not {level} {lint}"),
                format!("Write `{lint} = \"{level}\"` in [workspace.lints.{tool}]."),
            ));
        }
    }
    for package in packages {
        let path = package.manifest();
        let inherits = value(&manifest(house, &path), &["lints", "workspace"]).cloned();
        if inherits != Some(Value::Boolean(true)) {
            breaches.push(Breach::new(
                path,
                1,
                format!("{} has lints of its own, or none", package.name),
                "Write `[lints]`, `workspace = true`; an exception stands in the code, with its reason.",
            ));
        }
    }
    breaches
}

fn manifest(house: &House, path: &str) -> Table {
    let text = house.text(path).unwrap_or_default();
    text.parse().unwrap_or_default()
}

fn value<'a>(table: &'a Table, path: &[&str]) -> Option<&'a Value> {
    let (last, tables) = path.split_last()?;
    let table = tables
        .iter()
        .try_fold(table, |table, name| table.get(*name)?.as_table());
    table?.get(*last)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINTS: &str = "[workspace.lints.rust]\nmissing_docs = \"deny\"\n\
        [workspace.lints.clippy]\nallow_attributes_without_reason = \"deny\"\n";

    fn breaches(root: &str, of_package: &str) -> Vec<String> {
        let house = House::of(&[("Cargo.toml", root), ("crates/a/Cargo.toml", of_package)]);
        let package = Package {
            name: "a".to_owned(),
            directory: "crates/a".to_owned(),
            needs: Vec::new(),
        };
        let breaches = check(&house, &[package]);
        breaches.into_iter().map(|breach| breach.what).collect()
    }

    #[test]
    fn a_package_without_the_lints_of_all_is_a_breach() {
        assert_eq!(breaches(LINTS, "[lints]\nworkspace = true"), [""; 0]);
        assert_eq!(
            breaches(LINTS, "[lints.rust]\nmissing_docs = \"allow\""),
            ["a has lints of its own, or none"]
        );
    }

    #[test]
    fn a_workspace_without_them_is_one() {
        let weaker = LINTS.replace("docs = \"deny\"", "docs = \"warn\"");
        assert_eq!(
            breaches(&weaker, "[lints]\nworkspace = true"),
            ["the workspace does not deny missing_docs"]
        );
    }

    #[test]
    fn the_packages_of_this_house_have_the_lints_of_all() {
        crate::assert_tidy(&check(&House::ours(), &crate::workspace::ours()));
    }
}
