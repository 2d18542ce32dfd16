//! What an expression of text may be, by all that gives it its value.

use std::collections::{BTreeMap, BTreeSet};

use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Block, Expr, Lit, Stmt, Token};

use super::parse::{Binding, Call, File, Function, Of, line};
use super::{RUNS, Statement, Statements, Unfollowed};

/// Functions that take a statement: their file, if it is known, their name, how many arguments they
/// take, and which of them it is.
type Takers = BTreeSet<(Option<usize>, String, usize, usize)>;

pub struct Follower<'a> {
    files: &'a [File],
    /// The texts of which statements are made.
    read: BTreeSet<String>,
}

/// Why it is not known what a text may be.
#[derive(Debug)]
enum Unknown {
    /// It is a parameter of the function, by place: whoever calls it knows.
    Parameter(usize),
    /// Whatever else, with what is known of it.
    Other(String),
}

/// Where an expression stands.
#[derive(Clone, Copy)]
struct Scope<'a> {
    file: &'a File,
    function: &'a Function,
    /// How many names were followed on the way.
    depth: usize,
}

impl<'a> Follower<'a> {
    pub fn new(files: &'a [File]) -> Self {
        Self {
            files,
            read: BTreeSet::new(),
        }
    }

    /// Whether a statement was made of that text.
    pub fn has_read(&self, text: &str) -> bool {
        self.read.contains(text)
    }

    /// Finds all that is given to whatever runs statements.
    pub fn follow(&mut self, statements: &mut Statements) {
        let mut takers: Takers = [(None, RUNS.to_owned(), 2, 0)].into();
        loop {
            let known = takers.len();
            statements.found.clear();
            statements.unfollowed.clear();
            self.follow_once(&mut takers, statements);
            if takers.len() == known {
                return;
            }
        }
    }

    fn follow_once(&mut self, takers: &mut Takers, statements: &mut Statements) {
        for (number, file) in self.files.iter().enumerate() {
            for function in &file.functions {
                for call in &function.calls {
                    let Some(given) = statement_of(call, number, self.files, takers) else {
                        continue;
                    };
                    let scope = Scope {
                        file,
                        function,
                        depth: 0,
                    };
                    let line = line(given);
                    match self.texts(given, scope) {
                        Ok(texts) => {
                            statements
                                .found
                                .extend(texts.into_iter().map(|text| Statement {
                                    file: file.path.clone(),
                                    line,
                                    text,
                                }))
                        }
                        Err(Unknown::Parameter(place)) => {
                            let arity = function.parameters.len();
                            takers.insert((Some(number), function.name.clone(), arity, place));
                        }
                        Err(Unknown::Other(made_of)) => {
                            statements.unfollowed.insert(Unfollowed {
                                file: file.path.clone(),
                                line,
                                made_of,
                            });
                        }
                    }
                }
            }
        }
    }

    /// All that an expression of text may be.
    fn texts(&mut self, expression: &Expr, scope: Scope<'a>) -> Result<Vec<String>, Unknown> {
        match expression {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => {
                    self.read.insert(text.value());
                    Ok(vec![text.value()])
                }
                _ => Err(unknown("a literal")),
            },
            Expr::Reference(it) => self.texts(&it.expr, scope),
            Expr::Paren(it) => self.texts(&it.expr, scope),
            Expr::Group(it) => self.texts(&it.expr, scope),
            Expr::Block(it) => self.last_of(&it.block, scope),
            Expr::If(it) => {
                let (_, otherwise) = it.else_branch.as_ref().ok_or_else(|| unknown("if"))?;
                let mut texts = self.last_of(&it.then_branch, scope)?;
                texts.extend(self.texts(otherwise, scope)?);
                Ok(texts)
            }
            Expr::Match(it) => {
                let arms = it.arms.iter().map(|arm| self.texts(&arm.body, scope));
                Ok(arms.collect::<Result<Vec<_>, _>>()?.concat())
            }
            Expr::MethodCall(it) if is_same_text(&it.method) => self.texts(&it.receiver, scope),
            Expr::Field(it) => self.member(it, scope),
            Expr::Path(it) => {
                let last = it.path.segments.last().ok_or_else(|| unknown("a path"))?;
                self.named(&last.ident.to_string(), it.path.segments.len() == 1, scope)
            }
            Expr::Macro(it) if it.mac.path.is_ident("format") => self.formatted(&it.mac, scope),
            // A file of several statements is no text among others: `included` names it.
            Expr::Macro(it) if it.mac.path.is_ident("include_str") => Ok(Vec::new()),
            _ => Err(unknown("an expression")),
        }
    }

    /// What a block comes to.
    fn last_of(&mut self, block: &Block, scope: Scope<'a>) -> Result<Vec<String>, Unknown> {
        match block.stmts.last() {
            Some(Stmt::Expr(last, None)) => self.texts(last, scope),
            _ => Err(unknown("a block")),
        }
    }

    /// What a member may be: all that it is set to anywhere.
    fn member(&mut self, field: &syn::ExprField, scope: Scope<'a>) -> Result<Vec<String>, Unknown> {
        let syn::Member::Named(name) = &field.member else {
            return Err(unknown("a member without a name"));
        };
        let mut texts = Vec::new();
        for file in self.files {
            for value in file.members.get(&name.to_string()).into_iter().flatten() {
                texts.extend(self.texts(value, Scope { file, ..scope })?);
            }
        }
        match texts.is_empty() {
            true => Err(unknown("a member")),
            false => Ok(texts),
        }
    }

    /// What a name may stand for: what the function gives that name to, a parameter, or a constant.
    fn named(
        &mut self,
        name: &str,
        is_plain: bool,
        scope: Scope<'a>,
    ) -> Result<Vec<String>, Unknown> {
        if scope.depth > 8 {
            return Err(Unknown::Other(format!("{{{name}}}")));
        }
        let scope = Scope {
            depth: scope.depth.saturating_add(1),
            ..scope
        };
        let own = scope.function.bindings.iter().filter(|it| it.name == name);
        let own: Vec<_> = own.filter(|_| is_plain).collect();
        if !own.is_empty() {
            let mut texts = Vec::new();
            for binding in own {
                for value in self.values(binding, scope)? {
                    texts.extend(self.texts(&value, scope)?);
                }
            }
            return Ok(texts);
        }
        let mut parameters = scope.function.parameters.iter();
        let parameter = parameters.position(|it| it.as_deref() == Some(name));
        if let Some(place) = parameter.filter(|_| is_plain) {
            return Err(Unknown::Parameter(place));
        }
        let (file, values) = self.constant(name, scope.file)?;
        let texts = values
            .iter()
            .map(|it| self.texts(it, Scope { file, ..scope }));
        Ok(texts.collect::<Result<Vec<_>, _>>()?.concat())
    }

    /// The constants of that name: this file's, or else all others'.
    fn constant(&self, name: &str, file: &'a File) -> Result<(&'a File, &'a [Expr]), Unknown> {
        let mut files = std::iter::once(file).chain(self.files);
        let found = files.find_map(|file| Some((file, file.constants.get(name)?.as_slice())));
        found.ok_or_else(|| Unknown::Other(format!("{{{name}}}")))
    }

    /// The expressions that a binding stands for: its value, or each part of a list; and of these a
    /// part of a tuple.
    fn values(&self, binding: &Binding, scope: Scope<'a>) -> Result<Vec<Expr>, Unknown> {
        let whole = match (&binding.value, binding.part) {
            (Expr::MethodCall(zip), Some(part)) if binding.is_each && zip.method == "zip" => {
                let of_pair = [
                    &zip.receiver,
                    zip.args.first().ok_or_else(|| unknown("zip"))?,
                ];
                let list = of_pair
                    .get(part)
                    .ok_or_else(|| unknown("a part of a pair"))?;
                return self.parts(list, scope);
            }
            (list, _) if binding.is_each => self.parts(list, scope)?,
            (value, _) => vec![value.clone()],
        };
        let Some(part) = binding.part else {
            return Ok(whole);
        };
        let of_tuple = |whole: &Expr| match whole {
            Expr::Tuple(tuple) => tuple.elems.iter().nth(part).cloned(),
            _ => None,
        };
        let parts: Option<Vec<Expr>> = whole.iter().map(of_tuple).collect();
        parts.ok_or_else(|| unknown("a part of something"))
    }

    /// The parts of a list that is written down.
    fn parts(&self, list: &Expr, scope: Scope<'a>) -> Result<Vec<Expr>, Unknown> {
        match list {
            Expr::Array(list) => Ok(list.elems.iter().cloned().collect()),
            Expr::Reference(it) => self.parts(&it.expr, scope),
            Expr::MethodCall(it) if it.method == "iter" || it.method == "into_iter" => {
                self.parts(&it.receiver, scope)
            }
            Expr::Path(it) => {
                let last = it.path.segments.last().ok_or_else(|| unknown("a path"))?;
                match self.constant(&last.ident.to_string(), scope.file)? {
                    (file, [one]) => self.parts(one, Scope { file, ..scope }),
                    _ => Err(unknown("one of several lists")),
                }
            }
            _ => Err(unknown("a list")),
        }
    }

    /// All that a formatted text may be. A name stands for the same value wherever it stands.
    fn formatted(&mut self, called: &syn::Macro, scope: Scope<'a>) -> Result<Vec<String>, Unknown> {
        let format: Format = called.parse_body().map_err(|_| unknown("format!"))?;
        self.read.insert(format.text.clone());
        let mut made = vec![BTreeMap::new()];
        for place in format.places() {
            let value = format.value(&place);
            let values = value.and_then(|value| self.texts(&value, scope).ok());
            let values = values.ok_or_else(|| Unknown::Other(format.text.clone()))?;
            made = made
                .iter()
                .flat_map(|filled| values.iter().map(|value| with(filled, &place, value)))
                .collect();
        }
        Ok(made.iter().map(|values| format.filled(values)).collect())
    }
}

fn with(filled: &BTreeMap<String, String>, place: &str, value: &str) -> BTreeMap<String, String> {
    let mut filled = filled.clone();
    filled.insert(place.to_owned(), value.to_owned());
    filled
}

fn unknown(what: &str) -> Unknown {
    Unknown::Other(what.to_owned())
}

fn is_same_text(method: &syn::Ident) -> bool {
    ["as_str", "clone", "to_owned", "to_string"]
        .iter()
        .any(|it| method == it)
}

/// The argument of a call that is the statement, if it is a call of what takes one.
fn statement_of<'c>(
    call: &'c Call,
    file: usize,
    files: &[File],
    takers: &Takers,
) -> Option<&'c Expr> {
    let is_meant = |taker: Option<usize>| match &call.of {
        Of::This => taker == Some(file),
        Of::Module(name) => taker.and_then(|it| files.get(it)?.module()) == Some(name),
        Of::Any => true,
    };
    let mut matching = takers.iter().filter(|(taker, name, arity, _)| {
        *name == call.name && *arity == call.arguments.len() && is_meant(*taker)
    });
    let (_, _, _, place) = matching.next()?;
    call.arguments.get(*place)
}

/// What is formatted: a text with places, and what stands in them.
struct Format {
    text: String,
    by_place: Vec<Expr>,
    by_name: BTreeMap<String, Expr>,
}

impl Parse for Format {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let text: syn::LitStr = input.parse()?;
        _ = input.parse::<Option<Token![,]>>()?;
        let (mut by_place, mut by_name) = (Vec::new(), BTreeMap::new());
        for given in Punctuated::<Expr, Token![,]>::parse_terminated(input)? {
            match given {
                Expr::Assign(named) => {
                    let Expr::Path(name) = *named.left else {
                        return Err(input.error("a name"));
                    };
                    let name = name.path.require_ident()?.to_string();
                    by_name.insert(name, *named.right);
                }
                given => by_place.push(given),
            }
        }
        Ok(Self {
            text: text.value(),
            by_place,
            by_name,
        })
    }
}

impl Format {
    /// The text in pieces: what is said, and then the place that follows it, if any. Places without a
    /// name are numbered.
    fn pieces(&self) -> Vec<(String, Option<String>)> {
        let text = self.text.replace("{{", "\u{1}").replace("}}", "\u{2}");
        let mut numbered = 0..;
        let piece = |piece: &str| match piece.split_once('{') {
            None => (piece.to_owned(), None),
            Some((said, place)) => {
                let name = place.split(':').next().unwrap_or_default().trim();
                (said.to_owned(), Some(name.to_owned()))
            }
        };
        let mut pieces: Vec<_> = text.split('}').map(piece).collect();
        for (said, place) in &mut pieces {
            *said = said.replace('\u{1}', "{").replace('\u{2}', "}");
            if let Some(place) = place.as_mut().filter(|it| it.is_empty()) {
                *place = numbered.next().unwrap_or_default().to_string();
            }
        }
        pieces
    }

    fn places(&self) -> BTreeSet<String> {
        self.pieces()
            .into_iter()
            .filter_map(|(_, place)| place)
            .collect()
    }

    fn value(&self, place: &str) -> Option<Expr> {
        match place.parse::<usize>() {
            Ok(number) => self.by_place.get(number).cloned(),
            Err(_) => match self.by_name.get(place) {
                Some(value) => Some(value.clone()),
                None => syn::parse_str(place).ok(),
            },
        }
    }

    fn filled(&self, values: &BTreeMap<String, String>) -> String {
        let of = |place: Option<String>| place.and_then(|place| values.get(&place).cloned());
        let pieces = self.pieces().into_iter();
        pieces
            .map(|(said, place)| said + &of(place).unwrap_or_default())
            .collect()
    }
}
