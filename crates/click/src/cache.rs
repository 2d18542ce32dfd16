//! What one isolate remembers between requests, so that most clicks read no storage at all.

use std::collections::HashMap;

/// Values by key, each fresh for a bounded time, at most a bounded number of them.
///
/// A value that is no longer fresh is kept while there is room: if storage fails, an old answer
/// is better than none.
pub struct Cache<V> {
    values: HashMap<String, Kept<V>>,
    most: usize,
}

struct Kept<V> {
    value: V,
    fresh_until: i64,
}

/// A value found in a [`Cache`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cached<V> {
    /// What is kept.
    pub value: V,
    /// Whether it may be used without asking storage first.
    pub fresh: bool,
}

impl<V: Clone> Cache<V> {
    /// A cache of at most `most` values.
    pub fn new(most: usize) -> Self {
        Self {
            values: HashMap::new(),
            most,
        }
    }

    /// The value of `key`, if one is kept. `now` is Unix time in milliseconds.
    pub fn get(&self, key: &str, now: i64) -> Option<Cached<V>> {
        let kept = self.values.get(key)?;
        Some(Cached {
            value: kept.value.clone(),
            fresh: now < kept.fresh_until,
        })
    }

    /// Keeps `value`, fresh for `milliseconds` from `now`. Without room, what is not fresh any
    /// more goes; if that makes none, everything does, since a flood of keys should cost no more
    /// than a cold start.
    pub fn put(&mut self, key: &str, value: V, now: i64, milliseconds: i64) {
        if self.values.len() >= self.most && !self.values.contains_key(key) {
            self.values.retain(|_, kept| now < kept.fresh_until);
            if self.values.len() >= self.most {
                self.values.clear();
            }
        }
        let fresh_until = now.saturating_add(milliseconds);
        self.values
            .insert(key.to_owned(), Kept { value, fresh_until });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(value: i32, fresh: bool) -> Option<Cached<i32>> {
        Some(Cached { value, fresh })
    }

    #[test]
    fn a_value_is_fresh_for_its_time_and_kept_after_it() {
        let mut cache = Cache::new(2);
        cache.put("a", 1, 1_000, 500);
        assert_eq!(cache.get("a", 1_499), found(1, true));
        assert_eq!(cache.get("a", 1_500), found(1, false));
        assert_eq!(cache.get("b", 1_000), None);
    }

    #[test]
    fn without_room_what_is_stale_goes_first() {
        let mut cache = Cache::new(2);
        cache.put("stale", 1, 0, 10);
        cache.put("fresh", 2, 0, 1_000);
        cache.put("new", 3, 100, 1_000);
        assert_eq!(cache.get("stale", 100), None);
        assert_eq!(cache.get("fresh", 100), found(2, true));
        assert_eq!(cache.get("new", 100), found(3, true));
    }

    #[test]
    fn a_flood_of_keys_never_holds_more_than_the_most() {
        let mut cache = Cache::new(10);
        for key in 0..1_000 {
            cache.put(&key.to_string(), key, 0, 1_000);
            assert!(cache.values.len() <= 10);
        }
        assert_eq!(cache.get("999", 0), found(999, true));
    }

    #[test]
    fn a_kept_value_is_renewed_in_place() {
        let mut cache = Cache::new(1);
        cache.put("a", 1, 0, 10);
        cache.put("a", 2, 20, 10);
        assert_eq!(cache.get("a", 20), found(2, true));
    }

    #[test]
    fn to_renew_a_value_needs_no_room() {
        let mut cache = Cache::new(2);
        cache.put("a", 1, 0, 10);
        cache.put("b", 2, 0, 10);
        cache.put("a", 3, 5, 10);
        assert_eq!(cache.get("a", 5), found(3, true));
        assert_eq!(cache.get("b", 5), found(2, true));
    }
}
