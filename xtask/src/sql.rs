//! Which tables a statement writes to, and where the statements of the source are.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

/// A table that a statement writes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// Its name; `{…}` if the statement is put together.
    pub table: String,
    /// How many lines below the beginning of the text.
    pub line: usize,
}

/// Every `INSERT INTO`, `REPLACE INTO`, `UPDATE` and `DELETE FROM` in a text. Statements are written
/// with their words in capitals, and English is not.
pub fn writes(text: &str) -> Vec<Write> {
    let words: Vec<(usize, &str)> = text
        .lines()
        .enumerate()
        .flat_map(|(line, text)| {
            let code = text.split("--").next().unwrap_or_default();
            code.split_whitespace().map(move |word| (line, word))
        })
        .collect();
    let mut rest = words.as_slice();
    let mut writes = Vec::new();
    while let Some(((line, word), after)) = rest.split_first() {
        let after_or = match after {
            [(_, "OR"), _, after @ ..] => after,
            after => after,
        };
        let table = match (word.trim_start_matches(['(', ';']), after_or) {
            ("INSERT" | "REPLACE", [(_, "INTO"), (_, table), ..])
            | ("DELETE", [(_, "FROM"), (_, table), ..]) => Some(table),
            // `DO UPDATE SET`, and the words of a trigger.
            ("UPDATE", [(_, "SET" | "OF" | "ON"), ..]) => None,
            ("UPDATE", [(_, table), ..]) => Some(table),
            _ => None,
        };
        if let Some(table) = table {
            let is_of_name = |c: char| c.is_alphanumeric() || "_{}".contains(c);
            let name = table
                .split(|c| !is_of_name(c))
                .find(|part| !part.is_empty());
            if let Some(name) = name {
                writes.push(Write {
                    table: name.to_owned(),
                    line: *line,
                });
            }
        }
        rest = after;
    }
    writes
}

/// A text in the source, and its first line.
pub struct Text {
    pub text: String,
    pub line: usize,
}

/// Every text in a piece of code, those that are handed to macros included.
#[derive(Default)]
pub struct Texts {
    pub all: Vec<Text>,
}

impl Texts {
    fn add(&mut self, literal: &syn::LitStr) {
        self.all.push(Text {
            text: literal.value(),
            line: literal.span().start().line,
        });
    }

    fn add_tokens(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.add_tokens(group.stream()),
                TokenTree::Literal(literal) => {
                    let tokens = TokenStream::from(TokenTree::Literal(literal));
                    if let Ok(literal) = syn::parse2::<syn::LitStr>(tokens) {
                        self.add(&literal);
                    }
                }
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
        }
    }
}

impl<'a> Visit<'a> for Texts {
    fn visit_lit_str(&mut self, literal: &'a syn::LitStr) {
        self.add(literal);
    }

    fn visit_macro(&mut self, one: &'a syn::Macro) {
        visit::visit_macro(self, one);
        self.add_tokens(one.tokens.clone());
    }

    /// Comments are attributes, too.
    fn visit_attribute(&mut self, _: &'a syn::Attribute) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_is_seen() {
        let text = "WITH a AS (SELECT 1) INSERT OR IGNORE INTO one (a) VALUES (1)
            ON CONFLICT DO UPDATE SET a = 2;
            UPDATE two SET a = 1 WHERE a IN (DELETE FROM three RETURNING a);
            -- DELETE FROM nothing
            REPLACE INTO four(a) VALUES (1);
            UPDATE OR IGNORE {table} SET a = 1;
            CREATE TRIGGER t AFTER UPDATE OF a ON five";
        let tables: Vec<(String, usize)> = writes(text)
            .into_iter()
            .map(|write| (write.table, write.line))
            .collect();
        let expected = [
            ("one", 0),
            ("two", 2),
            ("three", 2),
            ("four", 4),
            ("{table}", 5),
        ];
        assert_eq!(tables, expected.map(|(name, line)| (name.to_owned(), line)));
    }

    #[test]
    fn texts_in_macros_are_texts_and_comments_are_not() {
        let mut texts = Texts::default();
        let file = "/// One.\nfn f() {\n    f(\"two\", &format!(\"three {a}\"));\n}";
        texts.visit_file(&syn::parse_file(file).unwrap());
        let all: Vec<&str> = texts.all.iter().map(|text| &*text.text).collect();
        assert_eq!(all, ["two", "three {a}"]);
        assert_eq!(texts.all[0].line, 3);
    }
}
