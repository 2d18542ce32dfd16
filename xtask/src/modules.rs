//! The modules of one crate, and where a path that is written in one of them leads.
//!
//! Names are resolved as the compiler does it, as far as files are concerned: through `use`, through
//! `pub use` of a parent that only passes on, and through globs. Methods and macros are not followed:
//! a file that only calls methods has the type from somewhere, and that is a path.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Item, UseTree, Visibility};

use crate::house::House;

/// A module's place in [`Modules`].
type Id = usize;

/// All modules below one `lib.rs` or `main.rs`.
#[derive(Default)]
pub struct Modules {
    all: Vec<Module>,
}

#[derive(Default)]
struct Module {
    file: String,
    parent: Option<Id>,
    children: BTreeMap<String, Id>,
    /// What is defined here.
    items: BTreeSet<String>,
    /// What is brought here by `use`: by which name, and from where.
    uses: Vec<(String, Vec<String>)>,
    globs: Vec<Vec<String>>,
    mentions: Vec<Mention>,
}

/// A path that is written somewhere.
struct Mention {
    path: Vec<String>,
    line: usize,
    /// It is passed on with `pub use`.
    passed_on: bool,
}

/// A file that needs another one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    pub from: String,
    pub to: String,
    pub line: usize,
    /// What of it, as it is written.
    pub name: String,
}

/// Names that are being looked up, and in which modules.
type Asked<'a> = &'a [(Id, &'a str, bool)];

/// Where a path leads.
#[derive(Clone, Copy)]
enum Place {
    Module(Id),
    /// Something that this module defines.
    ItemOf(Id),
}

impl Modules {
    /// The modules below this file.
    pub fn below(house: &House, file: &str) -> Modules {
        let mut modules = Modules::default();
        if let Some(source) = house.source(file) {
            let directory = file.rsplit_once('/').map_or("", |(directory, _)| directory);
            modules.add(house, file, directory, &source.code.items, None);
        }
        modules
    }

    fn add(
        &mut self,
        house: &House,
        file: &str,
        directory: &str,
        items: &[Item],
        parent: Option<Id>,
    ) -> Id {
        let id = self.all.len();
        let mut module = Module {
            file: file.to_owned(),
            parent,
            ..Module::default()
        };
        for item in items {
            module.items.extend(names(item));
            // A module within is one of its own.
            if !matches!(item, Item::Mod(_)) {
                module.visit_item(item);
            }
        }
        self.all.push(module);
        for item in items {
            let Item::Mod(child) = item else { continue };
            let name = child.ident.to_string();
            let below = format!("{directory}/{name}");
            let added = match &child.content {
                Some((_, items)) => Some(self.add(house, file, &below, items, Some(id))),
                None => [format!("{below}.rs"), format!("{below}/mod.rs")]
                    .iter()
                    .find_map(|file| house.source(file).map(|source| (file, source)))
                    .map(|(file, source)| {
                        self.add(house, file, &below, &source.code.items, Some(id))
                    }),
            };
            if let (Some(child), Some(module)) = (added, self.all.get_mut(id)) {
                module.children.insert(name, child);
            }
        }
        id
    }

    /// Which file needs which, in the sequence of files and lines.
    pub fn imports(&self) -> Vec<Import> {
        let mut imports = BTreeSet::new();
        for (id, module) in self.all.iter().enumerate() {
            for mention in &module.mentions {
                let Some(Place::ItemOf(owner)) = self.resolve(id, &mention.path, &[]) else {
                    continue;
                };
                // A parent that passes on what its children have needs nothing of them.
                if mention.passed_on && self.is_below(owner, id) {
                    continue;
                }
                if let Some(owner) = self.all.get(owner)
                    && owner.file != module.file
                {
                    imports.insert(Import {
                        from: module.file.clone(),
                        to: owner.file.clone(),
                        name: mention.path.join("::"),
                        line: mention.line,
                    });
                }
            }
        }
        imports.into_iter().collect()
    }

    fn is_below(&self, below: Id, above: Id) -> bool {
        let parent = |id: &Id| self.all.get(*id).and_then(|module| module.parent);
        std::iter::successors(Some(below), parent).any(|id| id == above)
    }

    /// Where a path leads that is written in this module. `asked` are the names that are being looked
    /// up already, and where: `use url::url` does not define itself.
    fn resolve(&self, from: Id, path: &[String], asked: Asked<'_>) -> Option<Place> {
        let (first, rest) = path.split_first()?;
        let mut here = match first.as_str() {
            "crate" => 0,
            "self" => from,
            "super" => self.all.get(from)?.parent?,
            name => match self.look_up(from, name, rest.is_empty(), asked)? {
                Place::Module(id) => id,
                item => return Some(item),
            },
        };
        for (index, name) in rest.iter().enumerate() {
            let is_last = index.checked_add(1) == Some(rest.len());
            here = match name.as_str() {
                "super" => self.all.get(here)?.parent?,
                name => match self.look_up(here, name, is_last, asked) {
                    Some(Place::Module(id)) => id,
                    Some(item) => return Some(item),
                    // What a macro has made there.
                    None => return Some(Place::ItemOf(here)),
                },
            };
        }
        Some(Place::Module(here))
    }

    /// What a name stands for in a module. At the end of a path that is an item rather than a module
    /// of the same name; within one it is the other way about.
    fn look_up(&self, at: Id, name: &str, is_last: bool, asked: Asked<'_>) -> Option<Place> {
        if asked.contains(&(at, name, is_last)) {
            return None;
        }
        let asked = &[asked, &[(at, name, is_last)]].concat();
        let module = self.all.get(at)?;
        let uses = module.uses.iter().filter(|(named, _)| named == name);
        let item = module.items.contains(name).then_some(Place::ItemOf(at));
        let child = module.children.get(name).copied().map(Place::Module);
        let found: Vec<Place> = item
            .into_iter()
            .chain(child)
            .chain(uses.filter_map(|(_, path)| self.resolve(at, path, asked)))
            .collect();
        let wanted = |place: &&Place| matches!(place, Place::ItemOf(_)) == is_last;
        if let Some(place) = found.iter().find(wanted).or_else(|| found.first()) {
            return Some(*place);
        }
        module
            .globs
            .iter()
            .find_map(|path| match self.resolve(at, path, asked)? {
                Place::Module(all) => self.look_up(all, name, is_last, asked),
                Place::ItemOf(_) => None,
            })
    }
}

impl Module {
    fn mention(&mut self, path: Vec<String>, line: usize, passed_on: bool) {
        self.mentions.push(Mention {
            path,
            line,
            passed_on,
        });
    }

    fn add_use(&mut self, tree: &UseTree, before: &[String], passed_on: bool) {
        match tree {
            UseTree::Path(path) => {
                let mut before = before.to_vec();
                before.push(path.ident.to_string());
                self.add_use(&path.tree, &before, passed_on);
            }
            UseTree::Name(name) => self.add_name(&name.ident, &name.ident, before, passed_on),
            UseTree::Rename(name) => self.add_name(&name.ident, &name.rename, before, passed_on),
            UseTree::Glob(_) => self.globs.push(before.to_vec()),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.add_use(tree, before, passed_on);
                }
            }
        }
    }

    fn add_name(
        &mut self,
        ident: &syn::Ident,
        name: &syn::Ident,
        before: &[String],
        passed_on: bool,
    ) {
        let line = ident.span().start().line;
        let mut path = before.to_vec();
        let mut name = name.to_string();
        if ident == "self" {
            // `use a::b::{self}` is `use a::b`.
            if name == "self" {
                name = path.last().cloned().unwrap_or_default();
            }
        } else {
            path.push(ident.to_string());
        }
        self.uses.push((name, path.clone()));
        self.mention(path, line, passed_on);
    }

    /// What is written in a macro's brackets may be anything, yet a path looks like a path.
    fn add_tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut line = 0;
        let mut colons = 0_u8;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.end_path(&mut path, line);
                        line = ident.span().start().line;
                    }
                    path.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    colons = colons.saturating_add(1);
                }
                TokenTree::Group(group) => {
                    self.end_path(&mut path, line);
                    self.add_tokens(group.stream());
                    colons = 0;
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {
                    self.end_path(&mut path, line);
                    colons = 0;
                }
            }
        }
        self.end_path(&mut path, line);
    }

    fn end_path(&mut self, path: &mut Vec<String>, line: usize) {
        let path = std::mem::take(path);
        if path.len() > 1 {
            self.mention(path, line, false);
        }
    }
}

impl<'a> Visit<'a> for Module {
    fn visit_item_use(&mut self, item: &'a syn::ItemUse) {
        if item.leading_colon.is_none() {
            let passed_on = !matches!(item.vis, Visibility::Inherited);
            self.add_use(&item.tree, &[], passed_on);
        }
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        if path.leading_colon.is_none() {
            let names = path.segments.iter().map(|part| part.ident.to_string());
            if let Some(first) = path.segments.first() {
                self.mention(names.collect(), first.ident.span().start().line, false);
            }
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, one: &'a syn::Macro) {
        visit::visit_macro(self, one);
        self.add_tokens(one.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'a syn::Attribute) {
        // `#[serde(with = "a::b")]`
        if attribute.path().is_ident("serde")
            && let syn::Meta::List(list) = &attribute.meta
        {
            for token in list.tokens.clone() {
                if let TokenTree::Literal(literal) = token
                    && let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string())
                    && let Ok(path) = text.parse::<syn::Path>()
                    && path.segments.len() > 1
                {
                    let names = path.segments.iter().map(|part| part.ident.to_string());
                    self.mention(names.collect(), literal.span().start().line, false);
                }
            }
        }
    }

    /// `pub(in a::b)` says who may come, and needs nothing.
    fn visit_vis_restricted(&mut self, _: &'a syn::VisRestricted) {}
}

/// The names that an item defines where it stands.
fn names(item: &Item) -> Vec<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        Item::Macro(item) => return item.ident.iter().map(ToString::to_string).collect(),
        Item::ForeignMod(block) => {
            return block
                .items
                .iter()
                .filter_map(|item| match item {
                    syn::ForeignItem::Fn(item) => Some(item.sig.ident.to_string()),
                    syn::ForeignItem::Static(item) => Some(item.ident.to_string()),
                    syn::ForeignItem::Type(item) => Some(item.ident.to_string()),
                    _ => None,
                })
                .collect();
        }
        _ => return Vec::new(),
    };
    vec![ident.to_string()]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `from → to` of every import between these files of a crate.
    fn imports(files: &[(&str, &str)]) -> Vec<String> {
        Modules::below(&House::of(files), "src/lib.rs")
            .imports()
            .into_iter()
            .map(|import| format!("{} {} → {}", import.line, import.from, import.to))
            .collect()
    }

    #[test]
    fn a_name_that_a_parent_passes_on_is_of_the_file_that_defines_it() {
        let files = [
            ("src/lib.rs", "mod a;\nmod b;"),
            ("src/a/mod.rs", "mod deep;\npub use deep::Thing;"),
            ("src/a/deep.rs", "pub struct Thing;"),
            ("src/b.rs", "use crate::a::Thing;\nfn f(_: Thing) {}"),
        ];
        assert_eq!(
            imports(&files),
            ["1 src/b.rs → src/a/deep.rs", "2 src/b.rs → src/a/deep.rs"]
        );
    }

    #[test]
    fn a_module_that_is_imported_counts_by_what_is_taken_of_it() {
        let files = [
            ("src/lib.rs", "mod a;\nmod b;"),
            ("src/a.rs", "pub mod deep;\npub fn near() {}"),
            ("src/a/deep.rs", "pub fn far() {}"),
            (
                "src/b.rs",
                "use super::a;\n\nfn f() {\n    a::deep::far();\n}",
            ),
        ];
        assert_eq!(imports(&files), ["4 src/b.rs → src/a/deep.rs"]);
    }

    #[test]
    fn declaring_a_module_is_no_import_but_using_it_is() {
        let files = [
            ("src/lib.rs", "mod a;\nfn f() {\n    self::a::g();\n}"),
            ("src/a.rs", "pub fn g() {}"),
        ];
        assert_eq!(imports(&files), ["3 src/lib.rs → src/a.rs"]);
    }

    #[test]
    fn a_function_of_its_modules_name_is_found() {
        let files = [
            ("src/lib.rs", "mod fold;\nmod b;\npub use fold::fold;"),
            ("src/fold.rs", "pub fn fold() {}"),
            ("src/b.rs", "use crate::fold;\nfn f() { fold() }"),
        ];
        assert_eq!(
            imports(&files),
            ["1 src/b.rs → src/fold.rs", "2 src/b.rs → src/fold.rs"]
        );
    }

    #[test]
    fn paths_in_macros_globs_and_attributes_count() {
        let files = [
            ("src/lib.rs", "mod a;\nmod b;\nmod c;"),
            ("src/a.rs", "pub fn g() {}\npub struct Thing;"),
            (
                "src/b.rs",
                "fn f() {\n    println!(\"{}\", crate::a::g());\n}",
            ),
            (
                "src/c.rs",
                "use crate::a::*;\nfn f(_: Thing) {}\nstruct S {\n    #[serde(with = \"crate::b::f\")]\n    s: u8,\n}",
            ),
        ];
        assert_eq!(
            imports(&files),
            [
                "2 src/b.rs → src/a.rs",
                "2 src/c.rs → src/a.rs",
                "4 src/c.rs → src/b.rs"
            ]
        );
    }

    #[test]
    fn what_tests_need_does_not_count() {
        let files = [
            (
                "src/lib.rs",
                "mod a;\n#[cfg(test)]\nmod tests { use crate::a::g; }",
            ),
            ("src/a.rs", "pub fn g() {}"),
        ];
        assert!(imports(&files).is_empty());
    }

    #[test]
    fn another_crates_names_lead_nowhere() {
        let files = [
            ("src/lib.rs", "mod a;\nmod time;"),
            (
                "src/a.rs",
                "use time::Date;\nuse url::url;\nfn f(_: Date) { url::url() }",
            ),
            ("src/time.rs", "pub struct Date;"),
        ];
        assert!(imports(&files).is_empty());
    }
}
