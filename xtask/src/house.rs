//! The project as the checks see it: its files, and its Rust without the tests.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, ImplItem, Item, Meta, Stmt, Token, punctuated::Punctuated, spanned::Spanned};

use crate::breach::Breach;

/// All files that belong to the project: what Git ignores does not.
pub struct House {
    /// The text of every file, by its path from the project's root.
    files: BTreeMap<String, String>,
    rust: BTreeMap<String, Source>,
    /// Rust that could not be read.
    pub unread: Vec<Breach>,
}

/// A file of Rust.
pub struct Source {
    /// Without what is compiled for tests only.
    pub code: syn::File,
    /// How many lines belong to tests.
    pub test_lines: usize,
    /// Modules in files of their own that are for tests only.
    test_modules: Vec<String>,
}

impl House {
    /// Reads the project that stands in this directory.
    pub fn read(root: &Path) -> Result<House, ignore::Error> {
        let mut files = BTreeMap::new();
        let all = ignore::WalkBuilder::new(root)
            .hidden(false)
            .filter_entry(|entry| entry.file_name() != ".git")
            .build();
        for entry in all {
            let entry = entry?;
            let Ok(path) = entry.path().strip_prefix(root) else {
                continue;
            };
            if entry.file_type().is_some_and(|kind| kind.is_file()) {
                let bytes = fs::read(entry.path()).map_err(ignore::Error::Io)?;
                let text = String::from_utf8_lossy(&bytes).into_owned();
                files.insert(path.to_string_lossy().replace('\\', "/"), text);
            }
        }
        Ok(House::new(files))
    }

    fn new(files: BTreeMap<String, String>) -> House {
        let mut house = House {
            rust: BTreeMap::new(),
            unread: Vec::new(),
            files,
        };
        for (path, text) in &house.files {
            if !path.ends_with(".rs") {
                continue;
            }
            match syn::parse_file(text) {
                Ok(code) => {
                    house.rust.insert(path.clone(), Source::without_tests(code));
                }
                Err(error) => house.unread.push(Breach::new(
                    path,
                    error.span().start().line,
                    format!("is no Rust that could be read: {error}"),
                    "Mend the syntax, or update `syn` where it is newer than that.",
                )),
            }
        }
        let of_tests: Vec<String> = house
            .rust
            .iter()
            .flat_map(|(path, source)| source.files_of_tests(path))
            .collect();
        house.rust.retain(|path, _| !of_tests.contains(path));
        house
    }

    /// A house of these files, to try a check with.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> House {
        let files = files
            .iter()
            .map(|&(path, text)| (path.to_owned(), text.to_owned()));
        House::new(files.collect())
    }

    /// The house that these checks are part of.
    #[cfg(test)]
    pub fn ours() -> House {
        House::read(&crate::root()).unwrap()
    }

    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Whether there is a file or a directory of this path.
    pub fn has(&self, path: &str) -> bool {
        let directory = format!("{path}/");
        path.is_empty()
            || self.files.contains_key(path)
            || self
                .files
                .range(directory.clone()..)
                .next()
                .is_some_and(|(next, _)| next.starts_with(&directory))
    }

    /// Path and text of every file.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    pub fn source(&self, path: &str) -> Option<&Source> {
        self.rust.get(path)
    }

    /// Path and source of every file of Rust that stands below this directory.
    pub fn sources<'a>(&'a self, below: &'a str) -> impl Iterator<Item = (&'a str, &'a Source)> {
        self.rust
            .iter()
            .filter(move |(path, _)| path.starts_with(below))
            .map(|(path, source)| (path.as_str(), source))
    }

    /// Every directory that holds the sources of the Worker or of one of the crates.
    pub fn source_roots(&self) -> Vec<String> {
        let mut roots: Vec<String> = self
            .rust
            .keys()
            .filter_map(|path| {
                let root = path
                    .strip_suffix("/lib.rs")
                    .or_else(|| path.strip_suffix("/main.rs"))?;
                let is_one = root == "src" || is_source_of_crate(root);
                is_one.then(|| root.to_owned())
            })
            .collect();
        roots.dedup();
        roots
    }
}

/// Whether it is `crates/NAME/src`.
fn is_source_of_crate(path: &str) -> bool {
    path.strip_prefix("crates/")
        .and_then(|rest| rest.strip_suffix("/src"))
        .is_some_and(|name| !name.contains('/'))
}

impl Source {
    fn without_tests(mut code: syn::File) -> Source {
        let mut prune = Prune::default();
        if code.attrs.iter().any(is_for_tests) {
            prune.leave_out(&code.items.iter().collect::<Vec<_>>());
            code.items.clear();
        }
        prune.visit_file_mut(&mut code);
        Source {
            code,
            test_lines: prune.test_lines,
            test_modules: prune.test_modules,
        }
    }

    /// Where this file's modules may stand that are for tests only.
    fn files_of_tests(&self, path: &str) -> impl Iterator<Item = String> {
        let whole = path.strip_suffix(".rs").unwrap_or(path);
        let (directory, name) = whole.rsplit_once('/').unwrap_or(("", whole));
        let below = match name {
            "lib" | "main" | "mod" => directory.to_owned(),
            _ => whole.to_owned(),
        };
        self.test_modules.iter().flat_map(move |name| {
            [
                format!("{below}/{name}.rs"),
                format!("{below}/{name}/mod.rs"),
            ]
        })
    }
}

/// Takes out of a file what is compiled for tests only.
#[derive(Default)]
struct Prune {
    test_lines: usize,
    test_modules: Vec<String>,
}

impl Prune {
    fn leave_out(&mut self, items: &[&Item]) {
        for item in items {
            if let Item::Mod(module) = item
                && module.content.is_none()
            {
                self.test_modules.push(module.ident.to_string());
            }
            let span = item.span();
            let lines = span.end().line.saturating_sub(span.start().line);
            self.test_lines = self.test_lines.saturating_add(lines).saturating_add(1);
        }
    }

    fn prune(&mut self, items: &mut Vec<Item>) {
        let (tests, code) = std::mem::take(items)
            .into_iter()
            .partition::<Vec<_>, _>(|item| attributes(item).iter().any(is_for_tests));
        self.leave_out(&tests.iter().collect::<Vec<_>>());
        *items = code;
    }
}

impl VisitMut for Prune {
    fn visit_file_mut(&mut self, file: &mut syn::File) {
        self.prune(&mut file.items);
        visit_mut::visit_file_mut(self, file);
    }

    fn visit_item_mod_mut(&mut self, module: &mut syn::ItemMod) {
        if let Some((_, items)) = &mut module.content {
            self.prune(items);
        }
        visit_mut::visit_item_mod_mut(self, module);
    }

    fn visit_item_impl_mut(&mut self, block: &mut syn::ItemImpl) {
        block.items.retain(|item| match item {
            ImplItem::Fn(function) => !function.attrs.iter().any(is_for_tests),
            ImplItem::Const(constant) => !constant.attrs.iter().any(is_for_tests),
            _ => true,
        });
        visit_mut::visit_item_impl_mut(self, block);
    }

    fn visit_block_mut(&mut self, block: &mut syn::Block) {
        block.stmts.retain(|statement| match statement {
            Stmt::Item(item) => !attributes(item).iter().any(is_for_tests),
            _ => true,
        });
        visit_mut::visit_block_mut(self, block);
    }
}

/// Whether an attribute says that only tests are compiled with what it stands at.
fn is_for_tests(attribute: &Attribute) -> bool {
    fn needs_test(condition: &Meta) -> bool {
        match condition {
            Meta::Path(path) => path.is_ident("test"),
            Meta::List(list) if list.path.is_ident("all") => list
                .parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
                .is_ok_and(|all| all.iter().any(needs_test)),
            Meta::List(_) | Meta::NameValue(_) => false,
        }
    }
    let path = attribute.path();
    path.is_ident("test")
        || path.is_ident("cfg")
            && attribute
                .parse_args()
                .is_ok_and(|one: Meta| needs_test(&one))
}

/// The attributes of an item.
fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_for_tests_only_is_left_out_and_counted() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n#[cfg(not(test))]\nfn c() {}\n";
        let house = House::of(&[("src/lib.rs", text)]);
        let source = house.source("src/lib.rs").unwrap();
        assert_eq!(source.code.items.len(), 2);
        assert_eq!(source.test_lines, 4);
    }

    #[test]
    fn a_file_that_is_for_tests_only_is_none_of_the_code() {
        let house = House::of(&[
            ("src/a.rs", "#[cfg(test)]\nmod tests;\nmod b;"),
            ("src/a/tests.rs", ""),
            ("src/a/b.rs", ""),
        ]);
        assert!(house.source("src/a/tests.rs").is_none());
        assert!(house.source("src/a/b.rs").is_some());
    }

    #[test]
    fn a_file_that_is_no_rust_is_named() {
        let house = House::of(&[("src/lib.rs", "fn a() {}\nfn ("), ("README.md", "fn (")]);
        assert_eq!(house.unread.len(), 1);
        assert_eq!(house.unread[0].line, 2);
    }
}
