//! A map that is built once and then only searched.

use crate::error::{CaseError, Locate};

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

impl<K: Ord + AsRef<str>, V> Sorted<K, V> {
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
            Some(key) => Err(CaseError::new("this key stands twice")).field(key.as_ref()),
            None => Ok(Sorted(entries)),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The place of a key among all keys.
    pub(crate) fn position(&self, key: &K) -> Option<usize> {
        self.0.binary_search_by(|(known, _)| known.cmp(key)).ok()
    }

    /// The value at a place.
    pub(crate) fn at(&self, position: usize) -> Option<&V> {
        self.0.get(position).map(|(_, value)| value)
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.at(self.position(key)?)
    }
}

impl<K: Ord> Sorted<K, ()> {
    /// A set, which a list may name an element of twice.
    pub(crate) fn set(elements: Vec<K>) -> Sorted<K, ()> {
        let mut entries: Vec<_> = elements.into_iter().map(|element| (element, ())).collect();
        entries.sort();
        entries.dedup();
        Sorted(entries)
    }
}
