//! Crates are pure: no Cloudflare type, no clock, no randomness, no I/O, no `unsafe`. So what they say
//! can be tried natively, a million times over, and is the same everywhere.

use syn::visit::{self, Visit};

use crate::breach::Breach;
use crate::house::House;
use crate::workspace::Package;

/// What only the Worker may be built with, and the rules as JavaScript has them.
const OF_THE_WORKER: [&str; 5] = ["worker", "worker-sys", "web-sys", "js-sys", "wasm-bindgen"];

/// What gives another value each time.
const RANDOM: [&str; 5] = ["getrandom", "rand", "fastrand", "uuid", "rand_core"];

/// Parts of the standard library that look out of the window.
const OUTSIDE: [(&str, &str); 7] = [
    ("SystemTime", "a clock"),
    ("Instant::now", "a clock"),
    ("std::env", "the environment"),
    ("std::fs", "files"),
    ("std::net", "the network"),
    ("std::process", "other processes"),
    ("std::thread", "threads"),
];

pub fn check(house: &House, packages: &[Package]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for package in packages {
        if package.directory.starts_with("crates/") && package.name != "waymark-attribution-js" {
            breaches.extend(needs(
                house,
                package,
                &OF_THE_WORKER,
                "Only src/ knows the platform",
            ));
        }
        if package.is_pure() {
            breaches.extend(needs(
                house,
                package,
                &RANDOM,
                "Random bytes are an argument",
            ));
            breaches.extend(forbids_unsafe(house, package));
            for (file, source) in house.sources(&package.path_of("src/")) {
                let mut looks = Looks {
                    file,
                    breaches: Vec::new(),
                };
                looks.visit_file(&source.code);
                breaches.extend(looks.breaches);
            }
        }
    }
    breaches
}

/// What a package is built with, though it should not be.
fn needs(house: &House, package: &Package, forbidden: &[&str], because: &str) -> Vec<Breach> {
    let found = package
        .needs
        .iter()
        .filter(|name| forbidden.contains(&name.as_str()));
    let breach = |name: &String| {
        let manifest = package.manifest();
        let lines = house.text(&manifest).unwrap_or_default().lines();
        let line = (1..).zip(lines).find(|(_, line)| line.starts_with(name));
        Breach::new(
            &manifest,
            line.map_or(1, |(number, _)| number),
            format!("{} is built with {name}", package.name),
            format!("{because}: take the value as an argument, or as a type of your own."),
        )
    };
    found.map(breach).collect()
}

fn forbids_unsafe(house: &House, package: &Package) -> Option<Breach> {
    let library = package.path_of("src/lib.rs");
    let forbids = house.source(&library).is_some_and(|source| {
        source.code.attrs.iter().any(|attribute| {
            attribute.path().is_ident("forbid")
                && attribute
                    .parse_args::<syn::Path>()
                    .is_ok_and(|lint| lint.is_ident("unsafe_code"))
        })
    });
    (!forbids).then(|| {
        Breach::new(
            library,
            1,
            format!("{} does not forbid unsafe code", package.name),
            "Write `#![forbid(unsafe_code)]` below its head.",
        )
    })
}

/// Looks for what looks out of the window.
struct Looks<'a> {
    file: &'a str,
    breaches: Vec<Breach>,
}

impl Looks<'_> {
    fn note(&mut self, path: &[String], line: usize) {
        let path = format!("::{}::", path.join("::"));
        for (name, what) in OUTSIDE {
            if path.contains(&format!("::{name}::")) {
                self.breaches.push(Breach::new(
                    self.file,
                    line,
                    format!("{name} in a pure crate: {what}"),
                    "Take what it would give as an argument; src/ or the command line asks for it.",
                ));
            }
        }
    }

    fn note_use(&mut self, tree: &syn::UseTree, before: &[String]) {
        let mut path = before.to_vec();
        match tree {
            syn::UseTree::Path(part) => {
                path.push(part.ident.to_string());
                self.note_use(&part.tree, &path);
            }
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.note_use(tree, before);
                }
            }
            syn::UseTree::Name(syn::UseName { ident })
            | syn::UseTree::Rename(syn::UseRename { ident, .. }) => {
                path.push(ident.to_string());
                self.note(&path, ident.span().start().line);
            }
            syn::UseTree::Glob(glob) => {
                self.note(&path, glob.star_token.spans[0].start().line);
            }
        }
    }
}

impl<'a> Visit<'a> for Looks<'_> {
    fn visit_item_use(&mut self, item: &'a syn::ItemUse) {
        self.note_use(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        if let Some(first) = path.segments.first() {
            let names = path.segments.iter().map(|part| part.ident.to_string());
            self.note(&names.collect::<Vec<_>>(), first.ident.span().start().line);
        }
        visit::visit_path(self, path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaches(library: &str, needs: &[&str]) -> Vec<String> {
        let manifest = "[dependencies]\nserde.workspace = true\ngetrandom.workspace = true\n";
        let house = House::of(&[
            ("crates/a/Cargo.toml", manifest),
            ("crates/a/src/lib.rs", library),
        ]);
        let package = Package {
            name: "a".to_owned(),
            directory: "crates/a".to_owned(),
            needs: needs.iter().map(|&name| name.to_owned()).collect(),
        };
        let breaches = check(&house, &[package]);
        breaches
            .into_iter()
            .map(|breach| format!("{}: {}", breach.line, breach.what))
            .collect()
    }

    #[test]
    fn clocks_files_and_randomness_are_breaches() {
        let library = "#![forbid(unsafe_code)]
            use std::{fmt, fs};
            fn now() -> std::time::SystemTime { std::time::SystemTime::now() }
            fn early(at: Instant) -> Instant { at }
            fn late() { Instant::now(); }";
        assert_eq!(
            breaches(library, &["serde", "getrandom", "worker"]),
            [
                "1: a is built with worker",
                "3: a is built with getrandom",
                "2: std::fs in a pure crate: files",
                "3: SystemTime in a pure crate: a clock",
                "3: SystemTime in a pure crate: a clock",
                "5: Instant::now in a pure crate: a clock",
            ]
        );
    }

    #[test]
    fn unsafe_code_is_forbidden_in_so_many_words() {
        assert_eq!(
            breaches("#![deny(unsafe_code)]", &[]),
            ["1: a does not forbid unsafe code"]
        );
    }

    #[test]
    fn the_crates_of_this_house_are_pure() {
        crate::assert_tidy(&check(&House::ours(), &crate::workspace::ours()));
    }
}
