//! The shop's own pages, as a program names them.

use serde::{Deserialize, Serialize};
use url::form_urlencoded;

use crate::code::Code;

/// The shop's own pages, which Waymark passes on: `?ref=CODE` on any of them is a click.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Storefront {
    /// The query parameter that carries a link's code.
    pub parameter: String,
    /// Where the pages come from, as `https://host`. Without one they come from the host that was
    /// asked, which is right where the Worker has a route on the shop's zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}

impl Default for Storefront {
    fn default() -> Self {
        Self {
            parameter: "ref".to_owned(),
            origin: None,
        }
    }
}

impl Storefront {
    /// The codes that a page's query may mean, those of the first value first: at most
    /// [`MAX_MEANT`]. The parameter's name counts in any case, and with the `amp;` of a link that was
    /// escaped once too often.
    pub fn codes(&self, query: &str) -> impl Iterator<Item = Code> {
        form_urlencoded::parse(query.as_bytes())
            .filter(|(name, _)| unescaped_name(name).eq_ignore_ascii_case(&self.parameter))
            .flat_map(|(_, value)| Code::meant_by(&value).collect::<Vec<_>>())
            .take(MAX_MEANT)
    }
}

/// Codes that one page's address may mean: each is looked up.
const MAX_MEANT: usize = 4;

/// The name of a query's value, of which HTML's `&amp;` was read as an ampersand and the beginning of
/// the name.
pub(crate) fn unescaped_name(name: &str) -> &str {
    let mut name = name;
    while let Some(rest) = name.strip_prefix("amp;") {
        name = rest;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(query: &str) -> Vec<String> {
        let codes = Storefront::default();
        let codes = codes.codes(query).map(|code| code.to_string());
        codes.collect()
    }

    #[test]
    fn the_first_code_in_the_query_counts_and_other_values_are_the_shops() {
        assert_eq!(codes("a=b&ref=Ana"), ["ana"]);
        assert_eq!(codes("ref=&ref=%20&re%66=ben&ref=ana"), ["ben", "ana"]);
        for query in ["", "ref", "ref=a.b", "preref=ana", "refs=ana"] {
            assert_eq!(codes(query), [""; 0], "{query}");
        }
    }

    #[test]
    fn a_code_that_was_passed_on_is_found() {
        for query in [
            "REF=ANA",
            "a=b&amp;ref=ANA",
            "a=b&amp;amp;ref=ANA",
            "ref=ANA?utm_source=x",
            "ref=ANA%3Futm_source%3Dm&utm_medium=email",
            "ref=ANA/",
            "ref=ANA+",
            "ref=%20ANA%E2%80%8B",
            "ref=%2520ANA",
        ] {
            assert_eq!(codes(query), ["ana"], "{query}");
        }
    }

    #[test]
    fn an_address_costs_few_reads() {
        let query = "ref=3Da_&".repeat(100);
        assert_eq!(codes(&query).len(), MAX_MEANT);
    }
}
