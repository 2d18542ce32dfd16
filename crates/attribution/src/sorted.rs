//! A map that is built once and then only searched.

use std::cmp::Ordering;

use crate::error::{CaseError, Locate};
use crate::key::Key;
use crate::text::Text;

/// How a map's keys compare: exactly, or as [`Key`]s do.
pub(crate) trait MapKey: Ord {
    /// How this key stands to the one that a text would be.
    fn compare(&self, text: &str) -> Ordering;
    /// The key in an error's path.
    fn as_path(&self) -> &str;
}

impl MapKey for Text<'_> {
    fn compare(&self, text: &str) -> Ordering {
        (**self).cmp(text)
    }

    fn as_path(&self) -> &str {
        self
    }
}

impl MapKey for Key<'_> {
    fn compare(&self, text: &str) -> Ordering {
        self.cmp_text(text)
    }

    fn as_path(&self) -> &str {
        self.as_str()
    }
}

/// Entries sorted by key, no two of which are equal.
///
/// A sorted list is searched by halving, iterates in one order on every machine, and is built
/// from sorted JSON, as most is, in one pass.
#[derive(Debug, Clone)]
pub(crate) struct Sorted<K, V>(Vec<(K, V)>);

impl<K, V> Default for Sorted<K, V> {
    fn default() -> Self {
        Sorted(Vec::new())
    }
}

impl<K: MapKey, V> Sorted<K, V> {
    /// Sorts entries.
    ///
    /// # Errors
    /// If two keys are equal.
    pub(crate) fn new(mut entries: Vec<(K, V)>) -> Result<Sorted<K, V>, CaseError> {
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        let equal = entries.windows(2).find_map(|pair| match pair {
            [(a, _), (b, _)] if a == b => Some(b),
            _ => None,
        });
        match equal {
            Some(key) => Err(CaseError::new("this key stands twice")).field(key.as_path()),
            None => Ok(Sorted(entries)),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The place of a key among all keys.
    pub(crate) fn position(&self, key: &str) -> Option<usize> {
        self.0
            .binary_search_by(|(known, _)| known.compare(key))
            .ok()
    }

    /// The value at a place.
    pub(crate) fn at(&self, position: usize) -> Option<&V> {
        self.0.get(position).map(|(_, value)| value)
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&V> {
        self.at(self.position(key)?)
    }
}

impl<K: MapKey> Sorted<K, ()> {
    /// A set, which a list may name an element of twice.
    pub(crate) fn set(elements: Vec<K>) -> Sorted<K, ()> {
        let mut entries: Vec<_> = elements.into_iter().map(|element| (element, ())).collect();
        entries.sort();
        entries.dedup();
        Sorted(entries)
    }
}
