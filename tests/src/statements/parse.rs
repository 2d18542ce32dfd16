//! What a source file has of functions, names and texts.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Expr, FnArg, Pat};

/// A source file.
pub struct File {
    pub path: PathBuf,
    pub functions: Vec<Function>,
    /// Constants and statics, those in functions too.
    pub constants: BTreeMap<String, Vec<Expr>>,
    /// What members are set to where a value of a struct is made, by the member's name.
    pub members: BTreeMap<String, Vec<Expr>>,
    /// Every text and its line, but for comments.
    pub texts: Vec<(usize, String)>,
}

/// A function or method.
pub struct Function {
    pub name: String,
    /// Its parameters but `self`; none where it is a pattern.
    pub parameters: Vec<Option<String>>,
    pub bindings: Vec<Binding>,
    pub calls: Vec<Call>,
}

/// A name that a function gives to a value.
pub struct Binding {
    pub name: String,
    pub value: Expr,
    /// Where it is each part of the value in turn.
    pub is_each: bool,
    /// Which part of a tuple it is, if one.
    pub part: Option<usize>,
}

/// A call of a function by its name, or of a method.
pub struct Call {
    pub name: String,
    /// Which file the function is of, if the call says so.
    pub of: Of,
    pub arguments: Vec<Expr>,
}

/// Whose function is called.
pub enum Of {
    /// That of the same file: `name(…)`.
    This,
    /// That of a module: `module::name(…)`.
    Module(String),
    /// A method, or what a path names otherwise.
    Any,
}

impl File {
    /// The name of its module: `mod.rs` has that of the folder.
    pub fn module(&self) -> Option<&str> {
        let of_file = self.path.file_stem().filter(|name| *name != "mod");
        let folder = || self.path.parent().and_then(Path::file_name);
        of_file.or_else(folder).and_then(OsStr::to_str)
    }

    pub fn read(path: PathBuf, text: &str) -> Self {
        let parsed = syn::parse_file(text);
        let parsed = parsed.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut file = Self {
            path,
            functions: Vec::new(),
            constants: BTreeMap::new(),
            members: BTreeMap::new(),
            texts: Vec::new(),
        };
        let tokens: TokenStream = text.parse().expect("Rust");
        collect_texts(tokens, &mut file.texts);
        file.visit_file(&parsed);
        file
    }

    /// The files of SQL that it includes.
    pub fn included(&self) -> Vec<PathBuf> {
        let folder = self.path.parent().expect("a folder");
        let names = self.texts.iter().map(|(_, text)| text);
        let names = names.filter(|text| text.ends_with(".sql"));
        names.map(|name| folder.join(name)).collect()
    }

    fn enter(&mut self, name: &syn::Ident, inputs: Vec<&FnArg>, body: &syn::Block) {
        let typed = inputs.into_iter().filter_map(|input| match input {
            FnArg::Receiver(_) => None,
            FnArg::Typed(typed) => Some(ident(&typed.pat)),
        });
        let mut function = Function {
            name: name.to_string(),
            parameters: typed.collect(),
            bindings: Vec::new(),
            calls: Vec::new(),
        };
        function.visit_block(body);
        self.functions.push(function);
    }
}

fn collect_texts(tokens: TokenStream, texts: &mut Vec<(usize, String)>) {
    let mut is_attribute = false;
    for token in tokens {
        match &token {
            // Comments are attributes by now.
            TokenTree::Group(group) if !is_attribute => collect_texts(group.stream(), texts),
            TokenTree::Literal(literal) => {
                if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                    texts.push((literal.span().start().line, text.value()));
                }
            }
            _ => {}
        }
        let text = token.to_string();
        is_attribute = text == "#" || (is_attribute && text == "!");
    }
}

/// The name in a pattern that is no more than that.
fn ident(pattern: &Pat) -> Option<String> {
    match pattern {
        Pat::Ident(ident) => Some(ident.ident.to_string()),
        Pat::Reference(reference) => ident(&reference.pat),
        Pat::Type(typed) => ident(&typed.pat),
        _ => None,
    }
}

impl Visit<'_> for File {
    fn visit_item_fn(&mut self, item: &syn::ItemFn) {
        self.enter(
            &item.sig.ident,
            item.sig.inputs.iter().collect(),
            &item.block,
        );
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &syn::ImplItemFn) {
        self.enter(
            &item.sig.ident,
            item.sig.inputs.iter().collect(),
            &item.block,
        );
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.enter(&item.sig.ident, item.sig.inputs.iter().collect(), body);
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_const(&mut self, item: &syn::ItemConst) {
        let values = self.constants.entry(item.ident.to_string()).or_default();
        values.push((*item.expr).clone());
        visit::visit_item_const(self, item);
    }

    fn visit_impl_item_const(&mut self, item: &syn::ImplItemConst) {
        let values = self.constants.entry(item.ident.to_string()).or_default();
        values.push(item.expr.clone());
        visit::visit_impl_item_const(self, item);
    }

    fn visit_item_static(&mut self, item: &syn::ItemStatic) {
        let values = self.constants.entry(item.ident.to_string()).or_default();
        values.push((*item.expr).clone());
        visit::visit_item_static(self, item);
    }

    fn visit_expr_struct(&mut self, value: &syn::ExprStruct) {
        for field in &value.fields {
            if let syn::Member::Named(name) = &field.member {
                let values = self.members.entry(name.to_string()).or_default();
                values.push(field.expr.clone());
            }
        }
        visit::visit_expr_struct(self, value);
    }
}

impl Function {
    fn bind(&mut self, pattern: &Pat, value: &Expr, is_each: bool) {
        let mut push = |name: Option<String>, part| {
            self.bindings.extend(name.map(|name| Binding {
                name,
                value: value.clone(),
                is_each,
                part,
            }));
        };
        match pattern {
            Pat::Tuple(parts) => {
                for (place, part) in parts.elems.iter().enumerate() {
                    push(ident(part), Some(place));
                }
            }
            whole => push(ident(whole), None),
        }
    }
}

impl Visit<'_> for Function {
    fn visit_local(&mut self, local: &syn::Local) {
        if let Some(init) = &local.init {
            self.bind(&local.pat, &init.expr, false);
        }
        visit::visit_local(self, local);
    }

    fn visit_expr_for_loop(&mut self, each: &syn::ExprForLoop) {
        self.bind(&each.pat, &each.expr, true);
        visit::visit_expr_for_loop(self, each);
    }

    fn visit_expr_method_call(&mut self, call: &syn::ExprMethodCall) {
        self.calls.push(Call {
            name: call.method.to_string(),
            of: Of::Any,
            arguments: call.args.iter().cloned().collect(),
        });
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_call(&mut self, call: &syn::ExprCall) {
        if let Expr::Path(path) = &*call.func {
            let mut names = path
                .path
                .segments
                .iter()
                .rev()
                .map(|it| it.ident.to_string());
            let name = names.next().unwrap_or_default();
            let of = match names.next() {
                None => Of::This,
                Some(of) if ["self", "super", "crate", "Self"].contains(&&*of) => Of::Any,
                Some(of) => Of::Module(of),
            };
            self.calls.push(Call {
                name,
                of,
                arguments: call.args.iter().cloned().collect(),
            });
        }
        visit::visit_expr_call(self, call);
    }

    // Functions in functions are read by themselves.
    fn visit_item_fn(&mut self, _: &syn::ItemFn) {}
}

/// The line that an expression begins in.
pub fn line(expression: &Expr) -> usize {
    expression.span().start().line
}
