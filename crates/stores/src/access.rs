//! What opens a store's API.

use std::collections::BTreeMap;
use std::fmt;

/// A field of an endpoint's `api` in the program file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApiField {
    /// Its name in the program file.
    pub name: &'static str,
    /// Whether it names a secret of the Worker's, or else holds the value itself.
    pub secret: bool,
}

impl ApiField {
    pub(crate) const fn text(name: &'static str) -> Self {
        Self {
            name,
            secret: false,
        }
    }

    pub(crate) const fn secret(name: &'static str) -> Self {
        Self { name, secret: true }
    }
}

/// What opens a store's API: the value of each field that its platform needs, secrets among them.
#[derive(Clone, PartialEq, Eq)]
pub struct Access(BTreeMap<&'static str, String>);

/// Opaque: it holds secrets.
impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Access(…)")
    }
}

impl Access {
    /// Opens with the value of each of these fields.
    pub(crate) fn of<E>(
        fields: &'static [ApiField],
        value: impl Fn(&ApiField) -> Result<String, E>,
    ) -> Result<Self, E> {
        let values = fields.iter().map(|field| Ok((field.name, value(field)?)));
        values.collect::<Result<_, E>>().map(Self)
    }

    /// The same, opened by this token.
    #[must_use]
    pub fn with_token(mut self, token: String) -> Self {
        self.0.insert("token", token);
        self
    }

    /// The value of a field; empty for one that the platform does not need.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}
