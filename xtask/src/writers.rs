//! Who writes has a transaction: a function with a statement that writes takes a `&Tx`, which only a
//! transaction hands out. So nothing is written by halves.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{FnArg, Item, Type};

use crate::breach::Breach;
use crate::house::House;
use crate::sql::{Texts, writes};

/// Functions that write outside of one, and why: `(file, function, reason)`.
const BESIDE: &[(&str, &str, &str)] = &[];

pub fn check(house: &House) -> Vec<Breach> {
    check_but_for(house, BESIDE)
}

fn check_but_for(house: &House, beside: &[(&str, &str, &str)]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let mut excused = BTreeSet::new();
    for (file, source) in ["src/program/", "src/journeys/"]
        .into_iter()
        .flat_map(|below| house.sources(below))
    {
        let mut writers = Writers {
            statements: statements(&source.code.items),
            found: Vec::new(),
        };
        writers.visit_file(&source.code);
        for (function, line) in writers.found {
            if beside
                .iter()
                .any(|&(at, name, _)| (at, name) == (file, &function))
            {
                excused.insert((file, function));
            } else {
                breaches.push(Breach::new(
                    file,
                    line,
                    format!("`{function}` writes, and takes no `&Tx`"),
                    "Give it a parameter of this type: its callers have to be inside a transaction.",
                ));
            }
        }
    }
    for &(file, function, _) in beside {
        if !excused.contains(&(file, function.to_owned())) {
            breaches.push(Breach::new(
                "xtask/src/writers.rs",
                1,
                format!(
                    "`{function}` in {file} does not write without a `&Tx`, which it is excused for"
                ),
                "Take the entry out.",
            ));
        }
    }
    breaches
}

/// The constants of a file that are statements which write.
fn statements(items: &[Item]) -> BTreeSet<String> {
    let constants = items.iter().filter_map(|item| match item {
        Item::Const(constant) => Some(constant),
        _ => None,
    });
    constants
        .filter(|constant| {
            let mut texts = Texts::default();
            texts.visit_expr(&constant.expr);
            texts.all.iter().any(|text| !writes(&text.text).is_empty())
        })
        .map(|constant| constant.ident.to_string())
        .collect()
}

/// Looks for functions that write without a transaction.
struct Writers {
    statements: BTreeSet<String>,
    /// Their names and lines.
    found: Vec<(String, usize)>,
}

impl Writers {
    fn look_at(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let mut outside = Outside::default();
        outside.visit_block(body);
        let Outside { texts, names } = outside;
        let has_statement = texts.all.iter().any(|text| !writes(&text.text).is_empty());
        let is_writer = has_statement || !self.statements.is_disjoint(&names);
        if is_writer && !signature.inputs.iter().any(is_transaction) {
            let name = &signature.ident;
            self.found
                .push((name.to_string(), name.span().start().line));
        }
    }
}

impl<'a> Visit<'a> for Writers {
    fn visit_item_fn(&mut self, function: &'a syn::ItemFn) {
        self.look_at(&function.sig, &function.block);
    }

    fn visit_item_impl(&mut self, block: &'a syn::ItemImpl) {
        // Its own methods have it.
        if !is_tx(&block.self_ty) {
            visit::visit_item_impl(self, block);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'a syn::ImplItemFn) {
        self.look_at(&function.sig, &function.block);
    }
}

fn is_transaction(parameter: &FnArg) -> bool {
    match parameter {
        FnArg::Typed(typed) => match &*typed.ty {
            Type::Reference(reference) => is_tx(&reference.elem),
            _ => false,
        },
        FnArg::Receiver(_) => false,
    }
}

fn is_tx(type_: &Type) -> bool {
    match type_ {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .is_some_and(|last| last.ident == "Tx"),
        _ => false,
    }
}

/// The texts and names of a function, but for those in a transaction that it makes itself.
#[derive(Default)]
struct Outside {
    texts: Texts,
    names: BTreeSet<String>,
}

impl Outside {
    fn add_names(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.add_names(group.stream()),
                TokenTree::Ident(ident) => {
                    self.names.insert(ident.to_string());
                }
                TokenTree::Literal(_) | TokenTree::Punct(_) => {}
            }
        }
    }
}

impl<'a> Visit<'a> for Outside {
    fn visit_expr_method_call(&mut self, call: &'a syn::ExprMethodCall) {
        // `database.transaction(|tx| …)`
        if call.method == "transaction" {
            self.visit_expr(&call.receiver);
        } else {
            visit::visit_expr_method_call(self, call);
        }
    }

    fn visit_ident(&mut self, ident: &'a syn::Ident) {
        self.names.insert(ident.to_string());
    }

    fn visit_lit_str(&mut self, literal: &'a syn::LitStr) {
        self.texts.visit_lit_str(literal);
    }

    fn visit_macro(&mut self, one: &'a syn::Macro) {
        self.texts.visit_macro(one);
        self.add_names(one.tokens.clone());
    }

    /// Comments are attributes, too.
    fn visit_attribute(&mut self, _: &'a syn::Attribute) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(code: &str) -> Vec<String> {
        let breaches = check_but_for(&House::of(&[("src/program/a.rs", code)]), &[]);
        breaches.into_iter().map(|breach| breach.what).collect()
    }

    #[test]
    fn a_writer_without_a_transaction_is_a_breach() {
        let code = "fn add(database: &Database) { database.run(\"DELETE FROM a\") }";
        assert_eq!(found(code), ["`add` writes, and takes no `&Tx`"]);
    }

    #[test]
    fn a_statement_that_is_kept_in_a_constant_is_no_way_out() {
        let code = "const END: &str = \"UPDATE a SET b = 1\";
            struct A;
            impl A { fn end(&self, database: &Database) { database.run(END) } }";
        assert_eq!(found(code), ["`end` writes, and takes no `&Tx`"]);
    }

    #[test]
    fn whoever_has_one_may_write_and_anybody_may_read() {
        let code = "fn add(tx: &Tx<'_>) { tx.run(\"DELETE FROM a\") }
            fn read(database: &Database) { database.rows(\"SELECT 1 FROM a\") }
            fn both(database: &Database) { database.transaction(|tx| tx.run(\"DELETE FROM a\")) }
            impl Tx<'_> { fn clear(&self) { self.run(\"DELETE FROM a\") } }";
        assert_eq!(found(code), [""; 0]);
    }

    #[test]
    fn every_writer_of_this_house_has_a_transaction() {
        crate::assert_tidy(&check(&House::ours()));
    }
}
