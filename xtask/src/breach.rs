//! What a check has to say: where it is not as it should be, and what to do.

use std::fmt;

/// One place that breaks a promise.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Breach {
    /// Its file, from the project's root.
    pub file: String,
    /// Its line, from one on.
    pub line: usize,
    pub what: String,
    /// What would mend it.
    pub remedy: String,
}

impl Breach {
    pub fn new(
        file: impl Into<String>,
        line: usize,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Breach {
        Breach {
            file: file.into(),
            line,
            what: what.into(),
            remedy: remedy.into(),
        }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Breach {
            file,
            line,
            what,
            remedy,
        } = self;
        write!(out, "{file}:{line}: {what}\n    {remedy}")
    }
}
