//! Prints the TypeScript declarations of everything that a case, a decision or an explanation holds.
//!
//! `scripts/build-js` keeps them as `npm/types.d.ts`.

use std::collections::BTreeMap;

use ts_rs::{Config, TS, TypeVisitor};
use waymark_attribution::document::CaseDocument;
use waymark_attribution::explain::Explanation;
use waymark_attribution::{Decision, PRESETS, PolicyDocument};

/// The declarations found so far, by name: ts-rs visits types in no particular order.
struct Declarations {
    config: Config,
    by_name: BTreeMap<String, String>,
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        let name = T::ident(&self.config);
        // What ts-rs would write to no file, such as `string`, is TypeScript's own.
        if T::output_path().is_none() || self.by_name.contains_key(&name) {
            return;
        }
        let docs = first_paragraph(&T::docs().unwrap_or_default());
        let declaration = format!("{docs}export {}", T::decl(&self.config));
        self.by_name.insert(name, laid_out(&declaration));
        T::visit_dependencies(self);
    }
}

/// What follows the first paragraph speaks of Rust.
fn first_paragraph(docs: &str) -> String {
    match docs.split_once("\n *\n") {
        Some((first, _)) => format!("{first}\n */\n"),
        None => docs.to_owned(),
    }
}

/// Indents what ts-rs writes without any layout, and takes the brackets off Rust's links.
fn laid_out(declaration: &str) -> String {
    let text = declaration
        .replace("[`", "`")
        .replace("`]", "`")
        .replace(", }", ",\n}");
    let mut depth: usize = 0;
    let mut lines = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with('}') {
            depth = depth.saturating_sub(1);
        }
        // The lines of a comment stand below the second character of the first.
        let beside = if line.starts_with('*') { " " } else { "" };
        lines.push(format!("{}{beside}{line}", "  ".repeat(depth)));
        if line.ends_with('{') {
            depth = depth.saturating_add(1);
        }
    }
    lines.join("\n")
}

fn main() {
    let mut declarations = Declarations {
        // Counts and versions; money is text.
        config: Config::new().with_large_int("number"),
        by_name: BTreeMap::new(),
    };
    declarations.visit::<CaseDocument<'static>>();
    declarations.visit::<PolicyDocument<'static>>();
    declarations.visit::<Decision<'static>>();
    declarations.visit::<Explanation<'static>>();

    let presets = PRESETS.map(|name| format!("{name:?}")).join(" | ");
    println!("// Generated from the Rust types by scripts/build-js. Change those instead.\n");
    println!(
        "/**\n * The name of a policy that is ready to use.\n */\nexport type Preset = {presets};"
    );
    for declaration in declarations.by_name.values() {
        println!("\n{declaration}");
    }
}
