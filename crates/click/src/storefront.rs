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
    /// The first code that a page's query carries.
    pub fn code(&self, query: &str) -> Option<Code> {
        form_urlencoded::parse(query.as_bytes())
            .filter(|(name, _)| *name == self.parameter)
            .find_map(|(_, value)| value.parse().ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_code_in_the_query_counts_and_other_values_are_the_shops() {
        let storefront = Storefront::default();
        let code = |query| storefront.code(query).map(|code| code.as_str().to_owned());
        assert_eq!(code("a=b&ref=Ana").as_deref(), Some("ana"));
        assert_eq!(
            code("ref=&ref=%20&re%66=ben&ref=ana").as_deref(),
            Some("ben")
        );
        for query in ["", "ref", "ref=a/b", "preref=ana", "REF=ana"] {
            assert_eq!(code(query), None, "{query}");
        }
    }
}
